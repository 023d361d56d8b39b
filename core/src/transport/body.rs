//! The body of a request on its way out.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::future::{BoxFuture, block_on};
use crate::wire::{self, BodyReader, Piece};

use super::release::Release;
use super::watch::Watch;

/// The body of a request on its way out. Its last byte comes by itself, and only once the library lets
/// it leave: until then the vendor cannot have executed the request, as the head states the length.
///
/// An async transport sends it as the `http_body::Body` that it is, a blocking one reads it. Either way
/// it is sent as it comes, with the `content-length` of the head. Where the last byte must not leave,
/// the body ends with [`WithheldError`], and so does the request. A transport that gathers the whole body
/// before it sends anything works too, but takes the last byte at once: if it then fails with anything
/// but [`Failure::not_connected`](super::Failure::not_connected) and its like, or the call ends before,
/// the outcome of a billed call is unknown, as there is no telling whether the byte left.
///
/// It has no `Debug`: it holds personal data.
///
/// ```
/// use std::io::Read as _;
///
/// use cardwire::transport::{Body, Failure, WithheldError};
///
/// /// Gathers a body, where a client takes nothing else.
/// fn gathered(mut body: Body) -> Result<Vec<u8>, Failure> {
///     let mut bytes = Vec::new();
///     if body.is_empty() {
///         return Ok(bytes);
///     }
///     match body.read_to_end(&mut bytes) {
///         Ok(read) => assert_eq!(read as u64, body.len()),
///         Err(error) => {
///             assert!(error.get_ref().is_some_and(|inner| inner.is::<WithheldError>()));
///             return Err(Failure::held_back());
///         }
///     }
///     Ok(bytes)
/// }
/// ```
// Of a body that is not small the last byte waits on a watched connection until the operating system
// took all before it, so that an answer ahead of it is seen. Text is encoded into one buffer, which is
// lent out as a frame and filled again when it was sent: a call holds one buffer, however large its
// photo is and however slow the network.
pub struct Body {
    reader: BodyReader,
    len: u64,
    home: Arc<BufferSlot>,
    pending: Option<Bytes>,
    /// Of a piece that is read, what is left of it.
    rest: Bytes,
    left: u64,
    release: Release,
    opening: Opening,
    /// Of a connection that sees its bytes.
    watch: Option<Arc<Watch>>,
}

/// The bytes that the buffers of a connection hold in any case.
const SMALL: u64 = 16 * 1024;

/// The owner of the buffer, to which it comes back.
#[derive(Default)]
struct BufferSlot(Mutex<SlotState>);

#[derive(Default)]
struct SlotState {
    out: bool,
    buffer: Vec<u8>,
    waiting: Option<Waker>,
}

impl BufferSlot {
    fn lock(&self) -> MutexGuard<'_, SlotState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The buffer on its way out.
struct LentBuffer {
    buffer: Vec<u8>,
    len: usize,
    home: Arc<BufferSlot>,
}

impl AsRef<[u8]> for LentBuffer {
    fn as_ref(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }
}

impl Drop for LentBuffer {
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
    Waiting(Mutex<BoxFuture<'static, bool>>),
    Open,
}

/// The error of a body whose last byte must not leave: the call ended, or what has to be written down
/// before could not be.
#[derive(Debug)]
pub struct WithheldError;

impl fmt::Display for WithheldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the last byte was held back")
    }
}

impl std::error::Error for WithheldError {}

impl Body {
    pub(super) fn new(body: wire::Body, release: Release) -> Self {
        let len = body.len();
        Body::unread(body.into_reader(), len, release, None)
    }

    fn unread(reader: BodyReader, len: u64, release: Release, watch: Option<Arc<Watch>>) -> Self {
        Body {
            reader,
            len,
            home: Arc::default(),
            pending: None,
            rest: Bytes::new(),
            left: len,
            release,
            opening: Opening::NotYet,
            watch,
        }
    }

