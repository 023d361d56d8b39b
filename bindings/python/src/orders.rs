//! The journal's record of orders, as JSON documents.

use std::path::PathBuf;

use cardwire::bindings::AnyJournal;
use cardwire::{Client, Error, OrderFilter, OrderRecord};
use pyo3::prelude::*;

use crate::outcome;

/// The journal of a client, or one that was opened without a client. Every answer is a JSON document.
#[pyclass(frozen, module = "cardwire._native")]
pub struct Orders(AnyJournal);

impl Orders {
    pub fn of(client: &Client) -> Self {
        Orders(AnyJournal::Client(client.clone()))
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
        asked(py, || AnyJournal::open(path).map(Orders))
    }

    fn list(&self, py: Python<'_>, wanted: &str) -> PyResult<String> {
        asked(py, || {
            let records = self.0.orders(&OrderFilter::from_json(wanted)?)?;
            Ok(OrderRecord::list_to_json(&records))
        })
    }

    fn unknown(&self, py: Python<'_>) -> PyResult<String> {
        asked(py, || self.0.unknown_orders().map(|records| OrderRecord::list_to_json(&records)))
    }

    fn find(&self, py: Python<'_>, order_id: &str) -> PyResult<Option<String>> {
        asked(py, || Ok(self.0.find_order(order_id)?.map(|record| record.to_json())))
    }

    fn export(&self, py: Python<'_>, wanted: &str, path: PathBuf) -> PyResult<u64> {
        asked(py, || self.0.export_orders(&OrderFilter::from_json(wanted)?, path))
    }

    fn prune(&self, py: Python<'_>, before_ms: u64) -> PyResult<u64> {
        asked(py, || self.0.prune_orders(before_ms))
    }

    fn reconcile(&self, py: Python<'_>, order_id: &str, note: &str) -> PyResult<()> {
        asked(py, || self.0.reconcile_order(order_id, note))
    }
}
