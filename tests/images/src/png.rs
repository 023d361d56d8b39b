//! PNG chunks: comments and padding.

/// Length, type and checksum around a chunk's data.
const EMPTY_CHUNK: usize = 12;
/// Signature and IHDR, which is always first.
const HEADER: usize = 8 + EMPTY_CHUNK + 13;
/// Ancillary, private, safe to copy: filling that any decoder passes over.
const FILLING: &[u8; 4] = b"cwPd";
const TEXT: &[u8; 4] = b"tEXt";
const KEYWORD: &[u8] = b"Comment\0";

/// Returns the picture with this comment, and without comments that begin with `key`.
pub fn with_comment(bytes: &[u8], key: &str, text: &str) -> Vec<u8> {
    let old = [KEYWORD, key.as_bytes()].concat();
    let mut out = bytes.to_vec();
    for (from, to) in chunks(bytes).into_iter().rev() {
        if &bytes[from + 4..from + 8] == TEXT && bytes[from + 8..to - 4].starts_with(&old) {
            out.drain(from..to);
        }
    }
    insert(&out, &chunk(TEXT, &[KEYWORD, text.as_bytes()].concat()))
}

/// Returns the picture with an empty filling, so that it can grow by any number of bytes.
pub fn with_room(bytes: &[u8]) -> Vec<u8> {
    insert(bytes, &chunk(FILLING, &[]))
}

/// Returns the picture grown by `pad` bytes: one more chunk, or a longer one where a chunk is too
/// much.
pub fn padded(bytes: &[u8], pad: usize) -> Vec<u8> {
    if let Some(data) = pad.checked_sub(EMPTY_CHUNK) {
        return insert(bytes, &chunk(FILLING, &vec![b' '; data]));
    }
    let can_grow = |&(from, _): &(usize, usize)| {
        let name = &bytes[from + 4..from + 8];
        name == FILLING || name == TEXT
    };
    let Some((from, to)) = chunks(bytes).into_iter().find(can_grow) else {
        panic!("a PNG with no tEXt chunk can grow by 12 bytes or more, not by {pad}");
    };
    let name = [bytes[from + 4], bytes[from + 5], bytes[from + 6], bytes[from + 7]];
    let data = [&bytes[from + 8..to - 4], &vec![b' '; pad]].concat();
    [&bytes[..from], &chunk(&name, &data), &bytes[to..]].concat()
}

pub fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("a chunk is under 2 GiB");
    let body = [name, data].concat();
    [&length.to_be_bytes(), &body[..], &crc32fast::hash(&body).to_be_bytes()].concat()
}

fn insert(bytes: &[u8], chunk: &[u8]) -> Vec<u8> {
    [&bytes[..HEADER], chunk, &bytes[HEADER..]].concat()
}

/// Start and end of each chunk.
fn chunks(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 8;
    while let Some(&[a, b, c, d]) = bytes.get(at..at + 4) {
        let end = at + EMPTY_CHUNK + u32::from_be_bytes([a, b, c, d]) as usize;
        if end > bytes.len() {
            break;
        }
        found.push((at, end));
        at = end;
    }
    found
}
