//! An order record: one order as the journal holds it.

use std::ffi::c_char;
use std::ptr;

use cardwire_core::{OrderRecord, OrderStatus};
use once_cell::race::OnceBox;

use crate::call;
use crate::codes::{Code, codes, name_of, number_of};
use crate::error::cardwire_error;
use crate::handle::Opaque;
use crate::status::cardwire_status;
use crate::text::Text;

/// The call runs.
pub const CARDWIRE_ORDER_STATUS_IN_FLIGHT: i32 = 1;
/// The last byte of the request never left: the vendor cannot have executed it.
pub const CARDWIRE_ORDER_STATUS_NOT_SENT: i32 = 2;
/// The vendor may have executed and billed it.
pub const CARDWIRE_ORDER_STATUS_UNKNOWN: i32 = 3;
/// The vendor answered.
pub const CARDWIRE_ORDER_STATUS_ANSWERED: i32 = 4;

codes! {
    OrderStatus {
        InFlight = CARDWIRE_ORDER_STATUS_IN_FLIGHT,
        NotSent = CARDWIRE_ORDER_STATUS_NOT_SENT,
        Unknown = CARDWIRE_ORDER_STATUS_UNKNOWN,
        Answered = CARDWIRE_ORDER_STATUS_ANSWERED,
    }
}

/// Returns the name of one of CARDWIRE_ORDER_STATUS_*, in snake_case; NULL for any other number.
/// The text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_status_name(order_status: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<OrderStatus>(order_status))
}

/// One order as the journal held it when it was read: no personal data, no secret. It is independent
/// of the client and the journal; free it with cardwire_order_record_free. It is not what a vendor keeps
/// under an order number: see cardwire_fetch_order.
pub struct cardwire_order_record(());

impl Opaque for cardwire_order_record {
    type Object = OrderRecordObject;
    const TYPE: u8 = 13;
}

pub(crate) struct OrderRecordObject {
    source: OrderRecord,
    order_id: Text,
    reference: Option<Text>,
    vendor: Option<Text>,
    account: Text,
    outcome: Option<Text>,
    vendor_code: Option<Text>,
    request_id: Option<Text>,
    note: Option<Text>,
    json: OnceBox<Text>,
}

impl From<OrderRecord> for OrderRecordObject {
    fn from(source: OrderRecord) -> Self {
        OrderRecordObject {
            order_id: Text::new(&source.order_id),
            reference: Text::maybe(source.reference.as_deref()),
            vendor: source.vendor.map(|vendor| Text::new(vendor.name())),
            account: Text::new(&source.account),
            outcome: Text::maybe(source.outcome.as_deref()),
            vendor_code: Text::maybe(source.vendor_code.as_deref()),
            request_id: Text::maybe(source.request_id.as_deref()),
            note: Text::maybe(source.note.as_deref()),
            json: OnceBox::new(),
            source,
        }
    }
}

impl OrderRecordObject {
    fn json(&self) -> &Text {
        self.json.get_or_init(|| Box::new(Text::taken(self.source.to_json())))
    }
}

/// Returns the order number. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_order_id(
    record: *const cardwire_order_record,
) -> *const c_char {
    call::text(record, |record| Some(&record.order_id))
}

/// Returns your own name for what was asked; NULL where you gave none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_reference(
    record: *const cardwire_order_record,
) -> *const c_char {
    call::text(record, |record| record.reference.as_ref())
}

/// Returns the vendor that was asked; NULL where this library does not know it. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_vendor(
    record: *const cardwire_order_record,
) -> *const c_char {
    call::text(record, |record| record.vendor.as_ref())
}

/// Returns the `name` of the vendor's entry in the configuration, or the vendor's name. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_account(
    record: *const cardwire_order_record,
) -> *const c_char {
    call::text(record, |record| Some(&record.account))
}

/// Returns the operation of the order: one of CARDWIRE_OPERATION_*; 0 where this library does not
/// know it. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_operation(record: *const cardwire_order_record) -> i32 {
    call::read(record, 0, |record| number_of(record.source.operation))
}

