use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::transport::Release;
use crate::wire::{Body, BodyReader};

/// A body on its way out. The last byte is held back as a frame of its own, and `release` is marked
/// when that frame is taken: a request that broke before was never whole.
pub(super) struct Outgoing {
    reader: BodyReader,
    pending: Option<Bytes>,
    left: u64,
    release: Release,
}

impl Outgoing {
    pub(super) fn new(body: &Body, release: Release) -> Self {
        Outgoing { reader: body.reader(), pending: None, left: body.len(), release }
    }

    fn next_frame(&mut self) -> Option<Bytes> {
        let mut piece = match self.pending.take() {
            Some(piece) => piece,
            None => self.reader.next_piece()?,
        };
        if self.left > 1 && piece.len() as u64 >= self.left {
            self.pending = Some(piece.split_off(piece.len() - 1));
        }
        self.left = self.left.saturating_sub(piece.len() as u64);
        if self.left == 0 {
            self.release.mark();
        }
        Some(piece)
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.get_mut().next_frame().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Sent;

    #[test]
    fn the_last_byte_is_held_back_and_marks_the_release() {
        let body = Body::plain("ab").then_base64(Bytes::from(vec![0; 100_000])).then_plain("c");
        let release = Release::default();
        let mut outgoing = Outgoing::new(&body, release.clone());
        let mut total = 0;
        loop {
            let before = release.sent();
            let Some(piece) = outgoing.next_frame() else { break };
            total += piece.len() as u64;
            assert_eq!(before, Sent::No);
            assert_eq!(release.sent() == Sent::Unknown, total == body.len());
            if total == body.len() {
                assert_eq!(piece.len(), 1);
            }
        }
        assert_eq!(total, body.len());
    }
}
