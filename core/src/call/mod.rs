//! A call: everything that decides about money, as a value.
//!
//! [`Call`] says what to do next ([`Action`]) and is told what came of each step ([`Event`]). It waits for
//! nothing, reads no clock, draws no randomness and takes no lock: time and entropy are arguments. So
//! whether a billed request is sent again, or elsewhere, or never, is decided on the pages of this
//! folder and tried over every schedule in virtual time.
//!
//! ```text
//!  credentials -> token -> admission -> intent -> send -> record -> done
//!       ^           ^          ^                             |
//!       |           |          +--- nonce, clock ------------+
//!       |           +------- another token, a backoff -------+
//!       +---- other credentials, another account ------------+
//! ```

mod deadline;
mod facts;
mod failover;
mod machine;
mod order_query;
mod protocol;
mod retry;
mod rules;
pub(crate) mod statuses;

use crate::entropy::Entropy;

pub(crate) use deadline::{Deadline, Reason, Stop};
pub(crate) use facts::unanswered;
pub(crate) use failover::{Route, Routes};
pub(crate) use machine::{Call, LATE_TO_FIT, answered_early, refused};
pub(crate) use protocol::{Action, Event, Moment, Note, Plan, Report, Response, Step};
#[cfg(any(test, feature = "fuzz"))]
pub(crate) use rules::on_reply;
pub(crate) use rules::{Rule, of_local, of_phase, on_code};
#[cfg(test)]
pub(crate) use rules::{on_failure, on_local};

/// Order numbers have at most this many characters (`tencent_kyc`: 32 bytes); those made here have
/// all of them.
pub(crate) const ORDER_ID_LENGTH: usize = 32;

/// Makes an order number: the milliseconds of the clock in base 16, so that numbers sort by time, then
/// randomness.
pub(crate) fn new_order_id(unix_ms: u64, entropy: &mut Entropy) -> String {
    let mut order_id = String::with_capacity(ORDER_ID_LENGTH);
    let time = unix_ms.to_be_bytes();
    order_id.push_str(&base16ct::lower::encode_string(time.get(2..).unwrap_or_default()));
    let rest = ORDER_ID_LENGTH.saturating_sub(order_id.len());
    order_id.push_str(&entropy.alphanumeric(rest));
    order_id
}
