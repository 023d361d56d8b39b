//! What the journal says of the client's orders.

use std::path::PathBuf;
use std::sync::Arc;

use once_cell::sync::OnceCell;

use super::Client;
use crate::error::Error;
use crate::journal::{OrderFilter, OrderRecord, Writer, settled};
use crate::transport::hold_up;

/// The journal of a client, opened when it is first needed.
pub(super) struct Book {
    path: PathBuf,
    writer: OnceCell<Arc<Writer>>,
}

impl Book {
    pub(super) fn new(path: PathBuf) -> Self {
        Book { path, writer: OnceCell::new() }
    }

    pub(super) fn writer(&self) -> Result<&Arc<Writer>, Error> {
        hold_up(|| self.writer.get_or_try_init(|| Writer::open(&self.path).map(Arc::new)))
    }
}

impl Client {
    /// The orders of the journal that the filter wants, newest first.
    ///
    /// # Errors
    /// `invalid_config` where no `journal` is configured; `storage` where it cannot be read.
    pub fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRecord>, Error> {
        self.journal()?.orders(filter)
    }

    /// The orders that a vendor may have executed and billed without this machine knowing, and that
    /// nobody settled. Those of calls that still run are not among them.
    ///
    /// # Errors
    /// As [`Client::orders`].
    pub fn unknown_orders(&self) -> Result<Vec<OrderRecord>, Error> {
        self.orders(&OrderFilter::unknown())
    }

    /// The order of that number.
    ///
    /// # Errors
    /// As [`Client::orders`].
    pub fn find_order(&self, order_id: &str) -> Result<Option<OrderRecord>, Error> {
        self.journal()?.find(order_id)
    }

    /// Notes that an order was settled with the vendor. The note must hold no personal datum.
    ///
    /// # Errors
    /// `invalid_argument` where there is no such order; else as [`Client::orders`].
    pub fn reconcile_order(&self, order_id: &str, note: &str) -> Result<(), Error> {
        let journal = self.journal()?;
        settled(hold_up(|| journal.reconcile(order_id, note))?)
    }

    fn journal(&self) -> Result<&Arc<Writer>, Error> {
        self.made_here()?;
        let book = self.inner.book.as_ref();
        book.ok_or_else(|| Error::config("journal", "it names no file: no order is kept"))?.writer()
    }
}
