//! Many photos or cardholders, from a folder or a CSV file, with results in a file.
//!
//! A batch may be cut off at any moment and started again by the same command. What the file of
//! results has is not asked again. What a vendor was asked and the file has not, because the process
//! ended in between, the journal knows under the item's reference, and it is not billed again.

mod earlier;
mod fingerprint;
mod inputs;
mod limit;
mod output;
mod private_file;
mod progress;
mod report;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use cardwire::bindings::{check_accounts, ends_all, most_billing_accounts};
use cardwire::schema::Describe;
use cardwire::{
    BatchInput, BatchOptions, Billed, CallOptions, Cancellation, Cardholder, Client, Config, Error,
    Image, Kind, Operation, OrderRecord, Personal, Recognition, Results, Verification,
};
use serde_json::Value;

use crate::arguments::Batch;
use crate::calls;
use crate::configuration::Source;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::show;
use earlier::{OrderState, Orders, VendorRecord};
use fingerprint::Key;
use inputs::{Holder, Inputs, Item};
use limit::{Bill, Limit};
use output::{Format, Output, Row, RowStatus};
use progress::Progress;

/// The requests to end after which calls in flight are cancelled; after the first they are waited for.
const CANCELLED_AT: usize = 2;

/// So many calls in a row whose vendor was down or busy end a batch: the others would fail too, each after its
/// retries.
const MOST_UNAVAILABLE: usize = 50;

/// The longest time that a call of a batch may take, in milliseconds, where neither the configuration nor the
/// command says: nobody waits for one of them, and many wait for their turn.
const TIMEOUT_MS: u64 = 60_000;

pub(crate) fn run(
    config: &Source,
    arguments: &Batch,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let format = (Format::of(&arguments.output)?, arguments.excel);
    if arguments.input.as_os_str() == "-" {
        let found = "\"-\"; the path /dev/stdin is a CSV file from the standard input";
        return Err(Failure::argument("input", "a folder or a CSV file", found));
    }
    let folder = private_file::folder_of(&arguments.output);
    std::fs::metadata(folder)
        .map_err(|error| Failure::file(folder, "--output: the folder cannot be used", &error))?;
    let there = std::fs::symlink_metadata(&arguments.output).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return Err(Failure::argument("--output", "a plain file, or none yet", "something else"));
    }
    config.tell_if_offline(console);
    let (config, is_own_journal) = for_batch(&config.text_or_offline()?, &arguments.output)?;
    let journal = config.journal().unwrap_or(&arguments.output).to_owned();
    let is_begun = there.is_some_and(|there| there.len() > 0)
        || (is_own_journal && journal.symlink_metadata().is_ok());
    let key = Key::open(&private_file::beside(&journal, ".key"), is_begun)?;
    let config = (config, is_own_journal);
    match inputs::read(arguments, &key, console)? {
        Inputs::Photos(items) => Run::new(arguments, config, format, &items)?.all(&items, console),
        Inputs::Holders(items) => Run::new(arguments, config, format, &items)?.all(&items, console),
    }
}

/// Reads the configuration, and gives it what a batch wants where it has none: a longer timeout, and a journal
/// beside the file of results, without which a batch that was cut off would bill some items twice. Returns
/// too whether that is the journal.
fn for_batch(text: &str, output: &Path) -> Result<(Config, bool), Failure> {
    let config = Config::from_json(text)?;
    let mut document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|_| Failure::argument("--config", "a JSON document", "text of another form"))?;
    let has_journal = config.journal().is_some();
    let Some(keys) = document.as_object_mut() else { return Ok((config, false)) };
    keys.entry("timeout_ms").or_insert(TIMEOUT_MS.into());
    if !has_journal {
        let beside = own_journal(output).into_os_string();
        let expected = "a name in UTF-8, or a journal in the configuration";
        let beside = beside
            .into_string()
            .map_err(|_| Failure::argument("--output", expected, "another name"))?;
        keys.insert("journal".to_owned(), beside.into());
    }
    let config = Config::from_json(&document.to_string()).map_err(|error| match has_journal {
        true => Failure::Call(error),
        // Nobody named that journal.
        false => Failure::File(format!("{}: its {}", show::path(output), error.message())),
    })?;
    Ok((config, !has_journal))
}

