//! The level of each event in a log.

use super::Event;
use crate::admission::BreakerState;
use crate::error::Kind;
use crate::slugs::slugs;

slugs! {
    /// The level of an event in a log.
    Level {
        /// A step of a call.
        Debug = "debug",
        /// The end of a call, or a change that needs nothing.
        Info = "info",
        /// A failure that may pass, or that the caller can correct.
        Warn = "warn",
        /// A failure that somebody has to look at.
        Error = "error",
    }
}

impl Level {
    /// Returns the level of a call that failed.
    const fn of_failure(kind: Kind) -> Self {
        match kind {
            Kind::Internal | Kind::Storage => Level::Error,
            Kind::ImageRejected
            | Kind::CardNotFound
            | Kind::Cancelled
            | Kind::Closed
            | Kind::AlreadyAnswered
            | Kind::AlreadyRunning => Level::Info,
            _ => Level::Warn,
        }
    }
}

impl Event {
    /// Returns the event's level in a log.
    pub const fn level(&self) -> Level {
        match self {
            Event::CallEnded { failure: None, .. } => Level::Info,
            Event::CallEnded { failure: Some(kind), .. } => Level::of_failure(*kind),
            Event::AttemptEnded { failure: Some(kind), .. } => match Level::of_failure(*kind) {
                Level::Info => Level::Debug,
                _ => Level::Warn,
            },
            Event::TokenRefreshed { failure: Some(_), .. } | Event::RequestRefused { .. } => {
                Level::Warn
            }
            Event::BreakerChanged { breaker_after: BreakerState::Open, .. } => Level::Warn,
            Event::BreakerChanged { .. } => Level::Info,
            Event::CallStarted { .. }
            | Event::AttemptStarted { .. }
            | Event::AttemptEnded { failure: None, .. }
            | Event::TokenRefreshed { failure: None, .. }
            | Event::RatePermitWaited { .. }
            | Event::QuotaUnitTaken { .. }
            | Event::OrderWritten { .. } => Level::Debug,
        }
    }
}
