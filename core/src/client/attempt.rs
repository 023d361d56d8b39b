//! One request: what has to be in order before it leaves, and what is learnt from how it ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::journaled::Ticket;
use super::progress::{Progress, unanswered};
use super::run::Window;
use super::shared_limits::SharedSlot;
use super::{Account, Inner, own_limits, system_time_ms};
use crate::decision::{self, Blocked, Decision, Local};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::events::Event;
use crate::facts::{Billed, Sent};
use crate::journal::{Unwritten, unwritten};
use crate::limits::{Fingerprint, Pass, Slot, until_next_day};
use crate::transport::{Exchange, Failure, Phase, Release};
use crate::vendors::{Adapter, Call, Operation, Reply, RequestIds, Task};
use crate::wire::{Request, Response};

/// What one attempt belongs to.
pub(super) struct Attempt<'a> {
    pub(super) account: &'a Arc<Account>,
    /// The account with the credentials of this request.
    pub(super) adapter: &'a Arc<dyn Adapter>,
    pub(super) call: &'a Arc<Call>,
    pub(super) progress: &'a Progress,
    pub(super) window: Window,
}

impl Attempt<'_> {
    fn refuse(&self, (local, error): (Local, Error)) -> Stopped {
        let error = error.with_facts(self.progress.facts());
        Stopped { error, decision: decision::on_local(local) }
    }
}

/// A whole answer and what is to be done about it.
pub(super) struct Answered {
    pub(super) response: Response,
    /// In a place of its own: it is large, and is handed on.
    pub(super) reply: Box<Reply>,
    pub(super) decision: Decision,
}

/// No whole answer, or nothing sent, and what is to be done about it.
pub(super) struct Stopped {
    pub(super) error: Error,
    pub(super) decision: Decision,
}

/// A request on its way, as far as the account counts it. However it ends, a last byte that may
/// have left counts against the day.
struct Flight<'a> {
    release: Release,
    slot: Option<Slot<'a>>,
    shared_slot: Option<SharedSlot>,
    answered: bool,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let sent = self.release.shut();
        if self.answered || sent != Sent::No {
            if let Some(slot) = &mut self.slot {
                slot.spend();
            }
            if let Some(slot) = &mut self.shared_slot {
                slot.spend();
            }
        }
    }
}

impl Inner {
    /// Sends one request, if nothing speaks against it.
    pub(super) async fn attempt(
        self: &Arc<Self>,
        attempt: &Attempt<'_>,
        request: Request,
    ) -> Result<Answered, Stopped> {
        let Attempt { account, call, window, .. } = attempt;
        let refuse = |refused| attempt.refuse(refused);
        self.blocked(account, call).map_err(refuse)?;
        let _turn = match account.pace(call) {
            None => None,
            Some(pace) => {
                let turn = pace.turn(window.deadline).await;
                Some(turn.map_err(|wait| refuse(own_limits::no_turn(account, wait)))?)
            }
        };
        let place = self.place(account, call, window.deadline).await.map_err(refuse)?;
        let ended = self.attempt_in_turn(attempt, request).await;
        if let Some(place) = place {
            Box::pin(place.leave(window.deadline)).await;
        }
        ended
    }

