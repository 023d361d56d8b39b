//! The call itself.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crate::admission::{BlockReason, Cost};
use crate::card::CardNumber;
use crate::decision::{Decision, FINAL, Local};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::events;
use crate::facts::{Billed, Sent};
use crate::transport::{Failure, Phase};
use crate::vendors::{Answer, Operation, Refusal, Reply, SUCCESS};

use super::deadline::{self, Reason, Stop};
use super::facts::{End, Log};
use super::new_order_id;
use super::order_query::OrderQuery;
use super::protocol::{Action, Event, Moment, Note, Plan, Report, Response, Step};
use super::retry::{self, Remedy, Retries};
use super::rules;

/// The end of a request, or the reason why there was none, and what follows.
#[derive(Debug)]
struct Ending {
    result: Result<Answer, Error>,
    decision: Decision,
}

/// The step that follows once the end of a request is written down.
#[derive(Debug)]
enum Next {
    Settle(Ending),
    Remedy(Remedy, Ending),
    Finish(Answer),
}

#[derive(Debug)]
enum State {
    Fitting,
    /// The reason of the refusal stands where there is no other.
    Credentials(Option<Ending>),
    Token(Option<Ending>),
    Admission,
    Intent,
    Sending,
    Recording(Next),
    Paying {
        ending: Ending,
        until: Instant,
        cost: Cost,
    },
    Backoff,
    OrderWait(OrderQuery, Ending),
    OrderQuery(OrderQuery, Ending),
    /// The caller has gone, and the last byte may have left: the answer is still written down.
    Abandoned,
    Over,
}

/// The message of a deadline that passes while a photo is made to fit, for the first account before there
/// is a call.
pub(crate) const LATE_TO_FIT: &str = "the deadline passed before the photo was made to fit";

impl State {
    /// Returns the message of a deadline that passes in it.
    fn late(&self) -> &'static str {
        match self {
            State::Fitting => LATE_TO_FIT,
            State::Credentials(_) => "the deadline passed before the account had its credentials",
            State::Token(_) => "the deadline passed before the account had its token",
            State::Admission => "the deadline passed before the account could be asked",
            State::Intent => "the deadline passed before the order was in the journal",
            State::Recording(_) => "the deadline passed before the answer was in the journal",
            State::Paying { .. } | State::Backoff => {
                "the deadline passed before the vendor could be asked again"
            }
            State::OrderWait(..) | State::OrderQuery(..) => {
                "the deadline passed before the vendor told what became of the order"
            }
            State::Sending | State::Abandoned | State::Over => "the deadline passed",
        }
    }
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    plan: Plan,
    state: State,
    actions: VecDeque<Action>,
    log: Log,
    retries: Retries,
    /// The number that this machine read, and did not accept.
    reading: Option<CardNumber>,
}

impl Call {
    pub(crate) fn new(plan: Plan) -> Self {
        let mut call = Call {
            plan,
            state: State::Over,
            actions: VecDeque::new(),
            log: Log::default(),
            retries: Retries::default(),
            reading: None,
        };
        let order_id = call.plan.order_id.clone();
        call.turn_to_account(order_id);
        call
    }

