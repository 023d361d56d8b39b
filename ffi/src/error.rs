//! Errors of calls.

use std::ffi::{c_char, c_void};
use std::fmt::Write;
use std::ptr;

use cardwire_core::{CallFacts, Cause, Error, Kind};
use once_cell::race::OnceBox;
use serde_json::json;

use crate::call;
use crate::codes::Code;
use crate::facts::{LentFacts, cardwire_call_facts};
use crate::handle::Opaque;
use crate::providers::HostCause;
use crate::status::cardwire_status;
use crate::text::Text;

/// Why a function gave no result. A failed function makes one, a completion callback is given one;
/// free it with cardwire_error_free. Its texts hold no card number, ID number, name, secret or image.
pub struct cardwire_error(());

impl Opaque for cardwire_error {
    type Object = ErrorObject;
    const TYPE: u8 = 1;
}

/// A refusal, by the Rust crate or before it was called.
pub(crate) enum Failure {
    Call(Error),
    Boundary { kind: Kind, argument: Option<String>, problem: String },
}

impl Failure {
    /// Returns an argument that cannot be used.
    pub(crate) fn argument(name: impl Into<String>, problem: &str) -> Self {
        Failure::Boundary {
            kind: Kind::InvalidArgument,
            argument: Some(name.into()),
            problem: problem.to_owned(),
        }
    }

    /// Returns the failure of a call that the caller ended.
    pub(crate) fn cancelled(problem: &str) -> Self {
        Failure::Boundary { kind: Kind::Cancelled, argument: None, problem: problem.to_owned() }
    }

    /// Returns the failure by a bug of the library, or by a lack of handles or threads.
    pub(crate) fn internal(problem: &str) -> Self {
        Failure::Boundary { kind: Kind::Internal, argument: None, problem: problem.to_owned() }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Failure::Call(error) => error.kind(),
            Failure::Boundary { kind, .. } => *kind,
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Failure::Call(error) => error.message().to_owned(),
            Failure::Boundary { argument: None, problem, .. } => problem.clone(),
            Failure::Boundary { argument: Some(name), problem, .. } => format!("{name}: {problem}"),
        }
    }

    pub(crate) fn call(&self) -> Option<&Error> {
        match self {
            Failure::Call(error) => Some(error),
            Failure::Boundary { .. } => None,
        }
    }

    fn argument_name(&self) -> Option<&str> {
        match self {
            Failure::Call(error) => error.argument_name(),
            Failure::Boundary { argument, .. } => argument.as_deref(),
        }
    }

    fn line(&self) -> String {
        let mut line = String::new();
        let written = match self {
            Failure::Call(error) => write!(line, "{error}"),
            Failure::Boundary { kind, .. } => write!(line, "{kind}: {}", self.message()),
        };
        debug_assert!(written.is_ok(), "writing to a String does not fail");
        line
    }

    pub(crate) fn to_json(&self) -> String {
        match self {
            Failure::Call(error) => error.to_json(),
            Failure::Boundary { kind, argument, .. } => json!({
                "kind": kind.slug(),
                "number": kind.number(),
                "message": self.message(),
                "argument": argument,
                "path": null,
                "os_error": null,
                "vendor_code": null,
                "vendor_message": null,
                "http_status": null,
                "retry_after_ms": null,
                "retryable": false,
                "cause": null,
                "vendor": null,
                "account": null,
                "order_id": null,
                "request_id": null,
                "gateway_request_id": null,
                "transaction_time": null,
                "sent": "no",
                "billed": "no",
                "attempts": [],
            })
            .to_string(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Call(error)
    }
}

pub(crate) struct ErrorObject {
    pub(crate) source: Failure,
    message: Text,
    text: Text,
    argument: Option<Text>,
    path: Option<Text>,
    os_error: i32,
    vendor_code: Option<Text>,
    vendor_message: Option<Text>,
    http_status: i32,
    retry_after_ms: i64,
    retryable: i32,
    cause_step: Option<Text>,
    cause_host: Option<Text>,
    cause_reason: Option<Text>,
    cause_port: i32,
    cause_os_error: i32,
    facts: LentFacts,
    json: OnceBox<Text>,
}

impl From<Failure> for ErrorObject {
    fn from(source: Failure) -> Self {
        let call = source.call();
        let cause = call.and_then(Error::cause);
        let milliseconds = |wait: std::time::Duration| i64::try_from(wait.as_millis()).ok();
        ErrorObject {
            message: Text::taken(source.message()),
            text: Text::taken(source.line()),
            argument: Text::maybe(source.argument_name()),
            path: Text::maybe(call.and_then(Error::path)),
            os_error: call.and_then(Error::os_error).unwrap_or(0),
            vendor_code: Text::maybe(call.and_then(Error::vendor_code)),
            vendor_message: Text::maybe(call.and_then(Error::vendor_message)),
            http_status: call.and_then(Error::http_status).map_or(0, i32::from),
            retry_after_ms: call.and_then(Error::retry_after).and_then(milliseconds).unwrap_or(-1),
            retryable: call.is_some_and(Error::retryable).into(),
            cause_step: Text::maybe(cause.map(|cause| cause.step().slug())),
            cause_host: Text::maybe(cause.map(Cause::host)),
            cause_reason: Text::maybe(cause.map(Cause::reason)),
            cause_port: cause.map_or(0, |cause| cause.port().into()),
            cause_os_error: cause.and_then(Cause::os_error).unwrap_or(0),
            facts: LentFacts::default(),
            json: OnceBox::new(),
            source,
        }
    }
}

impl ErrorObject {
    fn json(&self) -> &Text {
        self.json.get_or_init(|| Box::new(Text::taken(self.source.to_json())))
    }
}

/// Returns the status that the function returned, never CARDWIRE_OK; 0 for a handle that is not
/// live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_status(error: *const cardwire_error) -> cardwire_status {
    call::read(error, 0, |error| Code::number(error.source.kind()))
}

