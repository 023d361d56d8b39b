//! What a client tells of its calls, and of the health of its accounts.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cardwire::bindings::{CallContext, observed, with_context};
use cardwire::schema::{RECORDS, Record};
use cardwire::{
    AccountHealth, AsyncClient, BatchOptions, Billed, BlockScope, BreakerState, CallOptions,
    Cardholder, Client, Config, Event, Kind, Level, OrderStatus, Sent,
};
use cardwire_conformance::{events_page, transport};
use cardwire_sandbox::{Action, FaultKind, Operation, Options, Sandbox, Script, Vendor};
use serde_json::{Value, json};

/// A client with what it told.
struct Watched {
    client: Client,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Watched {
    fn new(config: &Value) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&events);
        let config = transport::chosen(Config::from_json(&config.to_string()).unwrap());
        let observer = move |event: &Event| told.lock().unwrap().push(event.clone());
        Watched { client: Client::with_observer(config, Arc::new(observer)), events }
    }

    /// Takes the events that came, of a name.
    fn take(&self, name: &str) -> Vec<Event> {
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        events.into_iter().filter(|event| event.name() == name).collect()
    }

    fn names(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.events.lock().unwrap()).iter().map(Event::name).collect()
    }

    fn verify(&self, options: &CallOptions) -> Result<cardwire::Verification, cardwire::Error> {
        self.client.verify(zhang(), options)
    }

    fn health(&self, account: &str) -> AccountHealth {
        let health = self.client.health().unwrap();
        health.into_iter().find(|one| one.account == account).unwrap()
    }
}

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

fn zhang() -> Cardholder {
    Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014")
}

/// Returns a configuration of one account, with these keys besides.
fn one(sandbox: &Sandbox, vendor: &str, more: Value) -> Value {
    let config = sandbox.config();
    let of_vendor = |entry: &&Value| entry["vendor"] == vendor;
    let mut entry = config["vendors"].as_array().unwrap().iter().find(of_vendor).unwrap().clone();
    for (key, value) in more.as_object().unwrap() {
        entry[key] = value.clone();
    }
    json!({"vendors": [entry]})
}

#[test]
fn the_reference_page_is_that_of_the_schema() {
    if std::env::var_os("CARDWIRE_WRITE_EVENTS").is_some() {
        std::fs::write(events_page::path(), events_page::page()).unwrap();
    }
    let kept = std::fs::read_to_string(events_page::path()).unwrap_or_default();
    assert!(kept == events_page::page(), "{}: run make events", events_page::path().display());
}

#[test]
fn the_pages_on_telemetry_name_every_event() {
    let is_event = |record: &&&Record| record.fields.iter().any(|field| field.name == "event");
    for name in ["../telemetry.md", "../zh/telemetry.md"] {
        let page = std::fs::read_to_string(events_page::path().with_file_name(name)).unwrap();
        for record in RECORDS.iter().filter(is_event) {
            assert!(page.contains(&format!("`{}`", record.name)), "{name}: {}", record.name);
        }
    }
}

