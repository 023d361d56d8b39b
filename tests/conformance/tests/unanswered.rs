//! The rules about requests without a whole answer and about those that are refused before anything
//! is sent, driven through the real client.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::thread;
use std::time::Duration;

use cardwire::reference::{Consequence, codes, local_refusals, phases};
use cardwire::{
    Billed, CallFacts, CallOptions, Cardholder, Client, Config, CredentialAsk, Credentials, Error,
    Image, Kind, Providers, Sent, Vendor,
};
use cardwire_conformance::transport;
use cardwire_sandbox::{
    Action, Certificate, FaultKind, Operation, Options, Sandbox, Script, Vendor as Listener,
};
use serde_json::{Value, json};

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

fn listener(vendor: Vendor) -> Listener {
    Listener::from_name(vendor.name()).unwrap()
}

fn entry(sandbox: &Sandbox, vendor: Vendor, name: &str) -> Value {
    let config = sandbox.config();
    let of_vendor = |entry: &&Value| entry["vendor"] == vendor.name();
    let mut entry = config["vendors"].as_array().unwrap().iter().find(of_vendor).unwrap().clone();
    entry["name"] = name.into();
    entry
}

/// Returns two accounts; `also` allows everything that a configuration can allow.
fn config(first: Value, second: Value) -> Value {
    let also = ["unrecognized", "credentials", "vendor_failed"];
    let vendor = second["vendor"].as_str().and_then(Vendor::from_name).unwrap();
    let verifies = vendor.operations().contains(&cardwire::Operation::Verify);
    let operation = if verifies { "verify" } else { "recognize" };
    json!({
        "vendors": [first, second],
        "failover": {operation: ["second"], "also": also},
        "retry": {"base_ms": 1, "throttle_base_ms": 1, "least_time_ms": 0},
    })
}

fn client(config: &Value) -> Client {
    let fails = |_: &CredentialAsk| Err("there is nothing to give".into());
    let slow = |_: &CredentialAsk| {
        thread::sleep(Duration::from_secs(2));
        Ok(Credentials::new("0123456789abcdef"))
    };
    let providers = Providers::new().with("fails", fails).with("slow", slow);
    let config = Config::from_json_with(&config.to_string(), &providers).unwrap();
    Client::from_config(transport::chosen(config))
}

fn facts<T>(
    result: Result<T, Error>,
    facts: impl Fn(&T) -> CallFacts,
) -> (CallFacts, Option<Kind>) {
    match result {
        Ok(answer) => (facts(&answer), None),
        Err(error) => (error.facts().clone(), Some(error.kind())),
    }
}

fn call(
    client: &Client,
    vendor: Vendor,
    photo: &str,
    options: &CallOptions,
) -> (CallFacts, Option<Kind>) {
    if vendor.operations().contains(&cardwire::Operation::Verify) {
        let holder = Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014");
        facts(client.verify(holder, options), |answer| answer.facts().clone())
    } else {
        let photo = Image::bytes(cardwire_test_images::load(photo));
        facts(client.recognize(photo, options), |card| card.facts().clone())
    }
}

fn first() -> CallOptions {
    CallOptions::new().vendor("first")
}

const SMALL: &str = "icbc-debit.jpg";

/// Billed requests of a vendor, whole or in part.
fn asked(sandbox: &Sandbox, vendor: Vendor) -> usize {
    let billed = |operation| matches!(operation, Operation::Recognize | Operation::Verify);
    let fits = |entry: &&cardwire_sandbox::Entry| {
        entry.vendor == listener(vendor) && billed(entry.operation)
    };
    sandbox.ledger().iter().filter(fits).count()
}

fn phase(name: &str) -> Consequence {
    phases().into_iter().find(|row| row.name == name).unwrap().follows
}

fn has_token(vendor: Vendor) -> bool {
    codes(vendor).iter().any(|row| row.numberings.contains(&"token"))
}

#[test]
fn every_phase_has_a_test_here() {
    let rows = phases();
    let phases: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let tested = [
        "not_connected",
        "certificate",
        "proxy_refused",
        "local",
        "before_last_byte",
        "answered_early",
        "after_last_byte",
        "read_unanswered",
    ];
    assert_eq!(phases, tested.into_iter().collect());
}

