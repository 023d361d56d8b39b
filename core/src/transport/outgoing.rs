use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::transport::watch::Watch;
use crate::transport::{Boxed, Release};
use crate::wire::{Body, BodyReader, Piece};

/// A body on its way out. The last byte is held back as a frame of its own until `release` is open:
/// a request that broke before was never whole. Of a body that is not small it is held back until the
/// operating system took all before it, so that an answer ahead of it is seen.
///
/// Text is encoded into one buffer, which is lent out as a frame and filled again when it was sent:
/// a call holds one buffer, however large its photo is and however slow the network.
pub(super) struct Outgoing {
    reader: BodyReader,
    home: Arc<Home>,
    pending: Option<Bytes>,
    left: u64,
    release: Release,
    opening: Opening,
    watch: Arc<Watch>,
    /// Whether all of it is little enough for the operating system to take at once.
    is_small: bool,
}

/// What the buffers of a connection hold in any case, in bytes.
const SMALL: u64 = 16 * 1024;

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

enum Opening {
    NotYet,
    // Behind a lock only because a body must be `Sync`.
    Waiting(Mutex<Boxed<'static, bool>>),
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
    pub(super) fn new(body: &Body, release: Release, watch: Arc<Watch>) -> Self {
        Outgoing {
            reader: body.reader(),
            home: Arc::default(),
            pending: None,
            left: body.len(),
            release,
            opening: Opening::NotYet,
            watch,
            is_small: body.len() <= SMALL,
        }
    }

    /// Ready once the last byte may be given to the connection; pending for ever where the answer
    /// began before: it is being read, and the connection ends after it.
    fn poll_last_byte(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Withheld>> {
        if !self.is_small {
            ready!(self.watch.poll_rest_sent(context));
        }
        let open = ready!(self.poll_open(context));
        ready!(self.watch.poll_unanswered(context));
        self.watch.last_byte();
        Poll::Ready(open)
    }

    fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Withheld>> {
        if let Opening::NotYet = self.opening {
            let release = self.release.clone();
            let opening: Boxed<'static, bool> = Box::pin(async move { release.open().await });
            self.opening = Opening::Waiting(Mutex::new(opening));
        }
        if let Opening::Waiting(opening) = &mut self.opening {
            let opening = opening.get_mut().unwrap_or_else(PoisonError::into_inner);
            if !ready!(opening.as_mut().poll(context)) {
                return Poll::Ready(Err(Withheld));
            }
            self.opening = Opening::Open;
        }
        Poll::Ready(Ok(()))
    }

    /// The next piece of the body; pending while the buffer is out.
    fn poll_encoded(&mut self, context: &Context<'_>) -> Poll<Option<Bytes>> {
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

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Withheld>>> {
        let piece = match self.pending.take() {
            Some(piece) => Some(piece),
            None => ready!(self.poll_encoded(context)),
        };
        let Some(mut piece) = piece else { return Poll::Ready(None) };
        let mut last = piece.len() as u64 >= self.left;
        if last && self.left > 1 {
            self.pending = Some(piece.split_off(piece.len() - 1));
            last = false;
        }
        if last {
            match self.poll_last_byte(context) {
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

    /// On a connection that hands everything on at once.
    fn held(body: &Body, release: &Release) -> Outgoing {
        let watch = Arc::new(Watch::default());
        assert!(watch.poll_rest_sent(&Context::from_waker(Waker::noop())).is_pending());
        watch.flushed();
        Outgoing::new(body, release.clone(), watch)
    }

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
        let mut outgoing = held(&body(), &release);
        assert_eq!(drain(&mut outgoing, &release), (body().len(), Poll::Ready(None)));
        assert_eq!(release.shut(), Sent::Unknown);
    }

    #[test]
    fn the_last_byte_waits_for_what_comes_first() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let release = Release::after(Box::pin(async { receiver.await.unwrap_or(false) }));
        let mut outgoing = held(&body(), &release);
        assert_eq!(drain(&mut outgoing, &release), (body().len() - 1, Poll::Pending));
        sender.send(true).unwrap();
        assert_eq!(drain(&mut outgoing, &release), (1, Poll::Ready(None)));
    }

    #[test]
    fn the_last_byte_never_leaves_once_the_caller_was_told_so() {
        let release = Release::default();
        assert_eq!(release.shut(), Sent::No);
        let mut outgoing = held(&body(), &release);
        assert_eq!(drain(&mut outgoing, &release), (body().len() - 1, Poll::Ready(Some(()))));
        assert_eq!(release.sent(), Sent::No);
        let failing = Release::after(Box::pin(async { false }));
        let mut outgoing = held(&body(), &failing);
        assert_eq!(drain(&mut outgoing, &failing), (body().len() - 1, Poll::Ready(Some(()))));
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
        let mut context = Context::from_waker(&waker);
        let body = Body::default().then_base64_form(Bytes::from(vec![0xff; 200_000]));
        let mut outgoing = held(&body, &Release::default());
        let Poll::Ready(Some(Ok(first))) = outgoing.poll_piece(&mut context) else { panic!() };
        let address = first.as_ptr();
        assert!(outgoing.poll_piece(&mut context).is_pending());
        assert!(!woken.0.load(std::sync::atomic::Ordering::Relaxed));
        drop(first);
        assert!(woken.0.load(std::sync::atomic::Ordering::Relaxed));
        let Poll::Ready(Some(Ok(second))) = outgoing.poll_piece(&mut context) else { panic!() };
        assert_eq!(second.as_ptr(), address);
    }

    #[test]
    fn the_last_byte_of_an_encoded_body_comes_without_the_buffer_being_back() {
        let body = Body::default().then_base64(Bytes::from_static(b"abc"));
        let release = Release::default();
        let mut outgoing = held(&body, &release);
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Some(Ok(first))) = outgoing.poll_piece(&mut context) else { panic!() };
        let Poll::Ready(Some(Ok(last))) = outgoing.poll_piece(&mut context) else { panic!() };
        assert_eq!((&first[..], &last[..]), (&b"YWJ"[..], &b"j"[..]));
        assert_eq!(release.sent(), Sent::Unknown);
    }
}
