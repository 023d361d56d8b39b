//! One call from its arguments to its result: drives a flow with the transport.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::progress::{Progress, unanswered};
use super::{Account, CallOptions, Cancellation, Inner, system_time_ms};
use crate::card::{CardNumber, Cardholder, Image, Picture};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::events::Event;
use crate::facts::{self, Sent};
use crate::flow::{Flow, Step};
use crate::secret::{PersonalBytes, scrub};
use crate::transport::{Exchange, Failure, Release, read_from_disk};
use crate::vendors::{Answer, Call, Refusal, Reply, Task};
use crate::wire::{Request, Response};

/// Order numbers have at most this many characters (`tencent_kyc`: 32 bytes); those made here have
/// all of them.
const ORDER_ID_LENGTH: usize = 32;

/// The longest that a call may take: more is not waited for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What a caller asks for.
pub(super) enum Work {
    Recognize(Image),
    Verify(Cardholder),
    LookupCard(CardNumber),
    FetchOrder(String),
}

impl Inner {
    pub(super) async fn run(
        self: &Arc<Self>,
        work: Work,
        options: CallOptions,
    ) -> Result<Answer, Error> {
        let started = Instant::now();
        let call = prepare(work, &options).await?;
        let account = self.choose(&call, &options.vendors)?;
        let timeout = options.timeout.or(account.timeout).unwrap_or(self.timeout).min(LONGEST);
        let deadline = started + timeout;
        let progress = Progress::default();
        progress.chosen(account, &call.order_id);
        let mut closed = self.closed.subscribe();
        let cut_off = |kind, message| {
            let ended = progress.cut_off(kind);
            self.tell_ended(&Attempt { account, call: &call, progress: &progress }, ended);
            Err(Error::new(kind, message).with_facts(progress.facts()))
        };
        if timeout.is_zero() {
            return cut_off(Kind::Timeout, "the call was given no time");
        }
        tokio::select! {
            biased;
            () = cancelled(options.cancellation.as_ref()) => {
                cut_off(Kind::Cancelled, "the caller cancelled the call")
            }
            () = cancelled(options.batch.as_ref()) => {
                cut_off(Kind::Cancelled, "the batch was dropped")
            }
            _ = closed.wait_for(|closed| *closed) => {
                cut_off(Kind::Cancelled, "the client was closed during the call")
            }
            () = tokio::time::sleep_until(deadline.into()) => {
                cut_off(Kind::Timeout, "the deadline passed")
            }
            result = self.drive(account, &call, deadline, &progress) => result,
        }
    }

    /// The first account that takes the call; where none does, why the last one does not.
    fn choose(&self, call: &Call, wanted: &[String]) -> Result<&Arc<Account>, Error> {
        let operation = call.task.operation();
        let mut refusal = None;
        for account in self.candidates(wanted)? {
            if !account.vendor.operations().contains(&operation) {
                continue;
            }
            match account.adapter.check(call) {
                Ok(()) => return Ok(account),
                Err(error) if error.kind() == Kind::Unsupported => refusal = Some(error),
                Err(error) => {
                    let mut facts = error.facts().clone();
                    facts.vendor = Some(account.vendor);
                    facts.account = Some(account.name.clone());
                    facts.order_id = Some(call.order_id.clone());
                    return Err(error.with_facts(facts));
                }
            }
        }
        Err(refusal.unwrap_or_else(|| {
            let whose = if wanted.is_empty() { "configured" } else { "named in the options" };
            Error::new(Kind::Unsupported, format!("no vendor {whose} does {operation}"))
        }))
    }

