use std::path::PathBuf;

use super::store::Store;
use super::*;
use crate::Vendor;
use crate::error::Kind;
use crate::facts::{Billed, Sent};
use crate::vendors::Operation;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("cardwire-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).unwrap();
        Folder(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("orders.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// For a future that is polled once and left.
fn unwoken() -> std::task::Context<'static> {
    std::task::Context::from_waker(std::task::Waker::noop())
}

fn intent(order_id: &str) -> Intent {
    Intent {
        order_id: order_id.to_owned(),
        reference: Some(format!("photo of {order_id}")),
        vendor: Vendor::Wechat,
        account: "wechat".to_owned(),
        operation: Operation::Recognize,
    }
}

fn done(sent: Sent, billed: Billed) -> Done {
    Done {
        sent,
        billed,
        failure: None,
        vendor_code: Some("6222020000000000000".to_owned()),
        request_id: Some("id".to_owned()),
        http_status: Some(200),
        late: false,
    }
}

#[test]
fn an_order_goes_through_its_states() {
    let folder = Folder::new("states");
    let writer = Writer::open(&folder.file()).unwrap();
    let status = |id: &str| writer.find(id).unwrap().unwrap().status;
    block_on(async {
        let first = writer.claim();
        writer.intent(intent("a"), first).await.unwrap();
        assert_eq!(status("a"), OrderStatus::InFlight);
        assert_eq!(writer.intent(intent("a"), writer.claim()).await, Err(Unwritten::Used));
        writer.released("a", first).await.unwrap();
        assert_eq!(status("a"), OrderStatus::InFlight);
        writer.done("a", first, done(Sent::Yes, Billed::Yes)).await;
        assert_eq!(status("a"), OrderStatus::Answered);
        // Billed: never again under this number.
        assert_eq!(writer.intent(intent("a"), writer.claim()).await, Err(Unwritten::Used));
        let second = writer.claim();
        writer.intent(intent("b"), second).await.unwrap();
        writer.done("b", second, done(Sent::No, Billed::No)).await;
        assert_eq!(status("b"), OrderStatus::NotSent);
        let third = writer.claim();
        writer.intent(intent("b"), third).await.unwrap();
        // What the call before says of the number comes too late.
        writer.done("b", second, done(Sent::No, Billed::No)).await;
        assert_eq!(writer.released("b", second).await, Err(Unwritten::Failed));
        assert_eq!(status("b"), OrderStatus::InFlight);
        writer.released("b", third).await.unwrap();
        writer.done("b", third, done(Sent::Unknown, Billed::Unknown)).await;
        assert_eq!(status("b"), OrderStatus::Unknown);
        assert_eq!(writer.intent(intent("b"), writer.claim()).await, Err(Unwritten::Used));
        assert_eq!(writer.released("nobody", writer.claim()).await, Err(Unwritten::Failed));
        assert_eq!(writer.sent_since("wechat", 0).await, Some(3));
        assert_eq!(writer.sent_since("other", 0).await, Some(0));
    });
    let order = writer.find("b").unwrap().unwrap();
    assert_eq!((order.sends, order.vendor), (2, Some(Vendor::Wechat)));
    // Something long and numeric is not kept, whoever sent it.
    assert_eq!(order.vendor_code.as_deref(), Some("***"));
    let ids = |filter: &OrderFilter| -> Vec<String> {
        writer.orders(filter).unwrap().into_iter().map(|order| order.order_id).collect()
    };
    assert_eq!(ids(&OrderFilter::unknown()), ["b"]);
    assert_eq!(ids(&OrderFilter::new().limit(1)).len(), 1);
    assert!(ids(&OrderFilter::new().vendor(Vendor::AliyunYhkr)).is_empty());
    assert_eq!(ids(&OrderFilter::new().until_ms(1)).len(), 0);
    let filter = OrderFilter::from_json(r#"{"status": "answered", "account": "wechat"}"#).unwrap();
    assert_eq!(ids(&filter), ["a"]);
    assert_eq!(ids(&OrderFilter::new().reference("photo of b")), ["b"]);
    assert!(ids(&OrderFilter::new().reference("photo of")).is_empty());
    assert!(writer.reconcile("b", "on the bill of 6222020000000000000").unwrap());
    assert!(!writer.reconcile("nobody", "").unwrap());
    assert!(ids(&OrderFilter::unknown()).is_empty());
    let note = writer.find("b").unwrap().unwrap().note;
    assert_eq!(note.as_deref(), Some("on the bill of ***"));
}

#[test]
fn an_intent_whose_caller_goes_is_ended_by_whoever_has_its_claim() {
    let folder = Folder::new("abandoned");
    let writer = Writer::open(&folder.file()).unwrap();
    let status = |id: &str| writer.find(id).unwrap().map(|order| order.status);
    let never_sent = || done(Sent::No, Billed::No);
    // Queued and left, whether or not the thread came to it; written and left; released and left.
    for (id, wait, release) in
        [("queued", false, false), ("written", true, false), ("released", true, true)]
    {
        let claim = writer.claim();
        let mut waiting = Box::pin(writer.intent(intent(id), claim));
        let _ = waiting.as_mut().poll(&mut unwoken());
        while wait && status(id).is_none() {
            std::thread::yield_now();
        }
        drop(waiting);
        if release {
            let _ = Box::pin(writer.released(id, claim)).as_mut().poll(&mut unwoken());
        }
        writer.done_soon(id, claim, never_sent());
        // Behind everything that was queued.
        block_on(writer.sent_since("wechat", 0)).unwrap();
        assert_eq!(status(id), Some(OrderStatus::NotSent), "{id}");
        let again = writer.claim();
        block_on(writer.intent(intent(id), again)).unwrap();
        block_on(writer.done(id, again, done(Sent::Yes, Billed::Yes)));
        assert_eq!(status(id), Some(OrderStatus::Answered), "{id}");
    }
    // Refused: the end of the later call is not the end of the one that runs.
    let (runs, refused) = (writer.claim(), writer.claim());
    block_on(writer.intent(intent("twice"), runs)).unwrap();
    drop(Box::pin(writer.intent(intent("twice"), refused)));
    writer.done_soon("twice", refused, never_sent());
    block_on(writer.sent_since("wechat", 0)).unwrap();
    assert_eq!(status("twice"), Some(OrderStatus::InFlight));
}

#[test]
fn an_end_that_cannot_be_written_is_written_later() {
    let folder = Folder::new("backlog");
    let writer = Writer::open(&folder.file()).unwrap();
    let claim = writer.claim();
    block_on(writer.intent(intent("a"), claim)).unwrap();
    block_on(writer.released("a", claim)).unwrap();
    let other = rusqlite::Connection::open(folder.file()).unwrap();
    other
        .execute_batch(
            "CREATE TRIGGER refuse BEFORE UPDATE ON orders WHEN new.state = 'done' \
             BEGIN SELECT RAISE(ABORT, 'no'); END",
        )
        .unwrap();
    block_on(writer.done("a", claim, done(Sent::Yes, Billed::Yes)));
    assert_eq!(writer.find("a").unwrap().unwrap().status, OrderStatus::Unknown);
    other.execute_batch("DROP TRIGGER refuse").unwrap();
    // With whatever is written next.
    block_on(writer.intent(intent("b"), writer.claim())).unwrap();
    let order = writer.find("a").unwrap().unwrap();
    assert_eq!((order.status, order.billed), (OrderStatus::Answered, Billed::Yes));
}

#[test]
fn the_newest_result_answers_for_a_reference() {
    let folder = Folder::new("answered");
    let writer = Writer::open(&folder.file()).unwrap();
    let of = |order_id: &str| Intent { reference: Some("photo".to_owned()), ..intent(order_id) };
    let answered = |order_id, reference| {
        writer.answered(order_id, reference).unwrap().map(|order| order.order_id)
    };
    let refusal = || Done { failure: Some(Kind::VendorUnavailable), ..done(Sent::Yes, Billed::No) };
    for (id, end) in [
        ("sent", done(Sent::Unknown, Billed::Unknown)),
        ("refused", refusal()),
        ("good", done(Sent::Yes, Billed::Yes)),
        ("later", refusal()),
    ] {
        let claim = writer.claim();
        block_on(writer.intent(of(id), claim)).unwrap();
        assert_ne!(answered(None, Some("photo")).as_deref(), Some(id));
        block_on(writer.done(id, claim, end));
    }
    assert_eq!(answered(None, Some("photo")).as_deref(), Some("good"));
    assert_eq!(answered(Some("later"), Some("photo")).as_deref(), Some("good"));
    assert_eq!(answered(Some("refused"), None).as_deref(), Some("refused"));
    assert_eq!(answered(Some("sent"), None), None);
    assert_eq!(answered(None, Some("another")), None);
    assert_eq!(answered(None, None), None);
}

#[test]
fn a_tool_reads_and_settles_what_a_client_wrote() {
    let folder = Folder::new("tool");
    let writer = Writer::open(&folder.file()).unwrap();
    block_on(async {
        let (a, b) = (writer.claim(), writer.claim());
        writer.intent(intent("a"), a).await.unwrap();
        writer.released("a", a).await.unwrap();
        writer.intent(intent("b"), b).await.unwrap();
        writer.done("b", b, done(Sent::Unknown, Billed::Unknown)).await;
    });
    let journal = Journal::open(folder.file()).unwrap();
    assert_eq!(journal.find_order("a").unwrap().unwrap().status, OrderStatus::InFlight);
    assert_eq!(journal.unknown_orders().unwrap().len(), 1);
    journal.reconcile_order("b", "not on the bill").unwrap();
    assert!(journal.unknown_orders().unwrap().is_empty());
    let error = journal.reconcile_order("nobody", "").unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidArgument);
    let list = OrderRecord::list_to_json(&journal.orders(&OrderFilter::new()).unwrap());
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 2);
}

#[test]
fn what_a_dead_process_left_is_read_by_the_table() {
    let folder = Folder::new("dead");
    drop(Store::open(&folder.file(), String::new()).unwrap());
    let connection = rusqlite::Connection::open(folder.file()).unwrap();
    let boot = process::boot().unwrap_or("none");
    for (id, state, boot) in [
        ("intent", "intent", boot),
        ("released", "released", boot),
        ("olderIntent", "intent", "another start"),
        ("olderReleased", "released", "another start"),
    ] {
        connection
            .execute(
                "INSERT INTO orders (order_id, vendor, account, operation, state, sends, \
                 created_ms, changed_ms, boot, process, instance) \
                 VALUES (?1, 'wechat', 'wechat', 'recognize', ?2, 1, 1, 1, ?3, '999999999:1', 'x')",
                (id, state, boot),
            )
            .unwrap();
    }
    let journal = Journal::open(folder.file()).unwrap();
    let status = |id: &str| journal.find_order(id).unwrap().unwrap().status;
    let same_start = process::boot().is_some();
    let expected = if same_start { OrderStatus::NotSent } else { OrderStatus::Unknown };
    assert_eq!(status("intent"), expected);
    assert_eq!(status("released"), OrderStatus::Unknown);
    assert_eq!(status("olderIntent"), OrderStatus::Unknown);
    assert_eq!(status("olderReleased"), OrderStatus::Unknown);
}

#[test]
fn a_file_that_is_no_journal_is_a_storage_error_and_stays_as_it_is() {
    let folder = Folder::new("foreign");
    let refused = |path: &Path| {
        let error = Journal::open(path).unwrap_err();
        assert_eq!(error.kind(), Kind::Storage);
        error.message().to_owned()
    };
    std::fs::write(folder.file(), "x".repeat(5000)).unwrap();
    assert_eq!(refused(&folder.file()), "the journal is not a journal: it is not an SQLite file");
    assert_eq!(std::fs::read(folder.file()).unwrap().len(), 5000);
    let other = folder.0.join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert_eq!(refused(&other), "the journal is another program's SQLite file");
    assert_eq!(refused(&folder.0), "the journal is not a plain file");
    refused(&folder.0.join("missing/orders.db"));
    #[cfg(unix)]
    {
        let link = folder.0.join("link.db");
        std::os::unix::fs::symlink(folder.file(), &link).unwrap();
        assert_eq!(refused(&link), "the journal is not a plain file");
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("mode");
    std::fs::write(folder.file(), "").unwrap();
    std::fs::set_permissions(folder.file(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let writer = Writer::open(&folder.file()).unwrap();
    block_on(writer.intent(intent("a"), writer.claim())).unwrap();
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}
