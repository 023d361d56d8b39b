//! The default transport: hyper over rustls.

use std::error::Error as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use http::header::{CONNECTION, HeaderValue};
use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use http_body::Body as _;
use hyper::body::Incoming;

use crate::cause::{Cause, Step};
use crate::error::Error;
use crate::facts::Sent;
use crate::future::BoxFuture;
use crate::runtime::local_runtime;

use super::connect::{Connector, Origin, UNANSWERED};
use super::decode::{TOO_LARGE, decode};
use super::exchange::cannot_be_sent;
use super::pool::{Connection, Pool};
use super::{ConnectionSettings, Exchange, Failure, Phase, Release, Transport, tls};

pub(crate) struct HttpTransport {
    connector: Connector,
    reuse_connections: bool,
    /// Of the shared runtime.
    pool: Arc<Pool>,
    /// A connection lives on the runtime that it was made on, so each local runtime has a pool.
    local_pools: Mutex<Vec<(Weak<()>, Arc<Pool>)>>,
}

impl HttpTransport {
    pub(crate) fn new(settings: &ConnectionSettings) -> Result<Self, Error> {
        let tls = tls::settings(settings.ca_file.as_ref())?;
        Ok(HttpTransport {
            connector: Connector::new(tls, settings)?,
            reuse_connections: settings.reuse_connections,
            pool: Arc::default(),
            local_pools: Mutex::default(),
        })
    }

    /// Returns the connections that live where this call runs.
    fn pool(&self) -> Arc<Pool> {
        let Some(local) = local_runtime() else { return Arc::clone(&self.pool) };
        let mut local_pools = self.local_pools.lock().unwrap_or_else(PoisonError::into_inner);
        let known = local_pools.iter().find(|(id, _)| id.as_ptr() == Arc::as_ptr(&local));
        if let Some((_, pool)) = known {
            return Arc::clone(pool);
        }
        let pool = Arc::<Pool>::default();
        local_pools.retain(|(id, _)| id.strong_count() > 0);
        local_pools.push((Arc::downgrade(&local), Arc::clone(&pool)));
        pool
    }

    async fn connection(&self, origin: &Origin, release: &Release) -> Result<Connection, Failure> {
        let stream = self.connector.connect(origin, release).await?;
        let started = Connection::start(origin, stream).await;
        started.map_err(|error| {
            Failure::not_connected(cause(&error, Step::Connect, &origin.host, origin.port))
        })
    }

