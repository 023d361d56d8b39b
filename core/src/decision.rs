//! What is done about an answer, or about none: `decision_table.json`, and nothing else.
//!
//! A row is found by vendor, operation and code; by the HTTP status where the vendor gives no code;
//! by how far the request came where there is no whole answer; and by name for what is refused
//! before anything is sent. A code without a row is final.

use std::collections::BTreeMap;
use std::time::Duration;

use once_cell::race::OnceBox;
use serde::Deserialize;

use crate::facts::Billed;
use crate::transport::Phase;
use crate::vendors::{Answer, Operation, Reply, Task, Vendor};

const TABLE: &str = include_str!("decision_table.json");

/// Whether the same account is asked once more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Retry {
    #[default]
    None,
    /// After a short wait, which grows.
    Backoff,
    /// After a longer wait, which grows: the vendor wants fewer requests.
    Throttle,
    /// One more time in the call, after `after_ms` to twice that.
    Once,
    /// With another token, once.
    Token,
    /// With another nonce, once.
    Nonce,
    /// With the time of the response's `Date`, once.
    Clock,
}

/// Whether another account of the configured list is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Failover {
    #[default]
    Never,
    Yes,
    /// Where the configuration lists `unrecognized`.
    Unrecognized,
    /// Where the configuration lists `credentials`.
    Credentials,
    /// Where the configuration lists `vendor_failed`.
    VendorFailed,
}

/// What is not asked any more for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Blocked {
    /// The account.
    Account,
    /// The account about this very cardholder or card.
    Parameters,
}

/// A block and when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) what: Blocked,
    /// `None` until the vendors' next day begins.
    pub(crate) duration: Option<Duration>,
}

/// One row's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) retry: Retry,
    /// The shortest wait before the retry.
    pub(crate) after: Duration,
    pub(crate) failover: Failover,
    pub(crate) billed: Billed,
    pub(crate) block: Option<Block>,
    /// The vendor's own record of the order may tell what became of it.
    pub(crate) query_order: bool,
}

impl Decision {
    pub(crate) const FINAL: Decision = Decision {
        retry: Retry::None,
        after: Duration::ZERO,
        failover: Failover::Never,
        billed: Billed::Unknown,
        block: None,
        query_order: false,
    };

    /// The same of a request that may have been billed.
    fn not_repeated(self) -> Self {
        let failover = match self.failover {
            Failover::Yes => Failover::VendorFailed,
            other => other,
        };
        Decision { retry: Retry::None, failover, ..self }
    }
}

/// Why a request was refused before anything was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Local {
    Pace,
    Quota,
    Breaker,
    AccountBlocked,
    ParametersBlocked,
    Store,
    TooLate,
    Journal,
    Credentials,
}

/// The decision on a whole answer with this HTTP status.
pub(crate) fn on_reply(vendor: Vendor, operation: &str, reply: &Reply, status: u16) -> Decision {
    let code = match &reply.result {
        Ok(Answer::Verification(answer)) => Some(answer.vendor_code.as_str()),
        Ok(Answer::Lookup(answer)) => Some(answer.vendor_code.as_str()),
        // What was read is read.
        Ok(Answer::Recognition(_) | Answer::Order(_)) => return Decision::FINAL,
        Err(refusal) => refusal.code.as_deref(),
    };
    let decision = match code {
        Some(code) => on_code(vendor, operation, code),
        None => on_status(status),
    };
    // The same words may come from somebody who bills for them, as a gateway's code in the answer of
    // the product behind it.
    if reply.billed == Billed::No { decision } else { decision.not_repeated() }
}

/// The decision on a code in the answer to an operation, named as in the table.
pub(crate) fn on_code(vendor: Vendor, operation: &str, code: &str) -> Decision {
    let Some(table) = table() else { return Decision::FINAL };
    table.code(vendor, operation, code).unwrap_or_else(|| table.unknown_code.decision())
}

/// The family as which a vendor's code is read where no row lists it.
pub(crate) fn family(vendor: Vendor, code: &str) -> Option<&str> {
    table()?.family(vendor, code)
}

