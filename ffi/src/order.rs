//! An order: what a vendor keeps under an order number.

use std::ffi::c_char;
use std::ptr;

use cardwire_core::Order;
use once_cell::race::OnceBox;

use crate::call;
use crate::facts::{LentFacts, cardwire_call_facts};
use crate::handle::Opaque;
use crate::photo::PhotoReading;
use crate::text::Text;

/// An order as a vendor keeps it under its number. It is independent of the client; free it with
/// cardwire_order_free. The facts are those of the query itself.
pub struct cardwire_order(());

impl Opaque for cardwire_order {
    type Object = OrderObject;
    const TYPE: u8 = 5;
}

pub(crate) struct OrderObject {
    source: Order,
    card_number: Option<Text>,
    card_number_masked: Option<Text>,
    operated_at: Option<Text>,
    reading: PhotoReading,
    facts: LentFacts,
    json: OnceBox<Text>,
}

impl From<Order> for OrderObject {
    fn from(source: Order) -> Self {
        let number = source.card_number.as_ref();
        OrderObject {
            card_number: number.map(|number| Text::new(number.reveal())),
            card_number_masked: number.map(|number| Text::taken(number.masked())),
            operated_at: Text::maybe(source.operated_at.as_deref()),
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

impl OrderObject {
    fn json(&self) -> &Text {
        self.json.get_or_init(|| Box::new(Text::taken(self.source.to_json())))
    }
}

/// Returns the card number, digits only; NULL where the vendor does not say. Personal data. Since
/// 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_card_number(order: *const cardwire_order) -> *const c_char {
    call::text(order, |order| order.card_number.as_ref())
}

/// Returns the length of cardwire_order_card_number in bytes, without the NUL; 0 where it is NULL.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_card_number_len(order: *const cardwire_order) -> usize {
    call::text_len(order, |order| order.card_number.as_ref())
}

/// Returns the card number as it may be shown and logged: the first six and last four digits; NULL
/// where there is none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_card_number_masked(order: *const cardwire_order) -> *const c_char {
    call::text(order, |order| order.card_number_masked.as_ref())
}

/// Returns the year that the card is valid through, with four digits; 0 where there is none or the
/// text could not be read as a date. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_valid_thru_year(order: *const cardwire_order) -> i32 {
    call::read(order, 0, |order| order.reading.year)
}

/// Returns the month that the card is valid through, 1 to 12; 0 where there is none or the text
/// could not be read as a date. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_valid_thru_month(order: *const cardwire_order) -> i32 {
    call::read(order, 0, |order| order.reading.month)
}

/// Returns the date that the card is valid through, in the vendor's text; NULL where there is none.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_valid_thru_printed(order: *const cardwire_order) -> *const c_char {
    call::text(order, |order| order.reading.printed.as_ref())
}

/// Returns how sharp the photo is, 0 to 100; -1 where the vendor does not say, and for a handle
/// that is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_clarity(order: *const cardwire_order) -> i32 {
    call::read(order, -1, |order| order.reading.clarity)
}

/// Returns how many things were wrong with the photo although the vendor could read it. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_warning_count(order: *const cardwire_order) -> usize {
    call::read(order, 0, |order| order.reading.warnings.len())
}

/// Returns warning `index`, counted from 0: one of CARDWIRE_WARNING_*; 0 past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_warning_kind(order: *const cardwire_order, index: usize) -> i32 {
    call::read(order, 0, |order| order.reading.warning_kind(index))
}

/// Returns the vendor's code of warning `index`, as it came; NULL past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_warning_code(
    order: *const cardwire_order,
    index: usize,
) -> *const c_char {
    call::text(order, |order| order.reading.warning_code(index))
}

/// Returns when the vendor worked on it, in the vendor's words (China Standard Time); NULL where it
/// does not say. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_operated_at(order: *const cardwire_order) -> *const c_char {
    call::text(order, |order| order.operated_at.as_ref())
}

/// Returns the photo as it was sent; personal data. Its length is
/// cardwire_order_original_photo_len; it does not end with a NUL. NULL where there is none. Since
/// 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_original_photo(order: *const cardwire_order) -> *const u8 {
    call::bytes(order, |order| order.source.original_photo.as_ref())
}

/// Returns the length of cardwire_order_original_photo in bytes; 0 where it is NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_original_photo_len(order: *const cardwire_order) -> usize {
    call::bytes_len(order, |order| order.source.original_photo.as_ref())
}

/// Returns the card cut out of the photo; personal data. Its length is
/// cardwire_order_card_photo_len; it does not end with a NUL. NULL where there is none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_card_photo(order: *const cardwire_order) -> *const u8 {
    call::bytes(order, |order| order.source.card_photo.as_ref())
}

/// Returns the length of cardwire_order_card_photo in bytes; 0 where it is NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_card_photo_len(order: *const cardwire_order) -> usize {
    call::bytes_len(order, |order| order.source.card_photo.as_ref())
}

/// Returns the number cut out of the photo; personal data. Its length is
/// cardwire_order_number_photo_len; it does not end with a NUL. NULL where there is none. Since
/// 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_number_photo(order: *const cardwire_order) -> *const u8 {
    call::bytes(order, |order| order.source.number_photo.as_ref())
}

/// Returns the length of cardwire_order_number_photo in bytes; 0 where it is NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_number_photo_len(order: *const cardwire_order) -> usize {
    call::bytes_len(order, |order| order.source.number_photo.as_ref())
}

/// Returns the vendor's whole answer, byte for byte; personal data. Its length is
/// cardwire_order_raw_len; it does not end with a NUL. NULL where there is none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_raw(order: *const cardwire_order) -> *const u8 {
    call::bytes(order, |order| Some(&order.source.raw))
}

/// Returns the length of cardwire_order_raw in bytes; 0 where it is NULL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_raw_len(order: *const cardwire_order) -> usize {
    call::bytes_len(order, |order| Some(&order.source.raw))
}

/// Returns everything, card number and photos included, as a JSON object, with the field names that
/// every language uses. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_json(order: *const cardwire_order) -> *const c_char {
    call::text(order, |order| Some(order.json()))
}

/// Returns the length of cardwire_order_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_json_len(order: *const cardwire_order) -> usize {
    call::text_len(order, |order| Some(order.json()))
}

/// Returns the facts of the query itself: the vendor that answered, the order number, what was sent
/// and billed, and the attempts. Borrowed: it lives until the result is freed. NULL for a handle
/// that is not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_facts(order: *const cardwire_order) -> *const cardwire_call_facts {
    call::read(order, ptr::null(), |order| order.facts.lend(order.source.facts()))
}

/// Frees it with every text and every byte borrowed from it. NULL and a handle that is not live are
/// left alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_order_free(order: *mut cardwire_order) {
    call::free(order);
}
