//! Bank cards read from photos on this machine: no network, no account, nothing leaves it.
//!
//! [`read`] finds the card in a photo, whichever way it is turned, and reads its number and the date
//! through which it is valid. It says how sure it is: a number that is not sure is only a candidate,
//! and no number is ever changed until its check digit fits. [`fit`] turns a photo upright by its
//! EXIF orientation and makes it smaller, for services that take no larger ones.
//!
//! Two small networks do the work; `training` holds everything that made their weights, and
//! MODEL.md says how well they read. Computing happens on the calling thread only and asks now and
//! then whether to stop. What held a photo or a number is wiped before it is freed, save the inner
//! buffers of the decoders.

mod accept;
mod faults;
mod finder;
mod fit;
mod lines;
mod network;
mod photo;
mod picture;
mod places;
mod reader;

use std::cell::Cell;
use std::fmt;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

pub use faults::Fault;
pub use fit::{Fitted, Wanted, fit, is_turned};
pub use picture::Quadrilateral;

use crate::finder::Finder;
use crate::lines::Search;
use crate::network::Weights;
use crate::photo::Photo;
use crate::picture::Pyramid;
use crate::reader::{Columns, Reader};

/// The longer side at which a photo is read, in pixels.
const SIDE: usize = 1600;

/// The least confidence of a date that is told.
const SURE_DATE: f32 = 0.5;

/// How photos are read.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The most pixels of a photo; of a larger one only the header is read. For each pixel at most 8 bytes are
    /// held, 11 of a JPEG of four inks.
    pub most_pixels: u64,
    /// The least confidence of a number that is accepted.
    pub least_confidence: f32,
}

impl Default for Options {
    /// 50 million pixels, and a confidence of 0.93.
    fn default() -> Self {
        Options { most_pixels: 50_000_000, least_confidence: 0.93 }
    }
}

/// A number that may stand on a card.
#[derive(Clone)]
pub struct Candidate {
    /// Its digits.
    pub number: Zeroizing<String>,
    /// From 0 to 1: the share of such readings that are right.
    pub confidence: f32,
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").field("confidence", &self.confidence).finish_non_exhaustive()
    }
}

/// What a photo shows.
#[derive(Clone)]
pub struct Reading {
    /// The card's number, if it was read with confidence.
    pub number: Option<Zeroizing<String>>,
    /// How sure the first candidate is, from 0 to 1; 0 if there is none.
    pub confidence: f32,
    /// Numbers as they were read, the likeliest first, the accepted one among them.
    pub candidates: Vec<Candidate>,
    /// The card's outline, in pixels of the photo as it is shown: turned by its EXIF orientation.
    pub card: Option<Quadrilateral>,
    /// The line of the first candidate, in the same pixels.
    pub line: Option<Quadrilateral>,
    /// The date through which the card is valid, as printed, such as `07/31`, if it was read with confidence.
    pub valid_thru: Option<Zeroizing<String>>,
    /// What is wrong with the photo, as far as it was seen, if the number was not read with confidence.
    pub fault: Option<Fault>,
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("is_sure", &self.number.is_some())
            .field("confidence", &self.confidence)
            .field("candidates", &self.candidates.len())
            .field("card", &self.card)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

/// Why a photo was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Neither JPEG, PNG, WebP nor BMP.
    Format,
    /// Cut short, or not as its format demands.
    Damaged,
    /// Larger than the options allow.
    TooManyPixels {
        /// By the photo's header.
        found: u64,
        /// By the options.
        most: u64,
    },
    /// It cannot be made as small as it must be and still be read.
    CannotFit,
    /// It was told to stop.
    Stopped,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Format => f.write_str("expected a photo as JPEG, PNG, WebP or BMP"),
            Refusal::Damaged => f.write_str("expected a whole photo, found a damaged one"),
            Refusal::TooManyPixels { found, most } => {
                write!(f, "expected a photo of at most {most} pixels, found {found}")
            }
            Refusal::CannotFit => {
                f.write_str("expected a photo that can be made smaller and still be read")
            }
            Refusal::Stopped => f.write_str("told to stop before the photo was read"),
        }
    }
}

impl std::error::Error for Refusal {}

/// The time that each stage of reading a photo took; for measuring.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// From bytes to a grey picture and its smaller copies.
    pub decode: Duration,
    /// The finder, with the squares that it sees.
    pub find: Duration,
    /// Cutting strips.
    pub cut: Duration,
    /// The reader's network.
    pub read: Duration,
    /// Comparing texts.
    pub accept: Duration,
}

impl Spent {
    /// Returns each stage by its name.
    #[must_use]
    pub fn stages(&self) -> [(&'static str, Duration); 5] {
        [
            ("decode", self.decode),
            ("find", self.find),
            ("cut", self.cut),
            ("read", self.read),
            ("accept", self.accept),
        ]
    }
}

/// The two networks. [`read`] uses the built-in ones; others are for measuring new weights.
pub struct Networks {
    reader: Reader,
    finder: Finder,
}

impl fmt::Debug for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Networks").finish_non_exhaustive()
    }
}

