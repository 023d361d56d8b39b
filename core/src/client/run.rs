//! One call from its arguments to its result: which accounts are asked, and by when.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::progress::Progress;
use super::{Account, CallOptions, Cancellation, Inner, system_time_ms};
use crate::card::{CardNumber, Cardholder, Image, Picture};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::facts::CallFacts;
use crate::values;
use crate::vendors::{Answer, Call, Task, Vendor};

/// Order numbers have at most this many characters (`tencent_kyc`: 32 bytes); those made here have
/// all of them.
const ORDER_ID_LENGTH: usize = 32;

/// The longest name of a user that a vendor keeps: <https://cloud.tencent.com/document/product/1007/35923>
const USER_ID_LENGTH: usize = 32;

/// The longest reference that the journal keeps, in characters.
const REFERENCE_LENGTH: usize = 64;

/// How many accounts an error lists.
const NAMES_SHOWN: usize = 5;

/// The longest that a call may be given.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What a caller asks for.
pub(super) enum Work {
    Recognize(Image),
    Verify(Cardholder),
    LookupCard(CardNumber),
    FetchOrder(String),
}

/// The time that a call has.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) deadline: Instant,
    /// With less than this left no billed request starts.
    pub(super) least: Duration,
}

impl Window {
    /// Whether there is time for an answer after waiting so long.
    pub(super) fn allows(&self, wait: Duration) -> bool {
        Instant::now() + wait + self.least <= self.deadline
    }
}

impl Inner {
    pub(super) async fn run(
        self: &Arc<Self>,
        work: Work,
        options: CallOptions,
    ) -> Result<Answer, Error> {
        let started = Instant::now();
        if options.timeout.is_some_and(|timeout| timeout > LONGEST) {
            return Err(Error::argument("timeout", "it is more than a day"));
        }
        let mut entropy = Entropy::from_system()
            .ok_or_else(|| Error::new(Kind::Internal, "the system gives no randomness"))?;
        let order_id = order_number(&work, &options, &mut entropy)?;
        check_reference(&options)?;
        let call = self.prepare(work, &options, started, order_id).await?;
        let account = self.choose(&call, &options.vendors)?;
        let timeout = options.timeout.or(account.timeout).unwrap_or(self.timeout);
        let deadline = started + timeout;
        // A call with little time to begin with is given half of it.
        let window = Window { deadline, least: self.retry.least_time.min(timeout / 2) };
        let progress = Progress::default();
        progress.chosen(account, &call.order_id);
        let operation = call.task.operation();
        let cut_off = |kind, message| {
            if progress.cut_off(kind) {
                self.tell_ended(operation, &progress);
            }
            Err(Error::new(kind, message).with_facts(progress.facts()))
        };
        if timeout.is_zero() {
            return cut_off(Kind::Timeout, "the call was given no time");
        }
        // In its place before it is polled: it is large, and `select!` would move it.
        let asked = self.ask(account, call, &options.vendors, window, &progress, &mut entropy);
        let mut asked = std::pin::pin!(asked);
        tokio::select! {
            biased;
            () = cancelled(options.cancellation.as_ref()) => {
                cut_off(Kind::Cancelled, "the caller cancelled the call")
            }
            () = cancelled(options.batch.as_ref()) => {
                cut_off(Kind::Cancelled, "the batch was dropped")
            }
            () = self.closed.cancelled() => {
                cut_off(Kind::Cancelled, "the client was closed during the call")
            }
            () = tokio::time::sleep_until(deadline.into()) => {
                let cause = progress.waiting();
                cut_off(Kind::Timeout, "the deadline passed").map_err(|error| error.caused_by(cause))
            }
            result = &mut asked => result,
        }
    }

    /// Reads what has to be read, unless the journal knows the answer.
    async fn prepare(
        &self,
        work: Work,
        options: &CallOptions,
        started: Instant,
        order_id: String,
    ) -> Result<Call, Error> {
        // Which account will be asked, and its own time limit, is not known yet.
        let own = self.accounts.iter().filter_map(|account| account.timeout);
        let longest = own.fold(self.timeout, Duration::max);
        let deadline = started + options.timeout.unwrap_or(longest);
        if options.skip_answered && !matches!(work, Work::FetchOrder(_)) {
            let late = "the deadline passed before the journal was read";
            self.within(options, deadline, late, &order_id, self.skip(options)).await?;
        }
        let task = match work {
            Work::Recognize(image) if image.is_path() => {
                let buffers = options.buffers.clone();
                let load = self.files.run(move || Picture::load_into(image, buffers.as_ref()));
                let load = async {
                    load.await.unwrap_or_else(|| {
                        Err(Error::new(Kind::Internal, "the system gives no thread to read it on"))
                    })
                };
                let late = "the deadline passed before the photo was read";
                Task::Recognize(self.within(options, deadline, late, &order_id, load).await?)
            }
            Work::Recognize(image) => Task::Recognize(Picture::load(image)?),
            Work::Verify(cardholder) => Task::Verify(cardholder.person()?),
            Work::LookupCard(number) => Task::LookupCard(number),
            Work::FetchOrder(_) => Task::FetchOrder,
        };
        let (user_id, reference) = (options.user_id.clone(), options.reference.clone());
        // An order number of the library's own may hold a short number by chance, which tells nothing.
        let chosen = [("order_id", &options.order_id), ("reference", &reference)];
        for (argument, text) in chosen {
            let text = text.as_deref().unwrap_or_default();
            match &task {
                Task::Verify(person) => values::check_against(person.numbers(), argument, text)?,
                Task::LookupCard(number) => {
                    values::check_against([number.reveal()], argument, text)?;
                }
                Task::Recognize(_) | Task::FetchOrder => {}
            }
        }
        Ok(Call { task, order_id, user_id, reference })
    }

