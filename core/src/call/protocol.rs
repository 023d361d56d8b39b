//! The messages between a call and its driver.

use std::time::Instant;

use crate::admission::{BlockReason, Cost};
use crate::config::RetryConfig;
use crate::decision::{Block, Local};
use crate::error::Error;
use crate::events;
use crate::facts::{ImageFitted, Sent};
use crate::journal::Done;
use crate::transport::Failure;
use crate::vendors::codes::Numbering;
use crate::vendors::{Answer, Operation, Reply};

use super::deadline::Deadline;
use super::failover::Routes;

/// A moment on both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Instant,
    pub(crate) unix_ms: u64,
}

/// The knowledge with which a call begins.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) operation: Operation,
    /// The vendors' numbering of what they answer.
    pub(crate) numbering: Numbering,
    pub(crate) order_id: String,
    pub(crate) routes: Routes,
    pub(crate) retry: RetryConfig,
    pub(crate) deadline: Deadline,
    /// Billed requests are written down before they leave.
    pub(crate) has_journal: bool,
    /// Its number, where an observer is told of it.
    pub(crate) number: Option<u64>,
}

/// The next action of the driver.
#[derive(Debug)]
pub(crate) enum Action {
    Step(Step),
    Note(Note),
    Report(Report),
}

/// A step that is answered with one event.
#[derive(Debug)]
pub(crate) enum Step {
    /// Make the photo fit what the account takes.
    FitPhoto,
    /// Get credentials; others than those of the last request where they were `refused`.
    GetCredentials { refused: bool },
    /// Get a token; another one than that of the last request where it was `refused`.
    GetToken { refused: bool },
    /// Ask whether the account may be sent a request by that moment.
    Admit { until: Instant },
    /// Write down that the request is about to be sent.
    WriteIntent,
    /// Send the request, and have the journal told before its last byte leaves; or read the photo, where
    /// the account is this machine.
    Send,
    /// Write down what came of the request.
    WriteDone(Done),
    /// Take the price of another request from the account's budget.
    PayForRetry(Cost),
    /// Wait.
    Wait { until: Instant },
    /// Ask the vendor for its record of the order.
    QueryOrder,
    /// Write down what that record shows.
    WriteResolved(Done),
}

/// A note to an account or to the journal, which is answered with nothing.
#[derive(Debug)]
pub(crate) enum Note {
    /// Show the vendor's time from now on.
    CorrectClock { server_unix_ms: u64 },
    /// Give the account's budget what a success earns.
    EarnRetry(Option<Cost>),
    /// Tell the account's breaker whether the vendor answered.
    Health { answered: bool },
    /// Ask the account no more for a while, or no more about these values, since it refused so.
    Block(Block, BlockReason),
    /// Have what came of the request written down; nobody waits for it any more.
    Done(Done),
}

/// A report to the outside, at once, which is answered with nothing.
#[derive(Debug)]
pub(crate) enum Report {
    /// Tell the observer.
    Event(events::Event),
    /// Hand the result to the caller.
    Result(Box<Result<Answer, Error>>),
}

/// A whole response with its meaning.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) reply: Box<Reply>,
    pub(crate) status: u16,
    /// `no` where the answer began before the last byte of the request left, which then never left.
    pub(crate) sent: Sent,
    /// The vendor's clock, where the response shows it.
    pub(crate) server_unix_ms: Option<u64>,
}

/// The result of a step.
#[derive(Debug)]
pub(crate) enum Event {
    /// The photo fits; what it became, unless it is sent as it came.
    Fitted(Option<ImageFitted>),
    NotFitted(Error),
    Credentials,
    Token,
    /// There is nothing else than what was refused.
    NoOther,
    CredentialsFailed(Error),
    TokenFailed(Error),
    Admitted,
    Refused(Local, Error),
    /// The request cannot be made.
    NotBuilt(Error),
    /// The entry that was to be written is on the disk.
    Written,
    NotWritten(Error),
    Reply(Result<Response, Failure>),
    /// The reply of this machine's own reader.
    Read(Box<Reply>),
    /// The journal could not be told, or there was nothing to send with: the last byte did not leave.
    NotSent(Error),
    Paid(bool),
    TimerFired,
    /// The answer that the vendor keeps under the order number.
    Order(Option<Response>),
}
