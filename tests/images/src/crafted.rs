//! Photos written by hand, whose headers promise what no camera writes: many pixels in few bytes, few
//! pixels in many.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Returns a progressive JPEG in grey of so many scans, in which every block is the same.
pub fn progressive_jpeg(width: u16, height: u16, scans: usize) -> Vec<u8> {
    progressive_jpeg_of(width, height, scans, 1)
}

/// Returns a progressive JPEG of so many components, all of its size; the scans are those of the first.
pub fn progressive_jpeg_of(width: u16, height: u16, scans: usize, components: u8) -> Vec<u8> {
    let [w, h] = [width.to_be_bytes(), height.to_be_bytes()];
    let mut out = vec![0xff, 0xd8];
    out.extend(segment(0xdb, &[&[0][..], &[1; 64]].concat()));
    let parts = (1..=components).flat_map(|component| [component, 0x11, 0]);
    let parts: Vec<u8> = parts.collect();
    let frame = [8, h[0], h[1], w[0], w[1], components];
    out.extend(segment(0xc2, &[&frame[..], &parts].concat()));
    // Each table has one code of one bit: no difference, and the end of the block.
    for table in [0x00, 0x10] {
        out.extend(segment(0xc4, &[&[table, 1][..], &[0; 16]].concat()));
    }
    for scan in 0..scans {
        // The mean of each block, then again and again all the rest of it.
        let (first, last) = if scan == 0 { (0, 0) } else { (1, 63) };
        out.extend(segment(0xda, &[1, 1, 0, first, last, 0]));
        out.push(0);
    }
    out.extend([0xff, 0xd9]);
    out
}

fn segment(mark: u8, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u16 + 2;
    [&[0xff, mark], &length.to_be_bytes()[..], bytes].concat()
}

/// Returns a PNG with these sides, bits a sample and kind of colours, whose pixels are `packed`, with the
/// chunks `before` them.
pub fn png(
    width: u32,
    height: u32,
    bits: u8,
    colours: u8,
    before: &[u8],
    packed: &[u8],
) -> Vec<u8> {
    let [w, h] = [width.to_be_bytes(), height.to_be_bytes()];
    let header = [&w[..], &h[..], &[bits, colours, 0, 0, 0]].concat();
    let (header, pixels) = (png_chunk(b"IHDR", &header), png_chunk(b"IDAT", packed));
    [b"\x89PNG\r\n\x1a\n", &header[..], before, &pixels, &png_chunk(b"IEND", &[])].concat()
}

/// Returns a chunk of a PNG.
pub fn png_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    crate::png::chunk(name, data)
}

/// Returns so many zeros as zlib packs them.
///
/// # Panics
/// Never: memory is written to.
pub fn zeros(count: usize) -> Vec<u8> {
    const PIECE: usize = 1 << 16;
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    let pieces = std::iter::repeat_n(PIECE, count / PIECE).chain([count % PIECE]);
    for length in pieces {
        packer.write_all(&[0; PIECE][..length]).expect("memory is written to");
    }
    packer.finish().expect("memory is written to")
}

/// Returns a lossless WebP in one colour, whose pixels take no bits.
pub fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut bits = Vec::new();
    let mut put = |value: u32, count: u32| bits.extend((0..count).map(|at| value >> at & 1 == 1));
    put(width - 1, 14);
    put(height - 1, 14);
    // No alpha and version 0; no transform, no cache of colours, one group of codes.
    put(0, 4);
    put(0, 3);
    for _ in 0..5 {
        // A code of one symbol, which is written in one bit and is 0.
        put(0b0001, 4);
    }
    let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    let mut data: Vec<u8> = std::iter::once(0x2f).chain(bits.chunks(8).map(byte)).collect();
    data.resize(data.len().next_multiple_of(2), 0);
    let length = data.len() as u32;
    [b"RIFF", &(length + 12).to_le_bytes()[..], b"WEBPVP8L", &length.to_le_bytes(), &data].concat()
}

/// Returns a BMP with these sides and bits a pixel, packed in that way, whose rows are only `rows`.
pub fn bmp(width: i32, height: i32, bits: u16, packing: u32, rows: &[u8]) -> Vec<u8> {
    const HEADERS: u32 = 54;
    let colours: u32 = if bits <= 8 { 1 << bits } else { 0 };
    let start = HEADERS + colours * 4;
    let length = rows.len() as u32;
    let mut out = b"BM".to_vec();
    let mut words = |words: &[u32]| out.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    words(&[start + length, 0, start, 40, width as u32, height as u32]);
    words(&[1 | u32::from(bits) << 16, packing, length, 2835, 2835, colours, 0]);
    out.extend([0x80, 0x80, 0x80, 0].repeat(colours as usize));
    out.extend(rows);
    out
}
