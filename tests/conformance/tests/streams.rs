//! Batches as streams: on every flavour of runtime and on none, inputs that are awaited while results come,
//! batches that are dropped, cancelled and closed.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cardwire::{
    AsyncClient, BatchInput, BatchOptions, CallOptions, Cancellation, Cardholder, Image, Kind,
    OrderFilter, OrderStatus, Sent,
};
use cardwire_conformance::transport;
use cardwire_sandbox::{Action, Fault, FaultKind, Operation, Options, Sandbox, Script, Vendor};
use futures_executor::block_on;
use futures_util::stream::{self, StreamExt as _};

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

fn client(sandbox: &Sandbox) -> AsyncClient {
    AsyncClient::from(transport::client(&sandbox.config().to_string()).unwrap())
}

fn zhang() -> Cardholder {
    Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014")
}

fn numbered(index: usize) -> BatchInput<Cardholder> {
    BatchInput::new(zhang()).order_id(format!("stream{index}"))
}

fn on_yhkr(concurrency: usize) -> BatchOptions {
    BatchOptions::new().concurrency(concurrency).call(CallOptions::new().vendor("aliyun_yhkr"))
}

fn is_silent(sandbox: &Sandbox) {
    let silent = Action::fault(FaultKind::NeverAnswer, 0);
    let script = Script::once(Vendor::AliyunYhkr, Operation::Verify, silent);
    sandbox.script(Script { times: 0, ..script });
}

fn arrived(sandbox: &Sandbox) -> usize {
    sandbox.ledger().iter().filter(|entry| entry.operation == Operation::Verify).count()
}

async fn all_of_them(client: AsyncClient) {
    let (given, taken) = (Cell::new(0), Cell::new(0));
    let inputs = stream::iter(0..20).map(|index| {
        given.set(given.get() + 1);
        assert!(given.get() - taken.get() <= 3, "no more inputs are there than calls in flight");
        numbered(index)
    });
    let mut results = client.verify_many(inputs, &on_yhkr(3));
    let mut seen = BTreeSet::new();
    while let Some(item) = results.next().await {
        taken.set(taken.get() + 1);
        let order_id = item.result.unwrap().order_id().map(str::to_owned);
        assert_eq!(order_id, Some(format!("stream{}", item.index)));
        seen.insert(item.index);
    }
    assert_eq!(seen, (0..20).collect());
    assert!(results.next().await.is_none());

    let photo = cardwire_test_images::load("icbc-debit.jpg");
    let photos = stream::iter([Image::bytes(photo), Image::bytes(&b"none"[..])]);
    let results = client.recognize_many(photos, &BatchOptions::new());
    let mut kinds: Vec<_> =
        results.map(|item| (item.index, item.result.err().map(|e| e.kind()))).collect().await;
    kinds.sort_by_key(|(index, _)| *index);
    assert_eq!(kinds, [(0, None), (1, Some(Kind::InvalidArgument))]);
}

#[test]
fn a_batch_is_a_stream_on_every_flavour_of_runtime_and_without_one() {
    use tokio::runtime::Builder;
    let one_thread = Builder::new_current_thread().build().unwrap();
    let two_threads = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    one_thread.block_on(all_of_them(client(&sandbox())));
    two_threads.block_on(all_of_them(client(&sandbox())));
    block_on(all_of_them(client(&sandbox())));
}

#[test]
fn results_come_while_an_input_is_awaited() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let inputs = stream::unfold(receiver, |mut receiver| async {
        let input: BatchInput<Cardholder> = receiver.recv().await?;
        Some((input, receiver))
    });
    let mut results = client.verify_many(inputs, &on_yhkr(4));
    block_on(async {
        for index in 0..3 {
            sender.send(numbered(index)).await.unwrap();
            assert_eq!(results.next().await.unwrap().index, index);
        }
        drop(sender);
        assert!(results.next().await.is_none());
    });
}

