//! Options of a call.

use std::ffi::c_char;
use std::mem::take;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cardwire_core::CallOptions;
use cardwire_core::bindings::{CallContext, with_context};

use crate::call;
use crate::cancellation::cardwire_cancellation;
use crate::error::{Failure, cardwire_error};
use crate::handle::Opaque;
use crate::status::cardwire_status;
use crate::text::{length_z, text_in};

/// The longest that a call may be given: a day.
const LONGEST_TIMEOUT_MS: u64 = CallOptions::LONGEST_TIMEOUT.as_millis() as u64;

/// The options of one call, which go before the configuration. A call reads them when it begins, so
/// they may be changed, used again and freed afterwards. Free them with cardwire_options_free.
pub struct cardwire_options(());

impl Opaque for cardwire_options {
    type Object = Mutex<CallOptions>;
    const TYPE: u8 = 7;
}

/// Returns the options of a call; the configuration's own ways for NULL.
pub(crate) fn given(options: *const cardwire_options) -> Result<CallOptions, Failure> {
    if options.is_null() {
        return Ok(CallOptions::default());
    }
    let options = call::live(options, "options")?;
    let options = options.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(options.clone())
}

/// Returns the accounts of a text that separates them by commas.
pub(crate) fn accounts(vendors: &str) -> Result<Vec<&str>, Failure> {
    let names: Vec<&str> = vendors.split(',').map(str::trim).collect();
    if names.iter().any(|name| name.is_empty()) {
        return Err(Failure::argument("vendors", "names with commas between them", "an empty one"));
    }
    Ok(names)
}

/// Returns the time that a call may take.
pub(crate) fn timeout(timeout_ms: u64) -> Result<Duration, Failure> {
    if timeout_ms > LONGEST_TIMEOUT_MS {
        let expected = format!("at most {LONGEST_TIMEOUT_MS}");
        return Err(Failure::argument("timeout_ms", &expected, "more"));
    }
    Ok(Duration::from_millis(timeout_ms))
}

fn change(
    options: *mut cardwire_options,
    change: impl FnOnce(CallOptions) -> CallOptions,
) -> Result<(), Failure> {
    let options = call::live(options, "options")?;
    let mut options = options.lock().unwrap_or_else(PoisonError::into_inner);
    *options = change(take(&mut options));
    Ok(())
}

/// Makes options that change nothing.
///
/// - `options`: receives them.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_new(
    options: *mut *mut cardwire_options,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(options, "options", error, || Ok(Mutex::default())) }
}

/// Asks only these accounts, in this order: the first that takes the input.
///
/// - `options`: live options.
/// - `vendors`, `vendors_len`: names separated by commas, each the `name` of an entry in the
///   configuration or a vendor's name; white space around a name is dropped.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; a name that is not configured is refused by the
/// call. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_vendors(
    options: *mut cardwire_options,
    vendors: *const c_char,
    vendors_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        // SAFETY: the header asks for text of that length.
        let vendors = unsafe { text_in(vendors, vendors_len, "vendors") }?;
        let names = accounts(vendors)?;
        change(options, |call| call.vendors(names))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Works as cardwire_options_set_vendors, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_vendors_z(
    options: *mut cardwire_options,
    vendors: *const c_char,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_options_set_vendors(options, vendors, length_z(vendors), error) }
}

/// Sets the order number of the call. The library makes one where none is set. A batch leaves it
/// out: every call of it has its own.
///
/// - `options`: live options.
/// - `order_id`, `order_id_len`: 1 to 32 ASCII letters and digits, never used before; no card
///   number and no number of the cardholder may stand in it.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; a malformed number is refused by the call.
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_order_id(
    options: *mut cardwire_options,
    order_id: *const c_char,
    order_id_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        // SAFETY: the header asks for text of that length.
        let order_id = unsafe { text_in(order_id, order_id_len, "order_id") }?;
        change(options, |call| call.order_id(order_id))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Works as cardwire_options_set_order_id, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_order_id_z(
    options: *mut cardwire_options,
    order_id: *const c_char,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_options_set_order_id(options, order_id, length_z(order_id), error) }
}

