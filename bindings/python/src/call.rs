//! One call: made ready, and then run to its end or started, and its end told or brought about.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use cardwire::bindings::{AnyCall, ClientExt as _, internal, panicked};
use cardwire::schema::{Describe, Document};
use cardwire::{
    CallFacts, CallOptions, Cancellation, CardLookup, Error, Order, Recognition, Verification,
};
use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::prelude::*;

use crate::callbacks::CallbackSender;
use crate::client::Client;
use crate::signals::{self, SIGNAL_INTERVAL};
use crate::{caught, documents, raised};

/// The result of a call, as it goes to Python.
pub struct Answer {
    record: &'static str,
    document: Document,
    facts: CallFacts,
}

macro_rules! answers {
    ($($type:ty),*) => {
        $(impl From<$type> for Answer {
            fn from(answer: $type) -> Self {
                let document = answer.document();
                Answer { record: <$type>::RECORD.name, document, facts: answer.facts }
            }
        })*
    };
}

answers!(Recognition, Verification, CardLookup, Order);

impl Answer {
    /// Returns it as Python has it. Where Python cannot have it, the error says what is known about the
    /// call.
    fn read<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let made = || documents::result(py, self.record, &self.document);
        let cause = match catch_unwind(AssertUnwindSafe(made)) {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if !error.is_instance_of::<PyException>(py) => return Err(error),
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        let message = "there is a result, and Python could not take it";
        let error = raised(py, &internal(message, self.facts.clone()));
        error.set_cause(py, cause);
        Err(error)
    }
}

enum State {
    Running,
    Ended(Box<Result<Answer, Error>>),
    /// The library dropped the call without an answer: it panicked.
    Lost,
}

struct Slot {
    state: Mutex<State>,
    ended: Condvar,
    /// The function that is called when the call ended.
    notify: Mutex<Option<(CallbackSender, Py<PyAny>)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slot {
    fn end(&self, state: State) {
        let notify = lock(&self.notify).take();
        *lock(&self.state) = state;
        match notify {
            Some((sender, callback)) => sender.send(Arc::new(callback)),
            // Only who is not told waits, and waking nobody is a system call too.
            None => self.ended.notify_all(),
        }
    }

    /// Returns whether it ended within this time.
    fn ended_within(&self, limit: Option<Duration>) -> bool {
        let running = |state: &mut State| matches!(state, State::Running);
        let state = lock(&self.state);
        let state = match limit {
            Some(limit) => {
                self.ended
                    .wait_timeout_while(state, limit, running)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
            None => self.ended.wait_while(state, running).unwrap_or_else(PoisonError::into_inner),
        };
        !matches!(*state, State::Running)
    }
}

/// Ends a call, even when it is dropped unused.
struct Completer(Option<Arc<Slot>>);

impl Completer {
    fn end(mut self, result: Result<Answer, Error>) {
        if let Some(slot) = self.0.take() {
            slot.end(State::Ended(Box::new(result)));
        }
    }
}

impl Drop for Completer {
    fn drop(&mut self) {
        if let Some(slot) = self.0.take() {
            slot.end(State::Lost);
        }
    }
}

/// A call on threads of the library's.
struct RunningCall {
    slot: Arc<Slot>,
    cancellation: Cancellation,
}

/// How long a call that was interrupted may take to end.
const INTERRUPTED_LIMIT: Duration = Duration::from_secs(1);

/// A result and no error, or an error and no result.
pub type Outcome<'py> = (Option<Bound<'py, PyAny>>, Option<Bound<'py, PyAny>>);

/// Returns the end of a call as Python has it.
pub fn told<'py>(py: Python<'py>, result: &Result<Answer, Error>) -> PyResult<Outcome<'py>> {
    match result {
        Ok(answer) => match answer.read(py) {
            Ok(answer) => Ok((Some(answer), None)),
            Err(error) if error.is_instance_of::<PyException>(py) => {
                Ok((None, Some(error.into_value(py).into_bound(py).into_any())))
            }
            Err(error) => Err(error),
        },
        Err(error) => Ok((None, Some(documents::exception(py, error)?))),
    }
}

/// A call that was checked, and is run or started once. Dropping it cancels it.
#[pyclass(frozen, module = "cardwire._native")]
pub struct Call {
    client: Py<Client>,
    ready: Mutex<Option<(AnyCall, CallOptions)>>,
    started: OnceLock<RunningCall>,
}

impl Call {
    pub fn new(client: &Bound<'_, Client>, call: AnyCall, options: CallOptions) -> PyResult<Call> {
        let options = client.get().in_context(client.py(), options)?;
        Ok(Call {
            client: client.clone().unbind(),
            ready: Mutex::new(Some((call, options))),
            started: OnceLock::new(),
        })
    }

