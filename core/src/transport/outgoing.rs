use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::transport::{Boxed, Release};
use crate::wire::{Body, BodyReader};

/// A body on its way out. The last byte is held back as a frame of its own until `release` is open:
/// a request that broke before was never whole.
pub(super) struct Outgoing {
    reader: BodyReader,
    pending: Option<Bytes>,
    left: u64,
    release: Release,
    opening: Opening,
}

enum Opening {
    NotYet,
    // Behind a lock only because a body must be `Sync`.
    Waiting(std::sync::Mutex<Boxed<'static, bool>>),
    Open,
}

/// The last byte must not leave.
#[derive(Debug)]
pub(super) struct Withheld;

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the last byte was held back")
    }
}

impl std::error::Error for Withheld {}

impl Outgoing {
    pub(super) fn new(body: &Body, release: Release) -> Self {
        let left = body.len();
        Outgoing { reader: body.reader(), pending: None, left, release, opening: Opening::NotYet }
    }

    fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Withheld>> {
        if let Opening::NotYet = self.opening {
            let release = self.release.clone();
            let opening: Boxed<'static, bool> = Box::pin(async move { release.open().await });
            self.opening = Opening::Waiting(std::sync::Mutex::new(opening));
        }
        if let Opening::Waiting(opening) = &mut self.opening {
            let opening = opening.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
            match opening.as_mut().poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(false) => return Poll::Ready(Err(Withheld)),
                Poll::Ready(true) => self.opening = Opening::Open,
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Withheld>>> {
        let Some(mut piece) = self.pending.take().or_else(|| self.reader.next_piece()) else {
            return Poll::Ready(None);
        };
        let mut last = piece.len() as u64 >= self.left;
        if last && self.left > 1 {
            self.pending = Some(piece.split_off(piece.len() - 1));
            last = false;
        }
        if last {
            match self.poll_open(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(withheld)) => return Poll::Ready(Some(Err(withheld))),
                Poll::Pending => {
                    self.pending = Some(piece);
                    return Poll::Pending;
                }
            }
        }
        self.left = self.left.saturating_sub(piece.len() as u64);
        Poll::Ready(Some(Ok(piece)))
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Withheld;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Withheld>>> {
        self.get_mut().poll_piece(context).map(|piece| Some(piece?.map(Frame::data)))
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
    use std::task::Waker;

    fn drain(outgoing: &mut Outgoing, release: &Release) -> (u64, Poll<Option<()>>) {
        let mut context = Context::from_waker(Waker::noop());
        let mut total = 0;
        loop {
            let before = release.sent();
            match outgoing.poll_piece(&mut context) {
                Poll::Ready(Some(Ok(piece))) => {
                    total += piece.len() as u64;
                    assert_eq!(before, Sent::No);
                    assert_eq!(release.sent() == Sent::Unknown, outgoing.left == 0);
                    assert!(outgoing.left > 0 || piece.len() == 1);
                }
                other => return (total, other.map(|piece| piece.map(|_| ()))),
            }
        }
    }

    fn body() -> Body {
        Body::plain("ab").then_base64(Bytes::from(vec![0; 100_000])).then_plain("c")
    }

    #[test]
    fn the_last_byte_is_held_back_and_opens_the_release() {
        let release = Release::default();
        let mut outgoing = Outgoing::new(&body(), release.clone());
        assert_eq!(drain(&mut outgoing, &release), (body().len(), Poll::Ready(None)));
        assert_eq!(release.shut(), Sent::Unknown);
    }

    #[test]
    fn the_last_byte_waits_for_what_comes_first() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let release = Release::after(Box::pin(async { receiver.await.unwrap_or(false) }));
        let mut outgoing = Outgoing::new(&body(), release.clone());
        assert_eq!(drain(&mut outgoing, &release), (body().len() - 1, Poll::Pending));
        sender.send(true).unwrap();
        assert_eq!(drain(&mut outgoing, &release), (1, Poll::Ready(None)));
    }

    #[test]
    fn the_last_byte_never_leaves_once_the_caller_was_told_so() {
        let release = Release::default();
        assert_eq!(release.shut(), Sent::No);
        let mut outgoing = Outgoing::new(&body(), release.clone());
        assert_eq!(drain(&mut outgoing, &release), (body().len() - 1, Poll::Ready(Some(()))));
        assert_eq!(release.sent(), Sent::No);
        let failing = Release::after(Box::pin(async { false }));
        let mut outgoing = Outgoing::new(&body(), failing.clone());
        assert_eq!(drain(&mut outgoing, &failing), (body().len() - 1, Poll::Ready(Some(()))));
    }
}
