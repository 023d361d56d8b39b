//! The default engine: hyper over rustls.

use std::borrow::Cow;
use std::error::Error as _;
use std::future::poll_fn;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, USER_AGENT,
};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery};
use http_body::Body as _;
use hyper::body::Incoming;

use crate::cause::{Cause, Step};
use crate::error::{Error, Kind};
use crate::facts::Sent;
use crate::secret::Secret;
use crate::transport::connect::{Connector, Origin, UNANSWERED};
use crate::transport::decode::decode;
use crate::transport::engine::lane;
use crate::transport::outgoing::Outgoing;
use crate::transport::pool::{Connection, Pool};
use crate::transport::{Boxed, Exchange, Failure, Phase, Release, Transport, tls};
use crate::wire::{Method, Request, Response};

pub(crate) struct HttpTransport {
    connector: Connector,
    reuse_connections: bool,
    /// Of the shared runtime.
    pool: Arc<Pool>,
    /// A connection lives on the runtime that it was made on, so each lane has a pool.
    lanes: Mutex<Vec<(Weak<()>, Arc<Pool>)>>,
}

impl HttpTransport {
    pub(crate) fn new(
        connect_timeout: Duration,
        proxy: Option<&Secret>,
        ca_file: Option<&Path>,
        reuse_connections: bool,
    ) -> Result<Self, Error> {
        let tls = tls::settings(ca_file)?;
        let connector = Connector::new(tls, ca_file.is_some(), connect_timeout, proxy)?;
        Ok(HttpTransport {
            connector,
            reuse_connections,
            pool: Arc::default(),
            lanes: Mutex::default(),
        })
    }

    /// The connections that live where this call runs.
    fn pool(&self) -> Arc<Pool> {
        let Some(lane) = lane() else { return Arc::clone(&self.pool) };
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lanes.iter().find(|(id, _)| id.as_ptr() == Arc::as_ptr(&lane));
        if let Some((_, pool)) = known {
            return Arc::clone(pool);
        }
        let pool = Arc::<Pool>::default();
        lanes.retain(|(id, _)| id.strong_count() > 0);
        lanes.push((Arc::downgrade(&lane), Arc::clone(&pool)));
        pool
    }

    async fn connection(&self, origin: &Origin, release: &Release) -> Result<Connection, Failure> {
        let stream = self.connector.connect(origin, release).await?;
        Connection::start(origin, stream).await.map_err(|error| Failure {
            cause: Some(cause(&error, Step::Connect, origin)),
            ..Failure::new(Kind::Network, "no connection could be made", Phase::NotConnected)
        })
    }

    async fn send_request(
        &self,
        mut request: Request,
        response_limit: usize,
        release: Release,
    ) -> Result<Response, Failure> {
        let release = &release;
        let uri: Uri = request.url.parse().map_err(|_| cannot_be_sent())?;
        let origin = origin_of(&uri).ok_or_else(cannot_be_sent)?;
        let mut head = self.head(&mut request, &uri)?;
        let pool = self.pool();
        let (connection, response) = loop {
            let kept = pool.take(&origin);
            let is_kept = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.connection(&origin, release).await?,
            };
            release.waits_at(Cause::new(Step::Send, &origin.host, origin.port, UNANSWERED));
            connection.watch.begin();
            let body = Outgoing::new(&request.body, release.clone(), Arc::clone(&connection.watch));
            if request.body.len() == 0 {
                connection.watch.last_byte();
                if !release.open().await {
                    // Without a body there is no byte to hold back: from here on nobody can tell.
                    let message = "the request was held back";
                    return Err(Failure::new(Kind::Network, message, Phase::BeforeLastByte));
                }
            }
            let whole = http::Request::from_parts(head, body);
            match connection.sender.try_send_request(whole).await {
                Ok(response) => break (connection, response),
                Err(mut error) => match error.take_message() {
                    // The server closed it, or said something unasked: nothing was written to it.
                    Some(unsent) if is_kept => head = unsent.into_parts().0,
                    _ => return Err(failure(error.error(), release, &origin)),
                },
            }
        };
        if connection.watch.is_early() {
            release.recall();
        }
        let is_sent = release.answered() == Sent::Yes;
        let response = read(response, response_limit, release, &origin).await?;
        if is_sent && self.reuse_connections {
            pool.put(connection);
        }
        Ok(response)
    }

    /// The request line and the headers.
    fn head(&self, request: &mut Request, uri: &Uri) -> Result<Parts, Failure> {
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        };
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let path = path.parse::<Uri>().map_err(|_| cannot_be_sent())?;
        let built = http::Request::builder().method(method).uri(path).body(());
        let mut head = built.map_err(|_| cannot_be_sent())?.into_parts().0;
        let headers = &mut head.headers;
        // With those that are added here.
        headers.reserve(request.headers.len() + 6);
        let authority = uri.authority().map_or("", Authority::as_str);
        let host = request.host.as_deref().unwrap_or(authority);
        headers.insert(HOST, HeaderValue::from_str(host).map_err(|_| cannot_be_sent())?);
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_TEXT));
        if !self.reuse_connections {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if request.method == Method::Post {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
        }
        for (name, value) in std::mem::take(&mut request.headers) {
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
        Ok(head)
    }
}

