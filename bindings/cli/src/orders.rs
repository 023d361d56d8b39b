//! The journal's orders.

use std::path::{Path, PathBuf};

use cardwire::{Journal, OrderFilter, OrderRecord};
use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::json;

use crate::arguments::{Filter, Orders, OrdersAction};
use crate::configuration::Source;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::show;

/// The orders that are read at once.
const PAGE: usize = 10_000;

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

pub(crate) fn orders(
    config: &Source,
    arguments: &Orders,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let journal = open(config, arguments.journal.as_deref())?;
    match &arguments.action {
        OrdersAction::List(wanted) => {
            let listed = list_all(&journal, &filter(wanted)?, wanted.limit, console)?;
            tell_if_none(listed, console);
        }
        OrdersAction::Unknown => {
            let orders = journal.unknown_orders()?;
            list(&orders, console)?;
            tell_if_none(orders.len(), console);
        }
        OrdersAction::Show { order_id } => match journal.find_order(order_id)? {
            Some(order) => list(&[order], console)?,
            None => {
                return Err(Failure::argument(
                    "ORDER_ID",
                    "an order of the journal",
                    "another number",
                ));
            }
        },
        OrdersAction::Reconcile { order_id, note } => {
            if note.trim().is_empty() {
                return Err(Failure::argument("--note", "what was found", "an empty text"));
            }
            let before = journal.find_order(order_id)?.and_then(|order| order.note);
            journal.reconcile_order(order_id, note)?;
            list(&journal.find_order(order_id)?.into_iter().collect::<Vec<_>>(), console)?;
            if let Some(before) = before {
                console.say(&format!("the note before was: {before}"));
            }
        }
        OrdersAction::Export { file, filter: wanted } if file.as_os_str() == "-" => {
            let mut lines = Vec::new();
            journal.export(&filter(wanted)?, &mut lines)?;
            console.bytes(&lines)?;
        }
        OrdersAction::Export { file, filter: wanted } => {
            let count = journal.export_to(&filter(wanted)?, file)?;
            counted("exported", count, console)?;
        }
        OrdersAction::Prune { older_than } => {
            let now = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default();
            let before = now.saturating_sub(older_than.saturating_mul(DAY_MS));
            counted("removed", journal.prune(before)?, console)?;
        }
    }
    Ok(Exit::Done)
}

/// Opens the journal, which has to be there: a journal of a name that was mistyped would be empty.
fn open(config: &Source, named: Option<&Path>) -> Result<Journal, Failure> {
    let path: PathBuf = match named {
        Some(path) => path.to_owned(),
        None => {
            let config = config.read()?;
            let expected = "a configuration with the key, or --journal";
            let none = || Failure::argument("journal", expected, "none");
            config.journal().ok_or_else(none)?.to_owned()
        }
    };
    match path.try_exists() {
        Ok(true) => Ok(Journal::open(path)?),
        Ok(false) => {
            let found = "none: it is made by the first call that is billed";
            Err(Failure::argument("journal", &format!("the file {}", show::path(&path)), found))
        }
        Err(error) => Err(Failure::file(&path, "the journal cannot be opened", &error)),
    }
}

fn filter(wanted: &Filter) -> Result<OrderFilter, Failure> {
    let moment_of =
        |name, text: &Option<String>| text.as_deref().map(|text| moment(name, text)).transpose();
    let document = json!({
        "status": wanted.status,
        "vendor": wanted.vendor,
        "account": wanted.account,
        "reference": wanted.reference,
        "since_ms": moment_of("--since", &wanted.since)?,
        "until_ms": moment_of("--until", &wanted.until)?,
        "limit": wanted.limit,
    });
    Ok(OrderFilter::from_json(&document.to_string())?)
}

/// Reads a moment: a date is its beginning, and a time without an offset is this machine's.
fn moment(name: &str, text: &str) -> Result<u64, Failure> {
    let here = |time: civil::DateTime| time.to_zoned(TimeZone::system()).ok();
    let read = text.parse::<Timestamp>().ok().or_else(|| {
        let time = text.parse::<civil::DateTime>().ok()?;
        here(time).map(|zoned| zoned.timestamp())
    });
    let milliseconds = read.and_then(|moment| u64::try_from(moment.as_millisecond()).ok());
    milliseconds.ok_or_else(|| {
        Failure::argument(
            name,
            "a time since 1970 such as 2026-12-01 or 2026-12-01T08:00+08:00",
            "another text",
        )
    })
}

fn tell_if_none(listed: usize, console: &mut Console) {
    if listed == 0 {
        console.say("no orders");
    }
}

/// Lists orders page after page: all of them, unless there is a limit. Returns how many there were.
fn list_all(
    journal: &Journal,
    filter: &OrderFilter,
    limit: Option<usize>,
    console: &mut Console,
) -> Result<usize, Failure> {
    let mut left = limit.unwrap_or(usize::MAX);
    let mut listed = 0;
    let mut page = filter.clone();
    while left > 0 {
        let size = left.min(PAGE);
        let orders = journal.orders(&page.limit(size))?;
        list(&orders, console)?;
        listed += orders.len();
        let Some(last) = orders.last().filter(|_| orders.len() == size) else { break };
        left -= size;
        page = filter.clone().before(&last.order_id);
    }
    Ok(listed)
}

fn list(orders: &[OrderRecord], console: &mut Console) -> Result<(), Failure> {
    for order in orders {
        if console.is_json() {
            console.document(None, "order", show::document(order, true))?;
            continue;
        }
        let made = i64::try_from(order.created_ms)
            .ok()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let made = made.map(|moment| moment.to_string()).unwrap_or_default();
        let operation = order.operation.map(|operation| operation.slug()).unwrap_or("");
        let settled = match (&order.note, order.reconciled_ms) {
            (Some(note), Some(_)) => format!("yes: {note}"),
            (None, Some(_)) => "yes".to_owned(),
            (_, None) => String::new(),
        };
        console.line(&order.order_id)?;
        console.pairs(&[
            ("status", format!("{}, billed: {}", order.status, order.billed)),
            ("asked", format!("{operation} of {}", order.account)),
            ("at", made),
            ("reference", order.reference.clone().unwrap_or_default()),
            ("outcome", order.outcome.clone().unwrap_or_default()),
            ("code", order.vendor_code.clone().unwrap_or_default()),
            ("request", order.request_id.clone().unwrap_or_default()),
            ("settled", settled),
        ])?;
    }
    Ok(())
}

fn counted(what: &str, count: u64, console: &mut Console) -> Result<(), Failure> {
    match console.is_json() {
        true => console.document(None, "summary", json!({ what: count })),
        false => console.line(&format!("{what}: {count}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_an_offset() {
        let utc = moment("--since", "2026-12-01T08:00+08:00").unwrap();
        assert_eq!(utc, moment("--since", "2026-12-01T00:00Z").unwrap());
        let day =
            moment("--since", "2026-12-02").unwrap() - moment("--since", "2026-12-01").unwrap();
        assert!((23 * 3_600_000..=25 * 3_600_000).contains(&day), "{day}");
        for refused in ["yesterday", "", "1960-01-01", "2026-13-01"] {
            assert!(moment("--since", refused).is_err(), "{refused}");
        }
    }
}
