//! The interface of a transport, and an exchange that it is asked for.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, USER_AGENT,
};
use http::uri::Authority;
use http::{Method, Uri};

use crate::error::{Error, Kind};
use crate::future::BoxFuture;
use crate::secret::Secret;
use crate::wire;

use super::body::Body;
use super::release::Release;
use super::tls::CaFile;
use super::{Failure, Phase};

/// A sender of the library's requests. An implementation brings a program's own HTTP client.
///
/// It has to
/// - send the request as it is: each byte of the address, the headers that are there and no others that
///   tell the vendor more, and the body as it comes, with the `content-length` of the head;
/// - send it once: it follows no redirect, repeats nothing that was begun, and does not fall back to
///   another protocol;
/// - reach the vendor as the program wants it, and not as environment variables say;
/// - check the server's certificate and name, where the address is https;
/// - read at most [`Exchange::response_limit`] bytes of a response, and give it up at the deadline;
/// - report a failure with its step, its address and the reason of the operating system or of TLS, and
///   with nothing of the request: many clients print the address with its query, which holds tokens.
///
/// It runs on the library's own threads, within a tokio runtime with input, output and time, and must
/// not block them: what blocks belongs into `tokio::task::spawn_blocking`. A future that is dropped is
/// a call that ended. The library takes no transport at its word: it bounds and decompresses the
/// response and ends a transport that is late. A request that fails is one whose outcome is unknown if its
/// last byte was taken from the [`Body`], unless the failure says that there was no connection.
///
/// A transport that answers from memory, as a program's own tests may have one:
///
/// ```
/// use std::io::Read as _;
///
/// use cardwire::transport::{BoxFuture, Exchange, Failure, Transport};
/// use cardwire::{CallOptions, Cardholder, Client, Config, Outcome};
///
/// struct Always(&'static str);
///
/// impl Transport for Always {
///     fn send(
///         &self,
///         exchange: Exchange,
///     ) -> BoxFuture<'_, Result<http::Response<bytes::Bytes>, Failure>> {
///         let answer = self.0;
///         let (head, mut body) = exchange.request.into_parts();
///         Box::pin(async move {
///             assert_eq!(head.uri.host(), Some("vendor.example"));
///             // The journal may hold the last byte back, so that this waits.
///             let read = move || body.read_to_end(&mut Vec::new());
///             let sent = tokio::task::spawn_blocking(read).await;
///             if !matches!(sent, Ok(Ok(_))) {
///                 return Err(Failure::protocol("the request was not sent"));
///             }
///             Ok(http::Response::new(answer.into()))
///         })
///     }
/// }
///
/// # fn main() -> Result<(), cardwire::Error> {
/// let config = Config::from_json(
///     r#"{"vendors": [{"vendor": "aliyun_yhkr", "app_code": "not-a-real-code",
///         "base_url": "https://vendor.example"}]}"#,
/// )?;
/// let config = config.with_transport(|_| Ok(Always(r#"{"code":"10000","data":{"state":"1"}}"#)));
/// let client = Client::from_config(config);
/// let holder = Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014");
/// let verification = client.verify(holder, &CallOptions::new())?;
/// assert!(verification.outcome == Outcome::Match);
/// # Ok(())
/// # }
/// ```
pub trait Transport: Send + Sync {
    /// Sends a request and reads the whole response.
    ///
    /// # Errors
    /// The [`Failure`] of a request without a whole response. A response of any status is one.
    fn send(&self, exchange: Exchange) -> BoxFuture<'_, Result<http::Response<Bytes>, Failure>>;
}

/// One request on its way.
#[non_exhaustive]
pub struct Exchange {
    /// The request with its whole address and all its headers, `host`, `content-length` and
    /// `accept-encoding: identity` among them. It holds secrets and personal data: nothing of it but the
    /// method, the host and the port may be shown.
    pub request: http::Request<Body>,
    /// When the response is not waited for any longer. A call that ends before drops the future.
    pub deadline: Instant,
    /// The largest response body that is read, in bytes.
    pub response_limit: usize,
}

