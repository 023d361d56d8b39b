//! A verification: whether card, name and ID number belong together.

use std::ffi::c_char;
use std::ptr;

use cardwire_core::{Outcome, Reason, Verification};
use once_cell::race::OnceBox;

use crate::call;
use crate::codes::{Code, codes, name_of, number_of};
use crate::facts::{LentFacts, cardwire_call_facts};
use crate::handle::Opaque;
use crate::text::Text;

/// The vendor says they do.
pub const CARDWIRE_OUTCOME_MATCH: i32 = 1;
/// The vendor says they do not.
pub const CARDWIRE_OUTCOME_MISMATCH: i32 = 2;
/// The vendor cannot tell: the reason says why. It says nothing about whose card it is.
pub const CARDWIRE_OUTCOME_INCONCLUSIVE: i32 = 3;

codes! {
    Outcome {
        Match = CARDWIRE_OUTCOME_MATCH,
        Mismatch = CARDWIRE_OUTCOME_MISMATCH,
        Inconclusive = CARDWIRE_OUTCOME_INCONCLUSIVE,
    }
}

/// Name, ID number or phone number is not the cardholder's.
pub const CARDWIRE_REASON_CARDHOLDER_MISMATCH: i32 = 1;
/// The name is not written as a name.
pub const CARDWIRE_REASON_NAME_INVALID: i32 = 2;
/// The ID number is wrong.
pub const CARDWIRE_REASON_ID_NUMBER_INVALID: i32 = 3;
/// The phone number is wrong.
pub const CARDWIRE_REASON_PHONE_INVALID: i32 = 4;
/// There is no such card.
pub const CARDWIRE_REASON_CARD_NUMBER_INVALID: i32 = 5;
/// The card number is not written as one.
pub const CARDWIRE_REASON_CARD_NUMBER_MALFORMED: i32 = 6;
/// No bank issues cards with this number.
pub const CARDWIRE_REASON_NO_ISSUER: i32 = 7;
/// Never activated, or asleep.
pub const CARDWIRE_REASON_CARD_INACTIVE: i32 = 8;
/// Reported lost.
pub const CARDWIRE_REASON_CARD_LOST: i32 = 9;
/// Expired.
pub const CARDWIRE_REASON_CARD_EXPIRED: i32 = 10;
/// Restricted by the issuer.
pub const CARDWIRE_REASON_CARD_RESTRICTED: i32 = 11;
/// To be confiscated.
pub const CARDWIRE_REASON_CARD_CONFISCATED: i32 = 12;
/// Suspected of fraud, to be retained.
pub const CARDWIRE_REASON_CARD_SUSPECTED_FRAUD: i32 = 13;
/// The card's state is abnormal, or its number is wrong.
pub const CARDWIRE_REASON_CARD_ABNORMAL: i32 = 14;
/// The PIN was entered wrong too often.
pub const CARDWIRE_REASON_PIN_TRIES_EXCEEDED: i32 = 15;
/// Payment without the card present is not enabled.
pub const CARDWIRE_REASON_CARDLESS_PAYMENT_DISABLED: i32 = 16;
/// The issuer does not support this check.
pub const CARDWIRE_REASON_ISSUER_UNSUPPORTED: i32 = 17;
/// Checked too often today.
pub const CARDWIRE_REASON_ATTEMPTS_EXCEEDED: i32 = 18;
/// Only resident identity cards of the second generation are supported.
pub const CARDWIRE_REASON_ID_TYPE_UNSUPPORTED: i32 = 19;
/// The verification centre is busy.
pub const CARDWIRE_REASON_VENDOR_BUSY: i32 = 20;
/// No record to compare with.
pub const CARDWIRE_REASON_NO_RECORD: i32 = 21;
/// The vendor does not say, or says it with a code that no document explains.
pub const CARDWIRE_REASON_UNKNOWN: i32 = 22;

codes! {
    Reason {
        CardholderMismatch = CARDWIRE_REASON_CARDHOLDER_MISMATCH,
        NameInvalid = CARDWIRE_REASON_NAME_INVALID,
        IdNumberInvalid = CARDWIRE_REASON_ID_NUMBER_INVALID,
        PhoneInvalid = CARDWIRE_REASON_PHONE_INVALID,
        CardNumberInvalid = CARDWIRE_REASON_CARD_NUMBER_INVALID,
        CardNumberMalformed = CARDWIRE_REASON_CARD_NUMBER_MALFORMED,
        NoIssuer = CARDWIRE_REASON_NO_ISSUER,
        CardInactive = CARDWIRE_REASON_CARD_INACTIVE,
        CardLost = CARDWIRE_REASON_CARD_LOST,
        CardExpired = CARDWIRE_REASON_CARD_EXPIRED,
        CardRestricted = CARDWIRE_REASON_CARD_RESTRICTED,
        CardConfiscated = CARDWIRE_REASON_CARD_CONFISCATED,
        CardSuspectedFraud = CARDWIRE_REASON_CARD_SUSPECTED_FRAUD,
        CardAbnormal = CARDWIRE_REASON_CARD_ABNORMAL,
        PinTriesExceeded = CARDWIRE_REASON_PIN_TRIES_EXCEEDED,
        CardlessPaymentDisabled = CARDWIRE_REASON_CARDLESS_PAYMENT_DISABLED,
        IssuerUnsupported = CARDWIRE_REASON_ISSUER_UNSUPPORTED,
        AttemptsExceeded = CARDWIRE_REASON_ATTEMPTS_EXCEEDED,
        IdTypeUnsupported = CARDWIRE_REASON_ID_TYPE_UNSUPPORTED,
        VendorBusy = CARDWIRE_REASON_VENDOR_BUSY,
        NoRecord = CARDWIRE_REASON_NO_RECORD,
        Unknown = CARDWIRE_REASON_UNKNOWN,
    }
}

