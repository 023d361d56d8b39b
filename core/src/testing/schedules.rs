//! Calls in virtual time, with scripted vendors, tokens, journal and failures at every step, held
//! against a ledger of what the vendors did.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::scripted::{Choices, Drawn, Every};
use crate::call::{
    Action, Call, Deadline, Event, Moment, Plan, Reason, Response, Route, Routes, Stop,
};
use crate::card::{CardKind, CardLookup, CardNumber, Order, Outcome, Recognition, Verification};
use crate::config::{FailoverConfig, RetryConfig};
use crate::decision::{self, Decision, Failover, Local, Retry};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::events;
use crate::facts::{Billed, CallFacts, Sent};
use crate::secret::{Personal, PersonalBytes};
use crate::transport::{Failure, Phase};
use crate::vendors::{Answer, Operation, Refusal, Reply, RequestIds, Vendor};

/// How many schedules are drawn where `CARDWIRE_SCHEDULES` does not say.
const SCHEDULES: u64 = 200_000;

/// After so many events of an enumerated schedule everything takes its ordinary course.
const EVENTS: usize = 5;

/// A refusal of a vendor.
struct Code {
    code: &'static str,
    decision: Decision,
}

/// A kind of call with what the vendors that do it may answer.
struct Market {
    operation: Operation,
    word: &'static str,
    vendors: Vec<(Vendor, Vec<Code>)>,
}

fn markets() -> &'static [Market] {
    static MARKETS: OnceLock<Vec<Market>> = OnceLock::new();
    MARKETS.get_or_init(|| {
        [
            (Operation::Recognize, "recognize"),
            (Operation::Verify, "verify3"),
            (Operation::LookupCard, "lookup_card"),
            (Operation::FetchOrder, "fetch_order"),
        ]
        .map(|(operation, word)| {
            let does = |vendor: &&Vendor| vendor.operations().contains(&operation);
            let vendors = Vendor::ALL.iter().copied().filter(|vendor| does(&vendor));
            let vendors = vendors.map(|vendor| (vendor, codes(vendor, word))).collect();
            Market { operation, word, vendors }
        })
        .into()
    })
}

/// One code for each decision that the vendor's codes lead to.
fn codes(vendor: Vendor, word: &str) -> Vec<Code> {
    let mut codes: Vec<Code> = Vec::new();
    for (answers, code) in vendor.documented_codes() {
        let decision = decision::on_code(vendor, word, code);
        let is_new = codes.iter().all(|known| known.decision != decision);
        // What costs something and is final is a result; those come besides.
        if (answers.is_empty() || answers == word) && is_new && decision.billed != Billed::Yes {
            codes.push(Code { code, decision });
        }
    }
    codes
}

/// What became of one request.
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
    /// What the answer says that it cost, where one was read.
    answered: Option<Billed>,
    succeeded: bool,
    /// What the decision table says about the end.
    decision: Option<Decision>,
    retry_after: Option<Duration>,
}

/// What the journal holds of one request.
#[derive(Debug)]
struct Entry {
    order_id: String,
    /// `None` while it is being written.
    written: Option<bool>,
    done: Option<crate::journal::Done>,
    sent: bool,
}

/// The way that a request goes.
#[derive(Debug)]
struct Course {
    /// When the last byte leaves, where it does.
    leaves: Option<Instant>,
    ends: Instant,
    executed: bool,
    billed: bool,
    event: CourseEnd,
}

#[derive(Debug)]
enum CourseEnd {
    Reply { reply: Box<Reply>, status: u16, early: bool, server_unix_ms: Option<u64> },
    Failed(Phase),
    NotSent,
}

/// What the driver waits for.
enum Pending {
    /// An event that comes at that moment.
    At(Instant, Event),
    Sending(Course),
}

struct World<'a, C: Choices> {
    choices: &'a mut C,
    market: &'static Market,
    call: Call,
    entropy: Entropy,
    routes: Vec<Vendor>,
    attempts: u32,
    also: Vec<Failover>,
    has_journal: bool,
    least: Duration,
    deadline: Instant,
    start: Instant,
    now: Instant,
    requests: Vec<Request>,
    journal: Vec<Entry>,
    stopped: Option<Reason>,
    abandoned: bool,
    done: Option<Result<(), Kind>>,
    events: usize,
    /// Requests, tokens and credentials that failed.
    tries: u32,
    paid: bool,
    earned: u32,
    started: u32,
    ended: u32,
    /// Remedies by account: credentials, token.
    asked_anew: Vec<[u32; 2]>,
    last_failover: Option<Failover>,
    resolved: bool,
    /// Which account was asked again, and by what decision.
    repeated: Vec<(usize, Retry)>,
}

