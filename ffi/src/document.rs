//! Calls that are asked for and told in one piece: for languages to which each call into C is dear.

use std::ffi::{c_char, c_void};
use std::ptr;

use cardwire_core::bindings::{
    AnyBatch, AnyCall, CallContext, batch_input_with, contract, with_context,
};
use cardwire_core::{
    CallOptions, CardLookup, Cardholder, Error, Image, Order, PersonalBytes, Recognition,
    Verification,
};
use once_cell::race::OnceBox;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::batch::{
    BatchObject, Make, cardwire_batch, cardwire_ready_callback, index_out, nothing_to_take,
    put_cardholder, put_image,
};
use crate::call;
use crate::callback::{CallbackScope, UserData};
use crate::cancellation::cardwire_cancellation;
use crate::client::{self, cardwire_client};
use crate::error::{ErrorObject, Failure, cardwire_error};
use crate::handle;
use crate::lent;
use crate::operations::photo;
use crate::options::accounts;
use crate::panic::{catch, caught};
use crate::status::cardwire_status;
use crate::text::{Text, bytes_in, text_in};

/// Returns the lists that are the same in every language, as a JSON object: `version`; `kinds` of
/// errors with numbers and advice; `vendors` with their operations; the lists of names (`outcomes`,
/// `reasons` and so on); `config_keys`; `records` with the name, the shape and the source of each
/// field; `limits`; and `error`, the document of an error that says nothing. The text is never freed.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_contract() -> *const c_char {
    static CONTRACT: OnceBox<Text> = OnceBox::new();
    call::guard(ptr::null(), || {
        CONTRACT.get_or_init(|| Box::new(Text::taken(contract()))).pointer()
    })
}

/// Receives the end of a call, once. `document` is the result as cardwire_recognition_json and the like
/// give it, and `raw` the vendor's whole answer, byte for byte; or `document` is the error as
/// cardwire_error_json gives it, `error` is that error, and `raw` is NULL. Everything is borrowed: it
/// lives until the callback returns, and nothing of it is to be freed. The text does not end with a NUL.
pub type cardwire_document_callback = Option<
    unsafe extern "C-unwind" fn(
        document: *const c_char,
        document_len: usize,
        raw: *const u8,
        raw_len: usize,
        error: *const cardwire_error,
        user_data: *mut c_void,
    ),
>;

type Callback = unsafe extern "C-unwind" fn(
    *const c_char,
    usize,
    *const u8,
    usize,
    *const cardwire_error,
    *mut c_void,
);

/// A result's JSON and the vendor's answer.
struct Answer {
    document: Zeroizing<String>,
    raw: PersonalBytes,
}

macro_rules! answers {
    ($($type:ty),*) => {
        $(impl From<$type> for Answer {
            fn from(result: $type) -> Self {
                Answer { document: Zeroizing::new(result.to_json()), raw: result.raw }
            }
        })*
    };
}

answers!(Recognition, Verification, CardLookup, Order);

/// The callback for the end of the call, which runs once.
struct End {
    callback: Callback,
    user_data: UserData,
}

impl End {
    fn tell(self, result: Result<Answer, Failure>) {
        let (error, document, raw) = match result {
            Ok(Answer { document, raw }) => (None, document, raw),
            Err(failure) => {
                let object = ErrorObject::from(failure);
                let document = Zeroizing::new(object.source.to_json());
                let error = catch(|| handle::insert::<cardwire_error>(object).ok()).flatten();
                (Some(error.unwrap_or(ptr::null_mut())), document, PersonalBytes::default())
            }
        };
        let raw = raw.reveal();
        let raw_pointer = if error.is_none() { raw.as_ptr() } else { ptr::null() };
        let lent = error.unwrap_or(ptr::null_mut());
        let inside = CallbackScope::enter();
        // What a C++ callback throws ends the process here: it is not ours to catch.
        catch(|| {
            // SAFETY: the header asks for a callback of this type.
            unsafe {
                (self.callback)(
                    document.as_ptr().cast(),
                    document.len(),
                    raw_pointer,
                    raw.len(),
                    lent,
                    self.user_data.pointer(),
                );
            }
        });
        drop(inside);
        call::free(lent);
    }
}

/// Returns a text of an object; `None` where there is none.
fn maybe<'a>(
    object: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, Failure> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Failure::argument(name, "a text", "another value")),
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, Failure> {
    maybe(object, name)?.ok_or_else(|| Failure::argument(name, "a text", "none"))
}

