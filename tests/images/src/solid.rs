//! Pictures of one grey, for the edges of what a vendor takes.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};

use crate::png;

/// The formats that all OCR vendors take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Baseline JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// Uncompressed BMP.
    Bmp,
}

impl Format {
    /// Each format once.
    pub const ALL: [Format; 3] = [Format::Jpeg, Format::Png, Format::Bmp];
}

/// Returns a valid picture of these pixel dimensions, in one grey, without a marker.
///
/// # Panics
/// When the format cannot state the dimensions: a JPEG's sides are at most 65535 pixels.
pub fn solid(format: Format, width: u32, height: u32) -> Vec<u8> {
    let picture = GrayImage::from_pixel(width, height, Luma([0x9c]));
    let encoded = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Bmp => ImageFormat::Bmp,
    };
    let mut out = Cursor::new(Vec::new());
    if let Err(e) = picture.write_to(&mut out, encoded) {
        panic!("a {format:?} of {width} x {height}: {e}");
    }
    match format {
        Format::Png => png::with_room(out.get_ref()),
        Format::Jpeg | Format::Bmp => out.into_inner(),
    }
}
