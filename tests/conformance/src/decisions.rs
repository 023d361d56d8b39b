//! The decision table as its documents and its cases read it: `core/src/decision_table.json`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use cardwire::Vendor;
use serde::Deserialize;

/// The whole table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What is done about a code that no row lists.
    pub unknown_code: Row,
    /// What is refused before anything is sent.
    pub local: Vec<LocalRow>,
    /// Requests without a whole answer.
    pub transport: Vec<PhaseRow>,
    /// Answers without a code of the vendor.
    pub http: Vec<StatusRow>,
    /// Rows of several vendors.
    pub shared: BTreeMap<String, Vec<CodesRow>>,
    /// By the vendor's name.
    pub vendors: BTreeMap<String, VendorTable>,
}

/// One vendor's part.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorTable {
    /// Its own rows.
    pub rows: Vec<CodesRow>,
    /// The shared rows that are its rows too.
    #[serde(default)]
    pub also: Vec<String>,
    /// What stands between a code's family and its reason.
    pub family_separator: Option<String>,
    /// The families as which their unlisted reasons are decided on.
    #[serde(default)]
    pub families: Vec<String>,
}

/// What is decided.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// Whether the same account is asked once more.
    pub retry: String,
    /// The shortest wait before that.
    #[serde(default)]
    pub after_ms: u64,
    /// Whether another account is asked.
    pub failover: String,
    /// What is said about the bill.
    pub billed: String,
    /// What is not asked any more for a while.
    pub block: Option<Block>,
    /// Whether the vendor's record of the order is asked for.
    #[serde(default)]
    pub query_order: bool,
    /// The reason.
    pub why: String,
}

/// What is not asked any more, and how long.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// `account` or `parameters`.
    pub what: String,
    /// How long.
    pub for_ms: Option<u64>,
    /// `next_day`.
    pub until: Option<String>,
}

/// A refusal of the library's own.
#[derive(Debug, Deserialize)]
pub struct LocalRow {
    /// Its name.
    pub reason: String,
    /// What is decided.
    #[serde(flatten)]
    pub row: Row,
}

/// How far a request came.
#[derive(Debug, Deserialize)]
pub struct PhaseRow {
    /// Its name.
    pub phase: String,
    /// What is decided.
    #[serde(flatten)]
    pub row: Row,
}

/// A range of HTTP statuses.
#[derive(Debug, Deserialize)]
pub struct StatusRow {
    /// First and last.
    pub status: [u16; 2],
    /// What is decided.
    #[serde(flatten)]
    pub row: Row,
}

/// Codes of a vendor.
#[derive(Debug, Deserialize)]
pub struct CodesRow {
    /// The operations whose answers it is about; every one where empty.
    #[serde(default, rename = "in")]
    pub operations: Vec<String>,
    /// The codes.
    pub codes: Vec<String>,
    /// What is decided.
    #[serde(flatten)]
    pub row: Row,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Table {
    /// Reads the table that the library is built with.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn load() -> Result<Self, String> {
        let path = root().join("core/src/decision_table.json");
        let text = std::fs::read(&path).map_err(|error| error.to_string())?;
        serde_json::from_slice(&text).map_err(|error| error.to_string())
    }

    /// A vendor's rows, its own first.
    pub fn rows(&self, vendor: &str) -> Vec<&CodesRow> {
        let Some(own) = self.vendors.get(vendor) else { return Vec::new() };
        let shared = own.also.iter().filter_map(|name| self.shared.get(name)).flatten();
        own.rows.iter().chain(shared).collect()
    }

    /// The row of a code in the answer to an operation.
    pub fn row(&self, vendor: &str, operation: &str, code: &str) -> &Row {
        let rows = self.rows(vendor);
        let fits = |row: &&&CodesRow| row.codes.iter().any(|known| known == code);
        let named = |row: &&&CodesRow| row.operations.iter().any(|known| known == operation);
        let found = rows.iter().filter(fits).find(named);
        let found =
            found.or_else(|| rows.iter().filter(fits).find(|row| row.operations.is_empty()));
        found.map_or(&self.unknown_code, |row| &row.row)
    }
}

impl Row {
    fn again(&self) -> String {
        let seconds = |milliseconds: u64| milliseconds as f64 / 1000.0;
        match (self.retry.as_str(), self.after_ms) {
            ("none", _) => "no".to_owned(),
            ("backoff", _) => "after a short wait".to_owned(),
            ("throttle", 0) => "after a longer wait".to_owned(),
            ("throttle", after) => format!("after {} s or more", seconds(after)),
            ("once", after) => {
                format!("once, after {} to {} s", seconds(after), seconds(2 * after))
            }
            ("token", _) => "once, with another token".to_owned(),
            ("nonce", _) => "once, with another nonce".to_owned(),
            ("clock", _) => "once, by the vendor's clock".to_owned(),
            (other, _) => other.to_owned(),
        }
    }

    fn elsewhere(&self) -> String {
        match self.failover.as_str() {
            "never" => "no".to_owned(),
            "yes" => "yes".to_owned(),
            word => format!("with `{word}`"),
        }
    }

