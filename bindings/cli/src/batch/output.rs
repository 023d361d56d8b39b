//! The file of results: one line an item, on the disk before the next result is taken.
//!
//! An item is known by its reference, which tells its content too. Where it is asked again its new row
//! is added, and stands for the one before, which is removed when the run ends.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use cardwire::{
    Billed, CallFacts, Error, Order, OrderRecord, OrderStatus, Recognition, ValidThru, Verification,
};
use fs4::{FileExt, TryLockError};
use serde_json::Value;

use super::inputs::Item;
use super::{TableResult, private_file};
use crate::console;
use crate::failure::Failure;
use crate::show;

/// The columns of every row, before those of its kind and after them.
const BEFORE: [&str; 3] = ["item", "reference", "status"];
const AFTER: [&str; 8] =
    ["vendor", "account", "order_id", "request_id", "sent", "billed", "error", "message"];

/// The mark before a text in UTF-8, without which some table programs read another encoding.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The columns of what was read of a card.
pub(crate) const RECOGNITION: &[&str] =
    &["card_number", "issuer", "card_kind", "valid_thru", "confidence", "warnings"];

/// The columns of what a vendor said of a cardholder.
pub(crate) const VERIFICATION: &[&str] = &["outcome", "reason"];

/// The form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    JsonLines,
}

impl Format {
    /// Returns the form that the file's name asks for.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Ok(Format::Csv),
            "jsonl" | "ndjson" => Ok(Format::JsonLines),
            _ => Err(Failure::argument(
                "--output",
                "a name that ends in .csv or .jsonl",
                "another name",
            )),
        }
    }
}

/// What an item's row says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowStatus {
    /// It has a result.
    Result,
    /// Its call failed, or may have been executed without an answer.
    Failed,
    /// A vendor answered it, and the run ended before its result was written.
    AnsweredBefore,
}

impl RowStatus {
    const ALL: [(RowStatus, &'static str); 3] = [
        (RowStatus::Result, "result"),
        (RowStatus::Failed, "failed"),
        (RowStatus::AnsweredBefore, "answered_before"),
    ];

    fn name(self) -> &'static str {
        RowStatus::ALL.iter().find(|(status, _)| *status == self).map_or("", |(_, name)| name)
    }

    fn of(name: &str) -> Option<Self> {
        RowStatus::ALL.iter().find(|(_, known)| *known == name).map(|(status, _)| *status)
    }
}

/// The part of a row that is there which decides whether its item is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RowSummary {
    status: RowStatus,
    billed: Billed,
}