const USER_AGENT_TEXT: &str = concat!("cardwire/", env!("CARGO_PKG_VERSION"));

impl Transport for HttpTransport {
    fn send(&self, exchange: Exchange) -> Boxed<'_, Result<Response, Failure>> {
        let Exchange { request, deadline, response_limit, release } = exchange;
        let sending = Box::pin(self.send_request(request, response_limit, release.clone()));
        let Some(deadline) = deadline else { return sending };
        Box::pin(async move {
            match tokio::time::timeout_at(deadline.into(), sending).await {
                Ok(result) => result,
                Err(_) => Err(Failure {
                    cause: release.waiting(),
                    ..Failure::new(Kind::Timeout, "the deadline passed", release.phase())
                }),
            }
        })
    }
}

/// Where the address leads.
fn origin_of(uri: &Uri) -> Option<Origin> {
    let tls = match uri.scheme_str()? {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let host = uri.host()?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
    Some(Origin { tls, host: bare.to_owned(), port })
}

async fn read(
    response: http::Response<Incoming>,
    limit: usize,
    release: &Release,
    origin: &Origin,
) -> Result<Response, Failure> {
    let protocol = |message| Failure::new(Kind::Protocol, message, release.phase());
    let too_large = "the response is larger than any answer of this vendor";
    let (head, mut incoming) = response.into_parts();
    let expected = incoming.size_hint().lower();
    if expected > limit as u64 {
        return Err(protocol(too_large));
    }
    let mut body = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    while let Some(frame) = poll_fn(|context| Pin::new(&mut incoming).poll_frame(context)).await {
        let frame = frame.map_err(|error| failure(&error, release, origin))?;
        let Some(piece) = frame.data_ref() else { continue };
        if body.len() + piece.len() > limit {
            return Err(protocol(too_large));
        }
        body.extend_from_slice(piece);
    }
    let body = decode(&head.headers, body, limit).map_err(protocol)?;
    Ok(Response { status: head.status.as_u16(), headers: head.headers, body: body.into() })
}

fn cannot_be_sent() -> Failure {
    Failure::new(Kind::InvalidArgument, "the request cannot be sent as it is", Phase::Local)
}

/// What went wrong on a connection that was made.
fn failure(error: &hyper::Error, release: &Release, origin: &Origin) -> Failure {
    let phase = release.phase();
    let step = match phase {
        Phase::BeforeLastByte => Step::Send,
        _ => Step::Receive,
    };
    Failure {
        cause: Some(cause(error, step, origin)),
        ..Failure::new(Kind::Network, "the connection broke", phase)
    }
}

/// The operating system's reason where there is one.
fn cause(error: &hyper::Error, step: Step, origin: &Origin) -> Cause {
    let Origin { host, port, .. } = origin;
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(error) = inner.downcast_ref::<std::io::Error>() {
            return match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(_) => Cause::new(step, host, *port, "TLS broke"),
                None if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    Cause::new(step, host, *port, CLOSED)
                }
                None => Cause::of_system(step, host, *port, error),
            };
        }
        source = inner.source();
    }
    let reason = if error.is_parse() {
        "what the server sent is not HTTP"
    } else if error.is_body_write_aborted() || error.is_user() {
        "the request was held back"
    } else {
        CLOSED
    };
    Cause::new(step, host, *port, reason)
}

