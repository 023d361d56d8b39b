//! Connections: accepted, spoken on, ended, and the faults of the connection itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::exchange::{Exchange, Next};
use crate::hosts;
use crate::http::checks;
use crate::http::{Answer, Reader};
use crate::script::{Fault, FaultKind};
use crate::shared::{self, SharedState};
use crate::vendor::{Operation, Vendor};

/// A connection whose TCP socket can be reached, for resets.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for tokio_rustls::server::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Accepts connections for ever: a vendor's, or on the port of all anybody's.
pub(crate) async fn serve(
    shared: Arc<SharedState>,
    vendor: Option<Vendor>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
) {
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        // Numbered as they came.
        let connection = shared.connected(vendor, peer.port());
        let (shared, tls) = (Arc::clone(&shared), tls.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let Some(vendor) = vendor else {
                open(&shared, stream, connection, tls).await;
                return;
            };
            let action = {
                let mut state = shared.lock();
                let disowned = connection <= state.disowned;
                let queue = &mut state.queues[vendor.index()];
                if disowned { None } else { queue.take(Operation::Connect) }
            };
            let fault = action.and_then(|a| a.fault);
            let fault = match fault {
                Some(fault) if !fault.kind.waits_for_tls() => {
                    at_accept(stream, &fault).await;
                    return;
                }
                other => other,
            };
            match tls {
                None => greet(&shared, vendor, stream, connection, fault).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        greet(&shared, vendor, stream, connection, fault).await;
                    }
                }
            }
        });
    }
}

/// Talks over a connection that is set up, or ends it with the fault.
async fn greet<S: Socket>(
    shared: &SharedState,
    vendor: Vendor,
    mut stream: S,
    connection: u64,
    fault: Option<Fault>,
) {
    match fault.map(|fault| fault.kind) {
        None => talk(shared, Some(vendor), stream, connection).await,
        Some(FaultKind::ResetAfterFirstByte) => {
            let _ = stream.read(&mut [0]).await;
            let _ = stream.tcp().set_zero_linger();
        }
        Some(_) => linger(&mut stream).await,
    }
}

async fn at_accept(mut stream: TcpStream, fault: &Fault) {
    match fault.kind {
        FaultKind::ResetOnAccept => {
            let _ = stream.set_zero_linger();
        }
        FaultKind::StallOnAccept => hold(&mut stream, fault.n).await,
        FaultKind::GarbageOnAccept => {
            let _ = stream.write_all(&fault.bytes()).await;
            linger(&mut stream).await;
        }
        _ => {}
    }
}

/// Talks to whoever came to the port of all: over TLS or not, through a tunnel or not.
async fn open(
    shared: &SharedState,
    mut stream: TcpStream,
    connection: u64,
    tls: Option<TlsAcceptor>,
) {
    const TLS_HANDSHAKE: u8 = 0x16;
    loop {
        let mut start = [0; 8];
        let Ok(1..) = stream.peek(&mut start).await else { return };
        if start[0] == TLS_HANDSHAKE {
            let Some(tls) = tls else { return };
            if let Ok(stream) = tls.accept(stream).await {
                talk(shared, None, stream, connection).await;
            }
            return;
        }
        if !start.starts_with(b"CONN") {
            return talk(shared, None, stream, connection).await;
        }
        // A client says nothing more until the tunnel is there.
        let mut reader = Reader::new(stream);
        if !reader.wait().await || reader.head().await.is_err() {
            return;
        }
        stream = reader.stream;
        if stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.is_err() {
            return;
        }
    }
}

async fn talk<S: Socket>(shared: &SharedState, vendor: Option<Vendor>, stream: S, connection: u64) {
    let mut reader = Reader::new(stream);
    let mut nth = 0;
    let mut idle = None;
    loop {
        let small = {
            let state = shared.lock();
            let default = Duration::from_millis(state.settings.idle_timeout_ms);
            idle = Some(idle.unwrap_or(default));
            let mut queues = state.queues.iter().zip(Vendor::ALL);
            queues.any(|(queue, of)| vendor.is_none_or(|v| v == of) && queue.wants_small_buffer())
        };
        if small {
            // So that bytes left unread stay at the client, as far as the kernel's limits allow.
            reader.chunk = 4096;
            let _ = socket2::SockRef::from(reader.stream.tcp()).set_recv_buffer_size(64 * 1024);
        }
        let waited = tokio::time::timeout(idle.take().unwrap_or_default(), reader.wait()).await;
        if !matches!(waited, Ok(true)) {
            let _ = reader.stream.shutdown().await;
            return;
        }
        nth += 1;
        let started = Instant::now();
        let resets = shared.lock().resets;
        let head = reader.head().await;
        let named = vendor.or_else(|| head.as_ref().ok().and_then(hosts::vendor_of));
        let Some(named) = named else {
            let status = shared::http_code(checks::MISDIRECTED.answer).unwrap_or(400);
            let bytes = Answer::new(status, "text/plain", "").encode(None, true);
            let _ = reader.stream.write_all(&bytes).await;
            linger(&mut reader.stream).await;
            return;
        };
        if vendor.is_none() && nth == 1 {
            shared.lock().ledger.connected(named);
        }
        let mut exchange = Exchange { shared, vendor: named, connection, nth, started, resets };
        match exchange.run(&mut reader, head).await {
            Next::Keep => {}
            Next::KeepFor(time) => idle = Some(time),
            Next::Close => {
                let _ = reader.stream.shutdown().await;
                linger(&mut reader.stream).await;
                return;
            }
            Next::Reset => {
                let _ = reader.stream.tcp().set_zero_linger();
                return;
            }
        }
    }
}

/// Reads and discards until the client closes or a second passed, so that a close does not become a reset
/// that takes the answer with it.
pub(crate) async fn linger<S: Socket>(stream: &mut S) {
    let _ = stream.shutdown().await;
    let mut sink = vec![0; 16 * 1024];
    let drain = async { while matches!(stream.read(&mut sink).await, Ok(n) if n > 0) {} };
    let _ = tokio::time::timeout(Duration::from_secs(1), drain).await;
}

/// The longest a connection is held without a word, so that a long run does not use up descriptors.
pub(crate) const LONGEST_HOLD: u64 = 10 * 60 * 1000;

/// Holds a connection without reading, until the peer resets it or the time (0: the longest) is over.
pub(crate) async fn hold<S: Socket>(stream: &mut S, ms: u64) {
    let limit = Duration::from_millis(if ms == 0 { LONGEST_HOLD } else { ms });
    let gone = async {
        // A close hides behind unread bytes; a reset shows as an error of the socket.
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            if !matches!(stream.tcp().take_error(), Ok(None)) || stream.tcp().peer_addr().is_err() {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(limit, gone).await;
}
