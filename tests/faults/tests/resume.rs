//! A batch of photos whose program is killed again and again goes on: every photo is answered, and none
//! is billed twice but those whose order the journal lists as unknown. `CARDWIRE_PHOTOS` says how
//! many (200), `CARDWIRE_BATCH_KILLS` how often (6), `CARDWIRE_SEED` replays.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cardwire::{
    BatchInput, BatchOptions, Billed, CallOptions, Cardholder, Client, Image, Journal, Kind,
    OrderFilter, OrderRecord, OrderStatus, Sent,
};
use cardwire_faults::photos::reference;
use cardwire_sandbox::{
    Action, Entry, Operation, Options, RawAnswer, Sandbox, Script, Settings, Vendor,
};
use serde_json::json;

/// The events at which the program can be killed.
const POINTS: [&str; 5] = ["intent", "attempt_started", "released", "done", "attempt_ended"];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The results that the program reported of each photo: outcome and order number.
type ProgramReport = BTreeMap<usize, (String, String)>;

/// How one run of the program ends.
enum End {
    Point(&'static str, u64),
    After(Duration),
    ByItself,
}

fn run(config: &Path, photos: usize, end: &End) -> ProgramReport {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardwire-fault-batch"));
    command.arg(config).arg(photos.to_string()).stdout(Stdio::piped()).stderr(Stdio::null());
    if let End::Point(event, count) = end {
        command.args([*event, &count.to_string()]);
    }
    let mut child = command.spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut told = ProgramReport::new();
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let words: Vec<&str> = line.split(' ').collect();
            // The last line of a killed program may be a piece of one.
            if let [index, outcome, order_id] = words.as_slice() {
                let index = index.parse().unwrap();
                told.insert(index, ((*outcome).to_owned(), (*order_id).to_owned()));
            }
        }
        told
    });
    if let End::After(time) = end {
        thread::sleep(*time);
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    assert!(!matches!(end, End::ByItself) || status.success());
    reader.join().unwrap()
}

/// Returns the photos' requests, when the vendor has finished with what reached it.
fn ledger(sandbox: &Sandbox) -> Vec<Entry> {
    let mut last = sandbox.ledger().len();
    let mut quiet = 0;
    while quiet < 4 {
        thread::sleep(Duration::from_millis(25));
        let now = sandbox.ledger().len();
        quiet = if now == last { quiet + 1 } else { 0 };
        last = now;
    }
    let of_photo = |entry: &Entry| entry.operation == Operation::Recognize && entry.executed;
    sandbox.ledger().into_iter().filter(of_photo).collect()
}

