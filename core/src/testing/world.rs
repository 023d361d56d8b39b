//! The world that a call is played in: scripted vendors, tokens, journal and failures, in virtual time.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::oracle::{Oracle, Rules, TrueAnswer, Work};
use super::scripted::Choices;
use crate::call::{
    Action, Call, Deadline, Event, Moment, Plan, Reason, Response, Route, Routes, Step, Stop,
    on_failure, on_reply,
};
use crate::card::{CardKind, CardLookup, CardNumber, Order, Outcome, Recognition, Verification};
use crate::config::{FailoverConfig, RetryConfig};
use crate::decision::{Decision, Failover, Local, Retry};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::facts::{Billed, CallFacts, ImageFitted, Sent};
use crate::secret::{Personal, PersonalBytes};
use crate::transport::{Failure, Phase};
use crate::vendors::codes::{CodeList, CodeResult, Numbering};
use crate::vendors::{Answer, Operation, Refusal, Reply, RequestIds, Vendor};

/// A refusal of a vendor.
pub(super) struct Code {
    code: &'static str,
    billed: Billed,
    decision: Decision,
}

/// A kind of call with what the vendors that do it may answer.
pub(super) struct Market {
    operation: Operation,
    numbering: Numbering,
    pub(super) vendors: Vec<(Vendor, Vec<Code>)>,
}

pub(super) fn markets() -> &'static [Market] {
    static MARKETS: OnceLock<Vec<Market>> = OnceLock::new();
    MARKETS.get_or_init(|| {
        [
            (Operation::Recognize, Numbering::Recognize),
            (Operation::Verify, Numbering::Verify3),
            (Operation::LookupCard, Numbering::LookupCard),
            (Operation::FetchOrder, Numbering::FetchOrder),
        ]
        .map(|(operation, numbering)| {
            let does = |vendor: &&Vendor| vendor.operations().contains(&operation);
            let vendors = Vendor::ALL.iter().copied().filter(|vendor| does(&vendor));
            let vendors = vendors.map(|vendor| (vendor, codes(vendor, numbering))).collect();
            Market { operation, numbering, vendors }
        })
        .into()
    })
}

/// Returns one code for each decision that the vendor's codes lead to.
fn codes(vendor: Vendor, numbering: Numbering) -> Vec<Code> {
    let mut codes: Vec<Code> = Vec::new();
    let fits =
        |list: &&CodeList| list.numberings.is_empty() || list.numberings.contains(&numbering);
    for row in vendor.codes().iter().filter(fits).flat_map(|list| list.rows) {
        let (code, billed, decision) = (row.code, row.billed, row.decision);
        let of = |known: &Code| (known.billed, known.decision);
        let is_new = codes.iter().all(|known| of(known) != (billed, decision));
        // What costs something and is final is a result; those come besides.
        if is_new && billed != Billed::Yes && row.result != CodeResult::Success {
            codes.push(Code { code, billed, decision });
        }
    }
    codes
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
    Reply {
        reply: Box<Reply>,
        status: u16,
        early: bool,
        server_unix_ms: Option<u64>,
    },
    /// This machine read the photo.
    Read(Box<Reply>),
    Failed(Phase),
    NotSent,
}

/// The thing that the driver waits for.
enum Pending {
    /// An event that comes at that moment.
    At(Instant, Event),
    Sending(Course),
}

/// One call with its driver, its vendors and their answers.
pub(super) struct World<'a, C: Choices> {
    choices: &'a mut C,
    market: &'static Market,
    call: Call,
    entropy: Entropy,
    start: Instant,
    now: Instant,
    deadline: Instant,
    stopped: bool,
    oracle: Oracle,
}

fn pick<T: Copy>(choices: &mut impl Choices, from: &[T]) -> T {
    from[choices.below(from.len())]
}

fn pick_detail<T: Copy>(choices: &mut impl Choices, from: &[T]) -> T {
    from[choices.detail(from.len())]
}

const MILLISECOND: Duration = Duration::from_millis(1);

/// The beginning of a call.
pub(super) struct Setting {
    pub(super) market: &'static Market,
    pub(super) timeout: Duration,
    pub(super) least: Duration,
    pub(super) attempts: u32,
    pub(super) has_journal: bool,
    pub(super) routes: Vec<Vendor>,
    pub(super) also: Vec<Failover>,
    pub(super) renews: bool,
    pub(super) keeps_orders: bool,
    /// The photo is made to fit for every vendor.
    pub(super) fits_photo: bool,
}

impl Setting {
    pub(super) fn choose(choices: &mut impl Choices) -> Self {
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
            fits_photo: market.operation == Operation::Recognize && choices.below(2) == 1,
        }
    }
}

