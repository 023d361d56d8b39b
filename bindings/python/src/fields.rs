//! The library's values as Python has them: the Python half's readers make its classes from plain
//! values, results from values in the order of the class, all else from dictionaries with the names
//! that every language uses.

use std::time::Duration;

use cardwire::{
    Attempt, Billed, CallFacts, CardLookup, Cause, Error, Event, ImageCheck, Kind, Order,
    OrderRecord, PersonalBytes, Recognition, Sent, ValidThru, Verification, Warning,
};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::providers::Raised;
use crate::signals;

type Fields<'py> = Bound<'py, PyDict>;

/// Fills a dictionary: one `name: value` after the other.
macro_rules! put {
    ($fields:expr, { $($name:ident: $value:expr),* $(,)? }) => {
        $($fields.set_item(pyo3::intern!($fields.py(), stringify!($name)), $value)?;)*
    };
}

/// A function of the Python half, found once.
struct Reader(&'static str, &'static str, PyOnceLock<Py<PyAny>>);

impl Reader {
    const fn new(module: &'static str, name: &'static str) -> Self {
        Reader(module, name, PyOnceLock::new())
    }

    fn function<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        self.2.import(py, self.0, self.1)
    }
}

static EXCEPTION: Reader = Reader::new("cardwire._errors", "error_from_fields");
static RECOGNITION: Reader = Reader::new("cardwire._readers", "read_recognition");
static VERIFICATION: Reader = Reader::new("cardwire._readers", "read_verification");
static LOOKUP: Reader = Reader::new("cardwire._readers", "read_lookup");
static ORDER: Reader = Reader::new("cardwire._readers", "read_order");

/// Finds what results and errors are made with. Python would load modules for the first of them, and
/// by then the process may have no descriptor left.
#[pyfunction]
pub fn load(py: Python<'_>) -> PyResult<()> {
    for reader in [&EXCEPTION, &RECOGNITION, &VERIFICATION, &LOOKUP, &ORDER] {
        reader.function(py)?;
    }
    // A duration is one of the module datetime.
    Duration::ZERO.into_pyobject(py)?;
    signals::are_seen_here(py)?;
    Ok(())
}

type Read<'py> = PyResult<Bound<'py, PyAny>>;

fn attempt<'py>(py: Python<'py>, attempt: &Attempt) -> PyResult<Bound<'py, PyTuple>> {
    (
        attempt.vendor.name(),
        &attempt.account,
        attempt.failure.map(Kind::slug),
        attempt.vendor_code.as_deref(),
        &attempt.order_id,
        attempt.sent.slug(),
        attempt.billed.slug(),
        attempt.duration,
    )
        .into_pyobject(py)
}

fn facts<'py>(py: Python<'py>, facts: &CallFacts) -> PyResult<Bound<'py, PyTuple>> {
    let attempts = facts.attempts.iter().map(|one| attempt(py, one));
    let attempts = PyTuple::new(py, attempts.collect::<PyResult<Vec<_>>>()?)?;
    (
        facts.vendor.map(|vendor| vendor.name()),
        facts.account.as_deref(),
        facts.order_id.as_deref(),
        facts.request_id.as_deref(),
        facts.gateway_request_id.as_deref(),
        facts.transaction_time.as_deref(),
        facts.sent.slug(),
        facts.billed.slug(),
        attempts,
    )
        .into_pyobject(py)
}

/// Step, host, port, reason and the operating system's number.
fn cause(cause: &Cause) -> (&str, &str, u16, &str, Option<i32>) {
    (cause.step().slug(), cause.host(), cause.port(), cause.reason(), cause.os_error())
}

pub fn error<'py>(py: Python<'py>, error: &Error) -> PyResult<Fields<'py>> {
    let fields = PyDict::new(py);
    put!(fields, {
        kind: error.kind().slug(),
        message: error.message(),
        text: error.to_string(),
        argument: error.argument_name(),
        path: error.path(),
        os_error: error.os_error(),
        vendor_code: error.vendor_code(),
        vendor_message: error.vendor_message(),
        http_status: error.http_status(),
        retry_after: error.retry_after(),
        retryable: error.retryable(),
        cause: error.cause().map(cause),
        order: error.order().map(OrderRecord::to_json),
        facts: facts(py, error.facts())?,
    });
    let source = std::error::Error::source(error);
    if let Some(raised) = source.and_then(|source| source.downcast_ref::<Raised>()) {
        put!(fields, { provider_exception: raised.exception(py) });
    }
    Ok(fields)
}

/// The error that a panic becomes.
pub fn internal(py: Python<'_>) -> PyResult<Fields<'_>> {
    let mut nothing_known = CallFacts::default();
    (nothing_known.sent, nothing_known.billed) = (Sent::Unknown, Billed::Unknown);
    internal_of(py, "a bug in the library ended the call", &nothing_known)
}

/// The error of a result that could not be made into an object of Python's.
pub fn unread<'py>(py: Python<'py>, known: &CallFacts) -> PyResult<Fields<'py>> {
    internal_of(py, "there is a result, and Python could not take it", known)
}

