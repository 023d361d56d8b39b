//! The ends of a call from outside, and the time that a call has.

use std::time::{Duration, Instant};

use crate::cause::Cause;
use crate::error::{Error, Kind};
use crate::facts::Sent;

/// The time that a call has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    /// With less than this left no billed request starts.
    pub(crate) least: Duration,
}

impl Deadline {
    /// Returns whether a request that starts then has time for an answer.
    pub(crate) fn allows(self, start: Instant) -> bool {
        start <= self.latest_start()
    }

    /// Returns the last moment at which a request has time for an answer.
    pub(crate) fn latest_start(self) -> Instant {
        self.at.checked_sub(self.least).unwrap_or(self.at)
    }
}

/// Why a call is to end at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Deadline,
    /// The call was given none.
    NoTime,
    Cancelled,
    CallerGone,
    ClientClosed,
}

/// The end of a call from outside, and how far its running request had come.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) reason: Reason,
    /// The state of the running request's last byte, which does not leave from now on.
    pub(crate) sent: Sent,
    /// The step of the network at which the running request waits.
    pub(crate) cause: Option<Cause>,
}

impl Reason {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Reason::Deadline | Reason::NoTime => Kind::Timeout,
            Reason::Cancelled | Reason::CallerGone | Reason::ClientClosed => Kind::Cancelled,
        }
    }

    /// Returns the error that the caller gets.
    pub(crate) fn error(self) -> Error {
        let message = match self {
            Reason::Deadline => "the deadline passed",
            Reason::NoTime => "the call was given no time",
            Reason::Cancelled => "the caller cancelled the call",
            Reason::CallerGone => "nobody waits for the call any more",
            Reason::ClientClosed => "the client was closed during the call",
        };
        Error::new(self.kind(), message)
    }
}

/// Returns the error of a call that came to its request too late.
pub(super) fn too_late() -> Error {
    let message = "too little of the deadline is left for an answer: nothing was sent";
    Error::new(Kind::Timeout, message)
}
