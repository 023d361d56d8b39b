//! The truth about a schedule, and the rules for a call that went so: the ledger of the
//! vendors and the journal, held against everything that the call does and says.

use std::time::{Duration, Instant};

use crate::call::{
    Action, Call, Deadline, Event, Note, Reason, Report, Response, Step, on_failure, on_local,
};
use crate::decision::{Decision, Failover, Local, Retry};
use crate::error::Error;
use crate::events;
use crate::facts::{Billed, CallFacts, ImageFitted, Sent};
use crate::journal::Done;
use crate::vendors::{Answer, Operation, Vendor};

/// The rules that the configuration sets for the call.
pub(super) struct Rules {
    pub(super) operation: Operation,
    pub(super) routes: Vec<Vendor>,
    pub(super) attempts: u32,
    pub(super) also: Vec<Failover>,
    pub(super) has_journal: bool,
    pub(super) deadline: Deadline,
}

impl Rules {
    /// True where the account at that position is asked within this process.
    pub(super) fn is_on_this_machine(&self, position: usize) -> bool {
        self.routes.get(position).is_some_and(|vendor| vendor.is_on_this_machine())
    }

    /// True where another account is asked although the one before may have done its work.
    fn is_risky(&self) -> bool {
        self.also.iter().any(|also| matches!(also, Failover::VendorFailed | Failover::Unrecognized))
    }

    /// Returns whether such an end may lead to another account.
    fn leads_on(&self, failover: Failover) -> bool {
        match failover {
            Failover::Yes => true,
            Failover::Never => false,
            other => self.also.contains(&other),
        }
    }
}

/// A vendor's work for a request whose last byte left.
#[derive(Clone, Copy)]
pub(super) struct Work {
    pub(super) executed: bool,
    pub(super) billed: bool,
}

/// The truth of an answer.
pub(super) struct TrueAnswer {
    /// The cost of the request that it states, where that is believed.
    pub(super) billed: Option<Billed>,
    pub(super) succeeded: bool,
    /// The decision that follows it.
    pub(super) decision: Decision,
    pub(super) retry_after: Option<Duration>,
}

/// The fate of one request.
#[derive(Debug)]
struct Request {
    position: usize,
    order_id: String,
    began: Instant,
    ended: Option<Instant>,
    /// The last byte left.
    left: bool,
    executed: bool,
    billed: bool,
    /// The cost that the answer states, where one was read.
    answered: Option<Billed>,
    succeeded: bool,
    /// The decision that follows the end.
    decision: Option<Decision>,
    retry_after: Option<Duration>,
}

/// The journal's entry for one request.
#[derive(Debug)]
struct Entry {
    order_id: String,
    /// `None` while it is being written.
    written: Option<bool>,
    done: Option<crate::journal::Done>,
    sent: bool,
}

/// A record of what happened, and of what the call did about it.
pub(super) struct Oracle {
    pub(super) rules: Rules,
    requests: Vec<Request>,
    journal: Vec<Entry>,
    stopped: Option<Reason>,
    abandoned: bool,
    is_done: bool,
    /// Requests, tokens and credentials that failed.
    tries: u32,
    paid: bool,
    earned: u32,
    started: u32,
    ended: u32,
    /// Remedies by account: credentials, token.
    asked_anew: Vec<[u32; 2]>,
    last_failover: Option<Failover>,
    /// What the photo became for the account that is asked.
    fitted: Option<ImageFitted>,
    resolved: bool,
    /// Which account was asked again, and by what decision.
    repeated: Vec<(usize, Retry)>,
}

impl Oracle {
    pub(super) fn new(rules: Rules) -> Self {
        Oracle {
            requests: Vec::new(),
            journal: Vec::new(),
            stopped: None,
            abandoned: false,
            is_done: false,
            tries: 0,
            paid: false,
            earned: 0,
            started: 0,
            ended: 0,
            asked_anew: vec![[0; 2]; rules.routes.len()],
            last_failover: None,
            fitted: None,
            resolved: false,
            repeated: Vec::new(),
            rules,
        }
    }

    /// True where requests of the account at that position are written down.
    fn is_written_down(&self, position: usize) -> bool {
        self.rules.has_journal && self.is_billed(position)
    }

    /// True where that account's answers are billed.
    fn is_billed(&self, position: usize) -> bool {
        self.rules.operation.is_billed() && !self.rules.is_on_this_machine(position)
    }

