//! Connections between two calls.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::task::AbortHandle;

use super::Body;
use super::connect::{Origin, Stream};
use super::watch::{Watch, WatchStream};

/// Idle connections older than this are not used again: a server that closes one at the moment it
/// is picked up leaves the outcome of a billed call open. Vendors keep connections for longer.
const IDLE_LIMIT: Duration = Duration::from_secs(1);

/// The most connections that wait for the next call.
const MOST_IDLE: usize = 256;

/// The idle connections of one runtime.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<(Instant, Connection)>>);

/// A connection that one request uses at a time. Dropped, it is closed.
pub(super) struct Connection {
    pub(super) sender: SendRequest<Body>,
    pub(super) watch: Arc<Watch>,
    origin: Origin,
    task: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connection {
    /// Speaks HTTP/1.1 on a stream; needs the runtime that the stream lives on.
    pub(super) async fn start(
        origin: &Origin,
        stream: Box<dyn Stream>,
    ) -> Result<Self, hyper::Error> {
        let watch = Arc::new(Watch::default());
        let io = TokioIo::new(WatchStream { stream, watch: Arc::clone(&watch) });
        let (sender, connection) = Builder::new().handshake(io).await?;
        let task = tokio::spawn(async move {
            let _ = connection.await;
        });
        let task = task.abort_handle();
        Ok(Connection { sender, watch, origin: origin.clone(), task })
    }
}

impl Pool {
    /// Returns the connection to an origin that was used last. What is too old, was closed by the
    /// server or said something unasked is closed.
    pub(super) fn take(&self, origin: &Origin) -> Option<Connection> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, connection)| {
            since.elapsed() <= IDLE_LIMIT && !connection.sender.is_closed()
        });
        let index = idle.iter().rposition(|(_, one)| one.origin == *origin)?;
        Some(idle.remove(index).1)
    }

    /// Keeps a connection for the next call.
    pub(super) fn put(&self, connection: Connection) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE {
            idle.push((Instant::now(), connection));
        }
    }
}
