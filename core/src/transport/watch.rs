//! A connection's record of a request and its answer, so that an answer ahead of the request's last
//! byte is told from one behind it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The state of the request that a connection carries.
#[derive(Default)]
pub(super) struct Watch(Mutex<State>);

#[derive(Default)]
struct State {
    send_state: SendState,
    /// True where the final answer began before the last byte was handed to the operating system.
    /// From then on nothing of the request leaves.
    early: bool,
    answer: AnswerHead,
    /// The body, waiting until everything before its last byte was handed on.
    body: Option<Waker>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum SendState {
    /// Bytes before the last one are on their way.
    #[default]
    Sending,
    /// All but the last one were handed to the operating system.
    LastIsNext,
    /// The last one was given to the connection.
    LastIsOut,
    /// The last one was handed to the operating system.
    Sent,
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a request begins.
    pub(super) fn begin(&self) {
        *self.lock() = State::default();
    }

    /// Returns whether the answer began before the last byte of the request left; that byte then
    /// never leaves.
    pub(super) fn is_early(&self) -> bool {
        self.lock().early
    }

    /// Becomes ready once everything before the last byte was handed to the operating system and no
    /// answer has begun; pending for ever where one has.
    pub(super) fn poll_rest_sent(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if !state.early && state.send_state != SendState::Sending {
            return Poll::Ready(());
        }
        state.body = Some(context.waker().clone());
        Poll::Pending
    }

    /// Becomes ready where no answer has begun, else is pending for ever.
    pub(super) fn poll_unanswered(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if !state.early {
            return Poll::Ready(());
        }
        state.body = Some(context.waker().clone());
        Poll::Pending
    }

    /// Notes that the last byte goes to the connection.
    pub(super) fn last_byte(&self) {
        self.lock().send_state = SendState::LastIsOut;
    }

    /// Notes that everything the connection was given was handed to the operating system.
    pub(super) fn flushed(&self) {
        let mut state = self.lock();
        let body = match state.send_state {
            SendState::Sending if state.body.is_some() => {
                state.send_state = SendState::LastIsNext;
                state.body.take()
            }
            SendState::LastIsOut => {
                state.send_state = SendState::Sent;
                None
            }
            SendState::Sending | SendState::LastIsNext | SendState::Sent => None,
        };
        drop(state);
        if let Some(body) = body {
            body.wake();
        }
    }

    /// Notes that bytes of the answer arrived.
    fn received(&self, bytes: &[u8]) {
        let mut state = self.lock();
        if state.send_state != SendState::Sent && state.answer.is_final(bytes) {
            state.early = true;
        }
    }
}

/// Looks at the beginning of an answer: interim ones (RFC 9110, 15.2) may come at any time and say
/// nothing about the request.
#[derive(Default)]
struct AnswerHead {
    /// The status line up to the first digit of the status.
    line: Vec<u8>,
    /// Within an interim answer, how much of the empty line at its end was seen.
    interim: Option<usize>,
}

/// `HTTP/1.1 1`.
const TO_STATUS: usize = 10;

impl AnswerHead {
    /// Returns whether the bytes, after those before, begin a final answer or something else.
    fn is_final(&mut self, bytes: &[u8]) -> bool {
        for byte in bytes {
            match &mut self.interim {
                Some(ends) => {
                    *ends = match byte {
                        b'\n' => *ends + 1,
                        b'\r' => *ends,
                        _ => 0,
                    };
                    if *ends == 2 {
                        self.interim = None;
                        self.line.clear();
                    }
                }
                None => {
                    self.line.push(*byte);
                    if self.line.len() == TO_STATUS {
                        if !(self.line.starts_with(b"HTTP/1.") && *byte == b'1') {
                            return true;
                        }
                        self.interim = Some(0);
                    }
                }
            }
        }
        false
    }
}

/// A connection, watched.
pub(super) struct WatchStream<S> {
    pub(super) stream: S,
    pub(super) watch: Arc<Watch>,
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if let Some(bytes) = buffer.filled().get(before..)
            && !bytes.is_empty()
        {
            this.watch.received(bytes);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WatchStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.watch.is_early() {
            // Who has the answer gives the connection up.
            return Poll::Pending;
        }
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(context);
        if let Poll::Ready(Ok(())) = flushed {
            this.watch.flushed();
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.watch.is_early() {
            return Poll::Pending;
        }
        Pin::new(&mut this.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_final(pieces: &[&[u8]]) -> bool {
        let mut head = AnswerHead::default();
        pieces.iter().any(|piece| head.is_final(piece))
    }

    #[test]
    fn interim_answers_are_not_the_answer() {
        assert!(is_final(&[b"HTTP/1.1 200 OK\r\n"]));
        assert!(is_final(&[b"HTTP/1.0 4"]));
        assert!(is_final(&[b"nonsense of any kind"]));
        assert!(!is_final(&[b"HTTP/1.1 "]));
        assert!(!is_final(&[b"HTTP/1.1 100 Continue\r\n\r\n"]));
        assert!(!is_final(&[
            b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 C\r\n",
            b"\r",
            b"\n"
        ]));
        assert!(is_final(&[b"HTTP/1.1 100 Continue\r\n", b"\r\nHTTP/1.1 2", b"00 OK"]));
    }

    #[test]
    fn the_last_byte_waits_for_those_before_it_and_stays_once_the_answer_began() {
        let context = Context::from_waker(Waker::noop());
        let watch = Watch::default();
        watch.flushed();
        assert!(watch.poll_rest_sent(&context).is_pending());
        watch.received(b"HTTP/1.1 100 Continue\r\n\r\n");
        watch.flushed();
        assert!(watch.poll_rest_sent(&context).is_ready());
        watch.last_byte();
        watch.received(b"HTTP/1.1 200 OK\r\n");
        assert!(watch.is_early());
        watch.begin();
        watch.last_byte();
        watch.flushed();
        watch.received(b"HTTP/1.1 200 OK\r\n");
        assert!(!watch.is_early());
    }
}
