//! Statuses: the kinds of errors as numbers.

use std::ffi::c_char;
use std::ptr;

use cardwire_core::Kind;
use once_cell::race::OnceBox;

use crate::call;
use crate::codes::{Code, codes, name_of};
use crate::text::Text;

/// The result of a call: CARDWIRE_OK, or the kind of the error. Numbers are never used again for
/// another meaning, and later versions may add some.
pub type cardwire_status = i32;

/// It worked.
pub const CARDWIRE_OK: cardwire_status = 0;
/// The caller's argument: null, not an image, over a vendor's limit, malformed order number.
pub const CARDWIRE_INVALID_ARGUMENT: cardwire_status = 1;
/// The configuration; the message names the key.
pub const CARDWIRE_INVALID_CONFIG: cardwire_status = 2;
/// No configured vendor does this operation or takes this input.
pub const CARDWIRE_UNSUPPORTED: cardwire_status = 3;
/// Credentials refused.
pub const CARDWIRE_UNAUTHENTICATED: cardwire_status = 10;
/// Service not activated, address not in the whitelist, account not allowed.
pub const CARDWIRE_PERMISSION_DENIED: cardwire_status = 11;
/// Package used up, daily quota reached, or the account is in arrears.
pub const CARDWIRE_QUOTA_EXHAUSTED: cardwire_status = 12;
/// Too fast.
pub const CARDWIRE_RATE_LIMITED: cardwire_status = 13;
/// The program's own provider gave no credentials.
pub const CARDWIRE_CREDENTIALS_UNAVAILABLE: cardwire_status = 14;
/// The vendor cannot use this image.
pub const CARDWIRE_IMAGE_REJECTED: cardwire_status = 20;
/// No readable card in the image.
pub const CARDWIRE_CARD_NOT_FOUND: cardwire_status = 21;
/// The vendor is down or busy.
pub const CARDWIRE_VENDOR_UNAVAILABLE: cardwire_status = 30;
/// A vendor code that is not in its documents, carried as it came.
pub const CARDWIRE_VENDOR_ERROR: cardwire_status = 31;
/// The deadline passed.
pub const CARDWIRE_TIMEOUT: cardwire_status = 32;
/// No connection, or it broke.
pub const CARDWIRE_NETWORK: cardwire_status = 33;
/// The answer is not what the vendor's document describes.
pub const CARDWIRE_PROTOCOL: cardwire_status = 34;
/// The caller cancelled.
pub const CARDWIRE_CANCELLED: cardwire_status = 40;
/// The client was closed, or belongs to the process that this one was forked from.
pub const CARDWIRE_CLOSED: cardwire_status = 41;
/// The journal knows the vendor's answer to what the call asks, and `skip_answered` is set.
pub const CARDWIRE_ALREADY_ANSWERED: cardwire_status = 42;
/// Another call asks for the same now, as the journal knows, and `skip_answered` is set.
pub const CARDWIRE_ALREADY_RUNNING: cardwire_status = 43;
/// Journal or token store failed.
pub const CARDWIRE_STORAGE: cardwire_status = 50;
/// A bug in the library, caught at the boundary, or a shortage of this machine, which the message
/// names.
pub const CARDWIRE_INTERNAL: cardwire_status = 99;

codes! {
    Kind {
        InvalidArgument = CARDWIRE_INVALID_ARGUMENT,
        InvalidConfig = CARDWIRE_INVALID_CONFIG,
        Unsupported = CARDWIRE_UNSUPPORTED,
        Unauthenticated = CARDWIRE_UNAUTHENTICATED,
        PermissionDenied = CARDWIRE_PERMISSION_DENIED,
        QuotaExhausted = CARDWIRE_QUOTA_EXHAUSTED,
        RateLimited = CARDWIRE_RATE_LIMITED,
        CredentialsUnavailable = CARDWIRE_CREDENTIALS_UNAVAILABLE,
        ImageRejected = CARDWIRE_IMAGE_REJECTED,
        CardNotFound = CARDWIRE_CARD_NOT_FOUND,
        VendorUnavailable = CARDWIRE_VENDOR_UNAVAILABLE,
        VendorError = CARDWIRE_VENDOR_ERROR,
        Timeout = CARDWIRE_TIMEOUT,
        Network = CARDWIRE_NETWORK,
        Protocol = CARDWIRE_PROTOCOL,
        Cancelled = CARDWIRE_CANCELLED,
        Closed = CARDWIRE_CLOSED,
        AlreadyAnswered = CARDWIRE_ALREADY_ANSWERED,
        AlreadyRunning = CARDWIRE_ALREADY_RUNNING,
        Storage = CARDWIRE_STORAGE,
        Internal = CARDWIRE_INTERNAL,
    }
}

/// Returns `ok`, or the name of a kind.
pub(crate) fn name(status: cardwire_status) -> *const c_char {
    if status == CARDWIRE_OK { c"ok".as_ptr() } else { name_of::<Kind>(status) }
}

/// Returns the name of a status, such as `ok` or `invalid_argument`; NULL for a number that is
/// none. The text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_status_name(status: cardwire_status) -> *const c_char {
    call::guard(ptr::null(), || name(status))
}

/// Returns advice about a status, in one English sentence; NULL for CARDWIRE_OK and for a number
/// that is no status. The text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_status_advice(status: cardwire_status) -> *const c_char {
    static ADVICE: OnceBox<Vec<(cardwire_status, Text)>> = OnceBox::new();
    call::guard(ptr::null(), || {
        let advice = ADVICE.get_or_init(|| {
            let advise = |kind: &Kind| (Code::number(*kind), Text::new(kind.advice()));
            Box::new(Kind::ALL.iter().map(advise).collect())
        });
        let found = advice.iter().find(|(known, _)| *known == status);
        found.map_or(ptr::null(), |(_, advice)| advice.pointer())
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    fn text(pointer: *const c_char) -> Option<&'static str> {
        // SAFETY: the texts of statuses are never freed.
        (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_str().unwrap())
    }

    #[test]
    fn every_status_has_a_name_and_advice() {
        assert_eq!(text(cardwire_status_name(CARDWIRE_OK)), Some("ok"));
        assert_eq!(text(cardwire_status_advice(CARDWIRE_OK)), None);
        for kind in Kind::ALL {
            let status = Code::number(*kind);
            assert_eq!(text(cardwire_status_name(status)), Some(kind.slug()));
            assert_eq!(text(cardwire_status_advice(status)), Some(kind.advice()));
        }
        for stranger in [-1, 4, 98, 100, i32::MAX] {
            assert_eq!(text(cardwire_status_name(stranger)), None);
            assert_eq!(text(cardwire_status_advice(stranger)), None);
        }
    }
}