#[test]
fn an_attempt_and_a_call_tell_what_was_sent_and_billed() {
    let sandbox = sandbox();
    let watched = Watched::new(&one(&sandbox, "tencent_faceid", json!({})));
    let answer = watched.verify(&CallOptions::new().order_id("told0001")).unwrap();
    let events = std::mem::take(&mut *watched.events.lock().unwrap());
    let [started, begun, ended, over] = &events[..] else { panic!("{events:?}") };
    assert_eq!((started.name(), started.level()), ("call_started", Level::Debug));
    assert!(events.iter().all(|event| event.call() == started.call() && event.call() > 0));
    let Event::AttemptStarted { server_address, server_port, attempt: 1, .. } = begun else {
        panic!("{begun:?}")
    };
    assert_eq!(server_address.as_deref(), Some("127.0.0.1"));
    assert!(server_port.is_some_and(|port| port > 0));
    let Event::AttemptEnded { billed, sent, request_id, http_status, failure: None, .. } = ended
    else {
        panic!("{ended:?}")
    };
    assert_eq!((*billed, *sent, *http_status), (answer.billed(), Sent::Yes, Some(200)));
    assert_eq!((request_id.as_deref(), request_id.is_some()), (answer.request_id(), true));
    let Event::CallEnded { order_id, attempts: 1, failure: None, sent, billed, .. } = over else {
        panic!("{over:?}")
    };
    assert_eq!((order_id.as_deref(), *sent, *billed), (Some("told0001"), Sent::Yes, Billed::Yes));
    assert!(over.text().starts_with(&format!("call_ended call={} operation=verify", over.call())));
    assert_eq!(over.level(), Level::Info);

    // The number of another call, and one that is refused before it is sent.
    let error = watched.client.lookup_card("622202", &CallOptions::new()).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidArgument);
    let events = std::mem::take(&mut *watched.events.lock().unwrap());
    let names: Vec<_> = events.iter().map(|event| (event.name(), event.level())).collect();
    let expected = [
        ("call_started", Level::Debug),
        ("request_refused", Level::Warn),
        ("call_ended", Level::Warn),
    ];
    assert_eq!(names, expected);
    assert_ne!(events[0].call(), started.call());
    assert!(
        events[1]
            .text()
            .ends_with("operation=lookup_card reason=argument outcome=invalid_argument")
    );

    // No account takes it; and a number of the cardholder's own is not told.
    let url = cardwire::Image::url("https://photos.example/card.jpg");
    watched.client.recognize(url, &CallOptions::new()).unwrap_err();
    let refused = watched.take("request_refused").pop().unwrap();
    assert!(refused.text().ends_with("reason=argument outcome=unsupported"), "{refused}");
    let number = CallOptions::new().order_id("110101190001010014");
    watched.verify(&number).unwrap_err();
    let ended = watched.take("call_ended").pop().unwrap();
    assert!(!ended.to_json().contains("110101190001010014"), "{ended}");

    // A closed client takes no calls.
    watched.client.close();
    watched.verify(&CallOptions::new()).unwrap_err();
    watched.client.lookup_card("622202", &CallOptions::new()).unwrap_err();
    assert_eq!(watched.names(), [""; 0]);
}