    /// The same, with its turn in hand.
    async fn attempt_in_turn(
        self: &Arc<Self>,
        attempt: &Attempt<'_>,
        request: Request,
    ) -> Result<Answered, Stopped> {
        let Attempt { account, adapter, call, progress, window } = attempt;
        let refuse = |refused| attempt.refuse(refused);
        let internal = |error: Error| Stopped {
            error: error.with_facts(progress.facts()),
            decision: decision::on_failure(Phase::Local, &call.task),
        };
        if account.paces.is_some() {
            // Much may have been learnt while waiting for the turn.
            self.blocked(account, call).map_err(refuse)?;
        }
        if is_billed(&call.task) && !window.allows(Duration::ZERO) {
            let message = "too little of the deadline is left for an answer: nothing was sent";
            return Err(refuse((Local::TooLate, Error::new(Kind::Timeout, message))));
        }
        let transport = Arc::clone(self.transport().map_err(internal)?);
        let pass = self.pass(account).map_err(refuse)?;
        self.seed_quota(account).await.map_err(refuse)?;
        let slot = self.slot(account, call).map_err(refuse)?;
        let shared_slot = self.shared_slot(account, call).await.map_err(refuse)?;
        let ticket = self.ticket(account, call).await.map_err(refuse)?;
        let release = ticket.as_ref().map(Ticket::release).unwrap_or_default();
        let mut flight = Flight { release: release.clone(), slot, shared_slot, answered: false };
        let number = progress.attempt_starts(&release, call.task.operation());
        self.tell(|| Event::AttemptStarted {
            vendor: account.vendor,
            account: account.name.clone(),
            operation: call.task.operation(),
            order_id: call.order_id.clone(),
            attempt: number,
        });
        let outcome = match ticket {
            Some(ticket) => {
                let written = self.exchange_written(attempt, transport, request, ticket).await;
                match written.map_err(internal)? {
                    Some(outcome) => outcome,
                    None => {
                        let (kind, no) = (Kind::Storage, Sent::No);
                        let billed = unanswered(no, call.task.operation());
                        if progress.attempt_ends(
                            Some(kind),
                            None,
                            no,
                            billed,
                            RequestIds::default(),
                        ) {
                            self.tell_ended(call.task.operation(), progress);
                        }
                        return Err(refuse((Local::Journal, unwritten(Unwritten::Failed))));
                    }
                }
            }
            None => {
                let response_limit = adapter.response_limit();
                // The deadline ends the whole call.
                let exchange = Exchange { request, deadline: None, response_limit, release };
                let release = flight.release.clone();
                let response = transport.send(exchange).await;
                response.and_then(|response| read(&***adapter, call, response, &release))
            }
        };
        match outcome {
            Ok((response, reply)) => {
                flight.answered = flight.release.answered() == Sent::Yes;
                let decision =
                    decision::on_reply(account.vendor, &call.task, &reply, response.status);
                if let Some(pass) = pass {
                    if is_broken_answer(&reply, response.status) {
                        pass.broke(Instant::now());
                    } else {
                        pass.answered(Instant::now());
                    }
                }
                self.learn(account, call, &decision, &reply);
                self.attempt_ends(attempt, &reply, flight.release.answered());
                Ok(Answered { response, reply, decision })
            }
            Err(failure) => {
                if let Some(pass) = pass
                    && failure.is_of_vendor()
                {
                    pass.broke(Instant::now());
                }
                let sent = failure.sent();
                let decision = decision::on_failure(failure.phase, &call.task);
                let kind = failure.kind;
                let billed = unanswered(sent, call.task.operation());
                if progress.attempt_ends(Some(kind), None, sent, billed, RequestIds::default()) {
                    self.tell_ended(call.task.operation(), progress);
                }
                let error = Error::of_failure("", failure).with_facts(progress.facts());
                Err(Stopped { error, decision })
            }
        }
    }

    /// Whether the vendor refused the account, or these very values, a while ago.
    fn blocked(&self, account: &Account, call: &Call) -> Result<(), (Local, Error)> {
        if !is_billed(&call.task) {
            return Ok(());
        }
        let now = Instant::now();
        if let Some((wait, kind)) = account.blocks.account(now) {
            return Err(own_limits::account_blocked(kind, wait));
        }
        match account.blocks.parameters(|| self.fingerprint(&call.task), now) {
            None => Ok(()),
            Some(wait) => Err(own_limits::values_blocked(wait)),
        }
    }

    /// Leave of the account's breaker.
    fn pass<'a>(&self, account: &'a Account) -> Result<Option<Pass<'a>>, (Local, Error)> {
        let Some(breaker) = &account.breaker else { return Ok(None) };
        breaker.admit(Instant::now()).map(Some).map_err(own_limits::breaker_open)
    }

    /// One request of the account's day.
    fn slot<'a>(
        &self,
        account: &'a Account,
        call: &Call,
    ) -> Result<Option<Slot<'a>>, (Local, Error)> {
        let Some(quota) = &account.quota else { return Ok(None) };
        if !is_billed(&call.task) {
            return Ok(None);
        }
        let taken = quota.take(system_time_ms());
        taken.map(Some).map_err(|wait| own_limits::quota_used_up(account, quota.limit(), wait))
    }

    /// Remembers what the vendor does not want to be asked for a while.
    fn learn(&self, account: &Account, call: &Call, decision: &Decision, reply: &Reply) {
        let Some(block) = decision.block else { return };
        let now = Instant::now();
        let duration = block.duration.unwrap_or_else(|| until_next_day(system_time_ms()));
        match block.what {
            Blocked::Account => {
                let kind = reply.result.as_ref().err().map(|refusal| refusal.kind);
                account.blocks.block_account(now, duration, kind.unwrap_or(Kind::QuotaExhausted));
            }
            Blocked::Parameters => {
                if let Some(fingerprint) = self.fingerprint(&call.task) {
                    account.blocks.block_parameters(fingerprint, now, duration);
                }
            }
        }
    }

    fn fingerprint(&self, task: &Task) -> Option<Fingerprint> {
        let operation = decision::operation(task);
        match task {
            Task::Verify(person) => {
                let values = person.values();
                Fingerprint::new(&self.key, [operation].into_iter().chain(values))
            }
            Task::LookupCard(number) => {
                Fingerprint::new(&self.key, [operation, number.reveal()].into_iter())
            }
            Task::Recognize(_) | Task::FetchOrder => None,
        }
    }

    /// Asks for the order of a call; the answer is read as that of the call.
    pub(super) async fn query_order(
        self: &Arc<Self>,
        account: &Arc<Account>,
        call: &Call,
        deadline: Instant,
        entropy: &mut Entropy,
    ) -> Option<(Reply, Response)> {
        let query = Call {
            task: Task::FetchOrder,
            order_id: call.order_id.clone(),
            user_id: None,
            reference: None,
        };
        let token = self.token(account, None).await.ok()?;
        let adapter = account.credentials(None).await.ok()?;
        let request = adapter.build(&query, token.as_ref(), account.now(), entropy).ok()?;
        let exchange = Exchange {
            request,
            deadline: Some(deadline),
            response_limit: adapter.response_limit(),
            release: Release::default(),
        };
        let response = self.transport().ok()?.send(exchange).await.ok()?;
        adapter.parse(&query, &response).result.ok()?;
        Some((adapter.answer(call, &response), response))
    }

    /// A response was read: closes the attempt with what it said.
    fn attempt_ends(&self, attempt: &Attempt<'_>, reply: &Reply, sent: Sent) {
        let (failure, code) = match &reply.result {
            Ok(_) => (None, None),
            Err(refusal) => (Some(refusal.kind), refusal.code.clone()),
        };
        let ids = reply.ids.clone();
        if attempt.progress.attempt_ends(failure, code, sent, reply.billed, ids) {
            self.tell_ended(attempt.call.task.operation(), attempt.progress);
        }
    }

    /// A request ended.
    pub(super) fn tell_ended(&self, operation: Operation, progress: &Progress) {
        // Nobody listens: nothing is put together.
        if self.observer.is_none() {
            return;
        }
        let Some((number, ended)) = progress.last_ended() else { return };
        self.tell(|| Event::AttemptEnded {
            vendor: ended.vendor,
            account: ended.account,
            operation,
            order_id: ended.order_id,
            attempt: number,
            failure: ended.failure,
            vendor_code: ended.vendor_code,
            sent: ended.sent,
            duration: ended.duration,
        });
    }
}

