//! The promises of the client beyond single answers: threads, tokens, cancelling, batches, events,
//! TLS and the proxy.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use cardwire::bindings::ClientExt as _;
use cardwire::{
    BatchOptions, Billed, CallOptions, Cancellation, Cardholder, Client, Config, Event, Image,
    Kind, Outcome, Sent, WarningKind,
};
use cardwire_conformance::transport;
use cardwire_sandbox::{Action, Alter, FaultKind, Operation, Options, Sandbox, Script, Vendor};
use serde_json::json;

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

fn client(sandbox: &Sandbox) -> Client {
    transport::client(&sandbox.config().to_string()).unwrap()
}

/// Returns a client that sends photos as they came, or not at all.
fn unfitting(sandbox: &Sandbox) -> Client {
    let mut config = sandbox.config();
    config["fit_images"] = false.into();
    transport::client(&config.to_string()).unwrap()
}

fn photo() -> Image {
    Image::bytes(cardwire_test_images::load("icbc-debit.jpg"))
}

fn zhang() -> Cardholder {
    Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014")
}

fn on(vendor: &str) -> CallOptions {
    CallOptions::new().vendor(vendor)
}

fn requests(sandbox: &Sandbox, vendor: Vendor, operation: Operation) -> usize {
    let entries = sandbox.ledger();
    entries.iter().filter(|entry| entry.vendor == vendor && entry.operation == operation).count()
}

#[test]
fn fifty_threads_on_a_cold_client_fetch_one_token() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    thread::scope(|scope| {
        for index in 0..50 {
            let client = &client;
            scope.spawn(move || {
                let vendor = if index % 2 == 0 { "tencent_kyc" } else { "wechat" };
                let card = client.recognize(photo(), &on(vendor)).unwrap();
                assert_eq!(card.card_number.reveal(), "6222020000000000000");
            });
        }
    });
    assert_eq!(requests(&sandbox, Vendor::TencentKyc, Operation::Token), 1);
    assert_eq!(requests(&sandbox, Vendor::TencentKyc, Operation::Ticket), 1);
    assert_eq!(requests(&sandbox, Vendor::Wechat, Operation::Token), 1);
    assert_eq!(requests(&sandbox, Vendor::Wechat, Operation::Recognize), 25);
}

#[test]
fn when_all_tokens_die_at_once_one_is_fetched_and_every_call_succeeds() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    client.recognize(photo(), &on("tencent_kyc")).unwrap();
    sandbox.revoke_tokens(Vendor::TencentKyc);
    thread::scope(|scope| {
        for _ in 0..30 {
            scope.spawn(|| {
                let card = client.recognize(photo(), &on("tencent_kyc")).unwrap();
                assert!(card.attempts().len() <= 2);
            });
        }
    });
    assert_eq!(requests(&sandbox, Vendor::TencentKyc, Operation::Token), 2);
    assert_eq!(requests(&sandbox, Vendor::TencentKyc, Operation::Ticket), 2);
}

#[test]
fn a_token_that_cannot_be_fetched_fails_everyone_who_waits_and_bills_nobody() {
    let sandbox = sandbox();
    let mut script = Script::once(Vendor::Wechat, Operation::Token, Action::code("40164"));
    script.times = 0;
    sandbox.script(script);
    let client = client(&sandbox);
    let error = client.recognize(photo(), &on("wechat")).unwrap_err();
    assert_eq!(error.kind(), Kind::PermissionDenied);
    assert_eq!(error.vendor_code(), Some("40164"));
    assert_eq!((error.sent(), error.billed()), (Sent::No, Billed::No));
    assert!(error.attempts().is_empty());
    assert_eq!(requests(&sandbox, Vendor::Wechat, Operation::Recognize), 0);
    // The address that the vendor's list lacks, and the number that its support asks for.
    assert!(error.vendor_message().unwrap().contains("invalid ip 127.0.0.1"), "{error}");
    assert!(error.request_id().is_some(), "{error}");
}

