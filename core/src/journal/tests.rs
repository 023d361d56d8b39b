use std::path::PathBuf;

use super::problem::NotBegun;
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
        own_number: None,
        reference: Some(format!("photo of {order_id}")),
        skip_answered: false,
        earlier: Vec::new(),
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
        assert_eq!(writer.intent(intent("a"), writer.claim()).await, Err(NotBegun::Used));
        writer.released("a", first).await.unwrap();
        assert_eq!(status("a"), OrderStatus::InFlight);
        writer.done("a", first, done(Sent::Yes, Billed::Yes)).await;
        assert_eq!(status("a"), OrderStatus::Answered);
        // Billed: never again under this number.
        assert_eq!(writer.intent(intent("a"), writer.claim()).await, Err(NotBegun::Used));
        let second = writer.claim();
        writer.intent(intent("b"), second).await.unwrap();
        writer.done("b", second, done(Sent::No, Billed::No)).await;
        assert_eq!(status("b"), OrderStatus::NotSent);
        let third = writer.claim();
        writer.intent(intent("b"), third).await.unwrap();
        // What the call before says of the number comes too late.
        writer.done("b", second, done(Sent::No, Billed::No)).await;
        assert_eq!(writer.released("b", second).await, Err(WriteError::Failed));
        assert_eq!(status("b"), OrderStatus::InFlight);
        writer.released("b", third).await.unwrap();
        writer.done("b", third, done(Sent::Unknown, Billed::Unknown)).await;
        assert_eq!(status("b"), OrderStatus::Unknown);
        assert_eq!(writer.intent(intent("b"), writer.claim()).await, Err(NotBegun::Used));
        assert_eq!(writer.released("nobody", writer.claim()).await, Err(WriteError::Failed));
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
    assert!(!writer.reconcile("nobody", "").unwrap());
    for (note, kept) in [
        ("on the bill of 6222020000000000000", "on the bill of ***"),
        ("card 6222 0200 0000 0000 000, told by 138-0000-0000", "card ***, told by ***"),
        ("６２２２ ０２００ ００００ ００００ ０００ / 13800000000", "*** / ***"),
        ("ID 110101 19000101 0014, １３８００００００００", "ID ***, ***"),
        ("1\u{200b}3\u{200b}800000000", "***"),
        (
            "2026-11-28 14:05 invoice 20261128, line\n3",
            "2026-11-28 14:05 invoice 20261128, line\u{fffd}3",
        ),
    ] {
        assert!(writer.reconcile("b", note).unwrap());
        assert_eq!(writer.find("b").unwrap().unwrap().note.as_deref(), Some(kept));
    }
    assert!(ids(&OrderFilter::unknown()).is_empty());
}

#[test]
fn an_order_number_that_is_used_again_on_another_day_counts_on_that_day() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let folder = Folder::new("again");
    let writer = Writer::open(&folder.file()).unwrap();
    let today = u64::try_from(store::now_ms()).unwrap() - 1000;
    let call = |end| {
        let claim = writer.claim();
        block_on(async {
            writer.intent(intent("a"), claim).await.unwrap();
            writer.released("a", claim).await.unwrap();
            writer.done("a", claim, end).await;
            writer.sent_since("wechat", today).await.unwrap()
        })
    };
    let refusal = || Done { failure: Some(Kind::RateLimited), ..done(Sent::Yes, Billed::No) };
    assert_eq!(call(refusal()), 1);
    assert_eq!(call(refusal()), 2);
    let other = rusqlite::Connection::open(folder.file()).unwrap();
    let shift = format!(
        "UPDATE orders SET sends = 1, created_ms = created_ms - {DAY}, changed_ms = changed_ms - {DAY}"
    );
    other.execute_batch(&shift).unwrap();
    assert_eq!(block_on(writer.sent_since("wechat", today)), Some(0));
    assert_eq!(call(done(Sent::Yes, Billed::Yes)), 1);
    assert_eq!(writer.find("a").unwrap().unwrap().sends, 2);
}