fn pick<T: Copy>(choices: &mut impl Choices, from: &[T]) -> T {
    from[choices.below(from.len())]
}

fn pick_detail<T: Copy>(choices: &mut impl Choices, from: &[T]) -> T {
    from[choices.detail(from.len())]
}

const MILLISECOND: Duration = Duration::from_millis(1);

/// What a call begins with.
struct Setting {
    market: &'static Market,
    timeout: Duration,
    least: Duration,
    attempts: u32,
    has_journal: bool,
    routes: Vec<Vendor>,
    also: Vec<Failover>,
    renews: bool,
    keeps_orders: bool,
}

impl Setting {
    fn choose(choices: &mut impl Choices) -> Self {
        let market = &markets()[choices.below(markets().len())];
        let count = if choices.below(2) == 0 { 1 } else { market.vendors.len() };
        let first = choices.below(market.vendors.len());
        let in_turn = market.vendors.iter().cycle().skip(first).take(count);
        Setting {
            market,
            timeout: pick(choices, &[60_000, 9_000, 3_100, 500, 15_000]) * MILLISECOND,
            least: pick(choices, &[3_000, 0, 200]) * MILLISECOND,
            attempts: pick(choices, &[3, 1, 2, 5, 10]),
            has_journal: choices.below(2) == 1,
            routes: in_turn.map(|(vendor, _)| *vendor).collect(),
            also: match choices.below(3) {
                0 => Vec::new(),
                1 => vec![Failover::Unrecognized, Failover::Credentials],
                _ => vec![Failover::Unrecognized, Failover::Credentials, Failover::VendorFailed],
            },
            renews: choices.below(2) == 1,
            keeps_orders: choices.below(2) == 0,
        }
    }
}

impl<'a, C: Choices> World<'a, C> {
    fn new(choices: &'a mut C, setting: Setting, seed: u64) -> Self {
        let Setting {
            market,
            timeout,
            least,
            attempts,
            has_journal,
            routes,
            also,
            renews,
            keeps_orders,
        } = setting;
        let start = Instant::now();
        let all = routes
            .iter()
            .map(|vendor| Route {
                vendor: *vendor,
                account: vendor.name().to_owned(),
                takes_token: matches!(vendor, Vendor::TencentKyc | Vendor::Wechat),
                renews_credentials: renews,
                keeps_orders,
            })
            .collect();
        let policy = FailoverConfig::listing(also.clone());
        let deadline = start + timeout;
        let call = Call::new(Plan {
            operation: market.operation,
            word: market.word,
            order_id: "first".to_owned(),
            routes: Routes::new(all, policy),
            retry: RetryConfig { attempts, ..RetryConfig::default() },
            deadline: Deadline { at: deadline, least },
            has_journal,
            has_observer: true,
        });
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        World {
            choices,
            market,
            call,
            entropy: Entropy::from_seed(key),
            asked_anew: vec![[0; 2]; routes.len()],
            routes,
            attempts,
            also,
            has_journal,
            least,
            deadline,
            start,
            now: start,
            requests: Vec::new(),
            journal: Vec::new(),
            stopped: None,
            abandoned: false,
            done: None,
            events: 0,
            tries: 0,
            paid: false,
            earned: 0,
            started: 0,
            ended: 0,
            last_failover: None,
            resolved: false,
            repeated: Vec::new(),
        }
    }

    fn is_billed(&self) -> bool {
        self.market.operation != Operation::FetchOrder
    }

    /// Whether the configuration asks another account although the one before may have done its work.
    fn is_risky(&self) -> bool {
        self.also.iter().any(|also| matches!(also, Failover::VendorFailed | Failover::Unrecognized))
    }

    /// Whether the configuration lets such an end lead to another account.
    fn leads_on(&self, failover: Failover) -> bool {
        match failover {
            Failover::Yes => true,
            Failover::Never => false,
            other => self.also.contains(&other),
        }
    }

