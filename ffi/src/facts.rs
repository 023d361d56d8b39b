//! The facts of a call, in the form that C borrows.

use std::ffi::c_char;
use std::ptr;

use cardwire_core::{Attempt, Billed, CallFacts, ImageFitted, Kind, Sent};
use once_cell::race::OnceBox;

use crate::call;
use crate::codes::{Code, codes, name_of};
use crate::handle::{self, Opaque};
use crate::status;
use crate::text::{self, Text};

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

/// Returns the name of one of CARDWIRE_SENT_*, in snake_case; NULL for any other number. The text
/// is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_sent_name(sent: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<Sent>(sent))
}

/// Returns the name of one of CARDWIRE_BILLED_*, in snake_case; NULL for any other number. The text
/// is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_billed_name(billed: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<Billed>(billed))
}

/// The facts of a call, whether it gave a result or an error. They are borrowed from the result or
/// the error and lives until that is freed; it is not freed by itself.
pub struct cardwire_call_facts(());

impl Opaque for cardwire_call_facts {
    type Object = Facts;
    const TYPE: u8 = 18;
}

/// The facts of a call with the texts that C borrows.
pub(crate) struct Facts {
    vendor: Option<Text>,
    account: Option<Text>,
    order_id: Option<Text>,
    request_id: Option<Text>,
    gateway_request_id: Option<Text>,
    transaction_time: Option<Text>,
    image_fitted: Option<ImageFitted>,
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
            image_fitted: facts.image_fitted.clone(),
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

/// The facts of a result or an error, made when they are first asked for and freed with it.
#[derive(Default)]
pub(crate) struct LentFacts(OnceBox<FactsHandle>);

/// The number that the handle is: 0 where there were none left.
struct FactsHandle(usize);

impl FactsHandle {
    fn pointer(&self) -> *mut cardwire_call_facts {
        ptr::without_provenance_mut(self.0)
    }
}

impl Drop for FactsHandle {
    fn drop(&mut self) {
        call::free(self.pointer());
    }
}

impl LentFacts {
    pub(crate) fn lend(&self, facts: &CallFacts) -> *const cardwire_call_facts {
        let made = || {
            let made = handle::insert::<cardwire_call_facts>(Facts::new(facts));
            Box::new(FactsHandle(made.map_or(0, |made| made.addr())))
        };
        self.0.get_or_init(made).pointer()
    }
}

fn fitted(facts: *const cardwire_call_facts, number: impl FnOnce(&ImageFitted) -> usize) -> usize {
    call::read(facts, 0, |facts| facts.image_fitted.as_ref().map_or(0, number))
}

fn attempt<R>(
    facts: *const cardwire_call_facts,
    index: usize,
    absent: R,
    body: impl FnOnce(&AttemptFacts) -> R,
) -> R {
    call::read(facts, None, |facts| facts.attempts.get(index).map(body)).unwrap_or(absent)
}

/// Returns `ok`, or the name of the failure's kind.
pub(crate) fn outcome(failure: Option<Kind>) -> *const c_char {
    status::name(failure.map_or(status::CARDWIRE_OK, Code::number))
}

/// Returns the vendor that answered or was asked last; NULL where none was chosen. Names are those
/// of the configuration. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_vendor(facts: *const cardwire_call_facts) -> *const c_char {
    call::text(facts, |facts| facts.vendor.as_ref())
}

/// Returns the `name` of that vendor's entry in the configuration, or the vendor's name; NULL where
/// none was chosen. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_account(facts: *const cardwire_call_facts) -> *const c_char {
    call::text(facts, |facts| facts.account.as_ref())
}

/// Returns the order number: yours, or the one that the library made. NULL where the call did not
/// come that far. Keep it: it is how a vendor finds the call. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_order_id(facts: *const cardwire_call_facts) -> *const c_char {
    call::text(facts, |facts| facts.order_id.as_ref())
}

/// Returns the vendor's own number for the request, to name when asking the vendor; NULL where it
/// gave none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_request_id(
    facts: *const cardwire_call_facts,
) -> *const c_char {
    call::text(facts, |facts| facts.request_id.as_ref())
}

/// Returns the number that the gateway before the vendor gave the request, for its own support
/// (Aliyun Cloud Market); NULL where there is none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_gateway_request_id(
    facts: *const cardwire_call_facts,
) -> *const c_char {
    call::text(facts, |facts| facts.gateway_request_id.as_ref())
}

/// Returns when the vendor says that it answered, as it writes it (tencent_kyc: 20151022043831, in
/// China Standard Time); NULL where it does not say. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_transaction_time(
    facts: *const cardwire_call_facts,
) -> *const c_char {
    call::text(facts, |facts| facts.transaction_time.as_ref())
}

