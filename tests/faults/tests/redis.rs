//! Tokens in Redis, over several clients and several processes. The server is the system's own:
//! without `redis-server` on the path, and no permission to install it, these tests say so and end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use cardwire::{Billed, CallOptions, Client, Image, Kind, Sent, Step};
use cardwire_faults::Redis;
use cardwire_sandbox::{Action, Operation, Options, Sandbox, Script, Vendor};
use serde_json::{Value, json};

fn config(sandbox: &Sandbox, redis: &Redis) -> Value {
    let mut config = sandbox.config();
    // The kind whose every fetch kills the token before.
    config["vendors"][1]["token_endpoint"] = "token".into();
    config["token_store"] = redis.url().into();
    config
}

/// Returns a folder that nothing else uses.
fn folder() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("redis-{}-{number}", std::process::id());
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn photo() -> Image {
    Image::bytes(cardwire_test_images::load("icbc-debit.jpg"))
}

fn on(vendor: &str) -> CallOptions {
    CallOptions::new().vendor(vendor)
}

/// The vendors whose calls need a token that is fetched.
const TOKENS: [Vendor; 3] = [Vendor::TencentKyc, Vendor::Wechat, Vendor::BaiduOcr];

fn fetches(sandbox: &Sandbox, vendor: Vendor) -> usize {
    let token = |entry: &&cardwire_sandbox::Entry| {
        entry.vendor == vendor && entry.operation == Operation::Token
    };
    sandbox.ledger().iter().filter(token).count()
}

#[test]
fn clients_with_one_store_fetch_one_token_and_replace_a_dead_one_once() {
    let Some(redis) = Redis::start() else { return };
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let config = config(&sandbox, &redis).to_string();
    let clients: Vec<Client> = (0..6).map(|_| Client::from_json(&config).unwrap()).collect();
    let all = || {
        thread::scope(|scope| {
            for client in &clients {
                for vendor in TOKENS.map(Vendor::name) {
                    scope.spawn(move || client.recognize(photo(), &on(vendor)).unwrap());
                }
            }
        });
    };
    all();
    for vendor in TOKENS {
        assert_eq!(fetches(&sandbox, vendor), 1, "{vendor:?}");
    }
    TOKENS.into_iter().for_each(|vendor| sandbox.revoke_tokens(vendor));
    all();
    for vendor in TOKENS {
        assert_eq!(fetches(&sandbox, vendor), 2, "{vendor:?}");
    }
}

#[test]
fn processes_with_one_store_never_kill_each_other_s_tokens() {
    let Some(redis) = Redis::start() else { return };
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let folder = folder();
    let path = folder.join("config.json");
    std::fs::write(&path, config(&sandbox, &redis).to_string()).unwrap();
    let mut callers: Vec<Child> = (0..3)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_cardwire-fault-caller"))
                .arg(&path)
                .arg("4")
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    thread::sleep(Duration::from_secs(2));
    for caller in &mut callers {
        caller.kill().unwrap();
        caller.wait().unwrap();
    }
    let _ = std::fs::remove_dir_all(&folder);
    assert_eq!(fetches(&sandbox, Vendor::TencentKyc), 1);
    let refused = sandbox.ledger().into_iter().filter(|entry| entry.outcome == "400101").count();
    assert_eq!(refused, 0);
    assert!(sandbox.counts(Vendor::TencentKyc).billed > 3);
}