    fn take(&self) -> PyResult<(AnyCall, CallOptions)> {
        let ready = lock(&self.ready).take();
        ready.ok_or_else(|| PyRuntimeError::new_err("the call was started already"))
    }

    fn begin(&self, notify: Option<(CallbackSender, Py<PyAny>)>) -> PyResult<&RunningCall> {
        let (call, options) = self.take()?;
        let slot = Arc::new(Slot {
            state: Mutex::new(State::Running),
            ended: Condvar::new(),
            notify: Mutex::new(notify),
        });
        let completer = Completer(Some(Arc::clone(&slot)));
        let cancellation = Cancellation::new();
        let options = options.cancellation(&cancellation);
        let started = self.started.get_or_init(|| RunningCall { slot, cancellation });
        call.start(&self.client.get().client, &options, |result| completer.end(result));
        Ok(started)
    }

    fn started(&self) -> PyResult<&RunningCall> {
        self.started.get().ok_or_else(|| PyRuntimeError::new_err("the call was not started"))
    }

    /// Runs it on this thread.
    fn run_here<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (call, options) = self.take()?;
        let client = &self.client.get().client;
        let options = match signals::are_seen_here(py)? {
            true => options.cancellation(&signals::looking()),
            false => options,
        };
        let ended = caught(|| py.detach(|| call.run::<Answer>(client, &options)));
        match signals::seen() {
            None => given(py, || told(py, &ended)),
            Some(interruption) => Err(told_of(py, interruption, told(py, &ended))),
        }
    }

    /// Waits for it on this thread, which can run no call, and looks for signals.
    fn run_there<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let started = self.begin(None)?;
        let slot = &started.slot;
        let slice = signals::are_seen_here(py)?.then_some(SIGNAL_INTERVAL);
        while !py.detach(|| slot.ended_within(slice)) {
            let Err(interruption) = py.check_signals() else { continue };
            started.cancellation.cancel();
            py.detach(|| slot.ended_within(Some(INTERRUPTED_LIMIT)));
            return Err(told_of(py, interruption, self.outcome(py)));
        }
        self.result(py)
    }
}

/// Returns the interruption, which knows what became of its call where that has ended.
fn told_of<'py>(py: Python<'py>, interruption: PyErr, end: PyResult<Outcome<'py>>) -> PyErr {
    if let Ok((answer, error)) = end
        && let Some(end) = answer.or(error)
    {
        // An exception takes any attribute, unless its class forbids it.
        let _ = interruption.value(py).setattr("call", end);
    }
    interruption
}

/// Returns the result of a call, or raises its error. What interrupts Python as it reads them knows them, too: the
/// call may be billed.
fn given<'py>(
    py: Python<'py>,
    end: impl Fn() -> PyResult<Outcome<'py>>,
) -> PyResult<Bound<'py, PyAny>> {
    match end() {
        Ok((Some(answer), _)) => Ok(answer),
        Ok((None, Some(error))) => Err(PyErr::from_value(error)),
        Ok((None, None)) => Err(raised(py, &panicked())),
        Err(interruption) => Err(told_of(py, interruption, end())),
    }
}

#[pymethods]
impl Call {
    /// Runs it to its end, without the interpreter lock, and gives the result or raises the error.
    /// The exception of a signal's handler ends the call, and gets the attribute `call`.
    fn run<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.client.get().runs_here() {
            true => self.run_here(py),
            false => self.run_there(py),
        }
    }

    /// Starts it; `notify` is called from another thread when it ended.
    fn start(&self, notify: Py<PyAny>) -> PyResult<()> {
        let sender = self.client.get().callbacks.sender();
        self.begin(Some((sender, notify)))?;
        Ok(())
    }

    /// Returns the result and no error, or the error and no result, of a started call that ended.
    /// In a forked child every call has ended, with `closed`.
    fn outcome<'py>(&self, py: Python<'py>) -> PyResult<Outcome<'py>> {
        let started = self.started()?;
        if let Err(error) = self.client.get().client.made_here() {
            return Ok((None, Some(documents::exception(py, &error)?)));
        }
        Ok(match &*lock(&started.slot.state) {
            State::Running => return Err(PyRuntimeError::new_err("the call has not ended")),
            State::Ended(result) => return told(py, result),
            State::Lost => (None, Some(documents::exception(py, &panicked())?)),
        })
    }

    /// Returns the result of a started call that ended; raises its error.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        given(py, || self.outcome(py))
    }

    /// Ends the call with `cancelled`, unless it ended already.
    fn cancel(&self) {
        if let Some(started) = self.started.get() {
            started.cancellation.cancel();
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.cancel();
    }
}