#[test]
fn what_is_wrong_with_a_filter_is_said_with_what_is_right() {
    let vendors = Vendor::ALL.iter().map(|vendor| vendor.name()).collect::<Vec<_>>().join(", ");
    for (filter, problem) in [
        ("[]", "a JSON object, found another text"),
        (
            r#"{"status":"open"}"#,
            "one of in_flight, not_sent, unknown, answered as \"status\", found another value",
        ),
        (r#"{"vendor":"WeChat"}"#, &format!("one of {vendors} as \"vendor\", found another value")),
        (r#"{"account":1}"#, "a text as \"account\", found another value"),
        (r#"{"limit":1.5}"#, "a whole number from 0 as \"limit\", found another value"),
    ] {
        let error = OrderFilter::from_json(filter).unwrap_err();
        assert_eq!(error.message(), format!("filter: expected {problem}"));
    }
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
        drop(writer.done(id, claim, never_sent()));
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
    drop(writer.done("twice", refused, never_sent()));
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
fn what_stands_in_place_of_an_own_number_keeps_it_from_being_used_again() {
    let folder = Folder::new("own");
    let writer = Writer::open(&folder.file()).unwrap();
    let asked = |order_id: &str, own_number: Option<&str>, reference: Option<&str>| {
        let (own_number, reference) = (own_number.map(str::to_owned), reference.map(str::to_owned));
        let intent = Intent { own_number, reference, ..intent(order_id) };
        let claim = writer.claim();
        block_on(writer.intent(intent, claim)).map(|()| claim)
    };
    let free = Done { failure: Some(Kind::QuotaExhausted), ..done(Sent::Yes, Billed::No) };
    for (name, reference) in [("row", None), ("named", Some("photo"))] {
        for (position, (end, is_free)) in [
            (Some(done(Sent::Unknown, Billed::Unknown)), false),
            (Some(done(Sent::Yes, Billed::Yes)), false),
            (Some(free.clone()), true),
            (None, false),
        ]
        .into_iter()
        .enumerate()
        {
            let number = format!("{name}{position}");
            let claim = asked(&number, Some(&number), reference).unwrap();
            block_on(writer.done(&number, claim, free.clone()));
            let other = format!("{number}b");
            let claim = asked(&other, Some(&number), reference).unwrap();
            let found = writer.find(&other).unwrap().unwrap();
            assert_eq!(found.reference.as_deref(), reference.or(Some(&number)));
            if let Some(end) = end {
                block_on(writer.done(&other, claim, end));
            }
            for reference in [None, reference, Some("another")] {
                let again = asked(&number, Some(&number), reference);
                assert_eq!(again.is_ok(), is_free, "{number}: {again:?}");
                if let Ok(claim) = again {
                    block_on(writer.done(&number, claim, free.clone()));
                }
            }
            // Made by the library, the number says nothing of other orders.
            let claim = asked(&number, None, None).unwrap();
            block_on(writer.done(&number, claim, free.clone()));
        }
    }
    // Nor does what stands in its place begin while another call has the number again, or had its result.
    for (end, is_begun) in
        [(None, false), (Some(done(Sent::Yes, Billed::Yes)), false), (Some(free.clone()), true)]
    {
        let number = format!("again{is_begun}{}", end.is_some());
        let claim = asked(&number, Some(&number), None).unwrap();
        block_on(writer.done(&number, claim, free.clone()));
        let claim = asked(&number, Some(&number), None).unwrap();
        if let Some(end) = end {
            block_on(writer.done(&number, claim, end));
        }
        let in_place = Intent {
            own_number: Some(number.clone()),
            reference: None,
            earlier: vec![number.clone()],
            ..intent(&format!("{number}b"))
        };
        assert_eq!(block_on(writer.intent(in_place, writer.claim())).is_ok(), is_begun, "{number}");
    }
    // That an order has it as its reference makes it no order in its place.
    let claim = asked("free", Some("free"), None).unwrap();
    block_on(writer.done("free", claim, free.clone()));
    asked("of it", None, Some("free")).unwrap();
    asked("free", Some("free"), None).unwrap();
}

/// On other systems nobody knows of another writer's order whether it runs.
#[cfg(target_os = "linux")]
#[test]
fn of_calls_that_ask_for_the_same_at_once_one_begins() {
    let folder = Folder::new("at-once");
    let writers = [(); 2].map(|()| Writer::open(&folder.file()).unwrap());
    let skip = |order_id: &str, reference: &str, earlier: &[&str]| Intent {
        reference: Some(reference.to_owned()),
        skip_answered: true,
        earlier: earlier.iter().map(|&order_id| order_id.to_owned()).collect(),
        ..intent(order_id)
    };
    let begin = |writer: &Writer, intent: Intent| {
        let claim = writer.claim();
        block_on(writer.intent(intent, claim)).map(|()| claim)
    };
    let refused = |intent: Intent| {
        let errors = [0, 1].map(|index| {
            let file = folder.file();
            begin(&writers[index], intent.clone()).unwrap_err().error(&file)
        });
        errors
            .map(|error| (error.kind(), error.order().unwrap().order_id.clone(), error.retryable()))
    };
    let running = (Kind::AlreadyRunning, "a".to_owned(), true);
    let first = begin(&writers[0], skip("a", "photo", &[])).unwrap();
    assert_eq!(refused(skip("b", "photo", &[])), [running.clone(), running.clone()]);
    block_on(writers[0].released("a", first)).unwrap();
    assert_eq!(refused(skip("b", "photo", &[])), [running.clone(), running]);
    // Neither another photo, nor another question, nor a call without the option is held up.
    begin(&writers[1], skip("c", "another photo", &[])).unwrap();
    begin(&writers[1], Intent { operation: Operation::Verify, ..skip("d", "photo", &[]) }).unwrap();
    // What the call itself was billed for before it failed over does not hold it up.
    let refusal = Done { failure: Some(Kind::VendorError), ..done(Sent::Yes, Billed::Yes) };
    block_on(writers[0].done("a", first, refusal));
    let second = begin(&writers[0], skip("e", "photo", &["a"])).unwrap();
    assert_eq!(refused(skip("b", "photo", &[]))[1].1, "e");
    block_on(writers[0].done("e", second, done(Sent::Yes, Billed::Yes)));
    let answered = (Kind::AlreadyAnswered, "e".to_owned(), false);
    assert_eq!(refused(skip("b", "photo", &[])), [answered.clone(), answered]);
    // Refused for free, or unknown, it is asked again.
    for (order_id, end) in [
        ("f", Done { failure: Some(Kind::RateLimited), ..done(Sent::Yes, Billed::No) }),
        ("g", done(Sent::Unknown, Billed::Unknown)),
    ] {
        let claim = begin(&writers[1], skip(order_id, "third photo", &[])).unwrap();
        block_on(writers[1].done(order_id, claim, end));
    }
    begin(&writers[0], skip("h", "third photo", &[])).unwrap();
    // An order number of the caller's serves as well as a reference.
    let own = |order_id: &str| Intent {
        own_number: Some("row1".to_owned()),
        reference: None,
        ..skip(order_id, "", &[])
    };
    let claim = begin(&writers[0], own("row1")).unwrap();
    assert_eq!(refused(own("row1"))[1].0, Kind::AlreadyRunning);
    let free = Done { failure: Some(Kind::QuotaExhausted), ..done(Sent::Yes, Billed::No) };
    block_on(writers[0].done("row1", claim, free));
    let claim =
        begin(&writers[0], Intent { earlier: vec!["row1".to_owned()], ..own("row1b") }).unwrap();
    assert_eq!(refused(own("row1"))[1].1, "row1b");
    block_on(writers[0].done("row1b", claim, done(Sent::Yes, Billed::Yes)));
    assert_eq!(refused(own("row1"))[0].0, Kind::AlreadyAnswered);
}

#[test]
fn the_newest_result_answers_for_a_reference() {
    let folder = Folder::new("answered");
    let writer = Writer::open(&folder.file()).unwrap();
    let of = |order_id: &str| Intent { reference: Some("photo".to_owned()), ..intent(order_id) };
    let answered = |order_id, reference| {
        writer
            .answered(Operation::Recognize, order_id, reference)
            .unwrap()
            .map(|order| order.order_id)
    };
    let refusal = |billed| Done { failure: Some(Kind::CardNotFound), ..done(Sent::Yes, billed) };
    for (id, end) in [
        ("sent", done(Sent::Unknown, Billed::Unknown)),
        ("free", refusal(Billed::No)),
        ("refused", refusal(Billed::Unknown)),
        ("good", done(Sent::Yes, Billed::Yes)),
        ("later", refusal(Billed::Yes)),
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
    assert_eq!(answered(Some("free"), None), None);
    assert_eq!(answered(None, Some("another")), None);
    assert_eq!(answered(None, None), None);
    // What a verification asks is another question.
    let verified = writer.answered(Operation::Verify, Some("good"), Some("photo")).unwrap();
    assert!(verified.is_none());
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
    let writer = Writer::open(&folder.file()).unwrap();
    block_on(writer.intent(intent("running"), writer.claim())).unwrap();
    let connection = rusqlite::Connection::open(folder.file()).unwrap();
    let name: String =
        connection.query_row("SELECT writer FROM orders", [], |row| row.get(0)).unwrap();
    let (file, byte) = name.rsplit_once(':').unwrap();
    let other_byte = format!("{file}:{}", byte.parse::<u64>().unwrap() ^ 1);
    let other_file = format!("1:2:{byte}");
    let boot = liveness::boot().unwrap_or("none");
    let rows = [
        ("intent", "intent", boot, &other_byte),
        ("released", "released", boot, &other_byte),
        ("olderIntent", "intent", "another start", &other_byte),
        ("olderReleased", "released", "another start", &other_byte),
        // Of a copy, or of a version that named its writers in another way: alive, for all one knows.
        ("otherIntent", "intent", boot, &other_file),
        ("strangeIntent", "intent", boot, &"4711:815".to_owned()),
    ];
    for (id, state, boot, writer) in rows {
        connection
            .execute(
                "INSERT INTO orders (order_id, vendor, account, operation, state, sends, \
                 created_ms, changed_ms, boot, writer) \
                 VALUES (?1, 'wechat', 'wechat', 'recognize', ?2, 1, 1, 1, ?3, ?4)",
                (id, state, boot, writer),
            )
            .unwrap();
    }
    let journal = Journal::open(folder.file()).unwrap();
    let status = |id: &str| journal.find_order(id).unwrap().unwrap().status;
    let same_start = liveness::boot().is_some();
    let expected = if same_start { OrderStatus::NotSent } else { OrderStatus::Unknown };
    assert_eq!(status("intent"), expected);
    for id in ["released", "olderIntent", "olderReleased", "otherIntent", "strangeIntent"] {
        assert_eq!(status(id), OrderStatus::Unknown, "{id}");
        assert_eq!(
            block_on(writer.intent(intent(id), writer.claim())),
            Err(NotBegun::Used),
            "{id}"
        );
    }
    assert_eq!(status("running"), OrderStatus::InFlight);
    // Another writer neither takes the number nor writes the end.
    let other = Writer::open(&folder.file()).unwrap();
    let claim = other.claim();
    assert_eq!(block_on(other.intent(intent("running"), claim)), Err(NotBegun::Used));
    block_on(other.done("running", claim, done(Sent::No, Billed::No)));
    block_on(other.resolve("running", done(Sent::No, Billed::No)));
    assert_eq!(status("running"), OrderStatus::InFlight);
    // What a dead process left is settled by what the vendor's record says of it.
    block_on(other.resolve("released", done(Sent::Yes, Billed::Yes)));
    assert_eq!(status("released"), OrderStatus::Answered);
    block_on(other.resolve("released", done(Sent::No, Billed::No)));
    assert_eq!(status("released"), OrderStatus::Answered);
    drop(writer);
    assert_eq!(status("running"), expected);
}

#[test]
fn a_file_that_is_no_journal_is_a_storage_error_and_stays_as_it_is() {
    let folder = Folder::new("foreign");
    let refused = |path: &Path| {
        let error = Journal::open(path).unwrap_err();
        assert_eq!(error.kind(), Kind::Storage);
        assert_eq!(error.path(), Some(path.display().to_string().as_str()));
        let (problem, file) = error.message().rsplit_once(": the file ").unwrap();
        assert_eq!(file, format!("{:?}", path.display().to_string()));
        (problem.to_owned(), error.os_error())
    };
    let is = |problem: &str| (format!("the journal cannot be used: {problem}"), None);
    let format = "expected an SQLite database in the file, found another format";
    for cut in ["S", "SQLite format 3\0", "SQLite format 3\0\x10\0\x02\x02"] {
        std::fs::write(folder.file(), cut).unwrap();
        assert_eq!(refused(&folder.file()), is(format));
    }
    std::fs::write(folder.file(), "x".repeat(5000)).unwrap();
    assert_eq!(refused(&folder.file()), is(format));
    assert_eq!(std::fs::read(folder.file()).unwrap().len(), 5000);
    let other = folder.0.join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let foreign = "expected a journal in the file, found another program's database";
    assert_eq!(refused(&other), is(foreign));
    // What is still in the log beside it is known once it is open.
    let logged = folder.0.join("logged.db");
    let connection = rusqlite::Connection::open(&logged).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)").unwrap();
    assert_eq!(refused(&logged), is("it is another program's SQLite file"));
    drop(connection);
    assert_eq!(refused(&logged), is(foreign));
    // A power cut in the first checkpoint leaves pages without the first one's name, and the log.
    let cut = folder.0.join("cut.db");
    drop(Journal::open(&cut).unwrap());
    std::fs::write(&cut, std::fs::read(&other).unwrap()).unwrap();
    std::fs::write(folder.0.join("cut.db-wal"), "a log").unwrap();
    assert!(check(&cut).is_ok());
    let newer = folder.0.join("newer.db");
    drop(Journal::open(&newer).unwrap());
    rusqlite::Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let version = "expected a journal in the file, found one of another version of this library";
    assert_eq!(refused(&newer), is(version));
    assert_eq!(refused(&folder.0), is("expected a plain file at the file, found something else"));
    let folders_name = is("expected the name of the file, found that of a folder");
    assert_eq!(refused(&folder.0.join("none/")), folders_name);
    assert_eq!(refused(Path::new("")), is("expected a path of the file, found an empty text"));
    let (problem, os_error) = refused(&folder.0.join("missing/orders.db"));
    let expected = "expected a folder of the file, found No such file or directory (os error 2)";
    assert_eq!((problem, os_error), (is(expected).0, Some(2)));
    #[cfg(unix)]
    {
        let link = folder.0.join("link.db");
        std::os::unix::fs::symlink(folder.file(), &link).unwrap();
        assert_eq!(refused(&link), is("expected a plain file at the file, found something else"));
    }
}

#[cfg(unix)]
#[test]
fn a_link_beside_it_is_neither_followed_nor_changed() {
    use std::os::unix::fs::PermissionsExt;
    for end in ["-wal", "-shm", "-journal"] {
        let folder = Folder::new(&format!("link{end}"));
        let target = folder.0.join("target");
        std::fs::write(&target, "somebody else's").unwrap();
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o644)).unwrap();
        let missing = folder.0.join("missing");
        for (target, is_there) in [(&target, true), (&missing, false)] {
            let link = folder.0.join(format!("orders.db{end}"));
            std::os::unix::fs::symlink(target, &link).unwrap();
            let error = Journal::open(folder.file()).unwrap_err();
            let file = folder.file().display().to_string();
            let expected = format!(
                "the journal cannot be used: expected plain files beside the file, found something \
                 else at its {end}: the file {file:?}"
            );
            assert_eq!((error.kind(), error.message()), (Kind::Storage, expected.as_str()));
            assert_eq!(target.exists(), is_there);
            std::fs::remove_file(&link).unwrap();
        }
        assert_eq!(std::fs::read(&target).unwrap(), b"somebody else's");
        let mode = std::fs::metadata(&target).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o644);
        Journal::open(folder.file()).unwrap();
    }
}

/// Fills a journal with orders of every status, one a second, without anybody who runs them.
fn fill(path: &Path, count: u64) {
    drop(Journal::open(path).unwrap());
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .execute_batch(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
             INSERT INTO orders (order_id, reference, vendor, account, operation, state, sends, \
                created_ms, changed_ms, writer, sent, billed, outcome, reconciled_ms) \
             SELECT printf('o%08d', i), printf('r%d', i / 2), \
                iif(i % 3, 'wechat', 'aliyun_yhkr'), iif(i % 3, 'w', 'y'), 'verify', \
                iif(i % 1000, 'done', 'released'), 1, i * 1000, i * 1000, 'nobody', \
                iif(i % 1000, CASE i % 100 WHEN 1 THEN 'unknown' WHEN 2 THEN 'no' ELSE 'yes' END, \
                    NULL), \
                'yes', 'ok', iif(i % 200 = 1, i * 1000, NULL) FROM n"
        ))
        .unwrap();
}