/// Reads the response to a request.
///
/// # Errors
/// `protocol` where it says that the vendor has done its work although the last byte of the request
/// never left: a success, a refusal that was billed, or one that only who read the whole photo can
/// give. What else is refused so early is believed and cost nothing.
pub(super) fn read(
    adapter: &dyn Adapter,
    call: &Call,
    response: Response,
    release: &Release,
) -> Result<(Response, Box<Reply>), Failure> {
    let mut reply = Box::new(adapter.answer(call, &response));
    if release.answered() == Sent::No {
        let believed = reply.result.as_ref().is_err_and(|refusal| {
            refusal.kind != Kind::CardNotFound && reply.billed != Billed::Yes
        });
        if !believed {
            return Err(early());
        }
        reply.billed = Billed::No;
    }
    Ok((response, reply))
}

/// The failure of a request whose answer tells of work that cannot have been done.
pub(super) fn early() -> Failure {
    let message = "a result was answered before the last byte of the request left: it is not used";
    Failure::new(Kind::Protocol, message, Phase::AnsweredEarly)
}

/// Whether a call is one that vendors bill.
pub(super) fn is_billed(task: &Task) -> bool {
    task.operation() != Operation::FetchOrder
}

/// A server's error page, which no vendor wrote, says as much as a broken connection.
fn is_broken_answer(reply: &Reply, status: u16) -> bool {
    status >= 500 && reply.result.as_ref().is_err_and(|refusal| refusal.code.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// What is made of an answer and what it is said to have cost, where the last byte never left and
    /// where it did.
    fn both(status: u16, body: &'static str) -> [(Option<Kind>, Billed); 2] {
        let json = r#"{"vendors":[{"vendor":"aliyun_bankocr","app_code":"x"}]}"#;
        let account = Config::from_json(json).unwrap().accounts.remove(0);
        let call = Call {
            task: Task::FetchOrder,
            order_id: "a".to_owned(),
            user_id: None,
            reference: None,
        };
        let (shut, open) = (Release::default(), Release::default());
        shut.shut();
        assert!(crate::transport::runtime().unwrap().block_on(open.open()));
        [shut, open].map(|release| {
            let response = Response { status, headers: Default::default(), body: body.into() };
            match read(&*account.adapter, &call, response, &release) {
                Err(failure) => {
                    assert_eq!((failure.phase, failure.sent()), (Phase::AnsweredEarly, Sent::No));
                    (Some(failure.kind), Billed::No)
                }
                Ok((_, reply)) => (reply.result.err().map(|refusal| refusal.kind), reply.billed),
            }
        })
    }

    #[test]
    fn before_the_last_byte_only_a_refusal_is_believed_and_costs_nothing() {
        let card = r#"{"code":"1","result":{"bank_card_number":"6222020000000000000"}}"#;
        let none = r#"{"code":"1","result":{"bank_card_number":""}}"#;
        let early = (Some(Kind::Protocol), Billed::No);
        assert_eq!(both(200, card), [early, (None, Billed::Yes)]);
        assert_eq!(both(200, none), [early, (Some(Kind::CardNotFound), Billed::Unknown)]);
        for (status, kind, billed) in [
            (401, Kind::Unauthenticated, Billed::No),
            (403, Kind::PermissionDenied, Billed::No),
            (413, Kind::Protocol, Billed::Unknown),
            (429, Kind::RateLimited, Billed::No),
            (503, Kind::VendorUnavailable, Billed::Unknown),
        ] {
            assert_eq!(both(status, ""), [(Some(kind), Billed::No), (Some(kind), billed)]);
        }
    }
}