impl<'a, C: Choices> World<'a, C> {
    pub(super) fn new(choices: &'a mut C, setting: Setting, seed: u64) -> Self {
        let market = setting.market;
        let start = Instant::now();
        let all = setting.routes.iter().map(|vendor| Route {
            vendor: *vendor,
            account: vendor.name().to_owned(),
            server: None,
            takes_token: matches!(vendor, Vendor::TencentKyc | Vendor::Wechat),
            renews_credentials: setting.renews,
            keeps_orders: setting.keeps_orders,
            is_on_this_machine: vendor.is_on_this_machine(),
            fits_photo: setting.fits_photo && !vendor.is_on_this_machine(),
        });
        let policy = FailoverConfig::listing(setting.also.clone());
        let deadline = Deadline { at: start + setting.timeout, least: setting.least };
        let call = Call::new(Plan {
            operation: market.operation,
            numbering: market.numbering,
            order_id: "first".to_owned(),
            routes: Routes::new(all.collect(), policy),
            retry: RetryConfig { attempts: setting.attempts, ..RetryConfig::default() },
            deadline,
            has_journal: setting.has_journal,
            number: Some(1),
        });
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        World {
            choices,
            market,
            call,
            entropy: Entropy::from_seed(key),
            start,
            now: start,
            deadline: deadline.at,
            stopped: false,
            oracle: Oracle::new(Rules {
                operation: market.operation,
                routes: setting.routes,
                attempts: setting.attempts,
                also: setting.also,
                has_journal: setting.has_journal,
                deadline,
            }),
        }
    }

    fn is_billed(&self) -> bool {
        self.market.operation.is_billed()
    }

    fn below(&mut self, count: usize) -> usize {
        self.choices.below(count)
    }

    /// Returns what a photo becomes for the account that is asked.
    fn fitted(&self) -> ImageFitted {
        ImageFitted {
            bytes_before: 9_000_000,
            bytes_after: 1_000_000 + self.call.position(),
            width_before: 4000,
            height_before: 3000,
            width_after: 2000,
            height_after: 1500,
        }
    }

    fn takes(&mut self) -> Duration {
        pick_detail(self.choices, &[20, 0, 900, 7_000, 120_000]) * MILLISECOND
    }

    /// Plays the call to its end. `before_event` is told how many events there were.
    pub(super) fn play(&mut self, mut before_event: impl FnMut(&mut C, usize)) {
        let (mut pending, mut events) = (None, 0);
        loop {
            while let Some(action) = self.call.poll() {
                self.oracle.hears(&action, &self.call, self.now);
                if let Action::Step(step) = action {
                    pending = Some(self.perform(step));
                }
            }
            if self.call.is_over() {
                break;
            }
            events += 1;
            assert!(events < 500, "the call does not end");
            before_event(self.choices, events);
            let waits = pending.take().expect("the call waits for nothing");
            pending = self.wait(waits);
        }
        self.oracle.check();
    }

