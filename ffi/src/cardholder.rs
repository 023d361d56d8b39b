//! Whom to verify.

use std::ffi::c_char;
use std::mem::take;
use std::sync::{Mutex, PoisonError};

use cardwire_core::Cardholder;

use crate::call;
use crate::error::{Failure, cardwire_error};
use crate::handle::Opaque;
use crate::status::cardwire_status;
use crate::text::{length_z, text_in};

/// Whom to verify: a card number with a name, and an ID number and a phone number where they are
/// known. Every vendor is asked about the same values: digits of full width become those of ASCII,
/// blanks and dashes in numbers and invisible characters everywhere are dropped, `x` at the end of an
/// ID number becomes `X`, and `+86` before a phone number goes; docs/values-of-people.md has the whole
/// table. A cardholder may be used for many calls. cardwire_cardholder_free wipes and frees it.
pub struct cardwire_cardholder(());

impl Opaque for cardwire_cardholder {
    type Object = Mutex<Cardholder>;
    const TYPE: u8 = 9;
}

/// Returns a copy of the cardholder of an argument.
pub(crate) fn given(cardholder: *const cardwire_cardholder) -> Result<Cardholder, Failure> {
    let cardholder = call::live(cardholder, "cardholder")?;
    let cardholder = cardholder.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(cardholder.clone())
}

fn change(
    cardholder: *mut cardwire_cardholder,
    change: impl FnOnce(Cardholder) -> Cardholder,
) -> Result<(), Failure> {
    let cardholder = call::live(cardholder, "cardholder")?;
    let mut cardholder = cardholder.lock().unwrap_or_else(PoisonError::into_inner);
    *cardholder = change(take(&mut *cardholder));
    Ok(())
}

/// Makes a cardholder from a card number and a name: two elements, which `tencent_faceid` takes.
///
/// - `card_number`, `card_number_len`: 12 to 19 digits; blanks and dashes between them are dropped.
/// - `name`, `name_len`: the name as the bank knows it, UTF-8.
/// - `cardholder`: receives it.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; the values are checked by the call that uses
/// them. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_cardholder_new(
    card_number: *const c_char,
    card_number_len: usize,
    name: *const c_char,
    name_len: usize,
    cardholder: *mut *mut cardwire_cardholder,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let make = || {
        // SAFETY: the header asks for text of that length.
        let number = unsafe { text_in(card_number, card_number_len, "card_number") }?;
        // SAFETY: as above.
        let name = unsafe { text_in(name, name_len, "name") }?;
        Ok(Mutex::new(Cardholder::new(number, name)))
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(cardholder, "cardholder", error, make) }
}

/// Works as cardwire_cardholder_new, with NUL-terminated texts. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_cardholder_new_z(
    card_number: *const c_char,
    name: *const c_char,
    cardholder: *mut *mut cardwire_cardholder,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated texts; the rest is handed on.
    unsafe {
        let (number_len, name_len) = (length_z(card_number), length_z(name));
        cardwire_cardholder_new(card_number, number_len, name, name_len, cardholder, error)
    }
}

/// Adds the number of the resident identity card: the third element, which `tencent_faceid` and
/// `aliyun_yhkr` take.
///
/// - `cardholder`: a live cardholder.
/// - `id_number`, `id_number_len`: the number.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_cardholder_set_id_number(
    cardholder: *mut cardwire_cardholder,
    id_number: *const c_char,
    id_number_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        // SAFETY: the header asks for text of that length.
        let number = unsafe { text_in(id_number, id_number_len, "id_number") }?;
        change(cardholder, |cardholder| cardholder.id_number(number))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Works as cardwire_cardholder_set_id_number, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_cardholder_set_id_number_z(
    cardholder: *mut cardwire_cardholder,
    id_number: *const c_char,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_cardholder_set_id_number(cardholder, id_number, length_z(id_number), error) }
}

/// Adds the mobile phone number that the bank holds: the fourth element, which `tencent_faceid`
/// takes.
///
/// - `cardholder`: a live cardholder.
/// - `phone`, `phone_len`: the number.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_cardholder_set_phone(
    cardholder: *mut cardwire_cardholder,
    phone: *const c_char,
    phone_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        // SAFETY: the header asks for text of that length.
        let phone = unsafe { text_in(phone, phone_len, "phone") }?;
        change(cardholder, |cardholder| cardholder.phone(phone))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Works as cardwire_cardholder_set_phone, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_cardholder_set_phone_z(
    cardholder: *mut cardwire_cardholder,
    phone: *const c_char,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_cardholder_set_phone(cardholder, phone, length_z(phone), error) }
}

/// Frees and wipes it. NULL and a handle that is not live are left alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_cardholder_free(cardholder: *mut cardwire_cardholder) {
    call::free(cardholder);
}
