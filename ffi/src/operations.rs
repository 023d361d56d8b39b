//! Blocking calls.

use std::ffi::c_char;

use cardwire_core::{Cardholder, Image};

use crate::call;
use crate::cardholder::{self, cardwire_cardholder};
use crate::client::{self, cardwire_client};
use crate::error::{Failure, cardwire_error};
use crate::lent;
use crate::lookup::cardwire_card_lookup;
use crate::options::{self, cardwire_options};
use crate::order::cardwire_order;
use crate::recognition::cardwire_recognition;
use crate::status::cardwire_status;
use crate::text::{bytes_in, length_z, path_in, text_in};
use crate::verification::cardwire_verification;

/// Returns a copy of the caller's photo.
///
/// # Safety
/// `image_len` bytes can be read at `image`.
pub(crate) unsafe fn photo(image: *const u8, image_len: usize) -> Result<Image, Failure> {
    // SAFETY: the caller vouches for it.
    unsafe { bytes_in(image, image_len, "image") }.map(Image::from)
}

/// Returns the photo in a file.
///
/// # Safety
/// `image_len` bytes can be read at `image`.
pub(crate) unsafe fn file(image: *const c_char, image_len: usize) -> Result<Image, Failure> {
    // SAFETY: the caller vouches for it.
    unsafe { path_in(image, image_len, "image") }.map(Image::path)
}

/// Returns the photo at an address.
///
/// # Safety
/// `image_len` bytes can be read at `image`.
pub(crate) unsafe fn address(image: *const c_char, image_len: usize) -> Result<Image, Failure> {
    // SAFETY: the caller vouches for it.
    unsafe { text_in(image, image_len, "image") }.map(Image::url)
}

/// Reads the card in a photo.
///
/// - `client`: a live client.
/// - `image`, `image_len`: the photo, JPEG, PNG, BMP or WebP, as a camera or a scanner wrote it.
/// - `options`: what this call wants otherwise, or NULL.
/// - `recognition`: receives the result; free it with cardwire_recognition_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or any other status. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_recognize(
    client: *const cardwire_client,
    image: *const u8,
    image_len: usize,
    options: *const cardwire_options,
    recognition: *mut *mut cardwire_recognition,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let recognize = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for bytes of that length.
        let image = unsafe { bytes_in(image, image_len, "image") }?;
        let options = options::given(options)?;
        Ok(lent::recognize(&client, image, &options)?.into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(recognition, "recognition", error, recognize) }
}

/// Reads the card in a photo in a file.
///
/// - `client`: a live client.
/// - `image`, `image_len`: the path; bytes as the system's paths are, UTF-8 on Windows. A `data:`
///   address is decoded, a `file:` address is the path in it, an http address is refused.
/// - `options`: what this call wants otherwise, or NULL.
/// - `recognition`: receives the result; free it with cardwire_recognition_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or any other status; CARDWIRE_INVALID_ARGUMENT where the file cannot be read.
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_recognize_file(
    client: *const cardwire_client,
    image: *const c_char,
    image_len: usize,
    options: *const cardwire_options,
    recognition: *mut *mut cardwire_recognition,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let recognize = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for bytes of that length.
        let image = unsafe { file(image, image_len) }?;
        let options = options::given(options)?;
        Ok(client.recognize(image, &options)?.into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(recognition, "recognition", error, recognize) }
}

/// Works as cardwire_recognize_file, with a NUL-terminated path. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_recognize_file_z(
    client: *const cardwire_client,
    image: *const c_char,
    options: *const cardwire_options,
    recognition: *mut *mut cardwire_recognition,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_recognize_file(client, image, length_z(image), options, recognition, error) }
}

/// Reads the card in a photo at an address. The vendor downloads it, the library never does, so only
/// vendors that take an address are asked (`wechat`, `aliyun_bankocr`).
///
/// - `client`: a live client.
/// - `image`, `image_len`: an `http` or `https` address that the vendor can reach, or a `data:`
///   address, which is decoded here.
/// - `options`: what this call wants otherwise, or NULL.
/// - `recognition`: receives the result; free it with cardwire_recognition_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or any other status; CARDWIRE_UNSUPPORTED where no vendor takes an address.
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_recognize_url(
    client: *const cardwire_client,
    image: *const c_char,
    image_len: usize,
    options: *const cardwire_options,
    recognition: *mut *mut cardwire_recognition,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let recognize = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let image = unsafe { address(image, image_len) }?;
        let options = options::given(options)?;
        Ok(client.recognize(image, &options)?.into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(recognition, "recognition", error, recognize) }
}

