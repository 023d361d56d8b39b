//! The faults of a photo whose number was not read with confidence, as far as the looks at it show. MODEL.md
//! has the photos that the limits here were set by, and how often the words are right.

use crate::picture::{Grey, Pyramid, Quadrilateral, length};
use crate::places::{VIEWS, views};
use crate::reader::{NUMBER_WIDTH, STRIP_HEIGHT};

/// A fault of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No card was seen.
    NoCard,
    /// The number is not sharp enough: out of focus, moved, or too small in the photo.
    Blurred,
    /// The photo's edge cuts the number off.
    Cut,
}

/// The share with which the surest cell belongs to a card or a number, below which none is seen.
const SEEN: f32 = 0.7;
/// The least sharpness of a number's strip. A slope has 1/16, and digits of clear photos 0.1 and more.
const SHARP: f32 = 0.09;
/// The least distance of a whole number's strip from the photo's edge, in heights of the strip; beyond its
/// digits it has room for a third of that.
const NEAR: f32 = 0.3;
/// The ratio of length to width from which an outline is only a part of a card: a card has 1.6, a tilted one 2.
const LONG: f32 = 2.1;
/// The greatest distance of such a part's outline from the photo's edge, as a share of the photo's longer side.
const BESIDE: f32 = 0.08;
/// Rows of a strip in which its digits stand.
const DIGITS: std::ops::Range<usize> = 6..26;
/// Pixels of a strip whose difference tells its contrast: more than the strokes of its digits are wide.
const APART: usize = 4;

/// What was seen in a photo, in its pixels.
pub(crate) struct Findings<'a> {
    pub(crate) pyramid: &'a Pyramid,
    /// The share with which the surest cell belongs to a card or a number.
    pub(crate) surest: f32,
    pub(crate) card: Option<Quadrilateral>,
    /// The line that looks most like a number.
    pub(crate) line: Option<Quadrilateral>,
    /// The strip that was read best.
    pub(crate) strip: Option<Quadrilateral>,
}

impl Findings<'_> {
    pub(crate) fn fault(&self) -> Option<Fault> {
        if self.surest < SEEN {
            return Some(Fault::NoCard);
        }
        let line = self.line.and_then(|line| views(&line, &VIEWS).first().copied());
        let is_blurred = |strip: &Quadrilateral| {
            let pixels = self.pyramid.cut(strip, NUMBER_WIDTH, STRIP_HEIGHT, true);
            pixels.is_some_and(|pixels| sharpness(&pixels) < SHARP)
        };
        // Where the number is blurred, it is not certain where it lies.
        if line.as_ref().is_some_and(is_blurred) {
            return Some(Fault::Blurred);
        }
        let picture = self.pyramid.picture();
        let meets_edge = |strip: &Quadrilateral| {
            let (_, down) = strip.sides();
            strip.0.iter().any(|corner| to_edge(picture, *corner) < NEAR * length(down))
        };
        let is_cut = line.iter().chain(&self.strip).any(meets_edge)
            || self.card.is_some_and(|card| is_part(picture, &card));
        is_cut.then_some(Fault::Cut)
    }
}

/// Returns how sharp a strip is, whatever its contrast: the mean square of the difference of neighbours
/// to that of pixels some way apart, along its text or down, whichever is less.
fn sharpness(strip: &[f32]) -> f32 {
    let change = |right: usize, down: usize| {
        let rows = DIGITS.start..DIGITS.end - down;
        let squares = rows.flat_map(|row| {
            let from = &strip[row * NUMBER_WIDTH..(row + 1) * NUMBER_WIDTH - right];
            let to = &strip[(row + down) * NUMBER_WIDTH + right..];
            from.iter().zip(to).map(|(from, to)| (to - from).powi(2))
        });
        let count = (DIGITS.len() - down) * (NUMBER_WIDTH - right);
        squares.sum::<f32>() / count as f32
    };
    let of = |near: f32, apart: f32| near / apart.max(f32::MIN_POSITIVE);
    of(change(1, 0), change(APART, 0)).min(of(change(0, 1), change(0, APART)))
}

/// Returns how far a point lies from the nearest edge of the photo; below 0 beyond it.
fn to_edge(picture: &Grey, [x, y]: [f32; 2]) -> f32 {
    x.min(y).min(picture.width as f32 - x).min(picture.height as f32 - y)
}

