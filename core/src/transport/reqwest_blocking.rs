//! A transport over `reqwest::blocking`.

use std::error::Error as StdError;
use std::io::{self, Read};
use std::iter::successors;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Response;
use reqwest::blocking::{Client, Response as Answer};
use reqwest::{Proxy, redirect, retry};
use url::Url;

use crate::cause::{Cause, Step};
use crate::error::{Error, Kind};
use crate::fork::ForkGuard;
use crate::future::BoxFuture;
use crate::threads::without_signals;

use super::connect::{Origin, UNANSWERED};
use super::exchange::cannot_be_sent;
use super::http::{cause as hyper_cause, origin_of};
use super::tls::{self, NO_AUTHORITIES};
use super::{ConnectionSettings, Exchange, Failure, Transport};

/// The time for which a connection waits for its next request. Vendors keep theirs for longer.
const IDLE_LIMIT: Duration = Duration::from_secs(1);

/// A [`Transport`] over [`reqwest::blocking`], with the cargo feature `reqwest-blocking`.
///
/// It keeps to [`ConnectionSettings`] as the library's own transport does, and each of its calls in flight
/// holds a thread. It cannot say what reqwest does not show:
///
/// - `reqwest::blocking` hands a streamed body on through a channel, and where no connection can be made
///   it reports the end of the channel instead of the reason. So the body is given to it whole, and of a
///   connection that breaks, or a call that ends while one is made, nobody knows whether the request left.
/// - A connection that was not made in time may have been at any step. It is called `connect`.
/// - A proxy that gives no tunnel does so with no status but 407. It is never asked again.
/// - A success that a server answers before it has the whole request is believed.
///
/// ```
/// use cardwire::transport::ReqwestTransport;
/// use cardwire::{Client, Config};
///
/// # fn main() -> Result<(), cardwire::Error> {
/// let config = Config::from_json(
///     r#"{"vendors": [{"vendor": "aliyun_yhkr", "app_code": "not-a-real-code"}]}"#,
/// )?;
/// let client = Client::from_config(config.with_transport(ReqwestTransport::new));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ReqwestTransport {
    /// It has a thread, which a forked child has not.
    client: ForkGuard<Client>,
    settings: ConnectionSettings,
}

impl ReqwestTransport {
    /// Makes a client of reqwest that follows no redirect, repeats nothing, reads no environment variable
    /// and trusts what the settings say.
    ///
    /// # Errors
    /// `invalid_config` for a proxy that cannot be used, and on a machine without certificate
    /// authorities; `internal` where TLS or reqwest cannot be set up.
    pub fn new(settings: &ConnectionSettings) -> Result<Self, Error> {
        let tls = tls::settings(settings.ca_file.as_ref())?
            .ok_or_else(|| Error::new(Kind::InvalidConfig, NO_AUTHORITIES))?;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .timeout(None)
            .connect_timeout(settings.connect_timeout)
            .pool_idle_timeout(IDLE_LIMIT);
        if !settings.reuse_connections {
            builder = builder.pool_max_idle_per_host(0);
        }
        if let Some(proxy) = &settings.proxy {
            let proxy = Proxy::https(proxy.reveal());
            let proxy = proxy
                .map_err(|_| Error::config("proxy", "a proxy that reqwest takes", "another"))?;
            builder = builder.proxy(proxy);
        }
        let client = without_signals(|| builder.build());
        let client = client.map_err(|_| Error::new(Kind::Internal, "reqwest cannot be set up"))?;
        Ok(ReqwestTransport { client: ForkGuard::new(client), settings: settings.clone() })
    }

