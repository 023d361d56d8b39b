use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::transport::Release;
use crate::wire::{Body, BodyReader, Piece};

/// A body on its way out. The last byte is held back as a frame of its own, and `release` is marked
/// when that frame is taken: a request that broke before was never whole.
///
/// Text is encoded into one buffer, which is lent out as a frame and filled again when it was sent:
/// a call holds one buffer, however large its photo is and however slow the network.
pub(super) struct Outgoing {
    reader: BodyReader,
    home: Arc<Home>,
    pending: Option<Bytes>,
    left: u64,
    release: Release,
}

/// Where the buffer comes back to.
#[derive(Default)]
struct Home(Mutex<Lent>);

#[derive(Default)]
struct Lent {
    out: bool,
    buffer: Vec<u8>,
    waiting: Option<Waker>,
}

impl Home {
    fn lock(&self) -> MutexGuard<'_, Lent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The buffer while it is out.
struct Loan {
    buffer: Vec<u8>,
    len: usize,
    home: Arc<Home>,
}

impl AsRef<[u8]> for Loan {
    fn as_ref(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let waiting = {
            let mut lent = self.home.lock();
            lent.out = false;
            lent.buffer = std::mem::take(&mut self.buffer);
            lent.waiting.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

impl Outgoing {
    pub(super) fn new(body: &Body, release: Release) -> Self {
        Outgoing {
            reader: body.reader(),
            home: Arc::default(),
            pending: None,
            left: body.len(),
            release,
        }
    }

    /// The next piece; pending while the buffer is out.
    fn next_piece(&mut self, context: &Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(piece) = self.pending.take() {
            return Poll::Ready(Some(piece));
        }
        let mut lent = self.home.lock();
        if lent.out {
            lent.waiting = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(match self.reader.next_piece(&mut lent.buffer) {
            None => None,
            Some(Piece::Plain(bytes)) => Some(bytes),
            Some(Piece::Encoded(len)) => {
                lent.out = true;
                let buffer = std::mem::take(&mut lent.buffer);
                Some(Bytes::from_owner(Loan { buffer, len, home: Arc::clone(&self.home) }))
            }
        })
    }

    fn next_frame(&mut self, context: &Context<'_>) -> Poll<Option<Bytes>> {
        let Poll::Ready(piece) = self.next_piece(context) else { return Poll::Pending };
        let Some(mut piece) = piece else { return Poll::Ready(None) };
        if self.left > 1 && piece.len() as u64 >= self.left {
            self.pending = Some(piece.split_off(piece.len() - 1));
        }
        self.left = self.left.saturating_sub(piece.len() as u64);
        if self.left == 0 {
            self.release.mark();
        }
        Poll::Ready(Some(piece))
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.get_mut().next_frame(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
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
        let context = Context::from_waker(Waker::noop());
        let mut total = 0;
        loop {
            let before = release.sent();
            let Poll::Ready(piece) = outgoing.next_frame(&context) else { panic!("{total}") };
            let Some(piece) = piece else { break };
            total += piece.len() as u64;
            assert_eq!(before, Sent::No);
            assert_eq!(release.sent() == Sent::Unknown, total == body.len());
            if total == body.len() {
                assert_eq!(piece.len(), 1);
            }
        }
        assert_eq!(total, body.len());
    }

    #[test]
    fn one_buffer_is_out_at_a_time_and_its_return_wakes() {
        struct Woken(std::sync::atomic::AtomicBool);
        impl std::task::Wake for Woken {
            fn wake(self: Arc<Self>) {
                self.0.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        }
        let woken = Arc::new(Woken(false.into()));
        let waker = Waker::from(Arc::clone(&woken));
        let context = Context::from_waker(&waker);
        let body = Body::default().then_base64_form(Bytes::from(vec![0xff; 200_000]));
        let mut outgoing = Outgoing::new(&body, Release::default());
        let Poll::Ready(Some(first)) = outgoing.next_frame(&context) else { panic!() };
        let address = first.as_ptr();
        assert!(outgoing.next_frame(&context).is_pending());
        assert!(!woken.0.load(std::sync::atomic::Ordering::Relaxed));
        drop(first);
        assert!(woken.0.load(std::sync::atomic::Ordering::Relaxed));
        let Poll::Ready(Some(second)) = outgoing.next_frame(&context) else { panic!() };
        assert_eq!(second.as_ptr(), address);
    }

    #[test]
    fn the_last_byte_of_an_encoded_body_comes_without_the_buffer_being_back() {
        let body = Body::default().then_base64(Bytes::from_static(b"abc"));
        let release = Release::default();
        let mut outgoing = Outgoing::new(&body, release.clone());
        let context = Context::from_waker(Waker::noop());
        let Poll::Ready(Some(first)) = outgoing.next_frame(&context) else { panic!() };
        let Poll::Ready(Some(last)) = outgoing.next_frame(&context) else { panic!() };
        assert_eq!((&first[..], &last[..]), (&b"YWJ"[..], &b"j"[..]));
        assert_eq!(release.sent(), Sent::Unknown);
    }
}