    /// Waits for something before an account is chosen, no longer than the call may take.
    async fn within<T>(
        &self,
        options: &CallOptions,
        deadline: Instant,
        late: &'static str,
        order_id: &str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let cut_off = |kind, message| {
            let order_id = Some(order_id.to_owned());
            let facts = CallFacts { order_id, ..CallFacts::default() };
            Err(Error::new(kind, message).with_facts(facts))
        };
        tokio::select! {
            biased;
            () = cancelled(options.cancellation.as_ref()) => {
                cut_off(Kind::Cancelled, "the caller cancelled the call")
            }
            () = cancelled(options.batch.as_ref()) => {
                cut_off(Kind::Cancelled, "the batch was dropped")
            }
            () = self.closed.cancelled() => {
                cut_off(Kind::Cancelled, "the client was closed during the call")
            }
            () = tokio::time::sleep_until(deadline.into()) => cut_off(Kind::Timeout, late),
            done = work => done,
        }
    }

    /// Ends a call that the journal knows the answer to.
    async fn skip(&self, options: &CallOptions) -> Result<(), Error> {
        let (order_id, reference) = (options.order_id.clone(), options.reference.clone());
        if order_id.is_none() && reference.is_none() {
            let problem =
                "skip_answered needs one, or an order_id: nothing else tells the call again";
            return Err(Error::argument("reference", problem));
        }
        let Some(book) = &self.book else {
            return Err(Error::config("journal", "skip_answered needs one, and it names no file"));
        };
        match book.answered(order_id, reference).await? {
            Some(order) => Err(Error::answered(order)),
            None => Ok(()),
        }
    }

    /// Asks the account, and those of the failover list after it as far as the table allows.
    async fn ask(
        self: &Arc<Self>,
        first: &Arc<Account>,
        call: Call,
        wanted: &[String],
        window: Window,
        progress: &Progress,
        entropy: &mut Entropy,
    ) -> Result<Answer, Error> {
        let (mut account, mut call) = (first, Arc::new(call));
        let mut asked: Vec<&str> = Vec::new();
        loop {
            asked.push(&account.name);
            let next = self.next(&call, wanted, &asked);
            let elsewhere = next.is_some();
            let ended = self.drive(account, &call, elsewhere, window, progress, entropy).await;
            let goes_on = self.failover.allows(ended.failover)
                && progress.tries() < self.retry.attempts
                && window.allows(Duration::ZERO);
            let Some(next) = next.filter(|_| goes_on) else { return ended.result };
            account = next;
            let order_id = new_order_id(entropy);
            call = Arc::new(Call {
                task: call.task.clone(),
                order_id,
                user_id: call.user_id.clone(),
                reference: call.reference.clone(),
            });
            progress.chosen(account, &call.order_id);
        }
    }

    /// The next account of the failover list that takes the call and was not asked.
    fn next(&self, call: &Call, wanted: &[String], asked: &[&str]) -> Option<&Arc<Account>> {
        let list = self.failover.accounts(call.task.operation());
        let listed = if list.is_empty() { Vec::new() } else { self.candidates(list).ok()? };
        let allowed = self.candidates(wanted).ok()?;
        listed.into_iter().find(|account| {
            !asked.contains(&account.name.as_str())
                && allowed.iter().any(|one| one.name == account.name)
                && account.adapter.check(call).is_ok()
        })
    }

