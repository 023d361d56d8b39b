//! The same card as another photo shows it.

use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat};

use crate::edit::{marker, with_marker};
use crate::forms::encoded;

/// So many pixels of the card's width are left where it is out of focus: no digit can be told.
const LEFT: u32 = 30;

/// Returns the photo out of focus, as a JPEG with the same marker.
///
/// # Panics
/// When the bytes are no picture.
pub fn out_of_focus(photo: &[u8]) -> Vec<u8> {
    changed(photo, |picture| {
        let (width, height) = (picture.width(), picture.height());
        picture.thumbnail(LEFT, LEFT).resize_exact(width, height, FilterType::Triangle)
    })
}

/// Returns the photo turned by so many quarters, clockwise, as a JPEG with the same marker.
///
/// # Panics
/// When the bytes are no picture.
pub fn turned(photo: &[u8], quarters: u32) -> Vec<u8> {
    changed(photo, |picture| (0..quarters % 4).fold(picture, |picture, _| picture.rotate90()))
}

fn changed(photo: &[u8], change: impl FnOnce(DynamicImage) -> DynamicImage) -> Vec<u8> {
    let picture = image::load_from_memory(photo).unwrap_or_else(|e| panic!("no picture: {e}"));
    let picture = DynamicImage::from(change(picture).to_rgb8());
    let jpeg = encoded(&picture, ImageFormat::Jpeg);
    match marker(photo) {
        Some(told) => with_marker(&jpeg, &told.to_string()),
        None => jpeg,
    }
}