    fn below(&mut self, count: usize) -> usize {
        self.choices.below(count)
    }

    fn takes(&mut self) -> Duration {
        pick_detail(self.choices, &[20, 0, 900, 7_000, 120_000]) * MILLISECOND
    }

    /// Plays the call to its end. `ordinary` is told how many events there were.
    fn play(&mut self, mut before_event: impl FnMut(&mut C, usize)) {
        let mut pending = None;
        loop {
            while let Some(action) = self.call.poll() {
                if let Some(next) = self.perform(action) {
                    pending = Some(next);
                }
            }
            if self.call.is_over() {
                break;
            }
            self.events += 1;
            assert!(self.events < 500, "the call does not end");
            before_event(self.choices, self.events);
            let waits = pending.take().expect("the call waits for nothing");
            pending = self.wait(waits);
        }
        self.check();
    }

    /// Lets time pass until something happens; returns what is still waited for.
    fn wait(&mut self, pending: Pending) -> Option<Pending> {
        let ends = match &pending {
            Pending::At(at, _) => *at,
            Pending::Sending(course) => course.ends,
        };
        if self.stopped.is_none() {
            let leaves = match &pending {
                Pending::Sending(Course { leaves: Some(leaves), .. }) => *leaves,
                _ => ends,
            };
            // From outside the call may end before the last byte leaves, after it, or not at all.
            let reasons = [Reason::Cancelled, Reason::CallerGone, Reason::ClientClosed];
            let stop = match self.below(3) {
                0 => None,
                1 => Some(self.now + leaves.saturating_duration_since(self.now) / 2),
                _ => Some(leaves + (ends - leaves) / 2),
            };
            let (at, reason) = match stop.filter(|at| *at < self.deadline) {
                Some(at) => (at, pick_detail(self.choices, &reasons)),
                None => (self.deadline, Reason::Deadline),
            };
            if at < ends {
                self.stop(reason, at, &pending);
                return Some(pending);
            }
        }
        self.now = self.now.max(ends);
        let event = match pending {
            Pending::At(_, event) => event,
            Pending::Sending(course) => self.arrive(course),
        };
        self.tell(event);
        None
    }

    fn stop(&mut self, reason: Reason, at: Instant, pending: &Pending) {
        self.now = self.now.max(at);
        let mut sent = Sent::No;
        if let Pending::Sending(course) = pending {
            let (now, truth) = (self.now, self.requests.last_mut().unwrap());
            truth.left = course.leaves.is_some_and(|leaves| leaves <= now);
            truth.ended = Some(now);
            if truth.left {
                (truth.executed, truth.billed) = (course.executed, course.billed);
                sent = Sent::Unknown;
                self.abandoned = self.has_journal && self.is_billed();
            }
        }
        self.stopped = Some(reason);
        let at = self.moment();
        self.call.stop(Stop { reason, sent, cause: None }, at);
    }

    fn moment(&self) -> Moment {
        let since = (self.now - self.start).as_millis() as u64;
        Moment { now: self.now, unix_ms: 1_800_000_000_000 + since }
    }

    fn tell(&mut self, event: Event) {
        self.resolved |= matches!(event, Event::Order(Some(_)));
        let at = self.moment();
        self.call.handle(event, at, &mut self.entropy);
    }

