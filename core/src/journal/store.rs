//! The journal's file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, params};

use super::place::Place;
use super::process;
use super::record::{OrderFilter, OrderRecord, OrderStatus};
use crate::error::{Error, Kind};
use crate::facts::{Billed, Sent};
use crate::secret::masked;
use crate::vendors::{Operation, Vendor};

/// Marks the file as one of these: "crdw".
const APPLICATION_ID: i64 = 0x6372_6477;
const VERSION: i64 = 2;

/// How long another process may hold the file.
const BUSY: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
CREATE TABLE orders (
    order_id TEXT PRIMARY KEY,
    reference TEXT,
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    operation TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intent', 'released', 'done')),
    sends INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    boot TEXT,
    process TEXT NOT NULL,
    instance TEXT NOT NULL,
    sent TEXT,
    billed TEXT,
    outcome TEXT,
    vendor_code TEXT,
    request_id TEXT,
    http_status INTEGER,
    late INTEGER NOT NULL DEFAULT 0,
    reconciled_ms INTEGER,
    note TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_by_reference ON orders (reference, created_ms) WHERE reference IS NOT NULL;
CREATE INDEX orders_by_account ON orders (account, created_ms);
CREATE INDEX orders_by_time ON orders (created_ms);
CREATE INDEX open_orders ON orders (created_ms)
    WHERE reconciled_ms IS NULL AND (state <> 'done' OR sent = 'unknown');
";

const COLUMNS: &str = "order_id, reference, vendor, account, operation, state, sends, created_ms, \
    changed_ms, boot, process, instance, sent, billed, outcome, vendor_code, request_id, http_status, late, \
    reconciled_ms, note";

/// What is written before the first byte of a request leaves.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    pub(crate) order_id: String,
    /// The caller's own name for what is asked.
    pub(crate) reference: Option<String>,
    pub(crate) vendor: Vendor,
    pub(crate) account: String,
    pub(crate) operation: Operation,
}

/// What is written when it ended.
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

/// Why something was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwritten {
    /// The order number stands for a call that runs, was answered or may have been executed.
    Used,
    /// The file cannot be written now.
    Failed,
    /// The file cannot be trusted any more.
    Broken,
}

impl From<rusqlite::Error> for Unwritten {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // After a failed write or sync nobody knows what the disk holds: repeating it would
            // report as safe what may be lost.
            Some(
                ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase,
            ) => Unwritten::Broken,
            _ => Unwritten::Failed,
        }
    }
}

/// An open journal file.
pub(super) struct Store {
    connection: Connection,
    /// The files that its path names: what is written to a file that was removed or replaced is lost.
    places: [Place; 2],
    process: String,
    instance: String,
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn storage(problem: &str) -> Error {
    Error::new(Kind::Storage, format!("the journal {problem}"))
}

fn sql(error: &rusqlite::Error) -> Error {
    // In words of our own: SQLite's may show the statement.
    let problem = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "is not a journal: it is not an SQLite file",
        Some(ErrorCode::DatabaseCorrupt) => "is damaged",
        Some(ErrorCode::DiskFull) => "cannot be written: the disk is full",
        Some(ErrorCode::ReadOnly) => "cannot be written: it is read-only",
        Some(ErrorCode::CannotOpen) => "cannot be opened",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "is held by another process",
        Some(ErrorCode::SystemIoFailure) => "cannot be read or written: the disk fails",
        _ => "cannot be used",
    };
    storage(problem)
}

/// A path that SQLite takes as nothing but a file.
fn file(path: &Path) -> Result<PathBuf, Error> {
    if fs::symlink_metadata(path).is_ok_and(|found| !found.file_type().is_file()) {
        return Err(storage("is not a plain file"));
    }
    // SQLite has meanings of its own for names such as ":memory:" and the empty one.
    std::path::absolute(path).map_err(|_| storage("cannot be opened"))
}

/// Takes from others what they may do with the file. By its name alone: where a process opens a
/// database and closes it again, the locks go that SQLite holds there for its connections, and the
/// next program that reads it takes the unfinished log away.
fn keep_private(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for suffix in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            let mode = fs::metadata(&name).map(|found| found.permissions().mode() & 0o777);
            if mode.is_ok_and(|mode| mode != 0o600) {
                let owner_only = fs::Permissions::from_mode(0o600);
                fs::set_permissions(&name, owner_only)
                    .map_err(|_| storage("can be read by others, and that cannot be changed"))?;
            }
        }
        // A new name in a folder is safe only once the folder is.
        if let Some(folder) = path.parent() {
            let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(|_| storage("cannot be made safe: its folder cannot be synced"))?;
        }
    }
    Ok(())
}