    /// Holds what the call says to do next.
    pub(super) fn hears(&mut self, action: &Action, call: &Call, now: Instant) {
        let may_follow =
            matches!(action, Action::Report(_) | Action::Note(Note::Done(_) | Note::EarnRetry(_)));
        assert!(may_follow || self.stopped.is_none(), "{action:?} after the end");
        assert!(may_follow || !self.is_done, "{action:?} after the result");
        match action {
            Action::Step(step) => self.hears_step(step, call, now),
            Action::Note(Note::Done(done)) => {
                assert!(self.stopped.is_some(), "nobody waits for {done:?}");
                self.writes_end(done);
            }
            Action::Note(Note::EarnRetry(_)) => self.earned += 1,
            Action::Note(Note::CorrectClock { .. } | Note::Health { .. } | Note::Block(..)) => {}
            Action::Report(Report::Event(events::Event::AttemptStarted { attempt, .. })) => {
                self.started += 1;
                assert_eq!(*attempt, self.started);
            }
            Action::Report(Report::Event(events::Event::AttemptEnded { .. })) => {
                self.ended += 1;
                assert_eq!(self.ended, self.started);
            }
            Action::Report(Report::Event(event)) => {
                assert_eq!(event.name(), "request_refused");
                assert_eq!(self.ended, self.started, "a refusal while a request runs");
            }
            Action::Report(Report::Result(result)) => {
                assert!(!self.is_done, "two results");
                assert!(now <= self.rules.deadline.at, "a result after the deadline");
                self.hold(result);
                self.is_done = true;
            }
        }
    }

    fn hears_step(&mut self, step: &Step, call: &Call, now: Instant) {
        let position = call.position();
        match step {
            Step::FitPhoto => {
                assert!(!self.rules.is_on_this_machine(position));
                self.fitted = None;
            }
            Step::GetCredentials { refused } => {
                if self.rules.is_on_this_machine(position) {
                    self.fitted = None;
                }
                self.asked_anew[position][0] += u32::from(*refused);
            }
            Step::GetToken { refused } => self.asked_anew[position][1] += u32::from(*refused),
            Step::Admit { .. } => {}
            Step::WriteIntent => {
                assert!(self.is_written_down(position));
                let runs = |entry: &Entry| entry.written == Some(true) && entry.done.is_none();
                assert!(!self.journal.iter().any(runs), "an intent while another order runs");
                let order_id = call.order_id().to_owned();
                self.journal.push(Entry { order_id, written: None, done: None, sent: false });
            }
            Step::Send => self.sends(position, call.order_id(), now),
            Step::WriteDone(done) => self.writes_end(done),
            Step::PayForRetry(_) => {
                let leads_on = self.last_failover.is_some_and(|one| self.rules.leads_on(one));
                let kept = u32::from(leads_on && position + 1 < self.rules.routes.len());
                assert!(self.tries + kept < self.rules.attempts, "a retry with the last attempt");
            }
            Step::Wait { until } => {
                assert!(*until <= self.rules.deadline.at, "a wait past the deadline");
                assert!(*until >= now);
            }
            Step::QueryOrder => {
                assert_eq!(self.rules.operation, Operation::Recognize);
                let truth = self.requests.last().expect("no request to ask about");
                assert!(truth.left && truth.answered != Some(Billed::No));
            }
            Step::WriteResolved(done) => {
                let entry = self.journal.last().expect("nothing is written");
                assert!(entry.done.is_some(), "resolved before it ended");
                assert_eq!((done.sent, done.billed), (Sent::Yes, Billed::Yes));
            }
        }
    }

    /// Returns whether the vendor keeps the order that the call asks about.
    pub(super) fn keeps_order(&self) -> bool {
        self.requests.last().is_some_and(|truth| truth.billed)
    }

    fn writes_end(&mut self, done: &Done) {
        let entry = self.journal.last_mut().expect("an end without an intent");
        assert!(entry.done.is_none(), "an order ends twice");
        match self.requests.last().filter(|_| entry.sent) {
            Some(truth) => {
                assert!(done.sent != Sent::No || !truth.left, "{done:?} {truth:?}");
                assert!(done.sent == Sent::No || truth.left, "{done:?} {truth:?}");
                costs(done.billed, truth);
                assert_eq!(done.late, self.abandoned);
            }
            None => assert_eq!((done.sent, done.billed), (Sent::No, Billed::No)),
        }
        entry.done = Some(done.clone());
    }