    /// Does what the call wants; returns what there is to wait for.
    fn perform(&mut self, action: Action) -> Option<Pending> {
        let silent = matches!(
            action,
            Action::Done(_) | Action::Emit(_) | Action::WriteDone(_) | Action::EarnRetry(_)
        );
        assert!(silent || self.stopped.is_none(), "{action:?} after the end");
        assert!(silent || self.done.is_none(), "{action:?} after the result");
        let position = self.call.position();
        match action {
            Action::GetCredentials { refused } => {
                self.asked_anew[position][0] += u32::from(refused);
                let event = match self.below(2 + usize::from(refused)) {
                    0 => Event::Credentials,
                    2 => Event::NoOther,
                    _ => {
                        self.tries += 1;
                        self.last_failover = Some(decision::on_local(Local::Credentials).failover);
                        Event::CredentialsFailed(Error::new(
                            Kind::CredentialsUnavailable,
                            "the provider failed",
                        ))
                    }
                };
                self.soon(event)
            }
            Action::GetToken { refused } => {
                self.asked_anew[position][1] += u32::from(refused);
                let kinds = [
                    (Kind::Network, Some(Phase::NotConnected)),
                    (Kind::Network, Some(Phase::AfterLastByte)),
                    (Kind::Network, Some(Phase::Certificate)),
                    (Kind::CredentialsUnavailable, None),
                    (Kind::Internal, None),
                ];
                let event = match self.below(2 + usize::from(refused)) {
                    0 => Event::Token,
                    2 => Event::NoOther,
                    _ => {
                        self.tries += 1;
                        let (kind, phase) = pick(self.choices, &kinds);
                        let error = Error::new(kind, "no token");
                        self.last_failover = None;
                        Event::TokenFailed(match phase {
                            Some(phase) => error.with_phase(phase),
                            None => error,
                        })
                    }
                };
                self.soon(event)
            }
            Action::Admit => {
                let reasons = [
                    Local::Pace,
                    Local::Quota,
                    Local::Breaker,
                    Local::AccountBlocked,
                    Local::ParametersBlocked,
                    Local::Store,
                ];
                let choice = self.below(3);
                let event = if choice == 0 || !self.is_billed() {
                    Event::Admitted
                } else if choice == 1 {
                    self.last_failover = Some(Failover::Never);
                    Event::NotBuilt(Error::new(Kind::Internal, "no signature"))
                } else {
                    let reason = pick(self.choices, &reasons);
                    self.last_failover = Some(decision::on_local(reason).failover);
                    Event::Refused(reason, Error::new(Kind::RateLimited, "not now"))
                };
                self.soon(event)
            }
            Action::WriteIntent => {
                assert!(self.has_journal && self.is_billed());
                let order_id = self.call.order_id().to_owned();
                let running = self
                    .journal
                    .iter()
                    .any(|entry| entry.written == Some(true) && entry.done.is_none());
                assert!(!running, "an intent while another order runs");
                let written = self.below(4) != 1;
                self.journal.push(Entry {
                    order_id,
                    written: Some(written),
                    done: None,
                    sent: false,
                });
                let event = if written {
                    Event::Written
                } else {
                    self.last_failover = Some(decision::on_local(Local::Journal).failover);
                    Event::NotWritten(Error::new(Kind::Storage, "the disk is full"))
                };
                self.soon(event)
            }
            Action::Send => Some(Pending::Sending(self.send(position))),
            Action::WriteDone(done) => {
                let stopped = self.stopped.is_some();
                let abandoned = self.abandoned;
                let entry = self.journal.last_mut().expect("an end without an intent");
                assert!(entry.done.is_none(), "an order ends twice");
                match self.requests.last().filter(|_| entry.sent) {
                    Some(truth) => {
                        assert!(done.sent != Sent::No || !truth.left, "{done:?} {truth:?}");
                        assert!(done.sent == Sent::No || truth.left, "{done:?} {truth:?}");
                        costs(done.billed, truth);
                        assert_eq!(done.late, abandoned);
                    }
                    None => assert_eq!((done.sent, done.billed), (Sent::No, Billed::No)),
                }
                entry.done = Some(done);
                if stopped { None } else { self.soon(Event::Written) }
            }
            Action::PayForRetry(_) => {
                let another = self.last_failover.is_some_and(|failover| self.leads_on(failover));
                let kept = u32::from(another && position + 1 < self.routes.len());
                assert!(self.tries + kept < self.attempts, "a retry with the last attempt");
                self.paid = self.below(4) != 1;
                let event = Event::Paid(self.paid);
                Some(Pending::At(self.now, event))
            }
            Action::Wait { until } => {
                assert!(until <= self.deadline, "a wait past the deadline");
                assert!(until >= self.now);
                Some(Pending::At(until, Event::TimerFired))
            }
            Action::QueryOrder => {
                assert_eq!(self.market.operation, Operation::Recognize);
                let truth = self.requests.last().expect("no request to ask about");
                assert!(truth.left && truth.answered != Some(Billed::No));
                let is_kept = truth.billed;
                let found = is_kept && self.below(2) == 0;
                let event = Event::Order(found.then(|| Response {
                    reply: Box::new(success(self.market.operation, "0")),
                    status: 200,
                    sent: Sent::Yes,
                    server_unix_ms: None,
                }));
                self.soon(event)
            }
            Action::WriteResolved(done) => {
                let entry = self.journal.last().expect("nothing is written");
                assert!(entry.done.is_some(), "resolved before it ended");
                assert_eq!((done.sent, done.billed), (Sent::Yes, Billed::Yes));
                self.soon(Event::Written)
            }
            Action::CorrectClock { .. } | Action::NoteHealth { .. } | Action::Block(..) => None,
            Action::EarnRetry(_) => {
                self.earned += 1;
                None
            }
            Action::Emit(events::Event::AttemptStarted { attempt, .. }) => {
                self.started += 1;
                assert_eq!(attempt, self.started);
                None
            }
            Action::Emit(_) => {
                self.ended += 1;
                assert_eq!(self.ended, self.started);
                None
            }
            Action::Done(result) => {
                assert!(self.done.is_none(), "two results");
                assert!(self.now <= self.deadline, "a result after the deadline");
                self.hold(&result);
                self.done = Some(result.map(|_| ()).map_err(|error| error.kind()));
                None
            }
        }
    }