/// Returns the status of the order: one of CARDWIRE_ORDER_STATUS_*; 0 for a handle that is not live.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_status(record: *const cardwire_order_record) -> i32 {
    call::read(record, 0, |record| record.source.status.number())
}

/// Returns how many requests it took. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_sends(record: *const cardwire_order_record) -> u32 {
    call::read(record, 0, |record| record.source.sends)
}

/// Returns when it was first written, in milliseconds since 1970. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_created_ms(record: *const cardwire_order_record) -> u64 {
    call::read(record, 0, |record| record.source.created_ms)
}

/// Returns when it was last written, in milliseconds since 1970. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_changed_ms(record: *const cardwire_order_record) -> u64 {
    call::read(record, 0, |record| record.source.changed_ms)
}

/// Returns the delivery of a complete request to the vendor: one of CARDWIRE_SENT_*; 0 for a handle
/// that is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_sent(record: *const cardwire_order_record) -> i32 {
    call::read(record, 0, |record| record.source.sent.number())
}

/// Returns the bill of the order, as far as it is known: one of CARDWIRE_BILLED_*; 0 for a handle
/// that is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_billed(record: *const cardwire_order_record) -> i32 {
    call::read(record, 0, |record| record.source.billed.number())
}

/// Returns how it ended: `ok`, or the name of a status as cardwire_status_name gives it; NULL while
/// nothing came of it. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_outcome(
    record: *const cardwire_order_record,
) -> *const c_char {
    call::text(record, |record| record.outcome.as_ref())
}

/// Returns the vendor's code; NULL where it gave none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_vendor_code(
    record: *const cardwire_order_record,
) -> *const c_char {
    call::text(record, |record| record.vendor_code.as_ref())
}

/// Returns the vendor's own number for the request, to name when asking the vendor; NULL where it
/// gave none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_request_id(
    record: *const cardwire_order_record,
) -> *const c_char {
    call::text(record, |record| record.request_id.as_ref())
}

/// Returns the HTTP status of the vendor's answer; 0 where there was no answer. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_http_status(record: *const cardwire_order_record) -> i32 {
    call::read(record, 0, |record| record.source.http_status.map_or(0, i32::from))
}

/// Returns 1 where the answer came after the caller had gone, else 0. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_late(record: *const cardwire_order_record) -> i32 {
    call::read(record, 0, |record| record.source.late.into())
}

/// Returns when somebody settled it with the vendor, in milliseconds since 1970; 0 where nobody
/// did. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_reconciled_ms(record: *const cardwire_order_record) -> u64 {
    call::read(record, 0, |record| record.source.reconciled_ms.unwrap_or(0))
}

/// Returns their note; NULL where there is none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_note(
    record: *const cardwire_order_record,
) -> *const c_char {
    call::text(record, |record| record.note.as_ref())
}

/// Returns the length of cardwire_order_record_note in bytes, without the NUL; 0 where it is NULL.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_note_len(record: *const cardwire_order_record) -> usize {
    call::text_len(record, |record| record.note.as_ref())
}

/// Returns the record as a JSON object, with the field names that every language uses. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_json(
    record: *const cardwire_order_record,
) -> *const c_char {
    call::text(record, |record| Some(record.json()))
}

/// Returns the length of cardwire_order_record_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_json_len(record: *const cardwire_order_record) -> usize {
    call::text_len(record, |record| Some(record.json()))
}

/// Reads the order that the vendor answered before, of an error whose status is
/// CARDWIRE_ALREADY_ANSWERED, or the order that runs, of CARDWIRE_ALREADY_RUNNING. Its `sent` and `billed`
/// are those of that order; the error's own are those of the call that ended with it.
///
/// - `failure`: a live error.
/// - `record`: receives the record, or NULL for an error of another status; free it with
///   cardwire_order_record_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_answered_order(
    failure: *const cardwire_error,
    record: *mut *mut cardwire_order_record,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let read = || {
        let failure = call::live(failure, "failure")?;
        Ok(failure.source.order().cloned().map(Into::into))
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give_maybe(record, "record", error, read) }
}

/// Frees it with every text borrowed from it. NULL and a handle that is not live are left alone.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_record_free(record: *mut cardwire_order_record) {
    call::free(record);
}