#[test]
fn what_is_not_connected_is_asked_again_and_elsewhere() {
    let row = phase("not_connected");
    assert_eq!((row.retry, row.failover), ("backoff", "yes"));
    let sound = sandbox();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for vendor in Vendor::over_network().copied() {
        let mut nowhere = entry(&sound, vendor, "first");
        nowhere["base_url"] = format!("http://{closed}").into();
        if vendor == Vendor::TencentKyc {
            nowhere["auth_base_url"] = format!("http://{closed}").into();
        }
        let mut config = config(nowhere, entry(&sound, vendor, "second"));
        let (found, failure) = call(&client(&config), vendor, SMALL, &first());
        assert_eq!(failure, Some(Kind::Network), "{vendor}");
        assert_eq!((found.sent, found.billed), (Sent::No, Billed::No), "{vendor}");
        // Without a token no request of the call is made.
        assert_eq!(found.attempts.len(), if has_token(vendor) { 0 } else { 3 }, "{vendor}");
        // The last request is the other account's, however many there are.
        for (attempts, nowhere) in [(1, None), (2, Some(1)), (3, Some(2)), (5, Some(4))] {
            sound.reset();
            config["retry"]["attempts"] = attempts.into();
            let (found, failure) = call(&client(&config), vendor, SMALL, &CallOptions::new());
            let about = format!("{vendor}, {attempts} attempts");
            let Some(nowhere) = nowhere else {
                assert_eq!((failure, asked(&sound, vendor)), (Some(Kind::Network), 0), "{about}");
                continue;
            };
            assert_eq!((failure, found.account.as_deref()), (None, Some("second")), "{about}");
            let nowhere = if has_token(vendor) { 0 } else { nowhere };
            let sent = found.attempts.iter().map(|one| one.sent);
            let expected = std::iter::repeat_n(Sent::No, nowhere).chain([Sent::Yes]);
            assert!(sent.eq(expected), "{about}: {:?}", found.attempts);
            assert_eq!(asked(&sound, vendor), 1, "{about}");
        }
    }
}

#[test]
fn a_refused_certificate_and_what_cannot_be_sent_end_the_call() {
    for name in ["certificate", "local"] {
        let row = phase(name);
        assert_eq!((row.retry, row.failover), ("none", "never"));
    }
    let sound = sandbox();
    let tls = Some(Certificate::SelfSigned);
    let stranger = Sandbox::start(Options { tls, ..Options::default() }).unwrap();
    let ca_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("authority"));
    let tls = Some(Certificate::Good);
    let given = Sandbox::start(Options { tls, ca_dir, ..Options::default() }).unwrap();
    for vendor in Vendor::over_network().copied() {
        let config = config(entry(&stranger, vendor, "first"), entry(&sound, vendor, "second"));
        let (found, failure) = call(&client(&config), vendor, SMALL, &CallOptions::new());
        assert_eq!((failure, found.account.as_deref()), (Some(Kind::Network), Some("first")));
        assert_eq!(found.attempts.len(), if has_token(vendor) { 0 } else { 1 }, "{vendor}");
        assert_eq!((found.sent, found.billed), (Sent::No, Billed::No), "{vendor}");
        let connected = stranger.connections(listener(vendor));
        assert_eq!((connected, asked(&sound, vendor)), (1, 0), "{vendor}");

        // The file goes between the client and its first call, which needs it no more.
        let mut config =
            self::config(entry(&given, vendor, "first"), entry(&sound, vendor, "second"));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{vendor}.pem"));
        std::fs::copy(given.config()["ca_file"].as_str().unwrap(), &path).unwrap();
        config["ca_file"] = path.to_string_lossy().into();
        let client = client(&config);
        std::fs::remove_file(&path).unwrap();
        let (found, failure) = call(&client, vendor, SMALL, &CallOptions::new());
        assert_eq!((failure, found.account.as_deref()), (None, Some("first")), "{vendor}");
    }
}