#[test]
fn a_stream_is_send_and_waits_in_another_task() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let results = client.verify_many(stream::iter((0..4).map(numbered)), &on_yhkr(2));
    drop(client);
    assert_eq!(runtime.block_on(runtime.spawn(results.count())).unwrap(), 4);
}

#[test]
fn a_stream_that_is_dropped_cancels_its_calls_and_the_journal_has_every_order() {
    let sandbox = sandbox();
    // The connections close after three seconds.
    let silent = Fault { kind: FaultKind::NeverAnswer, every: 3000, ..Fault::default() };
    let silent = Action { fault: Some(silent), ..Action::default() };
    let script = Script::once(Vendor::AliyunYhkr, Operation::Verify, silent);
    sandbox.script(Script { times: 0, ..script });
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stream-dropped");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let mut config = sandbox.config();
    config["journal"] = folder.join("orders.db").to_string_lossy().into();
    let client = AsyncClient::from(transport::client(&config.to_string()).unwrap());
    let mut results = client.verify_many(stream::iter((0..).map(numbered)), &on_yhkr(3));
    assert!(pin!(results.next()).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    while arrived(&sandbox) < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(results);
    let orders = loop {
        let orders = block_on(client.orders(&OrderFilter::new())).unwrap();
        if orders.iter().all(|order| order.status != OrderStatus::InFlight) {
            break orders;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut numbers: Vec<_> = orders.iter().map(|order| order.order_id.as_str()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, ["stream0", "stream1", "stream2"]);
    assert!(orders.iter().all(|order| order.status == OrderStatus::Unknown));
}

#[test]
fn a_cancellation_and_the_deadline_of_each_call_end_a_stream() {
    let sandbox = sandbox();
    is_silent(&sandbox);
    let client = client(&sandbox);
    let short = CallOptions::new().vendor("aliyun_yhkr").timeout(Duration::from_millis(200));
    let options = BatchOptions::new().concurrency(2).call(short);
    let kinds: Vec<_> = block_on(
        client
            .verify_many(stream::iter((0..3).map(numbered)), &options)
            .map(|item| item.result.unwrap_err().kind())
            .collect(),
    );
    assert_eq!(kinds, [Kind::Timeout; 3]);

    let cancellation = Cancellation::new();
    let call = CallOptions::new().vendor("aliyun_yhkr").cancellation(&cancellation);
    let options = BatchOptions::new().concurrency(2).call(call);
    let before = arrived(&sandbox);
    // Inputs without an end: none is taken after the cancellation.
    let mut results = client.verify_many(stream::iter((0..).map(numbered)), &options);
    assert!(pin!(results.next()).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    while arrived(&sandbox) < before + 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    cancellation.cancel();
    let ended: Vec<_> = block_on(results.collect());
    assert_eq!(ended.len(), 2);
    for item in ended {
        let error = item.result.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (Kind::Cancelled, Sent::Unknown));
        assert_eq!(error.facts().order_id, Some(format!("stream{}", item.index)));
    }
}

#[test]
fn every_input_of_a_closed_client_ends_with_closed() {
    let client = client(&sandbox());
    block_on(client.close());
    let results = client.verify_many(stream::iter((0..40).map(numbered)), &on_yhkr(4));
    let kinds: Vec<_> = block_on(results.map(|item| item.result.unwrap_err().kind()).collect());
    assert_eq!(kinds, [Kind::Closed; 40]);
}

#[test]
fn inputs_that_panic_are_asked_for_no_more() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let inputs =
        stream::iter(0..).map(|index| if index == 2 { panic!("no") } else { numbered(index) });
    let mut results = client.verify_many(inputs, &on_yhkr(4));
    let mut poll = || match pin!(results.next()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(item) => item.map(|item| item.index),
        Poll::Pending => Some(usize::MAX),
    };
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut poll));
    assert!(panicked.is_err());
    let mut seen: Vec<_> = block_on(results.map(|item| item.index).collect());
    seen.sort_unstable();
    assert_eq!(seen, [0, 1]);
}