#[test]
fn what_a_token_or_a_ticket_fails_by_has_the_vendor_s_number() {
    let sandbox = sandbox();
    let (id, status) = ("26112120001184436317400509484816", |status| Alter {
        status: Some(status),
        ..Alter::default()
    });
    let refused = format!(r#"{{"code":"-1","msg":"system error","bizSeqNo":"{id}"}}"#);
    for operation in [Operation::Token, Operation::Ticket] {
        for action in [
            Action::answer(200, refused.as_bytes()),
            Action::answer(500, refused.as_bytes()),
            // Good by its words, and no success by its status.
            Action::alter(status(203)),
        ] {
            let (is_good, mut script) =
                (action.alter.is_some(), Script::once(Vendor::TencentKyc, operation, action));
            script.times = 0;
            sandbox.reset();
            sandbox.script(script);
            let error = client(&sandbox).recognize(photo(), &on("tencent_kyc")).unwrap_err();
            assert!(error.message().starts_with("fetching the token: "), "{error}");
            assert_eq!((error.sent(), error.billed()), (Sent::No, Billed::No));
            match is_good {
                true => assert_eq!(error.request_id().map(str::len), Some(32), "{operation:?}"),
                false => assert_eq!(error.request_id(), Some(id), "{operation:?}"),
            }
        }
    }
}

#[test]
fn a_call_is_cancelled_from_another_thread() {
    let sandbox = sandbox();
    let action = Action::fault(FaultKind::NeverAnswer, 0);
    sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, action));
    let client = client(&sandbox);
    let cancellation = Cancellation::new();
    let options = on("aliyun_yhkr").cancellation(&cancellation);
    let started = Instant::now();
    let error = thread::scope(|scope| {
        scope.spawn(|| {
            while sandbox.counts(Vendor::AliyunYhkr).complete == 0 {
                thread::sleep(Duration::from_millis(10));
            }
            cancellation.cancel();
        });
        client.verify(zhang(), &options).unwrap_err()
    });
    assert_eq!(error.kind(), Kind::Cancelled);
    assert_eq!((error.sent(), error.billed()), (Sent::Unknown, Billed::Unknown));
    assert_eq!(error.attempts().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(5));
    let again = client.verify(zhang(), &options).unwrap_err();
    assert_eq!((again.kind(), again.sent()), (Kind::Cancelled, Sent::No));
}

#[test]
fn closing_ends_calls_in_flight_and_waits_for_their_callbacks() {
    let sandbox = sandbox();
    let action = Action::fault(FaultKind::NeverAnswer, 0);
    let mut script = Script::once(Vendor::AliyunYhkr, Operation::Verify, action);
    script.times = 0;
    sandbox.script(script);
    let client = client(&sandbox);
    let ended = Arc::new(AtomicUsize::new(0));
    for _ in 0..10 {
        let ended = Arc::clone(&ended);
        client.verify_then(zhang(), &on("aliyun_yhkr"), move |result| {
            assert_eq!(result.unwrap_err().kind(), Kind::Cancelled);
            ended.fetch_add(1, Ordering::SeqCst);
        });
    }
    client.close();
    assert_eq!(ended.load(Ordering::SeqCst), 10);
    assert_eq!(client.verify(zhang(), &on("aliyun_yhkr")).unwrap_err().kind(), Kind::Closed);
}

#[test]
fn callbacks_may_call_back_in_and_close_the_client() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let (sender, receiver) = mpsc::channel();
    for _ in 0..8 {
        let (inner, sender) = (client.clone(), sender.clone());
        client.verify_then(zhang(), &on("tencent_faceid"), move |first| {
            let second = inner.verify(zhang(), &on("aliyun_yhkr"));
            sender.send((first.unwrap().outcome, second.unwrap().outcome)).unwrap();
        });
    }
    for _ in 0..8 {
        let both = receiver.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(both, (Outcome::Match, Outcome::Match));
    }
    let (closer, closed) = (client.clone(), sender);
    client.verify_then(zhang(), &on("aliyun_yhkr"), move |result| {
        closer.close();
        closed.send((result.unwrap().outcome, Outcome::Match)).unwrap();
    });
    receiver.recv_timeout(Duration::from_secs(20)).unwrap();
}