    /// Returns what to do next; `None` where an event is waited for, or the call is over.
    pub(crate) fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Returns whether nothing that happens matters any more.
    #[cfg(test)]
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Over) && self.actions.is_empty()
    }

    /// Returns whether the caller has its result while the answer to a request is still to come.
    pub(crate) fn is_abandoned(&self) -> bool {
        matches!(self.state, State::Abandoned)
    }

    /// Returns the position of the account that is asked, in the order of the plan.
    pub(crate) fn position(&self) -> usize {
        self.plan.routes.position()
    }

    /// Returns the number under which the account is asked.
    pub(crate) fn order_id(&self) -> &str {
        self.log.order_id()
    }

    /// Takes note of what happened.
    pub(crate) fn handle(&mut self, event: Event, at: Moment, entropy: &mut Entropy) {
        let state = std::mem::replace(&mut self.state, State::Over);
        match (state, event) {
            (State::Over, _) => {}
            (State::Fitting, Event::Fitted(fitted)) => {
                self.log.photo_fitted(fitted);
                self.get_credentials();
            }
            (State::Fitting, Event::NotFitted(error)) => {
                self.refuse(Local::Photo, error, at, entropy);
            }
            (State::Credentials(None), Event::Credentials) => self.begin(),
            (State::Credentials(Some(_)), Event::Credentials) | (State::Token(_), Event::Token) => {
                self.admit()
            }
            (State::Credentials(Some(ending)) | State::Token(Some(ending)), Event::NoOther) => {
                self.settle(ending, at, entropy);
            }
            (State::Credentials(_), Event::CredentialsFailed(error)) => {
                self.log.try_failed(error.facts().ids());
                self.refuse(Local::Credentials, error, at, entropy);
            }
            (State::Token(_), Event::TokenFailed(error)) => {
                self.log.try_failed(error.facts().ids());
                let vendor = self.plan.routes.current().map(|route| route.vendor);
                let decision = vendor.map(|vendor| retry::on_token_error(vendor, &error));
                self.fail(error, decision.unwrap_or(FINAL), at, entropy);
            }
            (State::Admission, Event::Admitted) => self.admitted(at, entropy),
            (State::Admission, Event::Refused(reason, error)) => {
                self.refuse(reason, error, at, entropy);
            }
            (State::Admission, Event::NotBuilt(error)) => {
                let decision = rules::on_failure(Phase::Local, self.plan.operation);
                self.fail(error, decision, at, entropy);
            }
            (State::Intent, Event::Written) => self.send(at),
            (State::Intent, Event::NotWritten(error)) => {
                self.refuse(Local::Journal, error, at, entropy);
            }
            (State::Sending, Event::Read(reply)) => self.was_read(*reply, at, entropy),
            (State::Sending, Event::Reply(outcome)) => match outcome.and_then(believe) {
                Ok(response) => self.answered(response, at, entropy),
                Err(failure) => self.failed(failure, at, entropy),
            },
            (State::Sending, Event::NotSent(error)) => {
                let end = End::without_answer(error.kind(), Sent::No, self.plan.operation);
                let decision = rules::on_local(Local::Journal);
                let ending = Ending { result: Err(error), decision };
                self.attempt_ends(end, Next::Settle(ending), at, entropy);
            }
            (State::Recording(next), Event::Written) => self.go_on(next, at, entropy),
            (State::Paying { ending, .. }, Event::Paid(false)) => self.give_up(ending, at, entropy),
            (State::Paying { ending, until, cost }, Event::Paid(true)) => {
                self.retries.waits(&ending.decision, cost);
                self.expect(State::Backoff, Step::Wait { until });
            }
            (State::Backoff, Event::TimerFired) => self.begin(),
            (State::OrderWait(query, ending), Event::TimerFired) => {
                self.expect(State::OrderQuery(query, ending), Step::QueryOrder);
            }
            (State::OrderQuery(query, ending), Event::Order(found)) => {
                self.order_found(query, ending, found, at, entropy);
            }
            (State::Abandoned, Event::Reply(outcome)) => {
                let end = match outcome.and_then(believe) {
                    Ok(Response { reply, status, sent, .. }) => End::answered(&reply, status, sent),
                    Err(failure) => self.end_of(&failure),
                };
                self.note(Note::Done(end.entry(true)));
            }
            (state, event) => {
                // The driver answers each step with its own event.
                debug_assert!(false, "the call expects no {event:?} in {state:?}");
                let message = "the driver answered a step with the event of another";
                self.finish(Err(Error::new(Kind::Internal, message)));
            }
        }
    }

    /// Takes a step and expects its event.
    fn expect(&mut self, state: State, step: Step) {
        self.state = state;
        self.actions.push_back(Action::Step(step));
    }

    fn note(&mut self, note: Note) {
        self.actions.push_back(Action::Note(note));
    }

    fn report(&mut self, report: Report) {
        self.actions.push_back(Action::Report(report));
    }

    /// Returns whether the account's answers are billed.
    fn is_billed(&self) -> bool {
        self.plan.operation.is_billed() && !self.is_on_this_machine()
    }

    /// Returns whether the journal is told of the call's requests to vendors.
    pub(crate) fn has_entries(&self) -> bool {
        self.plan.has_journal && self.plan.operation.is_billed()
    }

    /// Returns whether the account is asked within this process: nothing is sent.
    fn is_on_this_machine(&self) -> bool {
        self.plan.routes.current().is_some_and(|route| route.is_on_this_machine)
    }

    /// Returns whether the account's requests are written down.
    fn is_written_down(&self) -> bool {
        self.has_entries() && !self.is_on_this_machine()
    }

    /// Asks the current account from the beginning.
    fn turn_to_account(&mut self, order_id: String) {
        self.retries = Retries::default();
        if let Some(route) = self.plan.routes.current() {
            self.log.route(route, order_id);
        }
        if self.plan.routes.current().is_some_and(|route| route.fits_photo) {
            self.expect(State::Fitting, Step::FitPhoto);
        } else {
            self.get_credentials();
        }
    }

    fn get_credentials(&mut self) {
        self.expect(State::Credentials(None), Step::GetCredentials { refused: false });
    }

    /// Begins a request: the first to the account, or one after a wait.
    fn begin(&mut self) {
        if self.plan.routes.current().is_some_and(|route| route.takes_token) {
            self.expect(State::Token(None), Step::GetToken { refused: false });
        } else {
            self.admit();
        }
    }

    fn admit(&mut self) {
        let deadline = self.plan.deadline;
        let until = if self.is_billed() { deadline.latest_start() } else { deadline.at };
        self.expect(State::Admission, Step::Admit { until });
    }

    fn admitted(&mut self, at: Moment, entropy: &mut Entropy) {
        if self.is_billed() && !self.plan.deadline.allows(at.now) {
            self.refuse(Local::TooLate, deadline::too_late(), at, entropy);
        } else if self.is_written_down() {
            self.expect(State::Intent, Step::WriteIntent);
        } else {
            self.send(at);
        }
    }

    fn send(&mut self, at: Moment) {
        let attempt = self.log.attempt_starts(at.now, !self.is_on_this_machine());
        if let (Some(call), Some(route)) = (self.plan.number, self.plan.routes.current()) {
            self.report(Report::Event(events::Event::AttemptStarted {
                call,
                vendor: route.vendor,
                account: route.account.clone(),
                operation: self.plan.operation,
                order_id: self.log.order_id().to_owned(),
                attempt,
                server_address: route.server.as_ref().map(|(host, _)| host.to_string()),
                server_port: route.server.as_ref().map(|(_, port)| *port),
            }));
        }
        self.expect(State::Sending, Step::Send);
    }

    fn answered(&mut self, response: Response, at: Moment, entropy: &mut Entropy) {
        let Response { reply, status, sent, server_unix_ms } = response;
        let Some(route) = self.plan.routes.current() else { return };
        let decision = rules::on_reply(route.vendor, self.plan.numbering, &reply, status);
        let remedy = if self.log.tries() < self.plan.retry.attempts {
            self.retries.remedy(route, &reply, &decision, server_unix_ms)
        } else {
            None
        };
        // A server's error page, which no vendor wrote, says as much as a broken connection.
        let refusal = reply.result.as_ref().err();
        let is_page = status >= 500 && refusal.is_some_and(|refusal| refusal.code.is_none());
        self.note(Note::Health { answered: !is_page });
        if let Some(block) = decision.block {
            // A result may block too: that the vendor was asked about this card too often today.
            let kind = refusal.map_or(Kind::RateLimited, |refusal| refusal.kind);
            let code = rules::code_of(&reply).map(Arc::from);
            self.note(Note::Block(block, BlockReason { kind, code }));
        }
        let end = End::answered(&reply, status, sent);
        let result = reply.result.map_err(|refusal| refused(refusal, Some(status)));
        let ending = Ending { result, decision };
        let next = match remedy {
            Some(remedy) => Next::Remedy(remedy, ending),
            None => Next::Settle(ending),
        };
        self.attempt_ends(end, next, at, entropy);
    }

    /// Takes what this machine read in the photo, without anybody having been asked.
    fn was_read(&mut self, reply: Reply, at: Moment, entropy: &mut Entropy) {
        let Some(route) = self.plan.routes.current() else { return };
        let decision = rules::on_reply(route.vendor, self.plan.numbering, &reply, SUCCESS);
        let end = End::read_here(&reply);
        let candidates = reply.result.as_ref().err().map(|refusal| refusal.candidates.as_slice());
        let likeliest = candidates.and_then(<[_]>::first).filter(|one| one.raises_doubt());
        self.reading = likeliest.map(|one| one.card_number.clone());
        let result = reply.result.map_err(|refusal| refused(refusal, None));
        self.attempt_ends(end, Next::Settle(Ending { result, decision }), at, entropy);
    }

    fn failed(&mut self, failure: Failure, at: Moment, entropy: &mut Entropy) {
        if failure.is_of_vendor() {
            self.note(Note::Health { answered: false });
        }
        let end = self.end_of(&failure);
        let decision = rules::on_failure(failure.phase, self.plan.operation);
        let ending = Ending { result: Err(Error::of_failure("", failure)), decision };
        self.attempt_ends(end, Next::Settle(ending), at, entropy);
    }

    fn end_of(&self, failure: &Failure) -> End {
        End::without_answer(failure.kind, failure.sent(), self.plan.operation)
    }

    /// Notes how the running request ended, in the journal before anything else happens.
    fn attempt_ends(&mut self, end: End, next: Next, at: Moment, entropy: &mut Entropy) {
        self.note_end(&end, at);
        if self.is_written_down() {
            self.expect(State::Recording(next), Step::WriteDone(end.entry(false)));
        } else {
            self.go_on(next, at, entropy);
        }
    }

    fn note_end(&mut self, end: &End, at: Moment) {
        self.log.attempt_ends(end, at.now);
        if let (Some(call), Some(attempt)) = (self.plan.number, self.log.last()) {
            self.report(Report::Event(events::Event::AttemptEnded {
                call,
                vendor: attempt.vendor,
                account: attempt.account.clone(),
                operation: self.plan.operation,
                order_id: attempt.order_id.clone(),
                attempt: self.log.attempts(),
                failure: attempt.failure,
                vendor_code: attempt.vendor_code.clone(),
                http_status: end.http_status,
                request_id: end.ids.request_id.clone(),
                gateway_request_id: end.ids.gateway_request_id.clone(),
                sent: attempt.sent,
                billed: attempt.billed,
                duration: attempt.duration,
            }));
        }
    }

    fn go_on(&mut self, next: Next, at: Moment, entropy: &mut Entropy) {
        match next {
            Next::Settle(ending) => self.settle(ending, at, entropy),
            Next::Remedy(Remedy::Token, ending) => {
                self.expect(State::Token(Some(ending)), Step::GetToken { refused: true });
            }
            Next::Remedy(Remedy::Credentials, ending) => {
                let step = Step::GetCredentials { refused: true };
                self.expect(State::Credentials(Some(ending)), step);
            }
            Next::Remedy(Remedy::Nonce, _) => self.admit(),
            Next::Remedy(Remedy::Clock { server_unix_ms }, _) => {
                self.note(Note::CorrectClock { server_unix_ms });
                self.admit();
            }
            Next::Finish(answer) => self.finish(Ok(answer)),
        }
    }

    fn fail(&mut self, error: Error, decision: Decision, at: Moment, entropy: &mut Entropy) {
        self.settle(Ending { result: Err(error), decision }, at, entropy);
    }

    /// Goes on from a refusal of the library's own.
    fn refuse(&mut self, reason: Local, error: Error, at: Moment, entropy: &mut Entropy) {
        if let (Some(call), Some(route)) = (self.plan.number, self.plan.routes.current()) {
            self.report(Report::Event(events::Event::RequestRefused {
                call,
                operation: self.plan.operation,
                vendor: Some(route.vendor),
                account: Some(route.account.clone()),
                order_id: Some(self.log.order_id().to_owned()),
                reason: reason.slug(),
                failure: error.kind(),
            }));
        }
        self.fail(error, rules::on_local(reason), at, entropy);
    }

    /// Asks the account again after a wait, where the decision, the attempts, the deadline and the
    /// budget allow it.
    fn settle(&mut self, ending: Ending, at: Moment, entropy: &mut Entropy) {
        let Plan { retry, deadline, routes, .. } = &self.plan;
        let asked = ending.result.as_ref().err().and_then(Error::retry_after);
        // The last attempt is kept for the account that comes next.
        let kept = u32::from(routes.leads_on(ending.decision.failover));
        let wait = if self.log.tries() + kept < retry.attempts {
            self.retries.wait(retry, &ending.decision, asked, entropy)
        } else {
            None
        };
        match wait.map(|(wait, cost)| (at.now + wait, cost)) {
            Some((until, cost)) if deadline.allows(until) => {
                let step = Step::PayForRetry(cost);
                self.expect(State::Paying { ending, until, cost }, step);
            }
            _ => self.give_up(ending, at, entropy),
        }
    }

    /// Gives the account up: its record of the order may tell, or another account may be asked.
    fn give_up(&mut self, ending: Ending, at: Moment, entropy: &mut Entropy) {
        if ending.result.is_ok() {
            self.note(Note::EarnRetry(self.retries.cost()));
            return self.fail_over(ending, at, entropy);
        }
        let keeps_it = self.plan.routes.current().is_some_and(|route| route.keeps_orders)
            && self.plan.operation == Operation::Recognize
            && self.log.last().is_some_and(|attempt| attempt.billed != Billed::No);
        if ending.decision.query_order && keeps_it {
            self.wait_for_order(OrderQuery::new(at.now), ending, at, entropy);
        } else {
            self.fail_over(ending, at, entropy);
        }
    }

    fn wait_for_order(
        &mut self,
        mut query: OrderQuery,
        ending: Ending,
        at: Moment,
        entropy: &mut Entropy,
    ) {
        match query.next(at.now, self.plan.deadline.at) {
            Some(until) => {
                self.expect(State::OrderWait(query, ending), Step::Wait { until });
            }
            None => self.fail_over(ending, at, entropy),
        }
    }

    fn order_found(
        &mut self,
        query: OrderQuery,
        ending: Ending,
        found: Option<Response>,
        at: Moment,
        entropy: &mut Entropy,
    ) {
        // A record without a result says nothing of the bill.
        let found = found.filter(|response| response.reply.result.is_ok());
        let kept = found.and_then(|Response { reply, status, .. }| {
            let end = End::answered(&reply, status, Sent::Yes);
            self.log.resolved(&reply);
            Some((end, reply.result.ok()?))
        });
        match kept {
            Some((end, answer)) if self.is_written_down() => {
                let step = Step::WriteResolved(end.entry(false));
                self.expect(State::Recording(Next::Finish(answer)), step);
            }
            Some((_, answer)) => self.finish(Ok(answer)),
            None => self.wait_for_order(query, ending, at, entropy),
        }
    }

    /// Asks the next account, where there is one and nothing was billed: under a number of its own,
    /// unless no vendor was asked under the one before.
    fn fail_over(&mut self, ending: Ending, at: Moment, entropy: &mut Entropy) {
        let may = self.log.tries() < self.plan.retry.attempts && self.plan.deadline.allows(at.now);
        let is_unused = self.log.is_unused(self.log.order_id());
        if may && self.plan.routes.turn(ending.decision.failover) {
            let order_id = match is_unused {
                true => self.log.order_id().to_owned(),
                false => new_order_id(at.unix_ms, entropy),
            };
            self.turn_to_account(order_id);
        } else {
            self.finish(ending.result);
        }
    }

    fn finish(&mut self, result: Result<Answer, Error>) {
        let facts = self.log.facts();
        let result = match result {
            Ok(mut answer) => {
                if let (Answer::Recognition(card), Some(reading)) = (&mut answer, &self.reading) {
                    card.compare(reading);
                }
                *answer.facts_mut() = facts;
                Ok(answer)
            }
            Err(error) => Err(error.with_facts(facts)),
        };
        self.report(Report::Result(Box::new(result)));
        self.state = State::Over;
    }

    /// Ends the call at once, from outside. What was answered is given to the caller all the same.
    pub(crate) fn stop(&mut self, stop: Stop, at: Moment) {
        let Stop { reason, sent, cause } = stop;
        let state = std::mem::replace(&mut self.state, State::Over);
        // What was to be done is left undone: nobody tells what comes of it.
        self.actions.clear();
        let mut error = match reason {
            Reason::Deadline => Error::new(reason.kind(), state.late()),
            _ => reason.error(),
        };
        let mut abandoned = false;
        match state {
            State::Over => return,
            State::Abandoned => {
                self.state = State::Abandoned;
                return;
            }
            State::Recording(
                Next::Settle(Ending { result: Ok(answer), .. }) | Next::Finish(answer),
            ) => return self.finish(Ok(answer)),
            State::Intent => {
                let end = End::without_answer(reason.kind(), Sent::No, self.plan.operation);
                self.note(Note::Done(end.entry(false)));
            }
            State::Sending => {
                error = error.caused_by(cause);
                let end = End::without_answer(reason.kind(), sent, self.plan.operation);
                self.note_end(&end, at);
                abandoned = self.is_written_down() && sent != Sent::No;
                if self.is_written_down() && !abandoned {
                    self.note(Note::Done(end.entry(false)));
                }
            }
            _ => {}
        }
        self.finish(Err(error));
        if abandoned {
            self.state = State::Abandoned;
        }
    }
}

