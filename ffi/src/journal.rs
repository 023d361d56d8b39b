//! The journal of a client, or one without a client.

use std::ffi::c_char;

use cardwire_core::OrderFilter;
use cardwire_core::bindings::AnyJournal;

use crate::call;
use crate::client::{self, cardwire_client};
use crate::error::{Failure, cardwire_error};
use crate::handle::Opaque;
use crate::order_record::cardwire_order_record;
use crate::order_records::cardwire_order_records;
use crate::status::cardwire_status;
use crate::text::{length_z, path_in, text_in};

/// The orders of a client's journal (cardwire_client_journal), or of a journal's file without a client
/// (cardwire_journal_open), for tools that settle orders with the vendors. Nothing is sent by what is done
/// with it. Clients may write to the same file meanwhile. It does not survive a fork: in the child every
/// call with it gives CARDWIRE_CLOSED. Free it with cardwire_journal_free, before or after the client.
pub struct cardwire_journal(());

impl Opaque for cardwire_journal {
    type Object = AnyJournal;
    const TYPE: u8 = 15;
}

/// Returns the filter of an argument; every order for NULL.
///
/// # Safety
/// `filter_len` bytes can be read at `filter`.
unsafe fn filter(filter: *const c_char, filter_len: usize) -> Result<OrderFilter, Failure> {
    if filter.is_null() && filter_len == 0 {
        return Ok(OrderFilter::new());
    }
    // SAFETY: the caller vouches for it.
    let json = unsafe { text_in(filter, filter_len, "filter") }?;
    Ok(OrderFilter::from_json(json)?)
}

/// Lends the journal that the configuration of a client names. Each call with it gives
/// CARDWIRE_INVALID_CONFIG where the configuration names none, and CARDWIRE_CLOSED once the client is
/// closed or freed. The client's resources, such as the open file, go when both are freed.
///
/// - `client`: a live client.
/// - `journal`: receives it; free it with cardwire_journal_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_client_journal(
    client: *const cardwire_client,
    journal: *mut *mut cardwire_journal,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let of = || client::given(client).map(AnyJournal::Client);
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(journal, "journal", error, of) }
}

/// Opens a journal's file, or makes an empty one.
///
/// - `path`, `path_len`: the path; bytes as the system's paths are, UTF-8 on Windows.
/// - `journal`: receives it; free it with cardwire_journal_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK, CARDWIRE_INVALID_ARGUMENT, or CARDWIRE_STORAGE where the file cannot be used.
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_open(
    path: *const c_char,
    path_len: usize,
    journal: *mut *mut cardwire_journal,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let open = || {
        // SAFETY: the header asks for bytes of that length.
        let path = unsafe { path_in(path, path_len, "path") }?;
        Ok(AnyJournal::open(path)?)
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(journal, "journal", error, open) }
}

/// Works as cardwire_journal_open, with a NUL-terminated path. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_open_z(
    path: *const c_char,
    journal: *mut *mut cardwire_journal,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_journal_open(path, length_z(path), journal, error) }
}

/// Lists orders, newest first.
///
/// - `journal`: a live journal.
/// - `filter`, `filter_len`: which ones, as a JSON object with the keys `status`, `vendor`,
///   `account`, `reference`, `since_ms`, `until_ms` (milliseconds since 1970; the latter is past the
///   last), `before` (the number of the last order of the page before) and `limit`, each of which may
///   be left out; or NULL and 0 for every order.
/// - `records`: receives the list; free it with cardwire_order_records_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK, CARDWIRE_INVALID_ARGUMENT, CARDWIRE_STORAGE where the file cannot be read, or
/// CARDWIRE_CLOSED after a fork; of a client's journal also what cardwire_client_journal says. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_orders(
    journal: *const cardwire_journal,
    filter: *const c_char,
    filter_len: usize,
    records: *mut *mut cardwire_order_records,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let list = || {
        let journal = call::live(journal, "journal")?;
        // SAFETY: the header asks for text of that length.
        let filter = unsafe { self::filter(filter, filter_len) }?;
        Ok(journal.orders(&filter)?.into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(records, "records", error, list) }
}

/// Works as cardwire_journal_orders, with a NUL-terminated filter, or NULL for every order. Since
/// 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_orders_z(
    journal: *const cardwire_journal,
    filter: *const c_char,
    records: *mut *mut cardwire_order_records,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text or NULL; the rest is handed on.
    unsafe { cardwire_journal_orders(journal, filter, length_z(filter), records, error) }
}

/// Lists the orders that a vendor may have executed and billed without this machine knowing, and
/// that nobody settled, newest first. Those of calls that still run are not among them.
///
/// - `journal`: a live journal.
/// - `records`: receives the list; free it with cardwire_order_records_free.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_journal_orders gives. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_unknown_orders(
    journal: *const cardwire_journal,
    records: *mut *mut cardwire_order_records,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let list = || Ok(call::live(journal, "journal")?.unknown_orders()?.into());
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(records, "records", error, list) }
}