#[test]
fn an_observer_may_end_its_client_while_others_do() {
    let sandbox = sandbox();
    for round in 0..24_u64 {
        // Whichever event comes as this one ends the client: by closing it, by a call, by dropping it.
        let (nth, way) = (round % 8, round / 8);
        let held: Arc<Mutex<Option<Client>>> = Arc::default();
        let (theirs, seen) = (Arc::clone(&held), AtomicUsize::new(0));
        let observer = move |_: &Event| {
            if seen.fetch_add(1, Ordering::SeqCst) as u64 != nth {
                return;
            }
            let taken = theirs.lock().unwrap().take();
            match (taken, way) {
                (Some(client), 0) => client.close(),
                (Some(client), 1) => {
                    client.close();
                    let refused = client.verify(zhang(), &on("aliyun_yhkr")).unwrap_err();
                    assert_eq!(refused.kind(), Kind::Closed);
                }
                (taken, _) => drop(taken),
            }
        };
        let config = Config::from_json(&sandbox.config().to_string()).unwrap();
        let client = Client::with_observer(transport::chosen(config), Arc::new(observer));
        let (sender, ended) = mpsc::channel();
        for vendor in ["tencent_faceid", "aliyun_yhkr"] {
            for _ in 0..4 {
                let sender = sender.clone();
                client.verify_then(zhang(), &on(vendor), move |result| {
                    sender.send(result.map(drop).map_err(|error| error.kind())).unwrap();
                });
            }
        }
        *held.lock().unwrap() = Some(client.clone());
        let closer = thread::spawn(move || client.close());
        for _ in 0..8 {
            let result = ended.recv_timeout(Duration::from_secs(20)).unwrap();
            assert!(matches!(result, Ok(()) | Err(Kind::Cancelled | Kind::Closed)), "{result:?}");
        }
        closer.join().unwrap();
    }
}

#[test]
fn a_batch_keeps_its_bound_and_gives_every_result_once() {
    let sandbox = sandbox();
    let mut settings = sandbox.settings();
    settings.latency_ms = 20;
    sandbox.set(settings);
    let client = client(&sandbox);
    let taken = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let inputs = (0..60).map(|index| {
        let ahead = taken.fetch_add(1, Ordering::SeqCst) - done.load(Ordering::SeqCst);
        assert!(ahead < 8, "input {index} was taken with {ahead} in flight");
        Image::bytes(cardwire_test_images::load("comm-quasi-credit.bmp"))
    });
    let options = BatchOptions::new().concurrency(8).call(on("aliyun_bankocr"));
    let mut seen = Vec::new();
    for item in client.recognize_many(inputs, &options) {
        done.fetch_add(1, Ordering::SeqCst);
        assert_eq!(item.result.unwrap().card_number.reveal(), "6222540000000004");
        seen.push(item.index);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..60).collect::<Vec<_>>());
    let orders: std::collections::HashSet<_> = client
        .verify_many(vec![zhang(); 5], &BatchOptions::new())
        .map(|item| item.result.unwrap().order_id().unwrap().to_owned())
        .collect();
    assert_eq!(orders.len(), 5);
}