/// Works as cardwire_recognize_url, with a NUL-terminated address. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_recognize_url_z(
    client: *const cardwire_client,
    image: *const c_char,
    options: *const cardwire_options,
    recognition: *mut *mut cardwire_recognition,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_recognize_url(client, image, length_z(image), options, recognition, error) }
}

/// Asks whether a card, a name, and an ID number and phone number belong together.
///
/// - `client`: a live client.
/// - `cardholder`: whom to verify.
/// - `options`: what this call wants otherwise, or NULL.
/// - `verification`: receives the result; free it with cardwire_verification_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or any other status. CARDWIRE_OK means that the vendor answered, not that they
/// match: look at cardwire_verification_outcome. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_verify(
    client: *const cardwire_client,
    cardholder: *const cardwire_cardholder,
    options: *const cardwire_options,
    verification: *mut *mut cardwire_verification,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let verify = || {
        let client = client::given(client)?;
        let cardholder = cardholder::given(cardholder)?;
        let options = options::given(options)?;
        Ok(client.verify(cardholder, &options)?.into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(verification, "verification", error, verify) }
}

/// Works as cardwire_verify, with NUL-terminated texts in place of a cardholder.
///
/// - `client`: a live client.
/// - `card_number`: 12 to 19 digits; blanks and dashes between them are dropped.
/// - `name`: the name as the bank knows it, UTF-8.
/// - `id_number`: the number of the resident identity card, or NULL to verify two elements.
/// - `options`: what this call wants otherwise, or NULL.
/// - `verification`: receives the result; free it with cardwire_verification_free.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_verify gives. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_verify_z(
    client: *const cardwire_client,
    card_number: *const c_char,
    name: *const c_char,
    id_number: *const c_char,
    options: *const cardwire_options,
    verification: *mut *mut cardwire_verification,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let verify = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for NUL-terminated texts.
        let number = unsafe { text_in(card_number, length_z(card_number), "card_number") }?;
        // SAFETY: as above.
        let name = unsafe { text_in(name, length_z(name), "name") }?;
        let mut cardholder = Cardholder::new(number, name);
        if !id_number.is_null() {
            // SAFETY: as above.
            let id_number = unsafe { text_in(id_number, length_z(id_number), "id_number") }?;
            cardholder = cardholder.id_number(id_number);
        }
        let options = options::given(options)?;
        Ok(client.verify(cardholder, &options)?.into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(verification, "verification", error, verify) }
}

/// Asks a vendor who issued a card number. Vendors bill this call.
///
/// - `client`: a live client.
/// - `card_number`, `card_number_len`: 12 to 19 digits; blanks and dashes between them are dropped.
/// - `options`: what this call wants otherwise, or NULL.
/// - `lookup`: receives the result; free it with cardwire_card_lookup_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or any other status. A number that the vendor does not know is a result: look
/// at cardwire_card_lookup_found. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_lookup_card(
    client: *const cardwire_client,
    card_number: *const c_char,
    card_number_len: usize,
    options: *const cardwire_options,
    lookup: *mut *mut cardwire_card_lookup,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let ask = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let number = unsafe { text_in(card_number, card_number_len, "card_number") }?;
        let options = options::given(options)?;
        Ok(client.lookup_card(number, &options)?.into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(lookup, "lookup", error, ask) }
}

/// Works as cardwire_lookup_card, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_lookup_card_z(
    client: *const cardwire_client,
    card_number: *const c_char,
    options: *const cardwire_options,
    lookup: *mut *mut cardwire_card_lookup,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe {
        cardwire_lookup_card(client, card_number, length_z(card_number), options, lookup, error)
    }
}

/// Fetches the images and the result that a vendor keeps under an order number (`tencent_kyc`).
///
/// - `client`: a live client.
/// - `order_id`, `order_id_len`: the order number of an earlier call.
/// - `options`: what this call wants otherwise, or NULL.
/// - `order`: receives the result; free it with cardwire_order_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or any other status. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_fetch_order(
    client: *const cardwire_client,
    order_id: *const c_char,
    order_id_len: usize,
    options: *const cardwire_options,
    order: *mut *mut cardwire_order,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let fetch = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let order_id = unsafe { text_in(order_id, order_id_len, "order_id") }?;
        let options = options::given(options)?;
        Ok(client.fetch_order(order_id, &options)?.into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(order, "order", error, fetch) }
}

/// Works as cardwire_fetch_order, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_fetch_order_z(
    client: *const cardwire_client,
    order_id: *const c_char,
    options: *const cardwire_options,
    order: *mut *mut cardwire_order,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_fetch_order(client, order_id, length_z(order_id), options, order, error) }
}
