//! How far a call came: what can be said of it at any moment, even when it is cut off.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::cause::Cause;
use crate::error::Kind;
use crate::facts::{Attempt, Billed, CallFacts, Sent};
use crate::transport::Release;
use crate::vendors::{Operation, RequestIds};

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
        state.facts.set_ids(RequestIds::default());
    }

    /// A request begins; returns which one of the call it is, from 1.
    pub(super) fn attempt_starts(&self, release: &Release, operation: Operation) -> u32 {
        let mut state = self.lock();
        state.tries = state.tries.saturating_add(1);
        state.running =
            Some(Running { started: Instant::now(), release: release.clone(), operation });
        u32::try_from(state.facts.attempts.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// The running request ended; false where none runs.
    pub(super) fn attempt_ends(
        &self,
        failure: Option<Kind>,
        vendor_code: Option<String>,
        sent: Sent,
        billed: Billed,
        ids: RequestIds,
    ) -> bool {
        let mut state = self.lock();
        let Some(running) = state.running.take() else { return false };
        let CallFacts { vendor: Some(vendor), account: Some(account), order_id, .. } = &state.facts
        else {
            return false;
        };
        let (vendor, account) = (*vendor, account.clone());
        let order_id = order_id.clone().unwrap_or_default();
        let duration = running.started.elapsed();
        let attempt =
            Attempt { vendor, account, order_id, failure, vendor_code, sent, billed, duration };
        state.facts.attempts.push(attempt);
        state.facts.sent = state.facts.sent.max(sent);
        state.facts.billed = state.facts.billed.max(billed);
        state.facts.set_ids(ids);
        true
    }

    /// A try ended before a request of the call could be sent; the last answer was to the request
    /// for a token.
    pub(super) fn try_failed(&self, token: &CallFacts) {
        let mut state = self.lock();
        state.tries = state.tries.saturating_add(1);
        state.facts.set_ids(token.ids());
    }

    /// How often it was tried.
    pub(super) fn tries(&self) -> u32 {
        self.lock().tries
    }

    /// The vendor's record of the order shows that the last request was executed.
    pub(super) fn resolved(&self, billed: Billed, ids: RequestIds) {
        let mut state = self.lock();
        if let Some(attempt) = state.facts.attempts.last_mut() {
            attempt.sent = Sent::Yes;
            attempt.billed = billed;
        }
        let billed = state.facts.attempts.iter().map(|attempt| attempt.billed).max();
        state.facts.billed = billed.unwrap_or(Billed::Unknown);
        state.facts.sent = Sent::Yes;
        state.facts.set_ids(ids);
    }

    /// Which request of the call the last one was that ended, from 1, and what became of it.
    pub(super) fn last_ended(&self) -> Option<(u32, Attempt)> {
        let state = self.lock();
        let number = u32::try_from(state.facts.attempts.len()).unwrap_or(u32::MAX);
        Some((number, state.facts.attempts.last()?.clone()))
    }

    /// A request that still runs counts as one that failed with `kind`; false where none runs.
    pub(super) fn cut_off(&self, kind: Kind) -> bool {
        let Some(running) = self.lock().running.clone() else { return false };
        let sent = running.release.shut();
        let billed = unanswered(sent, running.operation);
        self.attempt_ends(Some(kind), None, sent, billed, RequestIds::default())
    }

    /// The step at which the running request waits.
    pub(super) fn waiting(&self) -> Option<Cause> {
        self.lock().running.as_ref()?.release.waiting()
    }

    pub(super) fn facts(&self) -> CallFacts {
        self.lock().facts.clone()
    }

    /// The facts of a call that is over.
    pub(super) fn take_facts(&self) -> CallFacts {
        std::mem::take(&mut self.lock().facts)
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
