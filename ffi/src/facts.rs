//! What is known about a call, in the form that C borrows.

use std::ffi::c_char;
use std::ptr;

use cardwire_core::{Attempt, Billed, CallFacts, Kind, Sent};

use crate::call;
use crate::codes::{Code, codes, name_of};
use crate::handle::Opaque;
use crate::status;
use crate::text::Text;

/// The last byte of the request never left: the vendor cannot have executed it.
pub const CARDWIRE_SENT_NO: i32 = 1;
/// The last byte may have left and no whole answer came back.
pub const CARDWIRE_SENT_UNKNOWN: i32 = 2;
/// The vendor answered.
pub const CARDWIRE_SENT_YES: i32 = 3;

codes! {
    Sent {
        No = CARDWIRE_SENT_NO,
        Unknown = CARDWIRE_SENT_UNKNOWN,
        Yes = CARDWIRE_SENT_YES,
    }
}

/// Not billed: it was not executed, or the vendor's document says that this answer is free.
pub const CARDWIRE_BILLED_NO: i32 = 1;
/// No document says, or no answer came back.
pub const CARDWIRE_BILLED_UNKNOWN: i32 = 2;
/// Billed, as the vendor's document says.
pub const CARDWIRE_BILLED_YES: i32 = 3;

codes! {
    Billed {
        No = CARDWIRE_BILLED_NO,
        Unknown = CARDWIRE_BILLED_UNKNOWN,
        Yes = CARDWIRE_BILLED_YES,
    }
}

/// The name of one of CARDWIRE_SENT_*, in snake_case; NULL for any other number. The text is never
/// freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_sent_name(sent: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<Sent>(sent))
}

/// The name of one of CARDWIRE_BILLED_*, in snake_case; NULL for any other number. The text is never
/// freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_billed_name(billed: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<Billed>(billed))
}

/// The facts of a call with the texts that C borrows.
pub(crate) struct Facts {
    vendor: Option<Text>,
    account: Option<Text>,
    order_id: Option<Text>,
    request_id: Option<Text>,
    gateway_request_id: Option<Text>,
    transaction_time: Option<Text>,
    sent: i32,
    billed: i32,
    attempts: Vec<AttemptFacts>,
}

struct AttemptFacts {
    vendor: Text,
    account: Text,
    failure: Option<Kind>,
    vendor_code: Option<Text>,
    order_id: Text,
    sent: i32,
    billed: i32,
    milliseconds: u64,
}

impl Facts {
    pub(crate) fn new(facts: &CallFacts) -> Self {
        Facts {
            vendor: facts.vendor.map(|vendor| Text::new(vendor.name())),
            account: Text::maybe(facts.account.as_deref()),
            order_id: Text::maybe(facts.order_id.as_deref()),
            request_id: Text::maybe(facts.request_id.as_deref()),
            gateway_request_id: Text::maybe(facts.gateway_request_id.as_deref()),
            transaction_time: Text::maybe(facts.transaction_time.as_deref()),
            sent: facts.sent.number(),
            billed: facts.billed.number(),
            attempts: facts.attempts.iter().map(AttemptFacts::new).collect(),
        }
    }
}

