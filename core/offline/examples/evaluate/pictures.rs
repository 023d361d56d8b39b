//! The passes, and how each shows a photo.

use std::io::Cursor;

use cardwire_offline::Quadrilateral;
use image::imageops::{FilterType, blur, crop_imm, interpolate_bilinear, overlay, resize};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Rgb, RgbImage};

use crate::counts::hex;

/// The least share of a frame's width that a photo takes up where it is made small.
const LEAST_SHARE: f64 = 0.3;
/// The longer side of the largest frame: 12 megapixels of a camera's shape.
const LONGEST: f64 = 4000.0;

/// The longer side at which a photo is spoilt.
const SPOILT_SIDE: u32 = 1600;
/// The least and the most of what spoils a photo, as shares of its longer side: the standard deviation of
/// what is out of focus, and the way of what moved.
const FOCUS: [f64; 2] = [0.004, 0.01];
const WAY: [f64; 2] = [0.01, 0.03];
/// The least and the most of a number that is cut off, as a share of its length.
const CUT_OFF: [f64; 2] = [0.15, 0.6];

pub(crate) const PASSES: [Pass; 7] = [
    Pass { name: "upright", is_turned: false, is_small: false, spoil: None },
    Pass { name: "turned", is_turned: true, is_small: false, spoil: None },
    Pass { name: "small", is_turned: false, is_small: true, spoil: None },
    Pass { name: "small and turned", is_turned: true, is_small: true, spoil: None },
    Pass { name: "out of focus", is_turned: false, is_small: false, spoil: Some(out_of_focus) },
    Pass { name: "moved", is_turned: false, is_small: false, spoil: Some(moved) },
    Pass { name: "cut", is_turned: false, is_small: false, spoil: Some(cut) },
];

/// Returns a picture spoilt as its name draws; its number stands at a place.
type Spoil = fn(&str, &RgbImage, &Quadrilateral) -> RgbImage;

/// A way in which every photo is read.
pub(crate) struct Pass {
    pub(crate) name: &'static str,
    pub(crate) is_turned: bool,
    pub(crate) is_small: bool,
    /// Only photos whose number is read rightly and surely are spoilt.
    pub(crate) spoil: Option<Spoil>,
}

/// Returns a number from 0 to 1 drawn from a text.
fn drawn(text: &str) -> f64 {
    let digits = &hex(text.as_bytes())[..8];
    f64::from(u32::from_str_radix(digits, 16).expect("digits of a hash")) / f64::from(u32::MAX)
}

/// The sides of a picture.
fn sides(picture: &RgbImage) -> [f64; 2] {
    [picture.width(), picture.height()].map(f64::from)
}

/// Returns a picture in a larger frame, at a place given by shares of the room to its left and above it.
/// A photo with the sides `of`, which may be turned in the picture, takes up `share` of the frame.
fn framed(picture: &RgbImage, of: [f64; 2], share: f64, room: [f64; 2]) -> RgbImage {
    let [across, down] = sides(picture);
    let frame = [(of[0] / share).max(across), (of[1] / share).max(down)];
    let shrink = (LONGEST / frame[0].max(frame[1])).min(1.0);
    let pixels = |side: f64| ((side * shrink) as u32).max(1);
    let small = resize(picture, pixels(across), pixels(down), FilterType::Triangle);
    let mut out = RgbImage::from_pixel(pixels(frame[0]), pixels(frame[1]), Rgb([128; 3]));
    let at = |frame: u32, side: u32, share: f64| (f64::from(frame - side) * share) as i64;
    let left = at(out.width(), small.width(), room[0]);
    let above = at(out.height(), small.height(), room[1]);
    overlay(&mut out, &small, left, above);
    out
}

/// Returns a photo turned by some degrees, on a plain ground.
fn turned(picture: &RgbImage, degrees: f64) -> RgbImage {
    let [width, height] = sides(picture);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let side = |a: f64, b: f64| (a * cos.abs() + b * sin.abs()).ceil() as u32;
    let (across, down) = (side(width, height), side(height, width));
    let mut out = RgbImage::from_pixel(across, down, Rgb([128; 3]));
    for (column, row, pixel) in out.enumerate_pixels_mut() {
        let x = f64::from(column) + 0.5 - f64::from(across) / 2.0;
        let y = f64::from(row) + 0.5 - f64::from(down) / 2.0;
        let from = [x * cos + y * sin + width / 2.0, y * cos - x * sin + height / 2.0];
        let [x, y] = from.map(|value| (value - 0.5) as f32);
        if let Some(value) = interpolate_bilinear(picture, x, y) {
            *pixel = value;
        }
    }
    out
}

/// Returns a number drawn from a text, between two others.
fn between(text: &str, [least, most]: [f64; 2]) -> f64 {
    least + (most - least) * drawn(text)
}