/// Returns the whole error in one line for people: kind, message, vendor, vendor code, request id,
/// order number. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_text(error: *const cardwire_error) -> *const c_char {
    call::text(error, |error| Some(&error.text))
}

/// Returns the message. For CARDWIRE_INVALID_ARGUMENT it begins with the name of the argument, for
/// CARDWIRE_INVALID_CONFIG with the key. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_message(error: *const cardwire_error) -> *const c_char {
    call::text(error, |error| Some(&error.message))
}

/// Returns the length of cardwire_error_message in bytes, without the NUL; 0 where it is NULL.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_message_len(error: *const cardwire_error) -> usize {
    call::text_len(error, |error| Some(&error.message))
}

/// Returns the argument that was refused, named as in this header, for CARDWIRE_INVALID_ARGUMENT;
/// else NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_argument(error: *const cardwire_error) -> *const c_char {
    call::text(error, |error| error.argument.as_ref())
}

/// Returns the file that could not be used, where the error is about one; else NULL. Long numbers
/// and what is not ASCII are masked: photos are named after people. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_path(error: *const cardwire_error) -> *const c_char {
    call::text(error, |error| error.path.as_ref())
}

/// Returns the operating system's number for why the file of cardwire_error_path could not be used:
/// errno, or GetLastError on Windows; 0 where there is none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_os_error(error: *const cardwire_error) -> i32 {
    call::read(error, 0, |error| error.os_error)
}

/// Returns the vendor's own code, as it came; NULL where it gave none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_vendor_code(error: *const cardwire_error) -> *const c_char {
    call::text(error, |error| error.vendor_code.as_ref())
}

/// Returns the vendor's own text, in its language, cut, with personal data and digit runs masked;
/// NULL where it gave none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_vendor_message(error: *const cardwire_error) -> *const c_char {
    call::text(error, |error| error.vendor_message.as_ref())
}

