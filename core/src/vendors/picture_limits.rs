//! Limits that several vendors have for pictures.

use std::ops::RangeInclusive;

use crate::card::Photo;
use crate::error::Error;

/// Checks the length of an address.
pub(super) fn check_address(url: &str, limit: usize) -> Result<(), Error> {
    if url.len() <= limit {
        return Ok(());
    }
    let expected = format!("an address of at most {limit} bytes");
    Err(Error::argument("image", expected, format_args!("{} bytes", url.len())))
}

/// Checks the length of a photo's base64 text.
pub(super) fn check_base64(photo: &Photo, limit: usize) -> Result<(), Error> {
    if photo.base64_len() <= limit {
        return Ok(());
    }
    let expected = format!("at most {limit} bytes of base64");
    Err(Error::argument("image", expected, photo.base64_len()))
}

/// Checks both sides of a photo, in pixels, and how many times the shorter the longer may be.
pub(super) fn check_sides(
    photo: &Photo,
    sides: RangeInclusive<usize>,
    ratio: Option<usize>,
) -> Result<(), Error> {
    let found = match photo.size {
        None => "a header that states no size".to_owned(),
        Some((width, height)) => {
            let (short, long) = (width.min(height), width.max(height));
            let is_narrow = ratio.is_some_and(|ratio| long >= short * ratio);
            if sides.contains(&short) && sides.contains(&long) && !is_narrow {
                return Ok(());
            }
            format!("{width} by {height}")
        }
    };
    let mut expected = format!("sides of {} to {} pixels", sides.start(), sides.end());
    if let Some(ratio) = ratio {
        expected.push_str(&format!(", the longer under {ratio} times the shorter"));
    }
    Err(Error::argument("image", expected, found))
}
