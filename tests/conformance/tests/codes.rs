//! Every row of codes and statuses, driven through the real client: how often the vendor is asked,
//! what is said about the bill, what is blocked afterwards, and whether another account is asked.

use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock};
use std::thread;

use cardwire::reference::{Row, code, codes, status, unknown_code};
use cardwire::{
    Billed, CallFacts, CallOptions, Cardholder, Client, Error, Image, Kind, Sent, Vendor,
};
use cardwire_conformance::codes_page::{page, path};
use cardwire_sandbox::{
    Action, Operation, Options, RawAnswer, Sandbox, Script, Settings, Vendor as Listener,
};
use cardwire_test_images::{Format, solid};
use serde_json::{Value, json};

/// The words of `failover.also`.
const WORDS: [&str; 3] = ["unrecognized", "credentials", "vendor_failed"];

/// The attempts of a call where the configuration says nothing.
const ATTEMPTS: usize = 3;

const CARD: &str = "6222020000000000000";

/// A code in the answer to an operation, named as in the table.
#[derive(Clone)]
struct Case {
    vendor: Vendor,
    operation: &'static str,
    code: String,
    action: Action,
    row: Row,
}

/// Two machines of the vendors: one that the cases break, and one that works.
struct Machines {
    broken: Sandbox,
    sound: Sandbox,
}

/// The end of a call.
struct CallEnd {
    facts: CallFacts,
    failure: Option<Kind>,
}

fn listener(vendor: Vendor) -> Listener {
    Listener::from_name(vendor.name()).unwrap()
}

fn scripted(operation: &str) -> Operation {
    match operation {
        "recognize" => Operation::Recognize,
        "fetch_order" => Operation::FetchOrder,
        "token" => Operation::Token,
        _ => Operation::Verify,
    }
}

/// Returns the operations for which a configuration lists who else may be asked.
fn list(operation: &str) -> &str {
    match operation {
        "recognize" | "token" | "fetch_order" => "recognize",
        "lookup_card" => "lookup_card",
        _ => "verify",
    }
}

impl Machines {
    fn start() -> Self {
        let start = || {
            let settings = Settings::without_rates();
            Sandbox::start(Options { settings, ..Options::default() }).unwrap()
        };
        Machines { broken: start(), sound: start() }
    }

    /// Returns a configuration of two accounts of a vendor, the first at the broken machine.
    fn config(&self, vendor: Vendor) -> Value {
        let entry = |sandbox: &Sandbox, name: &str| {
            let config = sandbox.config();
            let of_vendor = |entry: &&Value| entry["vendor"] == vendor.name();
            let mut entry =
                config["vendors"].as_array().unwrap().iter().find(of_vendor).unwrap().clone();
            entry["name"] = name.into();
            entry["requests_per_second"] = 1_000_000.into();
            if vendor == Vendor::Wechat {
                // Its other endpoint would hand the same token out again.
                entry["token_endpoint"] = "token".into();
            }
            entry
        };
        json!({
            "vendors": [entry(&self.broken, "first"), entry(&self.sound, "second")],
            "retry": {"base_ms": 1, "throttle_base_ms": 1, "least_time_ms": 0},
            "timeout_ms": 20_000,
        })
    }

    /// Requests other than for tokens.
    fn asked(sandbox: &Sandbox, vendor: Vendor, operation: &str) -> usize {
        let wanted = match operation {
            "token" => Operation::Recognize,
            operation => scripted(operation),
        };
        let fits = |entry: &&cardwire_sandbox::Entry| {
            entry.vendor == listener(vendor) && entry.operation == wanted
        };
        sandbox.ledger().iter().filter(fits).count()
    }

    fn begin(&self, vendor: Vendor, operation: &str, action: &Action) {
        self.broken.reset();
        self.sound.reset();
        let script = Script::once(listener(vendor), scripted(operation), action.clone());
        self.broken.script(Script { times: 0, ..script });
    }
}

fn seen<T>(result: Result<T, Error>, facts: impl Fn(&T) -> CallFacts) -> CallEnd {
    match result {
        Ok(answer) => CallEnd { facts: facts(&answer), failure: None },
        Err(error) => CallEnd { facts: error.facts().clone(), failure: Some(error.kind()) },
    }
}

fn call(client: &Client, operation: &str, card: &str, options: &CallOptions) -> CallEnd {
    let holder = || {
        let holder = Cardholder::new(card, "张三");
        match operation {
            "verify2" => holder,
            "verify4" => holder.id_number("110101190001010014").phone("13800000000"),
            _ => holder.id_number("110101190001010014"),
        }
    };
    match operation {
        "recognize" | "token" => {
            let photo = Image::bytes(picture());
            seen(client.recognize(photo, options), |card| card.facts().clone())
        }
        "fetch_order" => {
            seen(client.fetch_order("anyOrder1", options), |order| order.facts().clone())
        }
        "lookup_card" => seen(client.lookup_card(card, options), |answer| answer.facts().clone()),
        _ => seen(client.verify(holder(), options), |answer| answer.facts().clone()),
    }
}

