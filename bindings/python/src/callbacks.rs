//! Calls of Python code from threads that it did not start.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use cardwire::bindings::PerProcess;
use pyo3::prelude::*;

/// How many threads of this process are in the interpreter, or on their way to it. A forked child has
/// none of its parent's.
static INSIDE: PerProcess<AtomicUsize> = PerProcess::new();
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Runs `work` in the interpreter, unless that is shutting down.
pub fn in_interpreter(work: impl FnOnce(Python<'_>)) {
    let inside = INSIDE.get_or_make(AtomicUsize::default);
    inside.fetch_add(1, Ordering::SeqCst);
    if !STOPPED.load(Ordering::SeqCst) {
        Python::try_attach(work);
    }
    inside.fetch_sub(1, Ordering::SeqCst);
}

/// How long the end of the interpreter waits for callbacks under way.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// Lets no thread of the library enter the interpreter any more; returns when none is in it. For the
/// end of the interpreter, which threads must not meet on their way in.
#[pyfunction]
pub fn stop_callbacks(py: Python<'_>) {
    STOPPED.store(true, Ordering::SeqCst);
    let inside = INSIDE.get_or_make(AtomicUsize::default);
    py.detach(|| {
        let deadline = Instant::now() + STOP_LIMIT;
        while inside.load(Ordering::SeqCst) > 0 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}

fn call(py: Python<'_>, callback: &Py<PyAny>) {
    if let Err(error) = callback.call0(py) {
        error.write_unraisable(py, Some(callback.bind(py)));
    }
}

/// One thread that calls Python's callbacks, so that the library's own threads never wait for the
/// interpreter. It starts with the first callback, in a forked child anew, and ends with the client.
#[derive(Default)]
pub struct CallbackThread(PerProcess<Option<Sender<Arc<Py<PyAny>>>>>);

impl CallbackThread {
    /// Returns what hands callbacks to the thread.
    pub fn sender(&self) -> CallbackSender {
        CallbackSender(self.0.get_or_make(start).clone())
    }
}

fn start() -> Option<Sender<Arc<Py<PyAny>>>> {
    let (sender, receiver) = channel();
    cardwire::bindings::start_thread("cardwire-python", move || serve(&receiver))
        .ok()
        .map(|_| sender)
}

fn serve(receiver: &Receiver<Arc<Py<PyAny>>>) {
    while let Ok(first) = receiver.recv() {
        in_interpreter(|py| {
            call(py, &first);
            while let Ok(next) = receiver.try_recv() {
                call(py, &next);
            }
        });
    }
}

/// Hands callbacks to their thread.
pub struct CallbackSender(Option<Sender<Arc<Py<PyAny>>>>);

impl CallbackSender {
    /// Has the callback called.
    pub fn send(&self, callback: Arc<Py<PyAny>>) {
        match &self.0 {
            // The receiver lives as long as a sender does.
            Some(sender) => drop(sender.send(callback)),
            // This system gave no thread: the library's own has to do.
            None => in_interpreter(|py| call(py, &callback)),
        }
    }
}