#[test]
fn a_request_whose_last_byte_is_missing_is_sent_once_more_and_elsewhere() {
    let row = phase("before_last_byte");
    assert_eq!((row.retry, row.failover), ("once", "yes"));
    let (broken, sound) = (sandbox(), sandbox());
    for vendor in [Vendor::TencentKyc, Vendor::Wechat, Vendor::AliyunBankocr] {
        let config = config(entry(&broken, vendor, "first"), entry(&sound, vendor, "second"));
        let reset = Action::fault(FaultKind::ResetAfterReadBytes, 1000);
        let script = Script::once(listener(vendor), Operation::Recognize, reset);
        broken.script(Script { times: 0, ..script });
        let (found, failure) = call(&client(&config), vendor, "ccb-debit-large.jpg", &first());
        assert_eq!(failure, Some(Kind::Network), "{vendor}");
        // The buffers between here and there may take all of it before the reset arrives.
        let unsent = found.attempts.iter().take_while(|attempt| attempt.sent == Sent::No).count();
        if unsent == found.attempts.len() {
            assert_eq!((unsent, asked(&broken, vendor)), (2, 2), "{vendor}");
            assert_eq!((found.sent, found.billed), (Sent::No, Billed::No), "{vendor}");
        } else {
            assert_eq!(found.attempts.len(), unsent + 1, "{vendor}");
            assert_eq!((found.sent, found.billed), (Sent::Unknown, Billed::Unknown), "{vendor}");
        }
        let executed = |entry: &cardwire_sandbox::Entry| {
            entry.operation == Operation::Recognize && entry.executed
        };
        assert!(!broken.ledger().iter().any(executed), "{vendor}");
        let photo = "ccb-debit-large.jpg";
        let (found, failure) = call(&client(&config), vendor, photo, &CallOptions::new());
        let unsent = found.attempts.iter().filter(|attempt| attempt.sent == Sent::No).count();
        let goes = unsent == 2;
        assert_eq!(failure.is_none(), goes, "{vendor}");
        assert_eq!(asked(&sound, vendor), usize::from(goes), "{vendor}");
    }
}

#[test]
fn after_the_last_byte_nothing_is_sent_again_anywhere() {
    let row = phase("after_last_byte");
    assert_eq!((row.retry, row.failover), ("none", "never"));
    assert!(row.query_order);
    let (broken, sound) = (sandbox(), sandbox());
    for fault in [FaultKind::CloseAfterRead, FaultKind::ResetAfterRead, FaultKind::NeverAnswer] {
        for vendor in Vendor::over_network().copied() {
            let before = asked(&broken, vendor);
            let operation = match vendor.operations().first() {
                Some(cardwire::Operation::Verify) => Operation::Verify,
                _ => Operation::Recognize,
            };
            broken.script(Script::once(listener(vendor), operation, Action::fault(fault, 0)));
            let mut config =
                config(entry(&broken, vendor, "first"), entry(&sound, vendor, "second"));
            // Too little for asking for the order.
            config["timeout_ms"] = 2_000.into();
            let (found, failure) = call(&client(&config), vendor, SMALL, &CallOptions::new());
            assert!(matches!(failure, Some(Kind::Network | Kind::Timeout)), "{vendor} {fault:?}");
            assert_eq!((found.sent, found.billed), (Sent::Unknown, Billed::Unknown), "{vendor}");
            assert_eq!((found.attempts.len(), asked(&broken, vendor) - before), (1, 1), "{vendor}");
            assert_eq!(asked(&sound, vendor), 0, "{vendor}");
        }
    }
    // With enough time, what the vendor keeps under the order number tells.
    let vendor = Vendor::TencentKyc;
    let close = Action::fault(FaultKind::CloseAfterRead, 0);
    broken.script(Script::once(listener(vendor), Operation::Recognize, close));
    let config = config(entry(&broken, vendor, "first"), entry(&sound, vendor, "second"));
    let (found, failure) = call(&client(&config), vendor, SMALL, &CallOptions::new());
    assert_eq!((failure, found.sent, found.billed), (None, Sent::Yes, Billed::Yes));
    assert_eq!((found.attempts.len(), asked(&sound, vendor)), (1, 0));
}

#[test]
fn asking_for_an_order_is_repeated() {
    assert_eq!(phase("read_unanswered").retry, "backoff");
    let broken = sandbox();
    let close = Action::fault(FaultKind::CloseAfterRead, 0);
    let script = Script::once(Listener::TencentKyc, Operation::FetchOrder, close);
    broken.script(Script { times: 0, ..script });
    let vendor = Vendor::TencentKyc;
    let config = config(entry(&broken, vendor, "first"), entry(&broken, vendor, "second"));
    let error = client(&config).fetch_order("someOrder1", &CallOptions::new()).unwrap_err();
    assert_eq!((error.kind(), error.billed()), (Kind::Network, Billed::No));
    let asked = broken.counts(Listener::TencentKyc).by_operation["fetch_order"];
    assert_eq!((error.attempts().len(), asked), (3, 3));
}

/// A refusal of the library's own: how it is brought about, and its kind.
struct LocalRefusal {
    reason: &'static str,
    kind: Kind,
    change: fn(&mut Value),
    provoke: fn(&Client, &Sandbox),
}

fn once(client: &Client) {
    let _ = call(client, Vendor::AliyunYhkr, SMALL, &first());
}

