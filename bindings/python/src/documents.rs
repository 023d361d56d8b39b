//! Results, errors and events on their way to Python: the JSON of core, with photos and the vendor's
//! answer beside it as bytes. The Python half makes its classes from them.

use cardwire::bindings::{CallContext, event_document};
use cardwire::schema::{Describe, Document};
use cardwire::{Error, Event};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict};

use crate::providers::ProviderException;
use crate::signals;

/// A function of the Python half, found once.
struct Reader(&'static str, &'static str, PyOnceLock<Py<PyAny>>);

impl Reader {
    const fn new(module: &'static str, name: &'static str) -> Self {
        Reader(module, name, PyOnceLock::new())
    }

    fn function<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        self.2.import(py, self.0, self.1)
    }
}

static ERROR: Reader = Reader::new("cardwire._errors", "read_error");
static CONTEXT: Reader = Reader::new("contextvars", "copy_context");
static RESULT: Reader = Reader::new("cardwire._results", "read_result");

/// Finds the functions that make results and errors. Python would load modules for the first of them,
/// and by then the process may have no descriptor left.
#[pyfunction]
pub fn load(py: Python<'_>) -> PyResult<()> {
    ERROR.function(py)?;
    RESULT.function(py)?;
    CONTEXT.function(py)?;
    signals::are_seen_here(py)?;
    Ok(())
}

/// Returns the result of a document of the record with that name.
pub fn result<'py>(
    py: Python<'py>,
    name: &str,
    document: &Document,
) -> PyResult<Bound<'py, PyAny>> {
    let bytes = PyDict::new(py);
    for (field, value) in &document.bytes {
        bytes.set_item(field, PyBytes::new(py, value.reveal()))?;
    }
    RESULT.function(py)?.call1((name, &document.json, bytes))
}

/// Returns the exception for an error, which has what a provider raised as its cause.
pub fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let source = std::error::Error::source(error);
    let raised = source.and_then(|source| source.downcast_ref::<ProviderException>());
    let raised = raised.map(|raised| raised.exception(py));
    ERROR.function(py)?.call1((error.document().json, raised))
}

/// Returns the context in which the caller runs, which the events of its calls are told in.
pub fn context(py: Python<'_>) -> PyResult<CallContext> {
    Ok(CallContext::new(CONTEXT.function(py)?.call0()?.unbind()))
}

/// Tells an observer of an event and its call's context.
pub fn tell(py: Python<'_>, observer: &Py<PyAny>, event: &Event, context: Option<&CallContext>) {
    let told = match context.and_then(CallContext::get::<Py<PyAny>>) {
        Some(context) => observer.call1(py, (event_document(event), context)),
        None => CONTEXT
            .function(py)
            .and_then(|empty| observer.call1(py, (event_document(event), empty.call0()?))),
    };
    if let Err(error) = told {
        error.write_unraisable(py, Some(observer.bind(py)));
    }
}
