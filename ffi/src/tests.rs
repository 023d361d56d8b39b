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
use crate::providers::*;
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
        cardwire_batch::TYPE,
        crate::checks::cardwire_image_check::TYPE,
        crate::order_record::cardwire_order_record::TYPE,
        crate::order_records::cardwire_order_records::TYPE,
        crate::journal::cardwire_journal::TYPE,
        crate::providers::cardwire_ask::TYPE,
        crate::providers::cardwire_providers::TYPE,
        crate::facts::cardwire_call_facts::TYPE,
        crate::issuer::cardwire_issuer::TYPE,
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

fn batch(client: *mut cardwire_client) -> *mut cardwire_batch {
    let mut batch = null_mut();
    // SAFETY: handles may be anything, and the batch has its place.
    let status = unsafe {
        cardwire_verify_many(client, null(), 3, None, null_mut(), &raw mut batch, null_mut())
    };
    assert_eq!(status, CARDWIRE_OK);
    batch
}

#[test]
fn a_batch_gives_the_end_of_every_input_that_was_put_in() {
    let (client, holder) = (client(), cardholder());
    let batch = batch(client);
    let (mut left, mut most, mut flying) = (10, 0, 0);
    let mut ended = BTreeSet::new();
    loop {
        match cardwire_batch_next(batch, -1) {
            CARDWIRE_BATCH_INPUT if left > 0 => {
                left -= 1;
                flying += 1;
                most = most.max(flying);
                // SAFETY: handles may be anything, and an error may be NULL.
                let status =
                    unsafe { cardwire_batch_put_cardholder(batch, holder, null(), null_mut()) };
                assert_eq!(status, CARDWIRE_OK);
            }
            CARDWIRE_BATCH_INPUT => {
                // SAFETY: as above.
                assert_eq!(unsafe { cardwire_batch_end_inputs(batch, null_mut()) }, CARDWIRE_OK);
            }
            CARDWIRE_BATCH_RESULT => {
                flying -= 1;
                let (mut index, mut result, mut error) = (0, null_mut(), null_mut());
                // SAFETY: each result has its place.
                let status = unsafe {
                    let (index, result) = (&raw mut index, &raw mut result);
                    cardwire_batch_take_verification(batch, index, result, &raw mut error)
                };
                assert_eq!((status, told(error).0), (CARDWIRE_NETWORK, CARDWIRE_NETWORK));
                assert!(ended.insert(index));
            }
            over => {
                assert_eq!(over, 0);
                break;
            }
        }
    }
    assert_eq!((most, ended), (3, (0..10).collect()));
    cardwire_batch_free(batch);
    assert_eq!(cardwire_batch_next(batch, -1), 0);
    cardwire_cardholder_free(holder);
    cardwire_client_free(client);
}

