//! The format of a photo by its first bytes, and its size by its header, read as tolerantly as decoders
//! read pictures: what a camera, a scanner or an old program wrote and every viewer shows is no damage.

use super::format::ImageFormat;

/// Formats that are not read, told by their bytes from an offset on.
const OTHERS: [(&str, usize, &[u8]); 9] = [
    ("GIF", 0, b"GIF8"),
    ("TIFF", 0, b"II*\0"),
    ("TIFF", 0, b"MM\0*"),
    ("JPEG 2000", 4, b"jP  \r\n"),
    ("JPEG XL", 0, b"\xff\x0a"),
    ("JPEG XL", 4, b"JXL \r\n"),
    ("PDF", 0, b"%PDF-"),
    ("SVG", 0, b"<svg"),
    ("an icon", 0, b"\0\0\x01\0"),
];

/// The formats of phones that no vendor takes, with what to do.
const HEIC: &str = "HEIC: let the phone, or the program that sends the photo, write JPEG";
const AVIF: &str = "AVIF: let the program that sends the photo write JPEG";

/// How the brands of the two begin: ISO/IEC 23008-12, and AVIF 1.1.
const HEIC_BRANDS: [&[u8]; 4] = [b"hei", b"hev", b"mif1", b"msf1"];
const AVIF_BRANDS: [&[u8]; 1] = [b"avi"];

/// ISO/IEC 15948, 5.2.
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Lengths of the headers that follow a BMP's first 14 bytes: Windows' and OS/2's.
const BMP_CORE: u32 = 12;
const BMP_HEADERS: std::ops::RangeInclusive<u32> = 16..=256;

/// Returns the format of a photo.
///
/// # Errors
/// The fault of the bytes.
pub(super) fn format(bytes: &[u8]) -> Result<ImageFormat, &'static str> {
    if bytes.is_empty() {
        return Err("no bytes");
    }
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Ok(ImageFormat::Jpeg);
    }
    if bytes.starts_with(PNG_SIGNATURE) {
        return Ok(ImageFormat::Png);
    }
    if bytes.starts_with(b"\x89PNG") {
        return Err("bytes that begin like a PNG and are none");
    }
    let header = le32(bytes, 14);
    let is_bmp = |length| length == BMP_CORE || BMP_HEADERS.contains(&length);
    if bytes.starts_with(b"BM") && header.is_some_and(is_bmp) {
        return Ok(ImageFormat::Bmp);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(ImageFormat::WebP);
    }
    if let Some(found) = high_efficiency(bytes) {
        return Err(found);
    }
    let is = |(_, from, begins): &&(&str, usize, &[u8])| {
        bytes.get(*from..).is_some_and(|bytes| bytes.starts_with(begins))
    };
    match OTHERS.iter().find(is) {
        Some((name, ..)) => Err(name),
        None => Err("bytes that are no picture"),
    }
}

/// Returns which of HEIC and AVIF a file is, by its brands: ISO/IEC 14496-12, 4.3.
fn high_efficiency(bytes: &[u8]) -> Option<&'static str> {
    if bytes.get(4..8)? != b"ftyp" {
        return None;
    }
    let end = usize::try_from(be32(bytes, 0)?).ok()?.min(bytes.len()).min(256);
    // The second of them is a version.
    let others = bytes.get(16..end).unwrap_or_default().chunks_exact(4);
    let brands: Vec<&[u8]> = bytes.get(8..12).into_iter().chain(others).collect();
    let has = |known: &[&[u8]]| {
        brands.iter().any(|brand| known.iter().any(|begins| brand.starts_with(begins)))
    };
    match (has(&AVIF_BRANDS), has(&HEIC_BRANDS)) {
        (true, _) => Some(AVIF),
        (false, true) => Some(HEIC),
        (false, false) => None,
    }
}

/// Returns width and height in pixels; `None` where the header does not say.
///
/// # Errors
/// The fault of bytes that hold no picture at all.
pub(super) fn size(
    format: ImageFormat,
    bytes: &[u8],
) -> Result<Option<(usize, usize)>, &'static str> {
    let (stated, has_picture) = match format {
        ImageFormat::Jpeg => (jpeg(bytes), has_frame(bytes)),
        ImageFormat::Png => (png(bytes), bytes.windows(4).any(|four| four == b"IDAT")),
        ImageFormat::Bmp => (bmp(bytes), true),
        ImageFormat::WebP => (webp(bytes), false),
    };
    let side = |side: u32| usize::try_from(side).ok();
    match stated.and_then(|(width, height)| Some((side(width)?, side(height)?))) {
        Some((0, _) | (_, 0)) => Err("a width or height of 0 in its header"),
        None if !has_picture => Err("its end before any picture begins"),
        size => Ok(size),
    }
}

