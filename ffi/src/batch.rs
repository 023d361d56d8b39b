//! Batches: a stream of inputs, a bounded number of calls in flight, results as they finish.

use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_void};
use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cardwire_core::bindings::batch_input;
use cardwire_core::{BatchInput, BatchItem, BatchOptions, Cardholder, Image};

use crate::call;
use crate::cardholder::{self, cardwire_cardholder};
use crate::client::{self, cardwire_client};
use crate::error::{Failure, cardwire_error};
use crate::handle::{self, Opaque};
use crate::operations::{address, file, photo};
use crate::options::{self, Options, cardwire_options};
use crate::recognition::cardwire_recognition;
use crate::start::handles;
use crate::status::cardwire_status;
use crate::text::{length_z, text_in};
use crate::verification::cardwire_verification;

/// One input of a batch, for the callback that fills it. It lives until that callback returns.
pub struct cardwire_batch_input(());

impl Opaque for cardwire_batch_input {
    type Object = InputObject;
    const TYPE: u8 = 11;
}

/// Fills `input` with the next photo, by cardwire_batch_input_set_image, _set_file or _set_url, and
/// returns 1; or returns 0 when there is none left. It is called on the thread that runs the batch.
pub type cardwire_next_image = Option<
    unsafe extern "C-unwind" fn(input: *mut cardwire_batch_input, user_data: *mut c_void) -> i32,
>;

/// Fills `input` with the next cardholder, by cardwire_batch_input_set_cardholder, and returns 1; or
/// returns 0 when there is none left. It is called on the thread that runs the batch.
pub type cardwire_next_cardholder = Option<
    unsafe extern "C-unwind" fn(input: *mut cardwire_batch_input, user_data: *mut c_void) -> i32,
>;

/// Receives the end of one recognition: `recognition` or `error`, the other one is NULL. What it is
/// given is its own to free. `index` counts the inputs from 0; results come as they finish. It is
/// called on the thread that runs the batch. Returns 0 to go on; anything else ends the batch: no
/// further input is taken, and the calls in flight finish and are still reported, since they may be
/// billed.
pub type cardwire_on_recognition = Option<
    unsafe extern "C-unwind" fn(
        index: usize,
        recognition: *mut cardwire_recognition,
        error: *mut cardwire_error,
        user_data: *mut c_void,
    ) -> i32,
>;

/// Receives the end of one verification, as cardwire_on_recognition does of a recognition.
pub type cardwire_on_verification = Option<
    unsafe extern "C-unwind" fn(
        index: usize,
        verification: *mut cardwire_verification,
        error: *mut cardwire_error,
        user_data: *mut c_void,
    ) -> i32,
>;

/// An input; the batch takes one of the two.
pub(crate) enum Content {
    Image(Mutex<Option<Image>>),
    Cardholder(Mutex<Option<Cardholder>>),
}

pub(crate) struct InputObject {
    input: Content,
    order_id: Mutex<Option<String>>,
    reference: Mutex<Option<String>>,
}

/// The inputs of a batch.
trait Input: Sized {
    fn none_yet() -> Content;
    fn taken(content: &Content) -> Option<Self>;
}

impl Input for Image {
    fn none_yet() -> Content {
        Content::Image(Mutex::default())
    }

    fn taken(content: &Content) -> Option<Self> {
        match content {
            Content::Image(image) => lock(image).take(),
            Content::Cardholder(_) => None,
        }
    }
}

impl Input for Cardholder {
    fn none_yet() -> Content {
        Content::Cardholder(Mutex::default())
    }

    fn taken(content: &Content) -> Option<Self> {
        match content {
            Content::Cardholder(holder) => lock(holder).take(),
            Content::Image(_) => None,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

type Next = unsafe extern "C-unwind" fn(*mut cardwire_batch_input, *mut c_void) -> i32;
type OnResult<P> =
    unsafe extern "C-unwind" fn(usize, *mut P, *mut cardwire_error, *mut c_void) -> i32;

/// Why a batch takes no further input.
#[derive(Default)]
struct Progress {
    finished: Cell<bool>,
    stopped: Cell<bool>,
    failure: RefCell<Option<Failure>>,
}

/// The caller's inputs as an iterator.
struct Inputs<'a, I> {
    next: Next,
    name: &'static str,
    user_data: *mut c_void,
    progress: &'a Progress,
    made: PhantomData<I>,
}

impl<I: Input> Inputs<'_, I> {
    fn ask(&self) -> Result<Option<BatchInput<I>>, Failure> {
        let object = InputObject {
            input: I::none_yet(),
            order_id: Mutex::default(),
            reference: Mutex::default(),
        };
        let input = handle::insert::<cardwire_batch_input>(object)?;
        // SAFETY: the header asks for a callback of this type.
        let given = unsafe { (self.next)(input, self.user_data) };
        let filled = handle::remove(input.cast_const()).and_then(|object| {
            let input = I::taken(&object.input)?;
            let (order_id, reference) =
                (lock(&object.order_id).take(), lock(&object.reference).take());
            Some(batch_input(input, order_id, reference))
        });
        match (given, filled) {
            (0, _) => Ok(None),
            (_, Some(input)) => Ok(Some(input)),
            (_, None) => Err(Failure::argument(self.name, "an input where it returns 1", "none")),
        }
    }
}

impl<I: Input> Iterator for Inputs<'_, I> {
    type Item = BatchInput<I>;