/// The decision on an answer that has no code of the vendor.
pub(crate) fn on_status(status: u16) -> Decision {
    let find = |table: &Table| {
        let fits = |row: &&StatusRow| (row.status[0]..=row.status[1]).contains(&status);
        table.http.iter().find(fits).map(|row| row.row.decision())
    };
    table().and_then(find).unwrap_or(Decision::FINAL)
}

/// The decision where there is no whole answer.
pub(crate) fn on_failure(phase: Phase, operation: Operation) -> Decision {
    let phase = match (phase, operation) {
        (Phase::AfterLastByte, Operation::FetchOrder) => Phase::ReadUnanswered,
        (phase, _) => phase,
    };
    let find = |table: &Table| {
        let found = table.transport.iter().find(|row| row.phase == phase);
        found.map(|row| row.row.decision())
    };
    table().and_then(find).unwrap_or(Decision::FINAL)
}

/// The decision on a request that was refused before anything was sent.
pub(crate) fn on_local(reason: Local) -> Decision {
    let find = |table: &Table| {
        let found = table.local.iter().find(|row| row.reason == reason);
        found.map(|row| row.row.decision())
    };
    table().and_then(find).unwrap_or(Decision::FINAL)
}

/// The table's word for an operation: results of a verification are numbered by its elements.
pub(crate) fn operation(task: &Task) -> &'static str {
    match task {
        Task::Recognize(_) => "recognize",
        Task::LookupCard(_) => "lookup_card",
        Task::FetchOrder => "fetch_order",
        Task::Verify(person) if person.phone.is_some() => "verify4",
        Task::Verify(person) if person.id_number.is_some() => "verify3",
        Task::Verify(_) => "verify2",
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    unknown_code: Row,
    local: Vec<LocalRow>,
    transport: Vec<PhaseRow>,
    http: Vec<StatusRow>,
    /// Rows of several vendors, by a name of their own.
    shared: BTreeMap<String, Vec<CodesRow>>,
    vendors: BTreeMap<String, VendorTable>,
    /// Every vendor's rows by code.
    #[serde(skip)]
    by_code: Vec<(Vendor, Vec<ByCode>)>,
}

/// The decision on one code in the answers to one operation, or to every one where that is empty.
struct ByCode {
    code: String,
    operation: String,
    decision: Decision,
}

