//! The file of results: one line an item, on the disk before the next result is taken.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use cardwire::{
    Billed, CallFacts, CallOptions, Client, Error, Operation, Order, OrderRecord, Recognition,
    ValidThru, Verification,
};
use fs4::FileExt;
use serde_json::Value;

use super::TableResult;
use super::inputs::Item;
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
    /// Its call failed.
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
    pub(crate) key: String,
    pub(crate) status: RowStatus,
    billed: Billed,
    /// How many requests of the call were billed, or may have been.
    pub(crate) billed_attempts: u64,
    columns: HashMap<&'static str, String>,
    /// What it says in full, by its name.
    document: (&'static str, Value),
}

impl Row {
    fn new(key: &str, reference: &str, status: RowStatus, document: (&'static str, Value)) -> Self {
        let mut row = Row {
            key: key.to_owned(),
            status,
            billed: Billed::No,
            billed_attempts: 0,
            columns: HashMap::new(),
            document,
        };
        row.set("item", key);
        row.set("reference", reference);
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
        let billed = facts.attempts.iter().filter(|attempt| attempt.billed != Billed::No).count();
        self.billed_attempts = u64::try_from(billed).unwrap_or(u64::MAX);
    }

    pub(crate) fn of_result<R: TableResult>(
        key: &str,
        reference: &str,
        result: &R,
        reveal: bool,
    ) -> Self {
        let document = ("result", show::document(result, reveal));
        let mut row = Row::new(key, reference, RowStatus::Result, document);
        row.columns.extend(result.columns(reveal));
        row.set_facts(result.call_facts());
        row
    }

    pub(crate) fn of_error(key: &str, reference: &str, error: &Error) -> Self {
        let document = ("error", console::document(error));
        let mut row = Row::new(key, reference, RowStatus::Failed, document);
        row.set_facts(error.facts());
        row.set("error", error.kind().slug());
        row.set("message", cell(error.message()));
        row
    }

    /// Returns the row of an item that was answered, and whose result is lost here.
    pub(crate) fn answered_before(key: &str, reference: &str, order: &OrderRecord) -> Self {
        let document = ("order", show::document(order, true));
        let mut row = Row::new(key, reference, RowStatus::AnsweredBefore, document);
        row.set("vendor", order.vendor.map(|vendor| vendor.name()).unwrap_or(""));
        row.set("account", order.account.as_str());
        row.set("order_id", order.order_id.as_str());
        row.set("request_id", order.request_id.as_deref().unwrap_or(""));
        row.set("sent", order.sent.slug());
        row.set_billed(order.billed);
        row
    }
}

/// Returns a vendor's text as a cell that no table program takes for a formula.
fn cell(text: &str) -> String {
    let text: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    match text.starts_with(['=', '+', '-', '@']) {
        true => format!("'{text}"),
        false => text,
    }
}

fn valid_thru(date: Option<&ValidThru>) -> String {
    cell(&date.map(show::date).unwrap_or_default())
}

fn warnings(warnings: &[cardwire::Warning]) -> String {
    let names: Vec<&str> = warnings.iter().map(|warning| warning.kind.slug()).collect();
    names.join(" ")
}

impl TableResult for Recognition {
    fn kept<T>(client: &Client, item: &Item<T>, order: &OrderRecord, reveal: bool) -> Option<Row> {
        order.vendor.filter(|one| one.operations().contains(&Operation::FetchOrder))?;
        // Asking for an order is free. An account may have another name by now: then it is not found.
        let options = CallOptions::new().vendor(order.account.as_str());
        let kept = client.fetch_order(&order.order_id, &options).ok()?;
        let mut row = Row::of_result(&item.key, &item.reference, &kept, reveal);
        // The question was free, and the call was not.
        row.set_billed(order.billed);
        Some(row)
    }

