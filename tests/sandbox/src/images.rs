//! Pictures as the vendors look at them, and the pictures that they send back.

/// A picture of a card number's strip, as the vendors crop it (an invented number).
pub(crate) const NUMBER_PHOTO: &[u8] = include_bytes!("../assets/number_photo.jpg");
/// A cropped card (the same invented number).
pub(crate) const CARD_PHOTO: &[u8] = include_bytes!("../assets/card_crop.jpg");

/// The formats the vendors take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Jpeg,
    Png,
    Bmp,
}

/// Returns the format by the first bytes.
pub(crate) fn format(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(Format::Jpeg)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(Format::Png)
    } else if bytes.starts_with(b"BM") {
        Some(Format::Bmp)
    } else {
        None
    }
}

/// Returns the media type by the first bytes, of the forms that browsers show.
pub(crate) fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match format(bytes) {
        Some(Format::Jpeg) => Some("image/jpeg"),
        Some(Format::Png) => Some("image/png"),
        Some(Format::Bmp) => Some("image/bmp"),
        None if bytes.starts_with(b"GIF8") => Some("image/gif"),
        None if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => {
            Some("image/webp")
        }
        None => None,
    }
}

/// Shortest and longest edge in pixels, as a decoder reads them.
pub(crate) fn edges(bytes: &[u8]) -> Option<(u32, u32)> {
    let reader = image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format();
    let (width, height) = reader.ok()?.into_dimensions().ok()?;
    Some((width.min(height), width.max(height)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_are_jpeg() {
        for photo in [NUMBER_PHOTO, CARD_PHOTO] {
            assert_eq!(format(photo), Some(Format::Jpeg));
            assert!(edges(photo).is_some());
        }
        assert_eq!(format(b"GIF89a"), None);
    }
}
