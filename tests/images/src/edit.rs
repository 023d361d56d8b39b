//! A picture's marker and length, changed with its pixels untouched.

use serde_json::Value;

use crate::forms::encoded;
use crate::{jpeg, png};

/// The mark before the JSON that tells what is printed on a card.
///
/// The JSON is an object with `number`, `issuer`, `name` (of the card), `kind`,
/// `valid` (`MM/YYYY`), `clarity`, `warnings`, or with `answer`, which has the
/// sandbox answer with a vendor's code. It stands in a JPEG's COM segment, in a
/// PNG's tEXt chunk or after a BMP's pixels.
pub const MARKER: &str = "cardwire-card:";

const BMP_PIXELS_AT: usize = 10;

/// Returns the marker's JSON, when the bytes hold one.
pub fn marker(bytes: &[u8]) -> Option<Value> {
    let key = MARKER.as_bytes();
    let at = bytes.windows(key.len()).position(|window| window == key)?;
    let json = serde_json::Deserializer::from_slice(&bytes[at + key.len()..]);
    json.into_iter().next()?.ok()
}

/// Returns the picture (JPEG, PNG or BMP) with this JSON as its only marker.
///
/// Characters beyond ASCII are written as JSON escapes, for a tEXt chunk is Latin-1.
///
/// # Panics
/// When the bytes are none of the three formats, or a JPEG's marker is longer than a segment holds.
pub fn with_marker(bytes: &[u8], json: &str) -> Vec<u8> {
    let text = format!("{MARKER}{}", ascii_json(json));
    match kind(bytes) {
        Kind::Jpeg => jpeg::with_comment(bytes, MARKER.as_bytes(), text.as_bytes()),
        Kind::Png => png::with_comment(bytes, MARKER, &text),
        Kind::Bmp => {
            let mut out = bytes[..bmp_end(bytes)].to_vec();
            out.extend_from_slice(text.as_bytes());
            bmp_sized(out)
        }
    }
}

/// Returns the picture (JPEG, PNG or BMP) padded to exactly `target` bytes: it stays
/// valid, and keeps its pixels and its marker.
///
/// # Panics
/// When the bytes are none of the three formats or already longer than `target`;
/// also for a PNG with no tEXt chunk that should grow by less than a chunk's 12 bytes
/// (every PNG of this crate has room).
pub fn with_size(bytes: &[u8], target: usize) -> Vec<u8> {
    let Some(pad) = target.checked_sub(bytes.len()) else {
        panic!("a picture of {} bytes cannot be padded to {target}", bytes.len());
    };
    if pad == 0 {
        return bytes.to_vec();
    }
    match kind(bytes) {
        Kind::Jpeg => jpeg::padded(bytes, pad),
        Kind::Png => png::padded(bytes, pad),
        Kind::Bmp => {
            let mut out = bytes.to_vec();
            out.resize(target, b' ');
            bmp_sized(out)
        }
    }
}

/// Returns a JPEG with this EXIF orientation, 1 to 8; its pixels stay as they are stored.
///
/// # Panics
/// When the bytes are no JPEG.
pub fn oriented(bytes: &[u8], orientation: u8) -> Vec<u8> {
    assert!(matches!(kind(bytes), Kind::Jpeg), "a JPEG has an orientation here");
    jpeg::oriented(bytes, orientation)
}

/// Returns the picture as a lossless WebP without a marker.
///
/// # Panics
/// When the picture cannot be decoded.
pub fn in_webp(bytes: &[u8]) -> Vec<u8> {
    let picture = image::load_from_memory(bytes).expect("a picture").into_rgb8();
    encoded(&picture.into(), image::ImageFormat::WebP)
}

enum Kind {
    Jpeg,
    Png,
    Bmp,
}

fn kind(bytes: &[u8]) -> Kind {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Kind::Jpeg,
        [0x89, b'P', b'N', b'G', ..] => Kind::Png,
        [b'B', b'M', ..] => Kind::Bmp,
        _ => panic!("neither a JPEG nor a PNG nor a BMP"),
    }
}

fn ascii_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// Returns the end of an uncompressed BMP's pixels.
fn bmp_end(bytes: &[u8]) -> usize {
    let word =
        |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let bits = usize::from(u16::from_le_bytes([bytes[28], bytes[29]]));
    let (width, height) = (word(18) as usize, (word(22) as i32).unsigned_abs() as usize);
    let row = (width * bits).div_ceil(32) * 4;
    (word(BMP_PIXELS_AT) as usize + row * height).min(bytes.len())
}

/// Returns the file with its length in the header, where a BMP states it.
fn bmp_sized(mut file: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(file.len()).expect("a BMP is under 4 GiB");
    file[2..6].copy_from_slice(&length.to_le_bytes());
    file
}
