//! The records of a client's journal about its orders.

use std::ffi::c_char;

use cardwire_core::OrderFilter;

use crate::call;
use crate::client::{self, cardwire_client};
use crate::error::{Failure, cardwire_error};
use crate::order_record::cardwire_order_record;
use crate::order_records::cardwire_order_records;
use crate::status::cardwire_status;
use crate::text::{length_z, path_in, text_in};

/// Returns the filter of an argument; every order for NULL.
///
/// # Safety
/// `filter_len` bytes can be read at `filter`.
pub(crate) unsafe fn filter(
    filter: *const c_char,
    filter_len: usize,
) -> Result<OrderFilter, Failure> {
    if filter.is_null() && filter_len == 0 {
        return Ok(OrderFilter::new());
    }
    // SAFETY: the caller vouches for it.
    let json = unsafe { text_in(filter, filter_len, "filter") }?;
    Ok(OrderFilter::from_json(json)?)
}

/// Lists the orders of the client's journal, newest first. Nothing is sent.
///
/// - `client`: a live client with a `journal` in its configuration.
/// - `filter`, `filter_len`: which ones, as a JSON object with the keys `status`, `vendor`,
///   `account`, `reference`, `since_ms`, `until_ms` (milliseconds since 1970; the latter is past the
///   last), `before` (the number of the last order of the page before) and `limit`, each of which may
///   be left out; or NULL and 0 for every order.
/// - `records`: receives the list; free it with cardwire_order_records_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK, CARDWIRE_INVALID_ARGUMENT, CARDWIRE_INVALID_CONFIG where no journal is
/// configured, CARDWIRE_STORAGE where it cannot be read, or CARDWIRE_CLOSED once the client is closed and
/// after a fork. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_orders(
    client: *const cardwire_client,
    filter: *const c_char,
    filter_len: usize,
    records: *mut *mut cardwire_order_records,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let list = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let filter = unsafe { self::filter(filter, filter_len) }?;
        Ok(client.orders(&filter)?.into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(records, "records", error, list) }
}

/// Works as cardwire_orders, with a NUL-terminated filter, or NULL for every order. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_orders_z(
    client: *const cardwire_client,
    filter: *const c_char,
    records: *mut *mut cardwire_order_records,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text or NULL; the rest is handed on.
    unsafe { cardwire_orders(client, filter, length_z(filter), records, error) }
}

/// Lists the orders that a vendor may have executed and billed without this machine knowing, and
/// that nobody settled, newest first. Those of calls that still run are not among them.
///
/// - `client`: a live client with a `journal` in its configuration.
/// - `records`: receives the list; free it with cardwire_order_records_free.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_orders gives. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_unknown_orders(
    client: *const cardwire_client,
    records: *mut *mut cardwire_order_records,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let list = || Ok(client::given(client)?.unknown_orders()?.into());
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(records, "records", error, list) }
}

/// Looks an order up in the client's journal. Nothing is sent.
///
/// - `client`: a live client with a `journal` in its configuration.
/// - `order_id`, `order_id_len`: the order number.
/// - `record`: receives the record, or NULL where the journal has no such order; free it with
///   cardwire_order_record_free.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_orders gives; CARDWIRE_OK where there is no such order. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_find_order(
    client: *const cardwire_client,
    order_id: *const c_char,
    order_id_len: usize,
    record: *mut *mut cardwire_order_record,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let find = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let order_id = unsafe { text_in(order_id, order_id_len, "order_id") }?;
        Ok(client.find_order(order_id)?.map(Into::into))
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give_maybe(record, "record", error, find) }
}

/// Works as cardwire_find_order, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_find_order_z(
    client: *const cardwire_client,
    order_id: *const c_char,
    record: *mut *mut cardwire_order_record,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_find_order(client, order_id, length_z(order_id), record, error) }
}

/// Reads the order that the vendor answered before, of an error whose status is
/// CARDWIRE_ALREADY_ANSWERED. Its `sent` and `billed` are those of that order; the error's own are those
/// of the call that ended with it.
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

/// Notes in the client's journal that an order was settled with the vendor: it is unknown no longer.
/// Nothing is sent.
///
/// - `client`: a live client with a `journal` in its configuration.
/// - `order_id`, `order_id_len`: the order number.
/// - `note`, `note_len`: what was found out; it must hold no personal data. Long digit runs are
///   masked.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_orders gives; CARDWIRE_INVALID_ARGUMENT where there is no such order.
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_reconcile_order(
    client: *const cardwire_client,
    order_id: *const c_char,
    order_id_len: usize,
    note: *const c_char,
    note_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let reconcile = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let order_id = unsafe { text_in(order_id, order_id_len, "order_id") }?;
        // SAFETY: as above.
        let note = unsafe { text_in(note, note_len, "note") }?;
        Ok(client.reconcile_order(order_id, note)?)
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, reconcile) }
}

/// Works as cardwire_reconcile_order, with NUL-terminated texts. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_reconcile_order_z(
    client: *const cardwire_client,
    order_id: *const c_char,
    note: *const c_char,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated texts; the rest is handed on.
    unsafe {
        let (order_id_len, note_len) = (length_z(order_id), length_z(note));
        cardwire_reconcile_order(client, order_id, order_id_len, note, note_len, error)
    }
}

/// Writes orders to a new file as lines of JSON, newest first, for its owner alone. The memory that it
/// takes does not grow with their number.
///
/// - `client`: a live client with a `journal` in its configuration.
/// - `filter`, `filter_len`: which ones, as for cardwire_orders; or NULL and 0 for every order. Without a
///   `limit` there is none.
/// - `path`, `path_len`: the path; bytes as the system's paths are, UTF-8 on Windows. It must not be
///   there yet.
/// - `count`: receives how many were written; it may be NULL.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_orders gives; CARDWIRE_INVALID_ARGUMENT where the file is
/// there or cannot be made. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_export_orders(
    client: *const cardwire_client,
    filter: *const c_char,
    filter_len: usize,
    path: *const c_char,
    path_len: usize,
    count: *mut u64,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let export = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let filter = unsafe { self::filter(filter, filter_len) }?;
        // SAFETY: the header asks for bytes of that length.
        let path = unsafe { path_in(path, path_len, "path") }?;
        Ok(client.export_orders(&filter, path)?)
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::count(count, error, export) }
}

/// Works as cardwire_export_orders, with a NUL-terminated path, and a NUL-terminated filter or NULL
/// for every order. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_export_orders_z(
    client: *const cardwire_client,
    filter: *const c_char,
    path: *const c_char,
    count: *mut u64,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated texts; the rest is handed on.
    unsafe {
        let (filter_len, path_len) = (length_z(filter), length_z(path));
        cardwire_export_orders(client, filter, filter_len, path, path_len, count, error)
    }
}

/// Removes the orders that were last written before a moment. Those that run and those that are
/// unknown and not settled always stay. The number of an order that was removed may be used again.
///
/// - `client`: a live client with a `journal` in its configuration.
/// - `before_ms`: the moment, in milliseconds since 1970, at least 24 hours ago.
/// - `count`: receives how many were removed; it may be NULL.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_orders gives; CARDWIRE_INVALID_ARGUMENT for a later moment, CARDWIRE_STORAGE where the
/// journal cannot be written. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_prune_orders(
    client: *const cardwire_client,
    before_ms: u64,
    count: *mut u64,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let prune = || {
        let client = client::given(client)?;
        Ok(client.prune_orders(before_ms)?)
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::count(count, error, prune) }
}