#[test]
fn a_long_journal_is_read_by_its_indexes_a_page_at_a_time() {
    let folder = Folder::new("long");
    fill(&folder.file(), 200_000);
    let journal = Journal::open(folder.file()).unwrap();
    let statuses = OrderStatus::ALL.iter().map(|status| OrderFilter::new().status(*status));
    let mut filters = vec![OrderFilter::new(), OrderFilter::unknown()];
    filters.extend(statuses);
    for filter in filters {
        for filter in [
            filter.clone(),
            filter.clone().account("w"),
            filter.clone().vendor(Vendor::Wechat),
            filter.clone().account("w").vendor(Vendor::Wechat),
            filter.clone().reference("r7"),
            filter.clone().since_ms(5).until_ms(500_000),
        ] {
            for plan in query::plans(&journal.reader.store(), &filter) {
                assert!(plan.starts_with("SEARCH orders USING INDEX"), "{filter:?}: {plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
            }
        }
    }
    let count = |filter: &OrderFilter| journal.orders(filter).unwrap().len();
    assert_eq!(count(&OrderFilter::new()), OrderFilter::DEFAULT_LIMIT);
    assert_eq!(count(&OrderFilter::new().reference("r7")), 2);
    // 200 that nobody ended, and 1 of 100 less those that were settled.
    assert_eq!(journal.unknown_orders().unwrap().len(), 200 + 1000);
    assert_eq!(count(&OrderFilter::new().status(OrderStatus::Unknown)), 200 + 2000);
    assert_eq!(count(&OrderFilter::new().since_ms(1_000_000).until_ms(1_005_000)), 5);
    // Page by page, without one twice or one left out.
    let filter = OrderFilter::new().status(OrderStatus::NotSent).account("w").limit(300);
    let (mut last, mut seen) = (None::<String>, Vec::new());
    loop {
        let page = match &last {
            Some(last) => journal.orders(&filter.clone().before(last)).unwrap(),
            None => journal.orders(&filter).unwrap(),
        };
        seen.extend(page.iter().map(|order| order.order_id.clone()));
        let Some(order) = page.last() else { break };
        last = Some(order.order_id.clone());
    }
    let mut sorted = seen.clone();
    sorted.sort_by(|a, b| b.cmp(a));
    sorted.dedup();
    assert_eq!((seen.len(), &sorted), (1333, &seen));
    let error = journal.orders(&OrderFilter::new().before("nobody")).unwrap_err();
    assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("filter")));
    // An export has all, as lines.
    let path = folder.0.join("orders.jsonl");
    assert_eq!(journal.export_to(&OrderFilter::new(), &path).unwrap(), 200_000);
    let text = std::fs::read_to_string(&path).unwrap();
    let newest: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!((&newest["order_id"], text.lines().count()), (&"o00200000".into(), 200_000));
    let error = journal.export_to(&OrderFilter::new(), &path).unwrap_err();
    assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("path")));
    let shown = path.display().to_string();
    assert_eq!((error.path(), error.os_error()), (Some(shown.as_str()), Some(17)));
    let expected = format!(
        "path: expected a new name for the file {shown:?}, found File exists (os error 17)"
    );
    assert_eq!(error.message(), expected);
}

