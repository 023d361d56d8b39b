//! The making of a connection: name, address, proxy, TLS, and which of these steps failed and why.

use std::fmt::Write as _;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use crate::cause::{Cause, Step, is_shortage};
use crate::error::{Error, Kind};
use crate::fork::PerProcess;
use crate::secret::Secret;
use crate::workers::Workers;

use super::tls::{self, NO_AUTHORITIES, WITHOUT_AUTHORITIES};
use super::{ConnectionSettings, Failure, Phase, Release};

/// The time for which an address is tried alone before the next one of the same name is tried beside it
/// (RFC 8305, 5).
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// The most addresses of one name that are tried.
const ADDRESSES: usize = 8;

/// The largest head of a proxy's answer that is read, in bytes.
const PROXY_ANSWER_LIMIT: usize = 16 * 1024;

/// A connection, in the clear or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// The destination of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) tls: bool,
    /// A name, or an address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

pub(super) struct Connector {
    /// `None` on a machine without certificate authorities.
    tls: Option<Arc<ClientConfig>>,
    own_authorities: bool,
    timeout: Duration,
    proxy: Option<Proxy>,
}

struct Proxy {
    origin: Origin,
    /// The value of `Proxy-Authorization`.
    authorization: Option<Secret>,
}

impl Proxy {
    fn parse(address: &Secret) -> Option<Self> {
        let url = Url::parse(address.reveal()).ok()?;
        let host = match url.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let port = url.port_or_known_default()?;
        let decoded =
            |text: &str| -> Vec<u8> { percent_encoding::percent_decode_str(text).collect() };
        let named = !url.username().is_empty() || url.password().is_some();
        let authorization = named.then(|| {
            let mut pair = decoded(url.username());
            pair.push(b':');
            pair.extend(decoded(url.password().unwrap_or_default()));
            Secret::new(format!("Basic {}", STANDARD.encode(pair)))
        });
        Some(Proxy { origin: Origin { tls: url.scheme() == "https", host, port }, authorization })
    }
}

/// The step at which a connection is, and the addresses that are being tried.
struct Position<'a> {
    release: &'a Release,
    at: Mutex<(Step, Origin)>,
    trying: Mutex<Vec<SocketAddr>>,
}

impl Position<'_> {
    fn reach(&self, step: Step, origin: &Origin) {
        let Origin { host, port, .. } = origin;
        self.release.waits_at(Cause::new(step, host, *port, UNANSWERED));
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = (step, origin.clone());
    }
}

/// The reason of a step that is not over when its call ends.
pub(super) const UNANSWERED: &str = "no answer by then";

impl Connector {
    pub(super) fn new(
        tls: Option<ClientConfig>,
        settings: &ConnectionSettings,
    ) -> Result<Self, Error> {
        let proxy = settings.proxy.as_ref().map(|address| {
            Proxy::parse(address)
                .ok_or_else(|| Error::config("proxy", "the address of a proxy", "another text"))
        });
        Ok(Connector {
            tls: tls.map(Arc::new),
            own_authorities: settings.ca_file.is_some(),
            timeout: settings.connect_timeout,
            proxy: proxy.transpose()?,
        })
    }

    /// Makes a connection to an origin, with TLS where it has that.
    pub(super) async fn connect(
        &self,
        origin: &Origin,
        release: &Release,
    ) -> Result<Box<dyn Stream>, Failure> {
        let at = Mutex::new((Step::Connect, origin.clone()));
        let position = Position { release, at, trying: Mutex::default() };
        match tokio::time::timeout(self.timeout, self.steps(origin, &position)).await {
            Ok(connected) => connected,
            Err(_) => Err(self.too_slow(&position)),
        }
    }

    fn too_slow(&self, position: &Position<'_>) -> Failure {
        let (step, at) = &*position.at.lock().unwrap_or_else(PoisonError::into_inner);
        let milliseconds = self.timeout.as_millis();
        let trying = position.trying.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reason = format!("no answer within connect_timeout_ms, {milliseconds} ms");
        if *step == Step::Connect && !trying.is_empty() {
            reason.push_str(", from ");
            list(&mut reason, trying.iter());
        }
        let cause = Cause::new(*step, &at.host, at.port, reason);
        let message = "the connection was not made in time";
        Failure { message, ..Failure::not_connected(cause) }
    }

