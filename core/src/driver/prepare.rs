//! One call from its arguments to its result: which accounts are asked, and by when.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::account::Account;
use super::fitting::Taking;
use super::run::{Driver, StopSources, moment};
use super::services::{Services, entropy};
use super::teller::Teller;
use crate::call::{
    Call, Deadline, LATE_TO_FIT, ORDER_ID_LENGTH, Plan, Reason, Route, Routes, Stop, new_order_id,
};
use crate::card::{CardNumber, Cardholder, Image, Picture};
use crate::client::options::CallOptions;
use crate::clock;
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::events::Event;
use crate::facts::{CallFacts, Sent};
use crate::values;
use crate::vendors::{self, Answer, FittedPhoto, Operation, Task, Vendor};

/// The longest name of a user that a vendor keeps: <https://cloud.tencent.com/document/product/1007/35923>
const USER_ID_LENGTH: usize = 32;

/// The longest reference that the journal keeps, in characters.
const REFERENCE_LENGTH: usize = 64;

/// How many accounts an error lists.
const NAMES_SHOWN: usize = 5;

/// The work that a caller asks for.
pub(crate) enum Work {
    Recognize(Image),
    Verify(Cardholder),
    LookupCard(CardNumber),
    FetchOrder(String),
}

impl Work {
    fn operation(&self) -> Operation {
        match self {
            Work::Recognize(_) => Operation::Recognize,
            Work::Verify(_) => Operation::Verify,
            Work::LookupCard(_) => Operation::LookupCard,
            Work::FetchOrder(_) => Operation::FetchOrder,
        }
    }
}

impl Services {
    pub(crate) async fn run(
        self: &Arc<Self>,
        work: Work,
        options: CallOptions,
    ) -> Result<Answer, Error> {
        let (operation, started, teller) =
            (work.operation(), Instant::now(), self.teller(&options));
        teller.tell(|call| Event::CallStarted { call, operation });
        let outcome = match self.begin(work, options, started, &teller).await {
            Ok((driver, call, ends)) => driver.run(call, ends).await,
            Err(error) => {
                teller.argument_refused(operation, &error);
                Err(error)
            }
        };
        teller.call_ended(operation, started, outcome.as_ref());
        outcome
    }

    /// Makes the call, and what drives and ends it.
    async fn begin(
        self: &Arc<Self>,
        work: Work,
        options: CallOptions,
        started: Instant,
        teller: &Teller,
    ) -> Result<(Driver, Call, StopSources), Error> {
        if options.timeout.is_some_and(|timeout| timeout > CallOptions::LONGEST_TIMEOUT) {
            return Err(Error::argument("timeout", "at most a day", "more"));
        }
        let mut entropy = entropy()?;
        let order_id = order_number(&work, &options, &mut entropy)?;
        check_user_id(&options)?;
        options.reference.as_deref().map_or(Ok(()), check_reference)?;
        let asked = self.prepare(work, &options, started, order_id).await?;
        let (accounts, routes, fitted) = self.route(&asked, &options, started).await?;
        let timeout = accounts.first().map_or(self.timeout, |first| self.timeout(&options, first));
        let at = started + timeout;
        // A call with little time to begin with is given half of it.
        let least = self.retry.least_time.min(timeout / 2);
        let mut call = Call::new(Plan {
            operation: asked.task.operation(),
            numbering: asked.task.numbering(),
            order_id: asked.order_id.clone(),
            routes: Routes::new(routes, self.failover.clone()),
            retry: self.retry.clone(),
            deadline: Deadline { at, least },
            has_journal: self.journal.is_some(),
            number: teller.call(),
        });
        if timeout.is_zero() {
            let (sent, cause) = (Sent::No, None);
            call.stop(Stop { reason: Reason::NoTime, sent, cause }, moment());
        }
        let ends = StopSources::new(self, &options, at);
        let (services, teller) = (Arc::clone(self), teller.clone());
        let driver = Driver::new(services, teller, accounts, asked, fitted, entropy, at);
        Ok((driver.with_terms_of(options), call, ends))
    }

    /// Returns how long a call may take whose first account that is.
    fn timeout(&self, options: &CallOptions, first: &Account) -> Duration {
        options.timeout.or(first.timeout).unwrap_or(self.timeout)
    }

