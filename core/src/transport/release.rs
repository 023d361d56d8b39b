//! The gate before the last byte of a request.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cause::{Cause, Step};
use crate::facts::Sent;
use crate::future::BoxFuture;

use super::Phase;

/// The gate before the last byte of a request. Until it is open the vendor cannot have executed the
/// request: the length is stated in advance and the last byte is missing. Once it is shut, it never
/// opens: the caller was told that nothing was sent.
#[derive(Clone, Default)]
pub(crate) struct Release(Arc<Gate>);

#[derive(Default)]
struct Gate {
    state: AtomicU8,
    /// The work that has to be done before it may open.
    first: Mutex<Option<BoxFuture<'static, bool>>>,
    /// The step at which the request waits.
    waits_at: Mutex<Option<Cause>>,
}

const HELD: u8 = 0;
const OPEN: u8 = 1;
const SHUT: u8 = 2;
/// It is open, and somebody was told so.
const TOLD: u8 = 3;

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
        let state = &self.0.state;
        state.compare_exchange(HELD, OPEN, Ordering::AcqRel, Ordering::Acquire).is_ok()
            || matches!(state.load(Ordering::Acquire), OPEN | TOLD)
    }

    /// Shuts it unless it is open; says what may be said of the request from now on.
    pub(crate) fn shut(&self) -> Sent {
        let state = &self.0.state;
        let _ = state.compare_exchange(HELD, SHUT, Ordering::AcqRel, Ordering::Acquire);
        let _ = state.compare_exchange(OPEN, TOLD, Ordering::AcqRel, Ordering::Acquire);
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

    /// Returns the step at which the request waits, as the cause of a deadline that passed.
    pub(crate) fn waiting(&self) -> Option<Cause> {
        let cause = self.0.waits_at.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(match cause.step() {
            Step::Send if self.sent() != Sent::No => cause.with_step(Step::Receive),
            _ => cause,
        })
    }

    /// Shuts it even where it is open: the last byte was given out and is known never to leave.
    pub(crate) fn recall(&self) {
        self.0.state.store(SHUT, Ordering::Release);
    }

    /// Shuts it for a request that had no connection, where its last byte was given out all the same.
    /// Returns false, and leaves it, where somebody was told that the byte may have left: what is said
    /// of a request stays so.
    pub(super) fn take_back(&self) -> bool {
        let shut = |state| (state != TOLD).then_some(SHUT);
        self.0.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, shut).is_ok()
    }

    /// Returns the delivery of a request that was not answered.
    pub(crate) fn sent(&self) -> Sent {
        match self.0.state.load(Ordering::Acquire) {
            OPEN | TOLD => Sent::Unknown,
            _ => Sent::No,
        }
    }

    /// Returns the delivery of a request that was answered: `no` where the answer began before the
    /// last byte left, which then never left.
    pub(crate) fn answered(&self) -> Sent {
        match self.sent() {
            Sent::No => Sent::No,
            Sent::Unknown | Sent::Yes => Sent::Yes,
        }
    }

    /// Returns how far a request came that broke after its connection was made.
    pub(crate) fn phase(&self) -> Phase {
        match self.sent() {
            Sent::No => Phase::BeforeLastByte,
            Sent::Unknown | Sent::Yes => Phase::AfterLastByte,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::future::block_on;

    #[test]
    fn what_was_said_of_a_request_without_a_connection_stays_so() {
        let untold = Release::default();
        assert!(block_on(untold.open()) && untold.take_back());
        assert_eq!((untold.sent(), untold.shut()), (Sent::No, Sent::No));
        let told = Release::default();
        assert!(block_on(told.open()));
        assert_eq!(told.shut(), Sent::Unknown);
        assert!(!told.take_back());
        assert_eq!((told.sent(), told.phase()), (Sent::Unknown, Phase::AfterLastByte));
    }
}
