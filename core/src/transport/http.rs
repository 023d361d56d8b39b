//! The default engine: reqwest over rustls.

use std::borrow::Cow;
use std::error::Error as _;
use std::net::ToSocketAddrs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, Url};

use crate::error::{Error, Kind};
use crate::secret::Secret;
use crate::transport::engine::{lane, runtime};
use crate::transport::outgoing::Outgoing;
use crate::transport::{Boxed, Exchange, Failure, Phase, Release, Transport, tls};
use crate::wire::{Method, Request, Response};

/// Idle connections older than this are not used again: a server that closes one at the moment it
/// is picked up leaves the outcome of a billed call open. Vendors keep connections for longer.
const IDLE_LIMIT: Duration = Duration::from_secs(1);

pub(crate) struct HttpTransport {
    settings: Settings,
    /// Of the shared runtime.
    client: Client,
    /// A connection lives on the runtime that it was made on, so each lane has a client.
    lanes: Mutex<Vec<(Weak<()>, Client)>>,
    address: ArcSwapOption<(String, Url)>,
}

struct Settings {
    tls: rustls::ClientConfig,
    connect_timeout: Duration,
    proxy: Option<Proxy>,
}

impl Settings {
    fn client(&self) -> Option<Client> {
        let mut builder = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .http1_only()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .dns_resolver(Names)
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE_LIMIT)
            .tcp_nodelay(true)
            .user_agent(concat!("cardwire/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        builder.build().ok()
    }
}

/// Looks names up on the shared runtime: a lane has no threads for it.
struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let look_up = move || (name.as_str(), 0).to_socket_addrs();
            let found = runtime()?.spawn_blocking(look_up).await??;
            Ok(Box::new(found) as Addrs)
        })
    }
}

impl HttpTransport {
    pub(crate) fn new(
        connect_timeout: Duration,
        proxy: Option<&Secret>,
        ca_file: Option<&Path>,
    ) -> Result<Self, Error> {
        let proxy = proxy
            .map(|proxy| Proxy::all(proxy.reveal()))
            .transpose()
            .map_err(|_| Error::config("proxy", "it is not the address of a proxy"))?;
        let settings = Settings { tls: tls::settings(ca_file)?, connect_timeout, proxy };
        let client = settings
            .client()
            .ok_or_else(|| Error::new(Kind::Internal, "the HTTP client cannot be set up"))?;
        Ok(HttpTransport {
            settings,
            client,
            lanes: Mutex::default(),
            address: ArcSwapOption::empty(),
        })
    }

    /// The client whose connections live where this call runs.
    fn client(&self) -> Option<Client> {
        let Some(lane) = lane() else { return Some(self.client.clone()) };
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lanes.iter().find(|(id, _)| id.as_ptr() == Arc::as_ptr(&lane));
        if let Some((_, client)) = known {
            return Some(client.clone());
        }
        let client = self.settings.client()?;
        lanes.retain(|(id, _)| id.strong_count() > 0);
        lanes.push((Arc::downgrade(&lane), client.clone()));
        Some(client)
    }

    /// The address, parsed. The last one without a query is kept: most accounts ask one address for
    /// everything, and a query may hold a token.
    fn address(&self, text: &str) -> Result<Url, Failure> {
        let kept = self.address.load();
        if let Some(kept) = kept.as_ref().filter(|kept| kept.0 == text) {
            return Ok(kept.1.clone());
        }
        let url = Url::parse(text).map_err(|_| cannot_be_sent())?;
        if url.query().is_none() {
            self.address.store(Some(Arc::new((text.to_owned(), url.clone()))));
        }
        Ok(url)
    }

