//! How bytes travel. One trait, one default engine.

mod engine;
mod http;
mod outgoing;
mod tls;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::error::Kind;
use crate::facts::Sent;
use crate::wire::{Request, Response};

pub(crate) use engine::{hold_up, on_library_thread, read_from_disk, runtime, wait_for};
pub(crate) use http::HttpTransport;

/// One request on its way: what to send, by when, and the mark that tells how far it came.
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) deadline: Instant,
    /// The largest response body that is read, in bytes.
    pub(crate) response_limit: usize,
    pub(crate) release: Release,
}

/// Set when the last byte of a request is handed over. Until then the vendor cannot have executed
/// it: the length is stated in advance and the last byte is missing.
#[derive(Clone, Default)]
pub(crate) struct Release(Arc<AtomicBool>);

impl Release {
    pub(crate) fn mark(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// What may be said of a request that was not answered.
    pub(crate) fn sent(&self) -> Sent {
        if self.0.load(Ordering::Acquire) { Sent::Unknown } else { Sent::No }
    }
}

/// Why there is no response.
#[derive(Debug)]
pub(crate) struct Failure {
    /// `network`, `timeout` or `protocol`; `internal` where the engine cannot be set up.
    pub(crate) kind: Kind,
    pub(crate) message: &'static str,
    pub(crate) sent: Sent,
}

/// A future in a box, as a trait object needs it.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends one request and reads the whole response. An implementation follows no redirect, repeats
/// nothing, asks for no compression, reads no environment variable, and marks `release` no later
/// than it hands over the last byte of the body.
pub(crate) trait Transport: Send + Sync {
    fn send(&self, exchange: Exchange) -> Boxed<'_, Result<Response, Failure>>;
}