/// Returns a small one: what is on it is nothing to the table.
fn picture() -> Vec<u8> {
    static PICTURE: OnceLock<Vec<u8>> = OnceLock::new();
    PICTURE.get_or_init(|| solid(Format::Png, 64, 64)).clone()
}

/// Returns how the sandbox is made to answer a code.
fn answering(vendor: Vendor, code: &str, reach: &str) -> Action {
    let by_header = match reach {
        // The classic gateway says it in words alone.
        "sentence" => Some(("X-Ca-Error-Message", code.to_owned())),
        "prefix" => Some(("X-Ca-Error-Code", format!("{code}ZZ"))),
        _ => None,
    };
    if let Some((name, value)) = by_header {
        let headers = vec![
            ("X-Ca-Request-Id".to_owned(), "2D1A7E9C-5B0F-4C38-9A44-0F6E3B7C1D20".to_owned()),
            (name.to_owned(), value),
        ];
        let answer = RawAnswer { status: 403, headers, ..RawAnswer::default() };
        return Action { answer: Some(answer), ..Action::default() };
    }
    if vendor == Vendor::AliyunYhkr && code.len() == 1 {
        return Action::code(&format!("state:{code}"));
    }
    Action::code(code)
}

/// Returns the operations that a vendor's codes answer. A ticket has those of every answer.
fn operations(vendor: Vendor) -> Vec<&'static str> {
    let mut operations = Vec::new();
    for row in codes(vendor) {
        for numbering in row.numberings {
            if !operations.contains(&numbering) {
                operations.push(numbering);
            }
        }
    }
    operations
}

/// Returns a case for every code of every row.
fn coded() -> VecDeque<Case> {
    let mut cases = VecDeque::new();
    for vendor in Vendor::over_network().copied() {
        for row in codes(vendor) {
            for operation in operations(vendor) {
                if !row.numberings.is_empty() && !row.numberings.contains(&operation) {
                    continue;
                }
                cases.push_back(Case {
                    vendor,
                    operation,
                    code: row.name.clone(),
                    action: answering(vendor, &row.name, row.reach),
                    row: code(vendor, operation, &row.name),
                });
            }
        }
        let unknown = if vendor == Vendor::TencentFaceid { "Nobody.Knows" } else { "987654" };
        let operation = operations(vendor)[0];
        let action = answering(vendor, unknown, "code");
        cases.push_back(Case {
            vendor,
            operation,
            code: unknown.to_owned(),
            action,
            row: unknown_code(),
        });
    }
    cases
}

/// Returns a case for every row about a status, at every vendor.
fn bare_statuses() -> VecDeque<Case> {
    let mut cases = VecDeque::new();
    for vendor in Vendor::over_network().copied() {
        for number in [302, 400, 401, 403, 404, 408, 413, 425, 429, 450, 500, 502, 503, 504, 599] {
            cases.push_back(Case {
                vendor,
                operation: operations(vendor)[0],
                code: format!("http:{number}"),
                action: Action::answer(number, "<html>no vendor wrote this</html>"),
                row: status(number),
            });
        }
    }
    cases
}

/// Returns how many requests of a call reach the account, where nothing else holds them back.
fn requests(row: &Row, timeout_ms: u64) -> usize {
    match row.follows.retry {
        "none" => 1,
        "once" | "token" | "nonce" | "clock" => 2,
        _ if row.follows.after_ms > timeout_ms => 1,
        _ => ATTEMPTS,
    }
}

fn billed_of(row: &Row) -> &'static str {
    row.billed.map_or("unknown", Billed::slug)
}

