//! Signals during a call. Python's handlers run on its main thread alone, and only when that asks.

use std::cell::Cell;
use std::time::Duration;

use cardwire::Cancellation;
use cardwire::bindings::asking;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// How long the main thread waits before it looks for a signal.
pub const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

thread_local! {
    static LOOKING: Cancellation = asking(SIGNAL_INTERVAL, look);
    /// The exception of a handler, which ends the call that runs on this thread.
    static SEEN: Cell<Option<PyErr>> = const { Cell::new(None) };
}

fn look() -> bool {
    match Python::try_attach(|py| py.check_signals()) {
        Some(Err(interruption)) => {
            SEEN.set(Some(interruption));
            true
        }
        Some(Ok(())) | None => false,
    }
}

/// Ends a call that runs on this thread when a signal's handler raises something.
pub fn looking() -> Cancellation {
    LOOKING.with(Cancellation::clone)
}

/// Returns the exception that ended the call.
pub fn seen() -> Option<PyErr> {
    SEEN.take()
}

/// Returns whether this is the thread on which handlers run.
pub fn are_seen_here(py: Python<'_>) -> PyResult<bool> {
    static CURRENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static MAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let current = CURRENT.import(py, "threading", "current_thread")?.call0()?;
    Ok(current.is(&MAIN.import(py, "threading", "main_thread")?.call0()?))
}
