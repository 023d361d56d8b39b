//! How bytes travel. One trait, one default engine.

mod connect;
mod decode;
mod engine;
mod http;
mod outgoing;
mod pool;
mod tls;
mod watch;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Deserialize;

use crate::cause::{Cause, Step};
use crate::error::Kind;
use crate::facts::Sent;
use crate::wire::{Request, Response};

pub use engine::run_on_one_thread;
pub(crate) use engine::{hold_up, on_library_thread, runs_here, runtime, wait_for};
pub(crate) use http::HttpTransport;
pub(crate) use tls::{authorities, check_authorities};

/// One request on its way: what to send, by when, and the mark that tells how far it came.
pub(crate) struct Exchange {
    pub(crate) request: Request,
    /// `None` where the caller gives it up in time.
    pub(crate) deadline: Option<Instant>,
    /// The largest response body that is read, in bytes.
    pub(crate) response_limit: usize,
    pub(crate) release: Release,
}

/// Stands before the last byte of a request. Until it is open the vendor cannot have executed the
/// request: the length is stated in advance and the last byte is missing. Once it is shut, it never
/// opens: the caller was told that nothing was sent.
#[derive(Clone, Default)]
pub(crate) struct Release(Arc<Gate>);

#[derive(Default)]
struct Gate {
    stage: AtomicU8,
    /// What has to be done before it may open.
    first: Mutex<Option<Boxed<'static, bool>>>,
    /// What the request waits for.
    waits_at: Mutex<Option<Cause>>,
}

const HELD: u8 = 0;
const OPEN: u8 = 1;
const SHUT: u8 = 2;

impl Release {
    /// Opens only after `first` gave true.
    pub(crate) fn after(first: Boxed<'static, bool>) -> Self {
        let first = Mutex::new(Some(first));
        Release(Arc::new(Gate { first, ..Gate::default() }))
    }

    /// Opens it; false where it is shut or what had to come first failed. Then the last byte must
    /// not leave.
    pub(crate) async fn open(&self) -> bool {
        let first = self.0.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(first) = first
            && !first.await
        {
            self.shut();
        }
        let stage = &self.0.stage;
        stage.compare_exchange(HELD, OPEN, Ordering::AcqRel, Ordering::Acquire).is_ok()
            || stage.load(Ordering::Acquire) == OPEN
    }

    /// Shuts it unless it is open; says what may be said of the request from now on.
    pub(crate) fn shut(&self) -> Sent {
        let stage = &self.0.stage;
        let _ = stage.compare_exchange(HELD, SHUT, Ordering::AcqRel, Ordering::Acquire);
        self.sent()
    }

    /// Notes at which step the request waits.
    pub(crate) fn waits_at(&self, cause: Cause) {
        *self.0.waits_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause);
    }

    /// The step at which the request waits, as the cause of a deadline that passed.
    pub(crate) fn waiting(&self) -> Option<Cause> {
        let cause = self.0.waits_at.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(match cause.step() {
            Step::Send if self.sent() != Sent::No => cause.with_step(Step::Receive),
            _ => cause,
        })
    }

    /// Shuts it even where it is open: the last byte was given out and is known never to leave.
    pub(crate) fn recall(&self) {
        self.0.stage.store(SHUT, Ordering::Release);
    }

    /// What may be said of a request that was not answered.
    pub(crate) fn sent(&self) -> Sent {
        if self.0.stage.load(Ordering::Acquire) == OPEN { Sent::Unknown } else { Sent::No }
    }

    /// What may be said of a request that was answered: `no` where the answer began before the last
    /// byte left, which then never left.
    pub(crate) fn answered(&self) -> Sent {
        match self.sent() {
            Sent::No => Sent::No,
            Sent::Unknown | Sent::Yes => Sent::Yes,
        }
    }

    /// How far a request came that broke after its connection was made.
    pub(crate) fn phase(&self) -> Phase {
        match self.sent() {
            Sent::No => Phase::BeforeLastByte,
            Sent::Unknown | Sent::Yes => Phase::AfterLastByte,
        }
    }
}

/// How far a request came for which there is no whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// There was no connection to send it on.
    NotConnected,
    /// The server's certificate was refused.
    Certificate,
    /// The proxy refused to make one.
    ProxyRefused,
    /// The request could not be sent as it is.
    Local,
    /// The last byte was held back.
    BeforeLastByte,
    /// A success was answered while the last byte was held back, and is not believed.
    AnsweredEarly,
    /// The last byte was handed over.
    AfterLastByte,
    /// The same, of a request that only reads.
    ReadUnanswered,
}

/// Why there is no response.
#[derive(Debug)]
pub(crate) struct Failure {
    /// `network`, `timeout`, `protocol`, `invalid_argument` or `invalid_config`; `internal` where the engine cannot be
    /// set up.
    pub(crate) kind: Kind,
    pub(crate) message: &'static str,
    pub(crate) phase: Phase,
    /// The step that failed, where it is one of the network's.
    pub(crate) cause: Option<Cause>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: &'static str, phase: Phase) -> Self {
        Failure { kind, message, phase, cause: None }
    }

    /// Returns whether it says something of the vendor, not of this machine or its proxy alone.
    pub(crate) fn is_of_vendor(&self) -> bool {
        !matches!(self.phase, Phase::Local | Phase::ProxyRefused)
            && !self.cause.as_ref().is_some_and(Cause::is_of_this_machine)
    }

    pub(crate) fn sent(&self) -> Sent {
        match self.phase {
            Phase::AfterLastByte | Phase::ReadUnanswered => Sent::Unknown,
            Phase::NotConnected
            | Phase::Certificate
            | Phase::ProxyRefused
            | Phase::Local
            | Phase::BeforeLastByte
            | Phase::AnsweredEarly => Sent::No,
        }
    }
}

/// A future in a box, as a trait object needs it.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends one request and reads the whole response. An implementation follows no redirect, repeats
/// nothing, asks for no compression, reads no environment variable, and opens `release` before it
/// hands over the last byte of the body, or does not hand it over. It shuts `release` where the
/// answer begins before: then the connection is not used again.
pub(crate) trait Transport: Send + Sync {
    fn send(&self, exchange: Exchange) -> Boxed<'_, Result<Response, Failure>>;
}
