//! A list of order records.

use std::ffi::c_char;

use cardwire_core::OrderRecord;
use once_cell::race::OnceBox;

use crate::call;
use crate::error::{Failure, cardwire_error};
use crate::handle::Opaque;
use crate::order_record::cardwire_order_record;
use crate::status::cardwire_status;
use crate::text::Text;

/// Orders as the journal held them when it was read, newest first. It is independent of the client
/// and the journal; free it with cardwire_order_records_free.
pub struct cardwire_order_records(());

impl Opaque for cardwire_order_records {
    type Object = OrderRecordsObject;
    const TYPE: u8 = 14;
}

pub(crate) struct OrderRecordsObject {
    source: Vec<OrderRecord>,
    json: OnceBox<Text>,
}

impl From<Vec<OrderRecord>> for OrderRecordsObject {
    fn from(source: Vec<OrderRecord>) -> Self {
        OrderRecordsObject { source, json: OnceBox::new() }
    }
}

impl OrderRecordsObject {
    fn json(&self) -> &Text {
        self.json.get_or_init(|| Box::new(Text::taken(OrderRecord::list_to_json(&self.source))))
    }
}

/// Returns how many there are. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_records_count(records: *const cardwire_order_records) -> usize {
    call::read(records, 0, |records| records.source.len())
}

/// Gives one of them.
///
/// - `records`: a live list.
/// - `index`: counted from 0, the newest.
/// - `record`: receives a copy, which does not depend on the list; free it with
///   cardwire_order_record_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK, or CARDWIRE_INVALID_ARGUMENT, past the last too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_order_records_get(
    records: *const cardwire_order_records,
    index: usize,
    record: *mut *mut cardwire_order_record,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let get = || {
        let records = call::live(records, "records")?;
        let found = records.source.get(index);
        let past = || Failure::argument("index", "one of a record", "one past the last");
        Ok(found.ok_or_else(past)?.clone().into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(record, "record", error, get) }
}

/// Returns the records as a JSON list of objects, with the field names that every language uses.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_records_json(
    records: *const cardwire_order_records,
) -> *const c_char {
    call::text(records, |records| Some(records.json()))
}

/// Returns the length of cardwire_order_records_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_records_json_len(records: *const cardwire_order_records) -> usize {
    call::text_len(records, |records| Some(records.json()))
}

/// Frees it with every text borrowed from it. NULL and a handle that is not live are left alone.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_records_free(records: *mut cardwire_order_records) {
    call::free(records);
}