#[test]
fn pruning_never_removes_what_runs_or_is_unknown() {
    let folder = Folder::new("prune");
    fill(&folder.file(), 5000);
    let writer = Writer::open(&folder.file()).unwrap();
    let claim = writer.claim();
    block_on(writer.intent(intent("running"), claim)).unwrap();
    rusqlite::Connection::open(folder.file())
        .unwrap()
        .execute_batch(
            "UPDATE orders SET created_ms = 1, changed_ms = 1 WHERE order_id = 'running'",
        )
        .unwrap();
    let journal = Journal::open(folder.file()).unwrap();
    let unknown = journal.unknown_orders().unwrap();
    let now = u64::try_from(store::now_ms()).unwrap();
    let error = journal.prune(now - 1000).unwrap_err();
    assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("before_ms")));
    let answered = block_on(async {
        let claim = writer.claim();
        writer.intent(intent("young"), claim).await.unwrap();
        writer.done("young", claim, done(Sent::Yes, Billed::Yes)).await;
        writer.find("young").unwrap()
    });
    // Only what is older: of the first 1,000, 10 are unknown, 5 of them settled, and 0 unended.
    assert_eq!(journal.prune(1_000_000).unwrap(), 999 - 5);
    let pruned = writer.prune(now - 25 * 60 * 60 * 1000).unwrap();
    assert_eq!(pruned, 5000 - (999 - 5) - u64::try_from(unknown.len()).unwrap());
    assert_eq!(journal.unknown_orders().unwrap(), unknown);
    assert_eq!(writer.find("running").unwrap().unwrap().status, OrderStatus::InFlight);
    assert_eq!(writer.find("young").unwrap(), answered);
    assert_eq!(journal.orders(&OrderFilter::new()).unwrap().len(), unknown.len() + 2);
    // Settled, they may go.
    for order in &unknown {
        journal.reconcile_order(&order.order_id, "on the bill").unwrap();
    }
    let left = u64::try_from(unknown.len()).unwrap();
    assert_eq!(journal.prune(now - 25 * 60 * 60 * 1000).unwrap(), left);
}