#[test]
fn without_its_store_a_client_fetches_no_token_that_would_kill_another_s() {
    let Some(mut redis) = Redis::start() else { return };
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let mut config = config(&sandbox, &redis);
    let first = Client::from_json(&config.to_string()).unwrap();
    first.recognize(photo(), &on("tencent_kyc")).unwrap();
    redis.stop();
    // What it holds serves on.
    first.recognize(photo(), &on("tencent_kyc")).unwrap();
    let second = Client::from_json(&config.to_string()).unwrap();
    for vendor in ["tencent_kyc", "wechat"] {
        let error = second.recognize(photo(), &on(vendor)).unwrap_err();
        assert_eq!((error.kind(), error.sent()), (Kind::Storage, Sent::No), "{vendor}: {error}");
        assert_eq!(error.billed(), Billed::No);
        assert!(!format!("{error} {error:?}").contains(&redis.url()));
        let of_it = format!("the token store at 127.0.0.1:{} cannot be reached", redis.port);
        assert!(error.message().contains(&of_it), "{error}");
        let cause = error.cause().expect("the step of the network");
        assert_eq!((cause.step(), cause.port()), (Step::Connect, redis.port));
        assert_eq!(cause.os_error(), Some(libc::ECONNREFUSED));
    }
    assert_eq!(fetches(&sandbox, Vendor::TencentKyc), 1);
    // A token stays good when another is fetched.
    second.recognize(photo(), &on("baidu_ocr")).unwrap();
    config["vendors"][1]["token_endpoint"] = "stable_token".into();
    let third = Client::from_json(&config.to_string()).unwrap();
    third.recognize(photo(), &on("wechat")).unwrap();
}

#[test]
fn the_store_holds_and_carries_no_token_and_no_secret() {
    let Some(redis) = Redis::start() else { return };
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let (token, ticket) = ("CANARY-token-57_AbCdEfGhIjKl+/=%", "CANARYticket000000000000000000001");
    let answers = [
        (Vendor::Wechat, Operation::Token, json!({"access_token": token, "expires_in": 7200})),
        (
            Vendor::TencentKyc,
            Operation::Token,
            json!({"code": "0", "access_token": token, "expire_in": 7200}),
        ),
        (
            Vendor::TencentKyc,
            Operation::Ticket,
            json!({"code": "0", "tickets": [{"value": ticket, "expire_in": 3600}]}),
        ),
        (Vendor::Wechat, Operation::Recognize, json!({"errcode": 101001, "errmsg": "no card"})),
        (Vendor::TencentKyc, Operation::Recognize, json!({"code": "-9013", "msg": "no card"})),
    ];
    for (vendor, operation, answer) in answers {
        let action = Action::answer(200, answer.to_string());
        sandbox.script(Script { times: 0, ..Script::once(vendor, operation, action) });
    }
    let mut monitor = TcpStream::connect(("127.0.0.1", redis.port)).unwrap();
    monitor.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    monitor.write_all(b"MONITOR\r\n").unwrap();
    let mut config = config(&sandbox, &redis);
    config["vendors"][1]["daily_quota"] = 100.into();
    config["vendors"][0]["requests_per_second"] = 100.into();
    let clients = [(); 2].map(|()| Client::from_json(&config.to_string()).unwrap());
    for vendor in ["tencent_kyc", "wechat"] {
        for client in &clients {
            let error = client.recognize(photo(), &on(vendor)).unwrap_err();
            assert_eq!(error.kind(), Kind::CardNotFound);
        }
    }
    // The second client used what the first one wrote.
    assert_eq!(fetches(&sandbox, Vendor::TencentKyc), 1);
    assert_eq!(fetches(&sandbox, Vendor::Wechat), 1);
    let (mut traffic, mut piece) = (Vec::new(), [0; 65536]);
    while let Ok(len @ 1..) = monitor.read(&mut piece) {
        traffic.extend_from_slice(&piece[..len]);
    }
    let traffic = String::from_utf8_lossy(&traffic);
    for there in
        ["cardwire:token:wechat:", "cardwire:token:tencent_kyc:", "sealed", ":rate", ":quota"]
    {
        assert!(traffic.contains(there), "the traffic was not seen: {there}");
    }
    let secrets = [
        token.to_owned(),
        ticket.to_owned(),
        "CANARY".to_owned(),
        config["vendors"][0]["secret"].as_str().unwrap().to_owned(),
        config["vendors"][1]["app_secret"].as_str().unwrap().to_owned(),
        "6222020000000000000".to_owned(),
    ];
    for secret in secrets {
        assert!(!traffic.contains(&secret), "{secret} went over the wire");
    }
}

