//! Errors: one closed list of kinds with stable numbers.

mod kind;

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::card::NumberCandidate;
use crate::cause::Cause;
use crate::facts::{Billed, CallFacts, Sent};
use crate::journal::OrderRecord;
use crate::schema::{Describe, getters};
use crate::scrub::shown_path;
use crate::transport::{Failure, Phase};

pub use kind::Kind;

/// Why a call did not give a result, with everything that is known about it.
///
/// `Display` is one line: kind, message, vendor, vendor code, request id and order number.
/// Neither it nor `Debug` shows a card number, an ID number, a name, a secret or an image.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    message: String,
    argument: Option<Cow<'static, str>>,
    vendor_code: Option<String>,
    vendor_message: Option<String>,
    http_status: Option<u16>,
    retry_after: Option<Duration>,
    facts: CallFacts,
    phase: Option<Phase>,
    cause: Option<Cause>,
    file: Option<FileFact>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    order: Option<Box<OrderRecord>>,
    candidates: Vec<NumberCandidate>,
}

/// A file that could not be used, as it may be shown, and the operating system's number for why.
#[derive(Clone, Debug)]
struct FileFact {
    path: String,
    os_error: Option<i32>,
}

/// A problem with a file, with the operating system's error number where it gave one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileProblem {
    expected: &'static str,
    found: String,
    pub(crate) os_error: Option<i32>,
}

impl FileProblem {
    /// Returns a problem for which the operating system has no number.
    /// `expected` ends where the name of the file follows, as in "certificates in".
    pub(crate) fn new(expected: &'static str, found: impl Into<String>) -> Self {
        FileProblem { expected, found: found.into(), os_error: None }
    }

    /// Returns a failure with the operating system's reason.
    pub(crate) fn because(expected: &'static str, reason: &std::io::Error) -> Self {
        FileProblem { expected, found: reason.to_string(), os_error: reason.raw_os_error() }
    }

    /// Returns what was expected of a file, named so.
    pub(crate) fn expected(&self, file: &str) -> String {
        format!("{} {file}", self.expected)
    }

    /// Returns what was found.
    pub(crate) fn found(&self) -> &str {
        &self.found
    }
}

impl Error {
    /// Returns an error of `kind` with a message that names no personal datum.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            argument: None,
            vendor_code: None,
            vendor_message: None,
            http_status: None,
            retry_after: None,
            facts: CallFacts::default(),
            phase: None,
            cause: None,
            file: None,
            source: None,
            order: None,
            candidates: Vec::new(),
        }))
    }

    /// Returns the error of a request without an answer; its message ends with the cause.
    pub(crate) fn of_failure(during: &str, failure: Failure) -> Self {
        let Failure { kind, message, cause, .. } = failure;
        Error::new(kind, format!("{during}{message}")).caused_by(cause)
    }

    /// Returns the same with its cause, which the message ends with.
    pub(crate) fn caused_by(mut self, cause: Option<Cause>) -> Self {
        if let Some(cause) = &cause {
            self.0.message = format!("{}: {cause}", self.0.message);
        }
        self.0.cause = cause;
        self
    }

    /// Returns an `invalid_argument` that names the argument, what it was expected to be, and what it
    /// was found to be: a length, a class of characters or a position, and never the value.
    pub(crate) fn argument(
        name: impl Into<Cow<'static, str>>,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        let name = name.into();
        let message = format!("{name}: expected {expected}, found {found}");
        let mut error = Error::new(Kind::InvalidArgument, message);
        error.0.argument = Some(name);
        error
    }

    /// Returns an `invalid_argument` that names the argument, the file and the operating system's
    /// reason.
    pub(crate) fn file(
        name: &'static str,
        path: &Path,
        expected: &str,
        reason: &std::io::Error,
    ) -> Self {
        let shown = shown_path(path);
        let error = Error::argument(name, format_args!("{expected} the file {shown:?}"), reason);
        error.with_file(path, reason.raw_os_error())
    }

    /// Sets the file that it is about, and the operating system's number for why it could not be
    /// used.
    pub(crate) fn with_file(mut self, path: &Path, os_error: Option<i32>) -> Self {
        self.0.file = Some(FileFact { path: shown_path(path), os_error });
        self
    }

    /// Returns the same with the file that it is about at the end of its message.
    pub(crate) fn at(mut self, path: &Path) -> Self {
        let shown = shown_path(path);
        self.0.message = format!("{}: the file {shown:?}", self.0.message);
        let os_error = self.os_error();
        self.with_file(path, os_error)
    }

    /// Returns an `invalid_config` that names the key by its path in the document, what was expected
    /// there, and what was found.
    pub(crate) fn config(
        key: impl fmt::Display,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        Error::new(Kind::InvalidConfig, format!("{key}: expected {expected}, found {found}"))
    }

    pub(crate) fn with_vendor_code(
        mut self,
        code: Option<String>,
        message: Option<String>,
    ) -> Self {
        self.0.vendor_code = code;
        self.0.vendor_message = message;
        self
    }

    pub(crate) fn with_candidates(mut self, candidates: Vec<NumberCandidate>) -> Self {
        self.0.candidates = candidates;
        self
    }

    pub(crate) fn with_http_status(mut self, status: Option<u16>) -> Self {
        self.0.http_status = status;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// Sets how far a request came that is not one of the call's own, such as one for a token.
    pub(crate) fn with_phase(mut self, phase: Phase) -> Self {
        self.0.phase = Some(phase);
        self
    }

    pub(crate) fn phase(&self) -> Option<Phase> {
        self.0.phase
    }

    pub(crate) fn with_source(mut self, source: Arc<dyn std::error::Error + Send + Sync>) -> Self {
        self.0.source = Some(source);
        self
    }

    /// Returns an `already_answered` with the order that the vendor answered.
    pub(crate) fn answered(order: OrderRecord) -> Self {
        Error::of_order(Kind::AlreadyAnswered, "the journal has the vendor's answer to it", order)
    }

    /// Returns an `already_running` with the order that runs.
    pub(crate) fn running(order: OrderRecord) -> Self {
        Error::of_order(Kind::AlreadyRunning, "the journal has an order for it that runs", order)
    }

    fn of_order(kind: Kind, message: &str, order: OrderRecord) -> Self {
        let mut error = Error::new(kind, message);
        error.0.order = Some(Box::new(order));
        error.with_facts(CallFacts::default())
    }

    /// Returns the same with the facts of its call. If it tells of an order of another call, that is the one it names.
    pub(crate) fn with_facts(mut self, facts: CallFacts) -> Self {
        self.0.facts = facts;
        if let Some(order) = &self.0.order {
            self.0.facts.vendor = order.vendor;
            self.0.facts.account = Some(order.account.clone());
            self.0.facts.order_id = Some(order.order_id.clone());
            self.0.facts.request_id.clone_from(&order.request_id);
        }
        self
    }

    /// Returns the error as a JSON object with the field names that every language uses. It has
    /// `order` only where there is one.
    pub fn to_json(&self) -> String {
        self.json()
    }
}