/// Returns the HTTP status of the vendor's answer; 0 where there was no answer. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_http_status(error: *const cardwire_error) -> i32 {
    call::read(error, 0, |error| error.http_status)
}

/// Returns how long to wait before the next try, in milliseconds; -1 where it is not known, and for
/// a handle that is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_retry_after_ms(error: *const cardwire_error) -> i64 {
    call::read(error, -1, |error| error.retry_after_ms)
}

/// Returns 1 where the same call, unchanged, may succeed later and cannot have been billed by this
/// one; else
/// 0. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_retryable(error: *const cardwire_error) -> i32 {
    call::read(error, 0, |error| error.retryable)
}

/// Returns the step of the network that failed: `resolve`, `connect`, `proxy`, `tls`, `send` or
/// `receive`; NULL where the network did not. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_cause_step(error: *const cardwire_error) -> *const c_char {
    call::text(error, |error| error.cause_step.as_ref())
}

/// Returns the host that the step was about, the vendor's or the proxy's, as the configuration
/// names it; NULL where there is no cause. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_cause_host(error: *const cardwire_error) -> *const c_char {
    call::text(error, |error| error.cause_host.as_ref())
}

/// Returns its port; 0 where there is no cause. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_cause_port(error: *const cardwire_error) -> i32 {
    call::read(error, 0, |error| error.cause_port)
}

/// Returns the reason in English: the operating system's, TLS's, or the proxy's status; NULL where
/// there is no cause. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_cause_reason(error: *const cardwire_error) -> *const c_char {
    call::text(error, |error| error.cause_reason.as_ref())
}

/// Returns the operating system's number for the reason (`errno`; on Windows the code of WinSock);
/// 0 where the reason is not the operating system's. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_cause_os_error(error: *const cardwire_error) -> i32 {
    call::read(error, 0, |error| error.cause_os_error)
}

/// Returns the error as a JSON object, with the field names that every language uses. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_json(error: *const cardwire_error) -> *const c_char {
    call::text(error, |error| Some(error.json()))
}

/// Returns the length of cardwire_error_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_json_len(error: *const cardwire_error) -> usize {
    call::text_len(error, |error| Some(error.json()))
}

/// Returns the facts of the call: the vendor asked, its order number, what was sent and billed, and
/// the attempts. Borrowed: it lives until the error is freed. NULL for a handle that is not live.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_facts(error: *const cardwire_error) -> *const cardwire_call_facts {
    call::read(error, ptr::null(), |error| match &error.source {
        Failure::Call(source) => error.facts.lend(source.facts()),
        Failure::Boundary { .. } => error.facts.lend(&CallFacts::default()),
    })
}

/// Returns the pointer that a provider of yours handed to cardwire_ask_fail; NULL where this is no
/// such error. It is borrowed: it is freed after the last error that has it. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_provider_cause(error: *const cardwire_error) -> *mut c_void {
    call::read(error, ptr::null_mut(), |error| {
        let source = error.source.call().and_then(std::error::Error::source);
        let cause = source.and_then(|source| source.downcast_ref::<HostCause>());
        cause.map_or(ptr::null_mut(), HostCause::pointer)
    })
}

/// Frees it with every text and every byte borrowed from it. NULL and a handle that is not live are
/// left alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_free(error: *mut cardwire_error) {
    call::free(error);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cardwire_core::Client;

    use super::*;

    fn keys(json: &str) -> BTreeSet<String> {
        let value: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
        value.keys().cloned().collect()
    }

    #[test]
    fn a_refusal_at_the_boundary_has_every_field_of_an_error() {
        let ours = Failure::argument("image", "it is NULL");
        let other = Failure::from(Client::from_json("{").unwrap_err());
        assert_eq!(keys(&ours.to_json()), keys(&other.to_json()));
        assert_eq!(ours.line(), "invalid_argument: image: it is NULL");
        assert_eq!(ours.argument_name(), Some("image"));
    }
}
