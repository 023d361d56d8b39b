//! The ends of a batch's calls, in their order. The library's threads note them and a thread of the
//! host's waits for them here, not in a queue of the host's: gevent and eventlet replace those by ones
//! that other threads cannot wake.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cardwire::bindings::ForkGuard;
use pyo3::prelude::*;

use crate::signals::SIGNAL_INTERVAL;

/// The numbers of the calls that ended and were not taken yet.
#[derive(Default)]
pub struct Ended {
    numbers: Mutex<VecDeque<usize>>,
    added: Condvar,
}

impl Ended {
    fn numbers(&self) -> MutexGuard<'_, VecDeque<usize>> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the call of this number ended.
    pub fn add(&self, number: usize) {
        self.numbers().push_back(number);
        self.added.notify_one();
    }

    fn first_within(&self, limit: Duration) -> Option<usize> {
        let none = |numbers: &mut VecDeque<usize>| numbers.is_empty();
        let waited = self.added.wait_timeout_while(self.numbers(), limit, none);
        waited.unwrap_or_else(PoisonError::into_inner).0.pop_front()
    }
}

/// Where the calls of a batch note their ends.
#[pyclass(frozen, module = "cardwire._native")]
pub struct Ends(ForkGuard<Ended>);

impl Ends {
    /// Returns what notes an end; nothing in a forked child, where its lock may never be free.
    pub fn ended(&self) -> Option<Arc<Ended>> {
        self.0.is_ours().then(|| Arc::clone(self.0.shared()))
    }
}

#[pymethods]
impl Ends {
    #[new]
    fn new() -> Ends {
        Ends(ForkGuard::new(Ended::default()))
    }

    /// Waits without the interpreter lock for the next end, and gives its number. `None` in a forked
    /// child: nobody ends there what the parent began.
    fn take(&self, py: Python<'_>) -> PyResult<Option<usize>> {
        if !self.0.is_ours() {
            return Ok(None);
        }
        loop {
            if let Some(number) = py.detach(|| self.0.first_within(SIGNAL_INTERVAL)) {
                return Ok(Some(number));
            }
            py.check_signals()?;
        }
    }
}