#[test]
fn dropping_a_batch_cancels_what_is_in_flight() {
    let sandbox = sandbox();
    let mut settings = sandbox.settings();
    settings.latency_ms = 5_000;
    sandbox.set(settings);
    let client = client(&sandbox);
    let action = Action { execute: Some(false), ..Action::code("10016") };
    sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, action));
    let options = BatchOptions::new().concurrency(4).call(on("aliyun_yhkr"));
    let started = Instant::now();
    let mut batch = client.verify_many(std::iter::repeat_with(zhang), &options);
    let _ = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(200));
            client.close();
        });
        batch.next().unwrap().result.unwrap_err().kind()
    });
    drop(batch);
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[test]
fn events_tell_the_story_without_personal_data() {
    let sandbox = sandbox();
    let events = Arc::new(Mutex::new(Vec::new()));
    let config = Config::from_json(&sandbox.config().to_string()).unwrap();
    let config = transport::chosen(config);
    let told = Arc::clone(&events);
    let observer = move |event: &Event| told.lock().unwrap().push(event.to_json());
    let client = Client::with_observer(config, Arc::new(observer));
    let action = Action::code("400101").executes(false);
    sandbox.script(Script::once(Vendor::TencentKyc, Operation::Recognize, action));
    let options = on("tencent_kyc").order_id("eventOrder1");
    client.recognize(photo(), &options).unwrap();
    client.verify(zhang(), &on("aliyun_yhkr")).unwrap();
    let action = Action::fault(FaultKind::NeverAnswer, 0);
    sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, action));
    let soon = on("aliyun_yhkr").timeout(Duration::from_millis(300));
    client.verify(zhang(), &soon).unwrap_err();
    let events = events.lock().unwrap();
    let story: Vec<(String, String)> = events
        .iter()
        .map(|event| {
            let event: serde_json::Value = serde_json::from_str(event).unwrap();
            let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            (text("event"), text("outcome"))
        })
        .collect();
    let story: Vec<(&str, &str)> =
        story.iter().map(|(event, outcome)| (event.as_str(), outcome.as_str())).collect();
    assert_eq!(
        story,
        [
            ("call_started", ""),
            ("token_refreshed", "ok"),
            ("attempt_started", ""),
            ("attempt_ended", "unauthenticated"),
            ("token_refreshed", "ok"),
            ("attempt_started", ""),
            ("attempt_ended", "ok"),
            ("call_ended", "ok"),
            ("call_started", ""),
            ("attempt_started", ""),
            ("attempt_ended", "ok"),
            ("call_ended", "ok"),
            ("call_started", ""),
            ("attempt_started", ""),
            ("attempt_ended", "timeout"),
            ("call_ended", "timeout"),
        ]
    );
    let text = events.join("\n");
    assert!(text.contains("eventOrder1"));
    for personal in ["6222020000000000000", "张三", "110101190001010014"] {
        assert!(!text.contains(personal));
    }
}

#[test]
fn requests_per_second_holds_in_every_window() {
    let sandbox = sandbox();
    let mut config = sandbox.config();
    config["vendors"][3]["requests_per_second"] = json!(20);
    let client = transport::client(&config.to_string()).unwrap();
    let options = BatchOptions::new().concurrency(32).call(on("tencent_faceid"));
    let refused =
        client.verify_many(vec![zhang(); 45], &options).filter(|item| item.result.is_err()).count();
    assert_eq!(refused, 0, "the sandbox refuses the 21st request of a second");
    // Another client knows nothing of the requests of this one.
    sandbox.reset();
    config["vendors"][3]["requests_per_second"] = json!(0.1);
    let client = transport::client(&config.to_string()).unwrap();
    let soon = on("tencent_faceid").timeout(Duration::from_secs(2));
    client.verify(zhang(), &soon).unwrap();
    let error = client.verify(zhang(), &soon).unwrap_err();
    assert_eq!((error.kind(), error.sent()), (Kind::RateLimited, Sent::No));
    assert!(error.retry_after().unwrap() > Duration::from_secs(2));
    // Of a burst, those whose turn comes with too little time for an answer are told of the limit too.
    sandbox.reset();
    config["vendors"][3]["requests_per_second"] = json!(2);
    let client = transport::client(&config.to_string()).unwrap();
    let call = on("tencent_faceid").timeout(Duration::from_secs(3));
    let burst = BatchOptions::new().concurrency(12).call(call);
    let (good, refused): (Vec<_>, Vec<_>) = client
        .verify_many(vec![zhang(); 12], &burst)
        .map(|item| item.result)
        .partition(Result::is_ok);
    assert!(!good.is_empty() && !refused.is_empty());
    for error in refused.into_iter().filter_map(Result::err) {
        assert_eq!((error.kind(), error.sent()), (Kind::RateLimited, Sent::No), "{error}");
        assert!(error.message().contains("requests_per_second, 2 for this account"), "{error}");
    }
}

