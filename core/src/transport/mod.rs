//! The transport of bytes: a [`Transport`] sends one request and reads the whole response. The library has
//! its own, and a program may bring another with
//! [`Config::with_transport`](crate::Config::with_transport).

mod body;
mod connect;
mod decode;
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

pub use crate::future::BoxFuture;
pub use body::{Body, WithheldError};
pub use exchange::{ConnectionSettings, Exchange, Transport};
pub use failure::Failure;
pub(crate) use failure::Phase;
#[cfg(feature = "reqwest-blocking")]
pub use reqwest_blocking::ReqwestTransport;

pub(crate) use exchange::MakeTransport;
pub(crate) use foreign::ForeignTransport;
pub(crate) use http::HttpTransport;
pub(crate) use release::Release;
pub use tls::CaFile;
pub(crate) use tls::{WITHOUT_AUTHORITIES, authorities, cause as tls_cause};
