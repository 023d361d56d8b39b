//! The cost of a long journal: how large it is, how long opening, reading and pruning it take, and
//! how long others wait meanwhile. `CARDWIRE_ORDERS` says how many orders it has (50,000).

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cardwire::{Journal, OrderFilter, OrderStatus, Vendor};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Of a thousand orders: those that nobody ended, those with an unknown end, and those not sent.
const OPEN: u64 = 1;
const UNKNOWN: u64 = 4;
const UNSENT: u64 = 15;

/// Writes orders of the last year, evenly, as the library writes them.
fn fill(path: &PathBuf, count: u64, now: u64) {
    drop(Journal::open(path).unwrap());
    let connection = rusqlite::Connection::open(path).unwrap();
    let step = 365 * DAY_MS / count;
    connection
        .execute_batch(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}), \
             t AS (SELECT i, i % 1000 AS k, {now} - ({count} - i) * {step} AS ms FROM n) \
             INSERT INTO orders (order_id, reference, vendor, account, operation, state, sends, \
                created_ms, changed_ms, boot, writer, sent, billed, outcome, request_id, http_status) \
             SELECT printf('cw%030d', i), printf('scans/2026/%08d.jpg', i), \
                iif(i % 3, 'wechat', 'aliyun_yhkr'), iif(i % 3, 'photos', 'holders'), \
                iif(i % 3, 'recognize', 'verify'), iif(k < {OPEN}, 'released', 'done'), 1, ms, ms, \
                '00000000-0000-4000-8000-000000000000', '66305:1179650:5764607523034234880', \
                CASE WHEN k < {OPEN} THEN NULL WHEN k < {OPEN} + {UNKNOWN} THEN 'unknown' \
                    WHEN k < {OPEN} + {UNKNOWN} + {UNSENT} THEN 'no' ELSE 'yes' END, \
                iif(k < {OPEN}, NULL, 'yes'), iif(k < {OPEN}, NULL, 'ok'), \
                printf('00000000-0000-4000-8000-%012d', i), 200 FROM t"
        ))
        .unwrap();
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = work();
    println!("| {what} | {} |", shown(start.elapsed()));
    value
}

fn shown(time: Duration) -> String {
    match time.as_secs_f64() * 1000.0 {
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 1000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1000.0),
    }
}

/// Returns the most memory that the process has had, in MB.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1000
}

#[test]
fn a_long_journal_is_read_and_pruned_while_others_use_it() {
    let count: u64 =
        std::env::var("CARDWIRE_ORDERS").map_or(50_000, |text| text.parse().unwrap()) / 1000 * 1000;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("long-journal");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("orders.db");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let now = u64::try_from(now).unwrap();
    fill(&path, count, now);
    let size = std::fs::metadata(&path).unwrap().len();
    println!("| {count} orders | |\n|---|---|\n| size of the file | {} MB |", size / 1_000_000);

    let journal = timed("open", || Journal::open(&path)).unwrap();
    let number = |i: u64| format!("cw{i:030}");
    let reference = |i: u64| format!("scans/2026/{i:08}.jpg");
    let some = || (1..=1000).map(|k| k * (count / 1000) - k % 7);
    timed("find 1,000 orders by number", || {
        for i in some() {
            assert_eq!(
                journal.find_order(&number(i)).unwrap().unwrap().reference,
                Some(reference(i))
            );
        }
    });
    timed("find 1,000 orders by reference", || {
        for i in some() {
            let found = journal.orders(&OrderFilter::new().reference(reference(i))).unwrap();
            assert_eq!((found.len(), &found[0].order_id), (1, &number(i)));
        }
    });
    let newest = timed("list the newest 10,000", || journal.orders(&OrderFilter::new()).unwrap());
    assert_eq!((newest.len(), &newest[0].order_id), (10_000, &number(count)));
    let unsent = OrderFilter::new().status(OrderStatus::NotSent).vendor(Vendor::Wechat).limit(100);
    let unsent = timed("list 100 of one vendor and status", || journal.orders(&unsent).unwrap());
    assert_eq!(unsent.len(), 100);
    let day = OrderFilter::new().since_ms(now - 101 * DAY_MS).until_ms(now - 100 * DAY_MS);
    let day = timed("list a day of a hundred days ago", || journal.orders(&day).unwrap());
    assert!(day.len().abs_diff(usize::try_from(count / 365).unwrap()) <= 1, "{}", day.len());
    let unknown = timed("list all unknown", || journal.unknown_orders().unwrap());
    assert_eq!(unknown.len() as u64, count / 1000 * (OPEN + UNKNOWN));
    let lines = folder.join("orders.jsonl");
    let all = OrderFilter::new();
    // Others look an order up meanwhile.
    let other = Journal::open(&path).unwrap();
    let (exported, found) = std::thread::scope(|scope| {
        let exporting =
            scope.spawn(|| timed("export all", || journal.export_to(&all, &lines)).unwrap());
        let mut found = 0;
        while !exporting.is_finished() {
            let has_begun = lines.metadata().is_ok_and(|file| file.len() > 0);
            assert!(other.find_order(&number(count - 1)).unwrap().is_some());
            found += u32::from(has_begun && !exporting.is_finished());
        }
        (exporting.join().unwrap(), found)
    });
    assert_eq!(exported, count);
    assert!(found > 0, "no look-up was answered while {count} orders were exported");

    // Others read and settle while the orders of more than 90 days ago go.
    let (mut read, mut written, mut rounds) = (Duration::ZERO, Duration::ZERO, 0);
    let pruned = std::thread::scope(|scope| {
        let pruning = scope
            .spawn(|| timed("prune three quarters", || journal.prune(now - 90 * DAY_MS)).unwrap());
        while !pruning.is_finished() {
            let start = Instant::now();
            assert!(other.find_order(&number(count - 1)).unwrap().is_some());
            read = read.max(start.elapsed());
            let start = Instant::now();
            other.reconcile_order(&number(count - 1), "settled").unwrap();
            written = written.max(start.elapsed());
            rounds += 1;
        }
        pruning.join().unwrap()
    });
    println!("| the longest that a reader waited meanwhile | {} |", shown(read));
    println!("| the longest that a writer waited meanwhile | {} |", shown(written));
    println!("| the most memory of the process | {} MB |", peak_mb());
    assert!(rounds > 1, "nobody else came by while orders were removed");
    let old = |order: &&cardwire::OrderRecord| order.changed_ms < now - 90 * DAY_MS;
    let kept = unknown.iter().filter(old).count() as u64;
    let left = journal.export(&OrderFilter::new(), &mut std::io::sink()).unwrap();
    assert_eq!(pruned + left, count);
    let young = count * 90 / 365;
    assert!((left - kept).abs_diff(young) <= 1, "{left} are left, of them {kept} old and unknown");
    assert_eq!(journal.unknown_orders().unwrap().len(), unknown.len());
    let _ = std::fs::remove_dir_all(&folder);
}