impl Networks {
    /// Takes weights as training/export.py writes them; `None` where they are not in that form.
    #[must_use]
    pub fn new(reader: &[u8], finder: &[u8]) -> Option<Self> {
        let mut weights = Weights::new(reader)?;
        let reader = Reader::new(&mut weights)?;
        weights.end()?;
        let mut weights = Weights::new(finder)?;
        let finder = Finder::new(&mut weights)?;
        weights.end()?;
        Some(Networks { reader, finder })
    }

    /// Returns the built-in ones. A build whose weights cannot be read fails its tests.
    #[must_use]
    pub fn built_in() -> Option<&'static Self> {
        static BUILT_IN: LazyLock<Option<Networks>> = LazyLock::new(|| {
            Networks::new(include_bytes!("reader.weights"), include_bytes!("finder.weights"))
        });
        BUILT_IN.as_ref()
    }

    /// Reads a photo as [`read`] does, with these networks.
    ///
    /// # Errors
    /// As of [`read`].
    pub fn read(
        &self,
        photo: &[u8],
        options: &Options,
        stop: &dyn Fn() -> bool,
    ) -> Result<Reading, Refusal> {
        self.read_timed(photo, options, stop).map(|(reading, _)| reading)
    }

    /// Reads a photo and tells the time that it took; for measuring.
    ///
    /// # Errors
    /// As of [`read`].
    #[doc(hidden)]
    pub fn read_timed(
        &self,
        photo: &[u8],
        options: &Options,
        stop: &dyn Fn() -> bool,
    ) -> Result<(Reading, Spent), Refusal> {
        let began = Instant::now();
        let header = Photo::open(photo, options.most_pixels)?;
        if stop() {
            return Err(Refusal::Stopped);
        }
        let grey = header.grey(SIDE)?;
        let scale = header.shown().0 as f32 / grey.width as f32;
        let pyramid = Pyramid::new(grey);
        let decode = began.elapsed();
        let judge = |strips: &[Columns]| accept::number(strips, options.least_confidence);
        let search = Search {
            finder: &self.finder,
            reader: &self.reader,
            pyramid: &pyramid,
            stop,
            judge: &judge,
            least: options.least_confidence,
            spent: Cell::default(),
        };
        let found = search.run()?;
        let spent = Spent { decode, ..search.spent.get() };
        let text = |bytes: &[u8]| Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
        let candidates: Vec<Candidate> = found
            .number
            .candidates
            .iter()
            .map(|scored| Candidate { number: text(&scored.text), confidence: scored.confidence })
            .collect();
        let first = candidates.first();
        let valid_thru = found.date.filter(|(_, confidence)| *confidence >= SURE_DATE);
        let reading = Reading {
            number: first.filter(|_| found.number.is_sure).map(|first| first.number.clone()),
            confidence: first.map_or(0.0, |first| first.confidence),
            line: found.line.map(|place| place.scaled(scale)),
            card: found.card.map(|place| place.scaled(scale)),
            valid_thru: valid_thru.map(|(date, _)| text(&date)),
            candidates,
            fault: found.fault,
        };
        Ok((reading, spent))
    }
}

/// Reads a photo: JPEG, PNG, WebP or BMP. `stop` is asked every few milliseconds while the photo is
/// read, and not while it is decoded.
///
/// # Errors
/// A photo that cannot be decoded, and [`Refusal::Stopped`] when `stop` says so. A photo that shows
/// no card is no error: its reading has no number.
pub fn read(photo: &[u8], options: &Options, stop: &dyn Fn() -> bool) -> Result<Reading, Refusal> {
    Networks::built_in()
        .map_or(Err(Refusal::Stopped), |networks| networks.read(photo, options, stop))
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static IS_PLAIN: Cell<bool> = const { Cell::new(false) };
    }

    /// Returns whether this thread computes sums as processors without fused multiplication do.
    pub(crate) fn is_plain() -> bool {
        IS_PLAIN.get()
    }

    /// What a photo reads, and how sure of it the reader is.
    fn told(photo: &[u8]) -> (String, Vec<f32>) {
        let reading = read(photo, &Options::default(), &|| false).unwrap();
        let Reading { number, candidates, valid_thru, fault, .. } = reading;
        let numbers = candidates.iter().map(|one| one.number.as_str());
        let text = format!("{number:?} {valid_thru:?} {fault:?} {:?}", numbers.collect::<Vec<_>>());
        (text, candidates.iter().map(|one| one.confidence).collect())
    }

    #[test]
    fn a_reading_is_the_same_whatever_the_processor_can_do() {
        let mut apart = 0.0f32;
        for card in cardwire_test_images::cards() {
            let photo = cardwire_test_images::load(&card.file);
            let (text, sure) = told(&photo);
            IS_PLAIN.set(true);
            let (plain, plain_sure) = told(&photo);
            IS_PLAIN.set(false);
            assert_eq!(text, plain, "{}", card.file);
            let both = sure.iter().zip(&plain_sure);
            apart = both.map(|(a, b)| (a - b).abs()).fold(apart, f32::max);
        }
        println!("confidences are {apart} apart at most");
        assert!(apart < 1e-3, "{apart}");
        // Where this processor fuses, the two do differ: the test would see if only one were used.
        #[cfg(target_arch = "x86_64")]
        assert!(apart > 0.0 || !std::is_x86_feature_detected!("fma"));
    }
}