#[test]
fn a_batch_that_is_killed_goes_on_and_bills_no_answered_photo_twice() {
    let photos = number("CARDWIRE_PHOTOS", 200) as usize;
    let kills = number("CARDWIRE_BATCH_KILLS", 6);
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let mut seed = number("CARDWIRE_SEED", clock);
    println!("CARDWIRE_SEED={seed}");
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("resume-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let mut settings = sandbox.settings();
    settings.latency_ms = 10;
    sandbox.set(settings);
    let mut config = sandbox.config();
    let vendors = config["vendors"].as_array_mut().unwrap();
    vendors.retain(|entry| entry["vendor"] == json!(Vendor::TencentKyc.name()));
    let file = folder.join("journal.db");
    config["journal"] = file.to_string_lossy().into();
    let path = folder.join("config.json");
    std::fs::write(&path, config.to_string()).unwrap();

    let mut results: HashMap<usize, String> = HashMap::new();
    let mut keep = |told: &ProgramReport| {
        for (index, (outcome, order_id)) in told {
            if outcome == "ok" {
                let earlier = results.insert(*index, order_id.clone());
                assert_eq!(earlier, None, "photo {index} was asked again after its result");
            }
        }
    };
    // No more than their share of the photos a run: the last one finds some left.
    let share = (photos as u64 / (kills + 1)).max(1);
    for kill in 0..kills {
        let end = match kill % 2 {
            0 => End::Point(POINTS[(kill / 2) as usize % POINTS.len()], 1 + random(share)),
            _ => End::After(Duration::from_millis(50 + random(10 * share))),
        };
        keep(&run(&path, photos, &end));
    }
    let last = run(&path, photos, &End::ByItself);
    keep(&last);

    let journal = Journal::open(&file).unwrap();
    let orders = journal.orders(&OrderFilter::new().limit(usize::MAX)).unwrap();
    let by_id: HashMap<&str, &OrderRecord> =
        orders.iter().map(|order| (order.order_id.as_str(), order)).collect();
    let unknown = journal.unknown_orders().unwrap();
    let unknown: HashSet<&str> = unknown.iter().map(|order| order.order_id.as_str()).collect();

    // What the vendor executed, by the photo itself: its length.
    let executed = ledger(&sandbox);
    let shortest = executed.iter().map(|entry| entry.body_bytes).min().unwrap();
    let mut of_photo: HashMap<usize, Vec<&str>> = HashMap::new();
    for entry in &executed {
        let order_id = entry.order_no.as_deref().unwrap();
        let index = (entry.body_bytes - shortest) / 4;
        let order = by_id.get(order_id).unwrap_or_else(|| panic!("{order_id} is not written down"));
        assert_eq!(order.reference, Some(reference(index)), "{order_id}");
        of_photo.entry(index).or_default().push(order_id);
    }
    let client = Client::from_json(&config.to_string()).unwrap();
    let fetched = |order_id: &str| {
        let order = client.fetch_order(order_id, &CallOptions::new()).unwrap();
        assert!(order.card_number.is_some(), "{order_id}");
    };
    let (mut repeated, mut unstored) = (0, 0);
    for index in 0..photos {
        let found = journal.orders(&OrderFilter::new().reference(reference(index))).unwrap();
        let is_answered = |order: &&OrderRecord| order.status == OrderStatus::Answered;
        let answered: Vec<&OrderRecord> = found.iter().filter(is_answered).collect();
        let [answer] = answered.as_slice() else {
            panic!("photo {index} was answered {} times: {found:?}", answered.len())
        };
        assert_eq!(answer.outcome.as_deref(), Some("ok"));
        let sent = &of_photo[&index];
        assert!(sent.contains(&answer.order_id.as_str()));
        for order_id in sent.iter().filter(|order_id| **order_id != answer.order_id) {
            assert!(
                unknown.contains(order_id),
                "photo {index}: {order_id} is billed and not listed"
            );
            repeated += 1;
        }
        // Every photo is told of at the end, with the order that answered it.
        let (outcome, order_id) = &last[&index];
        assert_eq!(order_id, &answer.order_id, "photo {index}");
        assert!(matches!(outcome.as_str(), "ok" | "already_answered"), "photo {index}: {outcome}");
        match results.get(&index) {
            Some(stored) => assert_eq!(stored, &answer.order_id),
            // The vendor keeps what the killed program lost.
            None => {
                fetched(&answer.order_id);
                unstored += 1;
            }
        }
    }
    fetched(&last[&0].1);
    println!(
        "{photos} photos, {kills} kills: {} executed, {} unknown, of them {repeated} executed and \
         asked again, {unstored} answered whose result the killed program did not hand on",
        executed.len(),
        unknown.len()
    );
    let _ = std::fs::remove_dir_all(&folder);
}

/// Returns a client for `tencent_kyc` and `aliyun_yhkr` with these keys besides.
fn client(sandbox: &Sandbox, more: &serde_json::Value) -> Client {
    let mut config = sandbox.config();
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    Client::from_json(&config.to_string()).unwrap()
}

fn zhang() -> Cardholder {
    Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014")
}

#[test]
fn a_reference_is_printable_and_holds_no_number_of_a_person() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let client = client(&sandbox, &json!({}));
    let too_long = "a".repeat(65);
    for (reference, found) in [
        ("", "expected 1 to 64 printable characters, found 0 characters"),
        ("a\nb", "expected 1 to 64 printable characters, found U+000A as character 2"),
        ("证\u{200b}b", "expected 1 to 64 printable characters, found U+200B as character 2"),
        (&too_long, "expected 1 to 64 printable characters, found 65 characters"),
        (
            "card 6222 0200 0000 0000 000",
            "expected no number of a person, as it is stored and logged, found what looks like a card number",
        ),
        (
            "card 6222_0200_0000_0000_000.jpg",
            "expected no number of a person, as it is stored and logged, found what looks like a card number",
        ),
        (
            "of-110101190001010014",
            "expected no number of a person, as it is stored and logged, found what looks like an ID number",
        ),
        (
            "138-0000-0000.jpg",
            "expected no number of a person, as it is stored and logged, found what looks like a phone number",
        ),
    ] {
        let options = CallOptions::new().reference(reference);
        let error = client.verify(zhang(), &options).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidArgument, "{reference:?}");
        assert_eq!(error.argument_name(), Some("reference"), "{reference:?}");
        let message = error.message();
        assert!(message.starts_with(&format!("reference: {found}")), "{message}");
        assert!(reference.is_empty() || !error.to_string().contains(reference));
    }
    assert_eq!(sandbox.ledger().len(), 0);
    let longest = "证".repeat(64);
    for reference in ["1", "照片/2026 年/0001.jpg", longest.as_str()] {
        client.verify(zhang(), &CallOptions::new().reference(reference)).unwrap();
    }
}

