//! How bytes travel: a [`Transport`] sends one request and reads the whole response. The library has
//! its own, and a program may bring another with
//! [`Config::with_transport`](crate::Config::with_transport).

mod body;
mod connect;
mod decode;
pub(crate) mod engine;
mod exchange;
mod failure;
mod foreign;
mod http;
mod pool;
mod release;
#[cfg(feature = "reqwest-blocking")]
mod reqwest_blocking;
mod tls;
mod watch;

use serde::Deserialize;

pub use crate::future::BoxFuture;
pub use body::{Body, Withheld};
pub use exchange::{ConnectionSettings, Exchange, Transport};
pub use failure::Failure;
#[cfg(feature = "reqwest-blocking")]
pub use reqwest_blocking::ReqwestTransport;

pub(crate) use engine::{hold_up, on_library_thread, runs_here, runtime, wait_for};
pub(crate) use exchange::MakeTransport;
pub(crate) use foreign::ForeignTransport;
pub(crate) use http::HttpTransport;
pub(crate) use release::Release;
pub(crate) use tls::{authorities, check_authorities};

/// How far a request came for which there is no whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// There was no connection to send it on.
    NotConnected,
    /// The server's certificate was refused.
    Certificate,
    /// The proxy refused to make one.
    ProxyRefused,
    /// The request could not be sent as it is.
    Local,
    /// The last byte was held back.
    BeforeLastByte,
    /// A success was answered while the last byte was held back, and is not believed.
    AnsweredEarly,
    /// The last byte was handed over.
    AfterLastByte,
    /// The same, of a request that only reads.
    ReadUnanswered,
}