getters! {
    /// Why a call did not give a result, with everything that is known about it.
    Error as "error", |error|
    /// The kind.
    pub kind: Kind = error.0.kind;
    /// The kind's stable number.
    pub number: u32 = error.0.kind.number();
    /// Returns the message, without any personal datum or secret.
    pub message: &str = &error.0.message;
    /// The error in one line: kind, message, vendor, vendor code, request id and order number.
    text: String as BindingsOnly = error.to_string();
    /// The argument that was refused, for `invalid_argument`.
    pub argument_name: Option<&str> => "argument" = error.0.argument.as_deref();
    /// The file that could not be used, where the error is about one: its path, at most 200 characters of it.
    /// Long numbers and what is not ASCII are masked: photos are named after people.
    pub path: Option<&str> = error.0.file.as_ref().map(|file| file.path.as_str());
    /// The operating system's number for why the file of [`Error::path`] could not be used: `errno`
    /// where there is one, such as 2 (`ENOENT`).
    pub os_error: Option<i32> = error.0.file.as_ref().and_then(|file| file.os_error);
    /// The vendor's own code, as it came (cut after 64 characters).
    pub vendor_code: Option<&str> = error.0.vendor_code.as_deref();
    /// The vendor's own text, cut and with every digit run and every value of the call masked.
    pub vendor_message: Option<&str> = error.0.vendor_message.as_deref();
    /// The HTTP status of the answer, where there was one.
    pub http_status: Option<u16> = error.0.http_status;
    /// The time to wait before the next try, where it is known.
    pub retry_after: Option<Duration> => "retry_after_ms" = error.0.retry_after;
    /// True where the same call, unchanged, may succeed later and cannot have been billed by this
    /// one.
    pub retryable: bool = {
        let passing = matches!(
            error.0.kind,
            Kind::RateLimited
                | Kind::VendorUnavailable
                | Kind::Timeout
                | Kind::Network
                | Kind::AlreadyRunning
        );
        passing && (error.0.facts.sent == Sent::No || error.0.facts.billed == Billed::No)
    };
    /// The step of the network that failed, with host, port and reason, where one did.
    pub cause: Option<&Cause> = error.0.cause.as_ref();
    /// The order that the vendor answered before, for `already_answered`, or that runs, for
    /// `already_running`. Its `sent` and `billed` are those of that order; the error's own are those of this
    /// call.
    pub order: Option<&OrderRecord> as IfPresent = error.0.order.as_deref();
    /// The numbers that may stand on the card, the likeliest first, none of them read with confidence: of a
    /// `card_not_found` of the vendor `offline`. They are personal data, and in none of the error's texts.
    pub candidates: &[NumberCandidate] as BindingsOnly = &error.0.candidates[..];
    /// Vendor, order number, request id, `sent`, `billed` and the attempts.
    pub facts: &CallFacts as Inline = &error.0.facts;
}

crate::facts::fact_getters!(Error);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind, self.0.message)?;
        let facts = &self.0.facts;
        let mut details: Vec<String> = Vec::new();
        if let Some(vendor) = facts.vendor {
            details.push(format!("vendor {vendor}"));
        }
        if let Some(code) = &self.0.vendor_code {
            details.push(format!("code {code}"));
        }
        if let Some(id) = &facts.request_id {
            details.push(format!("request {id}"));
        }
        if let Some(order) = &facts.order_id {
            details.push(format!("order {order}"));
        }
        if details.is_empty() { Ok(()) } else { write!(f, " ({})", details.join(", ")) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("vendor_code", &self.0.vendor_code)
            .field("vendor_message", &self.0.vendor_message)
            .field("http_status", &self.0.http_status)
            .field("cause", &self.0.cause)
            .field("facts", &self.0.facts)
            .finish()
    }
}

impl std::error::Error for Error {
    /// Returns the failure of a credentials provider, or the network's cause, where there is one.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let Some(source) = &self.0.source {
            return Some(&**source);
        }
        self.0.cause.as_ref().map(|cause| cause as _)
    }
}
