//! Batches: a stream of inputs, a bounded number of calls in flight, results as they finish.

use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use cardwire_core::bindings::{
    AnyBatch, BatchAction, BatchDriver, ClientExt as _, batch_input_with,
};
use cardwire_core::{
    BatchInput, BatchOptions, CallOptions, Cardholder, Client, Image, Recognition, Verification,
};

use crate::call::{self, LIVE};
use crate::callback::{Gate, UserData};
use crate::cardholder::{self, cardwire_cardholder};
use crate::client::{self, cardwire_client};
use crate::error::{Failure, cardwire_error};
use crate::handle::{self, Opaque};
use crate::operations::{address, file, photo};
use crate::options::{self, cardwire_options};
use crate::panic::catch;
use crate::recognition::cardwire_recognition;
use crate::status::cardwire_status;
use crate::verification::cardwire_verification;

/// A batch of photos or of cardholders. It does not depend on the client: when that is closed or freed,
/// the calls in flight end with CARDWIRE_CANCELLED and each input after them with CARDWIRE_CLOSED. Free
/// it with cardwire_batch_free.
pub struct cardwire_batch(());

impl Opaque for cardwire_batch {
    type Object = BatchObject;
    const TYPE: u8 = 11;
}

/// The next input may be put into the batch.
pub const CARDWIRE_BATCH_INPUT: i32 = 1;
/// A result can be taken.
pub const CARDWIRE_BATCH_RESULT: i32 = 2;
/// Calls are in flight, and none has ended yet.
pub const CARDWIRE_BATCH_WAIT: i32 = 3;

/// Takes notice that a call of a batch has ended: cardwire_batch_next may then give something other than
/// CARDWIRE_BATCH_WAIT. See "Callbacks" at the top.
pub type cardwire_ready_callback = Option<unsafe extern "C-unwind" fn(user_data: *mut c_void)>;

pub(crate) struct BatchObject {
    client: Client,
    /// `None` once it is freed.
    batch: Mutex<Option<AnyBatch>>,
    gate: Arc<Gate>,
}

/// A function that is called when a call has ended.
type Notify = Box<dyn Fn() + Send + Sync>;

/// [`AnyBatch::of_photos`] or [`AnyBatch::of_cardholders`].
pub(crate) type Make = fn(&Client, &BatchOptions, Notify) -> AnyBatch;

impl BatchObject {
    /// Makes a batch with so many calls in flight, 0 for as many as the core says.
    pub(crate) fn new(
        make: Make,
        client: Client,
        call: CallOptions,
        concurrency: usize,
        on_ready: cardwire_ready_callback,
        user_data: *mut c_void,
    ) -> Self {
        let options = BatchOptions::new().call(call);
        let options = if concurrency == 0 { options } else { options.concurrency(concurrency) };
        let gate = Arc::<Gate>::default();
        let notify = notify(on_ready, UserData::new(user_data), Arc::clone(&gate));
        BatchObject { batch: Mutex::new(Some(make(&client, &options, notify))), client, gate }
    }

