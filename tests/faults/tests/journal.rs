//! The journal's entries for calls that went wrong.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cardwire::{
    Billed, CallOptions, Cancellation, Cardholder, Client, Image, Kind, Order, OrderFilter,
    OrderRecord, OrderStatus, Sent,
};
use cardwire_sandbox::{Action, FaultKind, Operation, Options, Sandbox, Script, Settings, Vendor};
use serde_json::{Value, json};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("journal-{}-{number}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn config(&self, sandbox: &Sandbox) -> Value {
        let mut config = sandbox.config();
        config["journal"] = self.0.join("orders.db").to_string_lossy().into();
        config
    }

    fn client(&self, sandbox: &Sandbox) -> Client {
        Client::from_json(&self.config(sandbox).to_string()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
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

fn order(client: &Client, order_id: &str) -> OrderRecord {
    client.find_order(order_id).unwrap().unwrap()
}

#[test]
fn every_vendor_s_calls_are_written_without_personal_data() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let client = folder.client(&sandbox);
    for vendor in ["tencent_kyc", "wechat", "aliyun_bankocr"] {
        client.recognize(photo(), &on(vendor)).unwrap();
    }
    for vendor in ["tencent_faceid", "aliyun_yhkr"] {
        client.verify(zhang(), &on(vendor)).unwrap();
    }
    let orders = client.orders(&OrderFilter::new()).unwrap();
    assert_eq!(orders.len(), 5);
    for order in &orders {
        assert_eq!((order.status, order.sent, order.sends), (OrderStatus::Answered, Sent::Yes, 1));
        assert_eq!(order.outcome.as_deref(), Some("ok"));
    }
    assert!(client.unknown_orders().unwrap().is_empty());
    // Asking for an order is not billed and not written.
    let kyc = orders.iter().find(|order| order.account == "tencent_kyc").unwrap();
    let kept: Order = client.fetch_order(&kyc.order_id, &CallOptions::new()).unwrap();
    assert!(kept.card_number.is_some());
    assert_eq!(client.orders(&OrderFilter::new()).unwrap().len(), 5);
    drop(client);
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for personal in ["6222020000000000000", "110101190001010014", "张三"] {
            let found = bytes.windows(personal.len()).any(|window| window == personal.as_bytes());
            assert!(!found, "{personal}");
        }
    }
}

#[test]
fn an_answer_after_the_deadline_is_read_and_written() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let client = folder.client(&sandbox);
    let late = Action::fault(FaultKind::DelayMs, 900);
    sandbox.script(Script::once(Vendor::TencentFaceid, Operation::Verify, late));
    let options = on("tencent_faceid").order_id("lateOrder1").timeout(Duration::from_millis(300));
    let error = client.verify(zhang(), &options).unwrap_err();
    assert_eq!((error.kind(), error.sent()), (Kind::Timeout, Sent::Unknown));
    assert_eq!(order(&client, "lateOrder1").status, OrderStatus::InFlight);
    assert!(client.unknown_orders().unwrap().is_empty());
    let until = Instant::now() + Duration::from_secs(10);
    while order(&client, "lateOrder1").status == OrderStatus::InFlight && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    let order = order(&client, "lateOrder1");
    assert_eq!(
        (order.status, order.billed, order.late),
        (OrderStatus::Answered, Billed::Yes, true)
    );
    assert_eq!(sandbox.counts(Vendor::TencentFaceid).billed, 1);
}

#[test]
fn an_unknown_outcome_is_listed_until_it_is_settled() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let client = folder.client(&sandbox);
    let close = Action::fault(FaultKind::CloseAfterRead, 0);
    sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, close));
    let options = on("aliyun_yhkr").order_id("unknownOrder1");
    let error = client.verify(zhang(), &options).unwrap_err();
    assert_eq!((error.sent(), error.billed()), (Sent::Unknown, Billed::Unknown));
    drop(client);
    let client = folder.client(&sandbox);
    let unknown = client.unknown_orders().unwrap();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].order_id, "unknownOrder1");
    // Under this number it is never sent again.
    let error = client.verify(zhang(), &options).unwrap_err();
    assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("order_id")));
    assert_eq!((error.sent(), error.billed()), (Sent::No, Billed::No));
    client.reconcile_order("unknownOrder1", "on the bill of November").unwrap();
    assert!(client.unknown_orders().unwrap().is_empty());
    let settled = order(&client, "unknownOrder1");
    assert_eq!(settled.note.as_deref(), Some("on the bill of November"));
    let error = client.reconcile_order("nobody", "").unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidArgument);
    assert_eq!(sandbox.counts(Vendor::AliyunYhkr).executed, 1);
}

