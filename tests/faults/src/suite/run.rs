//! Plays one run: sets the testbed, calls, and gathers what the library said.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cardwire::{
    CallFacts, CallOptions, Cancellation, Cardholder, Client, Config, Error, Event, Journal,
    Operation, OrderRecord, OrderStatus,
};
use cardwire_conformance::transport;
use cardwire_sandbox::{Entry, Sandbox, Vendor, magic};
use serde_json::{Value, json};

use super::case::Ask;
use super::oracle;
use super::plan::Plan;
use super::setup::{Pace, Setup, Tokens, Unwritable};
use super::testbed::Testbed;

/// Why a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Before the fault, to have tokens or an order.
    Before,
    /// Under the fault.
    Main,
    /// After the fault, as if nothing had been.
    After,
}

/// The library's statement about one call.
#[derive(Debug)]
pub struct Statement {
    pub part: Part,
    pub ask: Ask,
    pub order_id: String,
    /// `None` where there was a result.
    pub error: Option<Error>,
    pub facts: CallFacts,
    /// The code of a verification.
    pub code: Option<String>,
    /// The card number that was read.
    pub number: Option<String>,
    /// Everything that can be shown of it.
    pub shown: String,
    pub elapsed: Duration,
    pub timeout: Duration,
}

/// Everything that the oracles look at.
pub struct Evidence<'a> {
    pub plan: &'a Plan,
    pub setup: &'a Setup,
    pub told: &'a [Statement],
    /// The vendors' work in this run.
    pub ledger: &'a [Entry],
    pub connections: u64,
    pub events: &'a str,
    /// The journal's record of each order that it has; `None` without a journal.
    pub records: Option<&'a [OrderRecord]>,
    pub secrets: &'a [String],
}

/// The report of a run.
#[derive(Debug)]
pub struct Report {
    /// The run.
    pub plan: Plan,
    /// The things that the library must not have said or done.
    pub violations: Vec<String>,
    /// How many calls were made.
    pub calls: usize,
    /// How many requests the vendors executed and billed.
    pub executed: usize,
    /// How many they billed.
    pub billed: usize,
    /// The bills that the calls stated: no, unknown, yes.
    pub said: [usize; 3],
    /// How long it took.
    pub elapsed: Duration,
}

struct Caller<'a> {
    client: &'a Client,
    plan: &'a Plan,
    photo: Vec<u8>,
    names: Vec<&'static str>,
}

impl Caller<'_> {
    fn options(&self, order_id: &str, timeout: Duration) -> CallOptions {
        CallOptions::new().vendors(self.names.clone()).order_id(order_id).timeout(timeout)
    }

    fn call(
        &self,
        part: Part,
        ask: Ask,
        order_id: String,
        options: &CallOptions,
        timeout: Duration,
    ) -> Statement {
        let begun = Instant::now();
        let made = catch_unwind(AssertUnwindSafe(|| self.ask(ask, &order_id, options)));
        let elapsed = begun.elapsed();
        let mut told = made.unwrap_or_else(|_| panicked(ask));
        told.part = part;
        told.order_id = order_id;
        told.elapsed = elapsed;
        told.timeout = timeout;
        told
    }

    fn ask(&self, ask: Ask, order_id: &str, options: &CallOptions) -> Statement {
        let card = magic::DEFAULT_CARD;
        match ask {
            Ask::Recognize => match self.client.recognize(self.photo.clone(), options) {
                Ok(card) => {
                    let number = card.card_number.reveal().to_owned();
                    Statement { number: Some(number), ..good(ask, card.facts(), &card) }
                }
                Err(error) => bad(ask, error),
            },
            Ask::Verify(elements) => {
                let mut holder = Cardholder::new(card, magic::DEFAULT_NAME);
                if elements > 2 {
                    holder = holder.id_number(magic::DEFAULT_ID);
                }
                if elements > 3 {
                    holder = holder.phone(magic::DEFAULT_PHONE);
                }
                match self.client.verify(holder, options) {
                    Ok(answer) => {
                        let code = Some(answer.vendor_code.clone());
                        Statement { code, ..good(ask, answer.facts(), &answer) }
                    }
                    Err(error) => bad(ask, error),
                }
            }
            Ask::Lookup => match self.client.lookup_card(card, options) {
                Ok(answer) => {
                    let code = Some(answer.vendor_code.clone());
                    Statement { code, ..good(ask, answer.facts(), &answer) }
                }
                Err(error) => bad(ask, error),
            },
            Ask::FetchOrder => match self.client.fetch_order(order_id, options) {
                Ok(order) => {
                    let number = order.card_number.as_ref().map(|one| one.reveal().to_owned());
                    Statement { number, ..good(ask, order.facts(), &order) }
                }
                Err(error) => bad(ask, error),
            },
        }
    }
}

fn told(ask: Ask, facts: CallFacts) -> Statement {
    Statement {
        part: Part::Main,
        ask,
        order_id: String::new(),
        error: None,
        facts,
        code: None,
        number: None,
        shown: String::new(),
        elapsed: Duration::ZERO,
        timeout: Duration::ZERO,
    }
}