    /// Returns the length of the whole body as it is sent, in bytes. Zero is a request without one.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns whether the request has no body.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn release(&self) -> &Release {
        &self.release
    }

    /// Returns the same from its beginning, on a connection that sees its bytes.
    pub(super) fn watched(self, watch: Arc<Watch>) -> Self {
        let Body { reader, len, release, .. } = self;
        Body::unread(reader.rewound(), len, release, Some(watch))
    }

    /// Becomes ready once the last byte may be given to the connection; pending for ever where the
    /// answer began before: it is being read, and the connection ends after it.
    fn poll_last_byte(&mut self, context: &mut Context<'_>) -> Poll<Result<(), WithheldError>> {
        let Some(watch) = self.watch.clone() else {
            self.release.sends();
            return self.poll_open(context);
        };
        if self.len > SMALL {
            ready!(watch.poll_rest_sent(context));
        }
        let open = ready!(self.poll_open(context));
        ready!(watch.poll_unanswered(context));
        watch.last_byte();
        Poll::Ready(open)
    }

    fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<Result<(), WithheldError>> {
        if let Opening::NotYet = self.opening {
            let release = self.release.clone();
            let opening: BoxFuture<'static, bool> = Box::pin(async move { release.open().await });
            self.opening = Opening::Waiting(Mutex::new(opening));
        }
        if let Opening::Waiting(opening) = &mut self.opening {
            let opening = opening.get_mut().unwrap_or_else(PoisonError::into_inner);
            if !ready!(opening.as_mut().poll(context)) {
                return Poll::Ready(Err(WithheldError));
            }
            self.opening = Opening::Open;
        }
        Poll::Ready(Ok(()))
    }

    /// Returns the next piece of the body; pending while the buffer is out.
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
                Some(Bytes::from_owner(LentBuffer { buffer, len, home: Arc::clone(&self.home) }))
            }
        })
    }

    fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, WithheldError>>> {
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

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = WithheldError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, WithheldError>>> {
        self.get_mut().poll_piece(context).map(|piece| Some(piece?.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl io::Read for Body {
    /// Reads on, and waits on this thread before the last byte until that may leave.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            // What was lent comes back first.
            self.rest = Bytes::new();
            match block_on(poll_fn(|context| self.poll_piece(context))) {
                Some(piece) => self.rest = piece.map_err(io::Error::other)?,
                None => return Ok(0),
            }
        }
        let piece = self.rest.split_to(self.rest.len().min(buffer.len()));
        if let Some(buffer) = buffer.get_mut(..piece.len()) {
            buffer.copy_from_slice(&piece);
        }
        Ok(piece.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Sent;
    use std::io::Read;
    use std::task::Waker;

    /// On a connection that hands everything on at once.
    fn held(body: &wire::Body, release: &Release) -> Body {
        let watch = Arc::new(Watch::default());
        assert!(watch.poll_rest_sent(&Context::from_waker(Waker::noop())).is_pending());
        watch.flushed();
        Body::new(body.clone(), release.clone()).watched(watch)
    }

    fn drain(outgoing: &mut Body, release: &Release) -> (u64, Poll<Option<()>>) {
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

    fn body() -> wire::Body {
        wire::Body::plain("ab").then_base64(Bytes::from(vec![0; 100_000])).then_plain("c")
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
        struct WakeFlag(std::sync::atomic::AtomicBool);
        impl std::task::Wake for WakeFlag {
            fn wake(self: Arc<Self>) {
                self.0.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        }
        let woken = Arc::new(WakeFlag(false.into()));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let body = wire::Body::default().then_base64_form(Bytes::from(vec![0xff; 200_000]));
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
        let body = wire::Body::default().then_base64(Bytes::from_static(b"abc"));
        let release = Release::default();
        let mut outgoing = held(&body, &release);
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Some(Ok(first))) = outgoing.poll_piece(&mut context) else { panic!() };
        let Poll::Ready(Some(Ok(last))) = outgoing.poll_piece(&mut context) else { panic!() };
        assert_eq!((&first[..], &last[..]), (&b"YWJ"[..], &b"j"[..]));
        assert_eq!(release.sent(), Sent::Unknown);
    }

    #[test]
    fn a_body_is_read_on_a_thread_whose_last_byte_waits_there() {
        let whole = {
            let mut whole = Vec::new();
            body().visit(|piece| whole.extend_from_slice(piece));
            whole
        };
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let release = Release::after(Box::pin(async { receiver.await.unwrap_or(false) }));
        let mut reader = Body::new(body(), release.clone());
        let mut most = vec![0; whole.len() - 1];
        reader.read_exact(&mut most).unwrap();
        assert_eq!((&most[..], release.sent()), (&whole[..whole.len() - 1], Sent::No));
        let rest = std::thread::spawn(move || {
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest).unwrap();
            rest
        });
        sender.send(true).unwrap();
        assert_eq!(rest.join().unwrap(), whole[whole.len() - 1..]);
        assert_eq!(release.sent(), Sent::Unknown);
        // And never comes where the call ended.
        let release = Release::default();
        release.shut();
        let error = Body::new(body(), release).read_to_end(&mut Vec::new()).unwrap_err();
        assert!(error.get_ref().is_some_and(|inner| inner.is::<WithheldError>()));
    }
}