fn answered(client: &Client, sandbox: &Sandbox, code: &str) {
    let action = Action::code(code);
    sandbox.script(Script::once(Listener::AliyunYhkr, Operation::Verify, action));
    once(client);
}

const LOCAL: [LocalRefusal; 9] = [
    LocalRefusal {
        reason: "pace",
        kind: Kind::RateLimited,
        change: |config| config["vendors"][0]["requests_per_second"] = 0.01.into(),
        provoke: |client, _| once(client),
    },
    LocalRefusal {
        reason: "quota",
        kind: Kind::QuotaExhausted,
        change: |config| config["vendors"][0]["daily_quota"] = 1.into(),
        provoke: |client, _| once(client),
    },
    LocalRefusal {
        reason: "breaker",
        kind: Kind::VendorUnavailable,
        change: |_| (),
        provoke: |client, sandbox| {
            for _ in 0..20 {
                answered(client, sandbox, "http:503");
            }
        },
    },
    LocalRefusal {
        reason: "account_blocked",
        kind: Kind::QuotaExhausted,
        change: |_| (),
        provoke: |client, sandbox| answered(client, sandbox, "10008"),
    },
    LocalRefusal {
        reason: "parameters_blocked",
        kind: Kind::RateLimited,
        change: |_| (),
        provoke: |client, sandbox| answered(client, sandbox, "10020"),
    },
    LocalRefusal {
        reason: "store",
        kind: Kind::Storage,
        change: |config| {
            config["vendors"][0]["daily_quota"] = 100.into();
            config["token_store"] = "redis://127.0.0.1:1".into();
        },
        provoke: |_, _| (),
    },
    LocalRefusal {
        // Its credentials come with a second of three left, and half of them is the least.
        reason: "too_late",
        kind: Kind::Timeout,
        change: |config| {
            config["vendors"][0]["app_code"] = json!({"provider": "slow"});
            config["retry"]["least_time_ms"] = 60_000.into();
            config["timeout_ms"] = 3_000.into();
        },
        provoke: |_, _| (),
    },
    LocalRefusal {
        reason: "journal",
        kind: Kind::Storage,
        change: |config| {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no journal");
            // The header of a database without anything in it: only opening it tells.
            let header = [b"SQLite format 3\0\x10\0".as_slice(), &[0; 82]].concat();
            std::fs::write(&path, header).unwrap();
            config["journal"] = path.to_string_lossy().into();
        },
        provoke: |_, _| (),
    },
    LocalRefusal {
        reason: "credentials",
        kind: Kind::CredentialsUnavailable,
        change: |config| config["vendors"][0]["app_code"] = json!({"provider": "fails"}),
        provoke: |_, _| (),
    },
];

#[test]
fn what_is_refused_here_reaches_nobody_and_goes_elsewhere_as_the_table_says() {
    let mut rows = local_refusals();
    // A verification has no photo.
    rows.retain(|row| row.name != "photo");
    let reasons: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(reasons, LOCAL.each_ref().map(|local| local.reason));
    thread::scope(|scope| {
        for (local, row) in LOCAL.iter().zip(&rows) {
            scope.spawn(move || {
                let (reason, vendor) = (local.reason, Vendor::AliyunYhkr);
                let (broken, sound) = (sandbox(), sandbox());
                let (one, two) = (entry(&broken, vendor, "first"), entry(&sound, vendor, "second"));
                let mut config = config(one, two);
                (local.change)(&mut config);
                for elsewhere in [false, true] {
                    let client = client(&config);
                    (local.provoke)(&client, &broken);
                    let before = asked(&broken, vendor);
                    let options = if elsewhere { CallOptions::new() } else { first() };
                    let (found, failure) = call(&client, vendor, SMALL, &options);
                    assert_eq!(asked(&broken, vendor), before, "{reason}");
                    assert_eq!(row.follows.retry, "none", "{reason}");
                    if elsewhere && matches!(row.follows.failover, "yes" | "credentials") {
                        assert_eq!((failure, asked(&sound, vendor)), (None, 1), "{reason}");
                        assert_eq!(found.account.as_deref(), Some("second"), "{reason}");
                    } else {
                        assert_eq!(
                            (failure, asked(&sound, vendor)),
                            (Some(local.kind), 0),
                            "{reason}"
                        );
                        assert_eq!((found.sent, found.billed), (Sent::No, Billed::No), "{reason}");
                        assert_eq!(found.attempts.len(), 0, "{reason}");
                    }
                }
            });
        }
    });
}
