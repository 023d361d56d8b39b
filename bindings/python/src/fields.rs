//! The library's values as dictionaries of plain Python values, with the names that every language
//! uses.

use cardwire::{
    CallFacts, CardLookup, Error, Event, ImageCheck, Kind, Order, PersonalBytes, Recognition,
    ValidThru, Verification, Warning,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

type Fields<'py> = Bound<'py, PyDict>;

/// Fills a dictionary: one `name: value` after the other.
macro_rules! put {
    ($fields:expr, { $($name:ident: $value:expr),* $(,)? }) => {
        $($fields.set_item(pyo3::intern!($fields.py(), stringify!($name)), $value)?;)*
    };
}

fn facts<'py>(py: Python<'py>, facts: &CallFacts) -> PyResult<Fields<'py>> {
    let attempts = facts
        .attempts
        .iter()
        .map(|attempt| {
            let fields = PyDict::new(py);
            put!(fields, {
                vendor: attempt.vendor.name(),
                account: &attempt.account,
                failure: attempt.failure.map(Kind::slug),
                vendor_code: attempt.vendor_code.as_deref(),
                order_id: &attempt.order_id,
                sent: attempt.sent.slug(),
                billed: attempt.billed.slug(),
                duration: attempt.duration,
            });
            Ok(fields)
        })
        .collect::<PyResult<Vec<_>>>()?;
    let fields = PyDict::new(py);
    put!(fields, {
        vendor: facts.vendor.map(|vendor| vendor.name()),
        account: facts.account.as_deref(),
        order_id: facts.order_id.as_deref(),
        request_id: facts.request_id.as_deref(),
        sent: facts.sent.slug(),
        billed: facts.billed.slug(),
        attempts: PyTuple::new(py, attempts)?,
    });
    Ok(fields)
}

pub fn error<'py>(py: Python<'py>, error: &Error) -> PyResult<Fields<'py>> {
    let fields = facts(py, error.facts())?;
    put!(fields, {
        kind: error.kind().slug(),
        message: error.message(),
        text: error.to_string(),
        argument: error.argument_name(),
        vendor_code: error.vendor_code(),
        vendor_message: error.vendor_message(),
        http_status: error.http_status(),
        retry_after: error.retry_after(),
        retryable: error.retryable(),
    });
    Ok(fields)
}

/// The error that a panic becomes.
pub fn internal(py: Python<'_>) -> PyResult<Fields<'_>> {
    let fields = PyDict::new(py);
    let message = "a bug in the library ended the call";
    put!(fields, {
        kind: Kind::Internal.slug(),
        message: message,
        text: format!("{}: {message}", Kind::Internal),
        sent: "unknown",
        billed: "unknown",
    });
    Ok(fields)
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

pub fn recognition<'py>(py: Python<'py>, answer: &Recognition) -> PyResult<Fields<'py>> {
    let fields = facts(py, &answer.facts)?;
    put!(fields, {
        card_number: answer.card_number.reveal(),
        issuer: answer.issuer.as_deref(),
        card_name: answer.card_name.as_deref(),
        card_kind: answer.card_kind.slug(),
        valid_thru: valid_thru(answer.valid_thru.as_ref()),
        number_photo: photo(py, answer.number_photo.as_ref()),
        clarity: answer.clarity,
        warnings: warnings(&answer.warnings),
        raw: PyBytes::new(py, answer.raw.reveal()),
    });
    Ok(fields)
}

pub fn verification<'py>(py: Python<'py>, answer: &Verification) -> PyResult<Fields<'py>> {
    let fields = facts(py, &answer.facts)?;
    put!(fields, {
        outcome: answer.outcome.slug(),
        reason: answer.reason.map(|reason| reason.slug()),
        vendor_code: &answer.vendor_code,
        description: answer.description.reveal(),
        raw: PyBytes::new(py, answer.raw.reveal()),
    });
    Ok(fields)
}

pub fn lookup<'py>(py: Python<'py>, answer: &CardLookup) -> PyResult<Fields<'py>> {
    let fields = facts(py, &answer.facts)?;
    put!(fields, {
        found: answer.found,
        reason: answer.reason.map(|reason| reason.slug()),
        issuer: answer.issuer.as_deref(),
        card_kind: answer.card_kind.slug(),
        vendor_code: &answer.vendor_code,
        description: &answer.description,
        raw: PyBytes::new(py, answer.raw.reveal()),
    });
    Ok(fields)
}

pub fn order<'py>(py: Python<'py>, answer: &Order) -> PyResult<Fields<'py>> {
    let fields = facts(py, &answer.facts)?;
    put!(fields, {
        card_number: answer.card_number.as_ref().map(|number| number.reveal()),
        valid_thru: valid_thru(answer.valid_thru.as_ref()),
        clarity: answer.clarity,
        warnings: warnings(&answer.warnings),
        original_photo: photo(py, answer.original_photo.as_ref()),
        card_photo: photo(py, answer.card_photo.as_ref()),
        number_photo: photo(py, answer.number_photo.as_ref()),
        operated_at: answer.operated_at.as_deref(),
        raw: PyBytes::new(py, answer.raw.reveal()),
    });
    Ok(fields)
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