    fn candidates(&self, wanted: &[String]) -> Result<Vec<&Arc<Account>>, Error> {
        if wanted.is_empty() {
            return Ok(self.accounts.iter().collect());
        }
        let mut candidates = Vec::new();
        for name in wanted {
            let before = candidates.len();
            let named = |account: &&Arc<Account>| account.name == *name;
            let of_vendor = |account: &&Arc<Account>| account.vendor.name() == name;
            candidates.extend(self.accounts.iter().filter(named));
            if candidates.len() == before {
                candidates.extend(self.accounts.iter().filter(of_vendor));
            }
            if candidates.len() == before {
                return Err(Error::argument("vendors", "no configured vendor has this name"));
            }
        }
        Ok(candidates)
    }

    async fn drive(
        self: &Arc<Self>,
        account: &Arc<Account>,
        call: &Call,
        deadline: Instant,
        progress: &Progress,
    ) -> Result<Answer, Error> {
        let with_facts = |error: Error| error.with_facts(progress.facts());
        let mut entropy = Entropy::from_system().ok_or_else(|| {
            with_facts(Error::new(Kind::Internal, "the system gives no randomness"))
        })?;
        let mut flow = Flow::new(account.adapter.as_ref(), call);
        let mut status = None;
        let mut step = flow.start(account.now(), &mut entropy).map_err(with_facts)?;
        loop {
            step = match step {
                Step::NeedToken { refused } => {
                    match self.token(account, refused.as_ref()).await.map_err(with_facts)? {
                        Some(token) => flow.token(token, account.now(), &mut entropy),
                        None => flow.no_other_token(),
                    }
                    .map_err(with_facts)?
                }
                Step::CorrectClock { server_unix_ms } => {
                    account.correct_clock(server_unix_ms);
                    flow.clock_corrected(account.now(), &mut entropy).map_err(with_facts)?
                }
                Step::Send(request) => {
                    let attempt = Attempt { account, call, progress };
                    let response = self.attempt(&attempt, request, deadline).await?;
                    status = Some(response.status);
                    let mut reply = flow.read(&response);
                    self.attempt_ends(&attempt, &reply);
                    if let Ok(answer) = &mut reply.result {
                        *answer.raw_mut() = PersonalBytes::new(response.body.clone());
                    }
                    flow.next(reply, &response, account.now(), &mut entropy).map_err(with_facts)?
                }
                Step::Done(reply) => {
                    let facts = progress.facts();
                    return match reply.result {
                        Ok(mut answer) => {
                            *answer.facts_mut() = facts;
                            Ok(answer)
                        }
                        Err(refusal) => {
                            Err(refused(refusal, account, Some(&call.task), status)
                                .with_facts(facts))
                        }
                    };
                }
            };
        }
    }

    /// Sends one request, at the account's pace.
    async fn attempt(
        &self,
        attempt: &Attempt<'_>,
        request: Request,
        deadline: Instant,
    ) -> Result<Response, Error> {
        let Attempt { account, progress, .. } = attempt;
        let _turn = match &account.pace {
            None => None,
            Some(pace) => Some(pace.turn(deadline).await.map_err(|wait| {
                let message =
                    "requests_per_second of this account leaves no turn before the deadline";
                Error::new(Kind::RateLimited, message)
                    .with_retry_after(Some(wait))
                    .with_facts(progress.facts())
            })?),
        };
        let transport = self.transport().map_err(|error| error.with_facts(progress.facts()))?;
        let release = Release::default();
        let number = progress.attempt_starts(&release);
        self.tell(|| Event::AttemptStarted {
            vendor: account.vendor,
            account: account.name.clone(),
            operation: attempt.call.task.operation(),
            order_id: attempt.call.order_id.clone(),
            attempt: number,
        });
        let response_limit = account.adapter.response_limit();
        let exchange = Exchange { request, deadline, response_limit, release };
        match transport.send(exchange).await {
            Ok(response) => Ok(response),
            Err(Failure { kind, message, sent }) => {
                let ended = progress.attempt_ends(Some(kind), None, sent, unanswered(sent), None);
                self.tell_ended(attempt, ended);
                Err(Error::new(kind, message).with_facts(progress.facts()))
            }
        }
    }