/// Returns whether an outline is that of a part of a card, which goes on beyond the photo's edge.
fn is_part(picture: &Grey, card: &Quadrilateral) -> bool {
    let (along, down) = card.sides();
    let (along, down) = (length(along), length(down));
    let beside = BESIDE * picture.width.max(picture.height) as f32;
    let [a, b, c, d] = card.0;
    let is_beside = |(from, to): (&[f32; 2], &[f32; 2])| {
        let (right, lower) = (picture.width as f32 - beside, picture.height as f32 - beside);
        from[0].max(to[0]) < beside
            || from[1].max(to[1]) < beside
            || from[0].min(to[0]) > right
            || from[1].min(to[1]) > lower
    };
    along.max(down) > LONG * along.min(down)
        && [a, b, c, d].iter().zip(&[b, c, d, a]).any(is_beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: Quadrilateral =
        Quadrilateral([[300.0, 300.0], [900.0, 300.0], [900.0, 340.0], [300.0, 340.0]]);

    /// A photo with strokes along a line, each edge of which is spread over so many pixels.
    fn strokes(spread: f32) -> Pyramid {
        let pixel = |at: usize| {
            let (x, y) = ((at % 1200) as f32, (at / 1200) as f32);
            let stroke = |from: f32| 0.5 + ((x - from) / spread).clamp(-0.5, 0.5);
            let across = |from: f32| 0.5 + ((y - from) / spread).clamp(-0.5, 0.5);
            let (cell, tall) = ((x / 30.0).floor() * 30.0, across(304.0) - across(336.0));
            (60.0 + 120.0 * (stroke(cell + 8.0) - stroke(cell + 16.0)) * tall) as u8
        };
        Pyramid::new(Grey::new(1200, 760, (0..1200 * 760).map(pixel).collect()))
    }

    fn fault(pyramid: &Pyramid, change: impl FnOnce(&mut Findings<'_>)) -> Option<Fault> {
        let card =
            Quadrilateral([[200.0, 100.0], [1000.0, 100.0], [1000.0, 604.0], [200.0, 604.0]]);
        let mut findings = Findings {
            pyramid,
            surest: 0.99,
            card: Some(card),
            line: Some(LINE),
            strip: views(&LINE, &VIEWS).first().copied(),
        };
        change(&mut findings);
        findings.fault()
    }

    #[test]
    fn a_sharp_whole_number_has_no_fault() {
        assert_eq!(fault(&strokes(1.0), |_| {}), None);
    }

    #[test]
    fn a_number_whose_edges_are_spread_is_blurred() {
        assert_eq!(fault(&strokes(40.0), |_| {}), Some(Fault::Blurred));
    }

    #[test]
    fn without_a_sure_sight_there_is_no_card() {
        assert_eq!(fault(&strokes(1.0), |findings| findings.surest = 0.6), Some(Fault::NoCard));
    }

    #[test]
    fn a_number_that_comes_to_the_edge_is_cut() {
        let moved = |by: f32| views(&LINE.map(|[x, y]| [x + by, y]), &VIEWS).first().copied();
        let pyramid = strokes(1.0);
        assert_eq!(fault(&pyramid, |findings| findings.strip = moved(285.0)), Some(Fault::Cut));
        assert_eq!(fault(&pyramid, |findings| findings.strip = moved(-295.0)), Some(Fault::Cut));
        assert_eq!(fault(&pyramid, |findings| findings.strip = moved(200.0)), None);
    }

    #[test]
    fn a_part_of_a_card_at_the_edge_is_cut() {
        let part = |upper: f32| {
            Quadrilateral([
                [200.0, upper],
                [1000.0, upper],
                [1000.0, upper + 300.0],
                [200.0, upper + 300.0],
            ])
        };
        let pyramid = strokes(1.0);
        assert_eq!(fault(&pyramid, |findings| findings.card = Some(part(10.0))), Some(Fault::Cut));
        assert_eq!(fault(&pyramid, |findings| findings.card = Some(part(440.0))), Some(Fault::Cut));
        assert_eq!(fault(&pyramid, |findings| findings.card = Some(part(200.0))), None);
    }
}