#[test]
fn an_order_that_the_vendor_keeps_is_settled_by_asking_for_it() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let client = folder.client(&sandbox);
    let close = Action::fault(FaultKind::CloseAfterRead, 0);
    sandbox.script(Script::once(Vendor::TencentKyc, Operation::Recognize, close));
    let card = client.recognize(photo(), &on("tencent_kyc").order_id("keptOrder1")).unwrap();
    assert_eq!((card.sent(), card.billed()), (Sent::Yes, Billed::Yes));
    let order = order(&client, "keptOrder1");
    assert_eq!((order.status, order.billed), (OrderStatus::Answered, Billed::Yes));
}

#[test]
fn without_a_journal_that_can_be_written_nothing_billed_is_sent() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let mut config = folder.config(&sandbox);
    let text = folder.0.join("text");
    // The header of a database without anything in it: only opening it tells.
    let header = [b"SQLite format 3\0\x10\0".as_slice(), &[0; 82]].concat();
    std::fs::write(&text, header).unwrap();
    config["journal"] = text.to_string_lossy().into();
    let client = Client::from_json(&config.to_string()).unwrap();
    for _ in 0..3 {
        let error = client.recognize(photo(), &on("tencent_kyc")).unwrap_err();
        assert_eq!((error.kind(), error.sent()), (Kind::Storage, Sent::No));
        assert_eq!((error.billed(), error.attempts().len()), (Billed::No, 0));
    }
    assert_eq!(client.orders(&OrderFilter::new()).unwrap_err().kind(), Kind::Storage);
    // The token was fetched, which nobody bills.
    let recognized = |entry: &cardwire_sandbox::Entry| entry.operation == Operation::Recognize;
    assert!(!sandbox.ledger().iter().any(recognized));
    // What is not billed goes on: this order was made by another client.
    let other = Client::from_json(&sandbox.config().to_string()).unwrap();
    let card = other.recognize(photo(), &on("tencent_kyc")).unwrap();
    let kept = client.fetch_order(card.order_id().unwrap(), &CallOptions::new()).unwrap();
    assert!(kept.card_number.is_some());
}

#[test]
fn a_call_that_was_never_sent_may_be_repeated_under_its_number() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let mut config = folder.config(&sandbox);
    config["retry"] = json!({"attempts": 1});
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let good = config["vendors"][4]["base_url"].clone();
    config["vendors"][4]["base_url"] = format!("http://{closed}").into();
    let options = on("aliyun_yhkr").order_id("againOrder1");
    let client = Client::from_json(&config.to_string()).unwrap();
    let error = client.verify(zhang(), &options).unwrap_err();
    assert_eq!((error.kind(), error.sent()), (Kind::Network, Sent::No));
    assert_eq!(order(&client, "againOrder1").status, OrderStatus::NotSent);
    config["vendors"][4]["base_url"] = good;
    let client = Client::from_json(&config.to_string()).unwrap();
    client.verify(zhang(), &options).unwrap();
    let order = order(&client, "againOrder1");
    assert_eq!((order.status, order.sends), (OrderStatus::Answered, 2));
}

#[test]
fn the_day_s_quota_is_kept_over_restarts() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let mut config = folder.config(&sandbox);
    config["vendors"][1]["daily_quota"] = 3.into();
    let mut done = 0;
    for _ in 0..5 {
        let client = Client::from_json(&config.to_string()).unwrap();
        match client.recognize(photo(), &on("wechat")) {
            Ok(_) => done += 1,
            Err(error) => {
                assert_eq!((error.kind(), error.sent()), (Kind::QuotaExhausted, Sent::No));
                assert!(error.retry_after().is_some());
            }
        }
    }
    assert_eq!(done, 3);
}