#[test]
fn the_first_version_s_file_is_read_on() {
    let folder = Folder::new("upgrade");
    let connection = rusqlite::Connection::open(folder.file()).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE orders (order_id TEXT PRIMARY KEY, vendor TEXT NOT NULL, \
             account TEXT NOT NULL, operation TEXT NOT NULL, state TEXT NOT NULL, \
             sends INTEGER NOT NULL, created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, \
             boot TEXT, process TEXT NOT NULL, instance TEXT NOT NULL, sent TEXT, billed TEXT, \
             outcome TEXT, vendor_code TEXT, request_id TEXT, http_status INTEGER, \
             late INTEGER NOT NULL DEFAULT 0, reconciled_ms INTEGER, note TEXT) \
             STRICT, WITHOUT ROWID; \
             CREATE INDEX orders_by_account ON orders (account, created_ms); \
             CREATE INDEX orders_by_time ON orders (created_ms); \
             CREATE INDEX open_orders ON orders (created_ms) WHERE reconciled_ms IS NULL; \
             INSERT INTO orders (order_id, vendor, account, operation, state, sends, created_ms, \
                changed_ms, process, instance, sent, billed, outcome) \
             VALUES ('a', 'wechat', 'w', 'recognize', 'done', 2, 5, 6, '1:2', 'x', 'yes', 'yes', 'ok'), \
                ('b', 'wechat', 'w', 'recognize', 'intent', 1, 7, 8, '1:2', 'x', NULL, NULL, NULL); \
             PRAGMA application_id = 1668441207; PRAGMA user_version = 1",
        )
        .unwrap();
    let journal = Journal::open(folder.file()).unwrap();
    let order = journal.find_order("a").unwrap().unwrap();
    assert_eq!((order.status, order.sends, order.changed_ms), (OrderStatus::Answered, 2, 6));
    // Nobody knows whether its writer runs.
    assert_eq!(journal.find_order("b").unwrap().unwrap().status, OrderStatus::Unknown);
    assert_eq!(journal.orders(&OrderFilter::new()).unwrap().len(), 2);
}

