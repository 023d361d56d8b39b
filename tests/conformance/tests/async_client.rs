//! The client's futures: every flavour of runtime and none, futures that are dropped, calls that block
//! within a runtime.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use cardwire::{
    AsyncClient, CallOptions, Cardholder, Image, Kind, OrderFilter, OrderStatus, Outcome,
};
use cardwire_conformance::transport;
use cardwire_sandbox::{Action, Fault, FaultKind, Operation, Options, Sandbox, Script, Vendor};
use futures_executor::block_on;
use tokio::runtime::{Builder, Runtime};

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

fn client(sandbox: &Sandbox) -> AsyncClient {
    AsyncClient::from(transport::client(&sandbox.config().to_string()).unwrap())
}

/// Returns a client with a journal of its own.
fn with_journal(sandbox: &Sandbox, name: &str) -> AsyncClient {
    let folder: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let mut config = sandbox.config();
    config["journal"] = folder.join("orders.db").to_string_lossy().into();
    AsyncClient::from(transport::client(&config.to_string()).unwrap())
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

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn two_threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap()
}

fn requests(sandbox: &Sandbox, vendor: Vendor, operation: Operation) -> usize {
    let entries = sandbox.ledger();
    entries.iter().filter(|entry| entry.vendor == vendor && entry.operation == operation).count()
}

/// Waits for what another thread is about to do.
fn until(mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(5));
    }
}

async fn all_operations(client: AsyncClient) {
    let card = client.recognize(photo(), &on("tencent_kyc")).await.unwrap();
    assert_eq!(card.card_number.reveal(), "6222020000000000000");
    let order_id = card.facts().order_id.clone().unwrap();
    assert!(client.fetch_order(&order_id, &on("tencent_kyc")).await.is_ok());
    let verified = client.verify(zhang(), &on("aliyun_yhkr")).await.unwrap();
    assert!(verified.outcome == Outcome::Match);
    let found = client.lookup_card("6222020000000000000", &CallOptions::new()).await;
    assert!(found.is_ok_and(|found| found.facts().vendor.is_some()));
}

#[test]
fn every_operation_is_a_future_on_every_flavour_of_runtime_and_without_one() {
    let sandbox = sandbox();
    one_thread().block_on(all_operations(client(&sandbox)));
    two_threads().block_on(all_operations(client(&sandbox)));
    // Without input, output and timers of its own.
    Builder::new_current_thread().build().unwrap().block_on(all_operations(client(&sandbox)));
    block_on(all_operations(client(&sandbox)));
}

#[test]
fn futures_are_send_and_borrow_nothing() {
    fn is_free<T: Send + 'static>(value: T) -> T {
        value
    }
    let sandbox = sandbox();
    let future = {
        let client = is_free(client(&sandbox));
        let (number, options) = ("6222020000000000000".to_owned(), CallOptions::new());
        is_free(client.lookup_card(&number, &options))
    };
    assert!(two_threads().block_on(async { tokio::spawn(future).await.unwrap() }).is_ok());
}

#[test]
fn many_tasks_share_a_client_and_its_token() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    two_threads().block_on(async {
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.recognize(photo(), &on("wechat")).await })
            })
            .collect();
        for task in tasks {
            assert!(task.await.unwrap().is_ok());
        }
    });
    assert_eq!(requests(&sandbox, Vendor::Wechat, Operation::Token), 1);
}

#[test]
fn a_future_that_is_never_polled_is_no_call() {
    let sandbox = sandbox();
    let client = with_journal(&sandbox, "unpolled");
    drop(client.verify(zhang(), &on("aliyun_yhkr")));
    assert!(block_on(client.orders(&OrderFilter::new())).unwrap().is_empty());
    assert_eq!(requests(&sandbox, Vendor::AliyunYhkr, Operation::Verify), 0);
}

/// Drops the future of a call that the vendor never answers; its connection closes after two seconds.
fn dropped(runtime: &Runtime, name: &str, drop_it: impl FnOnce(&Runtime, &Sandbox, AsyncClient)) {
    let sandbox = sandbox();
    let fault = Fault { kind: FaultKind::NeverAnswer, every: 2000, ..Fault::default() };
    let silent = Action { fault: Some(fault), ..Action::default() };
    sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, silent));
    let client = with_journal(&sandbox, name);
    drop_it(runtime, &sandbox, client.clone());
    // The vendor may have it: nobody knows, and nothing more is sent.
    until(|| !client.blocking().unknown_orders().unwrap().is_empty());
    let orders = block_on(client.orders(&OrderFilter::new())).unwrap();
    let [order] = &orders[..] else { panic!("{orders:?}") };
    assert_eq!((order.status, order.order_id.as_str()), (OrderStatus::Unknown, "droppedOrder"));
    assert_eq!(requests(&sandbox, Vendor::AliyunYhkr, Operation::Verify), 1);
    // The account is as good as before.
    assert!(block_on(client.verify(zhang(), &on("aliyun_yhkr"))).is_ok());
}

fn asked(sandbox: &Sandbox) -> bool {
    requests(sandbox, Vendor::AliyunYhkr, Operation::Verify) == 1
}

