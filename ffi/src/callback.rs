//! Calls into the caller's program.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The pointer that the caller gets back in its callbacks. The header asks that it may be used on
/// any thread.
#[derive(Clone, Copy)]
pub(crate) struct UserData(*mut c_void);

// SAFETY: the library only hands the pointer back; the caller vouches that its callbacks may use it
// on any thread.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    pub(crate) fn new(pointer: *mut c_void) -> Self {
        UserData(pointer)
    }

    pub(crate) fn pointer(self) -> *mut c_void {
        self.0
    }
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Returns whether this thread is in a callback that the library called on its own.
pub(crate) fn inside() -> bool {
    DEPTH.get() > 0
}

/// Marks this thread as being in a callback until it is dropped.
pub(crate) struct CallbackScope(());

impl CallbackScope {
    pub(crate) fn enter() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        CallbackScope(())
    }
}

impl Drop for CallbackScope {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// Lets callbacks through until it is shut: after that none runs.
///
/// A token is fetched for all calls that want it, so its event can come after the last call ended.
#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    quiet: Condvar,
}

#[derive(Default)]
struct State {
    shut: bool,
    running: usize,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `callback`, with no lock held, unless the gate is shut.
    pub(crate) fn pass(&self, callback: impl FnOnce()) {
        {
            let mut state = self.state();
            if state.shut {
                return;
            }
            state.running += 1;
        }
        let passage = GateGuard(self);
        let inside = CallbackScope::enter();
        callback();
        drop(inside);
        drop(passage);
    }

    /// Shuts the gate and waits until the callbacks that are running have returned, unless this is
    /// one of them.
    pub(crate) fn shut(&self) {
        let mut state = self.state();
        state.shut = true;
        while state.running > 0 && !inside() {
            state = self.quiet.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

struct GateGuard<'a>(&'a Gate);

impl Drop for GateGuard<'_> {
    fn drop(&mut self) {
        self.0.state().running -= 1;
        self.0.quiet.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_shut_gate_lets_nothing_through_and_waits_for_what_runs() {
        let gate = Gate::default();
        let (entered, wait) = channel();
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                gate.pass(|| {
                    entered.send(()).unwrap();
                    thread::sleep(Duration::from_millis(50));
                    ended.store(true, Ordering::Release);
                });
            });
            wait.recv().unwrap();
            gate.shut();
            assert!(ended.load(Ordering::Acquire));
        });
        let ran = AtomicUsize::new(0);
        gate.pass(|| {
            ran.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(ran.into_inner(), 0);
    }

    #[test]
    fn a_gate_is_shut_from_within_without_waiting() {
        let gate = Gate::default();
        gate.pass(|| gate.shut());
        assert!(!inside());
        gate.pass(|| panic!("it is shut"));
    }
}