fn options(request: &Map<String, Value>) -> Result<CallOptions, Failure> {
    let mut options = CallOptions::new();
    let Some(Value::Object(wanted)) = request.get("options") else { return Ok(options) };
    if let Some(vendors) = maybe(wanted, "vendors")? {
        options = options.vendors(accounts(vendors)?);
    }
    if let Some(order_id) = maybe(wanted, "order_id")? {
        options = options.order_id(order_id);
    }
    if let Some(reference) = maybe(wanted, "reference")? {
        options = options.reference(reference);
    }
    if let Some(user_id) = maybe(wanted, "user_id")? {
        options = options.user_id(user_id);
    }
    if let Some(timeout) = wanted.get("timeout_ms") {
        let expected = "a whole number from 0";
        let timeout = timeout
            .as_u64()
            .ok_or_else(|| Failure::argument("timeout_ms", expected, "another value"))?;
        options = options.timeout(crate::options::timeout(timeout)?);
    }
    if let Some(context) = wanted.get("context").and_then(Value::as_u64) {
        options = with_context(options, CallContext::new(context));
    }
    Ok(options.skip_answered(wanted.get("skip_answered") == Some(&Value::Bool(true))))
}

/// Returns the request with its options.
///
/// # Safety
/// As for `text_in`.
unsafe fn object(
    request: (*const c_char, usize),
    cancellation: *const cardwire_cancellation,
) -> Result<(Map<String, Value>, CallOptions), Failure> {
    // SAFETY: the caller vouches for it.
    let request = unsafe { text_in(request.0, request.1, "request") }?;
    let Ok(Value::Object(request)) = serde_json::from_str(request) else {
        return Err(Failure::argument("request", "a JSON object", "another text"));
    };
    let mut options = options(&request)?;
    if !cancellation.is_null() {
        options = options.cancellation(&*call::live(cancellation, "cancellation")?);
    }
    Ok((request, options))
}

fn no_such_operation() -> Failure {
    Failure::argument("operation", "one of this header", "another text")
}

/// Returns the call that a request describes, with its options.
///
/// # Safety
/// As for `text_in` and `bytes_in`.
unsafe fn read(
    request: (*const c_char, usize),
    image: (*const u8, usize),
    cancellation: *const cardwire_cancellation,
) -> Result<(AnyCall, CallOptions), Failure> {
    // SAFETY: the caller vouches for it.
    let (request, options) = unsafe { object(request, cancellation) }?;
    // SAFETY: the caller vouches for it.
    Ok((unsafe { call_of(&request, image) }?, options))
}

/// Returns the call that a request describes.
///
/// # Safety
/// As for `bytes_in`.
unsafe fn call_of(
    request: &Map<String, Value>,
    image: (*const u8, usize),
) -> Result<AnyCall, Failure> {
    let text = |name| text(request, name);
    let maybe = |name| maybe(request, name);
    Ok(match text("operation")? {
        // SAFETY: the caller vouches for it.
        "recognize" => AnyCall::Recognize(unsafe { photo(image.0, image.1) }?),
        "recognize_file" => AnyCall::Recognize(Image::path(text("image")?)),
        "recognize_url" => AnyCall::Recognize(Image::url(text("image")?)),
        "verify" => {
            let mut cardholder = Cardholder::new(text("card_number")?, text("name")?);
            if let Some(id_number) = maybe("id_number")? {
                cardholder = cardholder.id_number(id_number);
            }
            if let Some(phone) = maybe("phone")? {
                cardholder = cardholder.phone(phone);
            }
            AnyCall::Verify(cardholder)
        }
        "lookup_card" => AnyCall::LookupCard(text("card_number")?.to_owned()),
        "fetch_order" => AnyCall::FetchOrder(text("order_id")?.to_owned()),
        _ => return Err(no_such_operation()),
    })
}

/// Makes a call in one piece and waits for its end: `callback` runs on this thread before the function
/// returns. A call that is refused ends in `callback` too.
///
/// - `client`: a live client.
/// - `request`, `request_len`: a JSON object. `operation` is `recognize`, `recognize_file`,
///   `recognize_url`, `verify`, `lookup_card` or `fetch_order`; the arguments have the names of those
///   functions (`image` for a path or an address, `card_number`, `name`, `id_number`, `phone`,
///   `order_id`), and `options` is an object with `vendors` (separated by commas), `order_id`,
///   `reference`, `user_id`, `timeout_ms`, `skip_answered` and `context`, each of which may be left out.
/// - `image`, `image_len`: the photo for `recognize`; NULL and 0 else.
/// - `cancellation`: ends the call, or NULL.
/// - `callback`: receives the end.
/// - `user_data`: handed to `callback`.
///
/// Gives nothing. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_call_run(
    client: *const cardwire_client,
    request: *const c_char,
    request_len: usize,
    image: *const u8,
    image_len: usize,
    cancellation: *const cardwire_cancellation,
    callback: cardwire_document_callback,
    user_data: *mut c_void,
) {
    let Some(callback) = callback else { return };
    let run = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let (request, options) = unsafe { object((request, request_len), cancellation) }?;
        if text(&request, "operation")? == "recognize" {
            // SAFETY: the header asks for bytes of that length.
            let photo = unsafe { bytes_in(image, image_len, "image") }?;
            return Ok(lent::recognize(&client, photo, &options)?.into());
        }
        // SAFETY: the header asks for bytes of that length.
        let call = unsafe { call_of(&request, (image, image_len)) }?;
        Ok(call.run(&client, &options)?)
    };
    let end = End { callback, user_data: UserData::new(user_data) };
    let result = caught(run);
    call::guard((), || end.tell(result));
}

