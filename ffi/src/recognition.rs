//! A recognition: what was read on a card.

use std::ffi::c_char;
use std::ptr;

use cardwire_core::{CardKind, IssuerSource, Personal, Point, Recognition, WarningKind};
use once_cell::race::OnceBox;

use crate::call;
use crate::codes::{Code, codes, name_of, number_of};
use crate::facts::{LentFacts, cardwire_call_facts};
use crate::handle::Opaque;
use crate::photo::PhotoReading;
use crate::text::Text;

/// Pays from the holder's own balance.
pub const CARDWIRE_CARD_KIND_DEBIT: i32 = 1;
/// Pays on credit.
pub const CARDWIRE_CARD_KIND_CREDIT: i32 = 2;
/// A deposit account with a small overdraft (准贷记卡).
pub const CARDWIRE_CARD_KIND_QUASI_CREDIT: i32 = 3;
/// Pays from what was loaded onto it.
pub const CARDWIRE_CARD_KIND_PREPAID: i32 = 4;
/// Not stated.
pub const CARDWIRE_CARD_KIND_UNKNOWN: i32 = 5;

codes! {
    CardKind {
        Debit = CARDWIRE_CARD_KIND_DEBIT,
        Credit = CARDWIRE_CARD_KIND_CREDIT,
        QuasiCredit = CARDWIRE_CARD_KIND_QUASI_CREDIT,
        Prepaid = CARDWIRE_CARD_KIND_PREPAID,
        Unknown = CARDWIRE_CARD_KIND_UNKNOWN,
    }
}

/// The card has expired.
pub const CARDWIRE_WARNING_EXPIRED: i32 = 1;
/// The date is not a date.
pub const CARDWIRE_WARNING_DATE_INVALID: i32 = 2;
/// The card's edge is not whole in the photo.
pub const CARDWIRE_WARNING_BORDER_INCOMPLETE: i32 = 3;
/// Light reflects on the card.
pub const CARDWIRE_WARNING_GLARE: i32 = 4;
/// A photo of a photocopy.
pub const CARDWIRE_WARNING_PHOTOCOPY: i32 = 5;
/// A photo of a screen or print.
pub const CARDWIRE_WARNING_RECAPTURED: i32 = 6;
/// Not sharp.
pub const CARDWIRE_WARNING_BLURRED: i32 = 7;
/// A code that no document explains.
pub const CARDWIRE_WARNING_OTHER: i32 = 8;
/// The card number may be misread. Code `check_digit`: its check digit does not fit; few cards have
/// none. Code `other_reading`: the vendor `offline`, asked before, read another number.
pub const CARDWIRE_WARNING_NUMBER_DOUBTFUL: i32 = 9;

codes! {
    WarningKind {
        Expired = CARDWIRE_WARNING_EXPIRED,
        DateInvalid = CARDWIRE_WARNING_DATE_INVALID,
        BorderIncomplete = CARDWIRE_WARNING_BORDER_INCOMPLETE,
        Glare = CARDWIRE_WARNING_GLARE,
        Photocopy = CARDWIRE_WARNING_PHOTOCOPY,
        Recaptured = CARDWIRE_WARNING_RECAPTURED,
        Blurred = CARDWIRE_WARNING_BLURRED,
        Other = CARDWIRE_WARNING_OTHER,
        NumberDoubtful = CARDWIRE_WARNING_NUMBER_DOUBTFUL,
    }
}

/// The vendor named the issuer.
pub const CARDWIRE_ISSUER_SOURCE_VENDOR: i32 = 1;
/// The issuer is known by the number's first digits, from the table of prefixes.
pub const CARDWIRE_ISSUER_SOURCE_TABLE: i32 = 2;

codes! {
    IssuerSource {
        Vendor = CARDWIRE_ISSUER_SOURCE_VENDOR,
        Table = CARDWIRE_ISSUER_SOURCE_TABLE,
    }
}

/// Returns the name of one of CARDWIRE_CARD_KIND_*, in snake_case; NULL for any other number. The
/// text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_card_kind_name(card_kind: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<CardKind>(card_kind))
}

/// Returns the name of one of CARDWIRE_WARNING_*, in snake_case; NULL for any other number. The
/// text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_warning_kind_name(warning_kind: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<WarningKind>(warning_kind))
}

/// Returns the name of one of CARDWIRE_ISSUER_SOURCE_*, in snake_case; NULL for any other number.
/// The text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_issuer_source_name(issuer_source: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<IssuerSource>(issuer_source))
}

/// A card as it was read in a photo. It is independent of the client; free it with
/// cardwire_recognition_free.
pub struct cardwire_recognition(());

