//! A caller is killed at random moments and at each named one; what its journal says is held
//! against what the vendors did. `CARDWIRE_KILLS` says how often (50), `CARDWIRE_SEED` replays.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cardwire::{Billed, Client, Journal, OrderFilter, OrderRecord, OrderStatus};
use cardwire_faults::caller;
use cardwire_sandbox::{Entry, Operation, Options, Sandbox, Settings, Vendor};
use serde_json::Value;

/// The events that the caller tells of one call, in this order.
const POINTS: [&str; 5] = ["intent", "attempt_started", "released", "done", "attempt_ended"];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The results that a killed caller reported: order numbers with outcome and bill.
type CallerReport = HashMap<String, (String, String)>;

fn run_and_kill(
    config: &Path,
    point: Option<(&str, u64)>,
    after: Duration,
    threads: u64,
) -> CallerReport {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardwire-fault-caller"));
    command.arg(config).arg(threads.to_string()).stdout(Stdio::piped()).stderr(Stdio::null());
    if let Some((event, count)) = point {
        command.args([event, &count.to_string()]);
    }
    let (mut child, reader) = spawn(&mut command);
    if point.is_none() {
        thread::sleep(after);
        child.kill().unwrap();
    }
    child.wait().unwrap();
    reader.join().unwrap()
}

/// Starts a caller, and a thread that gathers what it was told.
fn spawn(command: &mut Command) -> (Child, JoinHandle<CallerReport>) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut told = CallerReport::new();
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let mut words = line.split(' ').map(str::to_owned);
            if let (Some(order), Some(kind), Some(billed)) =
                (words.next(), words.next(), words.next())
            {
                told.insert(order, (kind, billed));
            }
        }
        told
    });
    (child, reader)
}

/// Waits until the vendors have finished with what reached them.
fn settled(sandbox: &Sandbox) -> Vec<Entry> {
    let mut last = sandbox.ledger().len();
    let mut quiet = 0;
    while quiet < 4 {
        thread::sleep(Duration::from_millis(25));
        let now = sandbox.ledger().len();
        quiet = if now == last { quiet + 1 } else { 0 };
        last = now;
    }
    let billed =
        |entry: &Entry| matches!(entry.operation, Operation::Recognize | Operation::Verify);
    sandbox.ledger().into_iter().filter(billed).collect()
}

#[derive(Debug, Default)]
struct Tally {
    told: usize,
    executed: usize,
    not_sent: usize,
    unknown: usize,
    unknown_executed: usize,
    answered: usize,
}

/// Returns the length of each vendor's first request.
fn first_lengths(sandbox: &Sandbox) -> HashMap<Vendor, usize> {
    let client = Client::from_json(&config(sandbox).to_string()).unwrap();
    for index in 0..Vendor::ALL.len() {
        let [order, kind, ..] = caller::call(&client, index).unwrap();
        assert_eq!(kind, "ok", "{order}");
    }
    let billed = settled(sandbox).into_iter();
    billed.map(|entry| (entry.vendor, caller::length(&entry))).collect()
}

fn config(sandbox: &Sandbox) -> Value {
    let mut config = sandbox.config();
    config["vendors"][3]["requests_per_second"] = 1_000_000.into();
    config
}

fn check(
    ledger: &[Entry],
    first: &HashMap<Vendor, usize>,
    orders: &[OrderRecord],
    told: &CallerReport,
    seen: &mut Tally,
) {
    let by_id: HashMap<&str, &OrderRecord> =
        orders.iter().map(|order| (order.order_id.as_str(), order)).collect();
    let by_index: HashMap<usize, &OrderRecord> =
        orders.iter().map(|order| (caller::index_of(&order.order_id).unwrap(), order)).collect();
    let mut executed = HashSet::new();
    for entry in ledger.iter().filter(|entry| entry.executed) {
        let (vendor, length) = (entry.vendor, caller::length(entry));
        let index = caller::index_by_length(vendor, length, first[&vendor])
            .unwrap_or_else(|| panic!("{}: nobody's request: {entry:?}", vendor.name()));
        let record = by_index
            .get(&index)
            .unwrap_or_else(|| panic!("call {index} was executed, not written: {entry:?}"));
        assert_eq!(record.account, vendor.name());
        if let Some(told) = entry.order_no.as_deref().filter(|told| !told.is_empty()) {
            assert!(vendor != Vendor::TencentKyc || told == record.order_id, "{told}");
        }
        assert!(
            matches!(record.status, OrderStatus::Unknown | OrderStatus::Answered),
            "{} was executed and reads as {:?}",
            record.order_id,
            record.status
        );
        assert!(executed.insert(index), "{} was executed twice", record.order_id);
        seen.executed += 1;
    }
    for (index, record) in &by_index {
        assert_ne!(record.status, OrderStatus::InFlight, "{}: nobody runs", record.order_id);
        let was_executed = executed.contains(index);
        match record.status {
            OrderStatus::NotSent => seen.not_sent += 1,
            OrderStatus::Unknown => {
                seen.unknown += 1;
                seen.unknown_executed += usize::from(was_executed);
            }
            OrderStatus::Answered | OrderStatus::InFlight => {
                seen.answered += 1;
                if record.outcome.as_deref() == Some("ok") {
                    assert!(was_executed, "{} was answered, not executed", record.order_id);
                }
            }
        }
    }
    for (order, (kind, billed)) in told {
        let record = by_id.get(order.as_str()).unwrap_or_else(|| panic!("{order} was told, lost"));
        if kind == "ok" {
            assert_eq!(record.status, OrderStatus::Answered, "{order}");
            assert_eq!(record.billed.slug(), billed, "{order}");
            assert!(record.billed != Billed::No);
        }
        seen.told += 1;
    }
}