const CLOSED: &str = "the server closed the connection";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::runtime;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use crate::facts::Sent;
    use crate::wire::Body;

    const SUCCESS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

    fn address(url: String) -> crate::wire::Address {
        crate::wire::Address { url, host: None }
    }

    fn transport() -> HttpTransport {
        HttpTransport::new(Duration::from_secs(3), None, None, true).unwrap()
    }

    /// Sends a POST to a server that does with its connection what is given.
    fn post(
        body: Body,
        release: &Release,
        server: impl FnOnce(TcpStream) + Send + 'static,
    ) -> Result<Response, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || server(listener.accept().unwrap().0));
        let exchange = Exchange {
            request: Request::post(address(url), "application/json", body),
            deadline: Some(std::time::Instant::now() + Duration::from_secs(20)),
            response_limit: 1000,
            release: release.clone(),
        };
        let transport = transport();
        let response = runtime().unwrap().block_on(async { transport.send(exchange).await });
        server.join().unwrap();
        response
    }

    fn read_until(stream: &mut TcpStream, end: &[u8]) {
        let mut seen = Vec::new();
        while !seen.ends_with(end) {
            let mut byte = [0];
            assert_eq!(stream.read(&mut byte).unwrap(), 1);
            seen.push(byte[0]);
        }
    }

    #[test]
    fn an_answer_ahead_of_the_last_byte_shuts_it_in() {
        // As with a journal that is slow to write the mark.
        let release = Release::after(Box::pin(std::future::pending()));
        let response = post(Body::plain("{\"a\":\"b\"}"), &release, |mut stream| {
            read_until(&mut stream, b"{\"a\":\"b\"");
            stream.write_all(SUCCESS).unwrap();
            // The connection ends without the byte.
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest);
            assert!(rest.is_empty());
        });
        assert_eq!(response.unwrap().status, 200);
        assert_eq!((release.answered(), release.phase()), (Sent::No, Phase::BeforeLastByte));
    }

    #[test]
    fn an_answer_after_the_last_byte_is_one() {
        let release = Release::default();
        let response = post(Body::plain("{\"a\":\"b\"}"), &release, |mut stream| {
            read_until(&mut stream, b"{\"a\":\"b\"}");
            stream.write_all(SUCCESS).unwrap();
        });
        assert_eq!(response.unwrap().status, 200);
        assert_eq!(release.answered(), Sent::Yes);
    }

    #[test]
    fn an_answer_to_a_request_that_the_network_still_holds_ends_it() {
        // Far more than all buffers between here and there.
        let body = Body::plain(vec![b'a'; 64 << 20]);
        let release = Release::default();
        let response = post(body, &release, |mut stream| {
            read_until(&mut stream, b"\r\n\r\n");
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
            stream.write_all(SUCCESS).unwrap();
            let mut piece = vec![0; 1 << 20];
            let mut seen = 0;
            while let Ok(len @ 1..) = stream.read(&mut piece) {
                seen += len;
            }
            assert!(seen < 64 << 20, "{seen}");
        });
        assert_eq!(response.unwrap().status, 200);
        assert_eq!((release.answered(), release.shut()), (Sent::No, Sent::No));
    }

    #[test]
    fn an_interim_answer_holds_nothing_up() {
        let body = Body::plain(vec![b'a'; 1 << 20]);
        let release = Release::default();
        let response = post(body, &release, |mut stream| {
            read_until(&mut stream, b"\r\n\r\n");
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
            let mut body = vec![0; 1 << 20];
            stream.read_exact(&mut body).unwrap();
            stream.write_all(SUCCESS).unwrap();
        });
        assert_eq!(response.unwrap().status, 200);
        assert_eq!(release.answered(), Sent::Yes);
    }

    /// Sends two requests one after the other to a server that answers the first with `first`, and
    /// gives the bodies of the answers and how many connections were made.
    fn two(first: &'static str, reuse_connections: bool) -> ([Bytes; 2], usize) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut connections, mut answered) = (0, 0);
            while answered < 2 {
                let (mut stream, _) = listener.accept().unwrap();
                connections += 1;
                while answered < 2 {
                    let mut request = Vec::new();
                    let mut byte = [0];
                    while !request.ends_with(b"last") && stream.read(&mut byte).unwrap_or(0) == 1 {
                        request.push(byte[0]);
                    }
                    if request.is_empty() {
                        break;
                    }
                    let closes = String::from_utf8_lossy(&request).contains("connection: close");
                    assert_eq!(closes, !reuse_connections);
                    let answer = if answered == 0 { first } else { SECOND };
                    stream.write_all(answer.as_bytes()).unwrap();
                    answered += 1;
                }
            }
            connections
        });
        let transport =
            HttpTransport::new(Duration::from_secs(3), None, None, reuse_connections).unwrap();
        let bodies = [(), ()].map(|()| {
            let exchange = Exchange {
                request: Request::post(address(url.clone()), "text/plain", Body::plain("last")),
                deadline: Some(std::time::Instant::now() + Duration::from_secs(20)),
                response_limit: 1000,
                release: Release::default(),
            };
            runtime().unwrap().block_on(async {
                let body = transport.send(exchange).await.unwrap().body;
                // Whatever came behind the answer is there by now.
                tokio::time::sleep(Duration::from_millis(50)).await;
                body
            })
        });
        (bodies, server.join().unwrap())
    }

    const SECOND: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2";

    #[test]
    fn a_connection_is_used_again_unless_something_was_said_unasked_or_the_caller_does_not_want_it()
    {
        let one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1";
        let with_surplus = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1\
                            HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n3";
        for (first, reuse_connections, connections) in
            [(one, true, 1), (one, false, 2), (with_surplus, true, 2)]
        {
            let (bodies, made) = two(first, reuse_connections);
            assert_eq!(bodies, ["1", "2"]);
            assert_eq!(made, connections, "{first:?} {reuse_connections}");
        }
    }
}