#[test]
fn what_admission_refuses_or_holds_back_is_told() {
    let sandbox = sandbox();
    let watched = Watched::new(&one(&sandbox, "aliyun_yhkr", json!({"daily_quota": 2})));
    for left in [1, 0] {
        watched.verify(&CallOptions::new()).unwrap();
        let taken = watched.take("quota_unit_taken").pop().unwrap();
        let Event::QuotaUnitTaken { quota_left, quota_limit: 2, .. } = taken else {
            panic!("{taken}")
        };
        assert_eq!((quota_left, watched.health("aliyun_yhkr").quota_left), (left, Some(left)));
    }
    watched.verify(&CallOptions::new()).unwrap_err();
    let refused = watched.take("request_refused").pop().unwrap();
    let Event::RequestRefused { reason, account, failure, order_id, .. } = &refused else {
        panic!("{refused}")
    };
    assert_eq!((*reason, *failure), ("quota", Kind::QuotaExhausted));
    assert_eq!((account.as_deref(), order_id.is_some()), (Some("aliyun_yhkr"), true));

    let rate = json!({"requests_per_second": 4});
    let watched = Watched::new(&one(&sandbox, "aliyun_yhkr", rate));
    assert_eq!(watched.health("aliyun_yhkr").requests_per_second, Some(4.0));
    for _ in 0..4 {
        watched.verify(&CallOptions::new()).unwrap();
    }
    assert_eq!(watched.take("rate_permit_waited"), []);
    watched.verify(&CallOptions::new()).unwrap();
    let waited = watched.take("rate_permit_waited").pop().unwrap();
    let Event::RatePermitWaited { duration, .. } = waited else { panic!("{waited}") };
    assert!(duration > Duration::from_millis(300), "{duration:?}");

    // The vendor refuses the account, and it is left alone.
    let watched = Watched::new(&one(&sandbox, "tencent_faceid", json!({})));
    let arrears = Action::code("UnauthorizedOperation.Arrears").executes(false);
    sandbox.script(Script::once(Vendor::TencentFaceid, Operation::Verify, arrears));
    watched.verify(&CallOptions::new()).unwrap_err();
    watched.verify(&CallOptions::new()).unwrap_err();
    let refused = watched.take("request_refused").pop().unwrap();
    assert!(refused.text().contains("reason=account_blocked"), "{refused}");
    let health = watched.health("tencent_faceid");
    let [block] = &health.blocks[..] else { panic!("{health:?}") };
    assert_eq!((block.scope, block.failure), (BlockScope::Account, Kind::QuotaExhausted));
    assert_eq!(block.vendor_code.as_deref(), Some("UnauthorizedOperation.Arrears"));
    assert!(block.until_ms > 0 && block.size == 1);

    // A result that says the vendor was asked about this card too often blocks it too.
    let watched = Watched::new(&one(&sandbox, "tencent_faceid", json!({})));
    sandbox.script(Script::once(Vendor::TencentFaceid, Operation::Verify, Action::code("-18")));
    assert_eq!(watched.verify(&CallOptions::new()).unwrap().vendor_code, "-18");
    let refused = watched.verify(&CallOptions::new()).unwrap_err();
    let health = watched.health("tencent_faceid");
    let [block] = &health.blocks[..] else { panic!("{health:?}") };
    assert_eq!((block.scope, block.failure), (BlockScope::Parameters, refused.kind()));
    assert_eq!((refused.kind(), block.vendor_code.as_deref()), (Kind::RateLimited, Some("-18")));
}

#[test]
fn the_end_of_an_order_is_told_after_it_is_written_down() {
    let sandbox = sandbox();
    let journal = Path::new(env!("CARGO_TARGET_TMPDIR")).join("events.db");
    let _ = std::fs::remove_file(&journal);
    let mut config = one(&sandbox, "aliyun_yhkr", json!({}));
    config["journal"] = json!(journal);
    let watched = Watched::new(&config);
    let late = Action::fault(FaultKind::DelayMs, 1000);
    sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, late));
    let options = CallOptions::new().timeout(Duration::from_millis(500));
    let failed = watched.verify(&options).unwrap_err();
    assert_eq!((failed.kind(), failed.sent()), (Kind::Timeout, Sent::Unknown));
    // The answer comes when the caller has gone.
    let states = || -> Vec<&'static str> {
        let events = watched.events.lock().unwrap();
        let state = |event: &Event| match event {
            Event::OrderWritten { state, .. } => Some(*state),
            _ => None,
        };
        events.iter().filter_map(state).collect()
    };
    while states().last() != Some(&"done") {
        std::thread::yield_now();
    }
    assert_eq!(states(), ["intent", "released", "done"]);
    let order = watched.client.find_order(failed.order_id().unwrap()).unwrap().unwrap();
    assert!(order.late && order.status == OrderStatus::Answered, "{order:?}");
}

#[test]
fn an_observer_that_panics_changes_no_call() {
    let sandbox = sandbox();
    let config = transport::chosen(Config::from_json(&sandbox.config().to_string()).unwrap());
    let observer = |event: &Event| panic!("{} is too much", event.name());
    let client = Client::with_observer(config, Arc::new(observer));
    let options = CallOptions::new().vendor("aliyun_yhkr");
    assert_eq!(client.verify(zhang(), &options).unwrap().billed(), Billed::Yes);
    let futures = AsyncClient::from(client);
    let answer = futures_executor::block_on(futures.verify(zhang(), &options));
    assert_eq!(answer.unwrap().billed(), Billed::Yes);
}

