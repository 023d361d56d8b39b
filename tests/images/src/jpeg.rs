//! JPEG segments: comments and padding.

const COM: u8 = 0xfe;
const APP1: u8 = 0xe1;
const SOS: u8 = 0xda;
/// The longest segment: two bytes of marker, and a length field that counts itself.
const SEGMENT: usize = 2 + 0xffff;
/// The shortest one: marker and length.
const EMPTY_SEGMENT: usize = 4;

/// Returns the picture with this comment, and without comments that begin with `key`.
pub fn with_comment(bytes: &[u8], key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for (from, to, code) in segments(bytes).into_iter().rev() {
        if code == COM && bytes[from + EMPTY_SEGMENT..to].starts_with(key) {
            out.drain(from..to);
        }
    }
    insert(&out, &comment(text))
}

/// Returns the picture grown by `pad` bytes, in the smallest number of COM segments.
pub fn padded(bytes: &[u8], pad: usize) -> Vec<u8> {
    if pad < EMPTY_SEGMENT {
        // Fill bytes may stand before any marker (ITU-T T.81, B.1.1.2). Before EOI
        // they disturb no reader that only walks the header.
        let end = bytes.windows(2).rposition(|pair| pair == [0xff, 0xd9]);
        let end = end.expect("a JPEG with an EOI marker");
        return [&bytes[..end], &vec![0xff; pad], &bytes[end..]].concat();
    }
    let mut filling = Vec::with_capacity(pad);
    while filling.len() < pad {
        let left = pad - filling.len();
        let mut take = left.min(SEGMENT);
        if (1..EMPTY_SEGMENT).contains(&(left - take)) {
            take -= EMPTY_SEGMENT;
        }
        filling.extend(comment(&vec![b' '; take - EMPTY_SEGMENT]));
    }
    insert(bytes, &filling)
}

/// Returns the picture with an APP1 segment that holds the orientation and nothing else.
pub fn oriented(bytes: &[u8], orientation: u8) -> Vec<u8> {
    // TIFF 6.0: the byte order, then one directory with one entry: tag 0x0112, a SHORT, one of them.
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let length = u16::try_from(exif.len() + 2).expect("it fits into one segment").to_be_bytes();
    insert(bytes, &[&[0xff, APP1], &length[..], &exif].concat())
}

fn comment(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len() + 2).expect("a comment that fits into one segment");
    [&[0xff, COM], &length.to_be_bytes()[..], text].concat()
}

/// JFIF and Exif want their APPn segments first: everything else goes behind them.
fn insert(bytes: &[u8], segment: &[u8]) -> Vec<u8> {
    let is_app = |code: u8| (0xe0..=0xef).contains(&code);
    let apps = segments(bytes).into_iter().take_while(|&(.., code)| is_app(code));
    let at = apps.last().map_or(2, |(_, to, _)| to);
    [&bytes[..at], segment, &bytes[at..]].concat()
}

/// Start, end and code of each segment before the scan.
fn segments(bytes: &[u8]) -> Vec<(usize, usize, u8)> {
    let mut found = Vec::new();
    let mut at = 2;
    while let Some(&[0xff, code, high, low]) = bytes.get(at..at + 4) {
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        if code == SOS || end > bytes.len() {
            break;
        }
        found.push((at, end, code));
        at = end;
    }
    found
}