/// What the file says it is; `None` where it is empty.
fn identity(connection: &Connection) -> Result<Option<(i64, i64)>, rusqlite::Error> {
    let number = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0));
    Ok(match number("SELECT count(*) FROM sqlite_schema")? {
        0 => None,
        _ => Some((number("PRAGMA application_id")?, number("PRAGMA user_version")?)),
    })
}

fn checked(identity: Option<(i64, i64)>) -> Result<(), Error> {
    match identity {
        None | Some((APPLICATION_ID, VERSION)) => Ok(()),
        Some((APPLICATION_ID, _)) => Err(storage("was written by another version of this library")),
        Some(_) => Err(storage("is another program's SQLite file")),
    }
}

/// Makes the tables where there are none yet.
fn begin(connection: &Connection) -> Result<Option<(i64, i64)>, rusqlite::Error> {
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch("PRAGMA synchronous = FULL; BEGIN IMMEDIATE")?;
    let found = identity(connection)?;
    if found.is_none() {
        connection.execute_batch(SCHEMA)?;
        connection.execute_batch(&format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}"
        ))?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(found)
}

impl Store {
    pub(super) fn open(path: &Path, instance: String) -> Result<Self, Error> {
        let path = file(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> Result<(Connection, Option<(i64, i64)>), rusqlite::Error> {
            let connection = Connection::open_with_flags(&path, flags)?;
            connection.busy_timeout(BUSY)?;
            let found = identity(&connection)?;
            Ok((connection, found))
        };
        let (connection, found) = open().map_err(|error| sql(&error))?;
        // What is somebody else's is left as it is.
        checked(found)?;
        keep_private(&path)?;
        checked(begin(&connection).map_err(|error| sql(&error))?)?;
        let places = Place::of_journal(&path);
        Ok(Store { connection, places, process: process::mark(), instance })
    }

    /// Runs `work` in one transaction. Where `sync` is set, it is on the disk when this returns.
    pub(super) fn transaction<T>(
        &mut self,
        sync: bool,
        work: impl FnOnce(&Store) -> Result<T, Unwritten>,
    ) -> Result<T, Unwritten> {
        if !self.places.iter_mut().all(Place::is_unchanged) {
            return Err(Unwritten::Broken);
        }
        let level = if sync { "FULL" } else { "NORMAL" };
        self.connection.execute_batch(&format!("PRAGMA synchronous = {level}; BEGIN IMMEDIATE"))?;
        let outcome = work(self);
        match outcome {
            Ok(value) => match self.connection.execute_batch("COMMIT") {
                Ok(()) => Ok(value),
                Err(error) => {
                    let _ = self.connection.execute_batch("ROLLBACK");
                    Err(error.into())
                }
            },
            Err(unwritten) => {
                let _ = self.connection.execute_batch("ROLLBACK");
                Err(unwritten)
            }
        }
    }

    pub(super) fn intent(
        &self,
        intent: &Intent,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<(), Unwritten> {
        let now = now_ms();
        let earlier = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM orders WHERE order_id = ?1"))?
            .query_row([&intent.order_id], |row| self.record(row, in_flight))
            .optional()?;
        if let Some(earlier) = earlier {
            let free = match earlier.status {
                OrderStatus::NotSent => true,
                OrderStatus::Answered => earlier.billed == Billed::No,
                OrderStatus::InFlight | OrderStatus::Unknown => false,
            };
            if !free {
                return Err(Unwritten::Used);
            }
            self.connection
                .prepare_cached(
                    "UPDATE orders SET vendor = ?2, account = ?3, operation = ?4, state = 'intent', \
                     sends = sends + 1, changed_ms = ?5, boot = ?6, process = ?7, instance = ?8, \
                     sent = NULL, billed = NULL, outcome = NULL, vendor_code = NULL, \
                     request_id = NULL, http_status = NULL, late = 0, reconciled_ms = NULL, \
                     note = NULL, reference = ?9 WHERE order_id = ?1",
                )?
                .execute(params![
                    intent.order_id,
                    intent.vendor.name(),
                    intent.account,
                    intent.operation.slug(),
                    now,
                    process::boot(),
                    self.process,
                    self.instance,
                    intent.reference,
                ])?;
            return Ok(());
        }
        self.connection
            .prepare_cached(
                "INSERT INTO orders (order_id, vendor, account, operation, state, sends, \
                 created_ms, changed_ms, boot, process, instance, reference) \
                 VALUES (?1, ?2, ?3, ?4, 'intent', 1, ?5, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                intent.order_id,
                intent.vendor.name(),
                intent.account,
                intent.operation.slug(),
                now,
                process::boot(),
                self.process,
                self.instance,
                intent.reference,
            ])?;
        Ok(())
    }

    /// Writes that the last byte may leave; false where the order is none of this writer's that
    /// waits for it.
    pub(super) fn released(&self, order_id: &str) -> Result<bool, Unwritten> {
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE orders SET state = 'released', changed_ms = ?2 \
                 WHERE order_id = ?1 AND instance = ?3 AND state = 'intent'",
            )?
            .execute(params![order_id, now_ms(), self.instance])?;
        Ok(changed == 1)
    }

