//! The journal's record of orders, as JSON documents.

use std::path::PathBuf;

use cardwire::{Client, Error, Journal, OrderFilter, OrderRecord};
use pyo3::prelude::*;

use crate::outcome;

enum Source {
    Client(Client),
    File(Box<Journal>),
}

impl Source {
    fn list(&self, wanted: &str) -> Result<Vec<OrderRecord>, Error> {
        let filter = OrderFilter::from_json(wanted)?;
        match self {
            Source::Client(client) => client.orders(&filter),
            Source::File(journal) => journal.orders(&filter),
        }
    }

    fn unknown(&self) -> Result<Vec<OrderRecord>, Error> {
        match self {
            Source::Client(client) => client.unknown_orders(),
            Source::File(journal) => journal.unknown_orders(),
        }
    }

    fn find(&self, order_id: &str) -> Result<Option<OrderRecord>, Error> {
        match self {
            Source::Client(client) => client.find_order(order_id),
            Source::File(journal) => journal.find_order(order_id),
        }
    }

    fn export(&self, wanted: &str, path: PathBuf) -> Result<u64, Error> {
        let filter = OrderFilter::from_json(wanted)?;
        match self {
            Source::Client(client) => client.export_orders(&filter, path),
            Source::File(journal) => journal.export_to(&filter, path),
        }
    }

    fn prune(&self, before_ms: u64) -> Result<u64, Error> {
        match self {
            Source::Client(client) => client.prune_orders(before_ms),
            Source::File(journal) => journal.prune(before_ms),
        }
    }

    fn reconcile(&self, order_id: &str, note: &str) -> Result<(), Error> {
        match self {
            Source::Client(client) => client.reconcile_order(order_id, note),
            Source::File(journal) => journal.reconcile_order(order_id, note),
        }
    }
}

/// The journal of a client, or one that was opened without a client. Every answer is a JSON document.
#[pyclass(frozen, module = "cardwire._native")]
pub struct Orders(Source);

impl Orders {
    pub fn of(client: &Client) -> Self {
        Orders(Source::Client(client.clone()))
    }
}

/// Reads the file without the interpreter lock.
fn asked<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
    outcome(py, || py.detach(work))
}

#[pymethods]
impl Orders {
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf) -> PyResult<Orders> {
        outcome(py, || {
            py.detach(|| Journal::open(path).map(|journal| Orders(Source::File(Box::new(journal)))))
        })
    }

    fn list(&self, py: Python<'_>, wanted: &str) -> PyResult<String> {
        asked(py, || self.0.list(wanted).map(|records| OrderRecord::list_to_json(&records)))
    }

    fn unknown(&self, py: Python<'_>) -> PyResult<String> {
        asked(py, || self.0.unknown().map(|records| OrderRecord::list_to_json(&records)))
    }

    fn find(&self, py: Python<'_>, order_id: &str) -> PyResult<Option<String>> {
        asked(py, || Ok(self.0.find(order_id)?.map(|record| record.to_json())))
    }

    fn export(&self, py: Python<'_>, wanted: &str, path: PathBuf) -> PyResult<u64> {
        asked(py, || self.0.export(wanted, path))
    }

    fn prune(&self, py: Python<'_>, before_ms: u64) -> PyResult<u64> {
        asked(py, || self.0.prune(before_ms))
    }

    fn reconcile(&self, py: Python<'_>, order_id: &str, note: &str) -> PyResult<()> {
        asked(py, || self.0.reconcile(order_id, note))
    }
}