impl Opaque for cardwire_recognition {
    type Object = RecognitionObject;
    const TYPE: u8 = 2;
}

pub(crate) struct RecognitionObject {
    source: Recognition,
    card_number: Text,
    card_number_masked: Text,
    issuer: Option<Text>,
    issuer_code: Option<Text>,
    card_name: Option<Text>,
    reading: PhotoReading,
    facts: LentFacts,
    json: OnceBox<Text>,
}

impl From<Recognition> for RecognitionObject {
    fn from(source: Recognition) -> Self {
        RecognitionObject {
            card_number: Text::new(source.card_number.reveal()),
            card_number_masked: Text::taken(source.card_number.masked()),
            issuer: Text::maybe(source.issuer.as_deref()),
            issuer_code: Text::maybe(source.issuer_code.as_deref()),
            card_name: Text::maybe(source.card_name.as_ref().map(Personal::reveal)),
            reading: PhotoReading::new(
                source.valid_thru.as_ref(),
                source.clarity,
                &source.warnings,
            ),
            facts: LentFacts::default(),
            json: OnceBox::new(),
            source,
        }
    }
}

impl RecognitionObject {
    fn json(&self) -> &Text {
        self.json.get_or_init(|| Box::new(Text::taken(self.source.to_json())))
    }
}

/// Returns the card number, digits only; personal data. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_card_number(
    recognition: *const cardwire_recognition,
) -> *const c_char {
    call::text(recognition, |recognition| Some(&recognition.card_number))
}

/// Returns the length of cardwire_recognition_card_number in bytes, without the NUL; 0 where it is
/// NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_card_number_len(
    recognition: *const cardwire_recognition,
) -> usize {
    call::text_len(recognition, |recognition| Some(&recognition.card_number))
}

/// Returns the card number as it may be shown and logged: the first six and last four digits. Since
/// 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_card_number_masked(
    recognition: *const cardwire_recognition,
) -> *const c_char {
    call::text(recognition, |recognition| Some(&recognition.card_number_masked))
}

/// Returns the share of such readings that are right, from 0 to 1, where whoever read it says so:
/// the vendor `offline` does; -1.0 else, and for a handle that is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_confidence(recognition: *const cardwire_recognition) -> f64 {
    call::read(recognition, -1.0, |recognition| recognition.source.confidence.unwrap_or(-1.0))
}

/// Returns the issuing bank: as the vendor names it, or else as the table of prefixes does; NULL
/// where neither knows it. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_issuer(
    recognition: *const cardwire_recognition,
) -> *const c_char {
    call::text(recognition, |recognition| recognition.issuer.as_ref())
}

/// Returns the length of cardwire_recognition_issuer in bytes, without the NUL; 0 where it is NULL.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_issuer_len(
    recognition: *const cardwire_recognition,
) -> usize {
    call::text_len(recognition, |recognition| recognition.issuer.as_ref())
}

/// Returns where the issuer is known from: one of CARDWIRE_ISSUER_SOURCE_*; 0 where there is no
/// issuer. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_issuer_source(
    recognition: *const cardwire_recognition,
) -> i32 {
    call::read(recognition, 0, |recognition| number_of(recognition.source.issuer_source))
}

/// Returns the issuer's code as Alipay writes it, such as `ICBC`; NULL where the table of prefixes
/// has none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_issuer_code(
    recognition: *const cardwire_recognition,
) -> *const c_char {
    call::text(recognition, |recognition| recognition.issuer_code.as_ref())
}

/// Returns the card's full name, as the vendor states it; NULL where it does not. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_card_name(
    recognition: *const cardwire_recognition,
) -> *const c_char {
    call::text(recognition, |recognition| recognition.card_name.as_ref())
}

/// Returns the length of cardwire_recognition_card_name in bytes, without the NUL; 0 where it is
/// NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_card_name_len(
    recognition: *const cardwire_recognition,
) -> usize {
    call::text_len(recognition, |recognition| recognition.card_name.as_ref())
}

/// Returns the kind of the card: one of CARDWIRE_CARD_KIND_*; 0 for a handle that is not live.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_card_kind(recognition: *const cardwire_recognition) -> i32 {
    call::read(recognition, 0, |recognition| recognition.source.card_kind.number())
}

/// Returns the year that the card is valid through, with four digits; 0 where there is none or the
/// text could not be read as a date. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_valid_thru_year(
    recognition: *const cardwire_recognition,
) -> i32 {
    call::read(recognition, 0, |recognition| recognition.reading.year)
}

/// Returns the month that the card is valid through, 1 to 12; 0 where there is none or the text
/// could not be read as a date. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_valid_thru_month(
    recognition: *const cardwire_recognition,
) -> i32 {
    call::read(recognition, 0, |recognition| recognition.reading.month)
}