    fn next(&mut self) -> Option<BatchInput<I>> {
        let progress = self.progress;
        if progress.finished.get() || progress.stopped.get() {
            return None;
        }
        let input = self.ask().unwrap_or_else(|failure| {
            *progress.failure.borrow_mut() = Some(failure);
            None
        });
        progress.finished.set(input.is_none());
        input
    }
}

/// Hands out what finishes until nothing is in flight, then says how the batch ended.
fn work<P: Opaque<Object: From<T>>, T>(
    results: impl Iterator<Item = BatchItem<T>>,
    progress: &Progress,
    on_result: OnResult<P>,
    user_data: *mut c_void,
) -> Result<(), Failure> {
    for item in results {
        let (given, error) = handles(item.result);
        // SAFETY: the header asks for a callback of this type.
        if unsafe { on_result(item.index, given, error, user_data) } != 0 {
            progress.stopped.set(true);
        }
    }
    if let Some(failure) = progress.failure.borrow_mut().take() {
        Err(failure)
    } else if progress.finished.get() {
        Ok(())
    } else {
        Err(Failure::cancelled("the batch ended before its last input"))
    }
}

fn batch_options(options: &Options, concurrency: usize) -> BatchOptions {
    let batch = BatchOptions::new().call(options.call.clone());
    if concurrency == 0 { batch } else { batch.concurrency(concurrency) }
}

/// Recognises every photo of a stream and returns when the last result was reported. At any time it
/// holds no more photos than calls are in flight. Both callbacks run on the calling thread.
///
/// - `client`: a live client.
/// - `options`: what every call of the batch wants otherwise, or NULL; an order number or a reference
///   in it is left out: cardwire_batch_input_set_order_id, cardwire_batch_input_set_reference.
/// - `concurrency`: the most calls in flight at once; 0 for 16.
/// - `next_image`: gives the photos.
/// - `on_result`: receives the results.
/// - `user_data`: handed to both.
/// - `error`: receives the error of the batch as a whole, or NULL.
///
/// Gives CARDWIRE_OK when every input was worked on, whatever came of each; CARDWIRE_CANCELLED when
/// `on_result` or the cancellation in `options` ended it earlier; CARDWIRE_INVALID_ARGUMENT. With a
/// client that is closed each input ends with CARDWIRE_CLOSED. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_recognize_many(
    client: *const cardwire_client,
    options: *const cardwire_options,
    concurrency: usize,
    next_image: cardwire_next_image,
    on_result: cardwire_on_recognition,
    user_data: *mut c_void,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let run = || {
        let client = client::given(client)?;
        let options = batch_options(&options::given(options)?, concurrency);
        let next = next_image.ok_or_else(|| Failure::null("next_image", "a function"))?;
        let on_result = on_result.ok_or_else(|| Failure::null("on_result", "a function"))?;
        let progress = Progress::default();
        let inputs = Inputs::<Image> {
            next,
            name: "next_image",
            user_data,
            progress: &progress,
            made: PhantomData,
        };
        work(client.recognize_many(inputs, &options), &progress, on_result, user_data)
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, run) }
}

