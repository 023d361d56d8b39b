//! Servers beside the vendors: a proxy with faults, and hosts that nobody should speak to.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::server::linger;

/// The longest that a connection is held.
const LONGEST: Duration = Duration::from_secs(60);

/// The behaviour of a server beside the vendors on a connection.
#[derive(Clone, Debug)]
pub enum Manner {
    /// Closes it.
    Closes,
    /// Holds it without a word.
    Stalls,
    /// Lets none be made: its queue is full from the start.
    Deaf,
    /// Reads once, says these bytes and closes.
    Says(Vec<u8>),
    /// Connects it through, as a proxy does for `CONNECT`.
    Tunnels,
    /// Connects it through and ends it after that many bytes from the client.
    Breaks(u64),
}

/// A server beside the vendors; dropping it stops it.
#[derive(Debug)]
pub struct Beside {
    port: u16,
    connections: Arc<AtomicU64>,
    task: AbortHandle,
}

impl Beside {
    pub(crate) fn start(runtime: &Handle, manner: Manner) -> io::Result<Self> {
        if matches!(manner, Manner::Deaf) {
            return Self::deaf(runtime);
        }
        let listener = crate::bind(0)?;
        let port = listener.local_addr()?.port();
        let guard = runtime.enter();
        let listener = TcpListener::from_std(listener)?;
        drop(guard);
        let connections = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&connections);
        let task = runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::Relaxed);
                let manner = manner.clone();
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(LONGEST, behave(stream, &manner)).await;
                });
            }
        });
        Ok(Self { port, connections, task: task.abort_handle() })
    }

    /// Returns the kernel drops what comes to a queue that is full, and nobody empties this one.
    fn deaf(runtime: &Handle) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        socket.listen(0)?;
        let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let fill = || {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            filler.set_nonblocking(true)?;
            let _ = filler.connect(&address.into());
            Ok(filler)
        };
        let fillers = (0..4).map(|_| fill()).collect::<io::Result<Vec<_>>>()?;
        let task = runtime.spawn(async move {
            let _held = (socket, fillers);
            tokio::time::sleep(LONGEST).await;
        });
        let connections = Arc::default();
        Ok(Self { port: address.port(), connections, task: task.abort_handle() })
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Connections it accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn behave(mut stream: TcpStream, manner: &Manner) -> io::Result<()> {
    match manner {
        Manner::Closes | Manner::Deaf => Ok(()),
        Manner::Stalls => {
            let mut sink = [0; 4096];
            while stream.read(&mut sink).await? > 0 {}
            Ok(())
        }
        Manner::Says(bytes) => {
            let _ = stream.read(&mut [0; 4096]).await?;
            stream.write_all(bytes).await?;
            linger(&mut stream).await;
            Ok(())
        }
        Manner::Tunnels => tunnel(stream, u64::MAX).await,
        Manner::Breaks(after) => tunnel(stream, *after).await,
    }
}

async fn tunnel(mut client: TcpStream, most: u64) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < 16 * 1024 {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let Some(target) = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n").await;
    };
    let mut server = TcpStream::connect(target).await?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let (from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let mut limited = from_client.take(most);
    tokio::select! {
        // At the limit both connections end, whatever is still under way.
        _ = tokio::io::copy(&mut limited, &mut to_server) => Ok(()),
        _ = tokio::io::copy(&mut from_server, &mut to_client) => Ok(()),
    }
}
