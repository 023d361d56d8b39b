use base64_simd::STANDARD;
use bytes::{Bytes, BytesMut};

/// How much of a photo is encoded at a time: a multiple of 3, so that no padding falls between.
const PIECE: usize = 48 * 1024;

/// A request body with a length known in advance, in segments. A photo stays as it is in memory and
/// is encoded while it is sent, a piece at a time.
#[derive(Clone, Default)]
pub(crate) struct Body {
    segments: Vec<Segment>,
    len: u64,
}

#[derive(Clone)]
enum Segment {
    /// Sent as it is.
    Plain(Bytes),
    /// Sent as base64 with padding.
    Base64(Bytes),
    /// Sent as base64 with padding, `+`, `/` and `=` percent-encoded for a form.
    Base64Form(Bytes),
}

impl Body {
    /// A body of bytes as they are.
    pub(crate) fn plain(bytes: impl Into<Bytes>) -> Self {
        Body::default().then_plain(bytes)
    }

    /// Appends bytes as they are.
    pub(crate) fn then_plain(self, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let len = bytes.len();
        self.then(Segment::Plain(bytes), len)
    }

    /// Appends bytes as base64 text.
    pub(crate) fn then_base64(self, bytes: Bytes) -> Self {
        let len = STANDARD.encoded_length(bytes.len());
        self.then(Segment::Base64(bytes), len)
    }

    /// Appends bytes as base64 text in a form value: `+` as `%2B`, `/` as `%2F`, `=` as `%3D`.
    pub(crate) fn then_base64_form(self, bytes: Bytes) -> Self {
        let mut len = 0;
        let mut scratch = Vec::new();
        for piece in bytes.chunks(PIECE) {
            let text = encode(piece, &mut scratch);
            len += text.len() + 2 * text.iter().filter(|byte| is_escaped(**byte)).count();
        }
        self.then(Segment::Base64Form(bytes), len)
    }

    fn then(mut self, segment: Segment, len: usize) -> Self {
        self.segments.push(segment);
        self.len += len as u64;
        self
    }

    /// The length in bytes as sent.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The bytes as sent, a piece at a time.
    pub(crate) fn reader(&self) -> BodyReader {
        BodyReader { segments: self.segments.clone(), segment: 0, offset: 0, scratch: Vec::new() }
    }
}

/// Gives a body out in pieces of at most about 64 KiB.
pub(crate) struct BodyReader {
    segments: Vec<Segment>,
    segment: usize,
    offset: usize,
    scratch: Vec<u8>,
}

impl BodyReader {
    /// The next piece, never empty; `None` at the end.
    pub(crate) fn next_piece(&mut self) -> Option<Bytes> {
        loop {
            let segment = self.segments.get(self.segment)?;
            let bytes = match segment {
                Segment::Plain(bytes) | Segment::Base64(bytes) | Segment::Base64Form(bytes) => {
                    bytes
                }
            };
            let rest = bytes.len().saturating_sub(self.offset);
            if rest == 0 {
                self.segment += 1;
                self.offset = 0;
                continue;
            }
            let piece = match segment {
                Segment::Plain(_) => bytes.slice(self.offset..),
                _ => bytes.slice(self.offset..self.offset + rest.min(PIECE)),
            };
            self.offset += piece.len();
            return Some(match segment {
                Segment::Plain(_) => piece,
                Segment::Base64(_) => {
                    encode(&piece, &mut self.scratch);
                    Bytes::from(std::mem::take(&mut self.scratch))
                }
                Segment::Base64Form(_) => escape(encode(&piece, &mut self.scratch)),
            });
        }
    }
}

fn encode<'a>(piece: &[u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    scratch.clear();
    scratch.resize(STANDARD.encoded_length(piece.len()), 0);
    STANDARD.encode(piece, base64_simd::Out::from_slice(scratch.as_mut_slice()))
}

fn is_escaped(byte: u8) -> bool {
    matches!(byte, b'+' | b'/' | b'=')
}

fn escape(text: &[u8]) -> Bytes {
    let mut escaped = BytesMut::with_capacity(text.len() + text.len() / 8);
    let mut rest = text;
    while let Some(position) = rest.iter().position(|byte| is_escaped(*byte)) {
        let (before, after) = rest.split_at(position);
        escaped.extend_from_slice(before);
        let (symbol, tail) = after.split_first().unwrap_or((&b'=', &[]));
        escaped.extend_from_slice(match symbol {
            b'+' => b"%2B",
            b'/' => b"%2F",
            _ => b"%3D",
        });
        rest = tail;
    }
    escaped.extend_from_slice(rest);
    escaped.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;

    fn whole(body: &Body) -> Vec<u8> {
        let mut reader = body.reader();
        let mut bytes = Vec::new();
        while let Some(piece) = reader.next_piece() {
            bytes.extend_from_slice(&piece);
        }
        bytes
    }

    #[test]
    fn every_length_around_a_piece_is_encoded_whole() {
        for len in [0, 1, 2, 3, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 2] {
            let photo: Vec<u8> = (0..len).map(|index| (index * 7 % 251) as u8).collect();
            let text = base64::engine::general_purpose::STANDARD.encode(&photo);
            let plain =
                Body::plain("{\"a\":\"").then_base64(photo.clone().into()).then_plain("\"}");
            assert_eq!(whole(&plain), format!("{{\"a\":\"{text}\"}}").into_bytes());
            assert_eq!(plain.len(), whole(&plain).len() as u64);
            let form = Body::plain("img=").then_base64_form(photo.into());
            let escaped = text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            assert_eq!(whole(&form), format!("img={escaped}").into_bytes());
            assert_eq!(form.len(), whole(&form).len() as u64);
        }
    }
}