/// Verifies every cardholder of a stream, as cardwire_recognize_many recognises photos.
///
/// - `client`: a live client.
/// - `options`: what every call of the batch wants otherwise, or NULL; an order number or a reference
///   in it is left out: cardwire_batch_input_set_order_id, cardwire_batch_input_set_reference.
/// - `concurrency`: the most calls in flight at once; 0 for 16.
/// - `next_cardholder`: gives the cardholders.
/// - `on_result`: receives the results.
/// - `user_data`: handed to both.
/// - `error`: receives the error of the batch as a whole, or NULL.
///
/// Gives what cardwire_recognize_many gives. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_verify_many(
    client: *const cardwire_client,
    options: *const cardwire_options,
    concurrency: usize,
    next_cardholder: cardwire_next_cardholder,
    on_result: cardwire_on_verification,
    user_data: *mut c_void,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let run = || {
        let client = client::given(client)?;
        let options = batch_options(&options::given(options)?, concurrency);
        let next = next_cardholder.ok_or_else(|| Failure::null("next_cardholder", "a function"))?;
        let on_result = on_result.ok_or_else(|| Failure::null("on_result", "a function"))?;
        let progress = Progress::default();
        let inputs = Inputs::<Cardholder> {
            next,
            name: "next_cardholder",
            user_data,
            progress: &progress,
            made: PhantomData,
        };
        work(client.verify_many(inputs, &options), &progress, on_result, user_data)
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, run) }
}

fn fill_image(input: *mut cardwire_batch_input, image: Image) -> Result<(), Failure> {
    match &call::live(input, "input")?.input {
        Content::Image(content) => {
            *lock(content) = Some(image);
            Ok(())
        }
        Content::Cardholder(_) => Err(Failure::argument("input", "a cardholder", "a photo")),
    }
}

/// Puts a photo into a batch; it is copied.
///
/// - `input`: what the `next_image` callback was given.
/// - `image`, `image_len`: the photo, as for cardwire_recognize.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_input_set_image(
    input: *mut cardwire_batch_input,
    image: *const u8,
    image_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for bytes of that length.
    let set = || fill_image(input, unsafe { photo(image, image_len) }?);
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Puts a photo in a file into a batch. The file is read when its turn comes.
///
/// - `input`: what the `next_image` callback was given.
/// - `image`, `image_len`: the path, as for cardwire_recognize_file.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_input_set_file(
    input: *mut cardwire_batch_input,
    image: *const c_char,
    image_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for bytes of that length.
    let set = || fill_image(input, unsafe { file(image, image_len) }?);
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Puts a photo at an address into a batch.
///
/// - `input`: what the `next_image` callback was given.
/// - `image`, `image_len`: the address, as for cardwire_recognize_url.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_input_set_url(
    input: *mut cardwire_batch_input,
    image: *const c_char,
    image_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for text of that length.
    let set = || fill_image(input, unsafe { address(image, image_len) }?);
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Puts a cardholder into a batch; it is copied, so one may be changed and used for every input.
///
/// - `input`: what the `next_cardholder` callback was given.
/// - `cardholder`: a live cardholder.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_input_set_cardholder(
    input: *mut cardwire_batch_input,
    cardholder: *const cardwire_cardholder,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || match &call::live(input, "input")?.input {
        Content::Cardholder(content) => {
            let given = cardholder::given(cardholder)?;
            *lock(content) = Some(given);
            Ok(())
        }
        Content::Image(_) => Err(Failure::argument("input", "a photo", "a cardholder")),
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Sets the order number of an input's call, as cardwire_options_set_order_id does of a call.
///
/// - `input`: what the callback was given.
/// - `order_id`, `order_id_len`: the order number.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; a malformed one is refused by the call. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_input_set_order_id(
    input: *mut cardwire_batch_input,
    order_id: *const c_char,
    order_id_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        let input = call::live(input, "input")?;
        // SAFETY: the header asks for text of that length.
        let text = unsafe { text_in(order_id, order_id_len, "order_id") }?;
        *lock(&input.order_id) = Some(text.to_owned());
        Ok(())
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Works as cardwire_batch_input_set_order_id, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_input_set_order_id_z(
    input: *mut cardwire_batch_input,
    order_id: *const c_char,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_batch_input_set_order_id(input, order_id, length_z(order_id), error) }
}

/// Sets the reference of an input's call, as cardwire_options_set_reference does of a call: with it a
/// batch that was cut off goes on, see cardwire_options_set_skip_answered.
///
/// - `input`: what the callback was given.
/// - `reference`, `reference_len`: the reference.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; a malformed one is refused by the call. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_input_set_reference(
    input: *mut cardwire_batch_input,
    reference: *const c_char,
    reference_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        let input = call::live(input, "input")?;
        // SAFETY: the header asks for text of that length.
        let text = unsafe { text_in(reference, reference_len, "reference") }?;
        *lock(&input.reference) = Some(text.to_owned());
        Ok(())
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Works as cardwire_batch_input_set_reference, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_input_set_reference_z(
    input: *mut cardwire_batch_input,
    reference: *const c_char,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_batch_input_set_reference(input, reference, length_z(reference), error) }
}