    /// A response was read: closes the attempt with what it said.
    fn attempt_ends(&self, attempt: &Attempt<'_>, reply: &Reply) {
        let (failure, code) = match &reply.result {
            Ok(_) => (None, None),
            Err(refusal) => (Some(refusal.kind), refusal.code.clone()),
        };
        let id = reply.request_id.clone();
        let ended = attempt.progress.attempt_ends(failure, code, Sent::Yes, reply.billed, id);
        self.tell_ended(attempt, ended);
    }

    fn tell_ended(&self, attempt: &Attempt<'_>, ended: Option<(u32, facts::Attempt)>) {
        let Some((number, ended)) = ended else { return };
        self.tell(|| Event::AttemptEnded {
            vendor: ended.vendor,
            account: ended.account,
            operation: attempt.call.task.operation(),
            order_id: attempt.call.order_id.clone(),
            attempt: number,
            failure: ended.failure,
            vendor_code: ended.vendor_code,
            sent: ended.sent,
            duration: ended.duration,
        });
    }
}

/// What one attempt belongs to.
struct Attempt<'a> {
    account: &'a Account,
    call: &'a Call,
    progress: &'a Progress,
}

async fn cancelled(cancellation: Option<&Cancellation>) {
    match cancellation {
        Some(cancellation) => cancellation.cancelled().await,
        None => std::future::pending().await,
    }
}

/// Reads what has to be read and settles the order number.
async fn prepare(work: Work, options: &CallOptions) -> Result<Call, Error> {
    let given = match &work {
        Work::FetchOrder(order_id) => Some(order_id),
        _ => options.order_id.as_ref(),
    };
    let order_id = match given {
        Some(order_id) if is_short_alphanumeric(order_id) => order_id.clone(),
        Some(_) => return Err(Error::argument("order_id", "it is not 1 to 32 letters and digits")),
        None => new_order_id()?,
    };
    let task = match work {
        Work::Recognize(image) => Task::Recognize(load(image).await?),
        Work::Verify(cardholder) => Task::Verify(cardholder),
        Work::LookupCard(number) => Task::LookupCard(number),
        Work::FetchOrder(_) => Task::FetchOrder,
    };
    Ok(Call { task, order_id, user_id: options.user_id.clone() })
}

async fn load(image: Image) -> Result<Picture, Error> {
    if image.is_path() {
        return read_from_disk(|| Picture::load(image)).await;
    }
    Picture::load(image)
}

fn is_short_alphanumeric(text: &str) -> bool {
    (1..=ORDER_ID_LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The milliseconds of the clock in base 16, so that numbers sort by time, then randomness.
fn new_order_id() -> Result<String, Error> {
    let mut entropy = Entropy::from_system()
        .ok_or_else(|| Error::new(Kind::Internal, "the system gives no randomness"))?;
    let time = format!("{:012x}", system_time_ms());
    Ok(format!("{time}{}", entropy.alphanumeric(ORDER_ID_LENGTH.saturating_sub(time.len()))))
}

/// The error that a refusal becomes: the vendor's text only after everything of the call is masked.
pub(super) fn refused(
    refusal: Refusal,
    account: &Account,
    task: Option<&Task>,
    status: Option<u16>,
) -> Error {
    let Refusal { kind, message, code, vendor_message, retry_after, .. } = refusal;
    let mut hidden = account.adapter.secrets();
    match task {
        Some(Task::Verify(cardholder)) => hidden.extend(cardholder.values()),
        Some(Task::LookupCard(number)) => hidden.push(number.reveal()),
        Some(Task::Recognize(_) | Task::FetchOrder) | None => {}
    }
    let vendor_message = vendor_message.map(|text| scrub(&text, hidden));
    Error::new(kind, message)
        .with_vendor_code(code, vendor_message)
        .with_http_status(status)
        .with_retry_after(retry_after)
}
