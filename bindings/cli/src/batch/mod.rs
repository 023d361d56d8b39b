//! Many photos or cardholders, from a folder or a CSV file, with results in a file.
//!
//! A batch may be cut off at any moment and started again by the same command. What the file of
//! results has is not asked again. What a vendor answered and the file has not, because the process
//! ended in between, the journal knows under the item's reference, and it is not billed again.

mod inputs;
mod limit;
mod output;
mod progress;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use cardwire::schema::Describe;
use cardwire::{
    BatchInput, BatchOptions, Billed, Cancellation, Cardholder, Client, Config, Error, Image, Kind,
    OrderRecord, Personal, Recognition, Results, Verification,
};
use serde_json::Value;

use crate::arguments::Batch;
use crate::calls;
use crate::configuration::Source;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use inputs::{Holder, Inputs, Item};
use limit::Limit;
use output::{Format, Output, Row};
use progress::Progress;

/// The requests to end after which calls in flight are cancelled; after the first they are waited for.
const CANCELLED_AT: usize = 2;

/// So many calls in a row whose vendor was down or busy end a batch: the others would fail too, each after its
/// retries.
const FRUITLESS: usize = 50;

/// The longest time that a call of a batch may take, in milliseconds, where neither the configuration nor the
/// command says: nobody waits for one of them, and many wait for their turn.
const TIMEOUT_MS: u64 = 60_000;

pub(crate) fn run(
    config: &Source,
    arguments: &Batch,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let format = (Format::of(&arguments.output)?, arguments.excel);
    let inputs = inputs::read(&arguments.input, arguments.recursive, console)?;
    config.tell_if_offline(console);
    let config = for_batch(&config.text_or_offline()?, &arguments.output)?;
    match inputs {
        Inputs::Photos(items) => {
            let output = Output::open(&arguments.output, format, output::RECOGNITION)?;
            Run::new(arguments, config, output)?.all(items, console)
        }
        Inputs::Holders(items) => {
            let output = Output::open(&arguments.output, format, output::VERIFICATION)?;
            Run::new(arguments, config, output)?.all(items, console)
        }
    }
}

/// Reads the configuration, and gives it what a batch wants where it has none: a longer timeout, and a journal
/// beside the file of results, without which a batch that was cut off would bill some items twice.
fn for_batch(text: &str, output: &Path) -> Result<Config, Failure> {
    let config = Config::from_json(text)?;
    let mut document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|_| Failure::argument("--config", "a JSON document", "another text"))?;
    let Some(keys) = document.as_object_mut() else { return Ok(config) };
    keys.entry("timeout_ms").or_insert(TIMEOUT_MS.into());
    if config.journal().is_none() {
        keys.insert("journal".to_owned(), journal_beside(output)?.into());
    }
    Ok(Config::from_json(&document.to_string())?)
}

/// Returns the name of a journal beside the file of results.
fn journal_beside(output: &Path) -> Result<String, Failure> {
    let mut beside = output.as_os_str().to_owned();
    beside.push(".journal");
    beside.into_string().map_err(|_| {
        let expected = "a name in UTF-8, or a journal in the configuration";
        Failure::argument("--output", expected, "another name")
    })
}

/// An input as an item has it, which becomes the library's when its call begins.
pub(crate) trait Input: Clone {
    /// The library's form of it.
    type Argument;

    /// The result of a call with it.
    type Answer: TableResult + Send + 'static;

    fn into_argument(self) -> Self::Argument;

    fn begin<'a>(
        client: &Client,
        inputs: RoundInputs<'a, Self::Argument>,
        options: &BatchOptions,
    ) -> Results<RoundInputs<'a, Self::Argument>, Self::Answer>;
}

impl Input for PathBuf {
    type Argument = Image;
    type Answer = Recognition;

    fn into_argument(self) -> Image {
        Image::path(self)
    }

    fn begin<'a>(
        client: &Client,
        inputs: RoundInputs<'a, Image>,
        options: &BatchOptions,
    ) -> Results<RoundInputs<'a, Image>, Recognition> {
        client.recognize_many(inputs, options)
    }
}

impl Input for Holder {
    type Argument = Cardholder;
    type Answer = Verification;

    fn into_argument(self) -> Cardholder {
        let Holder { card_number, name, id_number, phone } = self;
        let holder = Cardholder::new(card_number.reveal(), name.reveal());
        calls::with_numbers(
            holder,
            id_number.as_ref().map(Personal::reveal),
            phone.as_ref().map(Personal::reveal),
        )
    }

    fn begin<'a>(
        client: &Client,
        inputs: RoundInputs<'a, Cardholder>,
        options: &BatchOptions,
    ) -> Results<RoundInputs<'a, Cardholder>, Verification> {
        client.verify_many(inputs, options)
    }
}

/// A result that a row can show.
pub(crate) trait TableResult: Describe {
    /// Returns the row of an item that was answered before an earlier run was cut off, where the vendor
    /// has kept the result.
    fn kept<T>(
        _client: &Client,
        _item: &Item<T>,
        _order: &OrderRecord,
        _reveal: bool,
    ) -> Option<Row> {
        None
    }

    /// Returns the values of the columns that are this result's alone, by name.
    fn columns(&self, reveal: bool) -> Vec<(&'static str, String)>;

    /// Returns the facts of its call.
    fn call_facts(&self) -> &cardwire::CallFacts;
}

/// The inputs of one round, which end where the limit or a request to end says so.
pub(crate) struct RoundInputs<'a, T> {
    next: Box<dyn FnMut() -> Option<BatchInput<T>> + 'a>,
}