    /// Notes what the call is told.
    pub(super) fn tells(&mut self, event: &Event) {
        let failover = match event {
            Event::Fitted(fitted) => return self.fitted = fitted.clone(),
            Event::NotFitted(_) => Some(on_local(Local::Photo).failover),
            Event::CredentialsFailed(_) => {
                self.tries += 1;
                Some(on_local(Local::Credentials).failover)
            }
            Event::TokenFailed(_) => {
                self.tries += 1;
                None
            }
            Event::NotBuilt(_) => Some(Failover::Never),
            Event::Refused(reason, _) => Some(on_local(*reason).failover),
            Event::NotWritten(_) => {
                self.is_written(false);
                Some(on_local(Local::Journal).failover)
            }
            Event::NotSent(_) => {
                let decision = on_local(Local::Journal);
                self.last_request().decision = Some(decision);
                Some(decision.failover)
            }
            Event::Reply(Err(failure)) => {
                let decision = on_failure(failure.phase, self.rules.operation);
                self.last_request().decision = Some(decision);
                Some(decision.failover)
            }
            Event::Reply(Ok(_)) | Event::Read(_) => {
                self.last_request().decision.map(|decision| decision.failover)
            }
            Event::Written => return self.is_written(true),
            Event::Paid(is_paid) => return self.paid = *is_paid,
            Event::Order(found) => {
                let result = |response: &Response| response.reply.result.is_ok();
                return self.resolved |= found.as_ref().is_some_and(result);
            }
            Event::Credentials
            | Event::Token
            | Event::NoOther
            | Event::Admitted
            | Event::TimerFired => return,
        };
        self.last_failover = failover;
    }

    /// Notes what became of the intent that is being written, where one is.
    fn is_written(&mut self, written: bool) {
        if let Some(entry) = self.journal.last_mut() {
            entry.written.get_or_insert(written);
        }
    }

    fn last_request(&mut self) -> &mut Request {
        self.requests.last_mut().expect("a request")
    }

    fn sends(&mut self, position: usize, order_id: &str, now: Instant) {
        self.tries += u32::from(!self.rules.is_on_this_machine(position));
        assert!(self.tries <= self.rules.attempts, "more attempts than are allowed");
        if self.is_written_down(position) {
            let entry = self.journal.last_mut().expect("no intent");
            assert!(entry.order_id == order_id && entry.written == Some(true));
            assert!(!entry.sent && entry.done.is_none());
            entry.sent = true;
        } else if self.is_billed(position) {
            assert!(self.rules.deadline.allows(now), "too late to start");
        }
        if let Some(before) = self.requests.last() {
            self.follows(before, position, order_id, now);
            if before.position == position {
                self.repeated.extend(before.decision.map(|decision| (position, decision.retry)));
            }
        }
        self.requests.push(Request {
            position,
            order_id: order_id.to_owned(),
            began: now,
            ended: None,
            left: false,
            executed: false,
            billed: false,
            answered: None,
            succeeded: false,
            decision: None,
            retry_after: None,
        });
        self.paid = false;
    }

    /// Notes that the call is ended from outside; while a request runs, with what the vendor did for
    /// it, where its last byte had left.
    pub(super) fn stops(&mut self, reason: Reason, running: Option<Option<Work>>, now: Instant) {
        self.stopped = Some(reason);
        if let Some(left) = running {
            let position = self.requests.last().map_or(0, |truth| truth.position);
            self.abandoned = left.is_some() && self.is_written_down(position);
            self.notes_end(left, now);
        }
    }

    /// Notes that a request ended by itself.
    pub(super) fn ends(&mut self, left: Option<Work>, answer: Option<TrueAnswer>, now: Instant) {
        if self.stopped.is_none() {
            self.notes_end(left, now);
        }
        if let Some(TrueAnswer { billed, succeeded, decision, retry_after }) = answer {
            let truth = self.last_request();
            (truth.answered, truth.succeeded) = (billed, succeeded);
            (truth.decision, truth.retry_after) = (Some(decision), retry_after);
        }
    }

    fn notes_end(&mut self, left: Option<Work>, now: Instant) {
        let truth = self.last_request();
        (truth.left, truth.ended) = (left.is_some(), Some(now));
        if let Some(Work { executed, billed }) = left {
            (truth.executed, truth.billed) = (executed, billed);
        }
    }

    /// Holds that a request may come after the one before it.
    fn follows(&self, before: &Request, position: usize, order_id: &str, now: Instant) {
        if before.position == position {
            assert_eq!(before.order_id, order_id);
            assert!(!before.executed && !before.billed, "{before:?} is repeated");
            let is_free = !self.rules.operation.is_billed() || before.answered == Some(Billed::No);
            assert!(!before.left || is_free, "{before:?} is repeated");
        } else {
            assert!(position > before.position);
            // A number under which no vendor was asked goes on to the next account.
            let was_here = self.rules.is_on_this_machine(before.position);
            assert_eq!(before.order_id == order_id, was_here);
            assert!(!before.executed || self.rules.is_risky(), "{before:?} is asked of another");
            let allowed = self.last_failover.is_none_or(|failover| self.rules.leads_on(failover));
            assert!(allowed, "{:?} leads to another account", self.last_failover);
        }
        let (Some(ended), Some(decision)) = (before.ended, before.decision) else { return };
        if before.position == position && self.paid {
            let gap = now - ended;
            assert!(gap >= decision.after, "{gap:?} after {before:?}");
            let asked = before.retry_after.unwrap_or_default();
            let least = asked.min(Duration::from_secs(5));
            assert!(gap >= least || !decision.after.is_zero(), "{gap:?} after {before:?}");
        } else if before.position == position {
            let at_once = matches!(decision.retry, Retry::Token | Retry::Nonce | Retry::Clock)
                || self.asked_anew[position][0] > 0;
            assert!(at_once, "an unpaid request after {before:?}");
        }
    }

