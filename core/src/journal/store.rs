//! The journal's file: how it is opened and written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use super::files::{JournalFiles, check, keep_private, plain};
use super::layout;
use super::liveness::{self, Liveness};
use super::problem::{NotBegun, WriteError, of_system, sql, storage, unusable};
use super::record::{OrderRecord, OrderStatus};
use crate::error::{Error, Kind};
use crate::facts::{Billed, Sent};
use crate::scrub::without_numbers;
use crate::vendors::{Operation, Vendor};

/// How often a file that another writer holds is tried for, a millisecond apart: for about five
/// seconds. SQLite's own pauses grow to a tenth of a second, and hardly ever meet the moment between
/// two transactions of who writes without a pause.
const TRIES: i32 = 5_000;

/// How many orders one transaction removes: nobody waits long behind it.
const PRUNED_AT_ONCE: usize = 500;

/// The youngest orders are kept: the daily quotas count them.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The entry that is written before the first byte of a request leaves.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    pub(crate) order_id: String,
    /// The number that the caller chose, where it did: this order's, or that of which it stands in place.
    pub(crate) own_number: Option<String>,
    /// The caller's own name for what is asked.
    pub(crate) reference: Option<String>,
    /// True where it is not begun if another call asks the same, or was answered.
    pub(crate) skip_answered: bool,
    /// The earlier orders of the same call.
    pub(crate) earlier: Vec<String>,
    pub(crate) vendor: Vendor,
    pub(crate) account: String,
    pub(crate) operation: Operation,
}

impl Intent {
    /// Returns whether an order is one that the call was refused before it went on to another account. A result
    /// is that of another call, which took the number after this one's refusal.
    fn is_refusal_of_call(&self, order: &OrderRecord) -> bool {
        let is_refusal = order.status == OrderStatus::Answered && !order.has_result();
        is_refusal && self.earlier.contains(&order.order_id)
    }
}

/// The entry that is written when it ended.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) sent: Sent,
    pub(crate) billed: Billed,
    /// `None` where the vendor gave a result.
    pub(crate) failure: Option<Kind>,
    pub(crate) vendor_code: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) http_status: Option<u16>,
    pub(crate) late: bool,
}

/// An open journal file.
pub(super) struct Store {
    pub(super) connection: Connection,
    path: PathBuf,
    files: JournalFiles,
    /// The name of the writer; empty for one that only reads and settles.
    pub(super) writer: String,
    /// Outlives the connection.
    pub(super) liveness: Arc<Liveness>,
}

pub(super) fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

fn waits_for_its_turn(tries: i32) -> bool {
    std::thread::sleep(Duration::from_millis(1));
    tries < TRIES
}

/// Has the file keep a write-ahead log. SQLite asks no busy handler where that changes, so whoever opens a new file
/// beside others waits here.
fn log_ahead(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut tries = 0;
    loop {
        let set = connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()));
        let is_held =
            |error: &rusqlite::Error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        if !set.as_ref().is_err_and(is_held) || !waits_for_its_turn(tries) {
            return set;
        }
        tries += 1;
    }
}

/// Opens a connection to what is a journal, or is nothing yet.
fn connect(path: &Path) -> Result<Connection, Error> {
    connect_to(path).map_err(|error| error.at(path))
}

