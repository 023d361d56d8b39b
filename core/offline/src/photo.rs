//! Photos as their bytes: format and size by the header, then the picture, in grey or in colour.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat};
use zeroize::Zeroizing;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::Refusal;
use crate::picture::Grey;

/// The most scans of a progressive JPEG; cameras and programs write up to about 12.
const MOST_SCANS: usize = 24;

/// The most bytes that a decoder of the image crate may use for a pixel.
const MOST_BYTES_A_PIXEL: u64 = 12;

/// The most bytes to which what stands before a PNG's pixels may be unpacked: colour profiles have at most
/// a few million.
const MOST_UNPACKED: u64 = 16 << 20;

/// A photo whose header was read.
pub(crate) struct Photo<'a> {
    bytes: &'a [u8],
    pub(crate) format: ImageFormat,
    /// As stored, before the orientation turns it.
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) orientation: Orientation,
}

impl<'a> Photo<'a> {
    /// Reads the header of a whole photo of at most `most_pixels`.
    pub(crate) fn open(bytes: &'a [u8], most_pixels: u64) -> Result<Self, Refusal> {
        let photo = Photo::header(bytes)?;
        let pixels = photo.width as u64 * photo.height as u64;
        if pixels > most_pixels {
            return Err(Refusal::TooManyPixels { found: pixels, most: most_pixels });
        }
        if photo.format == ImageFormat::Jpeg && scans(bytes).is_none_or(|scans| scans > MOST_SCANS)
        {
            return Err(Refusal::Damaged);
        }
        Ok(photo)
    }

    /// Reads the header of a photo, whatever follows it.
    pub(crate) fn header(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let format = if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            ImageFormat::Jpeg
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            ImageFormat::Png
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            ImageFormat::WebP
        } else if bytes.starts_with(b"BM") {
            ImageFormat::Bmp
        } else {
            return Err(Refusal::Format);
        };
        let (width, height, orientation) = if format == ImageFormat::Jpeg {
            let mut decoder = jpeg(bytes, ColorSpace::Luma);
            decoder.decode_headers().map_err(|_| Refusal::Damaged)?;
            let (width, height) = decoder.dimensions().ok_or(Refusal::Damaged)?;
            (width, height, exif_orientation(bytes))
        } else {
            let mut decoder = other(bytes, format)?;
            let (width, height) = decoder.dimensions();
            let orientation = decoder.orientation().ok();
            (width as usize, height as usize, orientation)
        };
        if width == 0 || height == 0 {
            return Err(Refusal::Damaged);
        }
        let orientation = orientation.unwrap_or(Orientation::NoTransforms);
        Ok(Photo { bytes, format, width, height, orientation })
    }

    /// Returns whether a photo's orientation turns it, as far as what stands before its picture tells.
    pub(crate) fn is_turned(bytes: &[u8]) -> bool {
        let orientation = match bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            // The decoder would make its tables as well.
            true => exif_orientation(bytes),
            false => Photo::header(bytes).ok().map(|photo| photo.orientation),
        };
        orientation.is_some_and(|orientation| orientation != Orientation::NoTransforms)
    }

    /// Returns width and height as the photo is shown.
    pub(crate) fn shown(&self) -> (usize, usize) {
        turned_size((self.width, self.height), self.orientation)
    }

    /// Returns the picture in grey as it is shown, its longer side at most `most` pixels.
    pub(crate) fn grey(&self, most: usize) -> Result<Grey, Refusal> {
        let grey = match self.format {
            ImageFormat::Jpeg => match jpeg(self.bytes, ColorSpace::Luma).decode() {
                Ok(pixels) if pixels.len() == self.width * self.height => {
                    Grey::new(self.width, self.height, pixels)
                }
                // A picture in inks, say.
                _ => grey(self.decoded()?)?,
            },
            _ => grey(self.decoded()?)?,
        };
        let longer = grey.width.max(grey.height);
        let grey = if longer > most {
            let side = |side: usize| (side * most).div_ceil(longer).max(1);
            grey.smaller(side(grey.width), side(grey.height))
        } else {
            grey
        };
        Ok(turned(grey, self.orientation))
    }

    /// Returns the pixels in red, green and blue as they are stored, what is transparent on white.
    pub(crate) fn colours(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let length = self.width * self.height * 3;
        if self.format == ImageFormat::Jpeg
            && let Ok(pixels) = jpeg(self.bytes, ColorSpace::RGB).decode()
            && pixels.len() == length
        {
            return Ok(Zeroizing::new(pixels));
        }
        let picture = self.decoded()?;
        let pixels = match picture.color().has_alpha() {
            false => picture.into_rgb8().into_raw(),
            true => on_white(&Zeroizing::new(picture.into_rgba8().into_raw())),
        };
        exact(pixels, length).map(Zeroizing::new)
    }

    fn decoded(&self) -> Result<DynamicImage, Refusal> {
        if self.format == ImageFormat::Png {
            return png(self.bytes).ok_or(Refusal::Damaged);
        }
        let mut decoder = other(self.bytes, self.format)?;
        let mut limits = image::Limits::no_limits();
        let pixels = self.width as u64 * self.height as u64;
        limits.max_alloc = Some(pixels * MOST_BYTES_A_PIXEL + (1 << 20));
        decoder.set_limits(limits).map_err(|_| Refusal::Damaged)?;
        DynamicImage::from_decoder(decoder).map_err(|_| Refusal::Damaged)
    }
}