/// The row of an item.
#[derive(Debug)]
pub(crate) struct Row {
    reference: String,
    pub(crate) status: RowStatus,
    pub(crate) billed: Billed,
    pub(crate) order_id: Option<String>,
    columns: HashMap<&'static str, String>,
    /// What it says in full, by its name.
    document: (&'static str, Value),
}

impl Row {
    fn new<T>(item: &Item<T>, status: RowStatus, document: (&'static str, Value)) -> Self {
        let mut row = Row {
            reference: item.reference.clone(),
            status,
            billed: Billed::No,
            order_id: None,
            columns: HashMap::new(),
            document,
        };
        row.set("item", item.name.as_str());
        row.set("reference", item.reference.as_str());
        row.set("status", status.name());
        row
    }

    fn set(&mut self, column: &'static str, value: impl Into<String>) {
        self.columns.insert(column, value.into());
    }

    fn set_billed(&mut self, billed: Billed) {
        self.billed = billed;
        self.set("billed", billed.slug());
    }

    fn set_facts(&mut self, facts: &CallFacts) {
        self.set("vendor", facts.vendor.map(|vendor| vendor.name()).unwrap_or(""));
        self.set("account", facts.account.as_deref().unwrap_or(""));
        self.set("order_id", facts.order_id.as_deref().unwrap_or(""));
        self.set("request_id", facts.request_id.as_deref().unwrap_or(""));
        self.set("sent", facts.sent.slug());
        self.set_billed(facts.billed);
        self.order_id.clone_from(&facts.order_id);
    }

    pub(crate) fn of_result<T, R: TableResult>(item: &Item<T>, result: &R, reveal: bool) -> Self {
        let document = ("result", show::document(result, reveal));
        let mut row = Row::new(item, RowStatus::Result, document);
        row.columns.extend(result.columns(reveal));
        row.set_facts(result.call_facts());
        row
    }

    /// Returns the row of a result that the vendor has kept of an order. The question for it was free:
    /// the bill is the order's.
    pub(crate) fn of_kept<T>(
        item: &Item<T>,
        kept: &Order,
        order: &OrderRecord,
        reveal: bool,
    ) -> Self {
        let mut row = Row::of_result(item, kept, reveal);
        row.set("order_id", order.order_id.as_str());
        row.order_id = Some(order.order_id.clone());
        row.set_billed(order.billed);
        if let Some(document) = row.document.1.as_object_mut() {
            document.insert("order_id".to_owned(), order.order_id.as_str().into());
            document.insert("billed".to_owned(), order.billed.slug().into());
        }
        row
    }

    pub(crate) fn of_error<T>(item: &Item<T>, error: &Error) -> Self {
        let document = ("error", console::document(error));
        let mut row = Row::new(item, RowStatus::Failed, document);
        row.set_facts(error.facts());
        row.set("error", error.kind().slug());
        row.set("message", cell(error.message()));
        row
    }

    /// Returns the row of an item that was answered, and whose result is lost here.
    pub(crate) fn answered_before<T>(item: &Item<T>, order: &OrderRecord) -> Self {
        Row::of_order(item, RowStatus::AnsweredBefore, order)
    }

    /// Returns the row of an item whose order failed, or may have been executed, in another run.
    pub(crate) fn failed_before<T>(item: &Item<T>, order: &OrderRecord) -> Self {
        let mut row = Row::of_order(item, RowStatus::Failed, order);
        row.set("error", order.outcome.as_deref().unwrap_or(order.status.slug()));
        let message = match order.status {
            OrderStatus::Answered => "the vendor refused this order of an earlier run",
            _ => "an earlier run sent this order, and its answer did not come",
        };
        row.set("message", message);
        row
    }

    fn of_order<T>(item: &Item<T>, status: RowStatus, order: &OrderRecord) -> Self {
        let document = ("order", show::document(order, true));
        let mut row = Row::new(item, status, document);
        row.set("vendor", order.vendor.map(|vendor| vendor.name()).unwrap_or(""));
        row.set("account", order.account.as_str());
        row.set("order_id", order.order_id.as_str());
        row.set("request_id", order.request_id.as_deref().unwrap_or(""));
        row.set("sent", order.sent.slug());
        row.set_billed(order.billed);
        row.order_id = Some(order.order_id.clone());
        row
    }
}

/// The beginnings of what a table program takes for a formula, also as wide characters.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// Returns a text as a cell that no table program takes for a formula; [`of_cell`] undoes it.
fn to_cell(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

fn of_cell(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

/// Returns a vendor's text as a cell.
fn cell(text: &str) -> String {
    let text: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    to_cell(&text)
}

fn valid_thru(date: Option<&ValidThru>) -> String {
    cell(&date.map(show::date).unwrap_or_default())
}

impl TableResult for Recognition {
    fn columns(&self, reveal: bool) -> Vec<(&'static str, String)> {
        vec![
            ("card_number", show::number(&self.card_number, reveal)),
            ("issuer", cell(self.issuer.as_deref().unwrap_or(""))),
            ("card_kind", self.card_kind.to_string()),
            ("valid_thru", valid_thru(self.valid_thru.as_ref())),
            ("confidence", self.confidence.map(|sure| sure.to_string()).unwrap_or_default()),
            ("warnings", show::warnings(&self.warnings, " ")),
        ]
    }

    fn call_facts(&self) -> &CallFacts {
        self.facts()
    }
}

/// What a vendor has kept of a recognition.
impl TableResult for Order {
    fn columns(&self, reveal: bool) -> Vec<(&'static str, String)> {
        let number = self.card_number.as_ref().map(|number| show::number(number, reveal));
        vec![
            ("card_number", number.unwrap_or_default()),
            ("valid_thru", valid_thru(self.valid_thru.as_ref())),
            ("warnings", show::warnings(&self.warnings, " ")),
        ]
    }

    fn call_facts(&self) -> &CallFacts {
        self.facts()
    }
}

impl TableResult for Verification {
    fn columns(&self, _: bool) -> Vec<(&'static str, String)> {
        let reason = self.reason.map(|reason| reason.slug().to_owned());
        vec![("outcome", self.outcome.to_string()), ("reason", reason.unwrap_or_default())]
    }

    fn call_facts(&self) -> &CallFacts {
        self.facts()
    }
}

/// How many items there are, by what their rows say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) results: usize,
    pub(crate) failed: usize,
    /// Of those that failed.
    pub(crate) failed_free: usize,
    /// Of those that failed.
    pub(crate) failed_unknown: usize,
    pub(crate) lost: usize,
    /// Those without a row.
    pub(crate) left: usize,
}

/// The file of results.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    format: Format,
    /// True where a mark tells table programs that the file is UTF-8.
    has_mark: bool,
    columns: Vec<&'static str>,
    file: File,
    /// By reference.
    rows: HashMap<String, RowSummary>,
    /// A row stands for one before.
    has_older_rows: bool,
}

impl Output {
    /// Opens the file, makes it where there is none, and reads which items have a row. The part of a
    /// line at the end, which a run that was killed left there, is removed.
    pub(crate) fn open(
        path: &Path,
        (format, has_mark): (Format, bool),
        own: &[&'static str],
    ) -> Result<Self, Failure> {
        let columns = [&BEFORE[..], own, &AFTER[..]].concat();
        let mut output = Output {
            path: path.to_owned(),
            format,
            has_mark,
            columns,
            file: open_locked(path)?,
            rows: HashMap::new(),
            has_older_rows: false,
        };
        output.take_up()?;
        Ok(output)
    }

    fn problem(&self, error: &io::Error) -> Failure {
        Failure::file(&self.path, "the results cannot be read or written", error)
    }

    /// Reads the rows that there are, or writes the headings.
    fn take_up(&mut self) -> Result<(), Failure> {
        let mut whole = 0;
        let mut reader =
            BufReader::new(self.file.try_clone().map_err(|error| self.problem(&error))?);
        let mut line = Vec::new();
        let mut number = 0;
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(|error| self.problem(&error))?;
            if read == 0 || !line.ends_with(b"\n") {
                break;
            }
            number += 1;
            if number == 1 && self.format == Format::Csv {
                self.expect_headings(&line)?;
            } else {
                let (reference, told) = self.read(&line).ok_or_else(|| {
                    self.unexpected("results", format!("text of another form in line {number}"))
                })?;
                self.has_older_rows |= self.rows.insert(reference, told).is_some();
            }
            whole += u64::try_from(read).unwrap_or(0);
        }
        let size = self.file.metadata().map_err(|error| self.problem(&error))?.len();
        // A file of something else that has no line end is not ours to cut.
        if whole == 0 && size > 0 && !self.begins_like_ours(&line) {
            return Err(self.unexpected("results", "text of another form"));
        }
        self.file.set_len(whole).map_err(|error| self.problem(&error))?;
        self.file.seek(SeekFrom::End(0)).map_err(|error| self.problem(&error))?;
        if whole == 0 && self.format == Format::Csv {
            let mark = if self.has_mark { MARK } else { b"" };
            self.append(&[mark, &self.headings()?].concat())?;
        }
        Ok(())
    }