impl ByCode {
    fn key(&self) -> (&str, &str) {
        (&self.code, &self.operation)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VendorTable {
    rows: Vec<CodesRow>,
    /// Which of the shared rows are its rows too.
    #[serde(default)]
    also: Vec<String>,
    /// Where codes are a family and a reason, what stands between them.
    family_separator: Option<String>,
    /// The families that say the same of every reason: one that no row lists is decided on as its
    /// family. Of limits a reason says which of them it is, and what it counts.
    #[serde(default)]
    families: Vec<String>,
}

#[derive(Deserialize)]
struct LocalRow {
    reason: Local,
    #[serde(flatten)]
    row: Row,
}

#[derive(Deserialize)]
struct PhaseRow {
    phase: Phase,
    #[serde(flatten)]
    row: Row,
}

#[derive(Deserialize)]
struct StatusRow {
    /// First and last.
    status: [u16; 2],
    #[serde(flatten)]
    row: Row,
}

#[derive(Deserialize)]
struct CodesRow {
    /// The operations whose answers it is about; every one where absent.
    #[serde(default, rename = "in")]
    operations: Vec<String>,
    codes: Vec<String>,
    #[serde(flatten)]
    row: Row,
}

#[derive(Deserialize)]
struct Row {
    retry: Retry,
    #[serde(default)]
    after_ms: u64,
    failover: Failover,
    billed: BilledWord,
    #[serde(default)]
    block: Option<BlockRow>,
    #[serde(default)]
    query_order: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BilledWord {
    No,
    Unknown,
    Yes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockRow {
    what: Blocked,
    for_ms: Option<u64>,
    until: Option<NextDay>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum NextDay {
    NextDay,
}

impl Row {
    fn decision(&self) -> Decision {
        Decision {
            retry: self.retry,
            after: Duration::from_millis(self.after_ms),
            failover: self.failover,
            billed: match self.billed {
                BilledWord::No => Billed::No,
                BilledWord::Unknown => Billed::Unknown,
                BilledWord::Yes => Billed::Yes,
            },
            block: self.block.as_ref().map(|block| Block {
                what: block.what,
                duration: match block.until {
                    Some(NextDay::NextDay) => None,
                    None => block.for_ms.map(Duration::from_millis),
                },
            }),
            query_order: self.query_order,
        }
    }
}

impl Table {
    fn rows(&self, vendor: Vendor) -> impl Iterator<Item = &CodesRow> {
        let own = self.vendors.get(vendor.name());
        let shared = own.into_iter().flat_map(|own| &own.also);
        let shared = shared.filter_map(|name| self.shared.get(name)).flatten();
        own.into_iter().flat_map(|own| &own.rows).chain(shared)
    }

    fn code(&self, vendor: Vendor, operation: &str, code: &str) -> Option<Decision> {
        let (_, rows) = self.by_code.iter().find(|(of, _)| *of == vendor)?;
        let find = |code: &str, operation: &str| {
            let place = rows.partition_point(|row| row.key() < (code, operation));
            rows.get(place).filter(|row| row.key() == (code, operation)).map(|row| row.decision)
        };
        let of = |code: &str| find(code, operation).or_else(|| find(code, ""));
        of(code).or_else(|| of(self.family(vendor, code)?))
    }

    fn family<'c>(&self, vendor: Vendor, code: &'c str) -> Option<&'c str> {
        let own = self.vendors.get(vendor.name())?;
        let (family, _) = code.split_once(own.family_separator.as_deref()?)?;
        own.families.iter().any(|one| one == family).then_some(family)
    }

    /// Of rows with the same code and operation the first counts: the sort keeps their order.
    fn sort(&self, vendor: Vendor) -> Vec<ByCode> {
        let mut sorted = Vec::new();
        for row in self.rows(vendor) {
            let every = [String::new()];
            let operations =
                if row.operations.is_empty() { every.as_slice() } else { &row.operations };
            for code in &row.codes {
                sorted.extend(operations.iter().map(|operation| ByCode {
                    code: code.clone(),
                    operation: operation.clone(),
                    decision: row.row.decision(),
                }));
            }
        }
        sorted.sort_by(|one, other| one.key().cmp(&other.key()));
        sorted
    }
}

fn table() -> Option<&'static Table> {
    // Waits for no other thread, which a forked child may lack.
    static READ: OnceBox<Option<Table>> = OnceBox::new();
    let read = || {
        let mut table: Table = serde_json::from_str(TABLE).ok()?;
        table.by_code = Vendor::ALL.iter().map(|vendor| (*vendor, table.sort(*vendor))).collect();
        Some(table)
    };
    let read = || Box::new(read());
    READ.get_or_init(read).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_can_be_read() {
        let table: Table = serde_json::from_str(TABLE).unwrap();
        assert_eq!(table.transport.len(), 8);
        assert_eq!(table.local.len(), 9);
    }

    #[test]
    fn every_vendor_has_rows_and_every_name_is_one_s() {
        let table = table().unwrap();
        let names: BTreeSet<&str> = Vendor::ALL.iter().map(|vendor| vendor.name()).collect();
        let listed: BTreeSet<&str> = table.vendors.keys().map(String::as_str).collect();
        assert_eq!(listed, names);
        let also: BTreeSet<&String> = table.vendors.values().flat_map(|own| &own.also).collect();
        assert_eq!(also, table.shared.keys().collect());
        assert!(Vendor::ALL.iter().all(|vendor| table.rows(*vendor).count() > 0));
    }

    #[test]
    fn every_documented_code_has_a_row_and_every_row_says_what_the_vendor_file_says() {
        let table = table().unwrap();
        // Warnings come with a success: they are no answers of their own.
        let warnings = ["-9110", "-9111", "-9112", "-9113", "-9114", "66661009"];
        for vendor in Vendor::ALL {
            for (operation, code) in vendor.documented_codes() {
                if *vendor == Vendor::TencentKyc && warnings.contains(&code) {
                    continue;
                }
                assert!(
                    table.code(*vendor, operation, code).is_some(),
                    "{vendor} {operation} {code}"
                );
            }
        }
    }

    #[test]
    fn no_code_is_decided_on_twice() {
        let table = table().unwrap();
        for vendor in Vendor::ALL {
            let mut seen = BTreeSet::new();
            for row in table.rows(*vendor) {
                for code in &row.codes {
                    let operations = match row.operations.as_slice() {
                        [] => vec![String::new()],
                        operations => operations.to_vec(),
                    };
                    for operation in operations {
                        assert!(seen.insert((operation, code)), "{vendor} {code}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_may_have_been_billed_is_never_sent_again_to_the_same_account() {
        let table = table().unwrap();
        for vendor in Vendor::ALL {
            for row in table.rows(*vendor) {
                let decision = row.row.decision();
                if decision.billed != Billed::No {
                    assert_eq!(decision.retry, Retry::None, "{vendor} {:?}", row.codes);
                    assert_ne!(decision.failover, Failover::Yes, "{vendor} {:?}", row.codes);
                }
            }
        }
        let holder = crate::card::Cardholder::new("6222020000000000000", "张三");
        let task = Task::Verify(holder.person().unwrap());
        for (phase, retry, failover, billed) in [
            (Phase::NotConnected, Retry::Backoff, Failover::Yes, Billed::No),
            (Phase::Certificate, Retry::None, Failover::Never, Billed::No),
            (Phase::ProxyRefused, Retry::None, Failover::Never, Billed::No),
            (Phase::Local, Retry::None, Failover::Never, Billed::No),
            (Phase::BeforeLastByte, Retry::Once, Failover::Yes, Billed::No),
            (Phase::AnsweredEarly, Retry::None, Failover::Never, Billed::No),
            (Phase::AfterLastByte, Retry::None, Failover::Never, Billed::Unknown),
        ] {
            let decision = on_failure(phase, task.operation());
            let found = (decision.retry, decision.failover, decision.billed);
            assert_eq!(found, (retry, failover, billed), "{phase:?}");
        }
        for status in [200, 302, 400, 404, 408, 412, 413, 425, 450, 500, 503, 599] {
            let decision = on_status(status);
            assert_eq!(
                (decision.retry, decision.billed),
                (Retry::None, Billed::Unknown),
                "{status}"
            );
        }
        assert_eq!(on_status(429).retry, Retry::Throttle);
        assert_eq!(on_code(Vendor::Wechat, "recognize", "no such code"), Decision::FINAL);
    }

    #[test]
    fn a_gateway_s_words_from_a_product_that_may_bill_are_not_repeated() {
        let code = "Throttled by APP Flow Control";
        let picture = crate::card::Picture::Url("https://cards.example/1.jpg".to_owned());
        let task = Task::Recognize(picture);
        let reply = |billed| Reply {
            ids: crate::vendors::RequestIds::default(),
            billed,
            result: Err(crate::vendors::Refusal::unknown_code(code, None)),
        };
        let decide =
            |billed| on_reply(Vendor::AliyunBankocr, operation(&task), &reply(billed), 200);
        assert_eq!(decide(Billed::No).retry, Retry::Throttle);
        assert_eq!(decide(Billed::No).failover, Failover::Yes);
        assert_eq!(decide(Billed::Unknown).retry, Retry::None);
        assert_eq!(decide(Billed::Unknown).failover, Failover::VendorFailed);
    }

    #[test]
    fn the_brakes_against_trying_cards_out_never_fail_over() {
        for (vendor, operation, code) in [
            (Vendor::AliyunYhkr, "verify3", "10020"),
            (Vendor::TencentFaceid, "verify2", "-17"),
            (Vendor::TencentFaceid, "verify3", "-18"),
            (Vendor::TencentFaceid, "verify4", "-19"),
            (Vendor::TencentFaceid, "lookup_card", "-4"),
        ] {
            let decision = on_code(vendor, operation, code);
            assert_eq!(decision.failover, Failover::Never, "{code}");
            assert_eq!(decision.block.unwrap().what, Blocked::Parameters, "{code}");
        }
        assert_eq!(on_local(Local::ParametersBlocked).failover, Failover::Never);
        let family = on_code(Vendor::TencentFaceid, "verify3", "InternalError.Anything");
        assert_eq!(family.failover, Failover::VendorFailed);
        for code in ["RequestLimitExceeded.Any", "LimitExceeded.Any", "ResourceInsufficient.Any"] {
            assert_eq!(on_code(Vendor::TencentFaceid, "verify3", code), Decision::FINAL);
        }
    }
}
