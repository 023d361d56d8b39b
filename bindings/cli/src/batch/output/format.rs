//! The lines of a file of results: rows as CSV or JSON, and what is read of them again.

use std::io;
use std::path::Path;

use cardwire::Billed;
use serde_json::Value;

use super::cell;
use super::row::{AFTER, BEFORE, Row, RowStatus, RowSummary};
use crate::failure::Failure;

/// The mark before a text in UTF-8, without which some table programs read another encoding.
pub(super) const MARK: &[u8] = "\u{feff}".as_bytes();

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

/// The lines of one file.
#[derive(Debug)]
pub(super) struct Lines {
    format: Format,
    columns: Vec<&'static str>,
}

impl Lines {
    /// Returns those of rows with these columns of their own.
    pub(super) fn new(format: Format, own: &[&'static str]) -> Self {
        Lines { format, columns: [&BEFORE[..], own, &AFTER[..]].concat() }
    }

    /// Returns the first line of CSV, without a mark; lines of JSON have no headings.
    pub(super) fn headings(&self) -> io::Result<Option<Vec<u8>>> {
        match self.format {
            Format::Csv => csv_line(&self.columns).map(Some),
            Format::JsonLines => Ok(None),
        }
    }

    /// Returns the line of a row.
    pub(super) fn row(&self, row: &Row) -> io::Result<Vec<u8>> {
        match self.format {
            Format::Csv => {
                let cell = |name: &&str| match *name {
                    "item" | "reference" => cell::escape(row.cell(name)),
                    name => row.cell(name).to_owned(),
                };
                csv_line(self.columns.iter().map(cell))
            }
            Format::JsonLines => {
                // In this order: what begins otherwise is another file.
                let named = BEFORE
                    .into_iter()
                    .chain(["billed"])
                    .map(|name| format!("\"{name}\":{}", Value::from(row.cell(name))));
                let (kind, document) = &row.document;
                let last = format!("\"{kind}\":{document}");
                let fields: Vec<String> = named.chain([last]).collect();
                Ok(format!("{{{}}}\n", fields.join(",")).into_bytes())
            }
        }
    }

    /// Returns the reference of a row, and what the row says.
    pub(super) fn read(&self, line: &[u8]) -> Option<(String, RowSummary)> {
        let told = |reference: &str, status: &str, billed: &str| {
            let billed = Billed::ALL.iter().copied().find(|one| one.slug() == billed)?;
            let status = RowStatus::of(status)?;
            Some((reference.to_owned(), RowSummary { status, billed }))
        };
        match self.format {
            Format::Csv => {
                let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line);
                let row = reader.records().next()?.ok()?;
                if row.len() != self.columns.len() {
                    return None;
                }
                let column =
                    |name: &str| row.get(self.columns.iter().position(|column| *column == name)?);
                let reference = cell::unescape(column("reference")?);
                told(reference, column("status")?, column("billed")?)
            }
            Format::JsonLines => {
                let row: Value = serde_json::from_slice(line).ok()?;
                let text = |name: &str| row.get(name)?.as_str();
                told(text("reference")?, text("status")?, text("billed")?)
            }
        }
    }

    /// Returns whether a part of a line may be the beginning of a file of these lines.
    pub(super) fn may_begin_with(&self, part: &[u8]) -> bool {
        match self.headings() {
            Ok(Some(headings)) => {
                headings.starts_with(part) || [MARK, &headings].concat().starts_with(part)
            }
            Ok(None) => {
                let begins = b"{\"item\":";
                part.starts_with(begins) || begins.starts_with(part)
            }
            Err(_) => false,
        }
    }
}

fn csv_line(cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells)?;
    writer.into_inner().map_err(|error| error.into_error())
}
