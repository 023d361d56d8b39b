//! Ended calls on their way to an asyncio loop. The library's threads put them down and wake the loop
//! by a byte in a pipe that it watches: they never wait for the interpreter, and calls that end
//! together wake it once.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cardwire::bindings::ForkGuard;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

/// The landings of this process's loops, by the loop's address. Locked only by threads that are
/// attached and stay so, so that no fork inherits it locked.
static LANDINGS: Mutex<Vec<(usize, Weak<Landing>)>> = Mutex::new(Vec::new());

/// What one loop has to call.
pub struct Landing {
    landed: Mutex<Vec<Arc<Py<PyAny>>>>,
    pipe: ForkGuard<(PipeReader, PipeWriter)>,
    /// The loop watches no longer, and another may have its address.
    left: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Landing {
    /// The landing of a running loop, on whose thread this is called; an error where it cannot watch
    /// a pipe. The loop owns it.
    pub fn of(asyncio_loop: &Bound<'_, PyAny>) -> PyResult<Weak<Landing>> {
        let address = asyncio_loop.as_ptr() as usize;
        if let Some(landing) = Landing::known(address) {
            return Ok(landing);
        }
        let pipe = ForkGuard::new(std::io::pipe()?);
        let landing =
            Arc::new(Landing { landed: Mutex::default(), pipe, left: AtomicBool::new(false) });
        let known = Arc::downgrade(&landing);
        let (py, descriptor) = (asyncio_loop.py(), landing.pipe.0.as_raw_fd());
        // The loop keeps the context in which it is told to watch: that of a call might hold much.
        let context = py.import("contextvars")?.getattr("Context")?.call0()?;
        let watch = asyncio_loop.getattr("add_reader")?;
        context.call_method1("run", (watch, descriptor, Watch(landing)))?;
        let mut landings = lock(&LANDINGS);
        landings.retain(|(of, landing)| *of != address && landing.strong_count() > 0);
        landings.push((address, Weak::clone(&known)));
        Ok(known)
    }

    fn known(address: usize) -> Option<Weak<Landing>> {
        let found = lock(&LANDINGS).iter().find(|(of, _)| *of == address)?.1.clone();
        // A loop that a child inherited watches its parent's pipe.
        let watched =
            |landing: Arc<Landing>| landing.pipe.is_ours() && !landing.left.load(Ordering::Acquire);
        found.upgrade().is_some_and(watched).then_some(found)
    }

    /// Has the loop call this.
    pub fn land(&self, callback: Arc<Py<PyAny>>) {
        let first = {
            let mut landed = lock(&self.landed);
            landed.push(callback);
            landed.len() == 1
        };
        if first {
            self.wake();
        }
    }

    fn wake(&self) {
        // The pipe is empty or nearly so: there is a byte for each time that something landed first.
        let _ = (&self.pipe.1).write(&[0]);
    }
}

/// What the loop calls when there is something in the pipe.
#[pyclass(frozen, module = "cardwire._native")]
struct Watch(Arc<Landing>);

#[pymethods]
impl Watch {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        if !self.0.pipe.is_ours() {
            return Ok(());
        }
        // It is called when there is something to read, so this waits for nothing.
        let _ = (&self.0.pipe.0).read(&mut [0; 64]);
        let mut landed = std::mem::take(&mut *lock(&self.0.landed)).into_iter();
        while let Some(callback) = landed.next() {
            let Err(error) = callback.call0(py) else { continue };
            if error.is_instance_of::<PyException>(py) {
                error.write_unraisable(py, Some(callback.bind(py)));
                continue;
            }
            // Such as Ctrl-C: the others are called when the loop goes on.
            if landed.len() > 0 {
                lock(&self.0.landed).extend(landed);
                self.0.wake();
            }
            return Err(error);
        }
        Ok(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.left.store(true, Ordering::Release);
    }
}