/// Returns the first `length` values.
fn exact(mut values: Vec<u8>, length: usize) -> Result<Vec<u8>, Refusal> {
    values.truncate(length);
    if values.len() == length { Ok(values) } else { Err(Refusal::Damaged) }
}

fn on_white(pixels: &[u8]) -> Vec<u8> {
    let mixed = |pixel: &[u8; 4]| {
        let [r, g, b, alpha] = pixel.map(u16::from);
        [r, g, b].map(|value| ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
    };
    pixels.as_chunks().0.iter().flat_map(mixed).collect()
}

fn jpeg(bytes: &[u8], colours: ColorSpace) -> JpegDecoder<Cursor<&[u8]>> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(MOST_SCANS)
        .jpeg_set_out_colorspace(colours);
    JpegDecoder::new_with_options(Cursor::new(bytes), options)
}

/// Returns the decoder of any format, in its own colours.
fn other(bytes: &[u8], format: ImageFormat) -> Result<Box<dyn ImageDecoder + '_>, Refusal> {
    let mut reader = image::ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(most_beside(bytes));
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|_| Refusal::Damaged)?;
    Ok(Box::new(decoder))
}

/// Returns the most bytes that a decoder may hold of what is no pixel: what is not packed is held twice
/// for a while.
fn most_beside(bytes: &[u8]) -> u64 {
    bytes.len() as u64 * 2 + MOST_UNPACKED
}

