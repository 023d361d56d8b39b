//! Errors of calls.

use std::borrow::Cow;
use std::ffi::{c_char, c_void};
use std::ptr;

use cardwire_core::{Cause, Error, Kind, NumberCandidate, bindings};
use once_cell::race::OnceBox;

use crate::call;
use crate::codes::Code;
use crate::facts::{LentFacts, cardwire_call_facts};
use crate::handle::Opaque;
use crate::providers::HostCause;
use crate::status::cardwire_status;
use crate::text::Text;

/// Why a function gave no result. A failed function makes one, a completion callback is given one;
/// free it with cardwire_error_free. Its texts hold no card number, ID number, name, secret or image:
/// only cardwire_error_candidate_card_number gives one.
pub struct cardwire_error(());

impl Opaque for cardwire_error {
    type Object = ErrorObject;
    const TYPE: u8 = 1;
}

/// A refusal, by the Rust crate or before it was called.
pub(crate) struct Failure(pub(crate) Error);

impl Failure {
    /// Returns an argument that cannot be used.
    pub(crate) fn argument(
        name: impl Into<Cow<'static, str>>,
        expected: &str,
        found: &str,
    ) -> Self {
        Failure(bindings::argument(name, expected, found))
    }

    /// Returns the failure of a pointer that is NULL where there must be one.
    pub(crate) fn null(name: impl Into<Cow<'static, str>>, expected: &str) -> Self {
        Failure::argument(name, expected, "NULL")
    }

    /// Returns the failure by a bug of the library, or by a lack of handles or threads.
    pub(crate) fn internal(problem: &str) -> Self {
        Failure(bindings::refusal(Kind::Internal, problem))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure(error)
    }
}

pub(crate) struct ErrorObject {
    pub(crate) source: Error,
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
    candidates: Vec<Candidate>,
    facts: LentFacts,
    json: OnceBox<Text>,
}

struct Candidate {
    card_number: Text,
    card_number_masked: Text,
    confidence: f64,
}

impl From<&NumberCandidate> for Candidate {
    fn from(source: &NumberCandidate) -> Self {
        Candidate {
            card_number: Text::new(source.card_number.reveal()),
            card_number_masked: Text::taken(source.card_number.masked()),
            confidence: source.confidence,
        }
    }
}

impl From<Failure> for ErrorObject {
    fn from(Failure(source): Failure) -> Self {
        let cause = source.cause();
        let milliseconds = |wait: std::time::Duration| i64::try_from(wait.as_millis()).ok();
        ErrorObject {
            message: Text::new(source.message()),
            text: Text::taken(source.to_string()),
            argument: Text::maybe(source.argument_name()),
            path: Text::maybe(source.path()),
            os_error: source.os_error().unwrap_or(0),
            vendor_code: Text::maybe(source.vendor_code()),
            vendor_message: Text::maybe(source.vendor_message()),
            http_status: source.http_status().map_or(0, i32::from),
            retry_after_ms: source.retry_after().and_then(milliseconds).unwrap_or(-1),
            retryable: source.retryable().into(),
            cause_step: Text::maybe(cause.map(|cause| cause.step().slug())),
            cause_host: Text::maybe(cause.map(Cause::host)),
            cause_reason: Text::maybe(cause.map(Cause::reason)),
            cause_port: cause.map_or(0, |cause| cause.port().into()),
            cause_os_error: cause.and_then(Cause::os_error).unwrap_or(0),
            candidates: source.candidates().iter().map(Candidate::from).collect(),
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
/// one; else 0. Since 0.1.
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

/// Returns how many numbers may stand on the card, none of them read with confidence, the likeliest first:
/// of a CARDWIRE_CARD_NOT_FOUND of the vendor `offline`; else 0. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_candidate_count(error: *const cardwire_error) -> usize {
    call::read(error, 0, |error| error.candidates.len())
}

/// Returns the number of candidate `index`, counted from 0, digits only; personal data, which is in
/// no other text of the error. NULL past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_candidate_card_number(
    error: *const cardwire_error,
    index: usize,
) -> *const c_char {
    call::text(error, |error| error.candidates.get(index).map(|one| &one.card_number))
}

/// Returns the number of candidate `index` as it may be shown and logged: the first six and last
/// four digits. NULL past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_candidate_card_number_masked(
    error: *const cardwire_error,
    index: usize,
) -> *const c_char {
    call::text(error, |error| error.candidates.get(index).map(|one| &one.card_number_masked))
}

/// Returns the share of such readings that are right, from 0 to 1, for candidate `index`; -1.0 past
/// the last, and for a handle that is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_candidate_confidence(
    error: *const cardwire_error,
    index: usize,
) -> f64 {
    call::read(error, -1.0, |error| error.candidates.get(index).map_or(-1.0, |one| one.confidence))
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
    call::read(error, ptr::null(), |error| error.facts.lend(error.source.facts()))
}

/// Returns the pointer that a provider of yours handed to cardwire_ask_fail; NULL where this is no
/// such error. It is borrowed: it is freed after the last error that has it. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_error_provider_cause(error: *const cardwire_error) -> *mut c_void {
    call::read(error, ptr::null_mut(), |error| {
        let source = std::error::Error::source(&error.source);
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