#[test]
fn tls_is_verified_against_the_configured_authority() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tls");
    let sandbox = Sandbox::start(Options {
        tls: Some(cardwire_sandbox::Certificate::default()),
        ca_dir: Some(folder),
        ..Options::default()
    })
    .unwrap();
    let mut config = sandbox.config();
    let verified = transport::client(&config.to_string()).unwrap();
    assert_eq!(verified.verify(zhang(), &on("tencent_faceid")).unwrap().outcome, Outcome::Match);
    verified.recognize(photo(), &on("wechat")).unwrap();
    config.as_object_mut().unwrap().remove("ca_file");
    let stranger = transport::client(&config.to_string()).unwrap();
    let before = sandbox.ledger().len();
    let error = stranger.verify(zhang(), &on("tencent_faceid")).unwrap_err();
    assert_eq!((error.kind(), error.sent()), (Kind::Network, Sent::No));
    assert!(error.message().starts_with("the server's certificate is not trusted: tls "));
    assert_eq!(sandbox.ledger().len(), before);
}

#[test]
fn the_proxy_comes_from_the_configuration_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 1024];
        let read = stream.read(&mut head).unwrap();
        stream
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    let config = json!({
        "vendors": [{"vendor": "aliyun_yhkr", "app_code": "x"}],
        "proxy": format!("http://127.0.0.1:{port}"),
    });
    let client = transport::client(&config.to_string()).unwrap();
    let error = client.verify(zhang(), &CallOptions::new()).unwrap_err();
    assert_eq!((error.kind(), error.sent()), (Kind::Network, Sent::No));
    assert!(proxy.join().unwrap().starts_with("CONNECT yhkr.market.alicloudapi.com:443 "));
}

#[test]
fn a_refused_connection_was_never_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = json!({"vendors": [
        {"vendor": "aliyun_yhkr", "app_code": "secretCode", "base_url": format!("http://{closed}")}
    ]});
    let client = transport::client(&config.to_string()).unwrap();
    let error = client.verify(zhang(), &CallOptions::new()).unwrap_err();
    assert_eq!((error.kind(), error.sent(), error.billed()), (Kind::Network, Sent::No, Billed::No));
    assert!(error.retryable());
    for text in [error.to_string(), format!("{error:?}"), error.to_json(), format!("{client:?}")] {
        for hidden in ["secretCode", "6222020000000000000", "张三"] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
}

#[test]
fn a_call_without_time_is_not_sent() {
    let sandbox = sandbox();
    let none = on("aliyun_yhkr").timeout(Duration::ZERO);
    let error = client(&sandbox).verify(zhang(), &none).unwrap_err();
    assert_eq!((error.kind(), error.sent()), (Kind::Timeout, Sent::No));
    assert_eq!(sandbox.connections(Vendor::AliyunYhkr), 0);
}

