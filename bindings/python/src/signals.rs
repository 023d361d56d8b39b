//! Signals during a call. Python's handlers run on its main thread alone, and only when that asks.

use std::cell::Cell;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use cardwire::bindings::{asking, panicked, refusal, start_thread};
use cardwire::{Cancellation, Error, Kind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::caught;

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

/// Runs `work`, which nothing can end, without the interpreter lock. The thread on which handlers run leaves it to
/// another, and then to itself when a handler raises something.
pub fn watched<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> PyResult<Result<T, Error>> {
    if !are_seen_here(py)? {
        return Ok(py.detach(|| caught(work)));
    }
    let (sender, mut receiver) = sync_channel(1);
    // After an interrupt nobody waits for the outcome.
    let started = start_thread("cardwire-look", move || drop(sender.send(caught(work))));
    if let Err(error) = started {
        return Ok(Err(refusal(Kind::Internal, format!("no thread can be started: {error}"))));
    }
    loop {
        let waited = py.detach(move || (receiver.recv_timeout(SIGNAL_INTERVAL), receiver));
        receiver = waited.1;
        match waited.0 {
            Ok(ended) => return Ok(ended),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => return Ok(Err(panicked())),
        }
    }
}
