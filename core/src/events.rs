//! What a client tells an observer while it works.

use std::time::Duration;

use crate::error::Kind;
use crate::facts::{Sent, milliseconds};
use crate::vendors::{Operation, Vendor};

/// Something that happened. It holds no personal datum and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request to a vendor begins.
    AttemptStarted {
        /// The vendor.
        vendor: Vendor,
        /// The entry's `name` in the configuration, or the vendor's name.
        account: String,
        /// What is asked.
        operation: Operation,
        /// The order number of the call.
        order_id: String,
        /// Counts the attempts of a call from 1.
        attempt: u32,
    },
    /// A request to a vendor ended.
    AttemptEnded {
        /// The vendor.
        vendor: Vendor,
        /// The entry's `name` in the configuration, or the vendor's name.
        account: String,
        /// What was asked.
        operation: Operation,
        /// The order number of the call.
        order_id: String,
        /// Counts the attempts of a call from 1.
        attempt: u32,
        /// `None` where the vendor gave a result, else the kind of its failure.
        failure: Option<Kind>,
        /// The vendor's code, where it gave one.
        vendor_code: Option<String>,
        /// Whether the request reached the vendor.
        sent: Sent,
        /// How long it took.
        duration: Duration,
    },
    /// The journal holds what comes next for an order.
    OrderWritten {
        /// The vendor.
        vendor: Vendor,
        /// The entry's `name` in the configuration, or the vendor's name.
        account: String,
        /// The order number.
        order_id: String,
        /// `intent` before the first byte leaves, `released` before the last byte leaves, `done`
        /// when something came of it.
        state: &'static str,
    },
    /// A token was fetched, or could not be.
    TokenRefreshed {
        /// The vendor.
        vendor: Vendor,
        /// The entry's `name` in the configuration, or the vendor's name.
        account: String,
        /// `None` where there is a new token, else the kind of the failure.
        failure: Option<Kind>,
        /// How long it took.
        duration: Duration,
    },
}

impl Event {
    /// The event's name, in snake_case.
    pub const fn name(&self) -> &'static str {
        match self {
            Event::AttemptStarted { .. } => "attempt_started",
            Event::AttemptEnded { .. } => "attempt_ended",
            Event::OrderWritten { .. } => "order_written",
            Event::TokenRefreshed { .. } => "token_refreshed",
        }
    }

    /// The event as a JSON object; `event` holds its name.
    pub fn to_json(&self) -> String {
        let outcome = |failure: &Option<Kind>| failure.map_or("ok", Kind::slug);
        let value = match self {
            Event::AttemptStarted { vendor, account, operation, order_id, attempt } => {
                serde_json::json!({
                    "event": self.name(), "vendor": vendor.name(), "account": account,
                    "operation": operation.slug(), "order_id": order_id, "attempt": attempt,
                })
            }
            Event::AttemptEnded {
                vendor,
                account,
                operation,
                order_id,
                attempt,
                failure,
                vendor_code,
                sent,
                duration,
            } => serde_json::json!({
                "event": self.name(), "vendor": vendor.name(), "account": account,
                "operation": operation.slug(), "order_id": order_id, "attempt": attempt,
                "outcome": outcome(failure), "vendor_code": vendor_code, "sent": sent.slug(),
                "milliseconds": milliseconds(*duration),
            }),
            Event::OrderWritten { vendor, account, order_id, state } => serde_json::json!({
                "event": self.name(), "vendor": vendor.name(), "account": account,
                "order_id": order_id, "state": state,
            }),
            Event::TokenRefreshed { vendor, account, failure, duration } => serde_json::json!({
                "event": self.name(), "vendor": vendor.name(), "account": account,
                "outcome": outcome(failure), "milliseconds": milliseconds(*duration),
            }),
        };
        value.to_string()
    }
}

/// Receives events. It may call the client; it runs on one of the library's threads.
pub type Observer = dyn Fn(&Event) + Send + Sync;
