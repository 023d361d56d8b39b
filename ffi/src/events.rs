//! Events: what a client does, as it does it.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use cardwire_core::{Event, Kind, Observer, Operation, Sent};
use once_cell::race::OnceBox;

use crate::call;
use crate::callback::{Gate, UserData};
use crate::codes::{Code, codes, name_of};
use crate::facts::outcome;
use crate::handle::{self, Opaque};
use crate::panic::catch;
use crate::text::Text;

/// A request to a vendor begins.
pub const CARDWIRE_EVENT_ATTEMPT_STARTED: i32 = 1;
/// A request to a vendor ended.
pub const CARDWIRE_EVENT_ATTEMPT_ENDED: i32 = 2;
/// A token was fetched, or could not be.
pub const CARDWIRE_EVENT_TOKEN_REFRESHED: i32 = 3;
/// The journal holds what comes next for an order.
pub const CARDWIRE_EVENT_ORDER_WRITTEN: i32 = 4;

/// Read a card photo.
pub const CARDWIRE_OPERATION_RECOGNIZE: i32 = 1;
/// Check whether card, name and ID number belong together.
pub const CARDWIRE_OPERATION_VERIFY: i32 = 2;
/// Ask who issued a card number.
pub const CARDWIRE_OPERATION_LOOKUP_CARD: i32 = 3;
/// Fetch what the vendor keeps under an order number.
pub const CARDWIRE_OPERATION_FETCH_ORDER: i32 = 4;

codes! {
    Operation {
        Recognize = CARDWIRE_OPERATION_RECOGNIZE,
        Verify = CARDWIRE_OPERATION_VERIFY,
        LookupCard = CARDWIRE_OPERATION_LOOKUP_CARD,
        FetchOrder = CARDWIRE_OPERATION_FETCH_ORDER,
    }
}

/// Returns the name of one of CARDWIRE_OPERATION_*, in snake_case; NULL for any other number. The
/// text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_operation_name(operation: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<Operation>(operation))
}

/// Something that a client did. It lives while the callback runs that it was given to.
pub struct cardwire_event(());

impl Opaque for cardwire_event {
    type Object = EventObject;
    const TYPE: u8 = 10;
}

/// Receives events. `event` and the texts borrowed from it live until the callback returns; it is
/// not to be freed. See "Callbacks" at the top.
pub type cardwire_event_callback =
    Option<unsafe extern "C-unwind" fn(event: *const cardwire_event, user_data: *mut c_void)>;

pub(crate) struct EventObject {
    source: Event,
    kind: i32,
    name: Text,
    vendor: Option<Text>,
    account: Option<Text>,
    operation: i32,
    order_id: Option<Text>,
    attempt: u32,
    end: Option<End>,
    vendor_code: Option<Text>,
    sent: i32,
    state: Option<Text>,
    json: OnceBox<Text>,
}

/// How something ended, and after how long.
struct End {
    failure: Option<Kind>,
    milliseconds: u64,
}

impl End {
    fn new(failure: Option<Kind>, duration: Duration) -> Self {
        End { failure, milliseconds: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX) }
    }
}

impl EventObject {
    fn new(source: Event) -> Self {
        let mut object = EventObject {
            kind: 0,
            name: Text::new(source.name()),
            vendor: None,
            account: None,
            operation: 0,
            order_id: None,
            attempt: 0,
            end: None,
            vendor_code: None,
            sent: 0,
            state: None,
            json: OnceBox::new(),
            source,
        };
        match &object.source {
            Event::AttemptStarted { vendor, account, operation, order_id, attempt } => {
                object.kind = CARDWIRE_EVENT_ATTEMPT_STARTED;
                object.vendor = Some(Text::new(vendor.name()));
                object.account = Some(Text::new(account));
                object.operation = operation.number();
                object.order_id = Some(Text::new(order_id));
                object.attempt = *attempt;
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
            } => {
                object.kind = CARDWIRE_EVENT_ATTEMPT_ENDED;
                object.vendor = Some(Text::new(vendor.name()));
                object.account = Some(Text::new(account));
                object.operation = operation.number();
                object.order_id = Some(Text::new(order_id));
                object.attempt = *attempt;
                object.end = Some(End::new(*failure, *duration));
                object.vendor_code = Text::maybe(vendor_code.as_deref());
                object.sent = Sent::number(*sent);
            }
            Event::TokenRefreshed { vendor, account, failure, duration } => {
                object.kind = CARDWIRE_EVENT_TOKEN_REFRESHED;
                object.vendor = Some(Text::new(vendor.name()));
                object.account = Some(Text::new(account));
                object.end = Some(End::new(*failure, *duration));
            }
            Event::OrderWritten { vendor, account, order_id, state } => {
                object.kind = CARDWIRE_EVENT_ORDER_WRITTEN;
                object.vendor = Some(Text::new(vendor.name()));
                object.account = Some(Text::new(account));
                object.order_id = Some(Text::new(order_id));
                object.state = Some(Text::new(state));
            }
            // Rust lets a later crate add events; its name and JSON are there all the same.
            _ => {}
        }
        object
    }