/// The library's order numbers begin with the time in hexadecimal digits.
#[test]
fn an_order_number_of_the_library_s_own_is_never_refused() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let client = client(&sandbox, &json!({}));
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let permit = format!("{time:012x}")[..6].to_owned();
    let holder = Cardholder::new("6222020000000000000", "张三").id_number(&permit);
    if let Err(error) = client.verify(holder, &CallOptions::new()) {
        assert_eq!(error.argument_name(), None, "{error}");
    }
    // It reached the vendor.
    assert_ne!(sandbox.ledger().len(), 0);
}

#[test]
fn what_is_known_as_answered_is_told_with_its_order_and_not_sent() {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("skip-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let file = folder.join("journal.db");
    let client = client(&sandbox, &json!({"journal": file.to_string_lossy()}));
    let skip = || CallOptions::new().skip_answered(true);

    let first = client.verify(zhang(), &skip().reference("row 1").order_id("row1")).unwrap();
    let requests = sandbox.ledger().len();
    for options in [
        skip().reference("row 1"),
        skip().order_id("row1"),
        skip().reference("another").order_id("row1"),
    ] {
        let error = client.verify(zhang(), &options).unwrap_err();
        assert_eq!(error.kind(), Kind::AlreadyAnswered);
        // Nothing of this call was sent or billed; the order says what was of that one.
        assert_eq!((error.sent(), error.billed()), (Sent::No, Billed::No));
        assert_eq!((error.order_id(), error.vendor()), (Some("row1"), first.vendor()));
        let order = error.order().unwrap();
        assert_eq!(Some(order), client.find_order("row1").unwrap().as_ref());
        assert_eq!(order.reference.as_deref(), Some("row 1"));
        assert_eq!((order.sent, order.billed), (Sent::Yes, first.billed()));
        let told: serde_json::Value = serde_json::from_str(&error.to_json()).unwrap();
        let order: serde_json::Value = serde_json::from_str(&order.to_json()).unwrap();
        assert_eq!(told["order"], order);
    }
    assert_eq!(sandbox.ledger().len(), requests);

    // Without the option, and under another reference, it is asked.
    client.verify(zhang(), &CallOptions::new().reference("row 1")).unwrap();
    client.verify(zhang(), &skip().reference("row 2")).unwrap();
    assert_eq!(sandbox.ledger().len(), requests + 2);
    assert_eq!(client.orders(&OrderFilter::new().reference("row 1")).unwrap().len(), 2);

    // In a batch each item has its own.
    let inputs = ["row 2", "row 3"].map(|row| BatchInput::new(zhang()).reference(row));
    let options = BatchOptions::new().call(skip());
    let mut items: Vec<_> = client.verify_many(inputs, &options).collect();
    items.sort_by_key(|item| item.index);
    assert_eq!(items[0].result.as_ref().unwrap_err().kind(), Kind::AlreadyAnswered);
    assert!(items[1].result.is_ok());

    // What could never be told again, and what no journal keeps, is refused rather than repeated.
    let error = client.verify(zhang(), &skip()).unwrap_err();
    assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("reference")));
    let without = self::client(&sandbox, &json!({}));
    let error = without.verify(zhang(), &skip().reference("row 1")).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidConfig);
    let _ = std::fs::remove_dir_all(&folder);
}