fn check(machines: &Machines, case: &Case) -> Result<(), String> {
    let Case { vendor, operation, action, row, .. } = case;
    let config = machines.config(*vendor);
    let (broken, sound) = (&machines.broken, &machines.sound);
    let asked = |sandbox| Machines::asked(sandbox, *vendor, operation);
    let is = |what: &str, found: String, expected: String| {
        if found == expected { Ok(()) } else { Err(format!("{what}: {found}, not {expected}")) }
    };
    let first = CallOptions::new().vendor("first");

    machines.begin(*vendor, operation, action);
    let timeout_ms = if row.follows.after_ms >= 10_000 { 5_000 } else { 20_000 };
    let mut patient = config.clone();
    patient["timeout_ms"] = timeout_ms.into();
    let client = Client::from_json(&patient.to_string()).map_err(|error| error.to_string())?;
    let found = call(&client, operation, CARD, &first);
    let (expected, billed, sent) = match *operation {
        // No call is made without a token.
        "token" => (0, "no", Sent::No),
        // Asking for an order costs nothing.
        "fetch_order" => (requests(row, timeout_ms), "no", Sent::Yes),
        _ => (requests(row, timeout_ms), billed_of(row), Sent::Yes),
    };
    is("requests", asked(broken).to_string(), expected.to_string())?;
    is("attempts", found.facts.attempts.len().to_string(), expected.to_string())?;
    is("billed", found.facts.billed.to_string(), billed.to_owned())?;
    is("sent", found.facts.sent.to_string(), sent.to_string())?;
    for attempt in &found.facts.attempts {
        is("attempt billed", attempt.billed.to_string(), billed.to_owned())?;
    }

    if row.follows.retry == "none" && *operation != "token" && *operation != "fetch_order" {
        let before = asked(broken);
        let again = call(&client, operation, CARD, &first);
        let expected = if row.follows.block.is_some() { 0 } else { 1 };
        is("asked again later", (asked(broken) - before).to_string(), expected.to_string())?;
        if let Some((blocked, _)) = row.follows.block {
            is("blocked, sent", again.facts.sent.to_string(), Sent::No.to_string())?;
            is("blocked, billed", again.facts.billed.to_string(), Billed::No.to_string())?;
            let other = call(&client, operation, "6222020000000000018", &first);
            let goes = blocked == "parameters";
            is(
                "blocked, others too",
                (other.facts.sent == Sent::Yes).to_string(),
                goes.to_string(),
            )?;
        }
    }

    // Elsewhere, with every other word and then with its own.
    let word = WORDS.iter().find(|word| **word == row.follows.failover);
    let others: Vec<_> = WORDS.into_iter().filter(|other| Some(other) != word).collect();
    let own = word.map_or_else(|| WORDS.to_vec(), |word| vec![*word]);
    let listed = *operation != "fetch_order";
    for (also, may) in
        [(others, row.follows.failover == "yes"), (own, row.follows.failover != "never")]
    {
        let mut config = config.clone();
        config["failover"] = json!({"also": also});
        config["failover"][list(operation)] = json!(["second"]);
        // A wait that is hardly ever short enough, so that attempts are left for the other account.
        for key in ["base_ms", "throttle_base_ms", "longest_ms"] {
            config["retry"][key] = 3_600_000.into();
        }
        config["timeout_ms"] = 5_000.into();
        machines.begin(*vendor, operation, action);
        let client = Client::from_json(&config.to_string()).map_err(|error| error.to_string())?;
        let found = call(&client, operation, CARD, &CallOptions::new());
        let used = asked(broken).max(usize::from(*operation == "token"));
        let goes = listed && may && used < ATTEMPTS;
        let what = format!("elsewhere with {also:?} after {used}");
        is(&what, asked(sound).to_string(), usize::from(goes).to_string())?;
        if goes {
            is("elsewhere", format!("{:?}", found.failure), "None".to_owned())?;
            is("account", format!("{:?}", found.facts.account), "Some(\"second\")".to_owned())?;
            let own = if operation == &"token" { "no" } else { billed_of(row) };
            let bills: Vec<_> =
                found.facts.attempts.iter().map(|one| one.billed.to_string()).collect();
            is(
                "bill of the first",
                bills.iter().rev().nth(1).cloned().unwrap_or("no".into()),
                own.into(),
            )?;
        }
    }
    Ok(())
}

/// Runs the cases on several pairs of machines: some of them wait.
fn run(cases: VecDeque<Case>) {
    let count = cases.len();
    let (cases, failures) = (Mutex::new(cases), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let machines = Machines::start();
                loop {
                    let Some(case) = cases.lock().unwrap().pop_front() else { return };
                    if let Err(problem) = check(&machines, &case) {
                        let Case { vendor, operation, code, .. } = case;
                        let line = format!("{vendor} {operation} {code}: {problem}");
                        failures.lock().unwrap().push(line);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    println!("{count} cases");
}

#[test]
fn every_code_is_dealt_with_as_its_row_says() {
    run(coded());
}

#[test]
fn every_status_without_a_code_is_dealt_with_as_its_row_says() {
    run(bare_statuses());
}

#[test]
fn the_reference_page_is_that_of_the_rows() {
    if std::env::var_os("CARDWIRE_WRITE_CODES").is_some() {
        std::fs::write(path(), page()).unwrap();
    }
    let kept = std::fs::read_to_string(path()).unwrap();
    assert!(kept == page(), "{}: run make codes", path().display());
}