impl AttemptFacts {
    fn new(attempt: &Attempt) -> Self {
        AttemptFacts {
            vendor: Text::new(attempt.vendor.name()),
            account: Text::new(&attempt.account),
            failure: attempt.failure,
            vendor_code: Text::maybe(attempt.vendor_code.as_deref()),
            order_id: Text::new(&attempt.order_id),
            sent: attempt.sent.number(),
            billed: attempt.billed.number(),
            milliseconds: u64::try_from(attempt.duration.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// A result or an error.
pub(crate) trait HasFacts {
    fn facts(&self) -> &Facts;
}

fn attempt<P: Opaque<Object: HasFacts>, R>(
    handle: *const P,
    index: usize,
    absent: R,
    body: impl FnOnce(&AttemptFacts) -> R,
) -> R {
    let found = |object: &P::Object| object.facts().attempts.get(index).map(body);
    call::read(handle, None, found).unwrap_or(absent)
}

pub(crate) fn vendor<P: Opaque<Object: HasFacts>>(handle: *const P) -> *const c_char {
    call::text(handle, |object| object.facts().vendor.as_ref())
}

pub(crate) fn account<P: Opaque<Object: HasFacts>>(handle: *const P) -> *const c_char {
    call::text(handle, |object| object.facts().account.as_ref())
}

pub(crate) fn order_id<P: Opaque<Object: HasFacts>>(handle: *const P) -> *const c_char {
    call::text(handle, |object| object.facts().order_id.as_ref())
}

pub(crate) fn request_id<P: Opaque<Object: HasFacts>>(handle: *const P) -> *const c_char {
    call::text(handle, |object| object.facts().request_id.as_ref())
}

pub(crate) fn gateway_request_id<P: Opaque<Object: HasFacts>>(handle: *const P) -> *const c_char {
    call::text(handle, |object| object.facts().gateway_request_id.as_ref())
}

pub(crate) fn transaction_time<P: Opaque<Object: HasFacts>>(handle: *const P) -> *const c_char {
    call::text(handle, |object| object.facts().transaction_time.as_ref())
}

pub(crate) fn sent<P: Opaque<Object: HasFacts>>(handle: *const P) -> i32 {
    call::read(handle, 0, |object| object.facts().sent)
}

pub(crate) fn billed<P: Opaque<Object: HasFacts>>(handle: *const P) -> i32 {
    call::read(handle, 0, |object| object.facts().billed)
}

pub(crate) fn attempt_count<P: Opaque<Object: HasFacts>>(handle: *const P) -> usize {
    call::read(handle, 0, |object| object.facts().attempts.len())
}

pub(crate) fn attempt_vendor<P: Opaque<Object: HasFacts>>(
    handle: *const P,
    index: usize,
) -> *const c_char {
    attempt(handle, index, ptr::null(), |attempt| attempt.vendor.pointer())
}

pub(crate) fn attempt_account<P: Opaque<Object: HasFacts>>(
    handle: *const P,
    index: usize,
) -> *const c_char {
    attempt(handle, index, ptr::null(), |attempt| attempt.account.pointer())
}

pub(crate) fn attempt_outcome<P: Opaque<Object: HasFacts>>(
    handle: *const P,
    index: usize,
) -> *const c_char {
    attempt(handle, index, ptr::null(), |attempt| outcome(attempt.failure))
}

pub(crate) fn attempt_vendor_code<P: Opaque<Object: HasFacts>>(
    handle: *const P,
    index: usize,
) -> *const c_char {
    attempt(handle, index, ptr::null(), |attempt| {
        attempt.vendor_code.as_ref().map_or(ptr::null(), Text::pointer)
    })
}

pub(crate) fn attempt_order_id<P: Opaque<Object: HasFacts>>(
    handle: *const P,
    index: usize,
) -> *const c_char {
    attempt(handle, index, ptr::null(), |attempt| attempt.order_id.pointer())
}

pub(crate) fn attempt_billed<P: Opaque<Object: HasFacts>>(handle: *const P, index: usize) -> i32 {
    attempt(handle, index, 0, |attempt| attempt.billed)
}

pub(crate) fn attempt_sent<P: Opaque<Object: HasFacts>>(handle: *const P, index: usize) -> i32 {
    attempt(handle, index, 0, |attempt| attempt.sent)
}

pub(crate) fn attempt_milliseconds<P: Opaque<Object: HasFacts>>(
    handle: *const P,
    index: usize,
) -> u64 {
    attempt(handle, index, 0, |attempt| attempt.milliseconds)
}

/// `ok`, or the name of the failure's kind.
pub(crate) fn outcome(failure: Option<Kind>) -> *const c_char {
    status::name(failure.map_or(status::CARDWIRE_OK, Code::number))
}