#[test]
fn an_order_is_fetched_with_its_photos() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let bytes = cardwire_test_images::load("icbc-debit.jpg");
    let card = client.recognize(bytes.clone(), &on("tencent_kyc")).unwrap();
    assert!(card.number_photo.as_ref().unwrap().reveal().starts_with(&[0xff, 0xd8, 0xff]));
    let order = client.fetch_order(card.order_id().unwrap(), &CallOptions::new()).unwrap();
    assert_eq!(order.card_number.as_ref().unwrap().reveal(), "6222020000000000000");
    assert_eq!(order.original_photo.as_ref().unwrap().reveal().as_ref(), bytes.as_slice());
    assert_eq!(order.billed(), Billed::No);
}

#[test]
fn every_vendor_takes_its_largest_photo_and_refuses_one_byte_more() {
    let sandbox = sandbox();
    let client = unfitting(&sandbox);
    for variant in cardwire_test_images::size_variants() {
        let picture = variant.picture();
        let options = on(variant.vendor);
        let result = client.recognize(picture, &options);
        if !variant.accepted {
            let error = result.unwrap_err();
            assert_eq!(
                (error.kind(), error.argument_name()),
                (Kind::InvalidArgument, Some("image"))
            );
        } else {
            assert_eq!(result.unwrap().card_number.reveal().len(), 19, "{}", variant.vendor);
        }
    }
}

#[test]
fn the_first_vendor_that_takes_the_photo_is_asked() {
    let sandbox = sandbox();
    let client = unfitting(&sandbox);
    let card =
        std::fs::read(cardwire_test_images::dir().join(cardwire_test_images::FIRST)).unwrap();
    let of = |size: usize| {
        let mut photo = card.clone();
        photo.resize(size, 0);
        photo
    };
    let asked = |names: &[&str], photo| {
        client.recognize(photo, &CallOptions::new().vendors(names.iter().copied()))
    };
    // Over the limit of the first and of the second, not of the third.
    for names in [&["wechat", "tencent_kyc", "aliyun_bankocr"][..], &["wechat", "aliyun_bankocr"]] {
        let answer = asked(names, of(2_500_000)).unwrap();
        assert_eq!(answer.facts().vendor, by_name("aliyun_bankocr"));
    }
    assert_eq!(requests(&sandbox, Vendor::Wechat, Operation::Recognize), 0);
    assert_eq!(requests(&sandbox, Vendor::TencentKyc, Operation::Recognize), 0);
    // An address is nothing for the first.
    let names = ["tencent_kyc", "wechat"];
    let url = Image::url("https://cards.example/front.jpg");
    let answer = client.recognize(url, &CallOptions::new().vendors(names)).unwrap();
    assert_eq!(answer.facts().vendor, by_name("wechat"));
    let error = asked(&["wechat", "tencent_kyc", "aliyun_bankocr"], of(3_500_000)).unwrap_err();
    assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("image")));
    assert_eq!((error.sent(), error.facts().vendor), (Sent::No, None));
    assert_eq!(
        error.message(),
        "image: expected one that a vendor takes, found that none does: wechat: expected at most \
         2097151 bytes, found 3500000; tencent_kyc: expected at most 3145728 bytes of base64, found \
         4666668; aliyun_bankocr: expected at most 4194304 bytes of base64, found 4666668"
    );
    let error = asked(&["wechat"], of(2_500_000)).unwrap_err();
    assert_eq!(error.message(), "image: expected at most 2097151 bytes, found 2500000");
    assert_eq!(error.facts().vendor, by_name("wechat"));
    // Another document's number is nothing for the first, and what is wrong for everyone stops at once.
    let names = CallOptions::new().vendors(["aliyun_yhkr", "tencent_faceid"]);
    let holder = Cardholder::new("6222020000000000000", "张三");
    let answer = client.verify(holder.clone().id_number("H12345678"), &names).unwrap();
    assert_eq!(answer.facts().vendor, by_name("tencent_faceid"));
    let error = client.verify(holder.id_number("1"), &names).unwrap_err();
    assert!(error.message().ends_with(", found 1 characters"));
}

