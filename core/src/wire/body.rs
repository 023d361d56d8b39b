use bytes::Bytes;

use crate::wire::base64_text;

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
    /// Returns a body of bytes as they are.
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
        let len = base64_text::plain_len(&bytes);
        self.then(Segment::Base64(bytes), len)
    }

    /// Appends bytes as base64 text in a form value: `+` as `%2B`, `/` as `%2F`, `=` as `%3D`.
    pub(crate) fn then_base64_form(self, bytes: Bytes) -> Self {
        let len = base64_text::form_len(&bytes);
        self.then(Segment::Base64Form(bytes), len)
    }

    fn then(mut self, segment: Segment, len: usize) -> Self {
        self.segments.push(segment);
        self.len += len as u64;
        self
    }

    /// Returns the length in bytes as sent.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Returns the bytes as sent, a piece at a time.
    pub(crate) fn into_reader(self) -> BodyReader {
        BodyReader { segments: self.segments, segment: 0, offset: 0 }
    }

    /// Hands every byte as sent to `piece`, in order.
    pub(crate) fn visit(&self, mut piece: impl FnMut(&[u8])) {
        let (mut reader, mut buffer) = (self.clone().into_reader(), Vec::new());
        while let Some(next) = reader.next_piece(&mut buffer) {
            match next {
                Piece::Plain(bytes) => piece(&bytes),
                Piece::Encoded(len) => piece(buffer.get(..len).unwrap_or_default()),
            }
        }
    }
}

/// A part of a body as sent, never empty.
pub(crate) enum Piece {
    /// Bytes that lie in memory as they are sent.
    Plain(Bytes),
    /// That many bytes at the beginning of the buffer.
    Encoded(usize),
}

/// Gives a body out in pieces.
pub(crate) struct BodyReader {
    segments: Vec<Segment>,
    segment: usize,
    offset: usize,
}

impl BodyReader {
    /// Returns the same from its beginning.
    pub(crate) fn rewound(self) -> Self {
        BodyReader { segment: 0, offset: 0, ..self }
    }

    /// Returns the next piece; `None` at the end. Text is encoded into `buffer`, which is given its
    /// full length at the first such piece and may then be used for all of them.
    pub(crate) fn next_piece(&mut self, buffer: &mut Vec<u8>) -> Option<Piece> {
        loop {
            let segment = self.segments.get(self.segment)?;
            let (Segment::Plain(bytes) | Segment::Base64(bytes) | Segment::Base64Form(bytes)) =
                segment;
            let rest = bytes.get(self.offset..).unwrap_or_default();
            if rest.is_empty() {
                self.segment += 1;
                self.offset = 0;
                continue;
            }
            let (taken, piece) = match segment {
                Segment::Plain(bytes) => (rest.len(), Piece::Plain(bytes.slice(self.offset..))),
                Segment::Base64(_) => {
                    let (taken, len) = base64_text::plain(rest, buffer);
                    (taken, Piece::Encoded(len))
                }
                Segment::Base64Form(_) => {
                    let (taken, len) = base64_text::form(rest, buffer);
                    (taken, Piece::Encoded(len))
                }
            };
            self.offset += taken;
            return Some(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;

    fn whole(body: &Body) -> Vec<u8> {
        let mut bytes = Vec::new();
        body.visit(|piece| {
            assert!(!piece.is_empty());
            bytes.extend_from_slice(piece);
        });
        bytes
    }

    #[test]
    fn every_length_around_a_piece_is_encoded_whole() {
        let piece = base64_text::BUFFER / 4 * 3;
        for len in (0..70).chain(piece - 7..piece + 7).chain([3 * piece + 2]) {
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
