//! The reading of a photo as the answer to a call.

use cardwire_offline::{Fault, Options, Reading, Refusal as Unread};

use super::{PROFILE, codes, refusal};
use crate::card::{CardNumber, NumberCandidate, Photo, PhotoLook, Point, Recognition, ValidThru};
use crate::clock;
use crate::error::Error;
use crate::facts::{Billed, RequestIds};
use crate::vendors::picture_limits::MOST_PIXELS;
use crate::vendors::{Adapter, ReadHere, Refusal, Reply, Vendor};

/// The mean year of the calendar.
const YEAR_MS: u64 = 31_556_952_000;

/// The years before and after this one of which a date is believed.
const YEARS_PAST: u64 = 5;
const YEARS_TO_COME: u64 = 20;

/// This machine.
pub(super) struct Account;

impl Adapter for Account {
    fn vendor(&self) -> Vendor {
        Vendor::Offline
    }

    fn read_here(&self) -> Option<&dyn ReadHere> {
        Some(self)
    }

    fn secrets(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl ReadHere for Account {
    fn read(&self, photo: &Photo, stop: &dyn Fn() -> bool) -> Reply<Recognition> {
        let result = match read(photo, stop) {
            Ok(reading) => recognition(reading, clock::unix_ms()),
            Err(Unread::Stopped) => Err(refusal(codes::STOPPED)),
            Err(_) => Err(refusal(codes::DAMAGED)),
        };
        Reply { ids: RequestIds::default(), billed: Billed::No, result }
    }
}

fn read(photo: &Photo, stop: &dyn Fn() -> bool) -> Result<Reading, Unread> {
    let options = Options { most_pixels: MOST_PIXELS, ..Options::default() };
    cardwire_offline::read(&photo.bytes, &options, stop)
}

/// See [`super::look`].
pub(super) fn look(photo: &Photo) -> Result<PhotoLook, Error> {
    if let Some(limits) = &PROFILE.pictures {
        limits.photo(photo).map_err(|over| over.error())?;
    }
    let reading = read(photo, &|| false)
        .map_err(|_| Error::argument("image", "a whole photo", "a damaged one"))?;
    Ok(reading.number.map_or_else(|| unread(reading.fault), |_| PhotoLook::Readable))
}

/// Returns what a look showed of a photo whose number was not read with confidence.
fn unread(fault: Option<Fault>) -> PhotoLook {
    match fault {
        Some(Fault::NoCard) => PhotoLook::NoCard,
        Some(Fault::Blurred) => PhotoLook::Blurred,
        Some(Fault::Cut) => PhotoLook::Cut,
        None => PhotoLook::NotSure,
    }
}

/// Returns a date that a card of this time may have: cards are good for ten years or so. Of the dates that
/// are misread, about half are of another time.
fn date(printed: &str, unix_ms: u64) -> Option<ValidThru> {
    let this_year = 1970 + unix_ms / YEAR_MS;
    let date = ValidThru::parse(printed)?;
    let year = u64::from(date.year?);
    (this_year - YEARS_PAST..=this_year + YEARS_TO_COME).contains(&year).then_some(date)
}

fn recognition(reading: Reading, unix_ms: u64) -> Result<Recognition, Refusal> {
    let Reading { number, confidence, candidates, card, valid_thru, fault, .. } = reading;
    let Some(number) = number.and_then(|number| CardNumber::parse(&number)) else {
        let candidates: Vec<NumberCandidate> = candidates
            .iter()
            .filter_map(|one| {
                let card_number = CardNumber::parse(&one.number)?;
                Some(NumberCandidate { card_number, confidence: one.confidence.into() })
            })
            .collect();
        return Err(Refusal { candidates, ..refusal(unread(fault).slug()) });
    };
    Ok(Recognition {
        confidence: Some(confidence.into()),
        corners: card.iter().flat_map(|card| card.0).map(Point::nearest).collect(),
        valid_thru: valid_thru.and_then(|printed| date(&printed, unix_ms)),
        ..Recognition::new(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cardwire_issuers::Issuers;
    use cardwire_test_images::{Format, solid};

    use crate::card::{CardKind, Image, IssuerSource, Picture};
    use crate::error::Kind;

    fn read(bytes: Vec<u8>) -> Reply<Recognition> {
        let Ok(Picture::Photo(photo)) = Picture::load(Image::bytes(bytes)) else {
            panic!("it is no photo")
        };
        Account.read(&photo, &|| false)
    }

    #[test]
    fn a_date_of_another_time_is_none() {
        // November 2026.
        let read = |printed| date(printed, 1_795_000_000_000).and_then(|date| date.year);
        for (printed, year) in [("12/30", 2030), ("01/21", 2021), ("12/46", 2046)] {
            assert_eq!(read(printed), Some(year));
        }
        for printed in ["12/10", "09/12", "08/61", "12/20", "01/47", "13/30", ""] {
            assert_eq!(read(printed), None, "{printed}");
        }
    }

    #[test]
    fn a_card_is_read_and_nothing_is_billed() {
        let Reply { billed, result, .. } = read(cardwire_test_images::load("icbc-debit.jpg"));
        let mut card = result.unwrap();
        card.look_up(Issuers::built_in());
        assert_eq!((card.card_number.reveal(), billed), ("6222020000000000000", Billed::No));
        assert_eq!(card.issuer_source, Some(IssuerSource::Table));
        assert_eq!(
            (card.issuer.as_deref(), card.card_kind),
            (Some("中国工商银行"), CardKind::Debit)
        );
        assert!(card.confidence.is_some_and(|confidence| (0.93..=1.0).contains(&confidence)));
        assert_eq!(card.corners.len(), 4);
    }

    #[test]
    fn what_is_not_read_is_free_and_says_why() {
        let refused = |bytes| {
            let Reply { billed, result, .. } = read(bytes);
            assert_eq!(billed, Billed::No);
            let refusal = result.unwrap_err();
            (refusal.code.unwrap(), refusal.kind)
        };
        let none = solid(Format::Png, 400, 250);
        assert_eq!(refused(none), ("no_card".to_owned(), Kind::CardNotFound));
        let cut = cardwire_test_images::load("truncated.jpg");
        assert_eq!(refused(cut), ("damaged".to_owned(), Kind::ImageRejected));
        let photo = cardwire_test_images::load("icbc-debit.jpg");
        let Ok(Picture::Photo(photo)) = Picture::load(Image::bytes(photo)) else { panic!() };
        let stopped = Account.read(&photo, &|| true);
        assert_eq!(stopped.result.unwrap_err().code.as_deref(), Some("stopped"));
    }
}
