//! Rates and quotas in Redis, over several clients and several processes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cardwire::{Billed, CallOptions, Cardholder, Client, Error, Image, Kind, Sent};
use cardwire_faults::Redis;
use cardwire_sandbox::{Operation, Options, Sandbox, Vendor};
use serde_json::{Value, json};

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

fn config(sandbox: &Sandbox, redis: &Redis) -> Value {
    let mut config = sandbox.config();
    config["token_store"] = redis.url().into();
    config
}

fn client(config: &Value) -> Client {
    Client::from_json(&config.to_string()).unwrap()
}

fn on(vendor: &str) -> CallOptions {
    CallOptions::new().vendor(vendor)
}

fn verify(client: &Client, options: &CallOptions) -> Result<(), Error> {
    let holder = Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014");
    client.verify(holder, options).map(|_| ())
}

fn recognize(client: &Client, options: &CallOptions) -> Result<(), Error> {
    let photo = Image::bytes(cardwire_test_images::load("icbc-debit.jpg"));
    client.recognize(photo, options).map(|_| ())
}

/// Returns when the vendor saw its billed requests, oldest first.
fn arrivals(sandbox: &Sandbox, vendor: Vendor) -> Vec<i64> {
    let billed = |operation| matches!(operation, Operation::Recognize | Operation::Verify);
    let ledger = sandbox.ledger().into_iter();
    let of_vendor = ledger.filter(|entry| entry.vendor == vendor && billed(entry.operation));
    let mut arrivals: Vec<i64> = of_vendor.map(|entry| entry.at_ms).collect();
    arrivals.sort_unstable();
    arrivals
}

/// No second that begins with one of them has more than `most`.
fn no_second_has_more(arrivals: &[i64], most: usize) {
    for pair in arrivals.windows(most + 1) {
        let took = pair[most] - pair[0];
        assert!(took >= 1000, "{} requests in {took} ms", most + 1);
    }
}

#[test]
fn clients_keep_to_one_rate_together() {
    let Some(redis) = Redis::start() else { return };
    let sandbox = sandbox();
    let mut config = config(&sandbox, &redis);
    config["vendors"][4]["requests_per_second"] = 20.into();
    let until = Instant::now() + Duration::from_secs(4);
    thread::scope(|scope| {
        for _ in 0..3 {
            let client = client(&config);
            for _ in 0..6 {
                let client = client.clone();
                scope.spawn(move || {
                    while Instant::now() < until {
                        verify(&client, &on("aliyun_yhkr")).unwrap();
                    }
                });
            }
        }
    });
    let arrivals = arrivals(&sandbox, Vendor::AliyunYhkr);
    println!("{} requests in 4 s", arrivals.len());
    no_second_has_more(&arrivals, 20);
    assert!(arrivals.len() > 40, "{}", arrivals.len());
}

#[test]
fn processes_keep_to_one_rate_together_even_when_some_are_killed() {
    let Some(redis) = Redis::start() else { return };
    let sandbox = sandbox();
    let mut config = config(&sandbox, &redis);
    for index in [0, 2, 4] {
        config["vendors"][index]["requests_per_second"] = 20.into();
    }
    // The permit of a process that died is free after its deadline.
    config["timeout_ms"] = 2_000.into();
    let name = format!("redis-rate-{}.json", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, config.to_string()).unwrap();
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_cardwire-fault-caller"))
            .arg(&path)
            .arg("9")
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let end = |mut child: Child| {
        child.kill().unwrap();
        child.wait().unwrap();
    };
    let mut callers: Vec<Child> = (0..3).map(|_| start()).collect();
    for _ in 0..3 {
        thread::sleep(Duration::from_millis(1_500));
        end(callers.remove(0));
        callers.push(start());
    }
    thread::sleep(Duration::from_millis(1_500));
    callers.into_iter().for_each(end);
    let _ = std::fs::remove_file(&path);
    for vendor in [Vendor::TencentKyc, Vendor::AliyunBankocr, Vendor::AliyunYhkr] {
        let arrivals = arrivals(&sandbox, vendor);
        println!("{}: {} requests in 6 s", vendor.name(), arrivals.len());
        no_second_has_more(&arrivals, 20);
        assert!(arrivals.len() > 20, "{}: {}", vendor.name(), arrivals.len());
    }
}

/// Calls every action of `tencent_faceid`, two calls of each at once, for so long.
fn mix(client: &Client, time: Duration) {
    let until = Instant::now() + time;
    let holder = || Cardholder::new("6222020000000000000", "张三");
    let calls: [&(dyn Fn() -> Result<(), Error> + Sync); 4] = [
        &|| client.verify(holder(), &CallOptions::new()).map(drop),
        &|| verify(client, &CallOptions::new()),
        &|| {
            let holder = holder().id_number("110101190001010014").phone("13800000000");
            client.verify(holder, &CallOptions::new()).map(drop)
        },
        &|| client.lookup_card("6222020000000000000", &CallOptions::new()).map(drop),
    ];
    thread::scope(|scope| {
        for call in calls.iter().chain(&calls) {
            scope.spawn(move || {
                while Instant::now() < until {
                    call().unwrap();
                }
            });
        }
    });
}