    /// Returns the proxy, for what goes through it. Plain http does not: it would be read there.
    /// The configuration has it only for this machine where a proxy is set.
    fn proxy_of(&self, origin: &Origin) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|_| origin.tls)
    }

    async fn steps(
        &self,
        origin: &Origin,
        position: &Position<'_>,
    ) -> Result<Box<dyn Stream>, Failure> {
        let Some(proxy) = self.proxy_of(origin) else {
            let stream = reach(origin, position).await?;
            if !origin.tls {
                return Ok(Box::new(stream));
            }
            position.reach(Step::Tls, origin);
            return self.secure(origin, stream).await;
        };
        let stream = reach(&proxy.origin, position).await?;
        let mut stream: Box<dyn Stream> = if proxy.origin.tls {
            position.reach(Step::Tls, &proxy.origin);
            self.secure(&proxy.origin, stream).await?
        } else {
            Box::new(stream)
        };
        position.reach(Step::Proxy, &proxy.origin);
        tunnel(&mut stream, proxy, origin).await?;
        position.reach(Step::Tls, origin);
        self.secure(origin, stream).await
    }

    async fn secure(
        &self,
        origin: &Origin,
        stream: impl Stream + 'static,
    ) -> Result<Box<dyn Stream>, Failure> {
        let Origin { host, port, .. } = origin;
        let name = ServerName::try_from(host.clone()).map_err(|_| {
            let reason = "no certificate can be for such a name";
            Failure::not_connected(Cause::new(Step::Tls, host, *port, reason))
        })?;
        let Some(tls) = &self.tls else {
            return Err(Failure {
                cause: Some(Cause::new(Step::Tls, host, *port, WITHOUT_AUTHORITIES)),
                ..Failure::new(Kind::InvalidConfig, NO_AUTHORITIES, Phase::Certificate)
            });
        };
        let connector = TlsConnector::from(Arc::clone(tls));
        match connector.connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(self.insecure(origin, &error)),
        }
    }

    fn insecure(&self, origin: &Origin, error: &io::Error) -> Failure {
        let Origin { host, port, .. } = origin;
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let Some(tls) = tls else {
            let cause = match error.kind() {
                io::ErrorKind::UnexpectedEof => {
                    let reason = "the server closed the connection while TLS was set up";
                    Cause::new(Step::Tls, host, *port, reason)
                }
                _ => Cause::of_system(Step::Tls, host, *port, error),
            };
            return Failure::not_connected(cause);
        };
        tls::refused(tls, host, *port, self.own_authorities)
    }
}

fn list<'a>(text: &mut String, addresses: impl Iterator<Item = &'a SocketAddr>) {
    for (index, address) in addresses.enumerate() {
        let _ = write!(text, "{}{address}", if index == 0 { "" } else { ", " });
    }
}

/// Connects to a host by its name or address.
async fn reach(origin: &Origin, position: &Position<'_>) -> Result<TcpStream, Failure> {
    let Origin { host, port, .. } = origin;
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, *port)],
        Err(_) => {
            position.reach(Step::Resolve, origin);
            look_up(host.clone(), *port).await.map_err(|error| {
                let cause = Cause::of_system(Step::Resolve, host, *port, &error);
                Failure::not_connected(cause)
            })?
        }
    };
    position.reach(Step::Connect, origin);
    let stream = connect_to(addresses, position).await.map_err(|(address, error)| {
        let mut cause = Cause::of_system(Step::Connect, host, *port, &error);
        if address.ip().to_string() != *host {
            let reason = format!("{}: {}", address, cause.reason());
            cause = cause.with_reason(reason);
        }
        Failure::not_connected(cause)
    })?;
    // A request is written whole: nothing is gained by waiting for more of it.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// The most names that are looked up at once.
const NAMES: usize = 8;

/// Threads that wait for the system's name look-up.
static LOOKING_UP: PerProcess<Workers> = PerProcess::new();

/// Looks a name up.
async fn look_up(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    let look_up = move || {
        (host.as_str(), port).to_socket_addrs().map_err(|error| {
            // Without a descriptor the system's look-up says that there is no such name.
            match UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)) {
                Err(shortage) if shortage.raw_os_error().is_some_and(is_shortage) => shortage,
                Err(_) | Ok(_) => error,
            }
        })
    };
    let workers = LOOKING_UP.get_or_make(|| Workers::new("cardwire-names", NAMES));
    let found = workers.run(look_up).await;
    let found = found.ok_or_else(|| io::Error::other("no thread can be started"))?;
    let found: Vec<SocketAddr> = found?.take(ADDRESSES).collect();
    if found.is_empty() {
        return Err(io::Error::other("the name has no address"));
    }
    Ok(found)
}

