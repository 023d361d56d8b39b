//! Photos made to fit: turned upright, and smaller where they are too large.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, ImageFormat};
use zeroize::Zeroizing;

use crate::Refusal;
use crate::photo::Photo;

/// The qualities of a JPEG that are tried, the best first, before its sides are made smaller.
const QUALITIES: [u8; 3] = [92, 85, 75];
/// By what the sides are multiplied where the bytes are still too many.
const SMALLER: f64 = 0.8;
/// The shorter side below which a photo is not made smaller.
const LEAST_SIDE: f64 = 200.0;

/// A photo that was made to fit.
#[derive(Clone)]
pub struct Fitted {
    /// A JPEG without any metadata.
    pub photo: Zeroizing<Vec<u8>>,
    /// Width and height before, as stored.
    pub before: (usize, usize),
    /// Width and height now.
    pub after: (usize, usize),
}

impl std::fmt::Debug for Fitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fitted")
            .field("bytes", &self.photo.len())
            .field("before", &self.before)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}

/// Returns a photo as a JPEG of at most `most_bytes`, whose longer side has at most `most_side`
/// pixels, turned as its EXIF orientation says; `None` for a JPEG, PNG or BMP that needs none of
/// this, to be sent as it is.
///
/// # Errors
/// A photo that cannot be decoded, has more than `most_pixels` or cannot be made to fit, and
/// [`Refusal::Stopped`] when `stop` says so.
pub fn fit(
    photo: &[u8],
    most_bytes: usize,
    most_side: usize,
    most_pixels: u64,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Fitted>, Refusal> {
    let header = Photo::open(photo, most_pixels)?;
    let before = (header.width, header.height);
    let is_upright = header.orientation == Orientation::NoTransforms;
    let longer = before.0.max(before.1);
    let is_taken = header.format != ImageFormat::WebP;
    if is_upright && is_taken && longer <= most_side && photo.len() <= most_bytes {
        return Ok(None);
    }
    if stop() {
        return Err(Refusal::Stopped);
    }
    let picture = opaque(header.colour()?);
    let fitted = encoded(&picture, before, most_bytes, most_side, stop);
    wipe(picture);
    fitted.map(Some)
}

/// Returns a picture as the best JPEG that fits.
fn encoded(
    picture: &DynamicImage,
    before: (usize, usize),
    most_bytes: usize,
    most_side: usize,
    stop: &dyn Fn() -> bool,
) -> Result<Fitted, Refusal> {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    let mut scale = (most_side as f64 / f64::from(longer)).min(1.0);
    while f64::from(width.min(height)) * scale >= LEAST_SIDE.min(f64::from(width.min(height))) {
        let side = |side: u32| ((f64::from(side) * scale) as u32).max(1);
        let smaller = (scale < 1.0)
            .then(|| picture.resize_exact(side(width), side(height), FilterType::Triangle));
        let shown = smaller.as_ref().unwrap_or(picture);
        for quality in QUALITIES {
            if stop() {
                return Err(Refusal::Stopped);
            }
            // Room for all of it: a buffer that grows leaves copies behind.
            let room = shown.width() as usize * shown.height() as usize + (1 << 16);
            let mut photo = Zeroizing::new(Vec::with_capacity(room));
            let out: &mut Vec<u8> = &mut photo;
            let mut encoder = JpegEncoder::new_with_quality(out, quality);
            encoder.encode_image(shown).map_err(|_| Refusal::Damaged)?;
            if photo.len() <= most_bytes {
                let after = (shown.width() as usize, shown.height() as usize);
                if let Some(smaller) = smaller {
                    wipe(smaller);
                }
                return Ok(Fitted { photo, before, after });
            }
        }
        if let Some(smaller) = smaller {
            wipe(smaller);
        }
        scale *= SMALLER;
    }
    Err(Refusal::CannotFit)
}

fn wipe(picture: DynamicImage) {
    drop(Zeroizing::new(picture.into_bytes()));
}

/// Returns a picture in eight bits, grey or colour, as JPEG holds it.
fn opaque(picture: DynamicImage) -> DynamicImage {
    use DynamicImage::{ImageLuma8, ImageLuma16, ImageLumaA8, ImageLumaA16, ImageRgb8};
    match picture {
        ImageLuma8(_) | ImageRgb8(_) => picture,
        ImageLuma16(_) | ImageLumaA8(_) | ImageLumaA16(_) => ImageLuma8(picture.into_luma8()),
        _ => ImageRgb8(picture.into_rgb8()),
    }
}