#[test]
fn the_second_version_s_file_is_read_on() {
    let folder = Folder::new("upgrade-second");
    let writer = Writer::open(&folder.file()).unwrap();
    for (order_id, reference, end) in [
        ("row1", None, done(Sent::Yes, Billed::No)),
        ("made", Some("row1"), done(Sent::Unknown, Billed::Unknown)),
        ("row2", Some("photo"), done(Sent::Yes, Billed::No)),
    ] {
        let claim = writer.claim();
        let reference = reference.map(str::to_owned);
        block_on(writer.intent(Intent { reference, ..intent(order_id) }, claim)).unwrap();
        block_on(writer.done(order_id, claim, end));
    }
    drop(writer);
    rusqlite::Connection::open(folder.file())
        .unwrap()
        .execute_batch(
            "DROP INDEX orders_in_place; ALTER TABLE orders DROP COLUMN own_number; \
             DELETE FROM orders WHERE order_id = 'row1'; PRAGMA user_version = 2",
        )
        .unwrap();
    let writer = Writer::open(&folder.file()).unwrap();
    assert_eq!(writer.orders(&OrderFilter::new()).unwrap().len(), 2);
    let again = |order_id: &str| {
        let own = Intent { own_number: Some(order_id.to_owned()), ..intent(order_id) };
        block_on(writer.intent(own, writer.claim()))
    };
    assert_eq!(again("row1"), Err(NotBegun::Used));
    assert_eq!(again("row2"), Ok(()));
}