#[test]
fn two_hundred_calls_at_once_are_all_written() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let client = folder.client(&sandbox);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                for _ in 0..10 {
                    client.verify(zhang(), &on("aliyun_yhkr")).unwrap();
                }
            });
        }
    });
    let answered = OrderFilter::new().status(OrderStatus::Answered);
    assert_eq!(client.orders(&answered).unwrap().len(), 200);
}

#[test]
fn a_journal_that_fails_holds_billed_calls_back_until_it_works_again() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let client = folder.client(&sandbox);
    let first = client.recognize(photo(), &on("tencent_kyc")).unwrap();
    let file = rusqlite::Connection::open(folder.0.join("orders.db")).unwrap();
    file.execute_batch("ALTER TABLE orders RENAME TO elsewhere").unwrap();
    let error = client.recognize(photo(), &on("tencent_kyc")).unwrap_err();
    assert_eq!((error.kind(), error.sent(), error.billed()), (Kind::Storage, Sent::No, Billed::No));
    client.fetch_order(first.order_id().unwrap(), &CallOptions::new()).unwrap();
    assert_eq!(sandbox.counts(Vendor::TencentKyc).billed, 1);
    file.execute_batch("ALTER TABLE elsewhere RENAME TO orders").unwrap();
    client.recognize(photo(), &on("tencent_kyc")).unwrap();
    assert_eq!(sandbox.counts(Vendor::TencentKyc).billed, 2);
}

#[test]
fn the_last_byte_stays_where_its_release_cannot_be_written() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let client = folder.client(&sandbox);
    client.verify(zhang(), &on("aliyun_yhkr")).unwrap();
    let file = rusqlite::Connection::open(folder.0.join("orders.db")).unwrap();
    file.execute_batch(
        "CREATE TRIGGER refuse BEFORE UPDATE ON orders WHEN new.state = 'released' \
         BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    .unwrap();
    let options = on("aliyun_yhkr").order_id("heldOrder1");
    let error = client.verify(zhang(), &options).unwrap_err();
    assert_eq!((error.kind(), error.sent(), error.billed()), (Kind::Storage, Sent::No, Billed::No));
    assert_eq!(order(&client, "heldOrder1").status, OrderStatus::NotSent);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(sandbox.counts(Vendor::AliyunYhkr).complete, 1);
}

#[test]
fn a_call_that_is_cancelled_before_its_last_byte_left_reads_as_unsent() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let client = folder.client(&sandbox);
    // More than the buffers between here and there hold.
    let stop = Action::fault(FaultKind::StopReading, 1000);
    sandbox.script(Script::once(Vendor::AliyunBankocr, Operation::Recognize, stop));
    let mut large = cardwire_test_images::load("ccb-debit-large.jpg");
    large.resize(2_900_000, 0);
    let options = on("aliyun_bankocr").order_id("stuckOrder1").timeout(Duration::from_secs(3));
    let error = client.recognize(large, &options).unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    let until = Instant::now() + Duration::from_secs(5);
    // The caller is not kept waiting for the mark that it was cut off.
    while error.sent() == Sent::No
        && order(&client, "stuckOrder1").status == OrderStatus::InFlight
        && Instant::now() < until
    {
        std::thread::sleep(Duration::from_millis(10));
    }
    let order = order(&client, "stuckOrder1");
    match error.sent() {
        Sent::No => assert_eq!(order.status, OrderStatus::NotSent),
        // The buffers of this machine took all of it.
        _ => assert_ne!(order.status, OrderStatus::NotSent),
    }
    assert_eq!(sandbox.counts(Vendor::AliyunBankocr).billed, 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_that_is_dropped_has_closed_its_journal() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    for number in 0..100 {
        let client = folder.client(&sandbox);
        let options = on("aliyun_yhkr").order_id(format!("closed{number:04}"));
        client.verify(zhang(), &options).unwrap();
        drop(client);
        let open = std::fs::read_dir("/proc/self/fd").unwrap();
        let open = open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
        let ours: Vec<_> = open.filter(|path| path.starts_with(&folder.0)).collect();
        assert!(ours.is_empty(), "{number}: {ours:?}");
    }
}