/// Connects to the first address that takes the connection. The failure is that of the address that
/// was tried first.
async fn connect_to(
    addresses: Vec<SocketAddr>,
    position: &Position<'_>,
) -> Result<TcpStream, (SocketAddr, io::Error)> {
    let trying = |address: SocketAddr| {
        position.trying.lock().unwrap_or_else(PoisonError::into_inner).push(address);
    };
    if let [address] = addresses[..] {
        trying(address);
        return TcpStream::connect(address).await.map_err(|error| (address, error));
    }
    let mut first: Option<(SocketAddr, io::Error)> = None;
    let mut waiting = addresses.into_iter();
    let mut tries = JoinSet::new();
    loop {
        let next = waiting.next();
        if let Some(address) = next {
            trying(address);
            tries.spawn(async move { (address, TcpStream::connect(address).await) });
        }
        let more = waiting.len() > 0;
        tokio::select! {
            Some(Ok((address, connected))) = tries.join_next() => match connected {
                Ok(stream) => return Ok(stream),
                Err(error) => { first.get_or_insert((address, error)); }
            },
            () = tokio::time::sleep(NEXT_ADDRESS_AFTER), if more => {}
            else => {
                let none = || (SocketAddr::from(([0, 0, 0, 0], 0)), io::ErrorKind::NotFound.into());
                return Err(first.unwrap_or_else(none));
            }
        }
    }
}

/// Asks a proxy for a tunnel (RFC 9110, 9.3.6).
async fn tunnel(stream: &mut Box<dyn Stream>, proxy: &Proxy, to: &Origin) -> Result<(), Failure> {
    let Origin { host, port, .. } = &proxy.origin;
    let target = match to.host.contains(':') {
        true => format!("[{}]:{}", to.host, to.port),
        false => format!("{}:{}", to.host, to.port),
    };
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
    if let Some(value) = &proxy.authorization {
        let line = format!("Proxy-Authorization: {}\r\n", value.reveal());
        request.extend_from_slice(line.as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    let broken = |error: io::Error| {
        let cause = match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Cause::new(Step::Proxy, host, *port, "the proxy closed the connection")
            }
            _ => Cause::of_system(Step::Proxy, host, *port, &error),
        };
        Failure::not_connected(cause)
    };
    stream.write_all(&request).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == PROXY_ANSWER_LIMIT {
            let reason = "the head of the proxy's answer is longer than 16 KiB";
            return Err(Failure::not_connected(Cause::new(Step::Proxy, host, *port, reason)));
        }
        // One at a time: what follows the head is the tunnel's.
        head.push(stream.read_u8().await.map_err(broken)?);
        if head.iter().zip(b"HTTP/").any(|(found, expected)| found != expected) {
            // Whoever speaks first in another protocol waits for an answer, and sends no end.
            break;
        }
    }
    let status = status_of(&head);
    let cause = |reason: String| Cause::new(Step::Proxy, host, *port, reason);
    match status {
        Some(200..=299) => Ok(()),
        Some(407) => {
            let what = match proxy.authorization {
                Some(_) => "the user and password in \"proxy\" are refused",
                None => "a user and a password are wanted in \"proxy\"",
            };
            Err(Failure::proxy_refused(cause(format!("status 407: {what}"))))
        }
        Some(status @ 400..=499) => {
            let reason = format!("status {status}: the proxy refuses {target}");
            Err(Failure::proxy_refused(cause(reason)))
        }
        Some(status) => {
            let reason = format!("status {status}: the proxy does not reach {target}");
            Err(Failure::not_connected(cause(reason)))
        }
        None => {
            let reason = "the answer is not that of a proxy";
            Err(Failure::not_connected(cause(reason.to_owned())))
        }
    }
}

/// Returns the status in the first line of an answer.
fn status_of(head: &[u8]) -> Option<u16> {
    let rest = head.strip_prefix(b"HTTP/1.")?;
    let digits = rest.get(2..5)?;
    let ends = rest.get(5).is_some_and(|byte| matches!(byte, b' ' | b'\r'));
    let text = std::str::from_utf8(digits).ok()?;
    if !ends || rest.get(1) != Some(&b' ') || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_authorities_is_told_about_where_tls_is_needed() {
        let settings = ConnectionSettings {
            connect_timeout: Duration::from_secs(1),
            proxy: None,
            ca_file: None,
            reuse_connections: true,
        };
        let connector = Connector::new(None, &settings).unwrap();
        let origin = Origin { tls: true, host: "api.example".to_owned(), port: 443 };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (stream, _other) = tokio::io::duplex(1);
        let failure = runtime.block_on(connector.secure(&origin, stream)).err().unwrap();
        assert_eq!((failure.kind, failure.phase), (Kind::InvalidConfig, Phase::Certificate));
        assert!(failure.message.starts_with("ca_file: expected a file, or certificate"));
    }
}