    async fn send_request(&self, exchange: Exchange) -> Result<Response<Bytes>, Failure> {
        let Exchange { request, response_limit, .. } = exchange;
        let (mut head, mut body) = request.into_parts();
        let release = &body.release().clone();
        let origin = origin_of(&head.uri).ok_or_else(cannot_be_sent)?;
        let path = head.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        head.uri = path.parse().map_err(|_| cannot_be_sent())?;
        if !self.reuse_connections {
            head.headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let pool = self.pool();
        let (connection, response) = loop {
            let kept = pool.take(&origin);
            let is_kept = kept.is_some();
            let mut connection = match kept {
                Some(mut kept) => match kept.sender.ready().await {
                    // Its task saw that the answer before this request is read to its end.
                    Ok(()) => kept,
                    Err(_) => continue,
                },
                None => self.connection(&origin, release).await?,
            };
            release.waits_at(Cause::new(Step::Send, &origin.host, origin.port, UNANSWERED));
            connection.watch.begin();
            body = body.watched(Arc::clone(&connection.watch));
            // Without a body there is no byte to hold back: from here on nobody can tell.
            if body.is_empty() {
                connection.watch.last_byte();
                if !release.open().await {
                    return Err(Failure::held_back());
                }
            }
            match connection.sender.try_send_request(Request::from_parts(head, body)).await {
                Ok(response) => break (connection, response),
                Err(mut error) => match error.take_message() {
                    // The server closed it, or said something unasked: nothing was written to it.
                    Some(unsent) if is_kept => (head, body) = unsent.into_parts(),
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
}

impl Transport for HttpTransport {
    fn send(&self, exchange: Exchange) -> BoxFuture<'_, Result<Response<Bytes>, Failure>> {
        Box::pin(async move {
            let (deadline, release) =
                (exchange.deadline, exchange.request.body().release().clone());
            match tokio::time::timeout_at(deadline.into(), self.send_request(exchange)).await {
                Ok(result) => result,
                Err(_) => Err(Failure::late(release.waiting()).at(release.phase())),
            }
        })
    }
}

/// Returns the destination of the address.
pub(super) fn origin_of(uri: &Uri) -> Option<Origin> {
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
    response: Response<Incoming>,
    limit: usize,
    release: &Release,
    origin: &Origin,
) -> Result<Response<Bytes>, Failure> {
    let protocol = |message| Failure::protocol(message).at(release.phase());
    let (head, mut incoming) = response.into_parts();
    let expected = incoming.size_hint().lower();
    if expected > limit as u64 {
        return Err(protocol(TOO_LARGE));
    }
    let mut body = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    while let Some(frame) = poll_fn(|context| Pin::new(&mut incoming).poll_frame(context)).await {
        let frame = frame.map_err(|error| failure(&error, release, origin))?;
        let Some(piece) = frame.data_ref() else { continue };
        if body.len() + piece.len() > limit {
            return Err(protocol(TOO_LARGE));
        }
        body.extend_from_slice(piece);
    }
    let body = decode(&head.headers, body.into(), limit).map_err(protocol)?;
    Ok(Response::from_parts(head, body))
}

/// Returns the failure of a connection that was made.
fn failure(error: &hyper::Error, release: &Release, origin: &Origin) -> Failure {
    let phase = release.phase();
    let step = match phase {
        Phase::BeforeLastByte => Step::Send,
        _ => Step::Receive,
    };
    Failure::broken(cause(error, step, &origin.host, origin.port)).at(phase)
}

/// Returns the operating system's reason where there is one.
pub(super) fn cause(error: &hyper::Error, step: Step, host: &str, port: u16) -> Cause {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(error) = inner.downcast_ref::<std::io::Error>() {
            return match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(_) => Cause::new(step, host, port, "TLS broke"),
                None if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    Cause::new(step, host, port, CLOSED)
                }
                None => Cause::of_system(step, host, port, error),
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
    Cause::new(step, host, port, reason)
}

const CLOSED: &str = "the server closed the connection";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use std::time::{Duration, Instant};

    use crate::wire::{self, Body};

    const SUCCESS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

    fn address(url: String) -> crate::wire::Address {
        crate::wire::Address { url, host: None }
    }

    fn transport(reuse_connections: bool) -> HttpTransport {
        let connect_timeout = Duration::from_secs(3);
        let (proxy, ca_file) = (None, None);
        let settings = ConnectionSettings { connect_timeout, proxy, ca_file, reuse_connections };
        HttpTransport::new(&settings).unwrap()
    }

    fn exchange(url: String, body: Body, release: &Release) -> Exchange {
        let request = wire::Request::post(address(url), "text/plain", body);
        let deadline = Instant::now() + Duration::from_secs(20);
        Exchange::new(request, deadline, 1000, release.clone()).ok().unwrap()
    }

    /// Sends a POST to a server that does with its connection what is given.
    fn post(
        body: Body,
        release: &Release,
        server: impl FnOnce(TcpStream) + Send + 'static,
    ) -> Result<Response<Bytes>, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || server(listener.accept().unwrap().0));
        let exchange = exchange(url, body, release);
        let transport = transport(true);
        let response =
            runtime::handle().unwrap().block_on(async { transport.send(exchange).await });
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
        assert_eq!(response.unwrap().status(), 200);
        assert_eq!((release.answered(), release.phase()), (Sent::No, Phase::BeforeLastByte));
    }

    #[test]
    fn an_answer_after_the_last_byte_is_one() {
        let release = Release::default();
        let response = post(Body::plain("{\"a\":\"b\"}"), &release, |mut stream| {
            read_until(&mut stream, b"{\"a\":\"b\"}");
            stream.write_all(SUCCESS).unwrap();
        });
        assert_eq!(response.unwrap().status(), 200);
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
        assert_eq!(response.unwrap().status(), 200);
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
        assert_eq!(response.unwrap().status(), 200);
        assert_eq!(release.answered(), Sent::Yes);
    }

    /// Sends two requests one after the other to a server that answers the first with `first`, the
    /// second one once the connection of the first is closed where it `closes`. Returns the bodies of
    /// the answers and how many connections were made.
    fn two(first: &'static str, reuse_connections: bool, closes: bool) -> ([Bytes; 2], usize) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (closed, closings) = std::sync::mpsc::channel();
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
                        let _ = closed.send(());
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
        let transport = transport(reuse_connections);
        let bodies = [closes, false].map(|closes| {
            let exchange = exchange(url.clone(), Body::plain("last"), &Release::default());
            let sent = async { transport.send(exchange).await.unwrap().into_body() };
            let body = runtime::handle().unwrap().block_on(sent);
            if closes {
                closings.recv_timeout(Duration::from_secs(10)).unwrap();
            }
            body
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
            let (bodies, made) = two(first, reuse_connections, connections == 2);
            assert_eq!(bodies, ["1", "2"]);
            assert_eq!(made, connections, "{first:?} {reuse_connections}");
        }
    }
}