fn connect_to(path: &Path) -> Result<Connection, Error> {
    cardwire_locks::install(path).map_err(|error| of_system(path, "cannot be locked", &error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // What an earlier file on this thread failed by is not this one's reason.
    let _ = cardwire_locks::open_error();
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| sql(&error, None, path))?;
    let set_up = || {
        connection.busy_handler(Some(waits_for_its_turn))?;
        // No file beside the journal's own, wherever the environment points.
        connection.execute_batch("PRAGMA temp_store = MEMORY")?;
        layout::identity(&connection)
    };
    let found = set_up().map_err(|error| sql(&error, Some(&connection), path))?;
    // What is somebody else's is left as it is.
    layout::check_identity(found)?;
    keep_private(path)?;
    let prepared = log_ahead(&connection).and_then(|()| layout::prepare(&connection));
    let found = prepared.map_err(|error| sql(&error, Some(&connection), path))?;
    layout::check_identity(found)?;
    if !cardwire_locks::covers(path) {
        let problem =
            "was opened in this program by the same SQLite before: open the journal first";
        return Err(storage(problem));
    }
    Ok(connection)
}

impl Store {
    /// Opens the file for one who does not begin orders.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let path = check(path).map_err(|problem| unusable(path, &problem).at(path))?;
        let connection = connect(&path)?;
        let liveness = Arc::new(Liveness::open(&path).map_err(|error| error.at(&path))?);
        let files = JournalFiles::new(&path);
        Ok(Store { connection, path, files, writer: String::new(), liveness })
    }

    /// Opens the file for one who begins orders.
    pub(super) fn open_to_write(path: &Path) -> Result<Self, Error> {
        let store = Store::open(path)?;
        Ok(Store { writer: store.liveness.name_writer()?, ..store })
    }

    /// Opens the same file once more, for the same writer. What has its name by now must be it.
    pub(super) fn another(&self) -> Result<Self, Error> {
        let path =
            plain(&self.path).map_err(|problem| unusable(&self.path, &problem).at(&self.path))?;
        if !is_same_file(self.liveness.file(), &path) {
            return Err(WriteError::Lost.error(&path));
        }
        let connection = connect(&path)?;
        let mut files = JournalFiles::new(&path);
        if !files.are_unchanged(self.liveness.file()) || !is_same_file(self.liveness.file(), &path)
        {
            return Err(WriteError::Lost.error(&path));
        }
        let (writer, liveness) = (self.writer.clone(), Arc::clone(&self.liveness));
        Ok(Store { connection, path, files, writer, liveness })
    }

    /// Returns the error that a caller sees of what was not written.
    pub(super) fn unwritten(&self, unwritten: WriteError) -> Error {
        unwritten.error(&self.path)
    }

    /// Returns the error of reading that failed.
    pub(super) fn problem(&self, error: &rusqlite::Error) -> Error {
        sql(error, Some(&self.connection), &self.path).at(&self.path)
    }

    /// Runs `work` in one transaction. Where `sync` is set, it is on the disk when this returns.
    pub(super) fn transaction<T>(
        &mut self,
        sync: bool,
        work: impl FnOnce(&Store) -> Result<T, WriteError>,
    ) -> Result<T, WriteError> {
        if !self.files.are_unchanged(self.liveness.file()) {
            return Err(WriteError::Lost);
        }
        let level = if sync { "FULL" } else { "NORMAL" };
        let begin = format!("PRAGMA synchronous = {level}; BEGIN IMMEDIATE");
        let written = || {
            self.connection.execute_batch(&begin)?;
            let value = work(self)?;
            self.connection.execute_batch("COMMIT")?;
            Ok(value)
        };
        match written() {
            // What went to a file without a name is lost, so it was not written.
            Ok(_) if !self.files.are_unchanged(self.liveness.file()) => Err(WriteError::Lost),
            Ok(value) => Ok(value),
            Err(unwritten) => {
                // Before anything else is asked of the connection.
                let unwritten = match unwritten {
                    WriteError::Io(_) => {
                        WriteError::Io(cardwire_locks::system_error(&self.connection))
                    }
                    other => other,
                };
                let _ = self.connection.execute_batch("ROLLBACK");
                Err(unwritten)
            }
        }
    }

    /// Begins an order, unless what the file has by then speaks against it.
    pub(super) fn intent(
        &self,
        intent: &Intent,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<(), NotBegun> {
        let now = now_ms();
        let own_number = intent.own_number.as_deref();
        if intent.skip_answered {
            self.refuse_asked(intent, in_flight)?;
        }
        let stands = |order: &OrderRecord| match order.status {
            OrderStatus::NotSent => false,
            OrderStatus::Answered => order.billed != Billed::No,
            OrderStatus::InFlight | OrderStatus::Unknown => true,
        };
        let in_place = own_number.filter(|own| *own != intent.order_id);
        let mut others = Vec::new();
        if let Some(own) = in_place {
            others.extend(self.find(own, in_flight)?);
        }
        if let Some(own) = own_number {
            others.extend(self.in_place_of(own, intent.operation, in_flight)?);
        }
        let is_used = self.find(&intent.order_id, in_flight)?.is_some_and(|order| stands(&order))
            || others.iter().any(|order| stands(order) && !intent.is_refusal_of_call(order));
        if is_used {
            return Err(NotBegun::Used);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO orders (order_id, vendor, account, operation, state, sends, \
                 created_ms, changed_ms, boot, writer, reference, own_number) \
                 VALUES (?1, ?2, ?3, ?4, 'intent', 1, ?5, ?5, ?6, ?7, ?8, ?9) \
                 ON CONFLICT (order_id) DO UPDATE SET vendor = ?2, account = ?3, operation = ?4, \
                 state = 'intent', sends = sends + 1, changed_ms = ?5, boot = ?6, writer = ?7, \
                 reference = ?8, own_number = ?9, sent = NULL, billed = NULL, outcome = NULL, vendor_code = NULL, \
                 request_id = NULL, http_status = NULL, late = 0, reconciled_ms = NULL, note = NULL",
            )?
            .execute(params![
                intent.order_id,
                intent.vendor.name(),
                intent.account,
                intent.operation.slug(),
                now,
                liveness::boot(),
                self.writer,
                intent.reference.as_deref().or(in_place),
                in_place,
            ])?;
        Ok(())
    }

    /// Refuses an order if another call asks the same, or was answered: it may have begun or ended since
    /// this one's call looked.
    fn refuse_asked(
        &self,
        intent: &Intent,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<(), NotBegun> {
        let number = intent.own_number.as_deref();
        let reference = intent.reference.as_deref().or(number);
        // The call's own orders have ended.
        if let Some(order) = self.running(intent.operation, number, reference, in_flight)? {
            return Err(NotBegun::Running(Box::new(order)));
        }
        match self.answered(intent.operation, number, reference)? {
            Some(order) if !intent.is_refusal_of_call(&order) => {
                Err(NotBegun::Answered(Box::new(order)))
            }
            _ => Ok(()),
        }
    }

    /// Writes that the last byte may leave; false where the order is none of this writer's that
    /// waits for it.
    pub(super) fn released(&self, order_id: &str) -> Result<bool, WriteError> {
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE orders SET state = 'released', changed_ms = ?2 \
                 WHERE order_id = ?1 AND writer = ?3 AND state = 'intent'",
            )?
            .execute(params![order_id, now_ms(), self.writer])?;
        Ok(changed == 1)
    }

    /// Writes what came of an order that this writer began and did not end yet.
    pub(super) fn done(&self, order_id: &str, done: &Done) -> Result<(), WriteError> {
        self.end(order_id, "writer = ?10 AND state <> 'done'", done)
    }

    /// Settles by the vendor's own record what became of an order that is unknown, whoever wrote it.
    pub(super) fn resolve(
        &self,
        order_id: &str,
        done: &Done,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<(), WriteError> {
        match self.find(order_id, in_flight)?.map(|order| order.status) {
            Some(OrderStatus::Unknown) => {
                self.end(order_id, "(state <> 'done' OR sent = 'unknown')", done)
            }
            _ => Ok(()),
        }
    }

    fn end(&self, order_id: &str, before: &str, done: &Done) -> Result<(), WriteError> {
        self.connection
            .prepare_cached(&format!(
                "UPDATE orders SET state = 'done', changed_ms = ?2, sent = ?3, billed = ?4, \
                 outcome = ?5, vendor_code = ?6, request_id = ?7, http_status = ?8, late = ?9, \
                 writer = ?10 WHERE order_id = ?1 AND {before}",
            ))?
            .execute(params![
                order_id,
                now_ms(),
                done.sent.slug(),
                done.billed.slug(),
                done.failure.map_or("ok", Kind::slug),
                done.vendor_code.as_deref().map(without_numbers),
                done.request_id,
                done.http_status,
                done.late,
                self.writer,
            ])?;
        Ok(())
    }

    /// Notes that somebody settled an order; false where there is no such order.
    pub(super) fn reconcile(&self, order_id: &str, note: &str) -> Result<bool, WriteError> {
        let changed = self
            .connection
            .prepare_cached("UPDATE orders SET reconciled_ms = ?2, note = ?3 WHERE order_id = ?1")?
            .execute(params![order_id, now_ms(), without_numbers(note)])?;
        Ok(changed == 1)
    }

    /// Returns how many requests of an account may have reached the vendor since a moment. Of an order
    /// that was first written before, the first request was sent before too.
    pub(super) fn sent_since(&self, account: &str, since_ms: u64) -> Result<u32, WriteError> {
        const SENT: &str = "phase IN ('open', 'open_settled', 'unknown', 'unknown_settled', \
             'answered') AND state <> 'intent'";
        let query = format!(
            "SELECT (SELECT coalesce(sum(sends), 0) FROM orders INDEXED BY orders_by_account \
             WHERE {SENT} AND account = ?1 AND created_ms >= ?2) \
             + (SELECT coalesce(sum(sends - 1), 0) FROM orders INDEXED BY orders_sent_again \
             WHERE {SENT} AND account = ?1 AND changed_ms >= ?2 AND created_ms < ?2 AND sends > 1)"
        );
        let mut statement = self.connection.prepare_cached(&query)?;
        Ok(statement.query_row(params![account, integer(since_ms)], |row| row.get(0))?)
    }

    /// Removes orders that were last written before a moment; returns how many. Those that run, and
    /// those that are unknown and that nobody settled, stay.
    pub(super) fn prune(&mut self, before_ms: u64) -> Result<u64, Error> {
        let youngest = now_ms().saturating_sub(i64::try_from(KEPT.as_millis()).unwrap_or(0));
        if integer(before_ms) > youngest {
            let expected =
                "a moment of 24 hours ago or earlier, as daily quotas count later orders";
            return Err(Error::argument("before_ms", expected, "a later one"));
        }
        let mut pruned = 0;
        for phase in ["answered", "not_sent", "unknown_settled", "open", "open_settled"] {
            let mut from = (i64::MIN, String::new());
            loop {
                let some = |store: &Store| store.prune_some(phase, integer(before_ms), &from);
                let (count, next) =
                    self.transaction(false, some).map_err(|unwritten| self.unwritten(unwritten))?;
                pruned += count;
                match next {
                    Some(next) => from = next,
                    None => break,
                }
            }
        }
        Ok(pruned)
    }

    /// Removes some of a phase from a point of the list on; returns how many, and the point where
    /// the rest begins.
    #[allow(clippy::type_complexity, reason = "a number and a point of the list")]
    fn prune_some(
        &self,
        phase: &str,
        before_ms: i64,
        from: &(i64, String),
    ) -> Result<(u64, Option<(i64, String)>), WriteError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT created_ms, order_id, changed_ms FROM orders INDEXED BY orders_by_phase \
             WHERE phase = ?1 AND (created_ms, order_id) > (?2, ?3) AND created_ms < ?4 \
             ORDER BY created_ms, order_id LIMIT ?5",
        )?;
        let values = params![
            phase,
            from.0,
            from.1,
            before_ms,
            i64::try_from(PRUNED_AT_ONCE).unwrap_or(i64::MAX)
        ];
        let row = |row: &rusqlite::Row<'_>| Ok(((row.get(0)?, row.get(1)?), row.get::<_, i64>(2)?));
        let found: Vec<((i64, String), i64)> =
            statement.query_map(values, row)?.collect::<Result<_, _>>()?;
        let mut remove =
            self.connection.prepare_cached("DELETE FROM orders WHERE order_id = ?1")?;
        let mut count = 0;
        for ((_, order_id), changed_ms) in &found {
            if *changed_ms >= before_ms {
                continue;
            }
            // No call of this writer runs that long.
            let may_go = !phase.starts_with("open")
                || self.find(order_id, &|_| true)?.is_some_and(|order| match order.status {
                    OrderStatus::NotSent => true,
                    OrderStatus::Unknown => order.reconciled_ms.is_some(),
                    OrderStatus::InFlight | OrderStatus::Answered => false,
                });
            if may_go {
                remove.execute([order_id])?;
                count += 1;
            }
        }
        let more = found.len() == PRUNED_AT_ONCE;
        Ok((count, found.into_iter().next_back().map(|(point, _)| point).filter(|_| more)))
    }
}

/// Returns whether a name is that of an open file.
fn is_same_file(open: &std::fs::File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let named = std::fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()));
        let open = open.metadata().map(|found| (found.dev(), found.ino()));
        matches!((named, open), (Ok(named), Ok(open)) if named == open)
    }
    #[cfg(not(unix))]
    {
        let _ = open;
        path.exists()
    }
}

pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