/// Numbers below the one that is asked for.
fn random() -> impl FnMut(u64) -> u64 {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let mut seed = number("CARDWIRE_SEED", clock);
    println!("CARDWIRE_SEED={seed}");
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    }
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs a program in a PID namespace of its own, where that is permitted.
const NAMESPACE: [&str; 6] = ["unshare", "-U", "-r", "-p", "-f", "--kill-child"];

#[test]
fn six_processes_under_kills_never_execute_an_order_number_twice() {
    let kills = number("CARDWIRE_KILLS", 50);
    let mut random = random();
    let folder = folder("six");
    let mut probe = Command::new(NAMESPACE[0]);
    probe.args(&NAMESPACE[1..]).args(["--mount-proc", "true"]);
    let namespaces = probe.status().is_ok_and(|status| status.success());
    if !namespaces {
        println!("SKIPPED: no PID namespace can be made here; the processes share one");
    }
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let first = first_lengths(&sandbox);
    let mut seen = Tally::default();
    let mut killed = 0;
    for round in 0_u32.. {
        if killed >= kills {
            break;
        }
        sandbox.reset();
        sandbox.set(Settings { latency_ms: random(20), ..Settings::without_rates() });
        let mut config = config(&sandbox);
        let journal = folder.join(format!("{round}.db"));
        config["journal"] = journal.to_string_lossy().into();
        let path = folder.join("config.json");
        std::fs::write(&path, config.to_string()).unwrap();
        // Half of them in namespaces of their own, half of them with strangers at the files.
        let start = |slot: usize| {
            let program = env!("CARGO_BIN_EXE_cardwire-fault-caller");
            let mut command = match namespaces && slot.is_multiple_of(2) {
                true => {
                    let mut command = Command::new(NAMESPACE[0]);
                    command.args(&NAMESPACE[1..]).args(["--mount-proc", program]);
                    command
                }
                false => Command::new(program),
            };
            command.arg(&path).arg("2").env("CARDWIRE_CALLER", (round + 1).to_string());
            if !slot.is_multiple_of(3) {
                command.env("CARDWIRE_OPENERS", "1");
            }
            spawn(&mut command)
        };
        let mut running: Vec<(Child, JoinHandle<CallerReport>)> = (0..6).map(start).collect();
        let mut told: Vec<CallerReport> = Vec::new();
        let end = |(mut child, reader): (Child, JoinHandle<CallerReport>),
                   told: &mut Vec<CallerReport>| {
            let early = child.try_wait().unwrap();
            assert!(early.is_none(), "a caller ended by itself: {early:?}");
            child.kill().unwrap();
            child.wait().unwrap();
            told.push(reader.join().unwrap());
        };
        for _ in 0..6 {
            thread::sleep(Duration::from_millis(30 + random(200)));
            let slot = random(6) as usize;
            end(std::mem::replace(&mut running[slot], start(slot)), &mut told);
        }
        thread::sleep(Duration::from_millis(200));
        for caller in running {
            end(caller, &mut told);
        }
        killed += 12;
        let ledger = settled(&sandbox);
        let mut results: CallerReport = HashMap::new();
        for (order, result) in told.into_iter().flatten() {
            // Most were refused: another process had the number.
            if result.0 == "ok" {
                let before = results.insert(order.clone(), result);
                assert!(before.is_none(), "{order} has two results");
            }
        }
        let journal = Journal::open(&journal).unwrap();
        let orders = journal.orders(&OrderFilter::new().limit(usize::MAX)).unwrap();
        check(&ledger, &first, &orders, &results, &mut seen);
    }
    println!("{killed} kills of six processes: {seen:?}");
    assert!(seen.executed > 0 && seen.told > 0);
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn no_kill_loses_an_order_or_calls_an_executed_one_unsent() {
    let kills = number("CARDWIRE_KILLS", 50);
    let mut random = random();
    let folder = folder("kill");
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let first = first_lengths(&sandbox);
    let mut seen = Tally::default();
    for kill in 0..kills {
        sandbox.reset();
        sandbox.set(Settings { latency_ms: random(20), ..Settings::without_rates() });
        let mut config = config(&sandbox);
        let journal = folder.join(format!("{kill}.db"));
        config["journal"] = journal.to_string_lossy().into();
        let path = folder.join("config.json");
        std::fs::write(&path, config.to_string()).unwrap();
        // Half of the kills are at named points.
        let point = (kill % 2 == 0)
            .then(|| (POINTS[(kill / 2 % POINTS.len() as u64) as usize], 1 + random(40)));
        let after = Duration::from_millis(50 + random(350));
        let told = run_and_kill(&path, point, after, 1 + random(8));
        let ledger = settled(&sandbox);
        let journal = Journal::open(&journal).unwrap();
        let orders = journal.orders(&OrderFilter::new()).unwrap();
        check(&ledger, &first, &orders, &told, &mut seen);
        let unknown = orders.iter().filter(|order| order.status == OrderStatus::Unknown).count();
        assert_eq!(journal.unknown_orders().unwrap().len(), unknown);
    }
    println!("{kills} kills: {seen:?}");
    assert!(seen.executed > 0 && seen.told > 0);
    let _ = std::fs::remove_dir_all(&folder);
}