#[test]
fn what_cannot_be_opened_is_replaced() {
    let Some(redis) = Redis::start() else { return };
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let config = config(&sandbox, &redis).to_string();
    Client::from_json(&config).unwrap().recognize(photo(), &on("tencent_kyc")).unwrap();
    let ask = |command: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", redis.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(command.as_bytes()).unwrap();
        let mut answer = [0; 4096];
        let len = stream.read(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[..len]).into_owned()
    };
    let found = ask("KEYS cardwire:token:*\r\n");
    let key = found.lines().find(|line| line.starts_with("cardwire:token:")).unwrap().to_owned();
    let closed = r#"{"generation":7,"usable_ms":1000000,"lives_ms":1000000,"sealed":"AAAA"}"#;
    // Of a later version, whose generation this one's types do not hold; and one without an end.
    let other = |generation: &str| closed.replace(":7", &format!(":{generation}"));
    let values = [
        (closed.to_owned(), " PX 1000000"),
        ("garbage".to_owned(), " PX 1000000"),
        ("[1,2]".to_owned(), " PX 1000000"),
        (closed.to_owned(), ""),
        ("garbage".to_owned(), ""),
        (other("-7"), " PX 1000000"),
        (other("7.5"), " PX 1000000"),
        (other("\"7\""), " PX 1000000"),
        (other("1e300"), ""),
        (r#"{"version":2,"generation":7,"token":{}}"#.to_owned(), " PX 1000000"),
        ("\\xff\\x00".to_owned(), ""),
        (String::new(), ""),
    ];
    let texts = values.map(|(value, end)| {
        let quoted = value.replace('"', "\\\"");
        format!("SET {key} \"{quoted}\"{end}")
    });
    let others = ["RPUSH KEY x", "HSET KEY x y", "SADD KEY x", "ZADD KEY 1 x", "XADD KEY * x y"]
        .map(|command| command.replace("KEY", &key));
    for (round, put) in texts.into_iter().chain(others).enumerate() {
        ask(&format!("DEL {key}\r\n"));
        let answer = ask(&format!("{put}\r\n"));
        assert!(!answer.starts_with('-'), "{put}: {answer}");
        // Several find it at once, and one of them replaces it.
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let client = Client::from_json(&config).unwrap();
                scope.spawn(move || client.recognize(photo(), &on("tencent_kyc")).unwrap());
            }
        });
        assert_eq!(fetches(&sandbox, Vendor::TencentKyc), round + 2, "{put}");
        // And the next client finds a token again.
        Client::from_json(&config).unwrap().recognize(photo(), &on("tencent_kyc")).unwrap();
        assert_eq!(fetches(&sandbox, Vendor::TencentKyc), round + 2, "{put}");
    }
}

#[test]
fn over_tls_only_a_trusted_server_is_used() {
    let folder = folder();
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()]);
    let made = made.unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let Some(redis) = Redis::start_tls(&certificate, &key) else { return };
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let mut config = config(&sandbox, &redis);
    config["ca_file"] = certificate.to_string_lossy().into();
    for _ in 0..2 {
        let client = Client::from_json(&config.to_string()).unwrap();
        client.recognize(photo(), &on("tencent_kyc")).unwrap();
    }
    assert_eq!(fetches(&sandbox, Vendor::TencentKyc), 1);
    let stranger = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let other = folder.join("other.pem");
    std::fs::write(&other, stranger.cert.pem()).unwrap();
    config["ca_file"] = folder.join("none.pem").to_string_lossy().into();
    assert_eq!(Client::from_json(&config.to_string()).unwrap_err().kind(), Kind::InvalidConfig);
    for ca_file in [Some(other), None] {
        config["ca_file"] = match &ca_file {
            Some(path) => path.to_string_lossy().into(),
            None => Value::Null,
        };
        let client = Client::from_json(&config.to_string()).unwrap();
        let error = client.recognize(photo(), &on("tencent_kyc")).unwrap_err();
        assert_eq!((error.kind(), error.sent()), (Kind::Storage, Sent::No), "{ca_file:?}");
        let Some(cause) = error.cause() else {
            // A machine without authorities asks nobody.
            assert!(ca_file.is_none() && error.message().contains("no certificate authorities"));
            continue;
        };
        assert_eq!((cause.step(), cause.port()), (Step::Tls, redis.port), "{cause}");
        assert!(cause.reason().starts_with("the certificate is refused: no authority"), "{cause}");
    }
    assert_eq!(fetches(&sandbox, Vendor::TencentKyc), 1);
    let _ = std::fs::remove_dir_all(&folder);
}
