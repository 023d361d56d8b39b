//! The rows of codes, statuses, phases and local refusals in plain words, for the reference page and
//! the tests of other crates. No part of the interface.

use crate::call::statuses::{STATUSES, Status, UNDOCUMENTED};
use crate::call::{Rule, of_local, of_phase};
use crate::decision::{self, Decision, Local};
use crate::facts::Billed;
use crate::transport::Phase;
use crate::vendors::Vendor;
use crate::vendors::codes::{self, CodeResult, CodeRow, Numbering, Reach};

/// A decision in the words of the reference page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consequence {
    /// The name, such as `retry_later`.
    pub name: &'static str,
    /// `none`, `backoff`, `throttle`, `once`, `token`, `nonce` or `clock`.
    pub retry: &'static str,
    /// The shortest wait before the retry, in milliseconds.
    pub after_ms: u64,
    /// `never`, `yes`, or the word that the configuration lists.
    pub failover: &'static str,
    /// `account` or `parameters`, and for how many seconds; `None` until the next day.
    pub block: Option<(&'static str, Option<u64>)>,
    /// True where the vendor's record of the order is asked for.
    pub query_order: bool,
    /// The reason.
    pub why: &'static str,
}

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// A code, a status or a range of them, or the name of a phase or a local refusal.
    pub name: String,
    /// The requests whose answers a code comes in; empty for any.
    pub numberings: Vec<&'static str>,
    /// `code`; or `family`, `prefix` or `sentence`, where unlisted codes that begin so are read alike.
    pub reach: &'static str,
    /// The meaning, or the reason.
    pub meaning: &'static str,
    /// The kind of an error, or the result.
    pub says: String,
    /// The bill; `None` where the request's own state tells it.
    pub billed: Option<Billed>,
    /// The decision that follows.
    pub follows: Consequence,
}

impl Consequence {
    fn of(decision: &Decision) -> Self {
        let milliseconds = u64::try_from(decision.after.as_millis()).unwrap_or(u64::MAX);
        Consequence {
            name: decision.name,
            retry: decision.retry.slug(),
            after_ms: milliseconds,
            failover: decision.failover.slug(),
            block: decision
                .block
                .map(|block| (block.scope.slug(), block.duration.map(|wait| wait.as_secs()))),
            query_order: decision.query_order,
            why: decision.why,
        }
    }
}

impl Row {
    fn of_code(list: &[Numbering], row: &CodeRow) -> Self {
        Row {
            name: row.code.to_owned(),
            numberings: list.iter().map(|one| one.slug()).collect(),
            reach: row.reach.slug(),
            meaning: row.meaning,
            says: said(row.result),
            billed: Some(row.billed),
            follows: Consequence::of(&row.decision),
        }
    }

    fn of_status(row: &Status) -> Self {
        let name = match (row.first, row.last) {
            (0, _) => "any other".to_owned(),
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first} to {last}"),
        };
        Row {
            says: row.kind.slug().to_owned(),
            billed: Some(row.billed),
            ..Row::of_rule(&name, (row.decision, row.meaning))
        }
    }

    fn of_rule(name: &str, (decision, why): Rule) -> Self {
        Row {
            name: name.to_owned(),
            numberings: Vec::new(),
            reach: Reach::Code.slug(),
            meaning: why,
            says: String::new(),
            billed: None,
            follows: Consequence::of(&decision),
        }
    }
}

fn said(result: CodeResult) -> String {
    match result {
        CodeResult::Success | CodeResult::Lookup(None) => "success".to_owned(),
        CodeResult::Verification(outcome, None) => outcome.slug().to_owned(),
        CodeResult::Verification(outcome, Some(reason)) => format!("{outcome}: {reason}"),
        CodeResult::Lookup(Some(reason)) => format!("not found: {reason}"),
        CodeResult::Error(kind) => kind.slug().to_owned(),
    }
}

/// Returns everything that may follow.
pub fn decisions() -> Vec<Consequence> {
    decision::ALL.iter().map(Consequence::of).collect()
}

/// Returns a vendor's codes.
pub fn codes(vendor: Vendor) -> Vec<Row> {
    let lists = vendor.codes().iter();
    lists.flat_map(|list| list.rows.iter().map(|row| Row::of_code(list.numberings, row))).collect()
}

/// Returns the row of a code in the answer to a request of that numbering, or that of a code without a
/// row.
pub fn code(vendor: Vendor, numbering: &str, code: &str) -> Row {
    let numbering = Numbering::ALL.iter().find(|one| one.slug() == numbering);
    let row = numbering.and_then(|numbering| codes::find(vendor.codes(), *numbering, code));
    row.map_or_else(unknown_code, |row| Row::of_code(&[], row))
}

/// Returns the row of a code without a row.
pub fn unknown_code() -> Row {
    let refusal = codes::unknown("", None);
    Row {
        says: refusal.kind.slug().to_owned(),
        billed: Some(Billed::Unknown),
        ..Row::of_rule("any other", (codes::UNKNOWN, codes::UNKNOWN_MEANING))
    }
}

/// Returns the rows of answers without a code, by HTTP status.
pub fn statuses() -> Vec<Row> {
    STATUSES.iter().chain([&UNDOCUMENTED]).map(Row::of_status).collect()
}

/// Returns the row of a status.
pub fn status(status: u16) -> Row {
    Row::of_status(crate::call::statuses::of_status(status))
}

/// Returns the rows of requests without a whole answer.
pub fn phases() -> Vec<Row> {
    Phase::ALL.iter().map(|phase| Row::of_rule(phase.slug(), of_phase(*phase))).collect()
}

/// Returns the rows of what is refused before anything is sent.
pub fn local_refusals() -> Vec<Row> {
    Local::ALL.iter().map(|reason| Row::of_rule(reason.slug(), of_local(*reason))).collect()
}
