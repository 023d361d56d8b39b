//! The state that several processes or machines share in Redis: tokens, and how often accounts were
//! asked.

mod asking;
mod limits;
mod sealed;
mod tokens;

use std::error::Error as _;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use redis::{Connection, ConnectionAddr, IntoConnectionInfo as _, RedisError, TlsCertificates};

use crate::cause::{Cause, Step};
use crate::error::{Error, Kind};
use crate::scrub::shown_path;
use crate::secret::Secret;
use crate::transport::{CaFile, WITHOUT_AUTHORITIES, authorities, tls_cause};
use crate::workers::Workers;

pub(crate) use asking::{blocking, name_under};
pub(crate) use limits::RateReply;
pub(crate) use sealed::Seal;

/// The longest time that the store may take for one answer, a connection and all exchanges included.
const PATIENCE: Duration = Duration::from_secs(2);

/// The most connections that are kept for the next question.
const KEPT: usize = 8;

/// The most questions that wait for the store at once.
const ASKED: usize = 8;

/// The time for which a store that did not answer is not asked about rates and quotas: every call would wait
/// for it once more.
const DOWN: Duration = Duration::from_millis(500);

/// The store of a client. Its connections are closed in programs that the process starts: the
/// standard library makes every socket so.
pub(crate) struct SharedStore {
    url: Secret,
    ca_file: Option<CaFile>,
    client: OnceCell<redis::Client>,
    idle: Mutex<Vec<Connection>>,
    down_until: Mutex<Option<Instant>>,
    workers: Workers,
}

/// The beginning of the standard library's words for a name that could not be looked up.
const LOOKING_UP: &str = "failed to lookup address information";

/// Returns the system's error that an error of the library for Redis stands for.
fn system_error(error: &RedisError) -> Option<&io::Error> {
    let source = error.source()?;
    let shared = source.downcast_ref::<Arc<dyn std::error::Error + Send + Sync>>()?;
    shared.downcast_ref()
}