/// Decodes a PNG to one byte a sample: of samples of 16 bits the upper half, which is what is looked at.
fn png(bytes: &[u8]) -> Option<DynamicImage> {
    let limits = png::Limits { bytes: usize::try_from(most_beside(bytes)).unwrap_or(usize::MAX) };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    reader.next_frame(&mut pixels).ok()?;
    let (width, height) = reader.info().size();
    match reader.output_color_type().0 {
        png::ColorType::Grayscale => {
            image::GrayImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        png::ColorType::GrayscaleAlpha => {
            image::GrayAlphaImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        png::ColorType::Rgb => {
            image::RgbImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        png::ColorType::Rgba => {
            image::RgbaImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        // Expanded to colours.
        png::ColorType::Indexed => None,
    }
}

/// A segment of a JPEG before its picture, or the beginning of the picture's first scan.
enum Segment<'a> {
    Of { code: u8, content: &'a [u8] },
    Scan { at: usize },
}

/// Walks through what stands before a JPEG's picture, to the first scan or to what is no segment.
fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut at = 2;
    let mut is_over = false;
    std::iter::from_fn(move || {
        while !is_over {
            let rest = bytes.get(at..)?;
            match *rest.first_chunk::<4>()? {
                // Fill bytes may stand before any marker, and some markers have no content.
                [0xff, 0xff, ..] => at += 1,
                [0xff, 0x01 | 0xd0..=0xd8, ..] => at += 2,
                [0xff, 0xda, ..] => {
                    is_over = true;
                    return Some(Segment::Scan { at });
                }
                [0xff, 0xd9, ..] => return None,
                [0xff, code, high, low] => {
                    let length = usize::from(u16::from_be_bytes([high, low]));
                    let content = rest.get(4..2 + length)?;
                    at += 2 + length;
                    return Some(Segment::Of { code, content });
                }
                _ => return None,
            }
        }
        None
    })
}

/// Returns the orientation that a JPEG's EXIF segment states.
fn exif_orientation(bytes: &[u8]) -> Option<Orientation> {
    let exif = |segment| match segment {
        Segment::Of { code: 0xe1, content } => content.strip_prefix(b"Exif\0\0"),
        _ => None,
    };
    segments(bytes).find_map(exif).and_then(Orientation::from_exif_chunk)
}

/// Returns the number of scans of a JPEG's picture; `None` where the file was cut short, which has no end
/// mark after its first scan. What follows the end, such as the film of a motion photo, is none of it.
fn scans(bytes: &[u8]) -> Option<usize> {
    let scan = |segment| match segment {
        Segment::Scan { at } => Some(at),
        Segment::Of { .. } => None,
    };
    // Decoders pass over what is no segment, too.
    let first = segments(bytes).find_map(scan);
    let first = first.or_else(|| bytes.windows(2).position(|two| two == [0xff, 0xda]))?;
    let mut scans = 0;
    for two in bytes.get(first..)?.windows(2) {
        match two {
            [0xff, 0xda] => scans += 1,
            [0xff, 0xd9] => return Some(scans),
            _ => {}
        }
    }
    None
}

/// Returns a picture's luma, as JPEG weighs the colours.
fn grey(picture: DynamicImage) -> Result<Grey, Refusal> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let luma = |pixel: &[u8]| match pixel {
        [r, g, b, ..] => {
            ((u32::from(*r) * 299 + u32::from(*g) * 587 + u32::from(*b) * 114 + 500) / 1000) as u8
        }
        [grey, ..] => *grey,
        [] => 0,
    };
    let channels = match picture.color() {
        ColorType::L8 => {
            return Ok(Grey::new(width, height, exact(picture.into_bytes(), width * height)?));
        }
        ColorType::La8 => 2,
        ColorType::Rgb8 => 3,
        ColorType::Rgba8 => 4,
        _ => {
            let colours = Zeroizing::new(picture.into_rgb8().into_raw());
            let pixels = colours.chunks_exact(3).map(luma).collect();
            return Ok(Grey::new(width, height, exact(pixels, width * height)?));
        }
    };
    let colours = Zeroizing::new(picture.into_bytes());
    let pixels = colours.chunks_exact(channels).map(luma).collect();
    Ok(Grey::new(width, height, exact(pixels, width * height)?))
}

/// Returns a picture as its orientation says that it is shown.
fn turned(grey: Grey, orientation: Orientation) -> Grey {
    if orientation == Orientation::NoTransforms {
        return grey;
    }
    let size = (grey.width, grey.height);
    let (width, height) = turned_size(size, orientation);
    Grey::new(width, height, turn::<1>(&grey.pixels, size, orientation))
}

/// Returns width and height of a picture of that size as its orientation says that it is shown.
pub(crate) fn turned_size(
    (width, height): (usize, usize),
    orientation: Orientation,
) -> (usize, usize) {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    match orientation {
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

/// Returns the pixels of a picture of that size as its orientation says that it is shown.
pub(crate) fn turn<const CHANNELS: usize>(
    pixels: &[u8],
    (width, height): (usize, usize),
    orientation: Orientation,
) -> Vec<u8> {
    let (across, down) = turned_size((width, height), orientation);
    let stored = pixels.as_chunks::<CHANNELS>().0;
    let mut shown = Vec::with_capacity(width * height * CHANNELS);
    for row in 0..down {
        for column in 0..across {
            let (x, y) = match orientation {
                Orientation::NoTransforms => (column, row),
                Orientation::Rotate90 => (row, height - 1 - column),
                Orientation::Rotate180 => (width - 1 - column, height - 1 - row),
                Orientation::Rotate270 => (width - 1 - row, column),
                Orientation::FlipHorizontal => (width - 1 - column, row),
                Orientation::FlipVertical => (column, height - 1 - row),
                Orientation::Rotate90FlipH => (row, column),
                Orientation::Rotate270FlipH => (width - 1 - row, height - 1 - column),
            };
            shown.extend(stored[y * width + x]);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_orientation_is_found_among_the_segments() {
        let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let segment = |code: u8, content: &[u8]| {
            let length = (content.len() as u16 + 2).to_be_bytes();
            [&[0xff, code], &length[..], content].concat()
        };
        let turned = segment(0xe1, exif);
        let found =
            |parts: &[&[u8]]| exif_orientation(&[&[0xff, 0xd8][..], &parts.concat()].concat());
        let six = Some(Orientation::Rotate90);
        assert_eq!(found(&[&turned]), six);
        let jfif = segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        let xmp = segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>");
        assert_eq!(found(&[&jfif, &xmp, &[0xff, 0xff, 0xff], &turned]), six);
        assert_eq!(found(&[&[0xff, 0xd0], &turned]), six);
        // Behind the picture's beginning, and in what is no segment, there is none.
        assert_eq!(found(&[&segment(0xda, b"scan"), &turned]), None);
        assert_eq!(found(&[b"garbage", &turned]), None);
        assert_eq!(found(&[&jfif]), None);
        for cut in 0..turned.len() - 1 {
            assert_eq!(found(&[&turned[..cut]]), None, "{cut}");
        }
        assert_eq!(found(&[&segment(0xe1, b"Exif\0\0"), &turned]), None);
        assert_eq!(found(&[&[0xff, 0xe1, 0, 0], &turned]), None);
    }

    #[test]
    fn every_orientation_is_turned_as_the_image_crate_turns_it() {
        let pixels: Vec<u8> = (0..15).collect();
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let buffer = image::GrayImage::from_raw(5, 3, pixels.clone()).unwrap();
            let mut picture = DynamicImage::ImageLuma8(buffer);
            picture.apply_orientation(orientation);
            let grey = turned(Grey::new(5, 3, pixels.clone()), orientation);
            assert_eq!(
                (grey.width as u32, grey.height as u32),
                (picture.width(), picture.height())
            );
            assert_eq!(grey.pixels, picture.into_bytes(), "{exif}");
        }
    }
}