/// Returns whether the header of a frame stands anywhere, by its code and a length that fits its
/// components.
fn has_frame(bytes: &[u8]) -> bool {
    bytes.windows(10).any(|ten| match *ten {
        [0xff, code, 0, length, _, _, _, _, _, components] => {
            is_frame(code) && usize::from(length) == 8 + 3 * usize::from(components)
        }
        _ => false,
    })
}

/// Returns whether a code is that of a frame; the others from 0xc0 on are tables.
fn is_frame(code: u8) -> bool {
    matches!(code, 0xc0..=0xcf) && !matches!(code, 0xc4 | 0xc8 | 0xcc)
}

/// Returns the first frame of the picture itself: a thumbnail stands within its segment, which is
/// passed over by its length. Between segments decoders pass over fill bytes and what is no marker.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let code = marker(bytes, &mut at)?;
        match code {
            // Start of image again, restarts, and the marker of arithmetic coding stand alone.
            0x01 | 0xd0..=0xd8 => continue,
            // No frame came before the scan or the end.
            0xd9 | 0xda => return None,
            _ => {}
        }
        let length = be16(bytes, at)?;
        if length < 2 {
            continue;
        }
        if is_frame(code) {
            let (height, width) = (be16(bytes, at + 3)?, be16(bytes, at + 5)?);
            let height = if height == 0 && width > 0 { lines(bytes, at)? } else { height };
            return Some((width, height));
        }
        at = at.checked_add(usize::try_from(length).ok()?)?;
    }
}

/// Returns the code of the next marker; `at` is behind it.
fn marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let rest = bytes.get(*at..)?;
        *at += rest.iter().position(|byte| *byte == 0xff)?;
        let rest = bytes.get(*at..)?;
        *at += rest.iter().position(|byte| *byte != 0xff)?;
        let code = *bytes.get(*at)?;
        *at += 1;
        if code != 0 {
            return Some(code);
        }
    }
}

/// Returns the height that a frame leaves to the marker DNL behind the first scan: ITU-T T.81,
/// B.2.5.
fn lines(bytes: &[u8], from: usize) -> Option<u32> {
    const DNL: &[u8] = &[0xff, 0xdc, 0, 4];
    let rest = bytes.get(from..)?;
    let at = rest.windows(DNL.len()).position(|four| four == DNL)?;
    be16(rest, at + DNL.len())
}

/// Reads IHDR, which is the first chunk: ISO/IEC 15948, 5.6.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    Some((be32(bytes, 16)?, be32(bytes, 20)?))
}

/// Reads a BMP's header. A height below 0 says that the rows go from top to bottom.
fn bmp(bytes: &[u8]) -> Option<(u32, u32)> {
    if le32(bytes, 14)? == BMP_CORE {
        let [a, b, c, d] = *bytes.get(18..22)?.first_chunk()?;
        return Some((u16::from_le_bytes([a, b]).into(), u16::from_le_bytes([c, d]).into()));
    }
    let (width, height) = (le32(bytes, 18)?.cast_signed(), le32(bytes, 22)?.cast_signed());
    (width >= 0).then(|| (width.unsigned_abs(), height.unsigned_abs()))
}