#[test]
fn each_action_has_a_rate_of_its_own_that_processes_keep_to_together() {
    const CONFIG: &str = "CARDWIRE_MIX";
    const TIME: Duration = Duration::from_secs(3);
    if let Ok(config) = std::env::var(CONFIG) {
        return mix(&Client::from_json(&config).unwrap(), TIME);
    }
    let Some(redis) = Redis::start() else { return };
    let sandbox = sandbox();
    let mut config = config(&sandbox, &redis);
    let mut faceid = config["vendors"][3].take();
    faceid["requests_per_second"] = 10.into();
    config["vendors"] = json!([faceid]);
    let this = thread::current().name().unwrap().to_owned();
    let callers: Vec<Child> = (0..2)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", &this])
                .env(CONFIG, config.to_string())
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut caller in callers {
        assert!(caller.wait().unwrap().success());
    }
    let mut actions = BTreeMap::<String, Vec<i64>>::new();
    for entry in sandbox.ledger() {
        if let Some(action) = entry.action {
            assert_eq!(entry.outcome, "0", "{action}");
            actions.entry(action).or_default().push(entry.at_ms);
        }
    }
    assert_eq!(actions.len(), 4, "{:?}", actions.keys());
    for (action, arrivals) in &mut actions {
        arrivals.sort_unstable();
        println!("{action}: {} requests in 3 s", arrivals.len());
        no_second_has_more(arrivals, 10);
    }
    // One rate for all of them would let 40 through: 10 at once, and 10 a second.
    let all: usize = actions.values().map(Vec::len).sum();
    assert!(all > 40, "{all}");
}

#[test]
fn clients_keep_to_one_quota_together() {
    let Some(redis) = Redis::start() else { return };
    let sandbox = sandbox();
    let mut config = config(&sandbox, &redis);
    config["vendors"][1]["daily_quota"] = 7.into();
    // What was never sent does not count.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut nowhere = config.clone();
    nowhere["vendors"][2]["daily_quota"] = 2.into();
    let mut there = nowhere.clone();
    nowhere["vendors"][2]["base_url"] = format!("http://{closed}").into();
    nowhere["retry"] = json!({"attempts": 1});
    let lost = client(&nowhere);
    // No call waits for what is given back: this does.
    let patiently = |client: &Client| {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let result = recognize(client, &on("aliyun_bankocr"));
            let is_used_up = |error: &Error| error.kind() == Kind::QuotaExhausted;
            if !result.as_ref().is_err_and(is_used_up) || Instant::now() > until {
                return result;
            }
        }
    };
    for _ in 0..3 {
        let error = patiently(&lost).unwrap_err();
        assert_eq!((error.kind(), error.sent()), (Kind::Network, Sent::No));
    }
    there["retry"] = json!({"attempts": 1});
    let there = [client(&there), client(&there)];
    there.iter().for_each(|client| patiently(client).unwrap());
    for client in &there {
        let error = recognize(client, &on("aliyun_bankocr")).unwrap_err();
        assert_eq!((error.kind(), error.sent()), (Kind::QuotaExhausted, Sent::No));
    }

    let clients = [client(&config), client(&config)];
    let results: Vec<Result<(), Error>> = thread::scope(|scope| {
        let callers: Vec<_> = (0..20)
            .map(|index| {
                let client = &clients[index % 2];
                scope.spawn(move || recognize(client, &on("wechat")))
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 7);
    for error in results.into_iter().filter_map(Result::err) {
        assert_eq!((error.kind(), error.sent()), (Kind::QuotaExhausted, Sent::No));
        assert!(error.retry_after().is_some());
    }
    assert_eq!(arrivals(&sandbox, Vendor::Wechat).len(), 7);
    // A client that comes later finds nothing left.
    let error = recognize(&client(&config), &on("wechat")).unwrap_err();
    assert_eq!(error.kind(), Kind::QuotaExhausted);
}

#[test]
fn without_the_store_quotas_stop_and_rates_are_each_client_s_own() {
    let Some(mut redis) = Redis::start() else { return };
    let sandbox = sandbox();
    let mut config = config(&sandbox, &redis);
    config["vendors"][2]["daily_quota"] = 5.into();
    config["vendors"][4]["requests_per_second"] = 20.into();
    let client = client(&config);
    recognize(&client, &on("aliyun_bankocr")).unwrap();
    verify(&client, &on("aliyun_yhkr")).unwrap();
    redis.stop();
    for _ in 0..3 {
        let error = recognize(&client, &on("aliyun_bankocr")).unwrap_err();
        assert_eq!((error.kind(), error.sent()), (Kind::Storage, Sent::No));
        assert_eq!((error.billed(), error.attempts().len()), (Billed::No, 0));
        assert!(!format!("{error} {error:?}").contains(&redis.url()));
    }
    assert_eq!(arrivals(&sandbox, Vendor::AliyunBankocr).len(), 1);
    for _ in 0..30 {
        verify(&client, &on("aliyun_yhkr")).unwrap();
    }
    no_second_has_more(&arrivals(&sandbox, Vendor::AliyunYhkr), 20);
}

#[test]
fn a_store_that_hangs_keeps_no_answer_from_its_caller() {
    let Some(redis) = Redis::start() else { return };
    let sandbox = sandbox();
    let mut settings = sandbox.settings();
    settings.latency_ms = 1_000;
    sandbox.set(settings);
    let mut config = config(&sandbox, &redis);
    config["vendors"][4]["requests_per_second"] = 20.into();
    let client = client(&config);
    thread::scope(|scope| {
        let call = scope.spawn(|| {
            let begun = Instant::now();
            verify(&client, &on("aliyun_yhkr").timeout(Duration::from_secs(4))).unwrap();
            begun.elapsed()
        });
        while arrivals(&sandbox, Vendor::AliyunYhkr).is_empty() {
            thread::sleep(Duration::from_millis(10));
        }
        redis.freeze();
        let took = call.join().unwrap();
        assert!(took < Duration::from_secs(3), "{took:?}");
    });
    // The next call finds out that there is no store, and is sent all the same.
    verify(&client, &on("aliyun_yhkr").timeout(Duration::from_secs(20))).unwrap();
}