    fn soon(&mut self, event: Event) -> Option<Pending> {
        let takes = self.takes();
        Some(Pending::At(self.now + takes, event))
    }

    fn send(&mut self, position: usize) -> Course {
        self.tries += 1;
        assert!(self.tries <= self.attempts, "more attempts than are allowed");
        let order_id = self.call.order_id().to_owned();
        if self.is_billed() {
            if self.has_journal {
                let entry = self.journal.last_mut().expect("no intent");
                assert!(entry.order_id == order_id && entry.written == Some(true));
                assert!(!entry.sent && entry.done.is_none());
                entry.sent = true;
            } else {
                assert!(self.now + self.least <= self.deadline, "too late to start");
            }
        }
        if let Some(before) = self.requests.last() {
            self.follows(before, position, &order_id);
            if before.position == position {
                self.repeated.extend(before.decision.map(|decision| (position, decision.retry)));
            }
        }
        self.requests.push(Request {
            position,
            order_id,
            began: self.now,
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
        self.course(position)
    }

    /// Holds that a request may come after the one before it.
    fn follows(&self, before: &Request, position: usize, order_id: &str) {
        if before.position == position {
            assert_eq!(before.order_id, order_id);
            assert!(!before.executed && !before.billed, "{before:?} is repeated");
            let is_free = !self.is_billed() || before.answered == Some(Billed::No);
            assert!(!before.left || is_free, "{before:?} is repeated");
        } else {
            assert!(position > before.position && before.order_id != order_id);
            assert!(!before.executed || self.is_risky(), "{before:?} is asked of another");
            let allowed = self.last_failover.is_none_or(|failover| self.leads_on(failover));
            assert!(allowed, "{:?} leads to another account", self.last_failover);
        }
        let (Some(ended), Some(decision)) = (before.ended, before.decision) else { return };
        if before.position == position && self.paid {
            let gap = self.now - ended;
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

    fn course(&mut self, position: usize) -> Course {
        let takes = self.takes();
        let ends = self.now + takes;
        let leaves = Some(self.now + takes / 2);
        let phases = [
            Phase::BeforeLastByte,
            Phase::NotConnected,
            Phase::Certificate,
            Phase::ProxyRefused,
            Phase::Local,
        ];
        let stays = |event| Course { leaves: None, ends, executed: false, billed: false, event };
        match self.below(6) {
            1 => stays(CourseEnd::Failed(pick(self.choices, &phases))),
            2 => {
                let (reply, status) = self.reply(position);
                let event = CourseEnd::Reply {
                    reply: Box::new(reply),
                    status,
                    early: true,
                    server_unix_ms: None,
                };
                stays(event)
            }
            3 if self.has_journal && self.is_billed() => stays(CourseEnd::NotSent),
            4 => {
                let executed = self.is_billed() && self.below(2) == 0;
                let billed = executed && self.below(2) == 0;
                let event = CourseEnd::Failed(Phase::AfterLastByte);
                Course { leaves, ends, executed, billed, event }
            }
            _ => {
                let (reply, status) = self.reply(position);
                let (executed, billed) = match reply.billed {
                    _ if !self.is_billed() => (false, false),
                    Billed::No => (false, false),
                    Billed::Yes => (true, true),
                    Billed::Unknown => {
                        let executed = self.below(2) == 0;
                        (executed, executed && self.below(2) == 0)
                    }
                };
                let server_unix_ms = (self.choices.detail(2) == 0).then_some(1_800_000_100_000);
                let event = CourseEnd::Reply {
                    reply: Box::new(reply),
                    status,
                    early: false,
                    server_unix_ms,
                };
                Course { leaves, ends, executed, billed, event }
            }
        }
    }

    /// What a vendor answers.
    fn reply(&mut self, position: usize) -> (Reply, u16) {
        let vendor = self.routes[position];
        let codes = self.market.vendors.iter().find(|(one, _)| *one == vendor);
        let codes = &codes.expect("a vendor of the market").1;
        let choice = self.below(codes.len() + 3);
        if let Some(code) = choice.checked_sub(3).and_then(|index| codes.get(index)) {
            let kind = match code.decision {
                Decision { failover: Failover::Unrecognized, .. } => Kind::CardNotFound,
                Decision { failover: Failover::Credentials, .. }
                | Decision { retry: Retry::Token, .. } => Kind::Unauthenticated,
                Decision { retry: Retry::Throttle, .. } => Kind::RateLimited,
                _ => Kind::VendorError,
            };
            let waits = kind == Kind::RateLimited;
            let retry_after = if waits { self.retry_after() } else { None };
            let code_text = Some(code.code.to_owned());
            let refusal = Refusal { code: code_text, retry_after, ..Refusal::new(kind, "refused") };
            let billed = if self.is_billed() { code.decision.billed } else { Billed::No };
            return (Reply { ids: RequestIds::default(), billed, result: Err(refusal) }, 200);
        }
        if choice == 1 {
            let status = pick(self.choices, &[503, 429, 401, 403, 408, 404, 500]);
            let (kind, billed) = match status {
                401 => (Kind::Unauthenticated, Billed::No),
                403 => (Kind::PermissionDenied, Billed::No),
                429 => (Kind::RateLimited, Billed::No),
                _ => (Kind::VendorUnavailable, Billed::Unknown),
            };
            let billed = if self.is_billed() { billed } else { Billed::No };
            let retry_after = if status == 429 { self.retry_after() } else { None };
            let refusal = Refusal { retry_after, ..Refusal::new(kind, "a page") };
            return (Reply { ids: RequestIds::default(), billed, result: Err(refusal) }, status);
        }
        let code = if vendor == Vendor::AliyunYhkr { "1" } else { "0" };
        (success(self.market.operation, code), 200)
    }

    fn retry_after(&mut self) -> Option<Duration> {
        pick_detail(
            self.choices,
            &[None, Some(Duration::from_secs(2)), Some(Duration::from_secs(60))],
        )
    }

    /// The request ends by itself.
    fn arrive(&mut self, course: Course) -> Event {
        let vendor = self.routes[self.call.position()];
        let (operation, word) = (self.market.operation, self.market.word);
        let was_told = self.stopped.is_some();
        let (now, truth) = (self.now, self.requests.last_mut().expect("a request"));
        if !was_told {
            truth.left = course.leaves.is_some();
            (truth.executed, truth.billed) = (course.executed, course.billed);
            truth.ended = Some(now);
        }
        match course.event {
            CourseEnd::Failed(phase) => {
                let decision = decision::on_failure(phase, operation);
                (truth.decision, self.last_failover) = (Some(decision), Some(decision.failover));
                Event::Failed(Failure::new(Kind::Network, "broken", phase))
            }
            CourseEnd::NotSent => {
                let decision = decision::on_local(Local::Journal);
                (truth.decision, self.last_failover) = (Some(decision), Some(decision.failover));
                Event::NotSent(Error::new(Kind::Storage, "the disk is full"))
            }
            CourseEnd::Reply { reply, status, early, server_unix_ms } => {
                let refused = reply.result.as_ref().err();
                let is_free = refused.is_some_and(|refusal| {
                    refusal.kind != Kind::CardNotFound && reply.billed != Billed::Yes
                });
                truth.retry_after = refused.and_then(|refusal| refusal.retry_after);
                let decision = if early && !is_free {
                    decision::on_failure(Phase::AnsweredEarly, operation)
                } else {
                    let billed = if early { Billed::No } else { reply.billed };
                    truth.succeeded = refused.is_none();
                    truth.answered = Some(billed);
                    let result = refused.map(|refusal| {
                        let code = refusal.code.clone();
                        Refusal { code, ..Refusal::new(refusal.kind, "") }
                    });
                    let result = result.map_or_else(|| success(operation, "0").result, Err);
                    let read = Reply { ids: RequestIds::default(), billed, result };
                    decision::on_reply(vendor, word, &read, status)
                };
                (truth.decision, self.last_failover) = (Some(decision), Some(decision.failover));
                let sent = if early { Sent::No } else { Sent::Yes };
                Event::Reply(Response { reply, status, sent, server_unix_ms })
            }
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
            assert_eq!(attempt.vendor, self.routes[truth.position]);
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
    fn check(&self) {
        assert!(self.done.is_some(), "no result");
        assert_eq!(self.started, self.ended);
        assert_eq!(self.started as usize, self.requests.len());
        let executed = self.requests.iter().filter(|request| request.executed).count();
        assert!(executed <= 1 || self.is_risky(), "{executed} times: {:?}", self.requests);
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

fn success(operation: Operation, code: &str) -> Reply {
    let (raw, facts) = (PersonalBytes::default, CallFacts::default);
    let (answer, billed) = match operation {
        Operation::Recognize => {
            let number = CardNumber::parse("6222020000000000000").unwrap();
            (Answer::Recognition(Recognition::new(number)), Billed::Yes)
        }
        Operation::Verify => {
            let answer = Verification {
                outcome: Outcome::Match,
                reason: None,
                vendor_code: code.to_owned(),
                description: Personal::new(String::new()),
                raw: raw(),
                facts: facts(),
            };
            (Answer::Verification(answer), Billed::Yes)
        }
        Operation::LookupCard => {
            let answer = CardLookup {
                found: true,
                reason: None,
                issuer: None,
                card_kind: CardKind::Unknown,
                vendor_code: code.to_owned(),
                description: String::new(),
                raw: raw(),
                facts: facts(),
            };
            (Answer::Lookup(answer), Billed::Yes)
        }
        Operation::FetchOrder => {
            let answer = Order {
                card_number: None,
                valid_thru: None,
                clarity: None,
                warnings: Vec::new(),
                original_photo: None,
                card_photo: None,
                number_photo: None,
                operated_at: None,
                raw: raw(),
                facts: facts(),
            };
            (Answer::Order(answer), Billed::No)
        }
    };
    Reply { ids: RequestIds::default(), billed, result: Ok(answer) }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// `CARDWIRE_SCHEDULES` says how many, `CARDWIRE_SCHEDULE` plays one again.
#[test]
fn whatever_happens_a_call_is_executed_once_and_says_what_it_cost() {
    let play = |seed: u64| {
        let mut choices = Drawn::new(seed);
        let setting = Setting::choose(&mut choices);
        World::new(&mut choices, setting, seed).play(|_, _| {});
    };
    if let Some(seed) = number("CARDWIRE_SCHEDULE") {
        return play(seed);
    }
    let count = number("CARDWIRE_SCHEDULES").unwrap_or(SCHEDULES);
    for seed in 0..count {
        let played = std::panic::catch_unwind(|| play(seed));
        assert!(played.is_ok(), "CARDWIRE_SCHEDULE={seed} plays it again");
    }
    println!("{count} schedules");
}

#[test]
fn every_sequence_of_up_to_five_events() {
    let mut count = 0_u64;
    for market in markets() {
        for (has_journal, also) in [(false, None), (true, Some(Failover::VendorFailed))] {
            let mut every = Every::new();
            loop {
                let setting = Setting {
                    market,
                    timeout: Duration::from_secs(60),
                    least: Duration::from_secs(3),
                    attempts: 3,
                    has_journal,
                    routes: market.vendors.iter().map(|(vendor, _)| *vendor).collect(),
                    also: also.into_iter().collect(),
                    renews: true,
                    keeps_orders: true,
                };
                let mut world = World::new(&mut every, setting, 0);
                world.play(|every, events| every.counts = events <= EVENTS);
                count += 1;
                if !every.turn() {
                    break;
                }
            }
        }
    }
    println!("{count} sequences");
}
