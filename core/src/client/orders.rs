//! The journal's record of the client's orders.

use std::path::Path;
use std::sync::Arc;

use super::Client;
use crate::driver::closed;
use crate::error::Error;
use crate::journal::{OrderFilter, OrderRecord, Writer, export_into, settled};
use crate::runtime::hold_up;

impl Client {
    /// Returns the orders of the journal that the filter wants, newest first.
    ///
    /// # Errors
    /// `invalid_config` where no `journal` is configured; `storage` where it cannot be read; `closed`
    /// after [`Client::close`].
    pub fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRecord>, Error> {
        self.journal()?.orders(filter)
    }

    /// Returns the orders that a vendor may have executed and billed without this machine knowing,
    /// and that nobody settled. Those of calls that still run are not among them.
    ///
    /// # Errors
    /// As [`Client::orders`].
    pub fn unknown_orders(&self) -> Result<Vec<OrderRecord>, Error> {
        self.orders(&OrderFilter::unknown())
    }

    /// Returns the order of that number.
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

    /// Writes the orders that the filter wants to a new file as lines of JSON; see
    /// [`Journal::export_to`](crate::Journal::export_to).
    ///
    /// # Errors
    /// As [`Client::orders`]; `invalid_argument` where the file is there or cannot be made.
    pub fn export_orders(
        &self,
        filter: &OrderFilter,
        path: impl AsRef<Path>,
    ) -> Result<u64, Error> {
        let journal = self.journal()?;
        export_into(path.as_ref(), |file| journal.export(filter, file))
    }

    /// Removes old orders from the journal; see [`Journal::prune`](crate::Journal::prune).
    ///
    /// # Errors
    /// `invalid_argument` where the moment is less than 24 hours ago; else as [`Client::orders`].
    pub fn prune_orders(&self, before_ms: u64) -> Result<u64, Error> {
        let journal = self.journal()?;
        hold_up(|| journal.prune(before_ms))
    }

    fn journal(&self) -> Result<&Arc<Writer>, Error> {
        self.services.made_here()?;
        if self.services.closed.is_cancelled() {
            return Err(closed());
        }
        let journal = self.services.journal.as_ref();
        journal
            .ok_or_else(|| Error::config("journal", "a file that keeps orders", "none"))?
            .writer_here()
    }
}
