//! Answers without a code of the vendor, by their HTTP status (RFC 9110, 15).

use crate::decision::{Decision, FINAL, IF_CREDENTIALS, IF_VENDOR_FAILED, SLOW_DOWN};
use crate::error::Kind;
use crate::facts::Billed;

/// One status, or a range of them.
#[derive(Debug)]
pub(crate) struct Status {
    pub(crate) first: u16,
    pub(crate) last: u16,
    /// Its meaning in the library's words.
    pub(crate) meaning: &'static str,
    pub(crate) kind: Kind,
    /// Refused credentials, access and rates come before any execution (inferred); nothing is known
    /// about the rest.
    pub(crate) billed: Billed,
    pub(crate) decision: Decision,
}

const fn refused(status: u16, meaning: &'static str, kind: Kind, decision: Decision) -> Status {
    Status { first: status, last: status, meaning, kind, billed: Billed::No, decision }
}

const fn failed(first: u16, last: u16, meaning: &'static str, kind: Kind) -> Status {
    Status { first, last, meaning, kind, billed: Billed::Unknown, decision: IF_VENDOR_FAILED }
}

/// Every status that says something; the first that fits counts.
pub(crate) const STATUSES: &[Status] = &[
    refused(
        401,
        "HTTP says that the credentials are refused",
        Kind::Unauthenticated,
        IF_CREDENTIALS,
    ),
    refused(403, "HTTP says that access is forbidden", Kind::PermissionDenied, IF_CREDENTIALS),
    refused(429, "HTTP says that there are too many requests", Kind::RateLimited, SLOW_DOWN),
    // Both may follow a complete request.
    failed(408, 408, "HTTP says that the request took too long to arrive", Kind::VendorUnavailable),
    failed(425, 425, UNDOCUMENTED.meaning, Kind::Protocol),
    failed(500, 599, "HTTP says that the server failed", Kind::VendorUnavailable),
    Status {
        first: 300,
        last: 399,
        meaning: "the answer is a redirect, which is never followed",
        ..UNDOCUMENTED
    },
];

/// Every other status, a success whose body is not the vendor's among them.
pub(crate) const UNDOCUMENTED: Status = Status {
    first: 0,
    last: u16::MAX,
    meaning: "the answer is not what the vendor's document describes",
    kind: Kind::Protocol,
    billed: Billed::Unknown,
    decision: FINAL,
};

/// Returns the row of a status.
pub(crate) fn of_status(status: u16) -> &'static Status {
    let fits = |row: &&Status| (row.first..=row.last).contains(&status);
    STATUSES.iter().find(fits).unwrap_or(&UNDOCUMENTED)
}
