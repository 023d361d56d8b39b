//! The reading of orders.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params_from_iter};

use super::filter::OrderFilter;
use super::liveness::{self, Life};
use super::problem::storage;
use super::record::{OrderRecord, OrderStatus};
use super::store::{Store, integer};
use crate::error::Error;
use crate::facts::{Billed, Sent};
use crate::vendors::{Operation, Vendor};

const COLUMNS: &str = "order_id, reference, vendor, account, operation, state, sends, created_ms, \
    changed_ms, boot, writer, sent, billed, outcome, vendor_code, request_id, http_status, late, \
    reconciled_ms, note";

/// The most orders that are read at once: whoever waits for the connection waits no longer than that.
const PAGE: usize = 512;

/// A point of the list, which is in the order of time and number: everything before it was listed.
type Point = (i64, String);

/// A row as it was read, before anything is asked of the writer that began it.
struct OrderRow {
    /// As far as the row tells; its status is what it is if the writer does not run.
    record: OrderRecord,
    state: String,
    boot: Option<String>,
    writer: String,
    sent: Option<Sent>,
    billed: Option<Billed>,
}

impl Store {
    /// Returns the order of that number. `in_flight` says which orders of this writer run.
    pub(super) fn find(
        &self,
        order_id: &str,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<Option<OrderRecord>, rusqlite::Error> {
        let found = self.row(order_id)?;
        found.map(|row| self.judge(row, in_flight)).transpose()
    }

    fn row(&self, order_id: &str) -> Result<Option<OrderRow>, rusqlite::Error> {
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM orders WHERE order_id = ?1"))?
            .query_row([order_id], order_row)
            .optional()
    }

    /// Returns the orders of an operation that stand in place of one with a number that its caller chose.
    pub(super) fn in_place_of(
        &self,
        order_id: &str,
        operation: Operation,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<OrderRecord>, rusqlite::Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM orders WHERE own_number = ?1 AND operation = ?2"
        ))?;
        let found = statement.query_map([order_id, operation.slug()], order_row)?;
        found.map(|row| self.judge(row?, in_flight)).collect()
    }

    /// Returns the order under which the vendor answered what this order number or this reference
    /// stands for: the newest result, or where there is none the newest refusal that was not free.
    pub(super) fn answered(
        &self,
        operation: Operation,
        order_id: Option<&str>,
        reference: Option<&str>,
    ) -> Result<Option<OrderRecord>, rusqlite::Error> {
        let mut orders = Vec::new();
        for (column, value) in columns(order_id, reference) {
            let Some(value) = value else { continue };
            let query = format!(
                "SELECT {COLUMNS} FROM orders WHERE {column} = ?1 AND operation = ?2 AND state = 'done' \
                 AND sent = 'yes' AND (outcome = 'ok' OR billed <> 'no') ORDER BY outcome = 'ok' DESC, created_ms DESC LIMIT 1"
            );
            let mut statement = self.connection.prepare_cached(&query)?;
            let found = statement.query_row([value, operation.slug()], order_row).optional()?;
            orders.extend(found.map(|row| self.judge(row, &|_| false)).transpose()?);
        }
        Ok(orders.into_iter().max_by_key(|order| (order.has_result(), order.created_ms)))
    }

    /// Returns an order that runs for what this order number or this reference stands for.
    pub(super) fn running(
        &self,
        operation: Operation,
        order_id: Option<&str>,
        reference: Option<&str>,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<Option<OrderRecord>, rusqlite::Error> {
        for (column, value) in columns(order_id, reference) {
            let Some(value) = value else { continue };
            let query = format!(
                "SELECT {COLUMNS} FROM orders WHERE {column} = ?1 AND operation = ?2 AND state <> 'done'"
            );
            let mut statement = self.connection.prepare_cached(&query)?;
            for row in statement.query_map([value, operation.slug()], order_row)? {
                let order = self.judge(row?, in_flight)?;
                if order.status == OrderStatus::InFlight {
                    return Ok(Some(order));
                }
            }
        }
        Ok(None)
    }

    /// Returns the orders after a point of the list, newest first: at most so many, and the point
    /// to go on from.
    fn page(
        &self,
        filter: &OrderFilter,
        from: &Point,
    ) -> Result<(Vec<OrderRow>, Option<Point>), rusqlite::Error> {
        let mut rows = Vec::new();
        for phase in phases(filter) {
            let (query, values) = query(filter, phase, from);
            let mut statement = self.connection.prepare_cached(&query)?;
            let found = statement.query_map(params_from_iter(values), order_row)?;
            for row in found {
                rows.push(row?);
            }
        }
        let point = |row: &OrderRow| (integer(row.record.created_ms), row.record.order_id.clone());
        rows.sort_by_cached_key(|row| std::cmp::Reverse(point(row)));
        rows.truncate(PAGE);
        let next = rows.last().filter(|_| rows.len() == PAGE).map(point);
        Ok((rows, next))
    }

    /// Asks whether the writer of a row runs, where that matters.
    fn judge(
        &self,
        mut row: OrderRow,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<OrderRecord, rusqlite::Error> {
        loop {
            if row.state == "done" {
                return Ok(row.judged(Life::Dead));
            }
            if row.writer == self.writer {
                let runs = in_flight(&row.record.order_id);
                return Ok(row.judged(if runs { Life::Alive } else { Life::Dead }));
            }
            let life = self.liveness.of(&row.writer, row.boot.as_deref());
            if life == Life::Alive {
                return Ok(row.judged(life));
            }
            // It may have written its last word after this row was read, and gone.
            let Some(now) = self.row(&row.record.order_id)? else { return Ok(row.judged(life)) };
            if (&now.state, &now.writer) == (&row.state, &row.writer) {
                return Ok(now.judged(life));
            }
            row = now;
        }
    }
}

impl OrderRow {
    fn judged(self, life: Life) -> OrderRecord {
        let OrderRow { mut record, state, boot, sent, billed, .. } = self;
        // A mark that was written without a sync survives the process, not the machine.
        let same_start = liveness::boot().is_some() && boot.as_deref() == liveness::boot();
        record.status = match (state.as_str(), life) {
            ("done", _) => match sent {
                Some(Sent::Yes) => OrderStatus::Answered,
                Some(Sent::No) => OrderStatus::NotSent,
                Some(Sent::Unknown) | None => OrderStatus::Unknown,
            },
            (_, Life::Alive) => OrderStatus::InFlight,
            ("intent", Life::Dead) if same_start => OrderStatus::NotSent,
            (_, Life::Dead | Life::Unknown) => OrderStatus::Unknown,
        };
        (record.sent, record.billed) = match record.status {
            OrderStatus::NotSent => (Sent::No, billed.unwrap_or(Billed::No)),
            OrderStatus::Answered => (Sent::Yes, billed.unwrap_or(Billed::Unknown)),
            OrderStatus::InFlight | OrderStatus::Unknown => (Sent::Unknown, Billed::Unknown),
        };
        record
    }
}

/// Returns the columns by which the orders are found that an order number or a reference stands for.
fn columns<'a>(
    order_id: Option<&'a str>,
    reference: Option<&'a str>,
) -> [(&'static str, Option<&'a str>); 3] {
    [("order_id", order_id), ("own_number", order_id), ("reference", reference)]
}