    fn send_blocking(&self, exchange: Exchange) -> Result<Response<Bytes>, Failure> {
        let Exchange { request, deadline, response_limit } = exchange;
        let (head, mut body) = request.into_parts();
        let origin = origin_of(&head.uri).ok_or_else(cannot_be_sent)?;
        let failed = |error: &(dyn StdError + 'static)| self.failure(error, &origin);
        let mut whole = Vec::with_capacity(usize::try_from(body.len()).unwrap_or_default());
        body.read_to_end(&mut whole).map_err(|_| Failure::held_back())?;
        let request = self
            .client
            .request(head.method, head.uri.to_string())
            .headers(head.headers)
            .timeout(deadline.saturating_duration_since(Instant::now()));
        let answer = request.body(whole).send().map_err(|error| failed(&error))?;
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        *response.body_mut() = read(answer, response_limit).map_err(|error| failed(&error))?.into();
        Ok(response)
    }

    /// Says what failed, without the address: reqwest's own words hold it.
    fn failure(&self, error: &(dyn StdError + 'static), origin: &Origin) -> Failure {
        let Origin { host, port, .. } = origin;
        let cause = |step, reason: &str| Cause::new(step, host, *port, reason);
        let (mut is_connecting, mut is_late, mut step) = (false, false, Step::Connect);
        for error in causes(error) {
            if let Some(error) = error.downcast_ref::<reqwest::Error>() {
                is_connecting |= error.is_connect();
                is_late |= error.is_timeout();
                if error.is_dns() {
                    step = Step::Resolve;
                }
            } else if let Some(error) = error.downcast_ref::<rustls::Error>() {
                return tls::refused(error, host, *port, self.settings.ca_file.is_some());
            } else if let Some(error) = error.downcast_ref::<hyper::Error>() {
                return Failure::broken(hyper_cause(error, Step::Receive, host, *port));
            } else if let Some(error) = error.downcast_ref::<io::Error>()
                && error.raw_os_error().is_some()
            {
                return match is_connecting {
                    true => Failure::not_connected(Cause::of_system(step, host, *port, error)),
                    false => Failure::broken(Cause::of_system(Step::Receive, host, *port, error)),
                };
            }
            // hyper-util has no type for it.
            if let Some(words) = error.to_string().strip_prefix("tunnel error: ") {
                return self.refused_by_proxy(words);
            }
        }
        let timeout = self.settings.connect_timeout.as_millis();
        match (is_connecting, is_late) {
            (true, true) => {
                let reason = format!("no answer within connect_timeout_ms, {timeout} ms");
                Failure::not_connected(cause(step, &reason))
            }
            (true, false) if step == Step::Resolve => {
                Failure::not_connected(cause(step, "the name has no address"))
            }
            (true, false) => Failure::not_connected(cause(step, "the connection was not made")),
            (false, true) => Failure::late(Some(cause(Step::Receive, UNANSWERED))),
            (false, false) => Failure::broken(cause(Step::Send, "the connection ended")),
        }
    }

    fn refused_by_proxy(&self, words: &str) -> Failure {
        let url = self.settings.proxy.as_ref().and_then(|proxy| Url::parse(proxy.reveal()).ok());
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        let port = url.as_ref().and_then(Url::port_or_known_default).unwrap_or_default();
        let reason = match words {
            "proxy authorization required" => "status 407: the user and password are refused",
            _ => "the proxy made no tunnel",
        };
        Failure::proxy_refused(Cause::new(Step::Proxy, host, port, reason))
    }
}

/// Reads one byte more than may be there: the library then refuses it.
fn read(answer: Answer, limit: usize) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    answer.take(limit as u64 + 1).read_to_end(&mut body)?;
    Ok(body)
}

/// Walks from an error to its innermost cause. An error of input or output hides one that it carries.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    successors(Some(error), |&error| {
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        carried.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| error.source())
    })
}

impl Transport for ReqwestTransport {
    fn send(&self, exchange: Exchange) -> BoxFuture<'_, Result<Response<Bytes>, Failure>> {
        let transport = self.clone();
        let sending = tokio::task::spawn_blocking(move || transport.send_blocking(exchange));
        Box::pin(async move {
            sending.await.unwrap_or_else(|_| Err(Failure::protocol("the transport panicked")))
        })
    }
}
