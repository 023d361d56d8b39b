//! Cancellation from another thread.

use cardwire_core::Cancellation;

use crate::call;
use crate::error::cardwire_error;
use crate::handle::Opaque;
use crate::status::cardwire_status;

/// A handle that ends calls from another thread. One cancellation may be set in many options; free it with
/// cardwire_cancellation_free.
pub struct cardwire_cancellation(());

impl Opaque for cardwire_cancellation {
    type Object = Cancellation;
    const TYPE: u8 = 8;
}

/// Makes a cancellation that was not used yet.
///
/// - `cancellation`: receives it.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_cancellation_new(
    cancellation: *mut *mut cardwire_cancellation,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(cancellation, "cancellation", error, || Ok(Cancellation::new())) }
}

/// Ends every call that has this cancellation, now and later, with CARDWIRE_CANCELLED. It may be
/// called from any thread, from a callback, and more than once. The vendor may have executed and
/// billed a call all the same: look at `sent` and `billed` of its error.
///
/// - `cancellation`: a live cancellation.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_cancellation_cancel(
    cancellation: *mut cardwire_cancellation,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let cancel = || {
        call::live(cancellation, "cancellation")?.cancel();
        Ok(())
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, cancel) }
}

/// 1 where cardwire_cancellation_cancel was called, else 0. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_cancellation_is_cancelled(
    cancellation: *const cardwire_cancellation,
) -> i32 {
    call::read(cancellation, 0, |cancellation| cancellation.is_cancelled().into())
}

/// Frees it. Options that have it keep it working. NULL and a handle that is not live are left
/// alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_cancellation_free(cancellation: *mut cardwire_cancellation) {
    call::free(cancellation);
}