#[test]
fn a_vacuum_by_another_tool_is_no_harm_and_the_file_s_own_return_ends_it() {
    let folder = Folder::new("vacuum");
    fill(&folder.file(), 20_000);
    let writer = Writer::open(&folder.file()).unwrap();
    let write = |id: &str| block_on(writer.intent(intent(id), writer.claim()));
    write("a").unwrap();
    let tool = rusqlite::Connection::open(folder.file()).unwrap();
    let before = std::fs::metadata(folder.file()).unwrap().len();
    tool.execute_batch(
        "DELETE FROM orders WHERE sent = 'yes'; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)",
    )
    .unwrap();
    assert!(std::fs::metadata(folder.file()).unwrap().len() < before);
    write("b").unwrap();
    // Taken away it is lost, and back again it is itself.
    let away = folder.0.join("away.db");
    std::fs::rename(folder.file(), &away).unwrap();
    assert_eq!(write("c"), Err(WriteError::Lost.into()));
    std::fs::copy(&away, folder.file()).unwrap();
    assert_eq!(write("c"), Err(WriteError::Lost.into()));
    std::fs::rename(&away, folder.file()).unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while write("d").is_err() {
        assert!(std::time::Instant::now() < until);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(writer.find("a").unwrap().unwrap().status, OrderStatus::InFlight);
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