/// The settings of connections, as the configuration has them: `connect_timeout_ms`, `proxy`, `ca_file` and
/// `reuse_connections`. The library's own transport keeps to it; a program's own is given it.
///
/// ```
/// use cardwire::{AsyncClient, Config};
/// use cardwire::transport::{BoxFuture, ConnectionSettings, Exchange, Failure, Transport};
///
/// /// A program's own client.
/// struct Own(std::time::Duration);
///
/// impl Own {
///     fn new(settings: &ConnectionSettings) -> Result<Self, cardwire::Error> {
///         Ok(Own(settings.connect_timeout))
///     }
/// }
///
/// impl Transport for Own {
/// #     fn send(
/// #         &self,
/// #         _: Exchange,
/// #     ) -> BoxFuture<'_, Result<http::Response<bytes::Bytes>, Failure>> {
/// #         Box::pin(async { Err(Failure::held_back()) })
/// #     }
///     // ...
/// }
///
/// # fn main() -> Result<(), cardwire::Error> {
/// let config = Config::from_json(
///     r#"{"vendors": [{"vendor": "aliyun_yhkr", "app_code": "not-a-real-code"}]}"#,
/// )?;
/// let client = AsyncClient::from_config(config.with_transport(Own::new));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionSettings {
    /// The longest time that making a connection may take, from the name to TLS.
    pub connect_timeout: Duration,
    /// The address of an http or https proxy for what is https, with user and password where it wants
    /// them.
    pub proxy: Option<Secret>,
    /// The certificate authorities that are trusted instead of the system's.
    pub ca_file: Option<CaFile>,
    /// True where a request may use the connection of one before it.
    pub reuse_connections: bool,
}

/// Makes the transport of a client when it is first needed.
pub(crate) type MakeTransport =
    Box<dyn Fn(&ConnectionSettings) -> Result<Arc<dyn Transport>, Error> + Send + Sync>;

const USER_AGENT_TEXT: &str = concat!("cardwire/", env!("CARGO_PKG_VERSION"));

impl Exchange {
    /// Returns the request as a transport sends it.
    ///
    /// # Errors
    /// A request that cannot be sent as it is.
    pub(crate) fn new(
        request: wire::Request,
        deadline: Instant,
        response_limit: usize,
        release: Release,
    ) -> Result<Self, Failure> {
        let wire::Request { method, url, host, headers: given, body } = request;
        let uri: Uri = url.parse().map_err(|_| cannot_be_sent())?;
        let method = match method {
            wire::Method::Get => Method::GET,
            wire::Method::Post => Method::POST,
        };
        let authority = uri.authority().map_or("", Authority::as_str);
        let host = HeaderValue::from_str(host.as_deref().unwrap_or(authority));
        let has_length = method == Method::POST;
        let length = body.len();
        let mut request = http::Request::new(Body::new(body, release));
        (*request.method_mut(), *request.uri_mut()) = (method, uri);
        let headers = request.headers_mut();
        // With those that are added here and by the transport.
        headers.reserve(given.len() + 6);
        headers.insert(HOST, host.map_err(|_| cannot_be_sent())?);
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_TEXT));
        if has_length {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        for (name, value) in given {
            let name = HeaderName::from_lowercase(name.as_bytes()).map_err(|_| cannot_be_sent())?;
            let value = match value {
                Cow::Borrowed(value) => Bytes::from_static(value.as_bytes()),
                Cow::Owned(value) => Bytes::from(value),
            };
            let mut value = HeaderValue::from_maybe_shared(value).map_err(|_| {
                let message = "a header would hold a line break";
                Failure::new(Kind::InvalidArgument, message, Phase::Local)
            })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(Exchange { request, deadline, response_limit })
    }
}

pub(super) fn cannot_be_sent() -> Failure {
    Failure::new(Kind::InvalidArgument, "the request cannot be sent as it is", Phase::Local)
}
