//! Base64 text of a photo, a buffer at a time: as it is, and percent-encoded for a form in the same
//! pass over the photo.

use base64_simd::{Out, STANDARD};

/// The most text that is made at a time. It stays in the processor's cache until it is sent.
pub(super) const BUFFER: usize = 48 * 1024;

/// Returns the length of the text of `photo`, padding included.
pub(crate) fn plain_len(photo: &[u8]) -> usize {
    photo.len().div_ceil(3) * 4
}

/// Encodes the beginning of `photo` into `buffer`; says how many bytes it took and gave.
pub(super) fn plain(photo: &[u8], buffer: &mut Vec<u8>) -> (usize, usize) {
    buffer.resize(BUFFER, 0);
    // A multiple of 3, so that no padding falls between two pieces.
    let taken = photo.len().min(BUFFER / 4 * 3);
    let photo = photo.get(..taken).unwrap_or_default();
    (taken, STANDARD.encode(photo, Out::from_slice(buffer)).len())
}

/// Two characters of text, escaped, in the low six bytes, and their length in the highest.
static ESCAPED: [u64; 4096] = escaped_pairs();

/// The most that `STEP` bytes become.
const STEP: usize = 6;
const STEP_TEXT: usize = 32;

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const fn escaped_pairs() -> [u64; 4096] {
    const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut pairs = [0; 4096];
    let mut bits = 0;
    while bits < pairs.len() {
        let (mut text, mut len) = (0, 0);
        let symbols = [SYMBOLS[bits >> 6], SYMBOLS[bits & 63]];
        let mut index = 0;
        while index < symbols.len() {
            let (written, count) = match symbols[index] {
                b'+' => (u64::from_le_bytes(*b"%2B\0\0\0\0\0"), 3),
                b'/' => (u64::from_le_bytes(*b"%2F\0\0\0\0\0"), 3),
                symbol => (symbol as u64, 1),
            };
            text |= written << (8 * len);
            len += count;
            index += 1;
        }
        pairs[bits] = text | len << 56;
        bits += 1;
    }
    pairs
}

/// Returns the length of the text of `photo` with `+`, `/` and `=` as three characters each.
pub(crate) fn form_len(photo: &[u8]) -> usize {
    let padding = (3 - photo.len() % 3) % 3;
    plain_len(photo) + 2 * (symbols_to_escape(photo) + padding)
}

/// Returns how many characters of the text are `+` or `/`: how many groups of six bits begin with
/// five ones.
fn symbols_to_escape(photo: &[u8]) -> usize {
    let mut count = 0;
    let mut rest = photo;
    // Blocks of one length, with their first byte again behind them, become vector instructions.
    while let Some((block, _)) = rest.split_first_chunk::<{ BLOCK + 1 }>() {
        count += usize::from(in_block(block));
        rest = rest.get(BLOCK..).unwrap_or_default();
    }
    while !rest.is_empty() {
        let mut block = [0; BLOCK + 1];
        let taken = rest.len().min(BLOCK);
        for (byte, given) in block.iter_mut().zip(rest.iter().take(taken)) {
            *byte = *given;
        }
        count += usize::from(in_block(&block));
        rest = rest.get(taken..).unwrap_or_default();
    }
    count
}

/// A multiple of 3, and of the width of a vector register.
const BLOCK: usize = 96;

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const fn pattern(three: [u8; 3]) -> [u8; BLOCK] {
    let mut all = [0; BLOCK];
    let mut index = 0;
    while index < BLOCK {
        all[index] = three[index % 3];
        index += 1;
    }
    all
}

/// `block` without its last byte, which is only looked at.
#[allow(clippy::indexing_slicing, reason = "every index is below the arrays' constant length")]
fn in_block(block: &[u8; BLOCK + 1]) -> u8 {
    // Of three bytes aaaaaabb bbbbcccc ccdddddd, `a` and `d` lie within a byte, `b` and `c` across
    // two. A byte that none lies in has a pattern that nothing equals.
    const WITHIN: [u8; BLOCK] = pattern([0b1111_1000, 0, 0b0011_1110]);
    const IS: [u8; BLOCK] = pattern([0b1111_1000, 1, 0b0011_1110]);
    const ACROSS: [u8; BLOCK] = pattern([0b0000_0011, 0b0000_1111, 0]);
    const ACROSS_IS: [u8; BLOCK] = pattern([0b0000_0011, 0b0000_1111, 1]);
    const NEXT: [u8; BLOCK] = pattern([0b1110_0000, 0b1000_0000, 0]);
    let mut count = 0;
    for at in 0..BLOCK {
        count += u8::from(block[at] & WITHIN[at] == IS[at]);
        let across = block[at] & ACROSS[at] == ACROSS_IS[at];
        count += u8::from(across & (block[at + 1] & NEXT[at] == NEXT[at]));
    }
    count
}

/// Encodes the beginning of `photo` for a form into `buffer`; says how many bytes it took and gave.
pub(super) fn form(photo: &[u8], buffer: &mut Vec<u8>) -> (usize, usize) {
    buffer.resize(BUFFER, 0);
    let (mut taken, mut given) = (0, 0);
    let mut rest = photo;
    while let (Some(bytes), Some(out)) = (
        rest.first_chunk::<8>(),
        buffer.get_mut(given..).and_then(|out| out.first_chunk_mut::<STEP_TEXT>()),
    ) {
        let bits = u64::from_be_bytes(*bytes);
        let mut len = 0;
        for shift in [52, 40, 28, 16] {
            let pair = ESCAPED.get((bits >> shift) as usize & 4095).copied().unwrap_or_default();
            if let Some(out) = out.get_mut(len..).and_then(|out| out.first_chunk_mut::<8>()) {
                *out = pair.to_le_bytes();
            }
            len += (pair >> 56) as usize & 7;
        }
        given += len;
        taken += STEP;
        rest = rest.get(STEP..).unwrap_or_default();
    }
    // Fewer than 8 bytes are left, or no room.
    while !rest.is_empty() {
        let group = rest.get(..rest.len().min(3)).unwrap_or_default();
        let mut text = [0; 4];
        let text = STANDARD.encode(group, Out::from_slice(&mut text));
        let mut escaped = [0; 12];
        let mut len = 0;
        for symbol in text.iter() {
            let written: &[u8] = match symbol {
                b'+' => b"%2B",
                b'/' => b"%2F",
                b'=' => b"%3D",
                symbol => std::slice::from_ref(symbol),
            };
            for byte in written {
                if let Some(next) = escaped.get_mut(len) {
                    *next = *byte;
                    len += 1;
                }
            }
        }
        let Some(out) = buffer.get_mut(given..given + len) else { break };
        out.copy_from_slice(escaped.get(..len).unwrap_or_default());
        given += len;
        taken += group.len();
        rest = rest.get(group.len()..).unwrap_or_default();
    }
    (taken, given)
}