#[test]
fn a_list_of_no_account_asks_nobody() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let none = CallOptions::new().vendors(Vec::<String>::new());
    let error = client.recognize(photo(), &none).unwrap_err();
    assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("vendors")));
    assert_eq!(error.facts().sent, Sent::No);
    assert!(sandbox.ledger().is_empty());
}

fn by_name(name: &str) -> Option<cardwire::Vendor> {
    cardwire::Vendor::from_name(name)
}

#[test]
fn a_card_that_was_tried_too_often_is_not_asked_about_again() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let action = Action { execute: Some(false), ..Action::code("10020") };
    sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, action));
    let error = client.verify(zhang(), &on("aliyun_yhkr")).unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (Kind::RateLimited, Some("10020")));
    let error = client.verify(zhang(), &on("aliyun_yhkr")).unwrap_err();
    assert_eq!((error.kind(), error.sent()), (Kind::RateLimited, Sent::No));
    let wait = error.retry_after().unwrap();
    assert!(wait > Duration::from_secs(86_000) && wait <= Duration::from_secs(86_400));
    assert_eq!(requests(&sandbox, Vendor::AliyunYhkr, Operation::Verify), 1);
    let other = Cardholder::new("6222020000000000000", "李四").id_number("110101190001010014");
    assert_eq!(client.verify(other, &on("aliyun_yhkr")).unwrap().outcome, Outcome::Mismatch);
}

#[test]
fn an_account_whose_quota_is_used_up_is_left_alone() {
    let sandbox = sandbox();
    let mut settings = sandbox.settings();
    settings.wechat_daily_quota = 2;
    sandbox.set(settings);
    let client = client(&sandbox);
    let results: Vec<_> = client
        .recognize_many(vec![photo(); 20], &BatchOptions::new().concurrency(1).call(on("wechat")))
        .map(|item| item.result)
        .collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 2);
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!((error.kind(), error.billed()), (Kind::QuotaExhausted, Billed::No));
    }
    assert_eq!(requests(&sandbox, Vendor::Wechat, Operation::Recognize), 3);
}

#[test]
fn no_more_than_the_daily_quota_leaves() {
    let sandbox = sandbox();
    let mut config = sandbox.config();
    config["vendors"][1]["daily_quota"] = json!(5);
    let client = transport::client(&config.to_string()).unwrap();
    let options = BatchOptions::new().concurrency(8).call(on("wechat"));
    let done = client
        .recognize_many(vec![photo(); 20], &options)
        .filter(|item| match &item.result {
            Ok(_) => true,
            Err(error) => {
                assert_eq!((error.kind(), error.sent()), (Kind::QuotaExhausted, Sent::No));
                false
            }
        })
        .count();
    assert_eq!((done, requests(&sandbox, Vendor::Wechat, Operation::Recognize)), (5, 5));
}

#[test]
fn a_vendor_that_does_not_answer_is_left_alone() {
    let sandbox = sandbox();
    let mut script = Script::once(
        Vendor::AliyunYhkr,
        Operation::Verify,
        Action::fault(FaultKind::CloseAfterRead, 0),
    );
    script.times = 0;
    sandbox.script(script);
    let client = client(&sandbox);
    let mut alone = 0;
    for _ in 0..30 {
        let error = client.verify(zhang(), &on("aliyun_yhkr")).unwrap_err();
        if error.kind() == Kind::VendorUnavailable {
            assert_eq!((error.sent(), error.attempts().len()), (Sent::No, 0));
            alone += 1;
        }
    }
    assert_eq!((alone, requests(&sandbox, Vendor::AliyunYhkr, Operation::Verify)), (10, 20));
    assert_eq!(client.verify(zhang(), &on("tencent_faceid")).unwrap().outcome, Outcome::Match);
}

