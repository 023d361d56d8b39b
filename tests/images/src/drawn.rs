//! Cards with any number: a plain drawing, not a photo, that a reader of photos reads.

use image::{ImageFormat, Rgb, RgbImage};

use crate::edit::with_marker;
use crate::forms::encoded;

/// The sides of the picture, and those of the card in it, in pixels: ISO/IEC 7810 ID-1.
const WIDTH: u32 = 900;
const HEIGHT: u32 = 620;
const CARD: (f32, f32, f32, f32) = (50.0, 60.0, 850.0, 565.0);
/// The digits' height and width, how far it is from one to the next, and the width of their lines.
const TALL: f32 = 40.0;
const WIDE: f32 = 24.0;
const STEP: f32 = 34.0;
const LINE: f32 = 6.0;
/// The upper edge of the number.
const TOP: f32 = 320.0;

const TABLE: [f32; 3] = [176.0, 168.0, 158.0];
const FACE: [f32; 3] = [28.0, 62.0, 128.0];
const INK: [f32; 3] = [236.0, 234.0, 224.0];

type Line = &'static [(u8, u8)];

/// The lines of each digit, in tenths of its width and of its height.
const DIGITS: [&[Line]; 10] = [
    &[&[(2, 0), (8, 0), (10, 1), (10, 9), (8, 10), (2, 10), (0, 9), (0, 1), (2, 0)]],
    &[&[(2, 1), (5, 0), (5, 10)]],
    &[&[(0, 1), (2, 0), (8, 0), (10, 1), (10, 4), (8, 5), (2, 5), (0, 6), (0, 10), (10, 10)]],
    &[
        &[(0, 1), (2, 0), (8, 0), (10, 1), (10, 4), (8, 5), (3, 5)],
        &[(8, 5), (10, 6), (10, 9), (8, 10), (2, 10), (0, 9)],
    ],
    &[&[(0, 0), (0, 6), (10, 6)], &[(7, 2), (7, 10)]],
    &[&[(10, 0), (0, 0), (0, 4), (8, 4), (10, 6), (10, 9), (8, 10), (2, 10), (0, 9)]],
    &[&[
        (8, 0),
        (2, 0),
        (0, 2),
        (0, 9),
        (2, 10),
        (8, 10),
        (10, 9),
        (10, 6),
        (8, 5),
        (2, 5),
        (0, 6),
    ]],
    &[&[(0, 0), (10, 0), (10, 2), (4, 6), (4, 10)]],
    &[
        &[(2, 5), (0, 4), (0, 1), (2, 0), (8, 0), (10, 1), (10, 4), (8, 5), (2, 5)],
        &[(2, 5), (0, 6), (0, 9), (2, 10), (8, 10), (10, 9), (10, 6), (8, 5)],
    ],
    &[&[
        (2, 10),
        (8, 10),
        (10, 8),
        (10, 1),
        (8, 0),
        (2, 0),
        (0, 1),
        (0, 4),
        (2, 5),
        (8, 5),
        (10, 4),
    ]],
];

/// Returns a JPEG of a card with this number, and a marker that tells it.
///
/// # Panics
/// When the number is not made of digits, or too long for the card.
pub fn drawn(number: &str) -> Vec<u8> {
    let place = |at: usize| 90.0 + at as f32 * STEP;
    assert!(place(number.len()) < CARD.2, "{} digits do not fit", number.len());
    let mut lines: Vec<[(f32, f32); 2]> = Vec::new();
    for (at, digit) in number.bytes().enumerate() {
        let left = place(at);
        let point = |(x, y): &(u8, u8)| {
            (left + f32::from(*x) * WIDE / 10.0, TOP + f32::from(*y) * TALL / 10.0)
        };
        assert!(digit.is_ascii_digit(), "a card number is made of digits");
        for line in DIGITS[usize::from(digit - b'0')] {
            lines.extend(line.windows(2).map(|ends| [point(&ends[0]), point(&ends[1])]));
        }
    }
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let (left, upper, right, lower) = CARD;
        let within = (x - left).min(right - x).min(y - upper).min(lower - y);
        let on_card = (within + 0.5).clamp(0.0, 1.0);
        let is_near = (TOP - LINE..TOP + TALL + LINE).contains(&y);
        let near = lines.iter().filter(|_| is_near);
        let from_ink = near.map(|line| distance((x, y), *line)).fold(f32::MAX, f32::min);
        let inked = (LINE / 2.0 - from_ink + 0.5).clamp(0.0, 1.0);
        // Light from the left, and a grain that repeats itself.
        let light = 1.06 - 0.12 * x / WIDTH as f32 + ((x * 7.0 + y * 13.0) % 5.0 - 2.0) * 0.004;
        Rgb(std::array::from_fn(|channel| {
            let face = FACE[channel] + (INK[channel] - FACE[channel]) * inked;
            ((TABLE[channel] + (face - TABLE[channel]) * on_card) * light) as u8
        }))
    });
    with_marker(
        &encoded(&picture.into(), ImageFormat::Jpeg),
        &format!(r#"{{"number":"{number}"}}"#),
    )
}

/// Returns how far a point is from a line between two others.
fn distance((x, y): (f32, f32), [(ax, ay), (bx, by)]: [(f32, f32); 2]) -> f32 {
    let (along, up) = (bx - ax, by - ay);
    let share = ((x - ax) * along + (y - ay) * up) / (along * along + up * up).max(f32::EPSILON);
    let share = share.clamp(0.0, 1.0);
    (x - ax - along * share).hypot(y - ay - up * share)
}