    /// Lets time pass until something happens; returns what is still waited for.
    fn wait(&mut self, pending: Pending) -> Option<Pending> {
        let ends = match &pending {
            Pending::At(at, _) => *at,
            Pending::Sending(course) => course.ends,
        };
        if !self.stopped {
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
        self.stopped = true;
        let left = match pending {
            Pending::Sending(Course { leaves: Some(leaves), executed, billed, .. })
                if *leaves <= self.now =>
            {
                Some(Work { executed: *executed, billed: *billed })
            }
            _ => None,
        };
        let sent = if left.is_some() { Sent::Unknown } else { Sent::No };
        let is_sending = matches!(pending, Pending::Sending(_));
        self.oracle.stops(reason, is_sending.then_some(left), self.now);
        let at = self.moment();
        self.call.stop(Stop { reason, sent, cause: None }, at);
    }

    fn moment(&self) -> Moment {
        let since = (self.now - self.start).as_millis() as u64;
        Moment { now: self.now, unix_ms: 1_800_000_000_000 + since }
    }

    fn tell(&mut self, event: Event) {
        self.oracle.tells(&event);
        let at = self.moment();
        self.call.handle(event, at, &mut self.entropy);
    }

    /// Does what the call wants; returns what there is to wait for.
    fn perform(&mut self, step: Step) -> Pending {
        let position = self.call.position();
        match step {
            Step::FitPhoto => {
                let event = match self.below(3) {
                    0 => Event::Fitted(Some(self.fitted())),
                    1 => Event::Fitted(None),
                    _ => Event::NotFitted(Error::argument("image", "a smaller one", "this one")),
                };
                self.soon(event)
            }
            Step::GetCredentials { refused } => {
                let event = match self.below(2 + usize::from(refused)) {
                    0 => Event::Credentials,
                    2 => Event::NoOther,
                    _ => Event::CredentialsFailed(Error::new(
                        Kind::CredentialsUnavailable,
                        "the provider failed",
                    )),
                };
                self.soon(event)
            }
            Step::GetToken { refused } => {
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
                        let (kind, phase) = pick(self.choices, &kinds);
                        let error = Error::new(kind, "no token");
                        Event::TokenFailed(match phase {
                            Some(phase) => error.with_phase(phase),
                            None => error,
                        })
                    }
                };
                self.soon(event)
            }
            Step::Admit { .. } => {
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
                    Event::NotBuilt(Error::new(Kind::Internal, "no signature"))
                } else {
                    let reason = pick(self.choices, &reasons);
                    Event::Refused(reason, Error::new(Kind::RateLimited, "not now"))
                };
                self.soon(event)
            }
            Step::WriteIntent => {
                let event = match self.below(4) {
                    1 => Event::NotWritten(Error::new(Kind::Storage, "the disk is full")),
                    _ => Event::Written,
                };
                self.soon(event)
            }
            Step::Send => Pending::Sending(self.course(position)),
            Step::WriteDone(_) | Step::WriteResolved(_) => self.soon(Event::Written),
            Step::PayForRetry(_) => {
                let is_paid = self.below(4) != 1;
                Pending::At(self.now, Event::Paid(is_paid))
            }
            Step::Wait { until } => Pending::At(until, Event::TimerFired),
            Step::QueryOrder => {
                let kept = self.oracle.keeps_order();
                let reply = match self.below(3) {
                    0 if kept => Some(success(self.market.operation, "0")),
                    // A record that shows no result, as of photos without a number.
                    1 => Some(Reply::new(
                        RequestIds::default(),
                        Err(Refusal::new(Kind::CardNotFound, "no number")),
                    )),
                    _ => None,
                };
                let event = Event::Order(reply.map(|reply| Response {
                    reply: Box::new(reply),
                    status: 200,
                    sent: Sent::Yes,
                    server_unix_ms: None,
                }));
                self.soon(event)
            }
        }
    }

    fn soon(&mut self, event: Event) -> Pending {
        let takes = self.takes();
        Pending::At(self.now + takes, event)
    }

    /// Chooses the way of a request.
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
        if self.oracle.rules.is_on_this_machine(position) {
            let reply = self.reply(position).0;
            return stays(CourseEnd::Read(Box::new(Reply { billed: Billed::No, ..reply })));
        }
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
            3 if self.oracle.rules.has_journal && self.is_billed() => stays(CourseEnd::NotSent),
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

    /// Returns the answer of a vendor.
    fn reply(&mut self, position: usize) -> (Reply, u16) {
        let vendor = self.oracle.rules.routes[position];
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
            let billed = if self.is_billed() { code.billed } else { Billed::No };
            return (Reply { ids: RequestIds::default(), billed, result: Err(refusal) }, 200);
        }
        if choice == 1 && !self.oracle.rules.is_on_this_machine(position) {
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

    /// Ends a request by itself.
    fn arrive(&mut self, course: Course) -> Event {
        let Course { leaves, executed, billed, event, .. } = course;
        let left = leaves.map(|_| Work { executed, billed });
        let mut answer = None;
        let event = match event {
            CourseEnd::Failed(phase) => {
                Event::Reply(Err(Failure::new(Kind::Network, "broken", phase)))
            }
            CourseEnd::Read(reply) => {
                let numbering = self.market.numbering;
                let decision = on_reply(Vendor::Offline, numbering, &reply, 200);
                let (billed, succeeded) = (Some(Billed::No), reply.result.is_ok());
                answer = Some(TrueAnswer { billed, succeeded, decision, retry_after: None });
                Event::Read(reply)
            }
            CourseEnd::NotSent => Event::NotSent(Error::new(Kind::Storage, "the disk is full")),
            CourseEnd::Reply { reply, status, early, server_unix_ms } => {
                let refused = reply.result.as_ref().err();
                let is_free = refused.is_some_and(|refusal| {
                    refusal.kind != Kind::CardNotFound && reply.billed != Billed::Yes
                });
                let retry_after = refused.and_then(|refusal| refusal.retry_after);
                let (operation, numbering) = (self.market.operation, self.market.numbering);
                answer = Some(if early && !is_free {
                    let decision = on_failure(Phase::AnsweredEarly, operation);
                    TrueAnswer { billed: None, succeeded: false, decision, retry_after }
                } else {
                    let billed = if early { Billed::No } else { reply.billed };
                    let result = refused.map(|refusal| {
                        let code = refusal.code.clone();
                        Refusal { code, ..Refusal::new(refusal.kind, "") }
                    });
                    let succeeded = result.is_none();
                    let result = result.map_or_else(|| success(operation, "0").result, Err);
                    let read = Reply { ids: RequestIds::default(), billed, result };
                    let vendor = self.oracle.rules.routes[self.call.position()];
                    let decision = on_reply(vendor, numbering, &read, status);
                    TrueAnswer { billed: Some(billed), succeeded, decision, retry_after }
                });
                let sent = if early { Sent::No } else { Sent::Yes };
                Event::Reply(Ok(Response { reply, status, sent, server_unix_ms }))
            }
        };
        self.oracle.ends(left, answer, self.now);
        event
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
                description: Personal::default(),
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
