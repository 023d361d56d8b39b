//! A card lookup: what a vendor knows about a card number.

use std::ffi::c_char;
use std::ptr;

use cardwire_core::{CardLookup, LookupReason};
use once_cell::race::OnceBox;

use crate::call;
use crate::codes::{Code, codes, name_of, number_of};
use crate::facts::{LentFacts, cardwire_call_facts};
use crate::handle::Opaque;
use crate::text::Text;

/// No record of it.
pub const CARDWIRE_LOOKUP_REASON_NO_RECORD: i32 = 1;
/// The verification centre is busy.
pub const CARDWIRE_LOOKUP_REASON_VENDOR_BUSY: i32 = 2;
/// There is no such card.
pub const CARDWIRE_LOOKUP_REASON_NO_SUCH_CARD: i32 = 3;
/// Asked too often today.
pub const CARDWIRE_LOOKUP_REASON_ATTEMPTS_EXCEEDED: i32 = 4;
/// The card is not valid.
pub const CARDWIRE_LOOKUP_REASON_CARD_INVALID: i32 = 5;
/// Cards of this type are not supported.
pub const CARDWIRE_LOOKUP_REASON_CARD_TYPE_UNSUPPORTED: i32 = 6;
/// A code that no document explains.
pub const CARDWIRE_LOOKUP_REASON_UNKNOWN: i32 = 7;

codes! {
    LookupReason {
        NoRecord = CARDWIRE_LOOKUP_REASON_NO_RECORD,
        VendorBusy = CARDWIRE_LOOKUP_REASON_VENDOR_BUSY,
        NoSuchCard = CARDWIRE_LOOKUP_REASON_NO_SUCH_CARD,
        AttemptsExceeded = CARDWIRE_LOOKUP_REASON_ATTEMPTS_EXCEEDED,
        CardInvalid = CARDWIRE_LOOKUP_REASON_CARD_INVALID,
        CardTypeUnsupported = CARDWIRE_LOOKUP_REASON_CARD_TYPE_UNSUPPORTED,
        Unknown = CARDWIRE_LOOKUP_REASON_UNKNOWN,
    }
}

/// Returns the name of one of CARDWIRE_LOOKUP_REASON_*, in snake_case; NULL for any other number.
/// The text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_lookup_reason_name(lookup_reason: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<LookupReason>(lookup_reason))
}

/// A vendor's knowledge about a card number. It is independent of the client; free it with
/// cardwire_card_lookup_free.
pub struct cardwire_card_lookup(());

impl Opaque for cardwire_card_lookup {
    type Object = CardLookupObject;
    const TYPE: u8 = 4;
}

pub(crate) struct CardLookupObject {
    source: CardLookup,
    issuer: Option<Text>,
    vendor_code: Text,
    description: Text,
    facts: LentFacts,
    json: OnceBox<Text>,
}

impl From<CardLookup> for CardLookupObject {
    fn from(source: CardLookup) -> Self {
        CardLookupObject {
            issuer: Text::maybe(source.issuer.as_deref()),
            vendor_code: Text::new(&source.vendor_code),
            description: Text::new(source.description.reveal()),
            facts: LentFacts::default(),
            json: OnceBox::new(),
            source,
        }
    }
}

impl CardLookupObject {
    fn json(&self) -> &Text {
        self.json.get_or_init(|| Box::new(Text::taken(self.source.to_json())))
    }
}

/// Returns 1 where the vendor knows the card, else 0. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_found(lookup: *const cardwire_card_lookup) -> i32 {
    call::read(lookup, 0, |lookup| lookup.source.found.into())
}

/// Returns why the vendor does not know the card: one of CARDWIRE_LOOKUP_REASON_*; 0 where it does.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_reason(lookup: *const cardwire_card_lookup) -> i32 {
    call::read(lookup, 0, |lookup| number_of(lookup.source.reason))
}

/// Returns the issuing bank, as the vendor names it; NULL where it does not. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_issuer(
    lookup: *const cardwire_card_lookup,
) -> *const c_char {
    call::text(lookup, |lookup| lookup.issuer.as_ref())
}

/// Returns the length of cardwire_card_lookup_issuer in bytes, without the NUL; 0 where it is NULL.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_issuer_len(lookup: *const cardwire_card_lookup) -> usize {
    call::text_len(lookup, |lookup| lookup.issuer.as_ref())
}

/// Returns the kind of the card: one of CARDWIRE_CARD_KIND_*; 0 for a handle that is not live.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_card_kind(lookup: *const cardwire_card_lookup) -> i32 {
    call::read(lookup, 0, |lookup| lookup.source.card_kind.number())
}

/// Returns the vendor's code, as it came. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_vendor_code(
    lookup: *const cardwire_card_lookup,
) -> *const c_char {
    call::text(lookup, |lookup| Some(&lookup.vendor_code))
}

/// Returns the vendor's text, in its language: for people, not for programs. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_description(
    lookup: *const cardwire_card_lookup,
) -> *const c_char {
    call::text(lookup, |lookup| Some(&lookup.description))
}

/// Returns the length of cardwire_card_lookup_description in bytes, without the NUL; 0 where it is
/// NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_description_len(
    lookup: *const cardwire_card_lookup,
) -> usize {
    call::text_len(lookup, |lookup| Some(&lookup.description))
}

/// Returns the vendor's whole answer, byte for byte. Its length is cardwire_card_lookup_raw_len; it
/// does not end with a NUL. NULL where there is none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_raw(lookup: *const cardwire_card_lookup) -> *const u8 {
    call::bytes(lookup, |lookup| Some(&lookup.source.raw))
}

/// Returns the length of cardwire_card_lookup_raw in bytes; 0 where it is NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_raw_len(lookup: *const cardwire_card_lookup) -> usize {
    call::bytes_len(lookup, |lookup| Some(&lookup.source.raw))
}

/// Returns everything as a JSON object, with the field names that every language uses. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_json(lookup: *const cardwire_card_lookup) -> *const c_char {
    call::text(lookup, |lookup| Some(lookup.json()))
}

/// Returns the length of cardwire_card_lookup_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_json_len(lookup: *const cardwire_card_lookup) -> usize {
    call::text_len(lookup, |lookup| Some(lookup.json()))
}

/// Returns the facts of the call: the vendor that answered, the order number, what was sent and
/// billed, and the attempts. Borrowed: it lives until the result is freed. NULL for a handle that
/// is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_facts(
    lookup: *const cardwire_card_lookup,
) -> *const cardwire_call_facts {
    call::read(lookup, ptr::null(), |lookup| lookup.facts.lend(lookup.source.facts()))
}

/// Frees it with every text and every byte borrowed from it. NULL and a handle that is not live are
/// left alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_lookup_free(lookup: *mut cardwire_card_lookup) {
    call::free(lookup);
}