    fn columns(&self, reveal: bool) -> Vec<(&'static str, String)> {
        vec![
            ("card_number", show::number(&self.card_number, reveal)),
            ("issuer", cell(self.issuer.as_deref().unwrap_or(""))),
            ("card_kind", self.card_kind.to_string()),
            ("valid_thru", valid_thru(self.valid_thru.as_ref())),
            ("confidence", self.confidence.map(|sure| sure.to_string()).unwrap_or_default()),
            ("warnings", warnings(&self.warnings)),
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
            ("warnings", warnings(&self.warnings)),
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
    rows: HashMap<String, RowSummary>,
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
        let file =
            open(path).map_err(|error| Failure::file(path, "it cannot be opened", &error))?;
        let mut output =
            Output { path: path.to_owned(), format, has_mark, columns, file, rows: HashMap::new() };
        output.lock(&output.file)?;
        output.take_up()?;
        Ok(output)
    }

    fn lock(&self, file: &File) -> Result<(), Failure> {
        FileExt::try_lock(file).map_err(|_| {
            let expected = format!("{} for this run alone", self.path.display());
            Failure::argument("--output", &expected, "another run that writes to it")
        })
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
                let (key, told) = self.read(&line).ok_or_else(|| {
                    let expected = format!("results of such a batch in {}", self.path.display());
                    Failure::argument(
                        "--output",
                        &expected,
                        format!("another text in line {number}"),
                    )
                })?;
                self.rows.insert(key, told);
            }
            whole += u64::try_from(read).unwrap_or(0);
        }
        let size = self.file.metadata().map_err(|error| self.problem(&error))?.len();
        // A file of something else that has no line end is not ours to cut.
        if whole == 0 && size > 0 && !self.begins_like_ours(&line) {
            let expected = format!("results of such a batch in {}", self.path.display());
            return Err(Failure::argument("--output", &expected, "another text"));
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
        let expected = format!("the headings of such a batch in {}", self.path.display());
        Err(Failure::argument("--output", &expected, "others"))
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

    /// Returns the item of a row, and what the row says.
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
                    column("item")?.to_owned(),
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
                Some((text("item")?.to_owned(), told))
            }
        }
    }

    /// Returns whether an item has a row.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.rows.contains_key(key)
    }

    /// Writes a row to the disk.
    pub(crate) fn write(&mut self, row: &Row) -> Result<(), Failure> {
        let line = match self.format {
            Format::Csv => {
                let cells = self
                    .columns
                    .iter()
                    .map(|name| row.columns.get(name).map_or("", String::as_str));
                csv_line(cells).map_err(|error| self.problem(&error))?
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
        self.rows.insert(row.key.clone(), RowSummary { status: row.status, billed: row.billed });
        Ok(())
    }

    fn append(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.file
            .write_all(line)
            .and_then(|()| self.file.sync_data())
            .map_err(|error| self.problem(&error))
    }

    /// Writes the file anew without the rows of items that failed with such a bill, so that they are
    /// asked again. Killed meanwhile, it is the file as it was.
    pub(crate) fn forget(&mut self, with_bill: impl Fn(Billed) -> bool) -> Result<(), Failure> {
        let is_forgotten =
            |told: &RowSummary| told.status == RowStatus::Failed && with_bill(told.billed);
        if !self.rows.values().any(is_forgotten) {
            return Ok(());
        }
        let mut name = self.path.as_os_str().to_owned();
        name.push(".new");
        let path = PathBuf::from(name);
        let problem = |error: io::Error| Failure::file(&path, "it cannot be written", &error);
        let mut file = open(&path).map_err(problem)?;
        self.lock(&file)?;
        file.set_len(0).map_err(problem)?;
        self.file.seek(SeekFrom::Start(0)).map_err(problem)?;
        let mut lines = BufReader::new(self.file.try_clone().map_err(problem)?);
        let mut kept = io::BufWriter::new(&mut file);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).map_err(problem)? > 0 {
            let forgotten = self.read(&line).is_some_and(|(_, told)| is_forgotten(&told));
            if !forgotten {
                kept.write_all(&line).map_err(problem)?;
            }
            line.clear();
        }
        kept.flush().map_err(problem)?;
        drop(kept);
        file.sync_all().map_err(problem)?;
        std::fs::rename(&path, &self.path).map_err(problem)?;
        self.file = file;
        self.rows.retain(|_, told| !is_forgotten(told));
        Ok(())
    }

    /// Counts these items.
    pub(crate) fn counts<'a>(&self, keys: impl Iterator<Item = &'a str>) -> Counts {
        let mut counts = Counts::default();
        for key in keys {
            let count = match self.rows.get(key).map(|told| told.status) {
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

/// Opens a file for its owner alone: it holds what was read of cards.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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

    fn failed(key: &str) -> Row {
        let error = cardwire::Client::from_json("").unwrap_err();
        Row::of_error(key, key, &error)
    }

    #[test]
    fn a_file_is_gone_on_with_and_a_line_that_was_cut_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        for (name, format) in [("a.csv", Format::Csv), ("a.jsonl", Format::JsonLines)] {
            let path = folder.path().join(name);
            for key in ["one", "two, with a comma", "three"] {
                rows(&path, format).write(&failed(key)).unwrap();
            }
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
    fn what_failed_is_forgotten_when_it_is_to_be_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let mut output = rows(&path, Format::Csv);
        output.write(&failed("one")).unwrap();
        output.forget(|billed| billed == Billed::Unknown).unwrap();
        assert!(output.has("one"));
        output.forget(|billed| billed == Billed::No).unwrap();
        assert!(!output.has("one"));
        output.write(&failed("two")).unwrap();
        drop(output);
        let output = rows(&path, Format::Csv);
        assert!(output.has("two") && !output.has("one"));
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

    #[test]
    fn a_vendor_s_text_is_no_formula() {
        assert_eq!(cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(cell("中国工商银行"), "中国工商银行");
        assert_eq!(cell("a\nb"), "a b");
        assert_eq!(valid_thru(ValidThru::parse("=1+1").as_ref()), "'=1+1");
    }
}
