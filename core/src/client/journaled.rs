//! A billed request that is written down before it leaves, and read to its end whether or not its
//! caller still waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::attempt::{Attempt, is_billed, read};
use super::progress::unanswered;
use super::{Account, Inner, system_time_ms};
use crate::decision::Local;
use crate::error::{Error, Kind};
use crate::events::Event;
use crate::facts::Sent;
use crate::journal::{Claim, Done, Intent, Writer, unwritten};
use crate::limits::{day_begins_ms, vendor_day};
use crate::transport::{Exchange, Failure, Release, Transport, runtime};
use crate::vendors::{Call, Operation, Reply};
use crate::wire::{Request, Response};

/// How long an answer is waited for after its caller has gone.
const LATE: Duration = Duration::from_secs(30);

/// A response with its meaning, or why there is none.
pub(super) type Outcome = Result<(Response, Box<Reply>), Failure>;

/// An order in the journal, from before its intent is queued. Dropped without an end, it writes one:
/// that nothing was sent, or that nobody knows where the last byte may have left.
pub(super) struct Ticket {
    inner: Arc<Inner>,
    writer: Arc<Writer>,
    account: Arc<Account>,
    order_id: String,
    claim: Claim,
    operation: Operation,
    release: Release,
    /// Whether the mark of release could not be written.
    failed: Arc<AtomicBool>,
    finished: bool,
}

/// Ends the task of a request whose caller has gone, unless its last byte left.
struct Leash {
    task: AbortHandle,
    release: Release,
}

impl Drop for Leash {
    fn drop(&mut self) {
        if self.release.shut() == Sent::No {
            self.task.abort();
        }
    }
}

impl Ticket {
    pub(super) fn release(&self) -> Release {
        self.release.clone()
    }

    fn tell(&self, state: &'static str) {
        tell(&self.inner, &self.account, &self.order_id, state);
    }

    async fn finish(mut self, done: Done) {
        self.finished = true;
        self.writer.done(&self.order_id, self.claim, done).await;
        self.tell("done");
    }
}

fn tell(inner: &Inner, account: &Account, order_id: &str, state: &'static str) {
    inner.tell(|| Event::OrderWritten {
        vendor: account.vendor,
        account: account.name.clone(),
        order_id: order_id.to_owned(),
        state,
    });
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.finished {
            let sent = self.release.shut();
            let done = without_answer(sent, self.operation, Kind::Cancelled, false);
            self.writer.done_soon(&self.order_id, self.claim, done);
        }
    }
}

impl Inner {
    /// Writes a billed call down, where there is a journal.
    pub(super) async fn ticket(
        self: &Arc<Self>,
        account: &Arc<Account>,
        call: &Call,
    ) -> Result<Option<Ticket>, (Local, Error)> {
        let Some(book) = self.book.as_ref().filter(|_| is_billed(&call.task)) else {
            return Ok(None);
        };
        let writer = Arc::clone(book.writer().await.map_err(|error| (Local::Journal, error))?);
        let intent = Intent {
            order_id: call.order_id.clone(),
            reference: call.reference.clone(),
            vendor: account.vendor,
            account: account.name.clone(),
            operation: call.task.operation(),
        };
        let claim = writer.claim();
        let failed = Arc::new(AtomicBool::new(false));
        let release = {
            let (inner, account) = (Arc::clone(self), Arc::clone(account));
            let (writer, failed) = (Arc::clone(&writer), Arc::clone(&failed));
            let order_id = call.order_id.clone();
            Release::after(Box::pin(async move {
                let written = writer.released(&order_id, claim).await.is_ok();
                failed.store(!written, Ordering::Release);
                if written {
                    tell(&inner, &account, &order_id, "released");
                }
                written
            }))
        };
        let mut ticket = Ticket {
            inner: Arc::clone(self),
            writer,
            account: Arc::clone(account),
            order_id: call.order_id.clone(),
            claim,
            operation: intent.operation,
            release,
            failed,
            finished: false,
        };
        // The deadline may pass while this waits: what was queued is written, and the ticket ends it.
        if let Err(refused) = ticket.writer.intent(intent, claim).await {
            ticket.finished = true;
            return Err((Local::Journal, unwritten(refused)));
        }
        ticket.tell("intent");
        Ok(Some(ticket))
    }

    /// Counts in what the account sent today before this process began.
    pub(super) async fn seed_quota(&self, account: &Account) -> Result<(), (Local, Error)> {
        let (Some(quota), Some(book)) = (&account.quota, &self.book) else { return Ok(()) };
        if quota.wants_seed() {
            let day = vendor_day(system_time_ms());
            let writer = book.writer().await.map_err(|error| (Local::Journal, error))?;
            if let Some(used) = writer.sent_since(&account.name, day_begins_ms(day)).await {
                quota.seed(day, used);
            }
        }
        Ok(())
    }

    /// Sends a request that was written down. `None` where the journal failed before the last byte.
    pub(super) async fn exchange_written(
        self: &Arc<Self>,
        attempt: &Attempt<'_>,
        transport: Arc<dyn Transport>,
        request: Request,
        ticket: Ticket,
    ) -> Result<Option<Outcome>, Error> {
        let (adapter, call) = (Arc::clone(attempt.adapter), Arc::clone(attempt.call));
        let release = ticket.release();
        let exchange = Exchange {
            request,
            deadline: Some(attempt.window.deadline + LATE),
            response_limit: adapter.response_limit(),
            release: release.clone(),
        };
        let failed = Arc::clone(&ticket.failed);
        let (sender, receiver) = oneshot::channel();
        let task = runtime()?.spawn(async move {
            let response = transport.send(exchange).await;
            let outcome =
                response.and_then(|response| read(&*adapter, &call, response, &ticket.release));
            let done = done(&outcome, &call, ticket.release.answered(), sender.is_closed());
            ticket.finish(done).await;
            let _ = sender.send(outcome);
        });
        let _leash = Leash { task: task.abort_handle(), release };
        let outcome = receiver
            .await
            .map_err(|_| Error::new(Kind::Internal, "the request ended without an outcome"))?;
        Ok(if failed.load(Ordering::Acquire) { None } else { Some(outcome) })
    }

    /// The vendor's record of an order shows what became of it.
    pub(super) async fn write_resolved(&self, call: &Call, reply: &Reply, status: u16) {
        if let Some(book) = &self.book
            && let Ok(writer) = book.writer().await
        {
            writer.resolve(&call.order_id, answered(reply, status, Sent::Yes, false)).await;
        }
    }
}

fn done(outcome: &Outcome, call: &Call, sent: Sent, late: bool) -> Done {
    match outcome {
        Ok((response, reply)) => answered(reply, response.status, sent, late),
        Err(failure) => without_answer(failure.sent(), call.task.operation(), failure.kind, late),
    }
}

fn without_answer(sent: Sent, operation: Operation, failure: Kind, late: bool) -> Done {
    Done {
        sent,
        billed: unanswered(sent, operation),
        failure: Some(failure),
        vendor_code: None,
        request_id: None,
        http_status: None,
        late,
    }
}

fn answered(reply: &Reply, status: u16, sent: Sent, late: bool) -> Done {
    let refusal = reply.result.as_ref().err();
    Done {
        sent,
        billed: reply.billed,
        failure: refusal.map(|refusal| refusal.kind),
        vendor_code: refusal.and_then(|refusal| refusal.code.clone()),
        request_id: reply.ids.request_id.clone(),
        http_status: Some(status),
        late,
    }
}
