//! The way from a call to the client's observer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::error::{Error, Kind};
use crate::events::{CallContext, ContextObserver, Event};
use crate::facts::CallFacts;
use crate::runtime::call_back;
use crate::vendors::{Answer, Operation};

/// The last number of a call.
static LAST: AtomicU64 = AtomicU64::new(0);

/// A call's way to the observer. Without an observer nothing is made and nobody is told.
#[derive(Clone)]
pub(super) struct Teller(Option<Arc<Listener>>);

struct Listener {
    observer: Arc<ContextObserver>,
    /// The number of the call.
    call: u64,
    context: Option<CallContext>,
}

impl Teller {
    /// Returns the teller of a new call.
    pub(super) fn new(
        observer: Option<&Arc<ContextObserver>>,
        context: Option<&CallContext>,
    ) -> Self {
        Teller(observer.map(|observer| {
            let call = LAST.fetch_add(1, Ordering::Relaxed) + 1;
            Arc::new(Listener { observer: Arc::clone(observer), call, context: context.cloned() })
        }))
    }

    /// Returns the number of the call; `None` where nobody is told.
    pub(super) fn call(&self) -> Option<u64> {
        self.0.as_ref().map(|told| told.call)
    }

    /// Tells the observer what `event` makes of the call's number.
    pub(super) fn tell(&self, event: impl FnOnce(u64) -> Event) {
        if let Some(told) = &self.0 {
            let event = event(told.call);
            // A stranger's code: it may wait, call this very client, or panic, which is not the call's
            // trouble and was reported by the panic's hook. No lock is held.
            let tell = || told.observer.tell(&event, told.context.as_ref());
            let _ = catch_unwind(AssertUnwindSafe(|| call_back(tell)));
        }
    }

    /// Tells the end of the call.
    pub(super) fn call_ended(
        &self,
        operation: Operation,
        started: Instant,
        outcome: Result<&Answer, &Error>,
    ) {
        self.tell(|call| {
            let error = outcome.err();
            let facts = outcome.map_or_else(Error::facts, Answer::facts);
            Event::CallEnded {
                call,
                operation,
                vendor: facts.vendor,
                account: facts.account.clone(),
                order_id: facts.order_id.clone(),
                failure: error.map(Error::kind),
                vendor_code: error.and_then(Error::vendor_code).map(str::to_owned),
                http_status: error.and_then(Error::http_status),
                request_id: facts.request_id.clone(),
                sent: facts.sent,
                billed: facts.billed,
                attempts: u32::try_from(facts.attempts.len()).unwrap_or(u32::MAX),
                duration: started.elapsed(),
            }
        });
    }

    /// Tells that no account takes what the call asks, where that is the reason of its error.
    pub(super) fn argument_refused(&self, operation: Operation, error: &Error) {
        if !matches!(error.kind(), Kind::InvalidArgument | Kind::Unsupported) {
            return;
        }
        self.tell(|call| {
            let CallFacts { vendor, account, order_id, .. } = error.facts().clone();
            let (reason, failure) = ("argument", error.kind());
            Event::RequestRefused { call, operation, vendor, account, order_id, reason, failure }
        });
    }
}