    fn headings(&self) -> Result<Vec<u8>, Failure> {
        csv_line(self.columns.iter().copied()).map_err(|error| self.problem(&error))
    }

    fn expect_headings(&self, line: &[u8]) -> Result<(), Failure> {
        if line.strip_prefix(MARK).unwrap_or(line) == self.headings()? {
            return Ok(());
        }
        Err(self.unexpected("the headings", "others"))
    }

    fn unexpected(&self, expected: &str, found: impl std::fmt::Display) -> Failure {
        let expected = format!("{expected} of such a batch in {}", show::path(&self.path));
        Failure::argument("--output", &expected, found)
    }

    /// Returns whether a part of a line may be the beginning of what is written here.
    fn begins_like_ours(&self, part: &[u8]) -> bool {
        match self.format {
            Format::Csv => self.headings().is_ok_and(|headings| {
                headings.starts_with(part) || [MARK, &headings].concat().starts_with(part)
            }),
            Format::JsonLines => {
                let begins = b"{\"item\":";
                part.starts_with(begins) || begins.starts_with(part)
            }
        }
    }

    /// Returns the reference of a row, and what the row says.
    fn read(&self, line: &[u8]) -> Option<(String, RowSummary)> {
        let billed = |slug: &str| Billed::ALL.iter().copied().find(|billed| billed.slug() == slug);
        match self.format {
            Format::Csv => {
                let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line);
                let row = reader.records().next()?.ok()?;
                let column =
                    |name: &str| row.get(self.columns.iter().position(|column| *column == name)?);
                if row.len() != self.columns.len() {
                    return None;
                }
                let status = RowStatus::of(column("status")?)?;
                Some((
                    of_cell(column("reference")?).to_owned(),
                    RowSummary { status, billed: billed(column("billed")?)? },
                ))
            }
            Format::JsonLines => {
                let row: Value = serde_json::from_slice(line).ok()?;
                let text = |name: &str| row.get(name)?.as_str();
                let told = RowSummary {
                    status: RowStatus::of(text("status")?)?,
                    billed: billed(text("billed")?)?,
                };
                Some((text("reference")?.to_owned(), told))
            }
        }
    }

