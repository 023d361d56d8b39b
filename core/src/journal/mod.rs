//! The journal: which orders were sent, so that a process that dies leaves no billed call unknown.
//!
//! An order is an *intent*, safely on the disk, before the first byte of its request leaves; it is
//! *released* before the last byte leaves; it is *done* when something came of it. What a crash
//! leaves behind reads as follows:
//!
//! | found | on the same start of the machine | on a later one |
//! |---|---|---|
//! | intent | never sent: the last byte was held back | unknown: the mark of release was not synced |
//! | released | unknown | unknown |
//! | done | as it says | as it says |
//!
//! Nothing reads as "never sent" while its writer may run: a writer holds a lock for as long as it
//! lives, and a writer of which nobody can say that it is gone makes the order unknown.
//!
//! The file is an SQLite database (WAL) for its owner alone. It holds order numbers, references,
//! request ids, codes and times, and no personal datum and no secret.

mod files;
mod filter;
mod layout;
mod lazy;
mod liveness;
mod problem;
mod query;
mod record;
mod store;
mod writer;

use std::io::Write;
use std::path::Path;

use crate::error::{Error, Kind};
use crate::fork::ForkGuard;

pub(crate) use files::check;
pub use filter::OrderFilter;
pub(crate) use lazy::LazyJournal;
pub(crate) use problem::WriteError;
use query::Reader;
pub use record::{OrderRecord, OrderStatus};
use store::Store;
pub(crate) use store::{Done, Intent};
pub(crate) use writer::{Claim, Writer};

/// A journal without a client, for tools that settle orders with the vendors. Clients may write to
/// the same file meanwhile.
///
/// ```
/// use cardwire::{Journal, OrderFilter, OrderStatus};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
/// # let config = &sandbox.config().to_string();
/// # let folder = std::env::temp_dir().join(format!("cardwire-journal-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("orders.db");
/// # let mut config = sandbox.config();
/// # config["journal"] = path.to_string_lossy().into();
/// # let client = cardwire::Client::from_json(&config.to_string())?;
/// # let options = cardwire::CallOptions::new().order_id("order0001");
/// # client.lookup_card("6222020000000000000", &options)?;
/// let journal = Journal::open(&path)?;
/// for order in journal.unknown_orders()? {
///     // Look it up in the vendor's bill, and then:
///     journal.reconcile_order(&order.order_id, "it is not on the bill")?;
/// }
/// let order = journal.find_order("order0001")?.expect("it was written");
/// assert_eq!(order.status, OrderStatus::Answered);
/// assert!(order.to_json().contains("order0001"));
/// let answered = OrderFilter::new().status(OrderStatus::Answered).limit(100);
/// assert_eq!(journal.orders(&answered)?.len(), 1);
/// let mut lines = Vec::new();
/// assert_eq!(journal.export(&answered, &mut lines)?, 1);
/// assert_eq!(journal.export_to(&answered, folder.join("answered.jsonl"))?, 1);
/// // Orders of before 1970.
/// assert_eq!(journal.prune(0)?, 0);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
pub struct Journal {
    reader: ForkGuard<Reader>,
}