/// Returns the response where it can be believed. One that began before the last byte of its request
/// left cannot tell of work: a success, a refusal that was billed, or one that needs the whole photo to
/// have been read. Any other refusal so early cost nothing.
fn believe(mut response: Response) -> Result<Response, Failure> {
    if response.sent == Sent::No {
        let reply = &mut response.reply;
        let is_believed = reply.result.as_ref().is_err_and(|refusal| {
            refusal.kind != Kind::CardNotFound && reply.billed != Billed::Yes
        });
        if !is_believed {
            return Err(answered_early());
        }
        reply.billed = Billed::No;
    }
    Ok(response)
}

/// Returns the failure of a request whose answer tells of work that cannot have been done.
pub(crate) fn answered_early() -> Failure {
    let message = "a result was answered before the last byte of the request left: it is not used";
    Failure::new(Kind::Protocol, message, Phase::AnsweredEarly)
}

/// Returns the error that a refusal becomes.
pub(crate) fn refused(refusal: Refusal, status: Option<u16>) -> Error {
    let Refusal { kind, message, code, vendor_message, retry_after, candidates, .. } = refusal;
    Error::new(kind, message)
        .with_candidates(candidates)
        .with_vendor_code(code, vendor_message)
        .with_http_status(status)
        .with_retry_after(retry_after)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::deadline::{Deadline, Reason};
    use super::super::failover::{Route, Routes};
    use super::*;
    use crate::card::{CardNumber, NumberCandidate, Recognition, WarningKind};
    use crate::config::{FailoverConfig, RetryConfig};
    use crate::facts::CallFacts;
    use crate::vendors::codes::Numbering;
    use crate::vendors::{Reply, RequestIds, Vendor};

    /// One call with a single account, whose driver is the test.
    struct Played {
        call: Call,
        at: Moment,
        entropy: Entropy,
        result: Option<Result<Answer, Error>>,
    }

    impl Played {
        fn new(has_journal: bool) -> Self {
            Played::with(&[Vendor::AliyunBankocr], has_journal)
        }

        /// Returns a call that goes on from each vendor to the next.
        fn with(vendors: &[Vendor], has_journal: bool) -> Self {
            let at = Moment { now: Instant::now(), unix_ms: 1_800_000_000_000 };
            let route = |vendor: &Vendor| Route {
                vendor: *vendor,
                account: vendor.name().to_owned(),
                server: None,
                takes_token: false,
                renews_credentials: false,
                keeps_orders: false,
                is_on_this_machine: vendor.is_on_this_machine(),
                fits_photo: false,
            };
            let deadline = Deadline { at: at.now + Duration::from_secs(60), least: Duration::ZERO };
            let call = Call::new(Plan {
                operation: Operation::Recognize,
                numbering: Numbering::Recognize,
                order_id: "order0001".to_owned(),
                routes: Routes::new(vendors.iter().map(route).collect(), FailoverConfig::default()),
                retry: RetryConfig { attempts: 3, ..RetryConfig::default() },
                deadline,
                has_journal,
                number: None,
            });
            Played { call, at, entropy: Entropy::from_seed([0; 32]), result: None }
        }

        /// Takes every action, and returns the step that is to be answered.
        fn step(&mut self) -> Option<Step> {
            let mut step = None;
            while let Some(action) = self.call.poll() {
                match action {
                    Action::Step(next) => step = Some(next),
                    Action::Report(Report::Result(result)) => self.result = Some(*result),
                    Action::Note(_) | Action::Report(Report::Event(_)) => {}
                }
            }
            step
        }

        /// Plays the call until its request was answered so; returns the step that follows.
        fn answered(&mut self, status: u16, reply: Reply) -> Option<Step> {
            let mut reply = Some(Box::new(reply));
            while let Some(step) = self.step() {
                let event = match step {
                    Step::GetCredentials { .. } => Event::Credentials,
                    Step::Admit { .. } => Event::Admitted,
                    Step::WriteIntent => Event::Written,
                    Step::Send if self.call.is_on_this_machine() => {
                        Event::Read(reply.take().expect("one reading"))
                    }
                    Step::Send => {
                        let Some(reply) = reply.take() else { return Some(Step::Send) };
                        let (sent, server_unix_ms) = (Sent::Yes, None);
                        Event::Reply(Ok(Response { reply, status, sent, server_unix_ms }))
                    }
                    step => return Some(step),
                };
                self.call.handle(event, self.at, &mut self.entropy);
            }
            None
        }

        fn cancelled(mut self) -> Result<Answer, Error> {
            let stop = Stop { reason: Reason::Cancelled, sent: Sent::No, cause: None };
            self.call.stop(stop, self.at);
            assert!(self.step().is_none());
            self.result.expect("a call that is stopped ends")
        }
    }

    fn refusal(kind: Kind, billed: Billed) -> Reply {
        Reply { ids: RequestIds::default(), billed, result: Err(Refusal::new(kind, "refused")) }
    }

    fn told(facts: &CallFacts) -> (Option<&str>, Sent, Billed, usize) {
        (facts.order_id.as_deref(), facts.sent, facts.billed, facts.attempts.len())
    }

    #[test]
    fn a_vendor_that_reads_another_number_than_this_machine_is_doubted() {
        const READ: &str = "6222020000000000000";
        const OTHER: &str = "6222020000000000018";
        let warnings = |read: &str, confidence: f64, answered: &str| {
            let number = |digits: &str| CardNumber::parse(digits).unwrap();
            let mut call = Played::with(&[Vendor::Offline, Vendor::AliyunBankocr], false);
            let candidate = NumberCandidate { card_number: number(read), confidence };
            let unsure = Refusal {
                code: Some("not_sure".to_owned()),
                candidates: vec![candidate],
                ..Refusal::new(Kind::CardNotFound, "not sure")
            };
            let read = Reply { result: Err(unsure), ..refusal(Kind::CardNotFound, Billed::No) };
            assert!(matches!(call.answered(200, read), Some(Step::Send)));
            let (sent, server_unix_ms) = (Sent::Yes, None);
            let result = Ok(Answer::Recognition(Recognition::new(number(answered))));
            let reply = Reply { ids: RequestIds::default(), billed: Billed::Yes, result };
            let response = Response { reply: Box::new(reply), status: 200, sent, server_unix_ms };
            call.call.handle(Event::Reply(Ok(response)), call.at, &mut call.entropy);
            assert!(call.step().is_none());
            let Some(Ok(Answer::Recognition(card))) = call.result else { panic!("it is read") };
            let told = card.warnings.into_iter().map(|warning| (warning.kind, warning.code));
            told.collect::<Vec<_>>()
        };
        let doubt = (WarningKind::NumberDoubtful, "other_reading".to_owned());
        assert_eq!(warnings(READ, 0.8, OTHER), [doubt]);
        assert_eq!(warnings(READ, 0.8, READ), []);
        assert_eq!(warnings(READ, 0.79, OTHER), []);
        // A reading whose own check digit does not fit.
        assert_eq!(warnings("6222020000000000001", 0.8, OTHER), []);
    }

    #[test]
    fn what_was_answered_when_a_call_is_cancelled_is_told() {
        // The journal is being told.
        let mut call = Played::new(true);
        let number = CardNumber::parse("6222020000000000000").unwrap();
        let result = Ok(Answer::Recognition(Recognition::new(number)));
        let read = Reply { ids: RequestIds::default(), billed: Billed::Yes, result };
        assert!(matches!(call.answered(200, read), Some(Step::WriteDone(_))));
        let Ok(Answer::Recognition(card)) = call.cancelled() else { panic!("it has its result") };
        assert_eq!(told(card.facts()), (Some("order0001"), Sent::Yes, Billed::Yes, 1));

        for billed in [Billed::Yes, Billed::No, Billed::Unknown] {
            let mut call = Played::new(true);
            let step = call.answered(200, refusal(Kind::CardNotFound, billed));
            assert!(matches!(step, Some(Step::WriteDone(_))));
            let error = call.cancelled().unwrap_err();
            assert_eq!(error.kind(), Kind::Cancelled);
            assert_eq!(told(error.facts()), (Some("order0001"), Sent::Yes, billed, 1));
        }

        // It is to be sent again: before the price is paid, and during the wait.
        for paid in [false, true] {
            let mut call = Played::new(false);
            let step = call.answered(429, refusal(Kind::RateLimited, Billed::No));
            assert!(matches!(step, Some(Step::PayForRetry(_))));
            if paid {
                call.call.handle(Event::Paid(true), call.at, &mut call.entropy);
                assert!(matches!(call.step(), Some(Step::Wait { .. })));
            }
            let error = call.cancelled().unwrap_err();
            assert_eq!(error.kind(), Kind::Cancelled);
            assert_eq!(told(error.facts()), (Some("order0001"), Sent::Yes, Billed::No, 1));
        }
    }
}