/// Returns the phases of rows whose orders may have the status that is wanted; one `None` where
/// rows are found by something better.
fn phases(filter: &OrderFilter) -> Vec<Option<&'static str>> {
    const RUNNING: [&str; 2] = ["open", "open_settled"];
    let ended: &[&str] = match (filter.status, filter.unsettled_only) {
        _ if filter.reference.is_some() => return vec![None],
        (_, true) => return vec![Some("open"), Some("unknown")],
        (None, _) => &["answered", "not_sent", "unknown", "unknown_settled"],
        (Some(OrderStatus::Answered), _) => return vec![Some("answered")],
        (Some(OrderStatus::NotSent), _) => &["not_sent"],
        (Some(OrderStatus::Unknown), _) => &["unknown", "unknown_settled"],
        (Some(OrderStatus::InFlight), _) => &[],
    };
    ended.iter().chain(&RUNNING).map(|phase| Some(*phase)).collect()
}

/// Returns the query for one phase of a page, which walks one index and nothing else.
fn query(filter: &OrderFilter, phase: Option<&str>, from: &Point) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = vec![integer(filter.since_ms).into(), from.0.into()];
    values.push(from.1.clone().into());
    let mut conditions = String::new();
    let mut only = |column: &str, value: Option<String>| {
        if let Some(value) = value {
            values.push(value.into());
            conditions.push_str(&format!(" AND {column} = ?{}", values.len()));
        }
    };
    only("phase", phase.map(str::to_owned));
    only("reference", filter.reference.clone());
    only("account", filter.account.clone());
    only("vendor", filter.vendor.map(|vendor| vendor.name().to_owned()));
    let index = match filter {
        OrderFilter { reference: Some(_), .. } => "orders_by_reference",
        OrderFilter { account: Some(_), .. } => "orders_by_account",
        OrderFilter { vendor: Some(_), .. } => "orders_by_vendor",
        _ => "orders_by_phase",
    };
    let query = format!(
        "SELECT {COLUMNS} FROM orders INDEXED BY {index} WHERE created_ms >= ?1 \
         AND (created_ms, order_id) < (?2, ?3){conditions} \
         ORDER BY created_ms DESC, order_id DESC LIMIT {PAGE}"
    );
    (query, values)
}