/// Returns the date that the card is valid through, in the vendor's text; NULL where there is none.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_valid_thru_printed(
    recognition: *const cardwire_recognition,
) -> *const c_char {
    call::text(recognition, |recognition| recognition.reading.printed.as_ref())
}

/// Returns how sharp the photo is, 0 to 100; -1 where the vendor does not say, and for a handle
/// that is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_clarity(recognition: *const cardwire_recognition) -> i32 {
    call::read(recognition, -1, |recognition| recognition.reading.clarity)
}

/// Returns how many corners of the card in the photo are known: 4, clockwise from the upper left one
/// of the card, where whoever read it says so: the vendor `offline` does; else 0. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_corner_count(
    recognition: *const cardwire_recognition,
) -> usize {
    call::read(recognition, 0, |recognition| recognition.source.corners.len())
}

fn corner(
    recognition: *const cardwire_recognition,
    index: usize,
    of: impl FnOnce(&Point) -> i32,
) -> i32 {
    call::read(recognition, 0, |recognition| recognition.source.corners.get(index).map_or(0, of))
}

/// Returns how far to the right corner `index`, counted from 0, is, in pixels from the upper left
/// corner of the photo as it is shown: turned by its EXIF orientation. 0 past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_corner_x(
    recognition: *const cardwire_recognition,
    index: usize,
) -> i32 {
    corner(recognition, index, |point| point.x)
}

/// Returns how far down corner `index` is, as cardwire_recognition_corner_x how far to the right.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_corner_y(
    recognition: *const cardwire_recognition,
    index: usize,
) -> i32 {
    corner(recognition, index, |point| point.y)
}

/// Returns how many things were wrong with the photo, or doubtful in what was read. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_warning_count(
    recognition: *const cardwire_recognition,
) -> usize {
    call::read(recognition, 0, |recognition| recognition.reading.warnings.len())
}

/// Returns warning `index`, counted from 0: one of CARDWIRE_WARNING_*; 0 past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_warning_kind(
    recognition: *const cardwire_recognition,
    index: usize,
) -> i32 {
    call::read(recognition, 0, |recognition| recognition.reading.warning_kind(index))
}

/// Returns the vendor's code of warning `index`, as it came; `check_digit` or `other_reading` where the
/// warning is the library's own; NULL past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_warning_code(
    recognition: *const cardwire_recognition,
    index: usize,
) -> *const c_char {
    call::text(recognition, |recognition| recognition.reading.warning_code(index))
}

/// Returns a JPEG of the number as it stands on the card; personal data. Its length is
/// cardwire_recognition_number_photo_len; it does not end with a NUL. NULL where there is none.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_number_photo(
    recognition: *const cardwire_recognition,
) -> *const u8 {
    call::bytes(recognition, |recognition| recognition.source.number_photo.as_ref())
}

/// Returns the length of cardwire_recognition_number_photo in bytes; 0 where it is NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_number_photo_len(
    recognition: *const cardwire_recognition,
) -> usize {
    call::bytes_len(recognition, |recognition| recognition.source.number_photo.as_ref())
}

/// Returns the vendor's whole answer, byte for byte; personal data. Its length is
/// cardwire_recognition_raw_len; it does not end with a NUL. NULL where there is none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_raw(recognition: *const cardwire_recognition) -> *const u8 {
    call::bytes(recognition, |recognition| Some(&recognition.source.raw))
}

/// Returns the length of cardwire_recognition_raw in bytes; 0 where it is NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_raw_len(recognition: *const cardwire_recognition) -> usize {
    call::bytes_len(recognition, |recognition| Some(&recognition.source.raw))
}

/// Returns everything, card number and photo included, as a JSON object, with the field names that
/// every language uses. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_json(
    recognition: *const cardwire_recognition,
) -> *const c_char {
    call::text(recognition, |recognition| Some(recognition.json()))
}

/// Returns the length of cardwire_recognition_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_json_len(recognition: *const cardwire_recognition) -> usize {
    call::text_len(recognition, |recognition| Some(recognition.json()))
}

/// Returns the facts of the call: the vendor that answered, the order number, what was sent and
/// billed, and the attempts. Borrowed: it lives until the result is freed. NULL for a handle that
/// is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_facts(
    recognition: *const cardwire_recognition,
) -> *const cardwire_call_facts {
    call::read(recognition, ptr::null(), |recognition| {
        recognition.facts.lend(recognition.source.facts())
    })
}

/// Frees it with every text and every byte borrowed from it. NULL and a handle that is not live are
/// left alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_recognition_free(recognition: *mut cardwire_recognition) {
    call::free(recognition);
}
