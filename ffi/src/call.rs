//! The one way in and out of every function.

use std::ffi::c_char;
use std::ptr;
use std::sync::Arc;

use cardwire_core::PersonalBytes;

use crate::codes::Code;
use crate::error::{Failure, cardwire_error};
use crate::handle::{self, Opaque};
use crate::panic::{catch, caught};
use crate::status::{CARDWIRE_OK, cardwire_status};
use crate::text::{self, Text};

/// Runs a function that returns no status; `absent` stands for a panic.
pub(crate) fn guard<R>(absent: R, body: impl FnOnce() -> R) -> R {
    catch(body).unwrap_or(absent)
}

/// Runs a function that returns a status, and tells in `error` why it failed.
///
/// # Safety
/// `error` is NULL or can be written to.
pub(crate) unsafe fn status(
    error: *mut *mut cardwire_error,
    body: impl FnOnce() -> Result<(), Failure>,
) -> cardwire_status {
    if !error.is_null() {
        // SAFETY: the caller vouches for it.
        unsafe { error.write(ptr::null_mut()) };
    }
    let Err(failure) = caught(body) else { return CARDWIRE_OK };
    let status = Code::number(failure.0.kind());
    if !error.is_null()
        && let Some(Ok(told)) = catch(|| handle::insert(failure.into()))
    {
        // SAFETY: the caller vouches for it.
        unsafe { error.write(told) };
    }
    status
}

/// Runs a function that gives an object in `out`, whose name in the header is `name`.
///
/// # Safety
/// `out` and `error` are NULL or can be written to.
pub(crate) unsafe fn give<P: Opaque>(
    out: *mut *mut P,
    name: &'static str,
    error: *mut *mut cardwire_error,
    body: impl FnOnce() -> Result<P::Object, Failure>,
) -> cardwire_status {
    // SAFETY: the caller vouches for it.
    unsafe { give_maybe(out, name, error, || body().map(Some)) }
}

/// Returns the same for an object that may not be there: NULL then.
///
/// # Safety
/// As for `give`.
pub(crate) unsafe fn give_maybe<P: Opaque>(
    out: *mut *mut P,
    name: &'static str,
    error: *mut *mut cardwire_error,
    body: impl FnOnce() -> Result<Option<P::Object>, Failure>,
) -> cardwire_status {
    if !out.is_null() {
        // SAFETY: the caller vouches for it.
        unsafe { out.write(ptr::null_mut()) };
    }
    let fill = || {
        if out.is_null() {
            return Err(Failure::null(name, "an address to write to"));
        }
        let Some(object) = body()? else { return Ok(()) };
        let given = handle::insert(object)?;
        // SAFETY: not NULL, and the caller vouches for the rest.
        unsafe { out.write(given) };
        Ok(())
    };
    // SAFETY: the caller vouches for `error`.
    unsafe { status(error, fill) }
}

/// Runs a function that counts what it did, in `count`.
///
/// # Safety
/// `count` and `error` are NULL or can be written to.
pub(crate) unsafe fn count(
    count: *mut u64,
    error: *mut *mut cardwire_error,
    body: impl FnOnce() -> Result<u64, Failure>,
) -> cardwire_status {
    let tell = |number| {
        if !count.is_null() {
            // SAFETY: the caller vouches for it.
            unsafe { count.write(number) };
        }
    };
    tell(0);
    // SAFETY: the caller vouches for `error`.
    unsafe { status(error, || body().map(tell)) }
}

/// The expectation of an argument that is a handle.
pub(crate) const LIVE: &str = "a live handle";

/// Returns the object of an argument.
pub(crate) fn live<P: Opaque>(
    handle: *const P,
    name: &'static str,
) -> Result<Arc<P::Object>, Failure> {
    if handle.is_null() {
        return Err(Failure::null(name, LIVE));
    }
    let stray = || Failure::argument(name, LIVE, "one that was freed, of another type or made up");
    handle::get(handle).ok_or_else(stray)
}

/// Reads a value of an object; `absent` where the handle is not live.
pub(crate) fn read<P: Opaque, R>(
    handle: *const P,
    absent: R,
    body: impl FnOnce(&P::Object) -> R,
) -> R {
    catch(|| handle::get(handle).map(|object| body(&object))).flatten().unwrap_or(absent)
}

/// Returns a text of an object. It lives as long as the object is in the table.
pub(crate) fn text<P: Opaque>(
    handle: *const P,
    body: impl FnOnce(&P::Object) -> Option<&Text>,
) -> *const c_char {
    read(handle, ptr::null(), |object| text::pointer(body(object)))
}

/// Returns the length of a text of an object.
pub(crate) fn text_len<P: Opaque>(
    handle: *const P,
    body: impl FnOnce(&P::Object) -> Option<&Text>,
) -> usize {
    read(handle, 0, |object| text::length(body(object)))
}

/// Returns bytes of an object; NULL where there are none.
pub(crate) fn bytes<P: Opaque>(
    handle: *const P,
    body: impl FnOnce(&P::Object) -> Option<&PersonalBytes>,
) -> *const u8 {
    let present = |bytes: &&PersonalBytes| !bytes.reveal().is_empty();
    read(handle, ptr::null(), |object| {
        body(object).filter(present).map_or(ptr::null(), |bytes| bytes.reveal().as_ptr())
    })
}

/// Returns how many bytes `bytes` gives.
pub(crate) fn bytes_len<P: Opaque>(
    handle: *const P,
    body: impl FnOnce(&P::Object) -> Option<&PersonalBytes>,
) -> usize {
    read(handle, 0, |object| body(object).map_or(0, |bytes| bytes.reveal().len()))
}

/// Frees an object; anything but a live handle is left alone.
pub(crate) fn free<P: Opaque>(handle: *mut P) {
    guard((), || drop(handle::remove(handle.cast_const())));
}

#[cfg(test)]
mod tests {
    use cardwire_core::{Billed, Sent};

    use super::*;
    use crate::status::{CARDWIRE_INTERNAL, CARDWIRE_INVALID_ARGUMENT};

    #[test]
    fn a_panic_becomes_a_status_and_an_error() {
        let mut error = ptr::without_provenance_mut(1);
        // SAFETY: `error` can be written to.
        let status = unsafe { status(&raw mut error, || panic!("a bug")) };
        assert_eq!(status, CARDWIRE_INTERNAL);
        let facts = read(error, None, |error| Some((error.source.sent(), error.source.billed())));
        assert_eq!(facts, Some((Sent::Unknown, Billed::Unknown)));
        free(error);
        // SAFETY: an error may be NULL.
        let status = unsafe { super::status(ptr::null_mut(), || panic!("a bug")) };
        assert_eq!(status, CARDWIRE_INTERNAL);
    }

    #[test]
    fn out_parameters_are_null_after_a_failure() {
        let mut out: *mut cardwire_error = ptr::without_provenance_mut(1);
        let refuse = || Err(Failure::null("image", "bytes"));
        // SAFETY: `out` can be written to and an error may be NULL.
        let status = unsafe { give(&raw mut out, "out", ptr::null_mut(), refuse) };
        assert_eq!((status, out.is_null()), (CARDWIRE_INVALID_ARGUMENT, true));
    }
}
