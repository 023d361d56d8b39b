//! Tokens in Redis, over several clients and several processes. The server is the system's own:
//! without `redis-server` on the path, and no leave to install it, these tests say so and end.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cardwire::{Billed, CallOptions, Client, Image, Kind, Sent};
use cardwire_sandbox::{Operation, Options, Sandbox, Vendor};
use serde_json::Value;

struct Redis {
    server: Child,
    url: String,
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn start(port: u16) -> Option<Child> {
    let port = port.to_string();
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"])
        .stdout(Stdio::null())
        .spawn()
        .ok()
}

fn redis() -> Option<Redis> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = start(port).or_else(|| {
        let install = ["install", "-y", "--no-install-recommends", "redis-server"];
        let _ = Command::new("apt-get").args(install).stdout(Stdio::null()).status();
        start(port)
    });
    let Some(server) = server else {
        println!("SKIPPED: there is no redis-server here and it cannot be installed");
        return None;
    };
    let until = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "redis-server does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    Some(Redis { server, url: format!("redis://127.0.0.1:{port}") })
}

fn config(sandbox: &Sandbox, redis: &Redis) -> Value {
    let mut config = sandbox.config();
    // The kind whose every fetch kills the token before.
    config["vendors"][1]["token_endpoint"] = "token".into();
    config["token_store"] = redis.url.as_str().into();
    config
}

fn photo() -> Image {
    Image::bytes(cardwire_test_images::load("icbc-debit.jpg"))
}

fn on(vendor: &str) -> CallOptions {
    CallOptions::new().vendor(vendor)
}

fn fetches(sandbox: &Sandbox, vendor: Vendor) -> usize {
    let token = |entry: &&cardwire_sandbox::Entry| {
        entry.vendor == vendor && entry.operation == Operation::Token
    };
    sandbox.ledger().iter().filter(token).count()
}

#[test]
fn clients_with_one_store_fetch_one_token_and_replace_a_dead_one_once() {
    let Some(redis) = redis() else { return };
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let config = config(&sandbox, &redis).to_string();
    let clients: Vec<Client> = (0..6).map(|_| Client::from_json(&config).unwrap()).collect();
    let all = || {
        thread::scope(|scope| {
            for client in &clients {
                for vendor in ["tencent_kyc", "wechat"] {
                    scope.spawn(move || client.recognize(photo(), &on(vendor)).unwrap());
                }
            }
        });
    };
    all();
    for vendor in [Vendor::TencentKyc, Vendor::Wechat] {
        assert_eq!(fetches(&sandbox, vendor), 1, "{vendor:?}");
    }
    sandbox.revoke_tokens(Vendor::TencentKyc);
    sandbox.revoke_tokens(Vendor::Wechat);
    all();
    for vendor in [Vendor::TencentKyc, Vendor::Wechat] {
        assert_eq!(fetches(&sandbox, vendor), 2, "{vendor:?}");
    }
}

#[test]
fn processes_with_one_store_never_kill_each_other_s_tokens() {
    let Some(redis) = redis() else { return };
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let name = format!("redis-{}.json", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
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
    let _ = std::fs::remove_file(&path);
    assert_eq!(fetches(&sandbox, Vendor::TencentKyc), 1);
    let refused = sandbox.ledger().into_iter().filter(|entry| entry.outcome == "400101").count();
    assert_eq!(refused, 0);
    assert!(sandbox.counts(Vendor::TencentKyc).billed > 3);
}

#[test]
fn without_its_store_a_client_fetches_no_token_that_would_kill_another_s() {
    let Some(mut redis) = redis() else { return };
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let mut config = config(&sandbox, &redis);
    let first = Client::from_json(&config.to_string()).unwrap();
    first.recognize(photo(), &on("tencent_kyc")).unwrap();
    redis.server.kill().unwrap();
    redis.server.wait().unwrap();
    // What it holds serves on.
    first.recognize(photo(), &on("tencent_kyc")).unwrap();
    let second = Client::from_json(&config.to_string()).unwrap();
    for vendor in ["tencent_kyc", "wechat"] {
        let error = second.recognize(photo(), &on(vendor)).unwrap_err();
        assert_eq!((error.kind(), error.sent()), (Kind::Storage, Sent::No), "{vendor}: {error}");
        assert_eq!(error.billed(), Billed::No);
        assert!(!format!("{error} {error:?}").contains(&redis.url));
    }
    assert_eq!(fetches(&sandbox, Vendor::TencentKyc), 1);
    // A stable token stays good when another is fetched.
    config["vendors"][1]["token_endpoint"] = "stable_token".into();
    let third = Client::from_json(&config.to_string()).unwrap();
    third.recognize(photo(), &on("wechat")).unwrap();
}
