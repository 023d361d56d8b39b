//! Requests and responses as bytes: what is sent is exactly what a vendor's document describes.

mod base64_text;
mod body;
pub(crate) mod json;
pub(crate) mod multipart;
pub(crate) mod percent;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;

pub(crate) use base64_text::{form_len, plain_len as base64_len};
pub(crate) use body::{Body, BodyReader, Piece};

/// The two methods that the vendors use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

impl Method {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

/// The address of a request, and the name of its host.
pub(crate) struct Address {
    /// The whole address with its query, percent-encoded.
    pub(crate) url: String,
    /// The host that is asked for, where it is not the one of the address.
    pub(crate) host: Option<Arc<str>>,
}

/// A request, whole. Its address, headers and body hold secrets and personal data: `Debug` shows
/// the method and the length only.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The whole address with its query, percent-encoded.
    pub(crate) url: String,
    /// The host that is asked for, where it is not the one of the address.
    pub(crate) host: Option<Arc<str>>,
    /// Header names in lower case, without `host` and `content-length`, which the transport states.
    pub(crate) headers: Vec<(&'static str, Cow<'static, str>)>,
    pub(crate) body: Body,
}

impl Request {
    pub(crate) fn get(address: Address) -> Self {
        let Address { url, host } = address;
        Request { method: Method::Get, url, host, headers: Vec::new(), body: Body::default() }
    }

    pub(crate) fn post(
        address: Address,
        content_type: impl Into<Cow<'static, str>>,
        body: Body,
    ) -> Self {
        let mut headers = Vec::with_capacity(8);
        headers.push(("content-type", content_type.into()));
        let Address { url, host } = address;
        Request { method: Method::Post, url, host, headers, body }
    }

    pub(crate) fn header(
        mut self,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} with {} bytes)", self.method.name(), self.body.len())
    }
}

/// Text in which what is not UTF-8 is replaced.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // Nearly every text is whole, and this look at it is the faster one.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// A response, whole. `Debug` shows the status and the length only.
#[derive(Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Values as they came, which need not be ASCII.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl From<http::Response<Bytes>> for Response {
    fn from(response: http::Response<Bytes>) -> Self {
        let (head, body) = response.into_parts();
        Response { status: head.status.as_u16(), headers: head.headers, body }
    }
}

impl Response {
    /// Returns the first header of that lower-case name, trimmed; `None` where absent or empty.
    pub(crate) fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = self.headers.get(name)?.as_bytes().trim_ascii();
        (!value.is_empty()).then(|| lossy(value))
    }
}

/// Returns the headers of a response.
#[cfg(test)]
pub(crate) fn headers<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> HeaderMap {
    let header = |(name, value): (&str, &str)| {
        let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        (http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value)
    };
    pairs.into_iter().map(header).collect()
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({} with {} bytes)", self.status, self.body.len())
    }
}
