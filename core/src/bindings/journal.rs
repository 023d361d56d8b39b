//! Journals for packages of other languages.

use std::path::Path;

use crate::{Client, Error, Journal, OrderFilter, OrderRecord};

/// A client's journal, or one without a client: for languages that have one class for both.
pub enum AnyJournal {
    /// The journal of a client. Each question gives `invalid_config` where it has none.
    Client(Client),
    /// A journal's file.
    File(Box<Journal>),
}

impl AnyJournal {
    /// See [`Journal::open`].
    ///
    /// # Errors
    /// As there.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Journal::open(path).map(|journal| AnyJournal::File(Box::new(journal)))
    }

    /// See [`Client::orders`].
    ///
    /// # Errors
    /// As there.
    pub fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRecord>, Error> {
        match self {
            AnyJournal::Client(client) => client.orders(filter),
            AnyJournal::File(journal) => journal.orders(filter),
        }
    }

    /// See [`Client::unknown_orders`].
    ///
    /// # Errors
    /// As there.
    pub fn unknown_orders(&self) -> Result<Vec<OrderRecord>, Error> {
        self.orders(&OrderFilter::unknown())
    }

    /// See [`Client::find_order`].
    ///
    /// # Errors
    /// As there.
    pub fn find_order(&self, order_id: &str) -> Result<Option<OrderRecord>, Error> {
        match self {
            AnyJournal::Client(client) => client.find_order(order_id),
            AnyJournal::File(journal) => journal.find_order(order_id),
        }
    }

    /// See [`Client::reconcile_order`].
    ///
    /// # Errors
    /// As there.
    pub fn reconcile_order(&self, order_id: &str, note: &str) -> Result<(), Error> {
        match self {
            AnyJournal::Client(client) => client.reconcile_order(order_id, note),
            AnyJournal::File(journal) => journal.reconcile_order(order_id, note),
        }
    }

    /// See [`Client::export_orders`].
    ///
    /// # Errors
    /// As there.
    pub fn export_orders(
        &self,
        filter: &OrderFilter,
        path: impl AsRef<Path>,
    ) -> Result<u64, Error> {
        match self {
            AnyJournal::Client(client) => client.export_orders(filter, path),
            AnyJournal::File(journal) => journal.export_to(filter, path),
        }
    }

    /// See [`Client::prune_orders`].
    ///
    /// # Errors
    /// As there.
    pub fn prune_orders(&self, before_ms: u64) -> Result<u64, Error> {
        match self {
            AnyJournal::Client(client) => client.prune_orders(before_ms),
            AnyJournal::File(journal) => journal.prune(before_ms),
        }
    }
}