    /// Returns the batch; `None` in a forked child whose parent was using it.
    fn lock(&self) -> Option<MutexGuard<'_, Option<AnyBatch>>> {
        if self.client.is_ours() {
            return Some(self.batch.lock().unwrap_or_else(PoisonError::into_inner));
        }
        match self.batch.try_lock() {
            Ok(batch) => Some(batch),
            Err(TryLockError::Poisoned(batch)) => Some(batch.into_inner()),
            // The thread that holds it does not exist here.
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Does something with the batch.
    pub(crate) fn with<R>(
        &self,
        body: impl FnOnce(&mut AnyBatch) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let freed = || Failure::argument("batch", LIVE, "one that was freed");
        let Some(mut batch) = self.lock() else {
            self.client.made_here()?;
            return Err(freed());
        };
        body(batch.as_mut().ok_or_else(freed)?)
    }

    /// Says what comes next; waits for it at the most for so long.
    fn next(&self, limit: Option<Duration>) -> Result<i32, Failure> {
        let end = limit.and_then(|limit| Instant::now().checked_add(limit));
        loop {
            let (next, waiter) = self.with(|batch| {
                Ok(match batch.poll() {
                    BatchAction::Ask(_) | BatchAction::AwaitInput => (CARDWIRE_BATCH_INPUT, None),
                    BatchAction::Give(_) => (CARDWIRE_BATCH_RESULT, None),
                    BatchAction::Done => (0, None),
                    BatchAction::Wait => (CARDWIRE_BATCH_WAIT, Some(batch.waiter())),
                })
            })?;
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            match waiter {
                Some(wait) if left != Some(Duration::ZERO) => wait(left),
                _ => return Ok(next),
            }
        }
    }

    fn close(&self) {
        let batch = self.lock().and_then(|mut batch| batch.take());
        // In a forked child the threads that could leave the gate do not exist.
        if self.client.is_ours() {
            self.gate.shut();
        }
        // Only now: `on_ready` is not called for the calls that this ends.
        drop(batch);
    }
}

/// Returns the function that calls `on_ready`, while the gate is open.
fn notify(on_ready: cardwire_ready_callback, user_data: UserData, gate: Arc<Gate>) -> Notify {
    let Some(on_ready) = on_ready else { return Box::new(|| {}) };
    Box::new(move || {
        gate.pass(|| {
            // What a C++ callback throws ends the process here: it is not ours to catch.
            catch(|| {
                // SAFETY: the header asks for a callback of this type.
                unsafe { on_ready(user_data.pointer()) }
            });
        });
    })
}

fn not_asked() -> Failure {
    Failure::argument("batch", "one that asked for an input", "one that did not")
}

fn of_photos(batch: &mut AnyBatch) -> Result<&mut BatchDriver<Recognition>, Failure> {
    match batch {
        AnyBatch::Recognize(batch) => Ok(batch),
        AnyBatch::Verify(_) => {
            Err(Failure::argument("batch", "one of photos", "one of cardholders"))
        }
    }
}

fn of_cardholders(batch: &mut AnyBatch) -> Result<&mut BatchDriver<Verification>, Failure> {
    match batch {
        AnyBatch::Verify(batch) => Ok(batch),
        AnyBatch::Recognize(_) => {
            Err(Failure::argument("batch", "one of cardholders", "one of photos"))
        }
    }
}

/// Begins the call of the photo that was asked for.
pub(crate) fn put_image(
    batch: *mut cardwire_batch,
    image: BatchInput<Image>,
) -> Result<(), Failure> {
    call::live(batch, "batch")?.with(|batch| {
        let batch = of_photos(batch)?;
        let index = batch.accept().ok_or_else(not_asked)?;
        batch.recognize(index, image);
        Ok(())
    })
}

/// Begins the call of the cardholder that was asked for.
pub(crate) fn put_cardholder(
    batch: *mut cardwire_batch,
    cardholder: BatchInput<Cardholder>,
) -> Result<(), Failure> {
    call::live(batch, "batch")?.with(|batch| {
        let batch = of_cardholders(batch)?;
        let index = batch.accept().ok_or_else(not_asked)?;
        batch.verify(index, cardholder);
        Ok(())
    })
}

pub(crate) fn nothing_to_take() -> Failure {
    Failure::argument("batch", "one with a result to take", "one without")
}

/// Returns what writes the number of an input, which is SIZE_MAX until then.
///
/// # Safety
/// `index` is NULL or can be written to.
pub(crate) unsafe fn index_out(index: *mut usize) -> Result<impl FnOnce(usize), Failure> {
    if index.is_null() {
        return Err(Failure::null("index", "an address to write to"));
    }
    // SAFETY: not NULL, and the caller vouches for the rest.
    let tell = move |number| unsafe { index.write(number) };
    tell(usize::MAX);
    Ok(tell)
}

/// Begins a batch of photos, each of which is recognised as cardwire_recognize does. Nothing is sent
/// before a photo is put in:
///
///     for (int32_t next; (next = cardwire_batch_next(batch, -1)) != 0;)
///         if (next == CARDWIRE_BATCH_INPUT) ...  // put in the next photo, or cardwire_batch_end_inputs
///         else ...                               // cardwire_batch_take_recognition
///
/// - `client`: a live client.
/// - `options`: what every call of the batch wants otherwise, or NULL; an order number or a reference
///   in it is left out: each photo has its own.
/// - `concurrency`: the most calls in flight at once, results that were not taken included, so that a
///   batch of any length needs no more memory than those; 0 for 16.
/// - `on_ready`: told each time that a call ended, for a program that waits elsewhere, such as in an
///   event loop; or NULL. It is not called after cardwire_batch_free has returned outside a callback.
/// - `user_data`: handed to `on_ready`; usable on any thread until then.
/// - `batch`: receives the batch.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. With a client that is closed each input ends with
/// CARDWIRE_CLOSED. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_recognize_many(
    client: *const cardwire_client,
    options: *const cardwire_options,
    concurrency: usize,
    on_ready: cardwire_ready_callback,
    user_data: *mut c_void,
    batch: *mut *mut cardwire_batch,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let begin = || {
        let (client, call) = (client::given(client)?, options::given(options)?);
        Ok(BatchObject::new(AnyBatch::of_photos, client, call, concurrency, on_ready, user_data))
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(batch, "batch", error, begin) }
}