fn good(ask: Ask, facts: &CallFacts, answer: &impl std::fmt::Debug) -> Statement {
    Statement { shown: format!("{answer:?}"), ..told(ask, facts.clone()) }
}

fn bad(ask: Ask, error: Error) -> Statement {
    let shown = format!("{error}\n{error:?}\n{}", error.to_json());
    Statement { shown, error: Some(error.clone()), ..told(ask, error.facts().clone()) }
}

fn panicked(ask: Ask) -> Statement {
    Statement { shown: oracle::PANIC.to_owned(), ..told(ask, CallFacts::default()) }
}

fn set(config: &mut Value, pointer: &str, value: Value) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    if let Some(parent) = config.pointer_mut(parent) {
        parent[key] = value;
    }
}

/// Returns the vendors that do an operation.
fn able(operation: Operation) -> Vec<&'static str> {
    let does = |vendor: &&cardwire::Vendor| vendor.operations().contains(&operation);
    cardwire::Vendor::over_network().filter(does).map(|vendor| vendor.name()).collect()
}

fn configuration(
    plan: &Plan,
    setup: &Setup,
    testbed: &Testbed,
    journal: Option<&PathBuf>,
) -> Value {
    let case = &plan.case;
    let wrong = setup.certificate.and_then(|one| testbed.common.wrong(one));
    let mut config = wrong.unwrap_or_else(|| testbed.sandbox(case.tls)).config();
    config["retry"] = json!({
        "attempts": plan.attempts, "base_ms": 5, "throttle_base_ms": 10, "longest_ms": 50,
        "least_time_ms": 20,
    });
    if plan.failover {
        let also: &[&str] =
            if plan.also { &["vendor_failed", "unrecognized", "credentials"] } else { &[] };
        config["failover"] = json!({
            "recognize": able(Operation::Recognize), "verify": able(Operation::Verify), "also": also,
        });
    }
    if let Some(path) = journal {
        config["journal"] = path.to_string_lossy().into_owned().into();
    }
    for (pointer, value) in &setup.config {
        set(&mut config, pointer, value.clone());
    }
    config
}

/// Returns every secret of the configuration, and the person's values.
fn secrets(config: &Value, setup: &Setup) -> Vec<String> {
    let mut all = setup.secrets.clone();
    for entry in config["vendors"].as_array().into_iter().flatten() {
        for key in ["secret", "app_secret", "app_code", "secret_key", "access_token", "token"] {
            all.extend(entry[key].as_str().map(str::to_owned));
        }
    }
    let person =
        [magic::DEFAULT_CARD, magic::DEFAULT_NAME, magic::DEFAULT_ID, magic::DEFAULT_PHONE];
    all.extend(person.map(str::to_owned));
    all
}

fn refuse_writes(path: &PathBuf, what: Unwritable) -> rusqlite::Result<()> {
    let when = match what {
        Unwritable::Intent => "INSERT ON orders",
        Unwritable::Release => "UPDATE ON orders WHEN new.state = 'released'",
        Unwritable::Done => "UPDATE ON orders WHEN new.state = 'done'",
    };
    let trigger =
        format!("CREATE TRIGGER refuse BEFORE {when} BEGIN SELECT RAISE(ABORT, 'no'); END");
    rusqlite::Connection::open(path)?.execute_batch(&trigger)
}

fn strike_tokens(sandbox: &Sandbox, vendor: Vendor, tokens: Tokens) {
    match tokens {
        Tokens::Revoked => sandbox.revoke_tokens(vendor),
        Tokens::Expired => sandbox.expire_tokens(vendor),
        Tokens::Refused => sandbox.refuse_tokens(vendor),
    }
}