impl<T> Iterator for RoundInputs<'_, T> {
    type Item = BatchInput<T>;

    fn next(&mut self) -> Option<BatchInput<T>> {
        (self.next)()
    }
}

/// One run of the command.
struct Run<'a> {
    arguments: &'a Batch,
    client: Client,
    options: BatchOptions,
    output: Output,
}

impl<'a> Run<'a> {
    fn new(arguments: &'a Batch, config: Config, output: Output) -> Result<Self, Failure> {
        let cancellation = Cancellation::new();
        interrupt::ends(&cancellation, CANCELLED_AT)?;
        let call = calls::options(&arguments.call, &cancellation).skip_answered(true);
        let mut options = BatchOptions::new().call(call);
        if let Some(concurrency) = arguments.concurrency {
            options = options.concurrency(concurrency.get());
        }
        Ok(Run { arguments, client: Client::from_config(config), options, output })
    }

    /// Asks about every item that has no row yet.
    fn all<I: Input>(
        mut self,
        items: Vec<Item<I>>,
        console: &mut Console,
    ) -> Result<Exit, Failure> {
        if self.arguments.retry_failed || self.arguments.retry_unknown {
            let Batch { retry_failed, retry_unknown, .. } = *self.arguments;
            self.output.forget(|billed| match billed {
                Billed::No => retry_failed,
                Billed::Unknown => retry_unknown,
                Billed::Yes => false,
            })?;
        }
        let total = items.len();
        let left: Vec<Item<I>> =
            items.iter().filter(|item| !self.output.has(&item.key)).cloned().collect();
        let limit = match self.arguments.limit_billed {
            None => Limit::none(),
            Some(most) => {
                let references = items.iter().map(|item| item.reference.as_str());
                Limit::new(most, limit::billed_before(&self.client, references)?)
            }
        };
        let mut progress = Progress::new(total, total - left.len(), self.arguments.quiet);
        progress.billed(limit.billed());
        let (mut begun, mut fruitless) = (0, 0);
        // Why every item that is left would fail too.
        let hopeless: RefCell<Option<Error>> = RefCell::default();
        let goes_on = || !interrupt::was_asked() && hopeless.borrow().is_none();
        // A round ends where so many calls are in flight that the limit might be passed: some of them may
        // turn out not to be billed, and then there is another.
        while begun < left.len() && limit.has_room() && goes_on() {
            let first = begun;
            let next = || {
                let item = left.get(begun)?;
                if !goes_on() || !limit.take() {
                    return None;
                }
                begun += 1;
                let mut input =
                    BatchInput::new(item.input.clone().into_argument()).reference(&item.reference);
                if let Some(order_id) = &item.order_id {
                    input = input.order_id(order_id);
                }
                Some(input)
            };
            let results =
                I::begin(&self.client, RoundInputs { next: Box::new(next) }, &self.options);
            for item in results {
                let Some(asked) = left.get(first + item.index) else { continue };
                let row = self.row(asked, &item.result);
                limit.give(row.billed_attempts);
                match item.result {
                    Err(error) if is_left(&error) => {
                        fruitless += 1;
                        if ends_all(error.kind()) || fruitless >= FRUITLESS {
                            hopeless.borrow_mut().get_or_insert(error);
                        }
                    }
                    _ => {
                        fruitless = 0;
                        self.output.write(&row)?;
                        progress.row(&row, limit.billed());
                    }
                }
            }
        }
        self.client.close();
        progress.end();
        let counts = self.output.counts(items.iter().map(|item| item.key.as_str()));
        if let Some(error) = hopeless.take() {
            console.failure(None, &Failure::Call(error));
        }
        console.say(&format!(
            "{} of {total} items have a result, {} failed, {} were answered before and have none; calls billed: {}",
            counts.results, counts.failed, counts.lost, limit.billed(),
        ));
        if counts.left > 0 {
            console.say(&format!("{} are left; the same command goes on", counts.left));
            return Ok(Exit::Unfinished);
        }
        if counts.failed + counts.lost > 0 {
            console.say("--retry-failed asks again for those that failed and were not billed");
            return Ok(Exit::SomeFailed);
        }
        Ok(Exit::Done)
    }

    /// Returns the row of an item: its result, its failure, or the order under which it was answered before
    /// an earlier run was cut off.
    fn row<I, R: TableResult>(&self, item: &Item<I>, result: &Result<R, Error>) -> Row {
        let reveal = self.arguments.call.reveal;
        match result {
            Ok(result) => Row::of_result(&item.key, &item.reference, result, reveal),
            Err(error) => {
                let order =
                    (error.kind() == Kind::AlreadyAnswered).then(|| error.order()).flatten();
                match order {
                    Some(order) if order_succeeded(order) => {
                        R::kept(&self.client, item, order, reveal).unwrap_or_else(|| {
                            Row::answered_before(&item.key, &item.reference, order)
                        })
                    }
                    _ => Row::of_error(&item.key, &item.reference, error),
                }
            }
        }
    }
}

/// Returns whether an item whose call failed so is as if it had not been asked: nothing was billed, and the
/// failure says nothing of the item.
fn is_left(error: &Error) -> bool {
    let is_free = error.billed() == Billed::No;
    is_free && (error.retryable() || error.kind() == Kind::Cancelled || ends_all(error.kind()))
}

/// Returns whether a call that failed so says that every other of the batch will.
fn ends_all(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::InvalidConfig
            | Kind::Unauthenticated
            | Kind::PermissionDenied
            | Kind::QuotaExhausted
            | Kind::CredentialsUnavailable
            | Kind::Storage
    )
}

/// Returns whether the vendor gave a result, and no refusal that was billed.
fn order_succeeded(order: &OrderRecord) -> bool {
    order.outcome.as_deref() == Some("ok")
}
