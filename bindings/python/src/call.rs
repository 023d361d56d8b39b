//! A call under way: its end is waited for, announced, or brought about.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cardwire::{Cancellation, CardLookup, Error, Order, Recognition, Verification};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::announcer::Notice;
use crate::{Outcome, fields};

/// What a call can end with.
pub enum Answer {
    Recognition(Recognition),
    Verification(Verification),
    Lookup(CardLookup),
    Order(Order),
}

impl Answer {
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        match self {
            Answer::Recognition(answer) => fields::recognition(py, answer),
            Answer::Verification(answer) => fields::verification(py, answer),
            Answer::Lookup(answer) => fields::lookup(py, answer),
            Answer::Order(answer) => fields::order(py, answer),
        }
    }

    fn to_json(&self) -> String {
        match self {
            Answer::Recognition(answer) => answer.to_json(),
            Answer::Verification(answer) => answer.to_json(),
            Answer::Lookup(answer) => answer.to_json(),
            Answer::Order(answer) => answer.to_json(),
        }
    }
}

macro_rules! answers {
    ($($type:ident = $variant:ident;)*) => {
        $(impl From<$type> for Answer {
            fn from(answer: $type) -> Self {
                Answer::$variant(answer)
            }
        })*
    };
}

answers! {
    Recognition = Recognition;
    Verification = Verification;
    CardLookup = Lookup;
    Order = Order;
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
    notice: Option<Notice>,
}

impl Slot {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, state: State) {
        *self.state() = state;
        self.ended.notify_all();
        if let Some(notice) = &self.notice {
            notice.give();
        }
    }
}

/// Ends a call, even when it is dropped unused.
pub struct Completer(Option<Arc<Slot>>);

impl Completer {
    pub fn end(mut self, result: Result<impl Into<Answer>, Error>) {
        if let Some(slot) = self.0.take() {
            slot.end(State::Ended(Box::new(result.map(Into::into))));
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

/// A call under way. Dropping it cancels it.
#[pyclass(frozen, module = "cardwire._native")]
pub struct Call {
    slot: Arc<Slot>,
    cancellation: Cancellation,
}

impl Call {
    pub fn new(notice: Option<Notice>) -> (Call, Completer, Cancellation) {
        let state = Mutex::new(State::Running);
        let slot = Arc::new(Slot { state, ended: Condvar::new(), notice });
        let cancellation = Cancellation::new();
        let completer = Completer(Some(Arc::clone(&slot)));
        (Call { slot, cancellation: cancellation.clone() }, completer, cancellation)
    }

    /// Whether it ended within this time.
    fn ended_within(&self, limit: Option<Duration>) -> bool {
        let running = |state: &mut State| matches!(state, State::Running);
        let state = self.slot.state();
        let state = match limit {
            Some(limit) => {
                self.slot
                    .ended
                    .wait_timeout_while(state, limit, running)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
            None => {
                self.slot.ended.wait_while(state, running).unwrap_or_else(PoisonError::into_inner)
            }
        };
        !matches!(*state, State::Running)
    }
}

#[pymethods]
impl Call {
    /// Waits until the call ended, for so many seconds at most, and without the interpreter lock.
    /// Returns its result and its error, one of them None; or None where it has not ended.
    #[pyo3(signature = (seconds=None))]
    fn wait<'py>(
        &self,
        py: Python<'py>,
        seconds: Option<f64>,
    ) -> PyResult<Option<Outcome<'py, Bound<'py, PyDict>>>> {
        let limit = seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default());
        if !py.detach(|| self.ended_within(limit)) {
            return Ok(None);
        }
        Ok(Some(match &*self.slot.state() {
            State::Running => return Ok(None),
            State::Ended(result) => match result.as_ref() {
                Ok(answer) => (Some(answer.fields(py)?), None),
                Err(error) => (None, Some(fields::error(py, error)?)),
            },
            State::Lost => (None, Some(fields::internal(py)?)),
        }))
    }

    /// Ends the call with `cancelled`, unless it ended already.
    fn cancel(&self) {
        self.cancellation.cancel();
    }

    /// The result or the error of an ended call as the library's own JSON document.
    fn json(&self) -> Option<String> {
        match &*self.slot.state() {
            State::Ended(result) => Some(match result.as_ref() {
                Ok(answer) => answer.to_json(),
                Err(error) => error.to_json(),
            }),
            State::Running | State::Lost => None,
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.cancellation.cancel();
    }
}