#[test]
fn a_future_that_select_or_a_timeout_drops_cancels_its_call() {
    let options = || on("aliyun_yhkr").order_id("droppedOrder").timeout(Duration::from_secs(60));
    for (runtime, name) in [(one_thread(), "select-1"), (two_threads(), "select-2")] {
        dropped(&runtime, name, |runtime, sandbox, client| {
            runtime.block_on(async {
                tokio::select! {
                    _ = client.verify(zhang(), &options()) => panic!("it was answered"),
                    () = async { while !asked(sandbox) { tokio::task::yield_now().await } } => {}
                }
            });
        });
    }
    dropped(&two_threads(), "timeout", |runtime, _, client| {
        let call = async {
            tokio::time::timeout(Duration::from_secs(1), client.verify(zhang(), &options())).await
        };
        assert!(runtime.block_on(call).is_err());
    });
    dropped(&two_threads(), "abort", |runtime, sandbox, client| {
        let task = runtime.spawn(client.verify(zhang(), &options()));
        until(|| asked(sandbox));
        task.abort();
        assert!(runtime.block_on(task).unwrap_err().is_cancelled());
    });
}

#[test]
fn a_future_that_is_dropped_before_the_last_byte_leaves_sends_nothing() {
    if transport::is_reqwest() {
        // It is given the last byte before there is a connection.
        return;
    }
    let sandbox = sandbox();
    let deaf = sandbox.beside(cardwire_sandbox::Manner::Deaf).unwrap();
    let mut config = sandbox.config();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("unconnected");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    config["journal"] = folder.join("orders.db").to_string_lossy().into();
    config["connect_timeout_ms"] = 60_000.into();
    for entry in config["vendors"].as_array_mut().unwrap() {
        entry["base_url"] = format!("http://{}", deaf.address()).into();
    }
    let client = AsyncClient::from(transport::client(&config.to_string()).unwrap());
    let options = on("aliyun_yhkr").timeout(Duration::from_secs(60));
    let short = Duration::from_millis(300);
    let call = async { tokio::time::timeout(short, client.verify(zhang(), &options)).await };
    assert!(one_thread().block_on(call).is_err());
    until(|| {
        let orders = client.blocking().orders(&OrderFilter::new()).unwrap();
        orders.len() == 1 && orders[0].status == OrderStatus::NotSent
    });
}

#[test]
fn a_deadline_and_a_cancellation_end_a_future_as_they_end_a_call() {
    let sandbox = sandbox();
    let silent = Action::fault(FaultKind::NeverAnswer, 0);
    let script = Script::once(Vendor::AliyunYhkr, Operation::Verify, silent);
    sandbox.script(Script { times: 0, ..script });
    let client = client(&sandbox);
    let short = on("aliyun_yhkr").timeout(Duration::from_millis(200));
    let error = one_thread().block_on(client.verify(zhang(), &short)).unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    let cancellation = cardwire::Cancellation::new();
    let options = on("aliyun_yhkr").cancellation(&cancellation);
    let error = one_thread().block_on(async {
        let before = requests(&sandbox, Vendor::AliyunYhkr, Operation::Verify);
        let cancelled = async {
            while requests(&sandbox, Vendor::AliyunYhkr, Operation::Verify) == before {
                tokio::task::yield_now().await;
            }
            cancellation.cancel();
        };
        tokio::join!(client.verify(zhang(), &options), cancelled).0.unwrap_err()
    });
    assert_eq!(error.kind(), Kind::Cancelled);
    // A cancelled caller is not another's.
    let error = one_thread().block_on(client.verify(zhang(), &options)).unwrap_err();
    assert_eq!(error.kind(), Kind::Cancelled);
}

#[test]
fn a_blocking_call_within_a_runtime_works() {
    let sandbox = sandbox();
    let client = transport::client(&sandbox.config().to_string()).unwrap();
    let verify = || client.verify(zhang(), &on("aliyun_yhkr")).unwrap().outcome == Outcome::Match;
    assert!(one_thread().block_on(async { verify() }));
    assert!(two_threads().block_on(async { verify() }));
    let cloned = client.clone();
    let aside = move || cloned.verify(zhang(), &on("aliyun_yhkr")).is_ok();
    assert!(two_threads().block_on(async { tokio::task::spawn_blocking(aside).await.unwrap() }));
}

#[test]
fn what_the_journal_says_is_asked_for_as_futures_too() {
    let sandbox = sandbox();
    let client = with_journal(&sandbox, "asked");
    one_thread().block_on(async {
        let options = on("aliyun_yhkr").order_id("askedOrder");
        client.verify(zhang(), &options).await.unwrap();
        let order = client.find_order("askedOrder").await.unwrap().unwrap();
        assert_eq!(order.order_id, "askedOrder");
        assert_eq!(client.orders(&OrderFilter::new()).await.unwrap().len(), 1);
        assert!(client.unknown_orders().await.unwrap().is_empty());
        client.reconcile_order("askedOrder", "seen in the bill").await.unwrap();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("asked/export.jsonl");
        assert_eq!(client.export_orders(&OrderFilter::new(), &path).await.unwrap(), 1);
        assert_eq!(client.prune_orders(1).await.unwrap(), 0);
        let without = AsyncClient::from_json(&sandbox.config().to_string()).unwrap();
        assert_eq!(without.unknown_orders().await.unwrap_err().kind(), Kind::InvalidConfig);
    });
}

#[test]
fn closing_is_waited_for_and_refuses_what_comes_after() {
    let sandbox = sandbox();
    let silent = Action::fault(FaultKind::NeverAnswer, 0);
    sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, silent));
    let client = client(&sandbox);
    let same = AsyncClient::from(client.blocking().clone());
    two_threads().block_on(async {
        let call = tokio::spawn(client.verify(zhang(), &on("aliyun_yhkr")));
        while !asked(&sandbox) {
            tokio::task::yield_now().await;
        }
        same.close().await;
        assert_eq!(call.await.unwrap().unwrap_err().kind(), Kind::Cancelled);
        let error = client.verify(zhang(), &on("aliyun_yhkr")).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Closed);
    });
}