    /// The first account that takes the call: the limit of one vendor is a reason to look further.
    /// Where none takes it, why each does not.
    fn choose(&self, call: &Call, wanted: &[String]) -> Result<&Arc<Account>, Error> {
        let operation = call.task.operation();
        let mut refusals = Vec::new();
        for account in self.candidates(wanted)? {
            if !account.vendor.operations().contains(&operation) {
                continue;
            }
            match account.adapter.check(call) {
                Ok(()) => return Ok(account),
                Err(error) => refusals.push((account, error)),
            }
        }
        Err(none_takes(call, refusals).unwrap_or_else(|| {
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
                let names = self.accounts.iter().map(|account| account.name.as_str());
                let names: Vec<&str> = names.take(NAMES_SHOWN).collect();
                let more = if names.len() < self.accounts.len() { ", \u{2026}" } else { "" };
                let names = names.join(", ");
                let problem = format!("one of them is not configured: there are {names}{more}");
                return Err(Error::argument("vendors", problem));
            }
        }
        Ok(candidates)
    }
}

/// The error of a call that no account takes: of one account its own, of several one with the reason of
/// each vendor; `None` where none was asked.
fn none_takes(call: &Call, mut refusals: Vec<(&Arc<Account>, Error)>) -> Option<Error> {
    let mut facts = CallFacts { order_id: Some(call.order_id.clone()), ..CallFacts::default() };
    if refusals.len() == 1 {
        let (account, error) = refusals.pop()?;
        if error.kind() == Kind::Unsupported {
            return Some(error);
        }
        facts.vendor = Some(account.vendor);
        facts.account = Some(account.name.clone());
        return Some(error.with_facts(facts));
    }
    // What can be corrected comes before what cannot.
    let argument = refusals.iter().find_map(|(_, error)| error.argument_name());
    let mut reasons: Vec<(Vendor, &str)> = Vec::new();
    for (account, error) in &refusals {
        let message = error.message();
        let own = argument.and_then(|name| message.strip_prefix(name)?.strip_prefix(": "));
        let reason = (account.vendor, own.unwrap_or(message));
        // Two accounts of one vendor have one limit.
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let (_, first) = refusals.first()?;
    let reasons: Vec<String> = reasons
        .into_iter()
        .map(|(vendor, reason)| match reason.strip_prefix(vendor.name()) {
            Some(_) => reason.to_owned(),
            None => format!("{vendor}: {reason}"),
        })
        .collect();
    let reasons = format!("no vendor takes it: {}", reasons.join("; "));
    Some(match argument {
        Some(argument) => Error::argument(argument, reasons).with_facts(facts),
        None => Error::new(first.kind(), reasons),
    })
}

async fn cancelled(cancellation: Option<&Cancellation>) {
    match cancellation {
        Some(cancellation) => cancellation.cancelled().await,
        None => std::future::pending().await,
    }
}

/// Settles the order number.
fn order_number(
    work: &Work,
    options: &CallOptions,
    entropy: &mut Entropy,
) -> Result<String, Error> {
    let given = match work {
        Work::FetchOrder(order_id) => Some(order_id),
        _ => options.order_id.as_ref(),
    };
    let order_id = match given.cloned() {
        Some(order_id) if is_short_alphanumeric(&order_id) => {
            values::check_identifier("order_id", &order_id)?;
            order_id
        }
        Some(_) => return Err(Error::argument("order_id", "it is not 1 to 32 letters and digits")),
        None => new_order_id(entropy),
    };
    if options.user_id.as_ref().is_some_and(|user_id| !is_user_id(user_id)) {
        return Err(Error::argument("user_id", "it is not 1 to 32 letters, digits, - and _"));
    }
    Ok(order_id)
}

/// Refuses a reference that the journal is not to keep.
fn check_reference(options: &CallOptions) -> Result<(), Error> {
    let Some(reference) = &options.reference else { return Ok(()) };
    let expected = format!("1 to {REFERENCE_LENGTH} printable characters are expected");
    let length = reference.chars().count();
    if !(1..=REFERENCE_LENGTH).contains(&length) {
        let problem = format_args!("it has {length} characters: {expected}");
        return Err(Error::argument("reference", problem));
    }
    let mut numbered = (1..).zip(reference.chars());
    if let Some((place, one)) = numbered.find(|(_, one)| values::is_unseen(*one)) {
        return Err(values::wrong_character("reference", place, one, &expected));
    }
    values::check_identifier("reference", reference)
}

fn is_short_alphanumeric(text: &str) -> bool {
    (1..=ORDER_ID_LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// "不要带有特殊字符", says the page of `tencent_kyc`; that `-` and `_` are not special is inferred.
fn is_user_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=USER_ID_LENGTH).contains(&text.len()) && text.bytes().all(is_plain)
}

/// The milliseconds of the clock in base 16, so that numbers sort by time, then randomness.
fn new_order_id(entropy: &mut Entropy) -> String {
    let mut order_id = String::with_capacity(ORDER_ID_LENGTH);
    let time = system_time_ms().to_be_bytes();
    let time = base16ct::lower::encode_string(time.get(2..).unwrap_or_default());
    order_id.push_str(&time);
    let rest = ORDER_ID_LENGTH.saturating_sub(order_id.len());
    order_id.push_str(&entropy.alphanumeric(rest));
    order_id
}
