//! The facts of a call at any moment: which attempts there were, what was sent, what it costs.

use std::time::Instant;

use crate::error::Kind;
use crate::facts::{Attempt, Billed, CallFacts, ImageFitted, Sent};
use crate::journal::Done;
use crate::vendors::{Operation, Reply, RequestIds, SUCCESS};

use super::failover::Route;

/// The facts of a call as they come about.
#[derive(Debug, Default)]
pub(super) struct Log {
    facts: CallFacts,
    /// Requests sent, and tokens or credentials that could not be had.
    tries: u32,
    /// When the running request began.
    running: Option<Instant>,
}

/// The end of a request.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) failure: Option<Kind>,
    pub(super) vendor_code: Option<String>,
    pub(super) sent: Sent,
    pub(super) billed: Billed,
    pub(super) ids: RequestIds,
    pub(super) http_status: Option<u16>,
}

/// Returns whether a request is billed that was not answered. The query of an order never is.
pub(crate) fn unanswered(sent: Sent, operation: Operation) -> Billed {
    match (operation, sent) {
        (Operation::FetchOrder, _) | (_, Sent::No) => Billed::No,
        (_, Sent::Unknown | Sent::Yes) => Billed::Unknown,
    }
}

impl End {
    pub(super) fn without_answer(kind: Kind, sent: Sent, operation: Operation) -> Self {
        End {
            failure: Some(kind),
            vendor_code: None,
            sent,
            billed: unanswered(sent, operation),
            ids: RequestIds::default(),
            http_status: None,
        }
    }

    pub(super) fn answered(reply: &Reply, status: u16, sent: Sent) -> Self {
        let refusal = reply.result.as_ref().err();
        End {
            failure: refusal.map(|refusal| refusal.kind),
            vendor_code: refusal.and_then(|refusal| refusal.code.clone()),
            sent,
            billed: reply.billed,
            ids: reply.ids.clone(),
            http_status: Some(status),
        }
    }

    /// Returns the end of a reading on this machine, of which nothing was sent.
    pub(super) fn read_here(reply: &Reply) -> Self {
        End { http_status: None, ..End::answered(reply, SUCCESS, Sent::No) }
    }

    /// Returns what the journal keeps of it.
    pub(super) fn entry(&self, late: bool) -> Done {
        Done {
            sent: self.sent,
            billed: self.billed,
            failure: self.failure,
            vendor_code: self.vendor_code.clone(),
            request_id: self.ids.request_id.clone(),
            http_status: self.http_status,
            late,
        }
    }
}

impl Log {
    /// Notes the account that is asked and the order number under which it is.
    pub(super) fn route(&mut self, route: &Route, order_id: String) {
        self.facts.vendor = Some(route.vendor);
        self.facts.account = Some(route.account.clone());
        self.facts.order_id = Some(order_id);
        self.facts.image_fitted = None;
        self.facts.set_ids(RequestIds::default());
    }

    /// Notes what the photo became for the account that is asked.
    pub(super) fn photo_fitted(&mut self, fitted: Option<ImageFitted>) {
        self.facts.image_fitted = fitted;
    }

    pub(super) fn order_id(&self) -> &str {
        self.facts.order_id.as_deref().unwrap_or_default()
    }

    /// Returns whether no vendor was asked under an order number.
    pub(super) fn is_unused(&self, order_id: &str) -> bool {
        let asked = |attempt: &Attempt| {
            attempt.order_id == order_id && !attempt.vendor.is_on_this_machine()
        };
        !self.facts.attempts.iter().any(asked)
    }

    /// Notes that an attempt begins, which counts as a try where something is sent; returns which one
    /// of the call it is, from 1.
    pub(super) fn attempt_starts(&mut self, now: Instant, is_sent: bool) -> u32 {
        self.tries = self.tries.saturating_add(u32::from(is_sent));
        self.running = Some(now);
        self.attempts().saturating_add(1)
    }

    /// Notes how the running request ended.
    pub(super) fn attempt_ends(&mut self, end: &End, now: Instant) {
        let Some(started) = self.running.take() else { return };
        let (Some(vendor), Some(account)) = (self.facts.vendor, self.facts.account.clone()) else {
            return;
        };
        self.facts.attempts.push(Attempt {
            vendor,
            account,
            order_id: self.order_id().to_owned(),
            failure: end.failure,
            vendor_code: end.vendor_code.clone(),
            sent: end.sent,
            billed: end.billed,
            duration: now.saturating_duration_since(started),
        });
        self.facts.sent = self.facts.sent.max(end.sent);
        self.facts.billed = self.facts.billed.max(end.billed);
        self.facts.set_ids(end.ids.clone());
    }

    /// Notes that there was no request, since its token or its credentials could not be had.
    pub(super) fn try_failed(&mut self, ids: RequestIds) {
        self.tries = self.tries.saturating_add(1);
        self.facts.set_ids(ids);
    }

    /// Notes that the vendor's record of the order shows the last request as executed.
    pub(super) fn resolved(&mut self, reply: &Reply) {
        if let Some(attempt) = self.facts.attempts.last_mut() {
            attempt.sent = Sent::Yes;
            attempt.billed = reply.billed;
        }
        let billed = self.facts.attempts.iter().map(|attempt| attempt.billed).max();
        self.facts.billed = billed.unwrap_or(Billed::Unknown);
        self.facts.sent = Sent::Yes;
        self.facts.set_ids(reply.ids.clone());
    }

    pub(super) fn tries(&self) -> u32 {
        self.tries
    }

    pub(super) fn attempts(&self) -> u32 {
        u32::try_from(self.facts.attempts.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn last(&self) -> Option<&Attempt> {
        self.facts.attempts.last()
    }

    pub(super) fn facts(&self) -> CallFacts {
        self.facts.clone()
    }
}