#[test]
fn what_was_told_of_a_call_that_was_cut_off_is_what_is_written() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    sandbox.set(Settings { latency_ms: 20, ..Settings::without_rates() });
    let client = folder.client(&sandbox);
    // Few are cut between the entry and the last byte, and which ones is chance.
    let again = (0..20).find_map(|round| {
        let again = cut_off(&client, round)
            .into_iter()
            .filter(|(order_id, sent)| is_written(&client, order_id, *sent))
            .count();
        (again > 0).then_some(again)
    });
    assert!(again.is_some());
}

/// Returns the order numbers of calls at once whose deadlines and cancellations come from 0 to
/// 61 ms after their start, closest to each other at the start, with what was told of them.
fn cut_off(client: &Client, round: u32) -> Vec<(String, Sent)> {
    let told = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..6_u32 {
            let told = &told;
            scope.spawn(move || {
                for step in 0..=61_u32 {
                    let order_id = format!("cut{round}x{thread}x{step}");
                    let cut = Duration::from_micros((step * step * 16 + 3 * thread).into());
                    let cancellation = Cancellation::new();
                    let options = match thread % 2 {
                        0 => on("aliyun_yhkr").timeout(cut),
                        _ => on("aliyun_yhkr").cancellation(&cancellation),
                    };
                    let canceller = (thread % 2 == 1).then(|| {
                        let cancellation = cancellation.clone();
                        std::thread::spawn(move || {
                            std::thread::sleep(cut);
                            cancellation.cancel();
                        })
                    });
                    let sent = match client.verify(zhang(), &options.order_id(&order_id)) {
                        Ok(answer) => answer.sent(),
                        Err(error) => error.sent(),
                    };
                    canceller.map(std::thread::JoinHandle::join);
                    told.lock().unwrap().push((order_id, sent));
                }
            });
        }
    });
    let running = OrderFilter::new().status(OrderStatus::InFlight);
    let until = Instant::now() + Duration::from_secs(30);
    while !client.orders(&running).unwrap().is_empty() {
        assert!(Instant::now() < until, "{:?}", client.orders(&running).unwrap());
        std::thread::sleep(Duration::from_millis(20));
    }
    told.into_inner().unwrap()
}

/// Asserts that the journal has what was told, and returns whether the number of an entry that was
/// never sent was used again.
fn is_written(client: &Client, order_id: &str, sent: Sent) -> bool {
    let found = client.find_order(order_id).unwrap();
    let status = found.as_ref().map_or(OrderStatus::NotSent, |order| order.status);
    assert_eq!(status == OrderStatus::NotSent, sent == Sent::No, "{order_id}: {found:?}");
    let unsent = sent == Sent::No && found.is_some();
    // A number is refused only where the vendor may have seen it.
    if unsent {
        client.verify(zhang(), &on("aliyun_yhkr").order_id(order_id)).unwrap();
    }
    unsent
}

#[test]
fn an_order_that_the_vendor_keeps_is_unknown_no_longer_once_it_is_fetched() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let close = Action::fault(FaultKind::CloseAfterRead, 0);
    sandbox.script(Script::once(Vendor::TencentKyc, Operation::Recognize, close));
    let options = on("tencent_kyc").reference("photo 1");
    // Too little time for asking for the order.
    let short = options.clone().timeout(Duration::from_secs(2));
    let error = folder.client(&sandbox).recognize(photo(), &short).unwrap_err();
    assert_eq!((error.sent(), error.billed()), (Sent::Unknown, Billed::Unknown));
    let id = error.order_id().unwrap();

    // Another writer, as after a restart.
    let client = folder.client(&sandbox);
    assert_eq!(order(&client, id).status, OrderStatus::Unknown);
    assert!(client.fetch_order(id, &on("tencent_kyc")).unwrap().card_number.is_some());
    let found = order(&client, id);
    assert_eq!((found.status, found.billed), (OrderStatus::Answered, Billed::Yes));
    assert!(client.unknown_orders().unwrap().is_empty());
    let again = client.recognize(photo(), &options.skip_answered(true)).unwrap_err();
    assert_eq!(again.kind(), Kind::AlreadyAnswered);
    assert_eq!(sandbox.counts(Vendor::TencentKyc).billed, 1);
}