/// Begins a batch of cardholders, each of whom is verified as cardwire_verify does.
///
/// - `client`: a live client.
/// - `options`: as for cardwire_recognize_many.
/// - `concurrency`: as for cardwire_recognize_many.
/// - `on_ready`: as for cardwire_recognize_many.
/// - `user_data`: handed to `on_ready`.
/// - `batch`: receives the batch.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_recognize_many gives. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_verify_many(
    client: *const cardwire_client,
    options: *const cardwire_options,
    concurrency: usize,
    on_ready: cardwire_ready_callback,
    user_data: *mut c_void,
    batch: *mut *mut cardwire_batch,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let begin = || {
        let (client, call) = (client::given(client)?, options::given(options)?);
        Ok(BatchObject::new(
            AnyBatch::of_cardholders,
            client,
            call,
            concurrency,
            on_ready,
            user_data,
        ))
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(batch, "batch", error, begin) }
}

/// Says what comes next, and waits for it at the most for `timeout_ms`: one of CARDWIRE_BATCH_*; 0 where
/// every result was taken and no input is to come, and for a handle that is not live.
///
/// CARDWIRE_BATCH_INPUT: put in the next input, or say that there is none. It is asked for once;
/// where it is not there yet, results of calls in flight come meanwhile, and it is asked for again where
/// nothing is in flight. CARDWIRE_BATCH_WAIT: the time is over. A cancellation of the options ends the
/// inputs; the calls in flight end with CARDWIRE_CANCELLED, and their results are still to be taken.
///
/// - `batch`: a batch.
/// - `timeout_ms`: milliseconds; 0 does not wait, below 0 there is no limit.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_batch_next(batch: *mut cardwire_batch, timeout_ms: i64) -> i32 {
    let limit = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
    call::read(batch, 0, |batch| batch.next(limit).unwrap_or(0))
}

/// Puts in the photo that was asked for, a copy, and begins its call.
///
/// - `batch`: a live batch of photos.
/// - `image`, `image_len`: the photo, as for cardwire_recognize.
/// - `options`: the order number and the reference of its call, or NULL; the rest of the options is the
///   batch's.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK, or CARDWIRE_INVALID_ARGUMENT: nothing was put in then, and the photo is asked for
/// still. A refusal of the call itself is its result. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_put_image(
    batch: *mut cardwire_batch,
    image: *const u8,
    image_len: usize,
    options: *const cardwire_options,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let put = || {
        // SAFETY: the header asks for bytes of that length.
        let image = unsafe { photo(image, image_len) };
        put_image(batch, batch_input_with(image?, options::given(options)?))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, put) }
}

/// Puts in the photo that was asked for, in a file, which is read when its turn comes.
///
/// - `batch`: a live batch of photos.
/// - `image`, `image_len`: the path, as for cardwire_recognize_file.
/// - `options`: as for cardwire_batch_put_image.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_batch_put_image gives. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_put_file(
    batch: *mut cardwire_batch,
    image: *const c_char,
    image_len: usize,
    options: *const cardwire_options,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let put = || {
        // SAFETY: the header asks for bytes of that length.
        let image = unsafe { file(image, image_len) };
        put_image(batch, batch_input_with(image?, options::given(options)?))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, put) }
}

/// Puts in the photo that was asked for, at an address.
///
/// - `batch`: a live batch of photos.
/// - `image`, `image_len`: the address, as for cardwire_recognize_url.
/// - `options`: as for cardwire_batch_put_image.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_batch_put_image gives. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_put_url(
    batch: *mut cardwire_batch,
    image: *const c_char,
    image_len: usize,
    options: *const cardwire_options,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let put = || {
        // SAFETY: the header asks for text of that length.
        let image = unsafe { address(image, image_len) };
        put_image(batch, batch_input_with(image?, options::given(options)?))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, put) }
}

