//! A connection that a vendor closes must not end the process.
//!
//! Vectored writes to a socket cannot ask the kernel to leave SIGPIPE out. Its default action ends the
//! process; Python, Node and the JVM ignore it from their start on, C programs do not.

/// Ignores SIGPIPE where its action is the default one. A program's own handler is left alone.
#[cfg(unix)]
pub(crate) fn ignore_by_default() {
    static DONE: std::sync::Once = std::sync::Once::new();
    DONE.call_once(|| {
        let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: a null new action asks only; the old one is written to memory of its size.
        let asked =
            unsafe { libc::sigaction(libc::SIGPIPE, std::ptr::null(), action.as_mut_ptr()) };
        // SAFETY: all zero is a valid action, and the call may have written another.
        let action = unsafe { action.assume_init() };
        if asked == 0 && action.sa_sigaction == libc::SIG_DFL {
            // SAFETY: ignoring runs no code in a signal's context.
            unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
        }
    });
}

/// There are no signals here.
#[cfg(not(unix))]
pub(crate) fn ignore_by_default() {}