    /// Returns whether the item of a reference has a row, and none that is asked again: `again` says so
    /// of what a row says, and of its bill.
    pub(crate) fn has(&self, reference: &str, again: impl Fn(RowStatus, Billed) -> bool) -> bool {
        self.rows.get(reference).is_some_and(|told| !again(told.status, told.billed))
    }

    /// Writes a row to the disk.
    pub(crate) fn write(&mut self, row: &Row) -> Result<(), Failure> {
        let line = match self.format {
            Format::Csv => {
                let cells: Vec<String> = self
                    .columns
                    .iter()
                    .map(|name| {
                        let cell = row.columns.get(name).map_or("", String::as_str);
                        match *name {
                            "item" | "reference" => to_cell(cell),
                            _ => cell.to_owned(),
                        }
                    })
                    .collect();
                csv_line(cells.iter().map(String::as_str)).map_err(|error| self.problem(&error))?
            }
            Format::JsonLines => {
                // In this order: what begins otherwise is another file.
                let named = BEFORE.iter().copied().chain(["billed"]).map(|name| {
                    let value = row.columns.get(name).map_or("", String::as_str);
                    format!("\"{name}\":{}", Value::from(value))
                });
                let (kind, document) = &row.document;
                let last = format!("\"{kind}\":{document}");
                let fields: Vec<String> = named.chain([last]).collect();
                format!("{{{}}}\n", fields.join(",")).into_bytes()
            }
        };
        self.append(&line)?;
        let told = RowSummary { status: row.status, billed: row.billed };
        self.has_older_rows |= self.rows.insert(row.reference.clone(), told).is_some();
        Ok(())
    }

    fn append(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.file
            .write_all(line)
            .and_then(|()| self.file.sync_data())
            .map_err(|error| self.problem(&error))
    }