    /// Writes what came of an order that this writer began and did not end yet.
    pub(super) fn done(&self, order_id: &str, done: &Done) -> Result<(), Unwritten> {
        self.end(order_id, "state <> 'done'", done)
    }

    /// The vendor's own record shows what became of an order that this writer ended as unknown.
    pub(super) fn resolve(&self, order_id: &str, done: &Done) -> Result<(), Unwritten> {
        self.end(order_id, "state = 'done' AND sent = 'unknown'", done)
    }

    fn end(&self, order_id: &str, before: &str, done: &Done) -> Result<(), Unwritten> {
        self.connection
            .prepare_cached(&format!(
                "UPDATE orders SET state = 'done', changed_ms = ?2, sent = ?3, billed = ?4, \
                 outcome = ?5, vendor_code = ?6, request_id = ?7, http_status = ?8, late = ?9 \
                 WHERE order_id = ?1 AND instance = ?10 AND {before}",
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
                self.instance,
            ])?;
        Ok(())
    }

    /// Notes that somebody settled an order; false where there is no such order.
    pub(super) fn reconcile(&self, order_id: &str, note: &str) -> Result<bool, Unwritten> {
        let changed = self
            .connection
            .prepare_cached("UPDATE orders SET reconciled_ms = ?2, note = ?3 WHERE order_id = ?1")?
            .execute(params![order_id, now_ms(), without_numbers(note)])?;
        Ok(changed == 1)
    }