fn longer(picture: &RgbImage) -> f64 {
    let [width, height] = sides(picture);
    width.max(height)
}

fn out_of_focus(name: &str, picture: &RgbImage, _: &Quadrilateral) -> RgbImage {
    blur(picture, (longer(picture) * between(&format!("focus {name}"), FOCUS)) as f32)
}

fn moved(name: &str, picture: &RgbImage, _: &Quadrilateral) -> RgbImage {
    let way = longer(picture) * between(&format!("way {name}"), WAY);
    let (sin, cos) = (drawn(&format!("direction {name}")) * std::f64::consts::PI).sin_cos();
    let (right, lower) = (i64::from(picture.width()) - 1, i64::from(picture.height()) - 1);
    let steps = way.ceil() as i64;
    RgbImage::from_fn(picture.width(), picture.height(), |column, row| {
        let mut sums = [0; 3];
        for step in 0..=steps {
            let by = (step as f64 / steps as f64 - 0.5) * way;
            let at = |place: u32, by: f64, most: i64| {
                (i64::from(place) + by.round() as i64).clamp(0, most) as u32
            };
            let pixel = picture.get_pixel(at(column, by * cos, right), at(row, by * sin, lower));
            sums.iter_mut().zip(pixel.0).for_each(|(sum, value)| *sum += u64::from(value));
        }
        Rgb(sums.map(|sum| (sum / (steps as u64 + 1)) as u8))
    })
}

/// Cuts the beginning or the end of the number off, or the card below the middle of its digits.
fn cut(name: &str, picture: &RgbImage, line: &Quadrilateral) -> RgbImage {
    let [a, b, c, d] = line.0;
    let half =
        |p: [f32; 2], q: [f32; 2]| [f64::from(p[0] + q[0]) / 2.0, f64::from(p[1] + q[1]) / 2.0];
    let off = between(&format!("off {name}"), CUT_OFF);
    // From where on, and to where the number is kept.
    let (from, to, share) = match drawn(&format!("side {name}")) {
        0.0..0.34 => (half(b, c), half(a, d), 1.0 - off),
        0.34..0.67 => (half(a, d), half(b, c), 1.0 - off),
        _ => (half(a, b), half(d, c), 0.5),
    };
    let [x, y] = [0, 1].map(|axis| (from[axis] + (to[axis] - from[axis]) * share).max(1.0) as u32);
    let (width, height) = picture.dimensions();
    let (x, y) = (x.min(width - 1), y.min(height - 1));
    let kept = if (to[0] - from[0]).abs() > (to[1] - from[1]).abs() {
        if to[0] > from[0] { (0, 0, x, height) } else { (x, 0, width - x, height) }
    } else if to[1] > from[1] {
        (0, 0, width, y)
    } else {
        (0, y, width, height - y)
    };
    crop_imm(picture, kept.0, kept.1, kept.2, kept.3).to_image()
}

/// Returns the picture as it is shown.
fn decoded(photo: &[u8]) -> Option<RgbImage> {
    let mut decoder =
        ImageReader::new(Cursor::new(photo)).with_guessed_format().ok()?.into_decoder().ok()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    Some(picture.into_rgb8())
}

fn written(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Bmp).expect("a picture in memory");
    bytes.into_inner()
}

impl Pass {
    /// Returns a photo as this pass shows it.
    pub(crate) fn shown(&self, name: &str, photo: &[u8]) -> Vec<u8> {
        let Some(mut picture) = decoded(photo) else { return photo.to_vec() };
        let of = sides(&picture);
        if !self.is_turned && !self.is_small {
            return photo.to_vec();
        }
        if self.is_turned {
            picture = turned(&picture, (drawn(name) * 360.0).floor());
        }
        if self.is_small {
            let [share, left, above] =
                ["share", "left", "above"].map(|what| drawn(&format!("{what} {name}")));
            let share = LEAST_SHARE + (1.0 - LEAST_SHARE) * share;
            picture = framed(&picture, of, share, [left, above]);
        }
        written(&picture)
    }
}

/// Returns a photo spoilt, whose number stands at a place.
pub(crate) fn spoilt(
    spoil: Spoil,
    name: &str,
    photo: &[u8],
    line: &Quadrilateral,
) -> Option<Vec<u8>> {
    let picture = decoded(photo)?;
    let shrink = (f64::from(SPOILT_SIDE) / longer(&picture)).min(1.0);
    let pixels = |side: f64| ((side * shrink) as u32).max(1);
    let [width, height] = sides(&picture).map(pixels);
    let picture = resize(&picture, width, height, FilterType::Triangle);
    let line = Quadrilateral(line.0.map(|corner| corner.map(|value| value * shrink as f32)));
    Some(written(&spoil(name, &picture, &line)))
}