/// Returns the journal that a batch keeps where the configuration names none.
fn own_journal(output: &Path) -> PathBuf {
    private_file::beside(output, ".journal")
}

/// An input as an item has it, which becomes the library's when its call begins.
pub(crate) trait Input: Clone {
    /// The library's form of it.
    type Argument;

    /// The result of a call with it.
    type Answer: TableResult + Send + 'static;

    /// What is asked of it.
    const OPERATION: Operation;

    /// The columns of its results.
    const COLUMNS: &'static [&'static str];

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

    const OPERATION: Operation = Operation::Recognize;
    const COLUMNS: &'static [&'static str] = output::RECOGNITION;

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

    const OPERATION: Operation = Operation::Verify;
    const COLUMNS: &'static [&'static str] = output::VERIFICATION;

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

/// An item that is to be asked about.
struct OpenItem {
    /// Its index among all.
    index: usize,
    /// The orders of it that are no reason not to ask: where there is another by then, another run asked.
    standing: usize,
    /// Its own order number may be used.
    has_own_number: bool,
}

/// One run of the command.
struct Run<'a> {
    arguments: &'a Batch,
    client: Client,
    call: CallOptions,
    concurrency: usize,
    output: Output,
    /// The option that names the journal to "cardwire orders", where the configuration does not.
    journal: String,
    /// How many accounts one call may be billed by.
    of_call: usize,
    /// Why the file of results cannot be written.
    unwritten: Option<Failure>,
    /// The rows that could not be written.
    without_row: Vec<(String, Option<String>, Billed)>,
    /// Items that another run asks about, or asked meanwhile.
    elsewhere: usize,
    /// Why every item that is left would fail too.
    ending: Option<Error>,
    /// Why the last item that is left for another run was left.
    last_left: Option<Error>,
    /// The items of which this run found that they may have been billed, with their order numbers.
    unknown: Vec<(String, Option<String>)>,
    is_at_limit: bool,
    progress: Progress,
}

impl<'a> Run<'a> {
    fn new<I: Input>(
        arguments: &'a Batch,
        (config, is_own_journal): (Config, bool),
        format: (Format, bool),
        items: &[Item<I>],
    ) -> Result<Self, Failure> {
        let journal = match is_own_journal {
            true => format!(" --journal {}", show::path(&own_journal(&arguments.output))),
            false => String::new(),
        };
        let of_call = most_billing_accounts(&config, I::OPERATION);
        let client = Client::from_config(config);
        let names = &arguments.call.vendors;
        let names = (!names.is_empty()).then_some(names.as_slice());
        check_accounts(&client, names, I::OPERATION)?;
        let output = Output::open(&arguments.output, format, I::COLUMNS)?;
        let cancellation = Cancellation::new();
        interrupt::ends(&cancellation, CANCELLED_AT)?;
        let call = calls::options(&arguments.call, &cancellation);
        let concurrency =
            arguments.concurrency.map_or(cardwire::bindings::DEFAULT_CONCURRENCY, |it| it.get());
        let progress = Progress::new(items.len(), arguments.quiet);
        Ok(Run {
            arguments,
            client,
            call,
            concurrency,
            output,
            journal,
            of_call,
            unwritten: None,
            without_row: Vec::new(),
            elsewhere: 0,
            ending: None,
            last_left: None,
            unknown: Vec::new(),
            is_at_limit: false,
            progress,
        })
    }

    /// Returns whether an item with such a row is asked again.
    fn is_asked_again(&self, status: RowStatus, billed: Billed) -> bool {
        match (status, billed) {
            (RowStatus::Result, _) | (RowStatus::Failed, Billed::Yes) => false,
            (RowStatus::Failed, Billed::No) => self.arguments.retry_failed,
            (RowStatus::Failed, Billed::Unknown) => self.arguments.retry_unknown,
            (RowStatus::AnsweredBefore, _) => self.arguments.retry_answered,
        }
    }

