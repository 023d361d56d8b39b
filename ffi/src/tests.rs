//! Calls through the C functions, against an address where nobody listens.

use std::collections::BTreeSet;
use std::ffi::{CStr, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use crate::batch::*;
use crate::cancellation::*;
use crate::cardholder::*;
use crate::client::*;
use crate::error::*;
use crate::handle::Opaque;
use crate::lookup::*;
use crate::operations::*;
use crate::options::*;
use crate::start::*;
use crate::status::*;
use crate::verification::*;

const CONFIG: &CStr =
    c"{\"retry\": {\"attempts\": 1, \"breaker\": false}, \"vendors\": [{\"vendor\": \"aliyun_yhkr\", \"app_code\": \"invented\", \"base_url\": \"http://127.0.0.1:1\"}]}";

fn client() -> *mut cardwire_client {
    let mut client = null_mut();
    // SAFETY: a NUL-terminated text and a place for the result.
    let status = unsafe { cardwire_client_new_z(CONFIG.as_ptr(), &raw mut client, null_mut()) };
    assert_eq!(status, CARDWIRE_OK);
    client
}

fn cardholder() -> *mut cardwire_cardholder {
    let mut holder = null_mut();
    // SAFETY: NUL-terminated texts and a place for the result.
    unsafe {
        let (number, name) = (c"6222020000000000000".as_ptr(), c"张三".as_ptr());
        let status = cardwire_cardholder_new_z(number, name, &raw mut holder, null_mut());
        assert_eq!(status, CARDWIRE_OK);
        let number = c"110101190001010014".as_ptr();
        let status = cardwire_cardholder_set_id_number_z(holder, number, null_mut());
        assert_eq!(status, CARDWIRE_OK);
    }
    holder
}

/// Status and argument of an error, which is freed.
fn told(error: *mut cardwire_error) -> (cardwire_status, String) {
    let status = cardwire_error_status(error);
    let argument = cardwire_error_argument(error);
    let name = if argument.is_null() {
        String::new()
    } else {
        // SAFETY: the text lives until the error is freed.
        unsafe { CStr::from_ptr(argument) }.to_str().unwrap().to_owned()
    };
    cardwire_error_free(error);
    assert_eq!(cardwire_error_status(error), 0, "freed");
    (status, name)
}

#[test]
fn every_type_has_a_number_of_its_own() {
    let types = [
        cardwire_error::TYPE,
        crate::recognition::cardwire_recognition::TYPE,
        cardwire_verification::TYPE,
        cardwire_card_lookup::TYPE,
        crate::order::cardwire_order::TYPE,
        cardwire_client::TYPE,
        cardwire_options::TYPE,
        cardwire_cancellation::TYPE,
        cardwire_cardholder::TYPE,
        crate::events::cardwire_event::TYPE,
        cardwire_batch_input::TYPE,
        crate::checks::cardwire_image_check::TYPE,
        crate::order_record::cardwire_order_record::TYPE,
        crate::order_records::cardwire_order_records::TYPE,
        crate::journal::cardwire_journal::TYPE,
    ];
    let different: BTreeSet<u8> = types.into_iter().collect();
    assert_eq!(different.len(), types.len());
    assert!(!different.contains(&0));
}

#[test]
fn freed_and_foreign_handles_are_named() {
    let (freed, holder) = (client(), cardholder());
    cardwire_client_free(freed);
    cardwire_client_free(freed);
    let live = client();
    for (client, holder, options, name) in [
        (null_mut(), holder, null_mut(), "client"),
        (freed, holder, null_mut(), "client"),
        (holder.cast(), holder, null_mut(), "client"),
        (live, null_mut(), null_mut(), "cardholder"),
        (live, live.cast(), null_mut(), "cardholder"),
        (live, holder, holder.cast(), "options"),
    ] {
        let (mut result, mut error) = (null_mut(), null_mut());
        // SAFETY: handles may be anything; the results have their places.
        let status =
            unsafe { cardwire_verify(client, holder, options, &raw mut result, &raw mut error) };
        assert_eq!(status, CARDWIRE_INVALID_ARGUMENT);
        assert!(result.is_null());
        assert_eq!(told(error), (CARDWIRE_INVALID_ARGUMENT, name.to_owned()));
    }
    cardwire_cardholder_free(holder);
    cardwire_client_free(live);
}

unsafe extern "C-unwind" fn report(
    verification: *mut cardwire_verification,
    error: *mut cardwire_error,
    user_data: *mut c_void,
) {
    assert!(verification.is_null());
    // SAFETY: the tests hand over a sender that lives until the callback has returned.
    let sender = unsafe { &*user_data.cast::<Sender<cardwire_status>>() };
    sender.send(told(error).0).unwrap();
}

#[test]
fn a_started_call_ends_once_in_its_callback() {
    let (client, holder) = (client(), cardholder());
    let (mut sender, results) = channel();
    let user_data: *mut c_void = (&raw mut sender).cast();
    // SAFETY: the sender lives until the client was freed.
    unsafe {
        let status =
            cardwire_verify_start(client, holder, null(), Some(report), user_data, null_mut());
        assert_eq!(status, CARDWIRE_OK);
        assert_eq!(results.recv_timeout(Duration::from_secs(10)), Ok(CARDWIRE_NETWORK));

        let mut error = null_mut();
        assert_eq!(cardwire_client_close(client, null_mut()), CARDWIRE_OK);
        let status =
            cardwire_verify_start(client, holder, null(), Some(report), user_data, &raw mut error);
        assert_eq!(status, CARDWIRE_CLOSED);
        assert_eq!(told(error), (CARDWIRE_CLOSED, String::new()));

        let status = cardwire_verify_start(client, holder, null(), None, user_data, &raw mut error);
        assert_eq!(status, CARDWIRE_INVALID_ARGUMENT);
        assert_eq!(told(error).1, "callback");
    }
    cardwire_client_free(client);
    cardwire_cardholder_free(holder);
    assert!(results.try_recv().is_err(), "a call that did not begin calls nobody");
}

unsafe extern "C-unwind" fn free_client(
    _: *mut cardwire_verification,
    error: *mut cardwire_error,
    user_data: *mut c_void,
) {
    // SAFETY: the test hands over a pair that lives until the callback has returned.
    let (client, sender) =
        unsafe { &*user_data.cast::<(*mut cardwire_client, Sender<cardwire_status>)>() };
    cardwire_client_free(*client);
    sender.send(told(error).0).unwrap();
}

#[test]
fn a_client_is_freed_in_its_own_callback() {
    let (client, holder) = (client(), cardholder());
    let (sender, results) = channel();
    let mut pair = (client, sender);
    let user_data: *mut c_void = (&raw mut pair).cast();
    // SAFETY: the pair lives until the callback has sent.
    let status = unsafe {
        cardwire_verify_start(client, holder, null(), Some(free_client), user_data, null_mut())
    };
    assert_eq!(status, CARDWIRE_OK);
    assert_eq!(results.recv_timeout(Duration::from_secs(10)), Ok(CARDWIRE_NETWORK));
    cardwire_cardholder_free(holder);
}

#[test]
fn options_carry_a_cancellation_that_was_freed() {
    let (client, holder) = (client(), cardholder());
    let (mut options, mut cancellation, mut result) = (null_mut(), null_mut(), null_mut());
    // SAFETY: each result has its place.
    unsafe {
        cardwire_options_new(&raw mut options, null_mut());
        cardwire_cancellation_new(&raw mut cancellation, null_mut());
        let status = cardwire_options_set_cancellation(options, cancellation, null_mut());
        assert_eq!(status, CARDWIRE_OK);
        assert_eq!(cardwire_cancellation_is_cancelled(cancellation), 0);
        assert_eq!(cardwire_cancellation_cancel(cancellation, null_mut()), CARDWIRE_OK);
        assert_eq!(cardwire_cancellation_is_cancelled(cancellation), 1);
        cardwire_cancellation_free(cancellation);
        let status = cardwire_verify(client, holder, options, &raw mut result, null_mut());
        assert_eq!(status, CARDWIRE_CANCELLED);
    }
    cardwire_options_free(options);
    cardwire_cardholder_free(holder);
    cardwire_client_free(client);
}

struct Batch {
    left: usize,
    holder: *mut cardwire_cardholder,
    fill: bool,
    stop: bool,
    taken: usize,
    reported: AtomicUsize,
}

unsafe extern "C-unwind" fn next(input: *mut cardwire_batch_input, user_data: *mut c_void) -> i32 {
    // SAFETY: the test hands over a batch, on one thread.
    let batch = unsafe { &mut *user_data.cast::<Batch>() };
    if batch.left == 0 {
        return 0;
    }
    batch.left -= 1;
    if batch.fill {
        batch.taken += 1;
        // SAFETY: handles may be anything; an error may be NULL.
        unsafe {
            let status = cardwire_batch_input_set_cardholder(input, batch.holder, null_mut());
            assert_eq!(status, CARDWIRE_OK);
            let status = cardwire_batch_input_set_image(input, b"photo".as_ptr(), 5, null_mut());
            assert_eq!(status, CARDWIRE_INVALID_ARGUMENT, "this batch takes cardholders");
        }
    }
    1
}

unsafe extern "C-unwind" fn take(
    index: usize,
    verification: *mut cardwire_verification,
    error: *mut cardwire_error,
    user_data: *mut c_void,
) -> i32 {
    // SAFETY: the test hands over a batch, on one thread.
    let batch = unsafe { &*user_data.cast::<Batch>() };
    assert!(verification.is_null() && index < batch.taken);
    assert_eq!(told(error).0, CARDWIRE_NETWORK);
    batch.reported.fetch_add(1, Ordering::Relaxed);
    batch.stop.into()
}

fn run(left: usize, fill: bool, stop: bool) -> (cardwire_status, usize, usize) {
    let (client, holder) = (client(), cardholder());
    let mut batch = Batch { left, holder, fill, stop, taken: 0, reported: AtomicUsize::new(0) };
    let user_data: *mut c_void = (&raw mut batch).cast();
    // SAFETY: the batch lives longer than the call; an error may be NULL.
    let status = unsafe {
        cardwire_verify_many(client, null(), 3, Some(next), Some(take), user_data, null_mut())
    };
    cardwire_cardholder_free(holder);
    cardwire_client_free(client);
    (status, batch.taken, batch.reported.into_inner())
}

#[test]
fn a_batch_reports_every_input_it_took() {
    assert_eq!(run(10, true, false), (CARDWIRE_OK, 10, 10));
    assert_eq!(run(0, true, false), (CARDWIRE_OK, 0, 0));
    assert_eq!(run(10, true, true), (CARDWIRE_CANCELLED, 3, 3));
    assert_eq!(run(10, false, false), (CARDWIRE_INVALID_ARGUMENT, 0, 0));
}

#[test]
fn a_malformed_card_number_is_refused_before_it_is_looked_up() {
    let client = client();
    let (mut lookup, mut error) = (null_mut(), null_mut());
    // SAFETY: a NUL-terminated text, and each result has its place.
    let status = unsafe {
        let number = c"6222".as_ptr();
        cardwire_lookup_card_z(client, number, null(), &raw mut lookup, &raw mut error)
    };
    assert_eq!((status, told(error).1), (CARDWIRE_INVALID_ARGUMENT, "card_number".to_owned()));
    cardwire_client_free(client);
}
