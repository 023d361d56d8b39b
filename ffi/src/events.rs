//! Events: what a client does, as it does it.

use std::collections::BTreeMap;
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

use cardwire_core::bindings::CallContext;
use cardwire_core::{Billed, BreakerState, Event, Level, Operation, Sent};
use serde_json::{Map, Value};

use crate::call;
use crate::callback::{Gate, UserData};
use crate::codes::{Code, codes, name_of};
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
/// A call begins.
pub const CARDWIRE_EVENT_CALL_STARTED: i32 = 5;
/// A call ended: its caller is given the result or the error next.
pub const CARDWIRE_EVENT_CALL_ENDED: i32 = 6;
/// The library itself refused to send a request.
pub const CARDWIRE_EVENT_REQUEST_REFUSED: i32 = 7;
/// A request waited for its rate permit, and has it.
pub const CARDWIRE_EVENT_RATE_PERMIT_WAITED: i32 = 8;
/// A request took a unit of its account's daily quota. It comes back where the request is not sent.
pub const CARDWIRE_EVENT_QUOTA_UNIT_TAKEN: i32 = 9;
/// The breaker of an account changed.
pub const CARDWIRE_EVENT_BREAKER_CHANGED: i32 = 10;

const KINDS: &[(&str, i32)] = &[
    ("attempt_started", CARDWIRE_EVENT_ATTEMPT_STARTED),
    ("attempt_ended", CARDWIRE_EVENT_ATTEMPT_ENDED),
    ("token_refreshed", CARDWIRE_EVENT_TOKEN_REFRESHED),
    ("order_written", CARDWIRE_EVENT_ORDER_WRITTEN),
    ("call_started", CARDWIRE_EVENT_CALL_STARTED),
    ("call_ended", CARDWIRE_EVENT_CALL_ENDED),
    ("request_refused", CARDWIRE_EVENT_REQUEST_REFUSED),
    ("rate_permit_waited", CARDWIRE_EVENT_RATE_PERMIT_WAITED),
    ("quota_unit_taken", CARDWIRE_EVENT_QUOTA_UNIT_TAKEN),
    ("breaker_changed", CARDWIRE_EVENT_BREAKER_CHANGED),
];

/// A step of a call.
pub const CARDWIRE_LEVEL_DEBUG: i32 = 1;
/// The end of a call, or a change that needs nothing.
pub const CARDWIRE_LEVEL_INFO: i32 = 2;
/// A failure that may pass, or that the caller can correct.
pub const CARDWIRE_LEVEL_WARN: i32 = 3;
/// A failure that somebody has to look at.
pub const CARDWIRE_LEVEL_ERROR: i32 = 4;

codes! {
    Level {
        Debug = CARDWIRE_LEVEL_DEBUG,
        Info = CARDWIRE_LEVEL_INFO,
        Warn = CARDWIRE_LEVEL_WARN,
        Error = CARDWIRE_LEVEL_ERROR,
    }
}

/// Returns the name of one of CARDWIRE_LEVEL_*, in snake_case; NULL for any other number. The text is
/// never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_level_name(level: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<Level>(level))
}

/// Requests go through.
pub const CARDWIRE_BREAKER_STATE_CLOSED: i32 = 1;
/// None does, since too many got no answer.
pub const CARDWIRE_BREAKER_STATE_OPEN: i32 = 2;
/// A few do, to try the vendor again.
pub const CARDWIRE_BREAKER_STATE_HALF_OPEN: i32 = 3;

codes! {
    BreakerState {
        Closed = CARDWIRE_BREAKER_STATE_CLOSED,
        Open = CARDWIRE_BREAKER_STATE_OPEN,
        HalfOpen = CARDWIRE_BREAKER_STATE_HALF_OPEN,
    }
}

/// Returns the name of one of CARDWIRE_BREAKER_STATE_*, in snake_case; NULL for any other number. The
/// text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_breaker_state_name(breaker_state: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<BreakerState>(breaker_state))
}

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

/// Something that a client did. It lives while the callback runs that it was given to. This one, given
/// to cardwire_client_new_observed with `stderr`, writes lines of a log:
///
/// ```c
/// void log_event(const cardwire_event *event, void *file) {
///     if (cardwire_event_level(event) >= CARDWIRE_LEVEL_INFO)
///         fprintf(file, "%s %s\n", cardwire_level_name(cardwire_event_level(event)),
///                 cardwire_event_text(event));
/// }
/// ```
pub struct cardwire_event(());

impl Opaque for cardwire_event {
    type Object = EventObject;
    const TYPE: u8 = 10;
}

