//! The events that a client tells an observer while it works.

mod context;
mod level;
mod line;
mod names;
#[cfg(feature = "tracing")]
mod spans;

use std::time::Duration;

use crate::admission::BreakerState;
use crate::error::Kind;
use crate::facts::{Billed, Sent};
use crate::schema::{BindingsOnly, Form, Plain, Record, Writer, field, written};
use crate::vendors::{Operation, Vendor};

pub use context::CallContext;
pub(crate) use context::ContextObserver;
pub use level::Level;
pub(crate) use names::telemetry;
#[cfg(feature = "tracing")]
pub(crate) use spans::observer as spans;

/// Events with their descriptions: for each its name, the name of its record, and its fields. The first is
/// the number of the call.
macro_rules! events {
    (
        $(#[doc = $doc:expr])*
        pub enum $type:ident {
            $(
                $(#[doc = $event_doc:expr])*
                $event:ident as $name:literal in $record:ident {
                    $(
                        $(#[doc = $field_doc:expr])*
                        $field:ident: $value:ty $(=> $written:literal)?,
                    )*
                },
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $type {
            $(
                $(#[doc = $event_doc])*
                $event {
                    /// The number of the call, which all its events have; no other call of the process has it.
                    call: u64,
                    $($(#[doc = $field_doc])* $field: $value,)*
                },
            )*
        }

        impl $type {
            /// Returns the event's name, in snake_case.
            pub const fn name(&self) -> &'static str {
                match self { $($type::$event { .. } => $name,)* }
            }

            /// Returns the number of the call, which all its events have; no other call of the process has
            /// it.
            pub const fn call(&self) -> u64 {
                match self { $($type::$event { call, .. } => *call,)* }
            }

            fn put(&self, to: &mut Writer) {
                <Plain as Form<&str>>::put("event", &self.name(), to);
                <Plain as Form<Level>>::put("level", &self.level(), to);
                <BindingsOnly as Form<Text<'_>>>::put("text", &Text(self), to);
                self.put_fields(to);
            }

            fn put_fields(&self, to: &mut Writer) {
                match self {
                    $($type::$event { call, $($field),* } => {
                        <Plain as Form<u64>>::put("call", call, to);
                        $(<Plain as Form<$value>>::put(written!($field $($written)?), $field, to);)*
                    })*
                }
            }
        }

        impl $type {
            /// Returns the name of each field in JSON with its value as JSON.
            fn fields(&self) -> Vec<(&'static str, String)> {
                match self {
                    $($type::$event { call, $($field),* } => vec![
                        ("call", Writer::value_of(call)),
                        $((written!($field $($written)?), Writer::value_of($field)),)*
                    ],)*
                }
            }
        }

        /// Every event's description.
        pub(crate) static RECORDS: &[&Record] = &[$(&$record,)*];

        $(pub(crate) static $record: Record = Record {
            name: $name,
            doc: concat!($($event_doc, "\n"),*),
            fields: &[
                field::<Plain, &str>("event", "The event's name, in snake_case."),
                field::<Plain, Level>("level", "Its level in a log."),
                field::<BindingsOnly, String>("text", "The event as one line of a log."),
                field::<Plain, u64>(
                    "call",
                    "The number of the call, which all its events have; no other call of the process has it.",
                ),
                $(field::<Plain, $value>(
                    written!($field $($written)?),
                    concat!($($field_doc, "\n"),*),
                ),)*
            ],
        };)*
    };
}

events! {
    /// Something that happened. It holds no personal datum and no secret.
    pub enum Event {
        /// A call begins.
        CallStarted as "call_started" in CALL_STARTED {
            /// The operation that is asked for.
            operation: Operation,
        },
        /// A call ended: its caller is given the result or the error next.
        CallEnded as "call_ended" in CALL_ENDED {
            /// The operation that was asked for.
            operation: Operation,
            /// The vendor that answered or was asked last; `None` when none was chosen.
            vendor: Option<Vendor>,
            /// The entry's `name` in the configuration, or the vendor's name.
            account: Option<String>,
            /// The order number; `None` where the caller's own was refused.
            order_id: Option<String>,
            /// `None` where there is a result, else the kind of the error.
            failure: Option<Kind> => "outcome",
            /// The vendor's code, where it refused with one.
            vendor_code: Option<String>,
            /// The HTTP status of a refusal, where there was one.
            http_status: Option<u16>,
            /// The vendor's number for the request.
            request_id: Option<String>,
            /// The delivery of the request to a vendor; of several attempts, the most that one came to.
            sent: Sent,
            /// The bill of the call, as far as it is known; of several attempts, the most that one came
            /// to.
            billed: Billed,
            /// The number of its attempts.
            attempts: u32,
            /// Its duration.
            duration: Duration => "milliseconds",
        },
        /// A request to a vendor begins.
        AttemptStarted as "attempt_started" in ATTEMPT_STARTED {
            /// The vendor.
            vendor: Vendor,
            /// The entry's `name` in the configuration, or the vendor's name.
            account: String,
            /// The operation that is asked for.
            operation: Operation,
            /// The order number of the call.
            order_id: String,
            /// Counts the attempts of a call from 1.
            attempt: u32,
            /// The vendor's host; `None` on this machine.
            server_address: Option<String>,
            /// The vendor's port; `None` on this machine.
            server_port: Option<u16>,
        },
        /// A request to a vendor ended.
        AttemptEnded as "attempt_ended" in ATTEMPT_ENDED {
            /// The vendor.
            vendor: Vendor,
            /// The entry's `name` in the configuration, or the vendor's name.
            account: String,
            /// The operation that was asked for.
            operation: Operation,
            /// The order number of the call.
            order_id: String,
            /// Counts the attempts of a call from 1.
            attempt: u32,
            /// `None` where the vendor gave a result, else the kind of its failure.
            failure: Option<Kind> => "outcome",
            /// The vendor's code, where it gave one.
            vendor_code: Option<String>,
            /// The HTTP status of the answer, where there was one.
            http_status: Option<u16>,
            /// The vendor's number for the request.
            request_id: Option<String>,
            /// The number that the gateway before the vendor gave the request.
            gateway_request_id: Option<String>,
            /// The delivery of the request to the vendor.
            sent: Sent,
            /// The bill of the request, as far as it is known.
            billed: Billed,
            /// Its duration.
            duration: Duration => "milliseconds",
        },
        /// The library itself refused to send a request. The call may go on with another account, or after a
        /// wait.
        RequestRefused as "request_refused" in REQUEST_REFUSED {
            /// The operation that was asked for.
            operation: Operation,
            /// The vendor that was not asked; `None` where none takes what the call asks.
            vendor: Option<Vendor>,
            /// The entry's `name` in the configuration, or the vendor's name.
            account: Option<String>,
            /// The order number; `None` where the argument was refused before there was one.
            order_id: Option<String>,
            /// `pace`, `quota`, `breaker`, `account_blocked`, `parameters_blocked`, `store`, `photo`,
            /// `too_late`, `journal` or `credentials`; or `argument`, where no account takes what the call
            /// asks.
            reason: &'static str,
            /// The kind of the refusal.
            failure: Kind => "outcome",
        },
        /// A request waited for its rate permit, and has it.
        RatePermitWaited as "rate_permit_waited" in RATE_PERMIT_WAITED {
            /// The vendor.
            vendor: Vendor,
            /// The entry's `name` in the configuration, or the vendor's name.
            account: String,
            /// The operation that is asked for.
            operation: Operation,
            /// The order number of the call.
            order_id: String,
            /// The duration of the wait.
            duration: Duration => "milliseconds",
        },
        /// A request took a unit of its account's daily quota. It comes back where the request is not sent.
        QuotaUnitTaken as "quota_unit_taken" in QUOTA_UNIT_TAKEN {
            /// The vendor.
            vendor: Vendor,
            /// The entry's `name` in the configuration, or the vendor's name.
            account: String,
            /// The operation that is asked for.
            operation: Operation,
            /// The order number of the call.
            order_id: String,
            /// The units of the day that are left, as far as this process counts them.
            quota_left: u32,
            /// The units of a day.
            quota_limit: u32,
        },
        /// The breaker of an account changed.
        BreakerChanged as "breaker_changed" in BREAKER_CHANGED {
            /// The vendor.
            vendor: Vendor,
            /// The entry's `name` in the configuration, or the vendor's name.
            account: String,
            /// Its state before.
            breaker_before: BreakerState,
            /// Its state from now on.
            breaker_after: BreakerState,
        },
        /// The journal holds what comes next for an order.
        OrderWritten as "order_written" in ORDER_WRITTEN {
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
        /// A token was fetched, or could not be. The call is the one that began it; others may wait for the same.
        TokenRefreshed as "token_refreshed" in TOKEN_REFRESHED {
            /// The vendor.
            vendor: Vendor,
            /// The entry's `name` in the configuration, or the vendor's name.
            account: String,
            /// `None` where there is a new token, else the kind of the failure.
            failure: Option<Kind> => "outcome",
            /// Its duration.
            duration: Duration => "milliseconds",
        },
    }
}

impl Event {
    /// Returns the event as a JSON object; `event` holds its name and `level` its level.
    pub fn to_json(&self) -> String {
        Writer::object_of(|to| self.put(to))
    }

    /// Returns the event as a JSON object for a language binding, with its line in it.
    pub(crate) fn document(&self) -> String {
        Writer::document_of(|to| self.put(to))
    }
}

/// The line of an event, as a value that is written when it is wanted.
struct Text<'a>(&'a Event);

impl crate::schema::Value for Text<'_> {
    const SHAPE: crate::schema::Shape = crate::schema::Shape::Text;

    fn put(&self, to: &mut Writer) {
        to.text(&self.0.text());
    }
}

/// A receiver of events. It runs on a thread of the library, or on that of the caller who waits. It may call
/// the client, but must not wait for a call to the account that the event is about: that call may need the
/// token or the permit that the one it is told of still holds.
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use cardwire::{CallOptions, Client, Config, Event, Level, Observer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
/// # let config = &sandbox.config().to_string();
/// let log = Arc::new(Mutex::new(Vec::new()));
/// let lines = Arc::clone(&log);
/// let observer: Arc<Observer> = Arc::new(move |event: &Event| {
///     lines.lock().unwrap().push(format!("{} {}", event.level(), event.text()));
/// });
/// let client = Client::with_observer(Config::from_json(config)?, observer);
/// client.lookup_card("6222020000000000000", &CallOptions::new())?;
/// client.close();
/// let log = log.lock().unwrap();
/// assert!(log[0].starts_with(&format!("{} call_started call=", Level::Debug)));
/// assert!(log[0].ends_with("operation=lookup_card"));
/// assert!(log.last().is_some_and(|line| line.starts_with("info call_ended ")));
/// # Ok(())
/// # }
/// ```
pub type Observer = dyn Fn(&Event) + Send + Sync;