    /// Reads what has to be read, unless the journal knows the answer.
    async fn prepare(
        self: &Arc<Self>,
        work: Work,
        options: &CallOptions,
        started: Instant,
        order_id: String,
    ) -> Result<vendors::Call, Error> {
        // Which account will be asked, and its own time limit, is not known yet.
        let own = self.accounts.iter().filter_map(|account| account.timeout);
        let longest = own.fold(self.timeout, Duration::max);
        let deadline = started + options.timeout.unwrap_or(longest);
        if options.skip_answered && !matches!(work, Work::FetchOrder(_)) {
            let late = "the deadline passed before the journal was read";
            let skip = self.skip(options, work.operation());
            self.within(options, deadline, late, &order_id, skip).await?;
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
            let Some(text) = text else { continue };
            match &task {
                Task::Verify(person) => values::check_against(person.numbers(), argument, text)?,
                Task::LookupCard(number) => {
                    values::check_against([number.reveal()], argument, text)?;
                }
                Task::Recognize(_) | Task::FetchOrder => {}
            }
        }
        Ok(vendors::Call { task, order_id, user_id, reference })
    }

    /// Waits for something before an account is chosen, no longer than the call may take.
    async fn within<T>(
        self: &Arc<Self>,
        options: &CallOptions,
        deadline: Instant,
        late: &'static str,
        order_id: &str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let cut_off = |error: Error| {
            let order_id = Some(order_id.to_owned());
            Err(error.with_facts(CallFacts { order_id, ..CallFacts::default() }))
        };
        let ends = StopSources::new(self, options, deadline);
        tokio::select! {
            biased;
            reason = ends.first() => match reason {
                Reason::Deadline => cut_off(Error::new(reason.kind(), late)),
                reason => cut_off(reason.error()),
            },
            done = work => done,
        }
    }

    /// Ends a call that the journal knows the answer to.
    async fn skip(&self, options: &CallOptions, operation: Operation) -> Result<(), Error> {
        let (order_id, reference) = (options.order_id.clone(), options.reference.clone());
        if order_id.is_none() && reference.is_none() {
            let expected = "a reference or an order_id, by which skip_answered knows a call again";
            return Err(Error::argument("reference", expected, "neither"));
        }
        let Some(journal) = &self.journal else {
            return Err(Error::config("journal", "a file, for skip_answered", "none"));
        };
        // By the number of one account the orders of the next ones are found.
        let reference = reference.or_else(|| order_id.clone());
        match journal.answered(operation, order_id, reference).await? {
            Some(order) => Err(Error::answered(order)),
            None => Ok(()),
        }
    }

    /// Returns the accounts that are asked, in order: the first that takes the call, and those of
    /// the failover list that take it too. With them their routes, and the photo as the first takes it,
    /// where it had to be made to fit.
    async fn route(
        self: &Arc<Self>,
        asked: &vendors::Call,
        options: &CallOptions,
        started: Instant,
    ) -> Result<(Vec<Arc<Account>>, Vec<Route>, Option<FittedPhoto>), Error> {
        let wanted = options.vendors.as_deref();
        let (first, taking, fitted) = self.choose(asked, options, started).await?;
        let (mut accounts, mut routes) =
            (vec![Arc::clone(first)], vec![first.route(taking.fits_photo())]);
        let list = self.failover.accounts(asked.task.operation());
        if list.is_empty() {
            return Ok((accounts, routes, fitted));
        }
        let allowed = self.candidates(wanted)?;
        for account in self.candidates(Some(list))? {
            let is_new = accounts.iter().all(|known| known.name != account.name);
            let is_allowed = allowed.iter().any(|one| one.name == account.name);
            if is_new
                && is_allowed
                && let Ok(taking) = self.takes(account, asked)
            {
                accounts.push(Arc::clone(account));
                routes.push(account.route(taking.fits_photo()));
            }
        }
        Ok((accounts, routes, fitted))
    }

    /// Returns the first account that takes the call, with its photo made to fit where it must be: the
    /// limit of one vendor that no photo can be made to fit is a reason to look further. Where none
    /// takes it, the reason of each.
    async fn choose(
        self: &Arc<Self>,
        asked: &vendors::Call,
        options: &CallOptions,
        started: Instant,
    ) -> Result<(&Arc<Account>, Taking, Option<FittedPhoto>), Error> {
        let wanted = options.vendors.as_deref();
        let operation = asked.task.operation();
        let mut refusals = Vec::new();
        for account in self.candidates(wanted)? {
            if !account.vendor.operations().contains(&operation) {
                continue;
            }
            let taking = match self.takes(account, asked) {
                Ok(taking @ Taking::MadeToFit) => taking,
                Ok(taking) => return Ok((account, taking, None)),
                Err(error) => {
                    refusals.push((account, error));
                    continue;
                }
            };
            // Boxed before it is polled: few calls have it along.
            let fit = async { Ok(Box::pin(self.fit(account, asked)).await) };
            let deadline = started + self.timeout(options, account);
            match self.within(options, deadline, LATE_TO_FIT, &asked.order_id, fit).await? {
                Ok(fitted) => return Ok((account, taking, fitted)),
                Err(error) => refusals.push((account, error)),
            }
        }
        Err(none_takes(asked, refusals).unwrap_or_else(|| none_does(wanted, operation)))
    }

