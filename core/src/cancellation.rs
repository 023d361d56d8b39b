//! A handle that ends calls from another thread.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::fork::PerProcess;

/// A handle that ends calls from another thread. One cancellation may be given to many calls.
///
/// ```
/// use cardwire::{CallOptions, Cancellation, Client, Kind, Sent};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
/// # let config = &sandbox.config().to_string();
/// let client = Client::from_json(config)?;
/// let cancellation = Cancellation::new();
/// let options = CallOptions::new().cancellation(&cancellation);
/// // From any thread, before the call or during it.
/// cancellation.cancel();
/// assert!(cancellation.is_cancelled());
/// let error = client.lookup_card("6222020000000000000", &options).unwrap_err();
/// assert_eq!((error.kind(), error.sent()), (Kind::Cancelled, Sent::No));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Cancellation {
    flag: Arc<Flag>,
    check: Option<PeriodicCheck>,
}

/// The flag that calls look at, and what wakes those that wait for it.
#[derive(Default)]
struct Flag {
    cancelled: AtomicBool,
    /// Those who wait in one process: waking a parent's would write to descriptors.
    waiting: PerProcess<Notify>,
}

/// A question whether calls end, and how often it is asked.
#[derive(Clone)]
struct PeriodicCheck {
    every: Duration,
    ends: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Cancellation {
    /// Returns a cancellation that was not used yet.
    pub fn new() -> Self {
        Cancellation { flag: Arc::default(), check: None }
    }

    /// Returns a cancellation that asks besides, every so often and on the thread that runs the
    /// call, whether the call ends. For languages whose signals are seen by looking for them.
    pub(crate) fn asking(every: Duration, ends: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        let check = PeriodicCheck { every, ends: Arc::new(ends) };
        Cancellation { check: Some(check), ..Cancellation::new() }
    }

    /// Ends every call that has this cancellation, now and later, with `cancelled`.
    pub fn cancel(&self) {
        self.flag.cancelled.store(true, Ordering::SeqCst);
        self.flag.waiting.get_or_make(Notify::new).notify_waiters();
    }

    /// Returns whether `cancel` was called.
    pub fn is_cancelled(&self) -> bool {
        self.flag.cancelled.load(Ordering::SeqCst)
    }

    pub(crate) async fn cancelled(&self) {
        match &self.check {
            None => self.told().await,
            // Apart: a timer would make every call's future larger.
            Some(check) => Box::pin(self.told_or_answered(check)).await,
        }
    }

    async fn told(&self) {
        let waiting = self.flag.waiting.get_or_make(Notify::new);
        let mut told = std::pin::pin!(waiting.notified());
        // Waits before it looks: `cancel` notes before it wakes.
        told.as_mut().enable();
        if !self.is_cancelled() {
            told.await;
        }
    }

    async fn told_or_answered(&self, PeriodicCheck { every, ends }: &PeriodicCheck) {
        let mut told = std::pin::pin!(self.told());
        while tokio::time::timeout(*every, told.as_mut()).await.is_err() {
            if ends() {
                return;
            }
        }
    }
}

impl Default for Cancellation {
    fn default() -> Self {
        Cancellation::new()
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cancellation({})", self.is_cancelled())
    }
}

/// A cancellation that comes when it is dropped.
#[derive(Default)]
pub(crate) struct CancelOnDrop(pub(crate) Cancellation);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