/// Receives events. `event` and the texts borrowed from it live until the callback returns; it is
/// not to be freed. See "Callbacks" at the top.
pub type cardwire_event_callback =
    Option<unsafe extern "C-unwind" fn(event: *const cardwire_event, user_data: *mut c_void)>;

/// An event with the texts that C borrows, by the names of its fields in JSON.
pub(crate) struct EventObject {
    kind: i32,
    texts: BTreeMap<String, Text>,
    numbers: BTreeMap<String, u64>,
    line: Text,
    json: Text,
    context: u64,
}

impl EventObject {
    fn new(event: &Event, context: u64) -> Self {
        let json = event.to_json();
        let fields: Map<String, Value> = serde_json::from_str(&json).unwrap_or_default();
        let (mut texts, mut numbers) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in fields {
            match value {
                Value::String(text) => _ = texts.insert(name, Text::new(&text)),
                Value::Number(number) => _ = numbers.insert(name, number.as_u64().unwrap_or(0)),
                _ => {}
            }
        }
        let known = KINDS.iter().find(|(name, _)| *name == event.name());
        EventObject {
            // Rust lets a later crate add events; its name and JSON are there all the same.
            kind: known.map_or(0, |(_, kind)| *kind),
            texts,
            numbers,
            line: Text::new(&event.text()),
            json: Text::taken(json),
            context,
        }
    }

    /// Returns the number of a named value; 0 where the event has none.
    fn code<C: Code>(&self, name: &str) -> i32 {
        let text = self.texts.get(name);
        let is_it = |code: &&C| text.is_some_and(|text| text.is(code.slug()));
        C::all().iter().find(is_it).map_or(0, |code| code.number())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.numbers.get(name).copied()
    }
}

/// Returns a text of an event; NULL where it has none.
fn text(event: *const cardwire_event, name: &str) -> *const c_char {
    call::text(event, |event| event.texts.get(name))
}

/// Returns a number of an event; 0 where it has none.
fn number<N: TryFrom<u64> + Default>(event: *const cardwire_event, name: &str) -> N {
    call::read(event, N::default(), |event| {
        event.number(name).and_then(|number| N::try_from(number).ok()).unwrap_or_default()
    })
}

/// Returns the number of a named value of an event; 0 where it has none.
fn code<C: Code>(event: *const cardwire_event, name: &str) -> i32 {
    call::read(event, 0, |event| event.code::<C>(name))
}

/// Returns an observer that hands each event to the caller's function while the gate is open.
pub(crate) fn observer(
    on_event: unsafe extern "C-unwind" fn(*const cardwire_event, *mut c_void),
    user_data: UserData,
    gate: Arc<Gate>,
) -> impl Fn(&Event, Option<&CallContext>) + Send + Sync + 'static {
    move |event, context| {
        catch(|| {
            gate.pass(|| {
                let context = context.and_then(CallContext::get).copied().unwrap_or(0);
                let Ok(handle) = handle::insert::<cardwire_event>(EventObject::new(event, context))
                else {
                    return;
                };
                // SAFETY: the header asks for a callback of this type.
                unsafe { on_event(handle.cast_const(), user_data.pointer()) };
                call::free(handle);
            });
        });
    }
}

/// Returns the kind of the event: one of CARDWIRE_EVENT_*; 0 for a handle that is not live. Since
/// 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_kind(event: *const cardwire_event) -> i32 {
    call::read(event, 0, |event| event.kind)
}

/// Returns the kind of the event, as a name in snake_case, such as `attempt_ended`. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_name(event: *const cardwire_event) -> *const c_char {
    text(event, "event")
}

/// Returns the level of the event in a log: one of CARDWIRE_LEVEL_*; 0 for a handle that is not
/// live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_level(event: *const cardwire_event) -> i32 {
    code::<Level>(event, "level")
}

/// Returns the event as one line of a log: its name, then its fields as `name=value`, those that
/// have no value left out. It has no line break in it. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_text(event: *const cardwire_event) -> *const c_char {
    call::text(event, |event| Some(&event.line))
}

/// Returns the number of the call, which all its events have; no other call of the process has it.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_call(event: *const cardwire_event) -> u64 {
    number(event, "call")
}

/// Returns the number that cardwire_options_set_context gave the call; 0 where it has none. Since
/// 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_context(event: *const cardwire_event) -> u64 {
    call::read(event, 0, |event| event.context)
}

/// Returns the vendor; NULL where the event is of a call that chose none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_vendor(event: *const cardwire_event) -> *const c_char {
    text(event, "vendor")
}