#[test]
fn every_hop_has_an_order_number_of_its_own() {
    let sandbox = sandbox();
    let mut config = sandbox.config();
    config["failover"] = json!({"recognize": ["tencent_kyc", "aliyun_bankocr"]});
    let client = transport::client(&config.to_string()).unwrap();
    let mut script = Script::once(Vendor::TencentKyc, Operation::Recognize, Action::code("400501"));
    script.times = 0;
    sandbox.script(script);
    let options = CallOptions::new().order_id("firstOrder1");
    let card = client.recognize(photo(), &options).unwrap();
    let orders: Vec<&str> =
        card.attempts().iter().map(|attempt| attempt.order_id.as_str()).collect();
    assert_eq!(orders[0], "firstOrder1");
    assert_eq!(Some(orders[1]), card.order_id());
    assert!(orders[0] != orders[1] && orders.len() == 2);
}

#[test]
fn nothing_billed_starts_when_little_of_the_deadline_is_left() {
    let sandbox = sandbox();
    let mut config = sandbox.config();
    config["retry"] = json!({"least_time_ms": 1500});
    let client = transport::client(&config.to_string()).unwrap();
    let slow = Action::fault(FaultKind::DelayMs, 1200);
    sandbox.script(Script::once(Vendor::Wechat, Operation::Token, slow));
    let options = on("wechat").timeout(Duration::from_millis(2400));
    let error = client.recognize(photo(), &options).unwrap_err();
    assert_eq!((error.kind(), error.sent(), error.billed()), (Kind::Timeout, Sent::No, Billed::No));
    assert_eq!(requests(&sandbox, Vendor::Wechat, Operation::Recognize), 0);
}

#[test]
fn a_connection_that_fails_before_a_byte_was_sent_is_made_again() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tls-again");
    let sandbox = Sandbox::start(Options {
        tls: Some(cardwire_sandbox::Certificate::default()),
        ca_dir: Some(folder),
        ..Options::default()
    })
    .unwrap();
    for fault in [FaultKind::CloseOnAccept, FaultKind::ResetOnAccept, FaultKind::GarbageOnAccept] {
        let mut script =
            Script::once(Vendor::AliyunYhkr, Operation::Connect, Action::fault(fault, 0));
        script.times = 2;
        sandbox.script(script);
        let client = client(&sandbox);
        let verified = client.verify(zhang(), &on("aliyun_yhkr")).unwrap();
        let sent: Vec<Sent> = verified.attempts().iter().map(|attempt| attempt.sent).collect();
        assert_eq!(sent, [Sent::No, Sent::No, Sent::Yes]);
        assert_eq!(verified.outcome, Outcome::Match);
    }
    assert_eq!(requests(&sandbox, Vendor::AliyunYhkr, Operation::Verify), 3);
}

#[test]
fn a_vendor_that_reads_another_number_than_offline_did_is_doubted() {
    // It is read well, and not accepted: no scheme issues such numbers.
    const SHOWN: &str = "7777770000000004";
    const OTHER: &str = "6222020000000000000";
    let sandbox = sandbox();
    let mut config = sandbox.config();
    config["vendors"].as_array_mut().unwrap().insert(0, json!({"vendor": "offline"}));
    config["failover"] = json!({"recognize": ["offline", "tencent_kyc"]});
    let client = transport::client(&config.to_string()).unwrap();
    let photo = cardwire_test_images::drawn(SHOWN);
    let doubts = |number: &str| {
        let marker = json!({"number": number}).to_string();
        let image = Image::bytes(cardwire_test_images::with_marker(&photo, &marker));
        let card = client.recognize(image, &CallOptions::new()).unwrap();
        assert_eq!((card.card_number.reveal(), card.facts().attempts.len()), (number, 2));
        let told = card.warnings.iter().map(|warning| (warning.kind, warning.code.clone()));
        told.collect::<Vec<_>>()
    };
    assert_eq!(doubts(SHOWN), []);
    assert_eq!(doubts(OTHER), [(WarningKind::NumberDoubtful, "other_reading".to_owned())]);
}
