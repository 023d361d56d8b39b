//! The native half of the Python package: hands arguments to the library and results back, as plain
//! values that the Python half turns into its own classes.
#![deny(unsafe_code)]

mod batch;
mod call;
mod callbacks;
mod client;
mod documents;
mod orders;
mod providers;
mod signals;
mod text;

use std::alloc::System;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use cardwire::bindings::panicked;
use cardwire::{CallOptions, CredentialAsk, Error, Image};
use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyDict;
use zeroizing_alloc::ZeroAlloc;

/// The allocator that wipes what the native half frees, in the buffers of its HTTP and TLS crates
/// too.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Returns the bytes of a Python object, without a copy of them.
fn shared(bytes: PyBackedBytes) -> Bytes {
    Bytes::from_owner(bytes)
}

/// Returns an error as Python raises it.
fn raised(py: Python<'_>, error: &Error) -> PyErr {
    documents::exception(py, error).map_or_else(|failure| failure, PyErr::from_value)
}

/// Runs `work`; a panic in it becomes an error of the kind `internal`.
fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        // What was thrown may panic again when it is dropped.
        let _ = catch_unwind(AssertUnwindSafe(move || drop(payload)));
        Err(panicked())
    })
}

/// Runs `work` as `caught` does; its error is raised.
fn outcome<T>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    caught(work).map_err(|error| raised(py, &error))
}

/// Returns `(well_formed, luhn)` of a card number.
#[pyfunction]
fn check_card_number(text: &str) -> (bool, bool) {
    let check = cardwire::check_card_number(text);
    (check.well_formed, check.luhn)
}

/// Returns `(well_formed, checksum, birth_date)` of a resident identity number.
#[pyfunction]
fn check_id_number(text: &str) -> (bool, bool, bool) {
    let check = cardwire::check_id_number(text);
    (check.well_formed, check.checksum, check.birth_date)
}

/// Returns the JSON of what the header of an image says, or a look at it, and each vendor with the
/// exception for its refusal.
#[pyfunction]
fn check_image(
    py: Python<'_>,
    photo: client::Photo,
    look: bool,
) -> PyResult<(String, Bound<'_, PyDict>)> {
    let ended = match look {
        true => signals::watched(py, || cardwire::look_at_image(photo))?,
        false => caught(|| py.detach(|| cardwire::check_image(photo))),
    };
    let check = ended.map_err(|error| raised(py, &error))?;
    let refusals = PyDict::new(py);
    for (vendor, refusal) in &check.vendors {
        let refusal = refusal.as_ref().map(|error| documents::exception(py, error)).transpose()?;
        refusals.set_item(vendor.name(), refusal)?;
    }
    Ok((check.to_json(), refusals))
}

/// Returns the lists that are the same in every language, as JSON.
#[pyfunction]
fn contract() -> String {
    cardwire::bindings::contract()
}

/// Returns a card number with all but the first six and the last four digits masked, or nothing
/// where the text is no card number.
#[pyfunction]
fn mask_card_number(text: &str) -> Option<String> {
    cardwire::bindings::mask_card_number(text)
}

/// Runs the command `cardwire` with these arguments, of which the first is its name, and returns its exit
/// code.
#[pyfunction]
fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| cardwire_cli::run(arguments))
}

/// Returns the number of the interpreter that runs this; the main one has 0. CPython before 3.12
/// would load the module, whose classes all interpreters share, into any, and hang at the end.
#[allow(unsafe_code)]
fn interpreter_number(_: Python<'_>) -> i64 {
    // SAFETY: the thread is attached to an interpreter, which `PyInterpreterState_Get` requires and
    // which gives a pointer that `PyInterpreterState_GetID` takes.
    unsafe { pyo3::ffi::PyInterpreterState_GetID(pyo3::ffi::PyInterpreterState_Get()) }
}

#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    if interpreter_number(module.py()) != 0 {
        return Err(PyImportError::new_err("cardwire does not support subinterpreters"));
    }
    module.add_class::<client::Client>()?;
    module.add_class::<call::Call>()?;
    module.add_class::<batch::Batch>()?;
    module.add_class::<orders::Orders>()?;
    module.add("DEFAULT_CONCURRENCY", cardwire::bindings::DEFAULT_CONCURRENCY)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("ASK_LIMIT", CredentialAsk::LIMIT.as_secs_f64())?;
    module.add("IMAGE_LIMIT", Image::LIMIT)?;
    module.add("LONGEST_TIMEOUT", CallOptions::LONGEST_TIMEOUT.as_secs_f64())?;
    module.add_function(wrap_pyfunction!(check_card_number, module)?)?;
    module.add_function(wrap_pyfunction!(check_id_number, module)?)?;
    module.add_function(wrap_pyfunction!(check_image, module)?)?;
    module.add_function(wrap_pyfunction!(mask_card_number, module)?)?;
    module.add_function(wrap_pyfunction!(text::text, module)?)?;
    module.add_function(wrap_pyfunction!(callbacks::stop_callbacks, module)?)?;
    module.add_function(wrap_pyfunction!(contract, module)?)?;
    module.add_function(wrap_pyfunction!(documents::load, module)?)?;
    module.add_function(wrap_pyfunction!(run_command, module)?)?;
    Ok(())
}