#[test]
fn a_batch_refuses_what_it_did_not_ask_for_and_has_not_got() {
    let (client, holder) = (client(), cardholder());
    let batch = batch(client);
    let mut error = null_mut();
    let refused = |status, error| {
        assert_eq!(status, CARDWIRE_INVALID_ARGUMENT);
        assert_eq!(told(error).1, "batch");
    };
    // SAFETY: handles may be anything, and each result has its place.
    unsafe {
        let put = cardwire_batch_put_cardholder(batch, holder, null(), &raw mut error);
        refused(put, error);
        assert_eq!(cardwire_batch_next(batch, 0), CARDWIRE_BATCH_INPUT);
        // It is asked for still, as nothing is in flight.
        assert_eq!(cardwire_batch_next(batch, -1), CARDWIRE_BATCH_INPUT);
        let (image, length) = (b"photo".as_ptr(), 5);
        let put = cardwire_batch_put_image(batch, image, length, null(), &raw mut error);
        refused(put, error);
        let (mut index, mut photo, mut result) = (7, null_mut(), null_mut());
        let taken = &raw mut index;
        refused(
            cardwire_batch_take_recognition(batch, taken, &raw mut photo, &raw mut error),
            error,
        );
        assert_eq!(index, usize::MAX);
        index = 7;
        let taken = &raw mut index;
        refused(
            cardwire_batch_take_verification(batch, taken, &raw mut result, &raw mut error),
            error,
        );
        assert_eq!(index, usize::MAX);
        // An input without a call counts.
        let taken = &raw mut index;
        assert_eq!(cardwire_batch_refuse(batch, taken, null_mut()), CARDWIRE_OK);
        assert_eq!(index, 0);
        let taken = &raw mut index;
        refused(cardwire_batch_refuse(batch, taken, &raw mut error), error);
        assert_eq!(index, usize::MAX);
        assert_eq!(cardwire_batch_end_inputs(batch, null_mut()), CARDWIRE_OK);
        assert_eq!(cardwire_batch_next(batch, -1), 0);
    }
    cardwire_batch_free(batch);
    cardwire_cardholder_free(holder);
    cardwire_client_free(client);
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

/// A provider of these tests, and the questions that it saw.
struct Provider {
    gives: bool,
    reasons: Vec<i32>,
    freed: AtomicUsize,
}

unsafe extern "C-unwind" fn free_provider_cause(cause: *mut c_void) {
    // SAFETY: the cause is the test's provider, which lives on.
    unsafe { &*cause.cast::<Provider>() }.freed.fetch_add(1, Ordering::Relaxed);
}

unsafe extern "C-unwind" fn provide(ask: *mut cardwire_ask, user_data: *mut c_void) {
    // SAFETY: the test hands over a provider, which is asked on one thread at a time; the texts live
    // until the question is answered.
    unsafe {
        let provider = &mut *user_data.cast::<Provider>();
        provider.reasons.push(cardwire_ask_reason(ask));
        assert_eq!(CStr::from_ptr(cardwire_ask_account(ask)), c"aliyun_yhkr");
        assert_eq!(CStr::from_ptr(cardwire_ask_vendor(ask)), c"aliyun_yhkr");
        assert_eq!(cardwire_ask_secret_count(ask), 1);
        assert_eq!(CStr::from_ptr(cardwire_ask_secret(ask, 0)), c"app_code");
        assert!(cardwire_ask_secret(ask, 1).is_null());
        if provider.gives {
            let (secret, value) = (c"app_code".as_ptr(), c"invented".as_ptr());
            assert_eq!(cardwire_ask_set_z(ask, secret, value, null_mut()), CARDWIRE_OK);
            assert_eq!(cardwire_ask_set_expires_in_ms(ask, 60_000, null_mut()), CARDWIRE_OK);
            assert_eq!(cardwire_ask_answer(ask, null_mut()), CARDWIRE_OK);
        } else {
            let free = Some(free_provider_cause as unsafe extern "C-unwind" fn(*mut c_void));
            assert_eq!(cardwire_ask_fail(ask, user_data, free, null_mut()), CARDWIRE_OK);
        }
        // It is over, and a second answer is refused by name.
        let mut error = null_mut();
        let status = cardwire_ask_answer(ask, &raw mut error);
        assert_eq!((status, told(error).1), (CARDWIRE_INVALID_ARGUMENT, "ask".to_owned()));
    }
}

#[test]
fn a_provider_is_asked_and_its_failure_comes_back() {
    const CONFIG: &[u8] = b"{\"retry\": {\"attempts\": 1}, \"vendors\": [{\"vendor\": \"aliyun_yhkr\", \"app_code\": {\"provider\": \"codes\"}, \"base_url\": \"http://127.0.0.1:1\"}]}";
    for gives in [true, false] {
        let mut provider = Provider { gives, reasons: Vec::new(), freed: AtomicUsize::new(0) };
        let user_data: *mut c_void = (&raw mut provider).cast();
        let (mut providers, mut client, mut error) = (null_mut(), null_mut(), null_mut());
        let holder = cardholder();
        // SAFETY: texts of these lengths, and each result has its place.
        unsafe {
            let (text, length) = (CONFIG.as_ptr().cast(), CONFIG.len());
            let status = cardwire_client_new(text, length, &raw mut client, &raw mut error);
            assert_eq!((status, told(error).0), (CARDWIRE_INVALID_CONFIG, CARDWIRE_INVALID_CONFIG));
            assert_eq!(cardwire_providers_new(&raw mut providers, null_mut()), CARDWIRE_OK);
            let name = c"codes".as_ptr();
            let set = cardwire_providers_set_z(providers, name, None, null_mut(), &raw mut error);
            assert_eq!((set, told(error).1), (CARDWIRE_INVALID_ARGUMENT, "on_ask".to_owned()));
            let set =
                cardwire_providers_set_z(providers, name, Some(provide), user_data, null_mut());
            assert_eq!(set, CARDWIRE_OK);
            let status = cardwire_client_new_with_providers(
                text,
                length,
                providers,
                None,
                null_mut(),
                &raw mut client,
                null_mut(),
            );
            assert_eq!(status, CARDWIRE_OK);
            cardwire_providers_free(providers);
            for _ in 0..2 {
                let mut verification = null_mut();
                let result = &raw mut verification;
                let status = cardwire_verify(client, holder, null(), result, &raw mut error);
                let cause = cardwire_error_provider_cause(error);
                if gives {
                    assert_eq!((status, cause), (CARDWIRE_NETWORK, null_mut()));
                } else {
                    assert_eq!((status, cause), (CARDWIRE_CREDENTIALS_UNAVAILABLE, user_data));
                }
                cardwire_error_free(error);
            }
        }
        cardwire_cardholder_free(holder);
        cardwire_client_free(client);
        let (asked, freed) = if gives { (1, 0) } else { (2, 2) };
        // The library's own thread may be the last to let go of it.
        let begun = std::time::Instant::now();
        while provider.freed.load(Ordering::Relaxed) < freed {
            assert!(begun.elapsed() < Duration::from_secs(10));
            std::thread::yield_now();
        }
        assert_eq!(provider.reasons, vec![CARDWIRE_ASK_FIRST; asked]);
        assert_eq!(provider.freed.into_inner(), freed);
    }
}