    fn json(&self) -> &Text {
        self.json.get_or_init(|| Box::new(Text::taken(self.source.to_json())))
    }
}

/// Returns an observer that hands each event to the caller's function while the gate is open.
pub(crate) fn observer(
    on_event: unsafe extern "C-unwind" fn(*const cardwire_event, *mut c_void),
    user_data: UserData,
    gate: Arc<Gate>,
) -> Arc<Observer> {
    Arc::new(move |event: &Event| {
        catch(|| {
            gate.pass(|| {
                let Ok(handle) = handle::insert::<cardwire_event>(EventObject::new(event.clone()))
                else {
                    return;
                };
                // SAFETY: the header asks for a callback of this type.
                unsafe { on_event(handle.cast_const(), user_data.pointer()) };
                call::free(handle);
            });
        });
    })
}

/// Returns the kind of the event: one of CARDWIRE_EVENT_*; 0 for a handle that is not live. Since
/// 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_kind(event: *const cardwire_event) -> i32 {
    call::read(event, 0, |event| event.kind)
}

/// Returns the kind of the event, as a name: `attempt_started`, `attempt_ended`, `token_refreshed` or
/// `order_written`. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_name(event: *const cardwire_event) -> *const c_char {
    call::text(event, |event| Some(&event.name))
}

/// Returns the vendor. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_vendor(event: *const cardwire_event) -> *const c_char {
    call::text(event, |event| event.vendor.as_ref())
}

/// Returns the `name` of the vendor's entry in the configuration, or the vendor's name. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_account(event: *const cardwire_event) -> *const c_char {
    call::text(event, |event| event.account.as_ref())
}

/// Returns the operation of the attempt: one of CARDWIRE_OPERATION_*; 0 where the event is not of
/// an attempt. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_operation(event: *const cardwire_event) -> i32 {
    call::read(event, 0, |event| event.operation)
}

/// Returns the order number; NULL where the event is neither of a call nor of an order. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_order_id(event: *const cardwire_event) -> *const c_char {
    call::text(event, |event| event.order_id.as_ref())
}

/// Counts the attempts of the call from 1; 0 where the event is not of an attempt. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_attempt(event: *const cardwire_event) -> u32 {
    call::read(event, 0, |event| event.attempt)
}

/// Returns how it ended: `ok`, or the name of a status; NULL where nothing ended. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_outcome(event: *const cardwire_event) -> *const c_char {
    call::read(event, ptr::null(), |event| {
        event.end.as_ref().map_or(ptr::null(), |end| outcome(end.failure))
    })
}

/// Returns the vendor's code, as it came; NULL where it gave none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_vendor_code(event: *const cardwire_event) -> *const c_char {
    call::text(event, |event| event.vendor_code.as_ref())
}

/// Returns the delivery of the request to the vendor: one of CARDWIRE_SENT_*; 0 where no attempt
/// ended. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_sent(event: *const cardwire_event) -> i32 {
    call::read(event, 0, |event| event.sent)
}

/// Returns the state of the order in the journal: `intent` before the first byte of its request
/// leaves, `released` before the last byte leaves, `done` when something came of it; NULL where the
/// event is not of an order. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_state(event: *const cardwire_event) -> *const c_char {
    call::text(event, |event| event.state.as_ref())
}

/// Returns how long it took; 0 where it only began. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_milliseconds(event: *const cardwire_event) -> u64 {
    call::read(event, 0, |event| event.end.as_ref().map_or(0, |end| end.milliseconds))
}

/// Returns the event as a JSON object; `event` holds its name. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_json(event: *const cardwire_event) -> *const c_char {
    call::text(event, |event| Some(event.json()))
}

/// Returns the length of cardwire_event_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_json_len(event: *const cardwire_event) -> usize {
    call::text_len(event, |event| Some(event.json()))
}