    /// Writes the file anew without the rows that a later one stands for. Killed meanwhile, or failing,
    /// it is the file as it was.
    pub(crate) fn remove_older_rows(&mut self) -> Result<(), Failure> {
        if !self.has_older_rows {
            return Ok(());
        }
        let problem = |error: io::Error| {
            Failure::file(&self.path, "the rows of earlier tries cannot be removed", &error)
        };
        let mut last = HashMap::new();
        self.each_line(|number, reference, _| {
            last.insert(reference.to_owned(), number);
            Ok(())
        })
        .map_err(problem)?;
        let new = tempfile::NamedTempFile::new_in(private_file::folder_of(&self.path));
        let mut new = new.map_err(problem)?;
        // Before it has the name: another run that opens it then waits for its turn.
        FileExt::try_lock(new.as_file()).map_err(|error| problem(error.into()))?;
        let mut kept = io::BufWriter::new(new.as_file_mut());
        self.each_line(|number, reference, line| {
            let stands = last.get(reference).is_none_or(|last| *last == number);
            if stands { kept.write_all(line) } else { Ok(()) }
        })
        .and_then(|()| kept.flush())
        .map_err(problem)?;
        drop(kept);
        new.as_file().sync_all().map_err(problem)?;
        let mut file = new.persist(&self.path).map_err(|error| problem(error.error))?;
        private_file::sync_folder(&self.path).map_err(problem)?;
        file.seek(SeekFrom::End(0)).map_err(problem)?;
        self.file = file;
        self.has_older_rows = false;
        Ok(())
    }

