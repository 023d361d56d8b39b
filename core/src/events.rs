//! The events that a client tells an observer while it works.

use std::time::Duration;

use crate::error::Kind;
use crate::facts::Sent;
use crate::schema::{Form, Plain, Record, Writer, field, written};
use crate::vendors::{Operation, Vendor};

/// Events with their descriptions: for each its name, the name of its record, and its fields.
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
                $event { $($(#[doc = $field_doc])* $field: $value,)* },
            )*
        }

        impl $type {
            /// Returns the event's name, in snake_case.
            pub const fn name(&self) -> &'static str {
                match self { $($type::$event { .. } => $name,)* }
            }

            fn put(&self, to: &mut Writer) {
                <Plain as Form<&str>>::put("event", &self.name(), to);
                match self {
                    $($type::$event { $($field),* } => {
                        $(<Plain as Form<$value>>::put(written!($field $($written)?), $field, to);)*
                    })*
                }
            }
        }

        $(pub(crate) static $record: Record = Record {
            name: $name,
            doc: concat!($($event_doc, "\n"),*),
            fields: &[
                field::<Plain, &str>("event", "The event's name, in snake_case."),
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
            /// The delivery of the request to the vendor.
            sent: Sent,
            /// Its duration.
            duration: Duration => "milliseconds",
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
        /// A token was fetched, or could not be.
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
    /// Returns the event as a JSON object; `event` holds its name.
    pub fn to_json(&self) -> String {
        Writer::object_of(|to| self.put(to))
    }
}

/// A receiver of events. It may call the client; it runs on one of the library's threads.
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use cardwire::{CallOptions, Client, Config, Event, Observer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
/// # let config = &sandbox.config().to_string();
/// let log = Arc::new(Mutex::new(Vec::new()));
/// let lines = Arc::clone(&log);
/// let observer: Arc<Observer> = Arc::new(move |event: &Event| {
///     assert!(!event.name().is_empty());
///     lines.lock().unwrap().push(event.to_json());
/// });
/// let client = Client::with_observer(Config::from_json(config)?, observer);
/// client.lookup_card("6222020000000000000", &CallOptions::new())?;
/// client.close();
/// assert!(log.lock().unwrap()[0].contains("attempt_started"));
/// # Ok(())
/// # }
/// ```
pub type Observer = dyn Fn(&Event) + Send + Sync;
