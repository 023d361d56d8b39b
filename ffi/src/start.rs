//! Calls that return at once and end in a callback.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use cardwire_core::bindings::ClientExt as _;
use cardwire_core::{CallOptions, Client, Error, Image};

use crate::call;
use crate::callback::{CallbackScope, UserData};
use crate::cardholder::{self, cardwire_cardholder};
use crate::client::{self, cardwire_client};
use crate::error::{Failure, cardwire_error};
use crate::handle::{self, Opaque};
use crate::lookup::cardwire_card_lookup;
use crate::operations::{address, file, photo};
use crate::options::{self, cardwire_options};
use crate::order::cardwire_order;
use crate::panic::{catch, caught};
use crate::recognition::cardwire_recognition;
use crate::status::cardwire_status;
use crate::text::text_in;
use crate::verification::cardwire_verification;

/// Receives the end of a recognition: `recognition` or `error`, the other one is NULL. The callback
/// frees it. See "Callbacks" at the top.
pub type cardwire_recognition_callback = Option<
    unsafe extern "C-unwind" fn(
        recognition: *mut cardwire_recognition,
        error: *mut cardwire_error,
        user_data: *mut c_void,
    ),
>;

/// Receives the end of a verification: `verification` or `error`, the other one is NULL. The callback
/// frees it. See "Callbacks" at the top.
pub type cardwire_verification_callback = Option<
    unsafe extern "C-unwind" fn(
        verification: *mut cardwire_verification,
        error: *mut cardwire_error,
        user_data: *mut c_void,
    ),
>;

/// Receives the end of a card lookup: `lookup` or `error`, the other one is NULL. The callback
/// frees it. See "Callbacks" at the top.
pub type cardwire_card_lookup_callback = Option<
    unsafe extern "C-unwind" fn(
        lookup: *mut cardwire_card_lookup,
        error: *mut cardwire_error,
        user_data: *mut c_void,
    ),
>;

/// Receives the end of the fetching of an order: `order` or `error`, the other one is NULL. The
/// callback frees it. See "Callbacks" at the top.
pub type cardwire_order_callback = Option<
    unsafe extern "C-unwind" fn(
        order: *mut cardwire_order,
        error: *mut cardwire_error,
        user_data: *mut c_void,
    ),
>;

type Callback<P> = unsafe extern "C-unwind" fn(*mut P, *mut cardwire_error, *mut c_void);

/// Returns the two pointers of a callback: a result or an error.
pub(crate) fn handles<P: Opaque<Object: From<T>>, T>(
    result: Result<T, Error>,
) -> (*mut P, *mut cardwire_error) {
    let failure = match caught(|| handle::insert::<P>(result.map_err(Failure::from)?.into())) {
        Ok(given) => return (given, ptr::null_mut()),
        Err(failure) => failure,
    };
    let told = catch(|| handle::insert(failure.into()).ok()).flatten();
    (ptr::null_mut(), told.unwrap_or(ptr::null_mut()))
}

fn deliver<P: Opaque<Object: From<T>>, T>(
    result: Result<T, Error>,
    callback: Callback<P>,
    user_data: UserData,
) {
    let (given, error) = handles(result);
    let inside = CallbackScope::enter();
    // What a C++ callback throws ends the process here: it is not ours to catch.
    catch(|| {
        // SAFETY: the header asks for a callback of this type.
        unsafe { callback(given, error, user_data.pointer()) }
    });
    drop(inside);
}

/// Returns a call that cannot begin is told by the client at once, on this thread: that is this
/// function's own failure, and the callback is not called. Everything later goes to the callback.
fn start<P: Opaque<Object: From<T>>, T: 'static>(
    callback: Option<Callback<P>>,
    user_data: *mut c_void,
    begin: impl FnOnce(Box<dyn FnOnce(Result<T, Error>) + Send>),
) -> Result<(), Failure> {
    let callback = callback.ok_or_else(|| Failure::null("callback", "a function"))?;
    let user_data = UserData::new(user_data);
    let here = thread::current().id();
    let starting = Arc::new((AtomicBool::new(true), Mutex::new(None)));
    let told = Arc::clone(&starting);
    begin(Box::new(move |result| {
        let (starting, refusal) = &*told;
        match result {
            Err(error) if thread::current().id() == here && starting.load(Ordering::Acquire) => {
                *refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
            result => deliver(result, callback, user_data),
        }
    }));
    starting.0.store(false, Ordering::Release);
    let refusal = starting.1.lock().unwrap_or_else(PoisonError::into_inner).take();
    refusal.map_or(Ok(()), |error| Err(error.into()))
}

fn start_recognition(
    client: Result<Client, Failure>,
    image: Result<Image, Failure>,
    options: Result<CallOptions, Failure>,
    callback: cardwire_recognition_callback,
    user_data: *mut c_void,
) -> Result<(), Failure> {
    let (client, image, options) = (client?, image?, options?);
    start(callback, user_data, |then| client.recognize_then(image, &options, then))
}

/// Begins cardwire_recognize and returns at once.
///
/// - `client`: a live client.
/// - `image`, `image_len`: the photo; it is copied.
/// - `options`: what this call wants otherwise, or NULL.
/// - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
/// - `user_data`: handed to `callback`.
/// - `error`: receives the error of this function, or NULL.
///
/// Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
/// calling `callback`. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_recognize_start(
    client: *const cardwire_client,
    image: *const u8,
    image_len: usize,
    options: *const cardwire_options,
    callback: cardwire_recognition_callback,
    user_data: *mut c_void,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let begin = || {
        let (client, options) = (client::given(client), options::given(options));
        // SAFETY: the header asks for bytes of that length.
        let image = unsafe { photo(image, image_len) };
        start_recognition(client, image, options, callback, user_data)
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, begin) }
}

