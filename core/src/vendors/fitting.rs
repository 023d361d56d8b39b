//! Photos made to fit what a vendor takes.

use super::PictureLimits;
use crate::card::Photo;
use crate::facts::ImageFitted;

/// A photo that was made to fit, and what it became.
#[cfg_attr(not(feature = "offline"), allow(dead_code, reason = "no photo is made to fit"))]
pub(crate) struct FittedPhoto {
    pub(crate) photo: Photo,
    pub(crate) fitted: ImageFitted,
}

/// Returns whether a photo's EXIF orientation says that it is shown otherwise than it is stored.
#[cfg(feature = "offline")]
pub(crate) fn is_turned(photo: &Photo) -> bool {
    cardwire_offline::is_turned(&photo.bytes)
}

#[cfg(not(feature = "offline"))]
pub(crate) fn is_turned(_: &Photo) -> bool {
    false
}

/// Makes a photo fit: computes until it is done, or until `stop` says so.
///
/// # Errors
/// The reason why it cannot be done.
#[cfg(feature = "offline")]
pub(crate) fn fit(
    photo: &Photo,
    limits: &PictureLimits,
    stop: &dyn Fn() -> bool,
) -> Result<FittedPhoto, String> {
    use super::picture_limits::{Length, MOST_PIXELS};
    use crate::card::ImageFormat;
    use bytes::Bytes;

    let length = limits.length.unwrap_or(Length::Photo(u64::MAX));
    let wanted = cardwire_offline::Wanted {
        most_pixels: MOST_PIXELS,
        most_side: limits.longest_side(photo.size.unwrap_or_default()),
        most_length: length.most(),
        length: &|photo| length.of(photo),
    };
    let made = cardwire_offline::fit(&photo.bytes, &wanted, stop);
    let made = made.map_err(|refusal| refusal.to_string())?;
    let (width_before, height_before) = photo.size.unwrap_or_default();
    let (width_after, height_after) = made.size;
    let fitted = ImageFitted {
        bytes_before: photo.bytes.len(),
        bytes_after: made.photo.len(),
        width_before,
        height_before,
        width_after,
        height_after,
    };
    let photo = Photo {
        bytes: Bytes::from_owner(made.photo),
        format: ImageFormat::Jpeg,
        size: Some(made.size),
    };
    match limits.photo(&photo) {
        Ok(()) => Ok(FittedPhoto { photo, fitted }),
        Err(over) => Err(over.error().message().to_owned()),
    }
}

#[cfg(not(feature = "offline"))]
pub(crate) fn fit(
    _: &Photo,
    _: &PictureLimits,
    _: &dyn Fn() -> bool,
) -> Result<FittedPhoto, String> {
    Err("the library was built without the feature offline".to_owned())
}
