//! An issuer: who issues cards whose numbers begin alike.

use std::ffi::c_char;

use cardwire_core::Issuer;
use once_cell::race::OnceBox;

use crate::call;
use crate::client::{self, cardwire_client};
use crate::codes::Code;
use crate::error::cardwire_error;
use crate::handle::Opaque;
use crate::status::cardwire_status;
use crate::text::{Text, length_z, text_in};

/// The issuer of cards whose numbers begin alike, by the table of prefixes. It is independent of the
/// client; free it with cardwire_issuer_free.
pub struct cardwire_issuer(());

impl Opaque for cardwire_issuer {
    type Object = IssuerObject;
    const TYPE: u8 = 19;
}

pub(crate) struct IssuerObject {
    source: Issuer,
    name: Text,
    code: Option<Text>,
    json: OnceBox<Text>,
}

impl From<Issuer> for IssuerObject {
    fn from(source: Issuer) -> Self {
        IssuerObject {
            name: Text::new(&source.name),
            code: Text::maybe(source.code.as_deref()),
            json: OnceBox::new(),
            source,
        }
    }
}

impl IssuerObject {
    fn json(&self) -> &Text {
        self.json.get_or_init(|| Box::new(Text::taken(self.source.to_json())))
    }
}

/// Looks up the issuer of a card by the first digits of its number, in the table of prefixes that is
/// built in or configured as `issuers`. Nothing is sent.
///
/// - `client`: a live client.
/// - `card_number`, `card_number_len`: 12 to 19 digits; blanks and dashes between them are dropped.
/// - `issuer`: receives the issuer, or NULL where the prefix is not known; free it with
///   cardwire_issuer_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK, also where the prefix is not known, or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_lookup_issuer(
    client: *const cardwire_client,
    card_number: *const c_char,
    card_number_len: usize,
    issuer: *mut *mut cardwire_issuer,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let look_up = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let number = unsafe { text_in(card_number, card_number_len, "card_number") }?;
        Ok(client.lookup_issuer(number)?.map(Into::into))
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give_maybe(issuer, "issuer", error, look_up) }
}

/// Works as cardwire_lookup_issuer, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_lookup_issuer_z(
    client: *const cardwire_client,
    card_number: *const c_char,
    issuer: *mut *mut cardwire_issuer,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_lookup_issuer(client, card_number, length_z(card_number), issuer, error) }
}

/// Returns the issuing bank's name in Chinese, as it is today. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_issuer_name(issuer: *const cardwire_issuer) -> *const c_char {
    call::text(issuer, |issuer| Some(&issuer.name))
}

/// Returns the bank's code as Alipay writes it, such as `ICBC`; NULL where the table has none. Since
/// 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_issuer_code(issuer: *const cardwire_issuer) -> *const c_char {
    call::text(issuer, |issuer| issuer.code.as_ref())
}

/// Returns the kind of the cards: one of CARDWIRE_CARD_KIND_*; 0 for a handle that is not live.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_issuer_card_kind(issuer: *const cardwire_issuer) -> i32 {
    call::read(issuer, 0, |issuer| issuer.source.card_kind.number())
}

/// Returns everything as a JSON object, with the field names that every language uses. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_issuer_json(issuer: *const cardwire_issuer) -> *const c_char {
    call::text(issuer, |issuer| Some(issuer.json()))
}

/// Returns the length of cardwire_issuer_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_issuer_json_len(issuer: *const cardwire_issuer) -> usize {
    call::text_len(issuer, |issuer| Some(issuer.json()))
}

/// Frees it with every text borrowed from it. NULL and a handle that is not live are left alone.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_issuer_free(issuer: *mut cardwire_issuer) {
    call::free(issuer);
}