    /// Holds a result against what happened.
    fn hold(&self, result: &Result<Answer, Error>) {
        let facts: &CallFacts = match result {
            Ok(Answer::Recognition(answer)) => &answer.facts,
            Ok(Answer::Verification(answer)) => &answer.facts,
            Ok(Answer::Lookup(answer)) => &answer.facts,
            Ok(Answer::Order(answer)) => &answer.facts,
            Err(error) => error.facts(),
        };
        assert_eq!(facts.attempts.len(), self.requests.len(), "{facts:?}");
        for (index, (attempt, truth)) in facts.attempts.iter().zip(&self.requests).enumerate() {
            let resolved = self.resolved && index + 1 == self.requests.len();
            assert_eq!(attempt.order_id, truth.order_id);
            assert_eq!(attempt.vendor, self.rules.routes[truth.position]);
            match attempt.sent {
                Sent::No => assert!(!truth.left, "{attempt:?} {truth:?}"),
                Sent::Unknown => assert!(truth.left, "{attempt:?} {truth:?}"),
                Sent::Yes => assert!(truth.left && (truth.answered.is_some() || resolved)),
            }
            costs(attempt.billed, truth);
            assert!(!resolved || attempt.billed == Billed::Yes, "{attempt:?}");
            assert_eq!(attempt.failure.is_none(), truth.succeeded, "{attempt:?} {truth:?}");
            let ended = truth.ended.expect("a request that goes on");
            assert_eq!(attempt.duration, ended - truth.began);
        }
        let most = facts.attempts.iter().map(|attempt| attempt.sent).max().unwrap_or_default();
        assert_eq!(facts.sent, most);
        let most = facts.attempts.iter().map(|attempt| attempt.billed).max().unwrap_or_default();
        assert_eq!(facts.billed, most);
        assert_eq!(facts.image_fitted, self.fitted);
        let last = self.requests.last();
        let was_won = self.resolved || last.is_some_and(|truth| truth.succeeded);
        match (result, self.stopped) {
            (Ok(_), _) => assert!(was_won, "a result of nothing"),
            (Err(error), Some(reason)) => {
                assert_eq!(error.kind(), reason.kind());
                assert!(!last.is_some_and(|truth| truth.succeeded), "a result is thrown away");
            }
            (Err(_), None) => assert!(!was_won, "a result is thrown away"),
        }
    }

    /// Holds what is true when all is over.
    pub(super) fn check(&self) {
        assert!(self.is_done, "no result");
        assert_eq!(self.started, self.ended);
        assert_eq!(self.started as usize, self.requests.len());
        let executed = self.requests.iter().filter(|request| request.executed).count();
        assert!(executed <= 1 || self.rules.is_risky(), "{executed} times: {:?}", self.requests);
        for entry in &self.journal {
            assert!(entry.done.is_some() || entry.written == Some(false), "{entry:?} has no end");
        }
        assert!(self.asked_anew.iter().flatten().all(|times| *times <= 1), "{:?}", self.asked_anew);
        for (index, anew) in self.asked_anew.iter().enumerate() {
            for retry in [Retry::Once, Retry::Token, Retry::Nonce, Retry::Clock] {
                let times = self.repeated.iter().filter(|one| **one == (index, retry)).count();
                // Other credentials may have been the remedy of one.
                assert!(times <= 1 + anew[0] as usize, "{retry:?} {times} times");
            }
        }
        let succeeded = self.requests.iter().filter(|truth| truth.succeeded).count();
        assert!(self.stopped.is_some() || self.earned as usize == succeeded);
    }
}

/// Holds what is said of the cost against the truth.
fn costs(said: Billed, truth: &Request) {
    match said {
        Billed::No => assert!(!truth.billed && !truth.executed, "said to be free: {truth:?}"),
        Billed::Unknown => assert!(truth.left, "said to be unknown: {truth:?}"),
        Billed::Yes => assert!(truth.billed, "said to be billed: {truth:?}"),
    }
}