/// Sets the caller's own name for what is asked, such as that of a photo. The journal keeps it and finds
/// orders by it; no vendor is told. A batch leaves it out: every call of it has its own.
///
/// - `options`: live options.
/// - `reference`, `reference_len`: 1 to 64 printable characters, UTF-8; no personal datum: what looks
///   like the number of a card, an identity card or a mobile phone, and a number of the cardholder, are
///   refused.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; what may not be one is refused by the call.
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_reference(
    options: *mut cardwire_options,
    reference: *const c_char,
    reference_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        // SAFETY: the header asks for text of that length.
        let reference = unsafe { text_in(reference, reference_len, "reference") }?;
        change(options, |call| call.reference(reference))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Works as cardwire_options_set_reference, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_reference_z(
    options: *mut cardwire_options,
    reference: *const c_char,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_options_set_reference(options, reference, length_z(reference), error) }
}

/// Sets whether a call ends with CARDWIRE_ALREADY_ANSWERED, and nothing is sent, where the journal knows
/// the vendor's answer to its reference or its order number: a result, or a refusal that was not free.
/// While another call asks for the same, it ends with CARDWIRE_ALREADY_RUNNING.
/// It needs a `journal` in the configuration, and a reference or an order number of the call.
///
/// - `options`: live options.
/// - `skip`: 1 for yes, 0 for no.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_skip_answered(
    options: *mut cardwire_options,
    skip: i32,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        let skip = match skip {
            0 => false,
            1 => true,
            found => return Err(Failure::argument("skip", "0 or 1", &found.to_string())),
        };
        change(options, |call| call.skip_answered(skip))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Sets your own name for your user, for vendors that keep one (`tencent_kyc`).
///
/// - `options`: live options.
/// - `user_id`, `user_id_len`: 1 to 32 ASCII letters, digits, `-` and `_`.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; a malformed name is refused by the call.
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_user_id(
    options: *mut cardwire_options,
    user_id: *const c_char,
    user_id_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        // SAFETY: the header asks for text of that length.
        let user_id = unsafe { text_in(user_id, user_id_len, "user_id") }?;
        change(options, |call| call.user_id(user_id))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Works as cardwire_options_set_user_id, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_user_id_z(
    options: *mut cardwire_options,
    user_id: *const c_char,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_options_set_user_id(options, user_id, length_z(user_id), error) }
}

/// Sets how long the whole call may take, waiting for a token and for the pace included.
///
/// - `options`: live options.
/// - `timeout_ms`: milliseconds, at most 86400000, a day; 0 ends the call with CARDWIRE_TIMEOUT.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_timeout_ms(
    options: *mut cardwire_options,
    timeout_ms: u64,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        let timeout = timeout(timeout_ms)?;
        change(options, |call| call.timeout(timeout))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Sets a number of your own, such as that of the request that your program serves: each event of the
/// call has it as cardwire_event_context. A batch tells the same with each of its calls.
///
/// - `options`: live options.
/// - `context`: any number but 0, which stands for none.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_context(
    options: *mut cardwire_options,
    context: u64,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || change(options, |call| with_context(call, CallContext::new(context)));
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Sets what can end the call from another thread.
///
/// - `options`: live options.
/// - `cancellation`: a live cancellation. The options keep it working after it is freed.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_options_set_cancellation(
    options: *mut cardwire_options,
    cancellation: *const cardwire_cancellation,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        let cancellation = call::live(cancellation, "cancellation")?;
        change(options, |call| call.cancellation(&cancellation))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Frees them. NULL and a handle that is not live are left alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_options_free(options: *mut cardwire_options) {
    call::free(options);
}