/// Begins cardwire_recognize_file and returns at once.
///
/// - `client`: a live client.
/// - `image`, `image_len`: the path; bytes as the system's paths are, UTF-8 on Windows. A `data:`
///   address is decoded, a `file:` address is the path in it, an http address is refused.
/// - `options`: what this call wants otherwise, or NULL.
/// - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
/// - `user_data`: handed to `callback`.
/// - `error`: receives the error of this function, or NULL.
///
/// Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
/// calling `callback`. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_recognize_file_start(
    client: *const cardwire_client,
    image: *const c_char,
    image_len: usize,
    options: *const cardwire_options,
    callback: cardwire_recognition_callback,
    user_data: *mut c_void,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let begin = || {
        let (client, options) = (client::given(client), options::given(options));
        // SAFETY: the header asks for bytes of that length.
        let image = unsafe { file(image, image_len) };
        start_recognition(client, image, options, callback, user_data)
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, begin) }
}

/// Begins cardwire_recognize_url and returns at once.
///
/// - `client`: a live client.
/// - `image`, `image_len`: an `http` or `https` address that the vendor can reach, or a `data:`
///   address, which is decoded here.
/// - `options`: what this call wants otherwise, or NULL.
/// - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
/// - `user_data`: handed to `callback`.
/// - `error`: receives the error of this function, or NULL.
///
/// Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
/// calling `callback`. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_recognize_url_start(
    client: *const cardwire_client,
    image: *const c_char,
    image_len: usize,
    options: *const cardwire_options,
    callback: cardwire_recognition_callback,
    user_data: *mut c_void,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let begin = || {
        let (client, options) = (client::given(client), options::given(options));
        // SAFETY: the header asks for text of that length.
        let image = unsafe { address(image, image_len) };
        start_recognition(client, image, options, callback, user_data)
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, begin) }
}

/// Begins cardwire_verify and returns at once.
///
/// - `client`: a live client.
/// - `cardholder`: whom to verify; it is copied.
/// - `options`: what this call wants otherwise, or NULL.
/// - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
/// - `user_data`: handed to `callback`.
/// - `error`: receives the error of this function, or NULL.
///
/// Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
/// calling `callback`. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_verify_start(
    client: *const cardwire_client,
    cardholder: *const cardwire_cardholder,
    options: *const cardwire_options,
    callback: cardwire_verification_callback,
    user_data: *mut c_void,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let begin = || {
        let client = client::given(client)?;
        let cardholder = cardholder::given(cardholder)?;
        let options = options::given(options)?;
        start(callback, user_data, |then| client.verify_then(cardholder, &options, then))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, begin) }
}

/// Begins cardwire_lookup_card and returns at once.
///
/// - `client`: a live client.
/// - `card_number`, `card_number_len`: 12 to 19 digits; blanks and dashes between them are dropped.
/// - `options`: what this call wants otherwise, or NULL.
/// - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
/// - `user_data`: handed to `callback`.
/// - `error`: receives the error of this function, or NULL.
///
/// Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
/// calling `callback`. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_lookup_card_start(
    client: *const cardwire_client,
    card_number: *const c_char,
    card_number_len: usize,
    options: *const cardwire_options,
    callback: cardwire_card_lookup_callback,
    user_data: *mut c_void,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let begin = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let number = unsafe { text_in(card_number, card_number_len, "card_number") }?;
        let options = options::given(options)?;
        start(callback, user_data, |then| client.lookup_card_then(number, &options, then))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, begin) }
}

/// Begins cardwire_fetch_order and returns at once.
///
/// - `client`: a live client.
/// - `order_id`, `order_id_len`: the order number of an earlier call.
/// - `options`: what this call wants otherwise, or NULL.
/// - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
/// - `user_data`: handed to `callback`.
/// - `error`: receives the error of this function, or NULL.
///
/// Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
/// calling `callback`. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_fetch_order_start(
    client: *const cardwire_client,
    order_id: *const c_char,
    order_id_len: usize,
    options: *const cardwire_options,
    callback: cardwire_order_callback,
    user_data: *mut c_void,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let begin = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let order_id = unsafe { text_in(order_id, order_id_len, "order_id") }?;
        let options = options::given(options)?;
        start(callback, user_data, |then| client.fetch_order_then(order_id, &options, then))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, begin) }
}