    /// Asks about every item that has no row yet.
    fn all<I: Input>(mut self, items: &[Item<I>], console: &mut Console) -> Result<Exit, Failure> {
        let mut bill = Bill::default();
        let (mut due, mut kept) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            let orders = Orders::of(&self.client, item)?;
            orders.add_to(&mut bill);
            if self
                .output
                .has(&item.reference, |status, billed| self.is_asked_again(status, billed))
            {
                self.progress.skip();
                continue;
            }
            let own = item.order_id.as_ref();
            let has_own_number = own.is_none_or(|own| !orders.has(own));
            let this = OpenItem { index, standing: orders.standing(), has_own_number };
            match orders.state() {
                OrderState::Nothing => due.push(this),
                OrderState::Runs => self.elsewhere += 1,
                OrderState::Answered(order) | OrderState::Failed(order)
                    if earlier::is_kept(&order) =>
                {
                    kept.push((this, order));
                }
                OrderState::Answered(order) | OrderState::Failed(order) => {
                    self.settle(item, this, &order, &mut due);
                }
            }
        }
        let limit = Limit::new(self.arguments.limit_billed, self.of_call, bill);
        self.progress.bill(limit.bill());
        self.fetch(items, kept, &mut due, &limit);
        due.sort_unstable_by_key(|due| due.index);
        // What was sent before and is asked again may have an answer, which is no reason to skip it. Nor is the answer to
        // another item, whose order number this one was given by mistake.
        let is_new = |due: &OpenItem| {
            due.standing == 0 && items.get(due.index).is_some_and(|item| !self.has_anothers(item))
        };
        let (new, again): (Vec<OpenItem>, Vec<OpenItem>) = due.into_iter().partition(is_new);
        self.ask(items, &new, &limit, true);
        self.ask(items, &again, &limit, false);
        self.client.close();
        self.progress.end();
        self.report(items, limit.bill(), console)
    }

    /// Returns whether an item was given an order number that stands for another one.
    fn has_anothers<I>(&self, item: &Item<I>) -> bool {
        let Some(own) = &item.order_id else { return false };
        let found = self.client.find_order(own).ok().flatten();
        found.is_some_and(|order| order.reference.as_ref() != Some(&item.reference))
    }

    /// Asks vendors for the results that they have kept of orders of earlier runs, which is free.
    fn fetch<I: Input>(
        &mut self,
        items: &[Item<I>],
        kept: Vec<(OpenItem, OrderRecord)>,
        due: &mut Vec<OpenItem>,
        limit: &Limit,
    ) {
        let (items_due, orders): (Vec<OpenItem>, Vec<OrderRecord>) = kept.into_iter().unzip();
        let mut items_due: Vec<Option<OpenItem>> = items_due.into_iter().map(Some).collect();
        let (client, call) = (self.client.clone(), self.call.clone());
        earlier::fetch_all(&client, &orders, (&call, self.concurrency), |index, kept| {
            let this = items_due.get_mut(index).and_then(Option::take);
            let (Some(order), Some(this)) = (orders.get(index), this) else { return };
            let Some(item) = items.get(this.index) else { return };
            match kept {
                VendorRecord::Result(result) => {
                    let mut order = order.clone();
                    if order.billed == Billed::Unknown {
                        // The vendor's record has a result, so it was executed.
                        limit.settle();
                        order.billed = Billed::Yes;
                        // The row tells it all the same where this cannot be written.
                        let _ = client.reconcile_order(&order.order_id, limit::SETTLED);
                    }
                    let reveal = self.arguments.call.reveal;
                    self.write(item, &Row::of_kept(item, &result, &order, reveal));
                }
                VendorRecord::Later(error) if ends_all(error.kind()) => {
                    self.ending.get_or_insert(error);
                }
                VendorRecord::Later(error) => self.last_left = Some(error),
                VendorRecord::Nothing => self.settle(item, this, order, due),
            }
            self.progress.bill(limit.bill());
        });
    }

    /// Asks about an item again where that is wanted of an order without a result; else writes its row.
    fn settle<I: Input>(
        &mut self,
        item: &Item<I>,
        this: OpenItem,
        order: &OrderRecord,
        due: &mut Vec<OpenItem>,
    ) {
        let row = earlier::row_without_result(item, order);
        if self.is_asked_again(row.status, row.billed) {
            due.push(this);
        } else {
            self.write(item, &row);
        }
    }

    /// Writes a row. After one that could not be written no other is tried.
    fn write<I>(&mut self, item: &Item<I>, row: &Row) {
        if row.billed == Billed::Unknown {
            self.unknown.push((item.name.clone(), row.order_id.clone()));
        }
        if self.unwritten.is_none() {
            match self.output.write(row) {
                Ok(()) => return self.progress.row(row),
                Err(failure) => self.unwritten = Some(failure),
            }
        }
        self.without_row.push((item.name.clone(), row.order_id.clone(), row.billed));
    }

    /// Returns whether another item may be asked about.
    fn goes_on(&self) -> bool {
        !interrupt::was_asked() && self.ending.is_none() && self.unwritten.is_none()
    }

    /// Asks about items. With `skip_answered` the journal sees to it that no other run asks about them in the same
    /// moment; without it only that none did before.
    fn ask<I: Input>(
        &mut self,
        items: &[Item<I>],
        due: &[OpenItem],
        limit: &Limit,
        skip_answered: bool,
    ) {
        let client = self.client.clone();
        let options = BatchOptions::new()
            .call(self.call.clone().skip_answered(skip_answered))
            .concurrency(self.concurrency);
        let reveal = self.arguments.call.reveal;
        let mut left = due;
        let mut unavailable = 0;
        // A round ends where so many calls are in flight that the limit might be passed: some of them may
        // turn out not to be billed, and then there is another.
        while !left.is_empty() && limit.has_room() && self.goes_on() {
            let run = RefCell::new(&mut *self);
            let mut rest = left.iter();
            let begun = RefCell::new(Vec::new());
            let next = || loop {
                if rest.as_slice().is_empty() || !run.borrow().goes_on() || !limit.take() {
                    return None;
                }
                let this = rest.next()?;
                let item = items.get(this.index)?;
                match Orders::of(&client, item) {
                    Ok(orders) if orders.standing() == this.standing => {}
                    Ok(_) => {
                        limit.end(std::iter::empty());
                        run.borrow_mut().elsewhere += 1;
                        continue;
                    }
                    Err(error) => {
                        limit.end(std::iter::empty());
                        run.borrow_mut().ending.get_or_insert(error);
                        return None;
                    }
                }
                begun.borrow_mut().push(item);
                let mut input =
                    BatchInput::new(item.input.clone().into_argument()).reference(&item.reference);
                if let Some(order_id) = item.order_id.as_ref().filter(|_| this.has_own_number) {
                    input = input.order_id(order_id);
                }
                return Some(input);
            };
            let results = I::begin(&client, RoundInputs { next: Box::new(next) }, &options);
            for ended in results {
                let Some(item) = begun.borrow().get(ended.index).copied() else { continue };
                let facts = match &ended.result {
                    Ok(result) => result.call_facts(),
                    Err(error) => error.facts(),
                };
                limit.end(facts.attempts.iter().map(|attempt| attempt.billed));
                let mut run = run.borrow_mut();
                match &ended.result {
                    Err(error) if is_asked_elsewhere(error.kind()) => run.elsewhere += 1,
                    Err(error) if is_left(error) => {
                        unavailable += 1;
                        run.last_left = Some(error.clone());
                        if ends_all(error.kind()) || unavailable >= MOST_UNAVAILABLE {
                            run.ending.get_or_insert_with(|| error.clone());
                        }
                    }
                    result => {
                        unavailable = 0;
                        let row = match result {
                            Ok(result) => Row::of_result(item, result, reveal),
                            Err(error) => Row::of_error(item, error),
                        };
                        run.write(item, &row);
                    }
                }
                run.progress.bill(limit.bill());
            }
            left = rest.as_slice();
        }
        self.is_at_limit |= !left.is_empty() && !limit.has_room();
    }
}

/// Returns whether an item whose call failed so is as if it had not been asked: nothing was billed, and the
/// failure says nothing of the item.
fn is_left(error: &Error) -> bool {
    let is_free = error.billed() == Billed::No;
    is_free && (error.retryable() || error.kind() == Kind::Cancelled || ends_all(error.kind()))
}

/// Returns whether a call that failed so was left to another run, which asked in the same moment.
fn is_asked_elsewhere(kind: Kind) -> bool {
    matches!(kind, Kind::AlreadyRunning | Kind::AlreadyAnswered)
}
