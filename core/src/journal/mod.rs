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
//! The file is an SQLite database (WAL) for its owner alone. It holds order numbers, request ids,
//! codes and times, and no personal datum and no secret.

mod place;
mod process;
mod record;
mod store;
mod writer;

use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::error::{Error, Kind};
use crate::fork::ForkGuard;

pub use record::{OrderFilter, OrderRecord, OrderStatus};
use store::Store;
pub(crate) use store::{Done, Intent, Unwritten};
pub(crate) use writer::{Claim, Writer, unwritten};

/// A journal without a client, for tools that settle orders with the vendors. Clients may write to
/// the same file meanwhile.
pub struct Journal {
    store: ForkGuard<Mutex<Store>>,
}

impl Journal {
    /// Opens a journal file, or makes an empty one.
    ///
    /// # Errors
    /// `storage`: the file cannot be used.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        // No client has this name: every order belongs to somebody else.
        let store = Mutex::new(Store::open(path.as_ref(), String::new())?);
        Ok(Journal { store: ForkGuard::new(store) })
    }

    /// The orders that the filter wants, newest first.
    ///
    /// # Errors
    /// `storage`: the file cannot be read; `closed` after a fork.
    pub fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRecord>, Error> {
        self.lock()?.orders(filter, &|_| false)
    }

    /// The orders that a vendor may have executed and billed without this machine knowing, and that
    /// nobody settled.
    ///
    /// # Errors
    /// `storage`: the file cannot be read; `closed` after a fork.
    pub fn unknown_orders(&self) -> Result<Vec<OrderRecord>, Error> {
        self.orders(&OrderFilter::unknown())
    }

    /// The order of that number.
    ///
    /// # Errors
    /// `storage`: the file cannot be read; `closed` after a fork.
    pub fn find_order(&self, order_id: &str) -> Result<Option<OrderRecord>, Error> {
        self.lock()?.find(order_id, &|_| false)
    }

    /// Notes that an order was settled with the vendor. The note must hold no personal datum.
    ///
    /// # Errors
    /// `invalid_argument` where there is no such order; `storage`: the file cannot be written;
    /// `closed` after a fork.
    pub fn reconcile_order(&self, order_id: &str, note: &str) -> Result<(), Error> {
        let found = self.lock()?.transaction(true, |store| store.reconcile(order_id, note));
        settled(found.map_err(unwritten)?)
    }

    fn lock(&self) -> Result<std::sync::MutexGuard<'_, Store>, Error> {
        if !self.store.is_ours() {
            // SQLite's connections do not survive a fork.
            let message = "the journal was opened before this process was forked; open it again";
            return Err(Error::new(Kind::Closed, message));
        }
        Ok(self.store.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Journal")
    }
}

/// The error where there was no order to settle.
pub(crate) fn settled(found: bool) -> Result<(), Error> {
    if found { Ok(()) } else { Err(Error::argument("order_id", "the journal has no such order")) }
}

impl OrderFilter {
    /// What `unknown_orders` lists.
    pub(crate) fn unknown() -> Self {
        OrderFilter { open_only: true, ..OrderFilter::new().status(OrderStatus::Unknown) }
    }
}

#[cfg(test)]
mod tests;
