//! The runtime that all clients of a process share: made at the first call, replaced after a fork.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use arc_swap::ArcSwapOption;
use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Kind};

/// Input and output of any number of calls fit on these threads; a caller's callback may hold one.
const THREADS: usize = 2;

struct Engine {
    process: u32,
    runtime: Runtime,
}

/// Lock-free, so that a child never inherits it locked.
static ENGINE: ArcSwapOption<Engine> = ArcSwapOption::const_empty();

thread_local! {
    static OURS: Cell<bool> = const { Cell::new(false) };
}

/// A handle to the runtime of this process.
pub(crate) fn runtime() -> Result<tokio::runtime::Handle, Error> {
    let process = std::process::id();
    loop {
        let current = ENGINE.load_full();
        if let Some(engine) = &current
            && engine.process == process
        {
            return Ok(engine.runtime.handle().clone());
        }
        let fresh = Arc::new(Engine { process, runtime: build()? });
        let previous = ENGINE.compare_and_swap(&current, Some(fresh));
        if let Some(stale) = arc_swap::Guard::into_inner(previous)
            && stale.process != process
        {
            // Dropping it would join threads that the fork did not copy.
            std::mem::forget(stale);
        }
    }
}

fn build() -> Result<Runtime, Error> {
    static NUMBER: AtomicUsize = AtomicUsize::new(1);
    Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name_fn(|| format!("cardwire-{}", NUMBER.fetch_add(1, Ordering::Relaxed)))
        .on_thread_start(|| OURS.set(true))
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| {
            Error::new(Kind::Internal, format!("the threads cannot be started: {}", error.kind()))
        })
}

/// Whether this is one of the library's own threads, as it is in a callback.
pub(crate) fn on_library_thread() -> bool {
    OURS.get()
}

/// Runs a future on the runtime and waits for it on this thread. Works in a callback, and within a
/// runtime of the caller's own.
pub(crate) fn wait_for<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, Error> {
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime()?.spawn(async move {
        let _ = sender.send(future.await);
    });
    let wait = || receiver.recv();
    let received = if on_library_thread() { tokio::task::block_in_place(wait) } else { wait() };
    received.map_err(|_| Error::new(Kind::Internal, "the call ended without an answer"))
}
