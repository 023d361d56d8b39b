//! One picture in the forms that cameras and programs write.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};

/// Returns a picture as a file of that format.
///
/// # Panics
/// When the format cannot hold the picture's colours.
pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    if let Err(error) = picture.write_to(&mut out, format) {
        panic!("{format:?}: {error}");
    }
    out.into_inner()
}

/// Returns a picture as JPEG, PNG, WebP and BMP, in the colours and depths that each has, with the name
/// of each form.
pub fn forms(picture: &DynamicImage) -> Vec<(&'static str, Vec<u8>)> {
    use ImageFormat::{Bmp, Jpeg, Png, WebP};
    let colour: DynamicImage = picture.to_rgb8().into();
    let grey: DynamicImage = picture.to_luma8().into();
    let with_alpha: DynamicImage = picture.to_rgba8().into();
    vec![
        ("JPEG", encoded(&colour, Jpeg)),
        ("JPEG in grey", encoded(&grey, Jpeg)),
        ("PNG", encoded(&colour, Png)),
        ("PNG with alpha", encoded(&with_alpha, Png)),
        ("PNG in grey", encoded(&grey, Png)),
        ("PNG in grey with alpha", encoded(&picture.to_luma_alpha8().into(), Png)),
        ("PNG of 16 bits", encoded(&picture.to_rgb16().into(), Png)),
        ("PNG of 16 bits with alpha", encoded(&picture.to_rgba16().into(), Png)),
        ("PNG of 16 bits in grey", encoded(&picture.to_luma16().into(), Png)),
        ("WebP", encoded(&colour, WebP)),
        ("WebP with alpha", encoded(&with_alpha, WebP)),
        ("BMP", encoded(&colour, Bmp)),
        ("BMP with alpha", encoded(&with_alpha, Bmp)),
        ("BMP in grey", encoded(&grey, Bmp)),
    ]
}