    /// How many requests of an account may have reached the vendor since a moment.
    pub(super) fn sent_since(&self, account: &str, since_ms: u64) -> Result<u32, Unwritten> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT coalesce(sum(sends), 0) FROM orders WHERE account = ?1 AND created_ms >= ?2 \
                 AND state <> 'intent' AND (sent IS NULL OR sent <> 'no')",
            )?
            .query_row(params![account, integer(since_ms)], |row| row.get(0))?)
    }

    pub(super) fn find(
        &self,
        order_id: &str,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<Option<OrderRecord>, Error> {
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM orders WHERE order_id = ?1"))
            .and_then(|mut statement| {
                statement.query_row([order_id], |row| self.record(row, in_flight)).optional()
            })
            .map_err(|error| sql(&error))
    }

    /// The order under which the vendor answered what this order number or this reference stands
    /// for: the newest result, or the newest refusal where there is no result.
    pub(super) fn answered(
        &self,
        order_id: Option<&str>,
        reference: Option<&str>,
    ) -> Result<Option<OrderRecord>, Error> {
        let found = |column: &str, value: &str| {
            let query = format!(
                "SELECT {COLUMNS} FROM orders \
                 WHERE {column} = ?1 AND state = 'done' AND sent = 'yes' \
                 ORDER BY outcome = 'ok' DESC, created_ms DESC LIMIT 1"
            );
            let mut statement = self.connection.prepare_cached(&query)?;
            statement.query_row([value], |row| self.record(row, &|_| false)).optional()
        };
        let by_number = order_id.map(|order_id| found("order_id", order_id)).transpose();
        let by_reference = reference.map(|reference| found("reference", reference)).transpose();
        let (by_number, by_reference) =
            (by_number.map_err(|error| sql(&error))?, by_reference.map_err(|error| sql(&error))?);
        let orders = by_number.flatten().into_iter().chain(by_reference.flatten());
        Ok(orders.max_by_key(|order| (order.outcome.as_deref() == Some("ok"), order.created_ms)))
    }

    pub(super) fn orders(
        &self,
        filter: &OrderFilter,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<OrderRecord>, Error> {
        let open = if filter.open_only {
            "AND reconciled_ms IS NULL AND (state <> 'done' OR sent = 'unknown')"
        } else {
            ""
        };
        let statement = format!(
            "SELECT {COLUMNS} FROM orders WHERE created_ms >= ?1 AND created_ms <= ?2 \
             AND (?3 IS NULL OR vendor = ?3) AND (?4 IS NULL OR account = ?4) \
             AND (?5 IS NULL OR reference = ?5) {open} \
             ORDER BY created_ms DESC, order_id DESC"
        );
        let list = || -> Result<Vec<OrderRecord>, rusqlite::Error> {
            let mut statement = self.connection.prepare(&statement)?;
            let values = params![
                integer(filter.since_ms),
                integer(filter.until_ms).saturating_sub(1),
                filter.vendor.map(Vendor::name),
                filter.account,
                filter.reference,
            ];
            let rows = statement.query_map(values, |row| self.record(row, in_flight))?;
            let mut records = Vec::new();
            for record in rows {
                if records.len() >= filter.limit {
                    break;
                }
                let record = record?;
                if filter.status.is_none_or(|status| status == record.status) {
                    records.push(record);
                }
            }
            Ok(records)
        };
        list().map_err(|error| sql(&error))
    }

    fn record(
        &self,
        row: &Row<'_>,
        in_flight: &dyn Fn(&str) -> bool,
    ) -> Result<OrderRecord, rusqlite::Error> {
        let text = |column: &str| row.get::<_, String>(column);
        let maybe = |column: &str| row.get::<_, Option<String>>(column);
        let number =
            |column: &str| row.get::<_, i64>(column).map(|ms| u64::try_from(ms).unwrap_or(0));
        let (order_id, vendor, operation) =
            (text("order_id")?, text("vendor")?, text("operation")?);
        let (sent, billed) = (maybe("sent")?, maybe("billed")?);
        let sent = Sent::ALL.iter().copied().find(|one| Some(one.slug()) == sent.as_deref());
        let billed = Billed::ALL.iter().copied().find(|one| Some(one.slug()) == billed.as_deref());
        let runs = || -> Result<bool, rusqlite::Error> {
            let (process, instance) = (text("process")?, text("instance")?);
            Ok(if instance == self.instance {
                in_flight(&order_id)
            } else {
                maybe("boot")?.as_deref() == process::boot() && process::is_alive(&process)
            })
        };
        let status = match text("state")?.as_str() {
            "done" => match sent {
                Some(Sent::Yes) => OrderStatus::Answered,
                Some(Sent::No) => OrderStatus::NotSent,
                Some(Sent::Unknown) | None => OrderStatus::Unknown,
            },
            _ if runs()? => OrderStatus::InFlight,
            // A mark that was written without a sync survives the process, not the machine.
            "intent"
                if process::boot().is_some() && maybe("boot")?.as_deref() == process::boot() =>
            {
                OrderStatus::NotSent
            }
            _ => OrderStatus::Unknown,
        };
        let (sent, billed) = match status {
            OrderStatus::NotSent => (Sent::No, billed.unwrap_or(Billed::No)),
            OrderStatus::Answered => (Sent::Yes, billed.unwrap_or(Billed::Unknown)),
            OrderStatus::InFlight | OrderStatus::Unknown => (Sent::Unknown, Billed::Unknown),
        };
        Ok(OrderRecord {
            order_id,
            reference: maybe("reference")?,
            vendor: Vendor::from_name(&vendor),
            account: text("account")?,
            operation: Operation::ALL.iter().copied().find(|one| one.slug() == operation),
            status,
            sends: row.get("sends")?,
            created_ms: number("created_ms")?,
            changed_ms: number("changed_ms")?,
            sent,
            billed,
            outcome: maybe("outcome")?,
            vendor_code: maybe("vendor_code")?,
            request_id: maybe("request_id")?,
            http_status: row.get("http_status")?,
            late: row.get("late")?,
            reconciled_ms: row
                .get::<_, Option<i64>>("reconciled_ms")?
                .map(|ms| u64::try_from(ms).unwrap_or(0)),
            note: maybe("note")?,
        })
    }
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A text without digit runs that could be a card or an ID number.
fn without_numbers(text: &str) -> String {
    let visible: String = text.chars().filter(|character| !character.is_control()).collect();
    masked(&visible, 12)
}