    /// Refuses names of accounts of which none is configured or does an operation, before any call.
    pub(crate) fn check_accounts(
        &self,
        wanted: Option<&[String]>,
        operation: Operation,
    ) -> Result<(), Error> {
        let does = |account: &&Arc<Account>| account.vendor.operations().contains(&operation);
        match self.candidates(wanted)?.iter().any(does) {
            true => Ok(()),
            false => Err(none_does(wanted, operation)),
        }
    }

    /// Returns the accounts of those names; every account where none is wanted more than another.
    fn candidates(&self, wanted: Option<&[String]>) -> Result<Vec<&Arc<Account>>, Error> {
        let Some(wanted) = wanted else { return Ok(self.accounts.iter().collect()) };
        if wanted.is_empty() {
            return Err(Error::argument("vendors", "at least one name", "an empty list"));
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
                let expected = format!("names of configured accounts, which are {names}{more}");
                return Err(Error::argument("vendors", expected, "another one"));
            }
        }
        Ok(candidates)
    }
}

fn none_does(wanted: Option<&[String]>, operation: Operation) -> Error {
    let whose = if wanted.is_none() { "configured" } else { "named in the options" };
    Error::new(Kind::Unsupported, format!("no vendor {whose} does {operation}"))
}

/// Returns the error of a call that no account takes: of one account its own, of several one with
/// the reason of each vendor; `None` where none was asked.
fn none_takes(asked: &vendors::Call, mut refusals: Vec<(&Arc<Account>, Error)>) -> Option<Error> {
    let mut facts = CallFacts { order_id: Some(asked.order_id.clone()), ..CallFacts::default() };
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
    let reasons = reasons.join("; ");
    Some(match argument {
        Some(argument) => {
            let found = format!("that none does: {reasons}");
            let error = Error::argument(argument.to_owned(), "one that a vendor takes", found);
            error.with_facts(facts)
        }
        None => Error::new(first.kind(), format!("no vendor takes it: {reasons}")),
    })
}

/// Returns the order number of a call: the caller's, or a new one.
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
            values::check_order_number(&order_id)?;
            order_id
        }
        Some(order_id) => {
            let expected = format!("1 to {ORDER_ID_LENGTH} ASCII letters and digits");
            return Err(not_plain("order_id", &order_id, &expected, ORDER_ID_LENGTH, |one| {
                one.is_ascii_alphanumeric()
            }));
        }
        None => new_order_id(clock::unix_ms(), entropy),
    };
    Ok(order_id)
}

/// Refuses a user id that vendors do not take.
fn check_user_id(options: &CallOptions) -> Result<(), Error> {
    match options.user_id.as_ref().filter(|user_id| !is_user_id(user_id)) {
        Some(user_id) => {
            let expected = format!("1 to {USER_ID_LENGTH} ASCII letters, digits, - and _");
            Err(not_plain("user_id", user_id, &expected, USER_ID_LENGTH, is_of_user_id))
        }
        None => Ok(()),
    }
}

/// Refuses a reference that the journal is not to keep.
/// Checks the caller's own name for what is asked.
///
/// # Errors
/// `invalid_argument`.
pub(crate) fn check_reference(reference: &str) -> Result<(), Error> {
    let expected = format!("1 to {REFERENCE_LENGTH} printable characters");
    let is_printable = |one: char| !values::is_unseen(one);
    let length = reference.chars().count();
    if !(1..=REFERENCE_LENGTH).contains(&length) || !reference.chars().all(is_printable) {
        return Err(not_plain("reference", reference, &expected, REFERENCE_LENGTH, is_printable));
    }
    values::check_reference(reference)
}

/// Refuses an identifier for its length or its first character that does not belong in one.
fn not_plain(
    argument: &'static str,
    text: &str,
    expected: &str,
    limit: usize,
    belongs: impl Fn(char) -> bool,
) -> Error {
    let wrong = (1..).zip(text.chars()).find(|(_, one)| !belongs(*one));
    match (text.chars().count(), wrong) {
        (length, Some((position, one))) if (1..=limit).contains(&length) => {
            values::wrong_character(argument, position, one, expected)
        }
        (length, _) => Error::argument(argument, expected, format_args!("{length} characters")),
    }
}

fn is_short_alphanumeric(text: &str) -> bool {
    (1..=ORDER_ID_LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Returns whether a text can be a user id. "不要带有特殊字符", says the page of `tencent_kyc`;
/// that `-` and `_` are not special is inferred.
fn is_user_id(text: &str) -> bool {
    (1..=USER_ID_LENGTH).contains(&text.len()) && text.chars().all(is_of_user_id)
}

fn is_of_user_id(one: char) -> bool {
    one.is_ascii_alphanumeric() || matches!(one, '-' | '_')
}