/// Returns the `name` of the vendor's entry in the configuration, or the vendor's name; NULL where
/// there is no vendor. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_account(event: *const cardwire_event) -> *const c_char {
    text(event, "account")
}

/// Returns the operation: one of CARDWIRE_OPERATION_*; 0 where the event is of an order, a token or
/// a breaker. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_operation(event: *const cardwire_event) -> i32 {
    code::<Operation>(event, "operation")
}

/// Returns the order number; NULL where the event has none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_order_id(event: *const cardwire_event) -> *const c_char {
    text(event, "order_id")
}

/// Counts the attempts of the call from 1; 0 where the event is not of an attempt. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_attempt(event: *const cardwire_event) -> u32 {
    number(event, "attempt")
}

/// Returns how many attempts the call made; 0 where no call ended. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_attempts(event: *const cardwire_event) -> u32 {
    number(event, "attempts")
}

/// Returns the vendor's host, where an attempt starts; NULL else, and on this machine. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_server_address(event: *const cardwire_event) -> *const c_char {
    text(event, "server_address")
}

/// Returns the vendor's port, where an attempt starts; 0 else, and on this machine. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_server_port(event: *const cardwire_event) -> u32 {
    number(event, "server_port")
}

/// Returns how it ended: `ok`, or the name of a status; NULL where nothing ended. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_outcome(event: *const cardwire_event) -> *const c_char {
    text(event, "outcome")
}

/// Returns the vendor's code, as it came; NULL where it gave none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_vendor_code(event: *const cardwire_event) -> *const c_char {
    text(event, "vendor_code")
}

/// Returns the HTTP status of the answer; 0 where there was none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_http_status(event: *const cardwire_event) -> i32 {
    number(event, "http_status")
}

/// Returns the vendor's number for the request; NULL where it gave none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_request_id(event: *const cardwire_event) -> *const c_char {
    text(event, "request_id")
}

/// Returns the number that the gateway before the vendor gave the request; NULL where there is
/// none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_gateway_request_id(event: *const cardwire_event) -> *const c_char {
    text(event, "gateway_request_id")
}

/// Returns the delivery of the request to the vendor: one of CARDWIRE_SENT_*; 0 where neither an
/// attempt nor a call ended. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_sent(event: *const cardwire_event) -> i32 {
    code::<Sent>(event, "sent")
}

/// Returns the bill of the attempt or the call, as far as it is known: one of CARDWIRE_BILLED_*; 0
/// where none ended. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_billed(event: *const cardwire_event) -> i32 {
    code::<Billed>(event, "billed")
}

/// Returns the reason for which the library refused to send a request: `pace`, `quota`, `breaker`,
/// `account_blocked`, `parameters_blocked`, `store`, `photo`, `too_late`, `journal`, `credentials`
/// or `argument`; NULL where the event is of no refusal. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_reason(event: *const cardwire_event) -> *const c_char {
    text(event, "reason")
}

/// Returns how many units of the daily quota are left, as far as this process counts them; -1 where
/// the event is not of a quota. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_quota_left(event: *const cardwire_event) -> i64 {
    call::read(event, -1, |event| {
        event.number("quota_left").map_or(-1, |left| i64::try_from(left).unwrap_or(i64::MAX))
    })
}

/// Returns how many units a day has; 0 where the event is not of a quota. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_quota_limit(event: *const cardwire_event) -> u32 {
    number(event, "quota_limit")
}

/// Returns the state of the breaker before: one of CARDWIRE_BREAKER_STATE_*; 0 where the event is
/// not of a breaker. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_breaker_before(event: *const cardwire_event) -> i32 {
    code::<BreakerState>(event, "breaker_before")
}

/// Returns the state of the breaker from now on: one of CARDWIRE_BREAKER_STATE_*; 0 where the event
/// is not of a breaker. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_breaker_after(event: *const cardwire_event) -> i32 {
    code::<BreakerState>(event, "breaker_after")
}

/// Returns the state of the order in the journal: `intent` before the first byte of its request
/// leaves, `released` before the last byte leaves, `done` when something came of it; NULL where the
/// event is not of an order. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_state(event: *const cardwire_event) -> *const c_char {
    text(event, "state")
}

/// Returns how long it took; 0 where it only began. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_milliseconds(event: *const cardwire_event) -> u64 {
    number(event, "milliseconds")
}

/// Returns the event as a JSON object; `event` holds its name. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_json(event: *const cardwire_event) -> *const c_char {
    call::text(event, |event| Some(&event.json))
}

/// Returns the length of cardwire_event_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_event_json_len(event: *const cardwire_event) -> usize {
    call::text_len(event, |event| Some(&event.json))
}
