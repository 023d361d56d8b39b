//! The library's own threads: the signals of the process it runs in are none of theirs.

use std::io;
use std::thread::{Builder, JoinHandle};

/// The stack of each thread of the library, in bytes. Said for each: what is not said is read from
/// the environment.
pub(crate) const STACK: usize = 2 * 1024 * 1024;

/// Starts a thread of the library's under a name of its own, which is sent no signals.
///
/// # Errors
/// The error of a system that has no thread left.
pub fn start_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let thread = Builder::new().name(name.to_owned()).stack_size(STACK);
    without_signals(|| thread.spawn(work))
}

/// Runs `start`, which starts threads: they inherit that no signal is delivered to them, except
/// those that a thread brings upon itself. On a host's threads everything is as before afterwards.
#[cfg(unix)]
pub(crate) fn without_signals<T>(start: impl FnOnce() -> T) -> T {
    use nix::sys::signal::{SigSet, SigmaskHow};
    let before = blocked().thread_swap_mask(SigmaskHow::SIG_BLOCK);
    let started = start();
    if let Ok(before) = before {
        let _: nix::Result<SigSet> = before.thread_swap_mask(SigmaskHow::SIG_SETMASK);
    }
    started
}

/// Blocks signals on this thread, which is the library's own, for good.
#[cfg(unix)]
pub(crate) fn block_signals() {
    let _ = blocked().thread_block();
}

/// Returns all signals but those of a thread's own faults: a host such as Java handles some of those, and
/// its code runs on these threads in callbacks.
#[cfg(unix)]
fn blocked() -> nix::sys::signal::SigSet {
    use nix::sys::signal::{SigSet, Signal};
    let mut signals = SigSet::all();
    for fault in [
        Signal::SIGSEGV,
        Signal::SIGBUS,
        Signal::SIGFPE,
        Signal::SIGILL,
        Signal::SIGTRAP,
        Signal::SIGSYS,
        Signal::SIGABRT,
    ] {
        signals.remove(fault);
    }
    signals
}

#[cfg(not(unix))]
pub(crate) fn without_signals<T>(start: impl FnOnce() -> T) -> T {
    start()
}

#[cfg(not(unix))]
pub(crate) fn block_signals() {}
