//! Ctrl-C, and the signal that asks a process to end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use cardwire::Cancellation;

use crate::failure::Failure;

/// How often the process was asked to end.
static TIMES: AtomicUsize = AtomicUsize::new(0);

/// What ends once it was asked so often.
static CALLS: Mutex<Option<(usize, Cancellation)>> = Mutex::new(None);

/// Lets calls end once the process was asked so many times to end, instead of the process.
///
/// # Errors
/// The system takes no handler.
pub(crate) fn ends(cancellation: &Cancellation, times: usize) -> Result<(), Failure> {
    TIMES.store(0, Ordering::SeqCst);
    let mut held = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    let is_first = held.replace((times, cancellation.clone())).is_none();
    drop(held);
    if !is_first {
        return Ok(());
    }
    handle(|| {
        let asked = TIMES.fetch_add(1, Ordering::SeqCst) + 1;
        let held = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((times, cancellation)) = held.as_ref()
            && asked >= *times
        {
            cancellation.cancel();
        }
    })
    .map_err(|error| Failure::Argument(format!("Ctrl-C cannot be waited for: {error}")))
}

/// Has `handler` called at each request to end. A hangup stays ignored where it was, as `nohup` wants.
fn handle(handler: fn()) -> Result<(), ctrlc::Error> {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal};
        // It is refused where one of the signals is not as it is by default: ignored, that is.
        if ctrlc::try_set_handler(handler).is_ok() {
            return Ok(());
        }
        if is_hangup_ignored() {
            // Setting the handler overwrites that. Threads that begin later inherit what is blocked.
            let mut hangup = SigSet::empty();
            hangup.add(Signal::SIGHUP);
            hangup.thread_block().map_err(|error| ctrlc::Error::System(error.into()))?;
        }
    }
    ctrlc::set_handler(handler)
}

/// Returns whether hangups are ignored, once it is known that one of the signals is. It may be Ctrl-C, which
/// scripts ignore for what they run in the background. Where the system does not tell, it is the hangup.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Hangup is signal 1, the lowest bit.
    ignored.is_none_or(|mask| mask & 1 == 1)
}

/// Returns whether the process was asked to end.
pub(crate) fn was_asked() -> bool {
    TIMES.load(Ordering::SeqCst) > 0
}