/// Returns the name of one of CARDWIRE_OUTCOME_*, in snake_case; NULL for any other number. The
/// text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_outcome_name(outcome: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<Outcome>(outcome))
}

/// Returns the name of one of CARDWIRE_REASON_*, in snake_case; NULL for any other number. The text
/// is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_reason_name(reason: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<Reason>(reason))
}

/// A vendor's answer about a cardholder. It is independent of the client; free it with
/// cardwire_verification_free. That there is one does not mean a match: look at
/// cardwire_verification_outcome.
pub struct cardwire_verification(());

impl Opaque for cardwire_verification {
    type Object = VerificationObject;
    const TYPE: u8 = 3;
}

pub(crate) struct VerificationObject {
    source: Verification,
    vendor_code: Text,
    description: Text,
    facts: LentFacts,
    json: OnceBox<Text>,
}

impl From<Verification> for VerificationObject {
    fn from(source: Verification) -> Self {
        VerificationObject {
            vendor_code: Text::new(&source.vendor_code),
            description: Text::new(source.description.reveal()),
            facts: LentFacts::default(),
            json: OnceBox::new(),
            source,
        }
    }
}

impl VerificationObject {
    fn json(&self) -> &Text {
        self.json.get_or_init(|| Box::new(Text::taken(self.source.to_json())))
    }
}

/// Returns match, mismatch or inconclusive: one of CARDWIRE_OUTCOME_*. It is 0 for a handle that is
/// not live, which is never a match. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_verification_outcome(verification: *const cardwire_verification) -> i32 {
    call::read(verification, 0, |verification| verification.source.outcome.number())
}

/// Returns why it is not a match: one of CARDWIRE_REASON_*; 0 for a match. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_verification_reason(verification: *const cardwire_verification) -> i32 {
    call::read(verification, 0, |verification| number_of(verification.source.reason))
}

/// Returns the vendor's code, as it came. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_verification_vendor_code(
    verification: *const cardwire_verification,
) -> *const c_char {
    call::text(verification, |verification| Some(&verification.vendor_code))
}

/// Returns the vendor's text, in its language: for people, not for programs. It may hold personal
/// data. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_verification_description(
    verification: *const cardwire_verification,
) -> *const c_char {
    call::text(verification, |verification| Some(&verification.description))
}

/// Returns the length of cardwire_verification_description in bytes, without the NUL; 0 where it is
/// NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_verification_description_len(
    verification: *const cardwire_verification,
) -> usize {
    call::text_len(verification, |verification| Some(&verification.description))
}

/// Returns the vendor's whole answer, byte for byte; personal data. Its length is
/// cardwire_verification_raw_len; it does not end with a NUL. NULL where there is none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_verification_raw(
    verification: *const cardwire_verification,
) -> *const u8 {
    call::bytes(verification, |verification| Some(&verification.source.raw))
}

/// Returns the length of cardwire_verification_raw in bytes; 0 where it is NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_verification_raw_len(
    verification: *const cardwire_verification,
) -> usize {
    call::bytes_len(verification, |verification| Some(&verification.source.raw))
}

/// Returns everything as a JSON object, with the field names that every language uses. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_verification_json(
    verification: *const cardwire_verification,
) -> *const c_char {
    call::text(verification, |verification| Some(verification.json()))
}

/// Returns the length of cardwire_verification_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_verification_json_len(
    verification: *const cardwire_verification,
) -> usize {
    call::text_len(verification, |verification| Some(verification.json()))
}

/// Returns the facts of the call: the vendor that answered, the order number, what was sent and
/// billed, and the attempts. Borrowed: it lives until the result is freed. NULL for a handle that
/// is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_verification_facts(
    verification: *const cardwire_verification,
) -> *const cardwire_call_facts {
    call::read(verification, ptr::null(), |verification| {
        verification.facts.lend(verification.source.facts())
    })
}

/// Frees it with every text and every byte borrowed from it. NULL and a handle that is not live are
/// left alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_verification_free(verification: *mut cardwire_verification) {
    call::free(verification);
}