fn internal_of<'py>(py: Python<'py>, message: &str, known: &CallFacts) -> PyResult<Fields<'py>> {
    let fields = PyDict::new(py);
    put!(fields, {
        kind: Kind::Internal.slug(),
        message: message,
        text: format!("{}: {message}", Kind::Internal),
        facts: facts(py, known)?,
    });
    Ok(fields)
}

/// The exception with the fields of an error.
pub fn exception(fields: Fields<'_>) -> Read<'_> {
    EXCEPTION.function(fields.py())?.call1((&fields,))
}

fn photo<'py>(py: Python<'py>, photo: Option<&PersonalBytes>) -> Option<Bound<'py, PyBytes>> {
    photo.map(|photo| PyBytes::new(py, photo.reveal()))
}

fn valid_thru(valid: Option<&ValidThru>) -> Option<(Option<u16>, Option<u8>, &str)> {
    valid.map(|valid| (valid.year, valid.month, valid.printed.as_str()))
}

fn warnings(warnings: &[Warning]) -> Vec<(&str, &str)> {
    warnings.iter().map(|warning| (warning.kind.slug(), warning.code.as_str())).collect()
}

pub fn recognition<'py>(py: Python<'py>, answer: &Recognition) -> Read<'py> {
    let values = (
        facts(py, &answer.facts)?,
        answer.card_number.reveal(),
        answer.issuer.as_deref(),
        answer.card_name.as_deref(),
        answer.card_kind.slug(),
        valid_thru(answer.valid_thru.as_ref()),
        photo(py, answer.number_photo.as_ref()),
        answer.clarity,
        warnings(&answer.warnings),
        PyBytes::new(py, answer.raw.reveal()),
    );
    RECOGNITION.function(py)?.call1(values)
}

pub fn verification<'py>(py: Python<'py>, answer: &Verification) -> Read<'py> {
    let values = (
        facts(py, &answer.facts)?,
        answer.outcome.slug(),
        answer.reason.map(|reason| reason.slug()),
        &answer.vendor_code,
        answer.description.reveal(),
        PyBytes::new(py, answer.raw.reveal()),
    );
    VERIFICATION.function(py)?.call1(values)
}

pub fn lookup<'py>(py: Python<'py>, answer: &CardLookup) -> Read<'py> {
    let values = (
        facts(py, &answer.facts)?,
        answer.found,
        answer.reason.map(|reason| reason.slug()),
        answer.issuer.as_deref(),
        answer.card_kind.slug(),
        &answer.vendor_code,
        &answer.description,
        PyBytes::new(py, answer.raw.reveal()),
    );
    LOOKUP.function(py)?.call1(values)
}

pub fn order<'py>(py: Python<'py>, answer: &Order) -> Read<'py> {
    let values = (
        facts(py, &answer.facts)?,
        answer.card_number.as_ref().map(|number| number.reveal()),
        valid_thru(answer.valid_thru.as_ref()),
        answer.clarity,
        warnings(&answer.warnings),
        photo(py, answer.original_photo.as_ref()),
        photo(py, answer.card_photo.as_ref()),
        photo(py, answer.number_photo.as_ref()),
        answer.operated_at.as_deref(),
        PyBytes::new(py, answer.raw.reveal()),
    );
    ORDER.function(py)?.call1(values)
}

pub fn image_check<'py>(py: Python<'py>, check: &ImageCheck) -> PyResult<Fields<'py>> {
    let vendors = PyDict::new(py);
    for (vendor, refusal) in &check.vendors {
        let refusal = refusal.as_ref().map(|refusal| error(py, refusal)).transpose()?;
        vendors.set_item(vendor.name(), refusal)?;
    }
    let fields = PyDict::new(py);
    put!(fields, {
        format: check.format.slug(),
        width: check.width,
        height: check.height,
        bytes: check.bytes,
        vendors: vendors,
    });
    Ok(fields)
}

pub fn event<'py>(py: Python<'py>, event: &Event) -> PyResult<Fields<'py>> {
    let fields = PyDict::new(py);
    put!(fields, { event: event.name() });
    match event {
        Event::AttemptStarted { vendor, account, operation, order_id, attempt } => {
            put!(fields, {
                vendor: vendor.name(),
                account: account,
                operation: operation.slug(),
                order_id: order_id,
                attempt: attempt,
            });
        }
        Event::AttemptEnded {
            vendor,
            account,
            operation,
            order_id,
            attempt,
            failure,
            vendor_code,
            sent,
            duration,
        } => {
            put!(fields, {
                vendor: vendor.name(),
                account: account,
                operation: operation.slug(),
                order_id: order_id,
                attempt: attempt,
                failure: failure.map(Kind::slug),
                vendor_code: vendor_code.as_deref(),
                sent: sent.slug(),
                duration: *duration,
            });
        }
        Event::OrderWritten { vendor, account, order_id, state } => {
            put!(fields, {
                vendor: vendor.name(),
                account: account,
                order_id: order_id,
                state: *state,
            });
        }
        Event::TokenRefreshed { vendor, account, failure, duration } => {
            put!(fields, {
                vendor: vendor.name(),
                account: account,
                failure: failure.map(Kind::slug),
                duration: *duration,
            });
        }
        // The library and this module are built together.
        _ => {}
    }
    Ok(fields)
}