    fn then(&self) -> String {
        let block = self.block.as_ref().map(|block| {
            let what = match block.what.as_str() {
                "account" => "account",
                _ => "this card",
            };
            match (block.for_ms, &block.until) {
                (Some(milliseconds), _) if milliseconds >= 3_600_000 => {
                    format!("{what} blocked for {} h", milliseconds / 3_600_000)
                }
                (Some(milliseconds), _) => format!("{what} blocked for {} s", milliseconds / 1000),
                (None, _) => format!("{what} blocked until the next day"),
            }
        });
        let query = self.query_order.then(|| "the order is asked for".to_owned());
        block.into_iter().chain(query).collect::<Vec<_>>().join(", ")
    }

    fn cells(&self) -> String {
        format!("{} | {} | {} | {}", self.again(), self.elsewhere(), self.billed, self.then())
    }
}

const HEAD: &str = "asked again | elsewhere | billed | then";
const LINE: &str = "---|---|---|---|---|---|";

fn statuses(row: &StatusRow) -> String {
    match row.status {
        [first, last] if first == last => first.to_string(),
        [0, _] => "any other".to_owned(),
        [first, last] => format!("{first} to {last}"),
    }
}

/// The whole table as a page.
pub fn page(table: &Table) -> String {
    let mut page = String::from(
        "# What is done about each answer\n\n\
         Made from [src/decision_table.json](src/decision_table.json) by `make decisions`; the library\n\
         decides from that file alone.\n\n\
         *Asked again* is about the same account, within the attempts of the call. *Elsewhere* is about the\n\
         accounts of a configured `failover` list; a word means that the list's `also` must name it.\n",
    );
    let mut section = |title: &str, first: &str, rows: Vec<String>| {
        let _ = write!(page, "\n## {title}\n\n| {first} | {HEAD} | why |\n|{LINE}\n");
        for row in rows {
            let _ = writeln!(page, "{row}");
        }
    };
    let line = |first: &str, row: &Row| format!("| {first} | {} | {} |", row.cells(), row.why);
    let rows = table.local.iter().map(|local| line(&local.reason, &local.row)).collect();
    section("Refused before anything is sent", "reason", rows);
    let rows = table.transport.iter().map(|phase| line(&phase.phase, &phase.row)).collect();
    section("Requests without a whole answer", "how far it came", rows);
    let rows = table.http.iter().map(|status| line(&statuses(status), &status.row)).collect();
    section("Answers without a code of the vendor", "status", rows);
    let coded = |rows: &[CodesRow]| {
        let row = |row: &CodesRow| {
            let codes: Vec<String> = row.codes.iter().map(|code| format!("`{code}`")).collect();
            let codes = codes.join(", ");
            let place = match row.operations.as_slice() {
                [] => String::new(),
                operations => format!(" in `{}`", operations.join("`, `")),
            };
            line(&format!("{codes}{place}"), &row.row)
        };
        rows.iter().map(row).collect::<Vec<_>>()
    };
    for vendor in Vendor::ALL {
        let Some(own) = table.vendors.get(vendor.name()) else { continue };
        let also: String = own.also.iter().map(|name| format!(", and `{name}`")).collect();
        section(&format!("`{vendor}`{also}"), "codes", coded(&own.rows));
    }
    for (name, rows) in &table.shared {
        section(&format!("`{name}`"), "codes", coded(rows));
    }
    let rows = vec![line("any other code", &table.unknown_code)];
    section("A code that no row lists", "code", rows);
    page
}

/// The table by what is done, for the page of errors.
pub fn summary(table: &Table) -> String {
    let mut classes: Vec<(String, Vec<&str>)> = Vec::new();
    let transport = table.transport.iter().map(|phase| &phase.row);
    let http = table.http.iter().map(|status| &status.row);
    let own = Vendor::ALL.iter().filter_map(|vendor| table.vendors.get(vendor.name()));
    let coded = own.flat_map(|own| &own.rows).chain(table.shared.values().flatten());
    let coded = coded.map(|row| &row.row);
    for row in transport.chain(http).chain(coded).chain([&table.unknown_code]) {
        let cells = row.cells();
        let at = classes.iter().position(|(known, _)| *known == cells).unwrap_or_else(|| {
            classes.push((cells, Vec::new()));
            classes.len() - 1
        });
        if let Some((_, reasons)) = classes.get_mut(at)
            && !reasons.contains(&row.why.as_str())
        {
            reasons.push(&row.why);
        }
    }
    let mut summary = format!("| why | {HEAD} |\n|---|---|---|---|---|\n");
    for (cells, reasons) in classes {
        let _ = writeln!(summary, "| {} | {cells} |", reasons.join("; "));
    }
    summary
}

const BEGIN: &str = "<!-- decisions: begin -->\n";
const END: &str = "<!-- decisions: end -->";

/// The files that are made from the table: where they are kept, and what they must say.
///
/// # Errors
/// The table or the page of errors cannot be read, or the page has no place for it.
pub fn files() -> Result<Vec<(PathBuf, String)>, String> {
    let table = Table::load()?;
    let errors = root().join("docs/errors.md");
    let text = std::fs::read_to_string(&errors).map_err(|error| error.to_string())?;
    let (before, rest) = text.split_once(BEGIN).ok_or("docs/errors.md has no beginning mark")?;
    let (_, after) = rest.split_once(END).ok_or("docs/errors.md has no end mark")?;
    let text = format!("{before}{BEGIN}{}{END}{after}", summary(&table));
    Ok(vec![(root().join("core/DECISIONS.md"), page(&table)), (errors, text)])
}
