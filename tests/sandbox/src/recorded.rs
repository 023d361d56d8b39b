//! Whole requests, for tests of what a vendor is given to read. Unlike the ledger they hold everything
//! that was sent, so they are kept only where a test asks, in memory, and for Rust callers alone.

use crate::http::Request;
use crate::vendor::{Operation, Vendor};

/// A request as it came.
#[derive(Clone)]
pub struct RecordedRequest {
    /// The vendor that was asked.
    pub vendor: Vendor,
    /// The operation that was asked for.
    pub operation: Operation,
    /// `POST` or `GET`.
    pub method: String,
    /// The path.
    pub path: String,
    /// The text after `?`, still encoded.
    pub query: String,
    /// Every `Referer` header, a line each.
    pub referers: Vec<u8>,
    /// The body, still encoded.
    pub body: Vec<u8>,
}

impl RecordedRequest {
    pub(crate) fn new(vendor: Vendor, operation: Operation, request: &Request) -> Self {
        Self {
            vendor,
            operation,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone().unwrap_or_default(),
            referers: request
                .headers
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case("referer"))
                .flat_map(|(_, value)| [value.as_slice(), b"\n"].concat())
                .collect(),
            body: request.body.clone(),
        }
    }
}

impl std::fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecordedRequest({} {})", self.vendor.name(), self.operation.name())
    }
}
