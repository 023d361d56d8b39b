//! How far a call came: what can be said of it at any moment, even when it is cut off.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::error::Kind;
use crate::facts::{Attempt, Billed, CallFacts, Sent};
use crate::transport::Release;

#[derive(Default)]
pub(super) struct Progress(Mutex<State>);

#[derive(Default)]
struct State {
    facts: CallFacts,
    running: Option<Running>,
}

struct Running {
    started: Instant,
    release: Release,
}

impl Progress {
    /// The account and the order number are settled.
    pub(super) fn chosen(&self, account: &super::Account, order_id: &str) {
        let mut state = self.lock();
        state.facts.vendor = Some(account.vendor);
        state.facts.account = Some(account.name.clone());
        state.facts.order_id = Some(order_id.to_owned());
    }

    /// A request begins; returns which one of the call it is, from 1.
    pub(super) fn attempt_starts(&self, release: &Release) -> u32 {
        let mut state = self.lock();
        state.running = Some(Running { started: Instant::now(), release: release.clone() });
        u32::try_from(state.facts.attempts.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// The running request ended. Returns which one of the call it was, and what.
    pub(super) fn attempt_ends(
        &self,
        failure: Option<Kind>,
        vendor_code: Option<String>,
        sent: Sent,
        billed: Billed,
        request_id: Option<String>,
    ) -> Option<(u32, Attempt)> {
        let mut state = self.lock();
        let running = state.running.take()?;
        let (vendor, account) = (state.facts.vendor?, state.facts.account.clone()?);
        let duration = running.started.elapsed();
        let attempt = Attempt { vendor, account, failure, vendor_code, sent, duration };
        state.facts.attempts.push(attempt.clone());
        state.facts.sent = sent;
        state.facts.billed = billed;
        state.facts.request_id = request_id;
        Some((u32::try_from(state.facts.attempts.len()).unwrap_or(u32::MAX), attempt))
    }

    /// A request that still runs counts as one that failed with `kind`. Returns it, as
    /// `attempt_ends` does.
    pub(super) fn cut_off(&self, kind: Kind) -> Option<(u32, Attempt)> {
        let sent = self.lock().running.as_ref().map(|running| running.release.sent())?;
        self.attempt_ends(Some(kind), None, sent, unanswered(sent), None)
    }

    pub(super) fn facts(&self) -> CallFacts {
        self.lock().facts.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a request is billed that was not answered.
pub(super) fn unanswered(sent: Sent) -> Billed {
    match sent {
        Sent::No => Billed::No,
        Sent::Unknown | Sent::Yes => Billed::Unknown,
    }
}
