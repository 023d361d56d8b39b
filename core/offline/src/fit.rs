//! Photos made to fit: turned upright, and smaller where they are too large.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use zeroize::Zeroizing;

use crate::Refusal;
use crate::photo::{Photo, turn, turned_size};
use crate::picture::smaller;

/// The quality of a JPEG, and a lower one that is tried before its sides are made smaller.
const QUALITY: u8 = 92;
const LOWER_QUALITY: u8 = 85;
/// How many times too long a photo is at most where the lower quality may do.
const LOWER_QUALITY_HELPS: f64 = 1.5;
/// By what the sides are made smaller beyond what the length asks for, which falls more slowly than the
/// number of pixels does.
const MARGIN: f64 = 0.95;
/// The shorter side below which a photo is not made smaller.
const LEAST_SIDE: usize = 200;

/// What a photo has to be made to fit.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The most pixels of the photo as it is; of a larger one only the header is read.
    pub most_pixels: u64,
    /// The most pixels of its longer side.
    pub most_side: usize,
    /// The most that `length` may give.
    pub most_length: u64,
    /// The length of a photo as the service counts it.
    pub length: &'a dyn Fn(&[u8]) -> u64,
}

impl std::fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted")
            .field("most_pixels", &self.most_pixels)
            .field("most_side", &self.most_side)
            .field("most_length", &self.most_length)
            .finish_non_exhaustive()
    }
}

/// A photo that was made to fit.
#[derive(Clone)]
pub struct Fitted {
    /// A JPEG without any metadata.
    pub photo: Zeroizing<Vec<u8>>,
    /// Its width and height.
    pub size: (usize, usize),
}

impl std::fmt::Debug for Fitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fitted")
            .field("bytes", &self.photo.len())
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// Returns whether a photo's EXIF orientation says that it is shown otherwise than it is stored;
/// `false` where its header cannot be read.
#[must_use]
pub fn is_turned(photo: &[u8]) -> bool {
    Photo::is_turned(photo)
}

/// Returns a photo as a JPEG that fits: turned as its EXIF orientation says, with as many of its pixels
/// as there may be. Of several pictures in one file the first is taken.
///
/// `stop` is asked between steps of at most some tenths of a second.
///
/// # Errors
/// A photo that cannot be decoded, has too many pixels or cannot be made to fit, and
/// [`Refusal::Stopped`] when `stop` says so.
pub fn fit(photo: &[u8], wanted: &Wanted<'_>, stop: &dyn Fn() -> bool) -> Result<Fitted, Refusal> {
    let going_on = || if stop() { Err(Refusal::Stopped) } else { Ok(()) };
    let header = Photo::open(photo, wanted.most_pixels)?;
    going_on()?;
    let stored = (header.width, header.height);
    let pixels = header.colours()?;
    let (shorter, longer) = (stored.0.min(stored.1), stored.0.max(stored.1));
    let least = LEAST_SIDE.min(shorter) as f64;
    let mut scale = (wanted.most_side as f64 / longer as f64).min(1.0);
    loop {
        going_on()?;
        let side = |side: usize| ((side as f64 * scale) as usize).max(1);
        let size = (side(stored.0), side(stored.1));
        let shrunk;
        let mut shown = &pixels;
        if size != stored {
            shrunk = Zeroizing::new(smaller::<3>(&pixels, stored, size));
            shown = &shrunk;
            going_on()?;
        }
        let turned;
        if header.orientation != Orientation::NoTransforms {
            turned = Zeroizing::new(turn::<3>(shown, size, header.orientation));
            shown = &turned;
            going_on()?;
        }
        let size = turned_size(size, header.orientation);
        let excess = |photo: &[u8]| (wanted.length)(photo) as f64 / wanted.most_length as f64;
        let photo = encoded(shown, size, QUALITY)?;
        let too_long = excess(&photo);
        if too_long <= 1.0 {
            return Ok(Fitted { photo, size });
        }
        if too_long <= LOWER_QUALITY_HELPS {
            going_on()?;
            let photo = encoded(shown, size, LOWER_QUALITY)?;
            if excess(&photo) <= 1.0 {
                return Ok(Fitted { photo, size });
            }
        }
        let smallest = least / shorter as f64;
        if scale <= smallest {
            return Err(Refusal::CannotFit);
        }
        scale = (scale * MARGIN / too_long.sqrt()).max(smallest);
    }
}

fn encoded(
    pixels: &[u8],
    (width, height): (usize, usize),
    quality: u8,
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let side = |side: usize| u32::try_from(side).map_err(|_| Refusal::CannotFit);
    // Room for all of it: a buffer that grows leaves copies behind.
    let mut photo = Zeroizing::new(Vec::with_capacity(pixels.len() / 2 + (1 << 16)));
    let out: &mut Vec<u8> = &mut photo;
    JpegEncoder::new_with_quality(out, quality)
        .encode(pixels, side(width)?, side(height)?, ExtendedColorType::Rgb8)
        .map_err(|_| Refusal::CannotFit)?;
    Ok(photo)
}