    async fn send_request(
        &self,
        request: Request,
        response_limit: usize,
        release: Release,
    ) -> Result<Response, Failure> {
        let release = &release;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let client = self.client().ok_or(Failure {
            kind: Kind::Internal,
            message: "the HTTP client cannot be set up",
            phase: Phase::Local,
        })?;
        let url = self.address(&request.url)?;
        let mut sent = reqwest::Request::new(method, url);
        let headers = sent.headers_mut();
        // With those that the client adds.
        headers.reserve(request.headers.len() + 4);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        for (name, value) in request.headers {
            let name = HeaderName::from_lowercase(name.as_bytes()).map_err(|_| cannot_be_sent())?;
            let value = match value {
                Cow::Borrowed(value) => Bytes::from_static(value.as_bytes()),
                Cow::Owned(value) => Bytes::from(value),
            };
            let mut value = HeaderValue::from_maybe_shared(value).map_err(|_| Failure {
                kind: Kind::InvalidArgument,
                message: "a header would hold a line break",
                phase: Phase::Local,
            })?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        if request.method == Method::Post {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
        }
        if request.body.len() > 0 {
            let outgoing = Outgoing::new(&request.body, release.clone());
            *sent.body_mut() = Some(reqwest::Body::wrap(outgoing));
        } else if !release.open().await {
            // Without a body there is no byte to hold back: from here on nobody can tell.
            return Err(Failure {
                kind: Kind::Network,
                message: "the request was held back",
                phase: Phase::BeforeLastByte,
            });
        }
        let response = client.execute(sent).await.map_err(|error| failure(&error, release))?;
        read(response, response_limit, release).await
    }
}

impl Transport for HttpTransport {
    fn send(&self, exchange: Exchange) -> Boxed<'_, Result<Response, Failure>> {
        let Exchange { request, deadline, response_limit, release } = exchange;
        let sending = Box::pin(self.send_request(request, response_limit, release.clone()));
        let Some(deadline) = deadline else { return sending };
        Box::pin(async move {
            match tokio::time::timeout_at(deadline.into(), sending).await {
                Ok(result) => result,
                Err(_) => Err(Failure {
                    kind: Kind::Timeout,
                    message: "the deadline passed",
                    phase: release.phase(),
                }),
            }
        })
    }
}

async fn read(
    mut response: reqwest::Response,
    limit: usize,
    release: &Release,
) -> Result<Response, Failure> {
    let protocol = |message| Failure { kind: Kind::Protocol, message, phase: release.phase() };
    let encoding = response.headers().get(CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding.as_bytes() != b"identity") {
        return Err(protocol("the response is compressed, which was not asked for"));
    }
    let expected = response.content_length().unwrap_or(0);
    if expected > limit as u64 {
        return Err(protocol("the response is larger than any answer of this vendor"));
    }
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    while let Some(piece) = response.chunk().await.map_err(|error| failure(&error, release))? {
        if body.len() + piece.len() > limit {
            return Err(protocol("the response is larger than any answer of this vendor"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Response { status, headers, body: body.into() })
}

fn cannot_be_sent() -> Failure {
    let message = "the request cannot be sent as it is";
    Failure { kind: Kind::InvalidArgument, message, phase: Phase::Local }
}

/// What went wrong, in words of our own: reqwest's would show the address with its token.
fn failure(error: &reqwest::Error, release: &Release) -> Failure {
    match tls_problem(error) {
        Some(rustls::Error::InvalidCertificate(_)) => {
            let message = "the server's certificate is not trusted";
            return Failure { kind: Kind::Network, message, phase: Phase::Certificate };
        }
        Some(_) if error.is_connect() => {
            let message = "no TLS connection could be made";
            return Failure { kind: Kind::Network, message, phase: Phase::NotConnected };
        }
        Some(_) | None => {}
    }
    if error.is_connect() {
        let message = if error.is_timeout() {
            "the connection was not made in time"
        } else {
            "no connection could be made"
        };
        return Failure { kind: Kind::Network, message, phase: Phase::NotConnected };
    }
    let phase = release.phase();
    if error.is_timeout() {
        return Failure { kind: Kind::Timeout, message: "the deadline passed", phase };
    }
    if error.is_builder() {
        return cannot_be_sent();
    }
    Failure { kind: Kind::Network, message: "the connection broke", phase }
}

fn tls_problem(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut source = error.source();
    while let Some(inner) = source {
        match tls_error(inner) {
            Some(found) => return Some(found),
            None => source = inner.source(),
        }
    }
    None
}

/// The TLS error in an error, which may be wrapped as an error of input and output more than once;
/// `source` passes those over.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    error.downcast_ref().or_else(|| {
        let inner = error.downcast_ref::<std::io::Error>()?.get_ref()?;
        tls_error(inner)
    })
}
