//! Why there is no response, and how far its request came.

use crate::cause::{Cause, Step};
use crate::error::Kind;
use crate::facts::Sent;
use crate::slugs::slugs;

slugs! {
    /// The progress of a request for which there is no whole answer.
    Phase {
        /// There was no connection to send it on.
        NotConnected = "not_connected",
        /// The server's certificate was refused.
        Certificate = "certificate",
        /// The proxy refused to make one.
        ProxyRefused = "proxy_refused",
        /// The request could not be sent as it is.
        Local = "local",
        /// The last byte was held back.
        BeforeLastByte = "before_last_byte",
        /// A success was answered while the last byte was held back, and is not believed.
        AnsweredEarly = "answered_early",
        /// The last byte was handed over.
        AfterLastByte = "after_last_byte",
        /// The same, of a request that only reads.
        ReadUnanswered = "read_unanswered",
    }
}

/// Why a [`Transport`](super::Transport) has no response: the step that failed, and how far the request
/// came.
///
/// A transport does not say whether the last byte left: the request's [`Body`](super::Body)
/// knows whether it was taken.
///
/// ```
/// use cardwire::transport::Failure;
/// use cardwire::{Cause, Step};
///
/// let refused = std::io::Error::from_raw_os_error(111);
/// let cause = Cause::of_system(Step::Connect, "api.example", 443, &refused);
/// let failure = Failure::not_connected(cause);
/// assert_eq!(failure.cause().map(Cause::step), Some(Step::Connect));
///
/// let cause = |step, reason| Cause::new(step, "api.example", 443, reason);
/// let failures = [
///     Failure::certificate(cause(Step::Tls, "the certificate is refused: it has expired")),
///     Failure::proxy_refused(cause(Step::Proxy, "status 403")),
///     Failure::broken(cause(Step::Receive, "the server closed the connection")),
///     Failure::late(Some(cause(Step::Receive, "no answer by then"))),
///     Failure::protocol("the response is not HTTP"),
/// ];
/// ```
#[derive(Debug)]
pub struct Failure {
    /// `network`, `timeout`, `protocol`, `invalid_argument` or `invalid_config`; `internal` where the
    /// transport cannot be set up.
    pub(crate) kind: Kind,
    pub(crate) message: &'static str,
    pub(crate) phase: Phase,
    /// The step that failed, where it is one of the network's.
    pub(crate) cause: Option<Cause>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: &'static str, phase: Phase) -> Self {
        Failure { kind, message, phase, cause: None }
    }

    /// Returns the failure of a request for which no connection could be made: nothing of it left.
    pub fn not_connected(cause: Cause) -> Self {
        let message = match cause.step() {
            Step::Proxy => "the proxy made no connection",
            Step::Tls => "no TLS connection could be made",
            _ => "no connection could be made",
        };
        Failure::new(Kind::Network, message, Phase::NotConnected).caused_by(cause)
    }

    /// Returns the failure of a request whose server has a certificate that is not trusted. It ends the
    /// call: nothing is sent again.
    pub fn certificate(cause: Cause) -> Self {
        let message = "the server's certificate is not trusted";
        Failure::new(Kind::Network, message, Phase::Certificate).caused_by(cause)
    }

    /// Returns the failure of a request to which the proxy refused a connection for good. It ends the
    /// call: nothing is sent again.
    pub fn proxy_refused(cause: Cause) -> Self {
        let message = "the proxy made no connection";
        Failure::new(Kind::Network, message, Phase::ProxyRefused).caused_by(cause)
    }

    /// Returns the failure of a request whose connection broke.
    pub fn broken(cause: Cause) -> Self {
        Failure::new(Kind::Network, "the connection broke", Phase::AfterLastByte).caused_by(cause)
    }

    /// Returns the failure of a request whose deadline passed; `cause` says what was waited for.
    pub fn late(cause: Option<Cause>) -> Self {
        let failure = Failure::new(Kind::Timeout, "the deadline passed", Phase::AfterLastByte);
        Failure { cause, ..failure }
    }

    /// Returns the failure of a request whose answer is none: not HTTP, or too large.
    pub fn protocol(message: &'static str) -> Self {
        Failure::new(Kind::Protocol, message, Phase::AfterLastByte)
    }

    /// Returns the step that failed, where it is one of the network's.
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    fn caused_by(self, cause: Cause) -> Self {
        Failure { cause: Some(cause), ..self }
    }

    /// Returns the failure of a request whose [`Body`](super::Body) ended with
    /// [`WithheldError`](super::WithheldError).
    pub fn held_back() -> Self {
        Failure::new(Kind::Network, "the request was held back", Phase::BeforeLastByte)
    }

    /// Returns the same of a request that came so far.
    pub(super) fn at(self, phase: Phase) -> Self {
        Failure { phase, ..self }
    }

    /// Returns whether it says something of the vendor, not of this machine or its proxy alone.
    pub(crate) fn is_of_vendor(&self) -> bool {
        !matches!(self.phase, Phase::Local | Phase::ProxyRefused)
            && !self.cause.as_ref().is_some_and(Cause::is_of_this_machine)
    }

    pub(crate) fn sent(&self) -> Sent {
        match self.phase {
            Phase::AfterLastByte | Phase::ReadUnanswered => Sent::Unknown,
            Phase::NotConnected
            | Phase::Certificate
            | Phase::ProxyRefused
            | Phase::Local
            | Phase::BeforeLastByte
            | Phase::AnsweredEarly => Sent::No,
        }
    }
}
