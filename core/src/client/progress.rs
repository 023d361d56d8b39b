//! How far a call came: what can be said of it at any moment, even when it is cut off.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::error::Kind;
use crate::facts::{Attempt, Billed, CallFacts, Sent};
use crate::transport::Release;
use crate::vendors::Operation;

#[derive(Default)]
pub(super) struct Progress(Mutex<State>);

#[derive(Default)]
struct State {
    facts: CallFacts,
    /// Requests sent, and tokens that could not be had.
    tries: u32,
    running: Option<Running>,
}

#[derive(Clone)]
struct Running {
    started: Instant,
    release: Release,
    operation: Operation,
}

impl Progress {
    /// The account and the order number are settled.
    pub(super) fn chosen(&self, account: &super::Account, order_id: &str) {
        let mut state = self.lock();
        state.facts.vendor = Some(account.vendor);
        state.facts.account = Some(account.name.clone());
        state.facts.order_id = Some(order_id.to_owned());
        state.facts.request_id = None;
    }

    /// A request begins; returns which one of the call it is, from 1.
    pub(super) fn attempt_starts(&self, release: &Release, operation: Operation) -> u32 {
        let mut state = self.lock();
        state.tries = state.tries.saturating_add(1);
        state.running =
            Some(Running { started: Instant::now(), release: release.clone(), operation });
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
        let order_id = state.facts.order_id.clone().unwrap_or_default();
        let duration = running.started.elapsed();
        let attempt =
            Attempt { vendor, account, order_id, failure, vendor_code, sent, billed, duration };
        state.facts.attempts.push(attempt.clone());
        state.facts.sent = state.facts.sent.max(sent);
        state.facts.billed = state.facts.billed.max(billed);
        state.facts.request_id = request_id;
        Some((u32::try_from(state.facts.attempts.len()).unwrap_or(u32::MAX), attempt))
    }

    /// A try ended before a request could be sent.
    pub(super) fn try_failed(&self) {
        let mut state = self.lock();
        state.tries = state.tries.saturating_add(1);
    }

    /// How often it was tried.
    pub(super) fn tries(&self) -> u32 {
        self.lock().tries
    }

    /// The vendor's record of the order shows that the last request was executed.
    pub(super) fn resolved(&self, billed: Billed, request_id: Option<String>) {
        let mut state = self.lock();
        if let Some(attempt) = state.facts.attempts.last_mut() {
            attempt.sent = Sent::Yes;
            attempt.billed = billed;
        }
        let billed = state.facts.attempts.iter().map(|attempt| attempt.billed).max();
        state.facts.billed = billed.unwrap_or(Billed::Unknown);
        state.facts.sent = Sent::Yes;
        state.facts.request_id = request_id;
    }

    /// A request that still runs counts as one that failed with `kind`. Returns it, as
    /// `attempt_ends` does.
    pub(super) fn cut_off(&self, kind: Kind) -> Option<(u32, Attempt)> {
        let running = self.lock().running.clone()?;
        let sent = running.release.shut();
        self.attempt_ends(Some(kind), None, sent, unanswered(sent, running.operation), None)
    }

    pub(super) fn facts(&self) -> CallFacts {
        self.lock().facts.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a request is billed that was not answered. Asking for an order is not.
pub(super) fn unanswered(sent: Sent, operation: Operation) -> Billed {
    match sent {
        _ if operation == Operation::FetchOrder => Billed::No,
        Sent::No => Billed::No,
        Sent::Unknown | Sent::Yes => Billed::Unknown,
    }
}