fn order_row(row: &Row<'_>) -> Result<OrderRow, rusqlite::Error> {
    let text = |column: &str| row.get::<_, String>(column);
    let maybe = |column: &str| row.get::<_, Option<String>>(column);
    let number = |column: &str| row.get::<_, i64>(column).map(|ms| u64::try_from(ms).unwrap_or(0));
    let (vendor, operation) = (text("vendor")?, text("operation")?);
    let (sent, billed) = (maybe("sent")?, maybe("billed")?);
    let record = OrderRecord {
        order_id: text("order_id")?,
        reference: maybe("reference")?,
        vendor: Vendor::from_name(&vendor),
        account: text("account")?,
        operation: Operation::ALL.iter().copied().find(|one| one.slug() == operation),
        status: OrderStatus::Unknown,
        sends: row.get("sends")?,
        created_ms: number("created_ms")?,
        changed_ms: number("changed_ms")?,
        sent: Sent::Unknown,
        billed: Billed::Unknown,
        outcome: maybe("outcome")?,
        vendor_code: maybe("vendor_code")?,
        request_id: maybe("request_id")?,
        http_status: row.get("http_status")?,
        late: row.get("late")?,
        reconciled_ms: row
            .get::<_, Option<i64>>("reconciled_ms")?
            .map(|ms| u64::try_from(ms).unwrap_or(0)),
        note: maybe("note")?,
    };
    Ok(OrderRow {
        record,
        state: text("state")?,
        boot: maybe("boot")?,
        writer: text("writer")?,
        sent: Sent::ALL.iter().copied().find(|one| Some(one.slug()) == sent.as_deref()),
        billed: Billed::ALL.iter().copied().find(|one| Some(one.slug()) == billed.as_deref()),
    })
}

/// A connection of its own for reading: it waits behind nobody who writes.
pub(super) struct Reader(Mutex<Store>);

impl Reader {
    pub(super) fn new(store: Store) -> Self {
        Reader(Mutex::new(store))
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads; where that fails, once more with a connection to the same file that is new.
    fn read<T>(&self, work: impl Fn(&Store) -> Result<T, rusqlite::Error>) -> Result<T, Error> {
        let mut store = self.store();
        match work(&store) {
            Ok(value) => Ok(value),
            Err(error) => {
                let Ok(fresh) = store.another() else { return Err(store.problem(&error)) };
                *store = fresh;
                work(&store).map_err(|error| store.problem(&error))
            }
        }
    }

    pub(super) fn find(
        &self,
        order_id: &str,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<Option<OrderRecord>, Error> {
        self.read(|store| store.find(order_id, in_flight))
    }

    pub(super) fn answered(
        &self,
        operation: Operation,
        order_id: Option<&str>,
        reference: Option<&str>,
    ) -> Result<Option<OrderRecord>, Error> {
        self.read(|store| store.answered(operation, order_id, reference))
    }

    pub(super) fn orders(
        &self,
        filter: &OrderFilter,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<OrderRecord>, Error> {
        let mut records = Vec::new();
        let limit = filter.limit.unwrap_or(OrderFilter::DEFAULT_LIMIT);
        self.each(filter, limit, in_flight, |record| {
            records.push(record);
            Ok(())
        })?;
        Ok(records)
    }

    /// Writes each order as a line of JSON; returns how many.
    pub(super) fn export(
        &self,
        filter: &OrderFilter,
        in_flight: &dyn Fn(&str) -> bool,
        to: &mut dyn Write,
    ) -> Result<u64, Error> {
        let failed = |error: std::io::Error| storage(&format!("cannot be exported: {error}"));
        let mut count = 0;
        let limit = filter.limit.unwrap_or(usize::MAX);
        self.each(filter, limit, in_flight, |record| {
            count += 1;
            writeln!(to, "{}", record.to_json()).map_err(failed)
        })?;
        to.flush().map_err(failed)?;
        Ok(count)
    }

    /// Calls `each` with every order that the filter wants, newest first, a page at a time.
    fn each(
        &self,
        filter: &OrderFilter,
        limit: usize,
        in_flight: &dyn Fn(&str) -> bool,
        mut each: impl FnMut(OrderRecord) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut left = limit;
        let mut from = self.beginning(filter)?;
        while left > 0 {
            let (records, next) = self.read(|store| {
                let (rows, next) = store.page(filter, &from)?;
                let judge = |row| store.judge(row, in_flight);
                let records: Result<Vec<_>, _> = rows.into_iter().map(judge).collect();
                Ok((records?, next))
            })?;
            let wanted =
                |record: &OrderRecord| filter.status.is_none_or(|status| status == record.status);
            for record in records.into_iter().filter(wanted).take(left) {
                left -= 1;
                each(record)?;
            }
            match next {
                Some(next) => from = next,
                None => break,
            }
        }
        Ok(())
    }

    /// Returns the point where a list begins.
    fn beginning(&self, filter: &OrderFilter) -> Result<Point, Error> {
        let newest = (integer(filter.until_ms), String::new());
        let Some(before) = &filter.before else { return Ok(newest) };
        let found = self.read(|store| store.row(before))?;
        let row = found.ok_or_else(|| {
            Error::argument("filter", "an order of the journal as \"before\"", "another number")
        })?;
        Ok(newest.min((integer(row.record.created_ms), row.record.order_id)))
    }
}

#[cfg(test)]
pub(super) fn plans(store: &Store, filter: &OrderFilter) -> Vec<String> {
    let mut plans = Vec::new();
    for phase in phases(filter) {
        let (query, values) = query(filter, phase, &(i64::MAX, String::new()));
        let mut statement =
            store.connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let plan = statement.query_map(params_from_iter(values), |row| row.get(3)).unwrap();
        plans.extend(plan.map(Result::unwrap));
    }
    plans
}