/// Returns the size in bytes of the photo that was given, where another was made of it for the vendor
/// that answered or was asked last: turned upright by its EXIF orientation, made smaller, or written
/// as a JPEG. 0 where it was sent as it came, and with it all of
/// cardwire_call_facts_image_fitted_*. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_image_fitted_bytes_before(
    facts: *const cardwire_call_facts,
) -> usize {
    fitted(facts, |fitted| fitted.bytes_before)
}

/// Returns the size in bytes of the photo that was made of it and sent. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_image_fitted_bytes_after(
    facts: *const cardwire_call_facts,
) -> usize {
    fitted(facts, |fitted| fitted.bytes_after)
}

/// Returns the width in pixels of the photo that was given, as it is stored; 0 also where its header
/// does not state it. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_image_fitted_width_before(
    facts: *const cardwire_call_facts,
) -> usize {
    fitted(facts, |fitted| fitted.width_before)
}

/// Returns the height in pixels of the photo that was given, as it is stored; 0 also where its header
/// does not state it. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_image_fitted_height_before(
    facts: *const cardwire_call_facts,
) -> usize {
    fitted(facts, |fitted| fitted.height_before)
}

/// Returns the width in pixels of the photo that was made of it and sent. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_image_fitted_width_after(
    facts: *const cardwire_call_facts,
) -> usize {
    fitted(facts, |fitted| fitted.width_after)
}

/// Returns the height in pixels of the photo that was made of it and sent. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_image_fitted_height_after(
    facts: *const cardwire_call_facts,
) -> usize {
    fitted(facts, |fitted| fitted.height_after)
}

/// Returns the delivery of a complete request to the vendor: one of CARDWIRE_SENT_*; 0 for a handle
/// that is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_sent(facts: *const cardwire_call_facts) -> i32 {
    call::read(facts, 0, |facts| facts.sent)
}

/// Returns the bill of the call, as far as it is known: one of CARDWIRE_BILLED_*; 0 for a handle
/// that is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_billed(facts: *const cardwire_call_facts) -> i32 {
    call::read(facts, 0, |facts| facts.billed)
}

/// Returns how many requests were made, or meant to be made, to vendors. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_attempt_count(facts: *const cardwire_call_facts) -> usize {
    call::read(facts, 0, |facts| facts.attempts.len())
}

/// Returns the vendor of attempt `index`, counted from 0, oldest first; NULL past the last. Since
/// 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_attempt_vendor(
    facts: *const cardwire_call_facts,
    index: usize,
) -> *const c_char {
    attempt(facts, index, ptr::null(), |attempt| attempt.vendor.pointer())
}

/// Returns the `name` of the vendor's entry in the configuration in attempt `index`; NULL past the
/// last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_attempt_account(
    facts: *const cardwire_call_facts,
    index: usize,
) -> *const c_char {
    attempt(facts, index, ptr::null(), |attempt| attempt.account.pointer())
}

/// Returns how attempt `index` ended: `ok`, or the name of a status as cardwire_status_name gives
/// it; NULL past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_attempt_outcome(
    facts: *const cardwire_call_facts,
    index: usize,
) -> *const c_char {
    attempt(facts, index, ptr::null(), |attempt| outcome(attempt.failure))
}

/// Returns the vendor's code in attempt `index`, as it came; NULL where there was none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_attempt_vendor_code(
    facts: *const cardwire_call_facts,
    index: usize,
) -> *const c_char {
    attempt(facts, index, ptr::null(), |attempt| text::pointer(attempt.vendor_code.as_ref()))
}

/// Returns the delivery of attempt `index`'s request to the vendor: one of CARDWIRE_SENT_*; 0 past
/// the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_attempt_sent(
    facts: *const cardwire_call_facts,
    index: usize,
) -> i32 {
    attempt(facts, index, 0, |attempt| attempt.sent)
}

/// Returns the order number that attempt `index` was sent under; NULL past the last. The
/// next account is asked under a new one, after `offline` under the same. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_attempt_order_id(
    facts: *const cardwire_call_facts,
    index: usize,
) -> *const c_char {
    attempt(facts, index, ptr::null(), |attempt| attempt.order_id.pointer())
}

/// Returns the bill of attempt `index`, as far as it is known: one of CARDWIRE_BILLED_*; 0 past the
/// last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_attempt_billed(
    facts: *const cardwire_call_facts,
    index: usize,
) -> i32 {
    attempt(facts, index, 0, |attempt| attempt.billed)
}

/// Returns how long attempt `index` took; 0 past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_call_facts_attempt_milliseconds(
    facts: *const cardwire_call_facts,
    index: usize,
) -> u64 {
    attempt(facts, index, 0, |attempt| attempt.milliseconds)
}