/// Puts in the cardholder who was asked for, a copy, and begins the call: one cardholder may be changed
/// and used for every input.
///
/// - `batch`: a live batch of cardholders.
/// - `cardholder`: a live cardholder.
/// - `options`: as for cardwire_batch_put_image.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_batch_put_image gives. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_put_cardholder(
    batch: *mut cardwire_batch,
    cardholder: *const cardwire_cardholder,
    options: *const cardwire_options,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let put = || {
        let cardholder = cardholder::given(cardholder)?;
        put_cardholder(batch, batch_input_with(cardholder, options::given(options)?))
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, put) }
}

/// Leaves the input that was asked for without a call: one that the program could not make. It counts,
/// and no result comes of it.
///
/// - `batch`: a live batch.
/// - `index`: receives its number; SIZE_MAX where none was asked for.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_refuse(
    batch: *mut cardwire_batch,
    index: *mut usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let refuse = || {
        let batch = call::live(batch, "batch")?;
        // SAFETY: the header asks for an `index` that is NULL or can be written to.
        let tell = unsafe { index_out(index) }?;
        let refused = batch.with(|batch| {
            let index = batch.accept().ok_or_else(not_asked)?;
            batch.refuse(index);
            Ok(index)
        });
        refused.map(tell)
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, refuse) }
}

/// Says that no more inputs come, at the end of them or before. The calls in flight go on, and their
/// results are still to be taken: they may be billed.
///
/// - `batch`: a live batch.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_end_inputs(
    batch: *mut cardwire_batch,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let end = || {
        call::live(batch, "batch")?.with(|batch| {
            batch.end_inputs();
            Ok(())
        })
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, end) }
}

/// Takes the result that comes next. They come as their calls end.
///
/// - `batch`: a live batch of photos.
/// - `index`: receives the number of the input, counted from 0 as they were put in; SIZE_MAX where there
///   is no result to take.
/// - `recognition`: receives the result; free it with cardwire_recognition_free.
/// - `error`: receives the error of the call, or NULL.
///
/// Gives what cardwire_recognize gives of that photo; CARDWIRE_INVALID_ARGUMENT, with SIZE_MAX in
/// `index`, where there is no result to take. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_take_recognition(
    batch: *mut cardwire_batch,
    index: *mut usize,
    recognition: *mut *mut cardwire_recognition,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let take = || {
        let batch = call::live(batch, "batch")?;
        // SAFETY: the header asks for an `index` that is NULL or can be written to.
        let tell = unsafe { index_out(index) }?;
        let item = batch.with(|batch| of_photos(batch)?.take().ok_or_else(nothing_to_take))?;
        tell(item.index);
        Ok(item.result?.into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(recognition, "recognition", error, take) }
}

/// Takes the result that comes next, as cardwire_batch_take_recognition does.
///
/// - `batch`: a live batch of cardholders.
/// - `index`: as for cardwire_batch_take_recognition.
/// - `verification`: receives the result; free it with cardwire_verification_free.
/// - `error`: receives the error of the call, or NULL.
///
/// Gives what cardwire_verify gives of that cardholder; CARDWIRE_INVALID_ARGUMENT, with SIZE_MAX in
/// `index`, where there is no result to take. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_batch_take_verification(
    batch: *mut cardwire_batch,
    index: *mut usize,
    verification: *mut *mut cardwire_verification,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let take = || {
        let batch = call::live(batch, "batch")?;
        // SAFETY: the header asks for an `index` that is NULL or can be written to.
        let tell = unsafe { index_out(index) }?;
        let item = batch.with(|batch| of_cardholders(batch)?.take().ok_or_else(nothing_to_take))?;
        tell(item.index);
        Ok(item.result?.into())
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(verification, "verification", error, take) }
}

/// Frees a batch. Calls in flight are cancelled, and their results are lost: with a journal their
/// orders are there (cardwire_journal_find_order, cardwire_journal_unknown_orders); or set a
/// cancellation in the options of the batch, and take every result before you free it. A thread that
/// waits in cardwire_batch_next is told 0. It may be called from `on_ready`. NULL and a handle that
/// is not live are left alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_batch_free(batch: *mut cardwire_batch) {
    call::guard((), || {
        if let Some(batch) = handle::remove(batch.cast_const()) {
            batch.close();
        }
    });
}