/// Returns the journal's records, once nothing of them changes any more or patience is over.
fn records(
    find: impl Fn(&str) -> Result<Option<OrderRecord>, Error>,
    told: &[Statement],
) -> Vec<OrderRecord> {
    let attempts = told.iter().flat_map(|one| &one.facts.attempts);
    let mut ids: Vec<&str> = attempts.map(|attempt| attempt.order_id.as_str()).collect();
    ids.extend(told.iter().filter_map(|one| one.facts.order_id.as_deref()));
    ids.sort_unstable();
    ids.dedup();
    let until = Instant::now() + Duration::from_secs(3);
    loop {
        let found = ids.iter().filter_map(|id| find(id).ok().flatten());
        let found: Vec<OrderRecord> = found.collect();
        let running = found.iter().any(|record| record.status == OrderStatus::InFlight);
        if !running || Instant::now() > until {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Plays the run.
///
/// # Panics
/// The configuration that it makes is refused.
#[must_use]
pub fn run(testbed: &Testbed, plan: Plan) -> Report {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let begun = Instant::now();
    let case = plan.case;
    let sandbox = testbed.sandbox(case.tls);
    // Nothing of the run before, however late, is part of this one.
    sandbox.reset();
    sandbox.disown();
    sandbox.reset();
    let last = sandbox.last_connection();
    let mut setup = (plan.make_setup)(&mut plan.rng.clone(), &case, sandbox);
    if plan.always && !setup.follow {
        setup = setup.always(true);
    }
    sandbox.set(setup.settings.clone());

    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let broken = setup.unwritable.map(|_| testbed.folder.join(format!("broken-{number}.db")));
    let journal = broken.clone().or_else(|| plan.journal.then(|| testbed.folder.join("orders.db")));
    let config = configuration(&plan, &setup, testbed, journal.as_ref());
    let secrets = secrets(&config, &setup);
    let events = Arc::new(Mutex::new(String::new()));
    let observer = {
        let events = Arc::clone(&events);
        move |event: &Event| {
            let text = format!("{event:?}\n{}\n", event.to_json());
            events.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
        }
    };
    let config = Config::from_json(&config.to_string())
        .unwrap_or_else(|error| panic!("seed {}: {error}", plan.seed));
    let client = Client::with_observer(transport::chosen(config), Arc::new(observer));

    let mut names = vec![case.vendor.name()];
    if plan.failover {
        names.extend(
            Vendor::ALL.map(Vendor::name).into_iter().filter(|name| *name != case.vendor.name()),
        );
    }
    let photo = testbed.photo(setup.large);
    let caller = Caller { client: &client, plan: &plan, photo, names };
    let order = |index: usize| format!("f{number:x}n{index}s{:x}", plan.seed & 0xffff_ffff);
    let ample = Duration::from_secs(20);
    let mut all = Vec::new();
    // An order to fetch, or tokens to lose.
    let first_order = order(0);
    if setup.tokens.is_some() || case.ask == Ask::FetchOrder {
        let options = caller.options(&first_order, ample);
        all.push(caller.call(Part::Before, Ask::Recognize, first_order.clone(), &options, ample));
    }
    if let Some(tokens) = setup.tokens {
        strike_tokens(sandbox, case.vendor, tokens);
    }
    if let (Some(path), Some(what)) = (&broken, setup.unwritable) {
        let _ = client.find_order("none");
        refuse_writes(path, what).unwrap_or_else(|error| panic!("seed {}: {error}", plan.seed));
    }
    setup.scripts.iter().for_each(|script| sandbox.script(script.clone()));

    let timeout = if setup.pace == Pace::Slow { plan.short_timeout } else { plan.timeout };
    let timeout = setup.timeout_ms.map_or(timeout, Duration::from_millis);
    let calls = if setup.follow { 1 } else { plan.calls };
    let cancellation = Cancellation::new();
    let results: Vec<Statement> = std::thread::scope(|scope| {
        let running: Vec<_> = (1..=calls)
            .map(|index| {
                let (caller, cancellation) = (&caller, &cancellation);
                let order =
                    if case.ask == Ask::FetchOrder { first_order.clone() } else { order(index) };
                scope.spawn(move || {
                    let options = caller.options(&order, timeout).cancellation(cancellation);
                    caller.call(Part::Main, caller.plan.case.ask, order, &options, timeout)
                })
            })
            .collect();
        if let Some(after) = setup.cancel_after_ms {
            std::thread::sleep(Duration::from_millis(after));
            cancellation.cancel();
        }
        if let Some(after) = setup.close_after_ms {
            std::thread::sleep(Duration::from_millis(after));
            client.close();
        }
        running.into_iter().filter_map(|call| call.join().ok()).collect()
    });
    all.extend(results);
    if setup.follow {
        // A connection that was closed is heard of before the next request.
        std::thread::sleep(Duration::from_millis(30));
        let id = order(9);
        let ask = if case.ask == Ask::FetchOrder { Ask::Recognize } else { case.ask };
        let options = caller.options(&id, ample);
        all.push(caller.call(Part::After, ask, id, &options, ample));
    }

    let records = journal.as_ref().map(|path| match setup.close_after_ms {
        None => records(|id| client.find_order(id), &all),
        // A client that was closed reads no orders.
        Some(_) => records(|id| Journal::open(path)?.find_order(id), &all),
    });
    if plan.seed.count_ones().is_multiple_of(2) {
        client.close();
    }
    drop(client);
    if all.iter().any(|one| one.facts.sent != cardwire::Sent::Yes) {
        // What was cut off may still arrive.
        std::thread::sleep(Duration::from_millis(10));
    }
    let connections = sandbox.last_connection() - last;
    let mut ledger = sandbox.ledger();
    ledger.retain(|entry| entry.connection > last);
    let events = events.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let evidence = Evidence {
        plan: &plan,
        setup: &setup,
        told: &all,
        ledger: &ledger,
        connections,
        events: &events,
        records: records.as_deref(),
        secrets: &secrets,
    };
    let violations = oracle::judge(&evidence);
    if let Some(path) = broken {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
    let mut said = [0; 3];
    all.iter().for_each(|one| said[one.facts.billed as usize] += 1);
    Report {
        violations,
        calls: all.len(),
        executed: ledger.iter().filter(|entry| entry.executed && oracle::is_billed(entry)).count(),
        billed: ledger.iter().filter(|entry| entry.billed).count(),
        said,
        elapsed: begun.elapsed(),
        plan,
    }
}
