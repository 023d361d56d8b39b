//! What stands before the last byte of a request.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cause::{Cause, Step};
use crate::facts::Sent;
use crate::future::BoxFuture;

use super::Phase;

/// Stands before the last byte of a request. Until it is open the vendor cannot have executed the
/// request: the length is stated in advance and the last byte is missing. Once it is shut, it never
/// opens: the caller was told that nothing was sent.
#[derive(Clone, Default)]
pub(crate) struct Release(Arc<Gate>);

#[derive(Default)]
struct Gate {
    stage: AtomicU8,
    /// What has to be done before it may open.
    first: Mutex<Option<BoxFuture<'static, bool>>>,
    /// What the request waits for.
    waits_at: Mutex<Option<Cause>>,
}

const HELD: u8 = 0;
const OPEN: u8 = 1;
const SHUT: u8 = 2;

impl Release {
    /// Opens only after `first` gave true.
    pub(crate) fn after(first: BoxFuture<'static, bool>) -> Self {
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

    /// Notes that the request has its connection and is being sent.
    pub(super) fn sends(&self) {
        let mut waits_at = self.0.waits_at.lock().unwrap_or_else(PoisonError::into_inner);
        *waits_at = waits_at.take().map(|cause| cause.with_step(Step::Send));
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