/// On other systems a client knows of its own calls alone whether they run.
#[cfg(target_os = "linux")]
#[test]
fn of_clients_that_ask_for_the_same_at_once_one_is_billed() {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("at-once-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    // Every call of the others begins while the first waits for its answer, and none is refused for its rate.
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let rates = BTreeMap::from([(Vendor::AliyunYhkr, 0)]);
    sandbox.set(Settings { latency_ms: 300, rates, ..sandbox.settings() });
    let file = folder.join("journal.db");
    let clients: Vec<Client> =
        (0..4).map(|_| client(&sandbox, &json!({"journal": file.to_string_lossy()}))).collect();
    const ROWS: usize = 40;
    let (mut results, mut running) = (vec![0; ROWS], 0);
    std::thread::scope(|scope| {
        let runs: Vec<_> = clients
            .iter()
            .map(|client| {
                scope.spawn(|| {
                    let inputs = (0..ROWS)
                        .map(|row| BatchInput::new(zhang()).reference(format!("row {row}")));
                    let call = CallOptions::new().skip_answered(true).vendor("aliyun_yhkr");
                    let options = BatchOptions::new().call(call);
                    client.verify_many(inputs, &options).collect::<Vec<_>>()
                })
            })
            .collect();
        for item in runs.into_iter().flat_map(|run| run.join().unwrap()) {
            let Err(error) = item.result else {
                results[item.index] += 1;
                continue;
            };
            assert_eq!((error.sent(), error.billed()), (Sent::No, Billed::No));
            let order = error.order().unwrap_or_else(|| panic!("{error:?}"));
            assert_eq!(error.order_id(), Some(order.order_id.as_str()));
            assert_eq!(order.reference.as_deref(), Some(format!("row {}", item.index).as_str()));
            if error.kind() == Kind::AlreadyRunning {
                assert_eq!(order.status, OrderStatus::InFlight);
                running += 1;
            }
        }
    });
    assert!(results.iter().all(|&results| results == 1), "{results:?}");
    assert_eq!(sandbox.counts(Vendor::AliyunYhkr).billed, ROWS as u64);
    assert_ne!(running, 0, "no two calls met");
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn what_another_account_answered_is_found_by_the_caller_s_own_number() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("own-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let file = folder.join("journal.db");
    let lists = json!({"verify": ["aliyun_yhkr", "tencent_faceid"]});
    let client = client(&sandbox, &json!({"journal": file.to_string_lossy(), "failover": lists}));
    let accounts = ["aliyun_yhkr", "tencent_faceid"];
    let own =
        |number: &str| CallOptions::new().skip_answered(true).vendors(accounts).order_id(number);
    let verify = |number: &str| client.verify(zhang(), &own(number));

    // The first account was asked, and its package is used up: the next one has another number.
    let header = ("X-Ca-Error-Code".to_owned(), "B403MQ".to_owned());
    let answer = RawAnswer { status: 403, headers: vec![header], ..RawAnswer::default() };
    let action = Action { answer: Some(answer), ..Action::default() };
    sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Any, action));
    let answered = verify("row1").unwrap();
    let number = answered.facts.order_id.clone().unwrap();
    assert_ne!(number, "row1");
    let found = client.orders(&OrderFilter::new().reference("row1")).unwrap();
    assert_eq!(
        found.iter().map(|order| order.order_id.as_str()).collect::<Vec<_>>(),
        [number.as_str()]
    );
    let error = verify("row1").unwrap_err();
    assert_eq!((error.kind(), error.order_id()), (Kind::AlreadyAnswered, Some(number.as_str())));

    // It is not asked, since it refused a while ago: the number goes on.
    let answered = verify("row2").unwrap();
    assert_eq!(answered.facts.order_id.as_deref(), Some("row2"));
    assert_eq!(answered.facts.vendor, Some(cardwire::Vendor::TencentFaceid));
    let error = verify("row2").unwrap_err();
    assert_eq!((error.kind(), error.order_id()), (Kind::AlreadyAnswered, Some("row2")));
    assert_eq!(sandbox.counts(Vendor::TencentFaceid).billed, 2);

    // Another question under the same name is asked.
    let named = || CallOptions::new().skip_answered(true).reference("row 3");
    client.verify(zhang(), &named()).unwrap();
    let photo = Image::bytes(cardwire_test_images::load("icbc-debit.jpg"));
    client.recognize(photo, &named().vendor("wechat")).unwrap();
    let _ = std::fs::remove_dir_all(&folder);
}