/// Begins cardwire_call_run and returns at once. A call that is refused ends in `callback` before the
/// function returns, on this thread; everything else later, on one of the library's threads. Everything that is
/// pointed to is copied.
///
/// - `client`: a live client.
/// - `request`, `request_len`: as for cardwire_call_run.
/// - `image`, `image_len`: the photo for `recognize`; NULL and 0 else.
/// - `cancellation`: ends the call, or NULL.
/// - `callback`: receives the end.
/// - `user_data`: handed to `callback`.
///
/// Gives nothing. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_call_start(
    client: *const cardwire_client,
    request: *const c_char,
    request_len: usize,
    image: *const u8,
    image_len: usize,
    cancellation: *const cardwire_cancellation,
    callback: cardwire_document_callback,
    user_data: *mut c_void,
) {
    let Some(callback) = callback else { return };
    let end = End { callback, user_data: UserData::new(user_data) };
    let begin = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text and bytes of those lengths.
        let read = unsafe { read((request, request_len), (image, image_len), cancellation) }?;
        Ok((client, read))
    };
    match caught(begin) {
        Ok((client, (call, options))) => call::guard((), || {
            call.start(&client, &options, |result: Result<Answer, Error>| {
                end.tell(result.map_err(Failure::from));
            });
        }),
        Err(failure) => call::guard((), || end.tell(Err(failure))),
    }
}

/// Begins a batch in one piece: cardwire_recognize_many or cardwire_verify_many.
///
/// - `client`: a live client.
/// - `request`, `request_len`: a JSON object. `operation` is `recognize_many` or `verify_many`;
///   `concurrency` and `options`, as for cardwire_call_run, may be left out.
/// - `cancellation`: ends the calls of the batch, or NULL.
/// - `on_ready`: as for cardwire_recognize_many.
/// - `user_data`: handed to `on_ready`.
/// - `batch`: receives the batch.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_recognize_many gives. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_start(
    client: *const cardwire_client,
    request: *const c_char,
    request_len: usize,
    cancellation: *const cardwire_cancellation,
    on_ready: cardwire_ready_callback,
    user_data: *mut c_void,
    batch: *mut *mut cardwire_batch,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let begin = || {
        let client = client::given(client)?;
        // SAFETY: the header asks for text of that length.
        let (request, options) = unsafe { object((request, request_len), cancellation) }?;
        let make: Make = match text(&request, "operation")? {
            "recognize_many" => AnyBatch::of_photos,
            "verify_many" => AnyBatch::of_cardholders,
            _ => return Err(no_such_operation()),
        };
        let concurrency = request.get("concurrency").and_then(Value::as_u64).unwrap_or(0);
        let concurrency = usize::try_from(concurrency).unwrap_or(usize::MAX);
        Ok(BatchObject::new(make, client, options, concurrency, on_ready, user_data))
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(batch, "batch", error, begin) }
}

/// Puts in the input that was asked for, in one piece, as cardwire_batch_put_image and the like do.
///
/// - `batch`: a live batch.
/// - `request`, `request_len`: as for cardwire_call_run, with an operation of the batch: `recognize`,
///   `recognize_file` or `recognize_url`, or `verify`. Of its `options` the order number and the reference
///   count.
/// - `image`, `image_len`: the photo for `recognize`; NULL and 0 else.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_batch_put_image gives. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_put(
    batch: *mut cardwire_batch,
    request: *const c_char,
    request_len: usize,
    image: *const u8,
    image_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let put = || {
        // SAFETY: the header asks for text and bytes of those lengths.
        let read = unsafe { read((request, request_len), (image, image_len), ptr::null()) };
        match read? {
            (AnyCall::Recognize(image), options) => {
                put_image(batch, batch_input_with(image, options))
            }
            (AnyCall::Verify(holder), options) => {
                put_cardholder(batch, batch_input_with(holder, options))
            }
            _ => Err(no_such_operation()),
        }
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, put) }
}

/// Takes the result that comes next, in one piece: `callback` is given the end of its call, on this thread
/// before the function returns.
///
/// - `batch`: a live batch.
/// - `index`: as for cardwire_batch_take_recognition.
/// - `callback`: receives the end.
/// - `user_data`: handed to `callback`.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, where there is no result to take too, without calling
/// `callback`. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_take(
    batch: *mut cardwire_batch,
    index: *mut usize,
    callback: cardwire_document_callback,
    user_data: *mut c_void,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let take = || {
        let batch = call::live(batch, "batch")?;
        // SAFETY: the header asks for an `index` that is NULL or can be written to.
        let tell = unsafe { index_out(index) }?;
        let callback = callback.ok_or_else(|| Failure::null("callback", "a function"))?;
        let (index, result) =
            batch.with(|batch| batch.take::<Answer>().ok_or_else(nothing_to_take))?;
        tell(index);
        End { callback, user_data: UserData::new(user_data) }.tell(result.map_err(Failure::from));
        Ok(())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::status(error, take) }
}