/// Reads the first chunk, which is the picture or says what follows: RFC 9649, 2.5 to 2.7.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8X" => Some((le24(bytes, 24)? + 1, le24(bytes, 27)? + 1)),
        b"VP8L" if bytes.get(20)? == &0x2f => {
            let bits = le32(bytes, 21)?;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " if bytes.get(23..26)? == [0x9d, 0x01, 0x2a] => {
            let sides = le32(bytes, 26)?;
            Some((sides & 0x3fff, sides >> 16 & 0x3fff))
        }
        _ => None,
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|two| u16::from_be_bytes(*two).into())
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|[a, b, c]| u32::from_le_bytes([*a, *b, *c, 0]))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOI: &[u8] = &[0xff, 0xd8];
    const JFIF: &[u8] = b"\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
    const SOS: &[u8] = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0scan\xff\0scan";
    const EOI: &[u8] = &[0xff, 0xd9];

    fn frame(code: u8, width: u16, height: u16) -> Vec<u8> {
        let [a, b] = height.to_be_bytes();
        let [c, d] = width.to_be_bytes();
        vec![0xff, code, 0, 11, 8, a, b, c, d, 1, 1, 0x11, 0]
    }

    fn segment(code: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xff, code], &length[..], content].concat()
    }

    fn jpeg_size(parts: &[&[u8]]) -> Option<(usize, usize)> {
        let bytes = parts.concat();
        assert_eq!(format(&bytes), Ok(ImageFormat::Jpeg));
        size(ImageFormat::Jpeg, &bytes).unwrap()
    }

    #[test]
    fn jpegs_are_read_as_decoders_read_them() {
        let sof = frame(0xc0, 400, 250);
        let found = Some((400, 250));
        assert_eq!(jpeg_size(&[SOI, JFIF, &sof, SOS, EOI]), found);
        // Every kind of frame; tables and arithmetic conditioning are none.
        for code in [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf] {
            assert_eq!(jpeg_size(&[SOI, JFIF, &frame(code, 400, 250), SOS]), found, "{code:x}");
        }
        let tables = segment(0xc4, &frame(0xc0, 7, 7));
        assert_eq!(jpeg_size(&[SOI, &tables, &segment(0xcc, &[0; 8]), &sof]), found);
        // Fill bytes, garbage and stuffing before a marker; marks that stand alone; comments.
        for between in [
            &[0xff][..],
            &[0xff; 300],
            b"garbage",
            b"\0\0",
            b"\xff\0\xff\0",
            b"\xff\xd0\xff\xd7",
            b"\xff\x01",
            b"\xff\xd8",
            b"\xff\xfe\0\x02",
        ] {
            assert_eq!(jpeg_size(&[SOI, JFIF, between, &sof]), found, "{between:x?}");
            assert_eq!(jpeg_size(&[SOI, JFIF, &segment(0xdb, &[0; 65]), between, &sof]), found);
        }
        // A thumbnail has a frame of its own; large Exif, and several of it.
        let thumbnail = [SOI, &frame(0xc0, 160, 120), SOS, EOI].concat();
        let exif = segment(0xe1, &[b"Exif\0\0", thumbnail.as_slice(), &[0; 60_000]].concat());
        assert_eq!(jpeg_size(&[SOI, &exif, &exif, &sof, SOS]), found);
        // Without an end, and the first frame counts.
        assert_eq!(jpeg_size(&[SOI, &sof, &frame(0xc2, 9, 9)]), found);
        // The number of lines stands behind the scan.
        let late = frame(0xc0, 400, 0);
        assert_eq!(jpeg_size(&[SOI, JFIF, &late, SOS, b"\xff\xdc\0\x04\0\xfa", EOI]), found);
        // A picture whose size nobody knows, and none.
        assert_eq!(jpeg_size(&[SOI, JFIF, &late, SOS, EOI]), None);
        assert_eq!(jpeg_size(&[SOI, JFIF, SOS, &sof]), None);
        assert_eq!(jpeg_size(&[SOI, b"\xff\xe1\xff\xff", &sof]), None);
        for (nothing, problem) in [
            ([SOI, JFIF].concat(), "its end before any picture begins"),
            ([SOI, JFIF, &sof[..8]].concat(), "its end before any picture begins"),
            ([SOI, &[0xff; 1000]].concat(), "its end before any picture begins"),
            ([SOI, JFIF, &frame(0xc0, 0, 9)].concat(), "a width or height of 0 in its header"),
            ([SOI, JFIF, &frame(0xc0, 0, 0)].concat(), "a width or height of 0 in its header"),
        ] {
            assert_eq!(size(ImageFormat::Jpeg, &nothing), Err(problem), "{nothing:x?}");
        }
    }

    fn bmp_size(
        header: u32,
        width: i32,
        height: i32,
    ) -> Result<Option<(usize, usize)>, &'static str> {
        let mut bytes = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0".to_vec();
        bytes.extend(header.to_le_bytes());
        if header == BMP_CORE {
            bytes.extend(u16::try_from(width).unwrap().to_le_bytes());
            bytes.extend(u16::try_from(height).unwrap().to_le_bytes());
        } else {
            bytes.extend(width.to_le_bytes());
            bytes.extend(height.to_le_bytes());
        }
        assert_eq!(format(&bytes), Ok(ImageFormat::Bmp));
        size(ImageFormat::Bmp, &bytes)
    }

    #[test]
    fn bitmaps_have_headers_of_every_age_and_rows_in_either_order() {
        for header in [BMP_CORE, 16, 40, 52, 56, 64, 108, 124] {
            assert_eq!(bmp_size(header, 400, 250), Ok(Some((400, 250))), "{header}");
            assert!(bmp_size(header, 0, 250).is_err());
            assert!(bmp_size(header, 400, 0).is_err());
        }
        for header in [40, 108, 124] {
            assert_eq!(bmp_size(header, 400, -250), Ok(Some((400, 250))), "{header}");
            assert_eq!(bmp_size(header, -400, 250), Ok(None));
            assert_eq!(bmp_size(header, 400, i32::MIN), Ok(Some((400, 1 << 31))));
        }
        assert_eq!(format(b"BMW is a car and no bitmap at all"), Err("bytes that are no picture"));
        assert_eq!(format(b"BM"), Err("bytes that are no picture"));
    }

    #[test]
    fn the_first_chunk_of_a_png_states_its_size() {
        let chunk = |kind: &[u8; 4]| {
            [PNG_SIGNATURE, b"\0\0\0\r", kind, b"\0\0\x01\x90\0\0\0\xfa\x08\x02\0\0\x01\0\0\0\0"]
                .concat()
        };
        let bytes = chunk(b"IHDR");
        assert_eq!(format(&bytes), Ok(ImageFormat::Png));
        assert_eq!(size(ImageFormat::Png, &bytes), Ok(Some((400, 250))));
        // What comes before the first chunk is for the vendor to say.
        let later = [&chunk(b"CgBI"), &bytes[8..], b"\0\0\0\0IDAT"].concat();
        assert_eq!(size(ImageFormat::Png, &later), Ok(None));
        assert!(size(ImageFormat::Png, PNG_SIGNATURE).is_err());
        let spoilt = b"\x89PNG\0\0\x1a\n";
        assert_eq!(format(spoilt), Err("bytes that begin like a PNG and are none"));
    }

    #[test]
    fn the_first_chunk_of_a_webp_states_its_size() {
        let webp = |chunk: &[u8], content: &[u8]| {
            let bytes = [b"RIFF\x64\0\0\0WEBP", chunk, b"\x0a\0\0\0", content].concat();
            assert_eq!(format(&bytes), Ok(ImageFormat::WebP));
            size(ImageFormat::WebP, &bytes)
        };
        let found = Ok(Some((400, 250)));
        // The upper bits of the sides tell how it is to be scaled.
        assert_eq!(webp(b"VP8 ", b"\x30\x01\0\x9d\x01\x2a\x90\x41\xfa\x80"), found);
        // 14 bits each, less 1: 399 and 249.
        assert_eq!(webp(b"VP8L", b"\x2f\x8f\x41\x3e\0\x88"), found);
        assert_eq!(webp(b"VP8X", b"\x10\0\0\0\x8f\x01\0\xf9\0\0"), found);
        for (chunk, content) in [
            (b"VP8 ", &b"\x30\x01\0\0\x01\x2a\x90\x01\xfa\0"[..]),
            (b"VP8 ", b"\x30\x01\0\x9d\x01\x2a\x90"),
            (b"VP8 ", b"\x30\x01\0\x9d\x01\x2a\0\0\xfa\0"),
            (b"VP8L", b"\0\x8f\x41\x3e\0\x88"),
            (b"ALPH", b"\x30\x01\0\x9d\x01\x2a\x90\x01\xfa\0"),
        ] {
            assert!(webp(chunk, content).is_err(), "{chunk:?} {content:?}");
        }
    }

    #[test]
    fn other_formats_are_named() {
        for (bytes, name) in [
            (&b"GIF89a\x01\0\x01\0"[..], "GIF"),
            (b"\0\0\0\x1cftypheic\0\0\0\0", HEIC),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", HEIC),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1miaf", HEIC),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", AVIF),
            (b"\0\0\0\x10ftypmif1\0\0\0\0mif1avif", HEIC),
            (b"\0\0\0\x1cftypavif\0\0\0\0", AVIF),
            (b"\0\0\0\x1cftypisom\0\0\0\0isommp41", "bytes that are no picture"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "bytes that are no picture"),
            (b"II*\0\x08\0\0\0", "TIFF"),
            (b"%PDF-1.7\n", "PDF"),
        ] {
            assert_eq!(format(bytes), Err(name));
        }
        assert_eq!(format(b""), Err("no bytes"));
        assert_eq!(format(b"hello"), Err("bytes that are no picture"));
    }
}