#[test]
fn a_breaker_that_opens_is_told_once_and_shown() {
    let sandbox = sandbox();
    let mut config = one(&sandbox, "aliyun_yhkr", json!({}));
    config["retry"] = json!({"attempts": 1});
    let watched = Watched::new(&config);
    let fault = || Action::fault(FaultKind::CloseAfterRead, 0);
    for _ in 0..20 {
        sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, fault()));
        watched.verify(&CallOptions::new()).unwrap_err();
    }
    let changed = watched.take("breaker_changed");
    let [Event::BreakerChanged { breaker_before, breaker_after, .. }] = &changed[..] else {
        panic!("{changed:?}")
    };
    assert_eq!((*breaker_before, *breaker_after), (BreakerState::Closed, BreakerState::Open));
    assert_eq!(changed[0].level(), Level::Warn);
    let health = watched.health("aliyun_yhkr");
    assert_eq!(health.breaker, BreakerState::Open);
    assert!(health.breaker_until_ms.is_some());
    watched.verify(&CallOptions::new()).unwrap_err();
    let refused = watched.take("request_refused").pop().unwrap();
    assert!(refused.text().contains("reason=breaker outcome=vendor_unavailable"), "{refused}");
}

#[test]
fn health_shows_tokens_by_their_age_and_requests_in_flight() {
    let sandbox = sandbox();
    let watched = Watched::new(&sandbox.config());
    let before = watched.health("wechat");
    assert_eq!((before.token_since_ms, before.in_flight), (None, 0));
    let photo = cardwire_test_images::load("icbc-debit.jpg");
    watched.client.recognize(photo, &CallOptions::new().vendor("wechat")).unwrap();
    let after = watched.health("wechat");
    assert!(after.token_since_ms.unwrap() < after.token_until_ms.unwrap());
    let json: Value =
        serde_json::from_str(&AccountHealth::list_to_json(&watched.client.health().unwrap()))
            .unwrap();
    assert_eq!(json[1]["account"], "wechat");
    assert!(!json.to_string().contains("token\":"));

    let client = watched.client.clone();
    let counted = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&counted);
    sandbox.script(Script::once(
        Vendor::AliyunYhkr,
        Operation::Verify,
        Action::fault(FaultKind::NeverAnswer, 0),
    ));
    std::thread::scope(|scope| {
        let call = scope.spawn(|| {
            let options = CallOptions::new().vendor("aliyun_yhkr");
            client.verify(zhang(), &options.timeout(Duration::from_secs(20)))
        });
        let waiting = loop {
            let health = watched.health("aliyun_yhkr");
            if health.in_flight > 0 {
                break health.in_flight;
            }
            std::thread::yield_now();
        };
        seen.lock().unwrap().push(waiting);
        watched.client.close();
        assert!(call.join().unwrap().is_err());
    });
    assert_eq!(*counted.lock().unwrap(), [1]);
    assert_eq!(watched.client.health().unwrap_err().kind(), Kind::Closed);
}

#[test]
fn the_events_of_a_call_have_the_context_of_its_options() {
    let sandbox = sandbox();
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&told);
    let config = Config::from_json(&sandbox.config().to_string()).unwrap();
    let client = observed(transport::chosen(config), move |event, context| {
        let context = context.and_then(CallContext::get::<u64>).copied();
        seen.lock().unwrap().push((event.name(), context));
    });
    let options = |context: u64| {
        with_context(CallOptions::new().vendor("aliyun_yhkr"), CallContext::new(context))
    };
    client.verify(zhang(), &options(7)).unwrap();
    client.verify(zhang(), &CallOptions::new().vendor("aliyun_yhkr")).unwrap();
    let batch = BatchOptions::new().call(options(9));
    assert_eq!(client.verify_many([zhang(), zhang()], &batch).count(), 2);
    let told = told.lock().unwrap();
    let counts = [Some(7), None, Some(9)]
        .map(|context| told.iter().filter(|(_, found)| *found == context).count());
    assert_eq!(counts, [4, 4, 8], "{told:?}");
}