/// Looks an order up.
///
/// - `journal`: a live journal.
/// - `order_id`, `order_id_len`: the order number.
/// - `record`: receives the record, or NULL where the journal has no such order; free it with
///   cardwire_order_record_free.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_journal_orders gives; CARDWIRE_OK where there is no such order. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_find_order(
    journal: *const cardwire_journal,
    order_id: *const c_char,
    order_id_len: usize,
    record: *mut *mut cardwire_order_record,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let find = || {
        let journal = call::live(journal, "journal")?;
        // SAFETY: the header asks for text of that length.
        let order_id = unsafe { text_in(order_id, order_id_len, "order_id") }?;
        Ok(journal.find_order(order_id)?.map(Into::into))
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give_maybe(record, "record", error, find) }
}

/// Works as cardwire_journal_find_order, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_find_order_z(
    journal: *const cardwire_journal,
    order_id: *const c_char,
    record: *mut *mut cardwire_order_record,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_journal_find_order(journal, order_id, length_z(order_id), record, error) }
}

/// Notes that an order was settled with the vendor: it is unknown no longer.
///
/// - `journal`: a live journal.
/// - `order_id`, `order_id_len`: the order number.
/// - `note`, `note_len`: what was found out; it must hold no personal data. Long digit runs are
///   masked.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_journal_orders gives; CARDWIRE_INVALID_ARGUMENT where there is no such order.
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_reconcile_order(
    journal: *const cardwire_journal,
    order_id: *const c_char,
    order_id_len: usize,
    note: *const c_char,
    note_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let reconcile = || {
        let journal = call::live(journal, "journal")?;
        // SAFETY: the header asks for text of that length.
        let order_id = unsafe { text_in(order_id, order_id_len, "order_id") }?;
        // SAFETY: as above.
        let note = unsafe { text_in(note, note_len, "note") }?;
        Ok(journal.reconcile_order(order_id, note)?)
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, reconcile) }
}

/// Works as cardwire_journal_reconcile_order, with NUL-terminated texts. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_reconcile_order_z(
    journal: *const cardwire_journal,
    order_id: *const c_char,
    note: *const c_char,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated texts; the rest is handed on.
    unsafe {
        let (order_id_len, note_len) = (length_z(order_id), length_z(note));
        cardwire_journal_reconcile_order(journal, order_id, order_id_len, note, note_len, error)
    }
}

/// Writes orders to a new file as lines of JSON, newest first, for its owner alone. The memory that it
/// takes does not grow with their number.
///
/// - `journal`: a live journal.
/// - `filter`, `filter_len`: which ones, as for cardwire_journal_orders; or NULL and 0 for every order. Without a
///   `limit` there is none.
/// - `path`, `path_len`: the path; bytes as the system's paths are, UTF-8 on Windows. It must not be
///   there yet.
/// - `count`: receives how many were written; it may be NULL.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_journal_orders gives; CARDWIRE_INVALID_ARGUMENT where the file is
/// there or cannot be made. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_export_orders(
    journal: *const cardwire_journal,
    filter: *const c_char,
    filter_len: usize,
    path: *const c_char,
    path_len: usize,
    count: *mut u64,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let export = || {
        let journal = call::live(journal, "journal")?;
        // SAFETY: the header asks for text of that length.
        let filter = unsafe { self::filter(filter, filter_len) }?;
        // SAFETY: the header asks for bytes of that length.
        let path = unsafe { path_in(path, path_len, "path") }?;
        Ok(journal.export_orders(&filter, path)?)
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::count(count, error, export) }
}

/// Works as cardwire_journal_export_orders, with a NUL-terminated path, and a NUL-terminated filter
/// or NULL for every order. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_export_orders_z(
    journal: *const cardwire_journal,
    filter: *const c_char,
    path: *const c_char,
    count: *mut u64,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated texts; the rest is handed on.
    unsafe {
        let (filter_len, path_len) = (length_z(filter), length_z(path));
        cardwire_journal_export_orders(journal, filter, filter_len, path, path_len, count, error)
    }
}

/// Removes the orders that were last written before a moment. Those that run and those that are
/// unknown and not settled always stay. The number of an order that was removed may be used again.
///
/// - `journal`: a live journal.
/// - `before_ms`: the moment, in milliseconds since 1970, at least 24 hours ago.
/// - `count`: receives how many were removed; it may be NULL.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_journal_orders gives; CARDWIRE_INVALID_ARGUMENT for a later moment,
/// CARDWIRE_STORAGE where the journal cannot be written. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_journal_prune_orders(
    journal: *const cardwire_journal,
    before_ms: u64,
    count: *mut u64,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let prune = || {
        let journal = call::live(journal, "journal")?;
        Ok(journal.prune_orders(before_ms)?)
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::count(count, error, prune) }
}

/// Closes the journal and frees it. Records live on. Other threads may use it meanwhile: their calls
/// end first. NULL and a handle that is not live are left alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_journal_free(journal: *mut cardwire_journal) {
    call::free(journal);
}