impl Journal {
    /// Opens a journal file, or makes an empty one.
    ///
    /// # Errors
    /// `storage`: the file cannot be used.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Journal { reader: ForkGuard::new(Reader::new(Store::open(path.as_ref())?)) })
    }

    /// Returns the orders that the filter wants, newest first.
    ///
    /// # Errors
    /// `storage`: the file cannot be read; `closed` after a fork.
    pub fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRecord>, Error> {
        self.reader()?.orders(filter, &|_| false)
    }

    /// Returns the orders that a vendor may have executed and billed without this machine knowing,
    /// and that nobody settled.
    ///
    /// # Errors
    /// `storage`: the file cannot be read; `closed` after a fork.
    pub fn unknown_orders(&self) -> Result<Vec<OrderRecord>, Error> {
        self.orders(&OrderFilter::unknown())
    }

    /// Returns the order of that number.
    ///
    /// # Errors
    /// `storage`: the file cannot be read; `closed` after a fork.
    pub fn find_order(&self, order_id: &str) -> Result<Option<OrderRecord>, Error> {
        self.reader()?.find(order_id, &|_| false)
    }

    /// Notes that an order was settled with the vendor. The note must hold no personal datum.
    ///
    /// # Errors
    /// `invalid_argument` where there is no such order; `storage`: the file cannot be written;
    /// `closed` after a fork.
    pub fn reconcile_order(&self, order_id: &str, note: &str) -> Result<(), Error> {
        let reader = self.reader()?;
        let mut store = reader.store();
        let found = store.transaction(true, |store| store.reconcile(order_id, note));
        settled(found.map_err(|unwritten| store.unwritten(unwritten))?)
    }

    /// Writes the orders that the filter wants as lines of JSON, newest first, and returns how many.
    /// The memory that it takes does not grow with their number.
    ///
    /// # Errors
    /// `storage`: the file cannot be read, or the lines cannot be written; `closed` after a fork.
    pub fn export(&self, filter: &OrderFilter, to: &mut dyn Write) -> Result<u64, Error> {
        self.reader()?.export(filter, &|_| false, to)
    }

    /// Does a [`Journal::export`] to a file that is not there yet, for its owner alone.
    ///
    /// # Errors
    /// As [`Journal::export`]; `invalid_argument` where the file is there or cannot be made.
    pub fn export_to(&self, filter: &OrderFilter, path: impl AsRef<Path>) -> Result<u64, Error> {
        export_into(path.as_ref(), |file| self.export(filter, file))
    }

    /// Removes the orders that were last written before this moment, in milliseconds since 1970, and
    /// returns how many. Those that run and those that are unknown and not settled always stay. The
    /// number of an order that was removed may be used again.
    ///
    /// # Errors
    /// `invalid_argument`: the moment is less than 24 hours ago, and daily quotas count these orders;
    /// `storage`: the file cannot be written; `closed` after a fork.
    pub fn prune(&self, before_ms: u64) -> Result<u64, Error> {
        // A connection of its own: those who read do not wait for it.
        let mut store = self.reader()?.store().another()?;
        store.prune(before_ms)
    }

    fn reader(&self) -> Result<&Reader, Error> {
        if !self.reader.is_ours() {
            // SQLite's connections do not survive a fork.
            let message = "the journal was opened before this process was forked; open it again";
            return Err(Error::new(Kind::Closed, message));
        }
        Ok(&self.reader)
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Journal")
    }
}

/// Makes the file of an export and has it written; one that cannot be written whole is removed, so that the
/// export can be tried again.
pub(crate) fn export_into(
    path: &Path,
    export: impl FnOnce(&mut dyn Write) -> Result<u64, Error>,
) -> Result<u64, Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| {
        let expected = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "a new name for",
            std::io::ErrorKind::NotFound => "a folder for",
            _ => "permission to make",
        };
        Error::file("path", path, expected, &error)
    })?;
    let mut file = ExportFile { file: std::io::BufWriter::new(file), unwritten: None };
    export(&mut file).map_err(|error| {
        let unwritten = file.unwritten.take();
        drop(file);
        let _ = std::fs::remove_file(path);
        match unwritten {
            Some(os_error) => error.with_file(path, os_error).at(path),
            None => error,
        }
    })
}

/// The file of an export.
struct ExportFile {
    file: std::io::BufWriter<std::fs::File>,
    /// The system's number for why it could not be written, where it could not and there is one.
    unwritten: Option<Option<i32>>,
}

impl Write for ExportFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes).inspect_err(|error| self.unwritten = Some(error.raw_os_error()))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush().inspect_err(|error| self.unwritten = Some(error.raw_os_error()))
    }
}

/// Returns the error where there was no order to settle.
pub(crate) fn settled(found: bool) -> Result<(), Error> {
    if found {
        Ok(())
    } else {
        Err(Error::argument("order_id", "an order of the journal", "another number"))
    }
}

#[cfg(test)]
mod tests;