    /// Calls `work` with the number, the reference and the bytes of each line; the headings have no
    /// reference.
    fn each_line(
        &self,
        mut work: impl FnMut(usize, &str, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        let mut lines = BufReader::new(file);
        let (mut number, mut line) = (0, Vec::new());
        while lines.read_until(b'\n', &mut line)? > 0 {
            let read = self.read(&line);
            work(number, read.as_ref().map_or("", |(reference, _)| reference), &line)?;
            number += 1;
            line.clear();
        }
        Ok(())
    }

    /// Counts these items.
    pub(crate) fn counts<'a>(&self, references: impl Iterator<Item = &'a str>) -> Counts {
        let mut counts = Counts::default();
        for reference in references {
            let told = self.rows.get(reference);
            if let Some(RowSummary { status: RowStatus::Failed, billed }) = told {
                counts.failed_free += usize::from(*billed == Billed::No);
                counts.failed_unknown += usize::from(*billed == Billed::Unknown);
            }
            let count = match told.map(|told| told.status) {
                Some(RowStatus::Result) => &mut counts.results,
                Some(RowStatus::Failed) => &mut counts.failed,
                Some(RowStatus::AnsweredBefore) => &mut counts.lost,
                None => &mut counts.left,
            };
            *count += 1;
        }
        counts
    }
}

/// Opens the file for this run alone: it holds what was read of cards, for its owner alone.
fn open_locked(path: &Path) -> Result<File, Failure> {
    loop {
        let problem = |error: io::Error| Failure::file(path, "it cannot be opened", &error);
        let file = private_file::open(path).map_err(problem)?;
        match FileExt::try_lock(&file) {
            // A run that ended meanwhile may have put another file in its place.
            Ok(()) if private_file::is_at(&file, path) => return Ok(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let expected = format!("{} for this run alone", show::path(path));
                let found = "another run that writes to it";
                return Err(Failure::argument("--output", &expected, found));
            }
            Err(TryLockError::Error(error)) => {
                return Err(Failure::file(path, "it cannot be locked", &error));
            }
        }
    }
}

fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells)?;
    writer.into_inner().map_err(|error| error.into_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn rows(path: &Path, format: Format) -> Output {
        Output::open(path, (format, format == Format::Csv), VERIFICATION).unwrap()
    }

    fn item(name: &str) -> Item<()> {
        let reference = format!("{name}#abcdefgh");
        Item { name: name.to_owned(), reference, order_id: None, input: () }
    }

    fn failed(name: &str) -> Row {
        let error = cardwire::Client::from_json("").unwrap_err();
        Row::of_error(&item(name), &error)
    }

    #[test]
    fn a_file_is_continued_and_a_line_that_was_cut_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        for (name, format) in [("a.csv", Format::Csv), ("a.jsonl", Format::JsonLines)] {
            let path = folder.path().join(name);
            for name in ["one", "two, with a comma", "=three"] {
                rows(&path, format).write(&failed(name)).unwrap();
            }
            assert!(rows(&path, format).rows.contains_key("=three#abcdefgh"));
            let whole = std::fs::read(&path).unwrap();
            // Cut anywhere, every whole line counts and the rest is removed.
            for length in 0..whole.len() {
                std::fs::write(&path, &whole[..length]).unwrap();
                let lines = whole[..length].iter().filter(|byte| **byte == b'\n').count();
                let headings = usize::from(format == Format::Csv).min(lines);
                let output = rows(&path, format);
                assert_eq!(output.rows.len(), lines - headings, "{name} cut at {length}");
                let left = std::fs::read(&path).unwrap();
                assert!(left.is_empty() || left.ends_with(b"\n"), "{name} cut at {length}");
            }
        }
    }

    #[test]
    fn a_row_stands_for_an_earlier_one_of_its_item_which_is_then_removed() {
        let folder = tempfile::tempdir().unwrap();
        let others = folder.path().join("a.csv.new");
        std::fs::write(&others, "somebody's").unwrap();
        for (name, format) in [("a.csv", Format::Csv), ("a.jsonl", Format::JsonLines)] {
            let path = folder.path().join(name);
            let mut output = rows(&path, format);
            for name in ["one", "two", "one"] {
                output.write(&failed(name)).unwrap();
            }
            let size = || std::fs::read_to_string(&path).unwrap().lines().count();
            let headings = usize::from(format == Format::Csv);
            assert_eq!(size(), headings + 3);
            output.remove_older_rows().unwrap();
            assert_eq!((size(), output.has_older_rows), (headings + 2, false));
            // It goes on at the end of the new file, which is this run's alone too.
            output.write(&failed("three")).unwrap();
            assert!(Output::open(&path, (format, false), VERIFICATION).is_err());
            drop(output);
            let output = rows(&path, format);
            assert_eq!((size(), output.rows.len()), (headings + 3, 3));
            assert!(output.has("one#abcdefgh", |_, billed| billed == Billed::Unknown));
            assert!(!output.has("one#abcdefgh", |_, billed| billed == Billed::No));
        }
        assert_eq!(std::fs::read_to_string(others).unwrap(), "somebody's");
    }

    #[test]
    fn another_file_is_not_written_to_and_no_file_twice_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        for other in ["name,phone\n1,2\n", "no line end", "{\"item\":\"x\"}\n"] {
            std::fs::write(&path, other).unwrap();
            assert!(Output::open(&path, (Format::Csv, false), VERIFICATION).is_err(), "{other}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), other);
        }
        std::fs::remove_file(&path).unwrap();
        let held = rows(&path, Format::Csv);
        let refused = Output::open(&path, (Format::Csv, false), VERIFICATION).unwrap_err();
        assert!(refused.to_string().contains("another run"), "{refused}");
        drop(held);
        assert_eq!(refused.exit(), Exit::Usage);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_for_its_owner_alone_and_no_link() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        drop(rows(&path, Format::Csv));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(Output::open(&link, (Format::Csv, false), VERIFICATION).is_err());
    }

    #[test]
    fn a_text_is_no_formula_and_is_read_as_it_was() {
        assert_eq!(cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(cell("中国工商银行"), "中国工商银行");
        assert_eq!(cell("a\nb"), "a b");
        assert_eq!(valid_thru(ValidThru::parse("=1+1").as_ref()), "'=1+1");
        for text in ["=1", "'=1", "''@", "'a", "a", "", "＝1"] {
            assert_eq!(of_cell(&to_cell(text)), text);
            assert!(!to_cell(text).starts_with(FORMULA), "{text}");
        }
    }
}