/// Returns whether a word of the server's is a code of Redis, as `WRONGTYPE` is.
fn is_code(word: &str) -> bool {
    (1..=16).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

impl SharedStore {
    pub(crate) fn new(url: Secret, ca_file: Option<CaFile>) -> Self {
        SharedStore {
            url,
            ca_file,
            client: OnceCell::new(),
            idle: Mutex::default(),
            down_until: Mutex::default(),
            workers: Workers::new("cardwire-store", ASKED),
        }
    }

    fn unreachable(&self) -> Error {
        Error::new(Kind::Storage, self.unreached())
    }

    /// Returns the same with the reason, and with the step at which the network failed: words of the library
    /// for Redis or of the system, or the code of Redis's own refusal.
    fn failed(&self, step: Step, error: &RedisError) -> Error {
        if let Some(code) = error.code().filter(|code| is_code(code)) {
            let message = format!("{} refuses what it is asked: {code}", self.name());
            return Error::new(Kind::Storage, message);
        }
        let Some(failure) = system_error(error) else {
            let message = format!("{}: {}", self.unreached(), error.category());
            return Error::new(Kind::Storage, message);
        };
        let tls = failure.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let (step, reason) = match (failure.kind(), failure.to_string()) {
            (io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut, _) => {
                (step, format!("no answer within {} seconds", PATIENCE.as_secs()))
            }
            (_, text) if text.starts_with(LOOKING_UP) => (Step::Resolve, text),
            (_, text) if failure.raw_os_error().is_some() => (step, text),
            // It may repeat what the server sent.
            (kind, _) => (step, kind.to_string()),
        };
        match self.address() {
            Some(ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. }) => {
                let cause = match tls {
                    Some(tls) => tls_cause(tls, &host, port, self.ca_file.is_some()),
                    None => Cause::of_system(step, &host, port, failure).with_reason(reason),
                };
                self.unreachable().caused_by(Some(cause))
            }
            Some(ConnectionAddr::Unix(path)) => {
                let message = format!("{}: {reason}", self.unreached());
                Error::new(Kind::Storage, message).with_file(&path, failure.raw_os_error())
            }
            _ => self.unreachable(),
        }
    }

    fn address(&self) -> Option<ConnectionAddr> {
        let info = self.url.reveal().into_connection_info();
        info.ok().map(|info| info.addr().clone())
    }

    /// Returns the store by its host and port, or by its socket's path.
    fn name(&self) -> String {
        let address = self.address().map(|address| match address {
            ConnectionAddr::Unix(path) => format!(" at {}", shown_path(&path)),
            address => format!(" at {address}"),
        });
        format!("the token store{}", address.unwrap_or_default())
    }

    fn unreached(&self) -> String {
        format!("{} cannot be reached or does not answer as Redis does", self.name())
    }

    /// Returns whether a store can be asked for under this address.
    pub(crate) fn is_address(url: &Secret) -> bool {
        redis::Client::open(url.reveal()).is_ok()
    }

    fn client(&self) -> Result<&redis::Client, Error> {
        self.client.get_or_try_init(|| {
            let client = if self.url.reveal().starts_with("rediss:") {
                let root_cert = authorities(self.ca_file.as_ref());
                // Without any, those that are built in would be trusted.
                let elsewhere = cfg!(any(windows, target_vendor = "apple"));
                if root_cert.is_none() && !elsewhere {
                    let message = format!("{}: {WITHOUT_AUTHORITIES}", self.unreached());
                    return Err(Error::new(Kind::Storage, message));
                }
                let certificates = TlsCertificates { client_tls: None, root_cert };
                redis::Client::build_with_tls(self.url.reveal(), certificates)
            } else {
                redis::Client::open(self.url.reveal())
            };
            client.map_err(|_| self.unreachable())
        })
    }

    fn connect(&self) -> Result<Connection, Error> {
        let client = self.client()?;
        let connect = || -> Result<Connection, RedisError> {
            let connection = client.get_connection_with_timeout(PATIENCE)?;
            connection.set_read_timeout(Some(PATIENCE))?;
            connection.set_write_timeout(Some(PATIENCE))?;
            Ok(connection)
        };
        connect().map_err(|error| self.failed(Step::Connect, &error))
    }

    /// Asks on a connection there is, and once more on a new one.
    fn ask<T>(
        &self,
        question: impl Fn(&mut Connection) -> Result<T, RedisError>,
    ) -> Result<T, Error> {
        let kept = self.idle().pop();
        if let Some(mut connection) = kept
            && let Ok(answer) = question(&mut connection)
        {
            self.keep(connection);
            return Ok(answer);
        }
        let mut connection = self.connect()?;
        let answer =
            question(&mut connection).map_err(|error| self.failed(Step::Receive, &error))?;
        self.keep(connection);
        Ok(answer)
    }

    /// Asks whether it answers.
    pub(crate) fn ping(&self) -> Result<(), Error> {
        self.ask(|connection| redis::cmd("PING").query::<()>(connection))
    }

    /// Asks like `ask`, but not at all shortly after it failed.
    fn ask_if_up<T>(
        &self,
        question: impl Fn(&mut Connection) -> Result<T, RedisError>,
    ) -> Result<T, Error> {
        if self.down_until().is_some_and(|until| Instant::now() < until) {
            return Err(self.unreachable());
        }
        let answer = self.ask(question);
        *self.down_until() = answer.is_err().then(|| Instant::now() + DOWN);
        answer
    }

    fn down_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.down_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that it did not answer in time, and gives the error.
    pub(crate) fn is_down(&self) -> Error {
        *self.down_until() = Some(Instant::now() + DOWN);
        self.unreachable()
    }

    /// Returns the threads that ask it.
    pub(crate) fn workers(&self) -> &Workers {
        &self.workers
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle();
        if idle.len() < KEPT {
            idle.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
