//! Every fault in every case, and as many more runs as are asked for: `CARDWIRE_FAULTS` says how
//! many, `CARDWIRE_FAULT_SEED` plays one run again, `CARDWIRE_FAULT_THREADS` says how many at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cardwire_faults::suite::{CommonServers, Plan, Report, Testbed, run};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Entries of a folder of this process.
fn entries(folder: &str) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[derive(Default)]
struct Sums {
    runs: usize,
    calls: usize,
    executed: usize,
    billed: usize,
    said: [usize; 3],
    longest: Duration,
    violations: usize,
}

impl Sums {
    fn add(&mut self, report: &Report) {
        self.runs += 1;
        self.calls += report.calls;
        self.executed += report.executed;
        self.billed += report.billed;
        self.said.iter_mut().zip(report.said).for_each(|(sum, one)| *sum += one);
        self.longest = self.longest.max(report.elapsed);
        self.violations += usize::from(!report.violations.is_empty());
    }

    fn row(&self, name: &str) -> String {
        let [no, unknown, yes] = self.said;
        format!(
            "| {name} | {} | {} | {} | {} | {no} | {unknown} | {yes} | {} | {} |",
            self.runs,
            self.calls,
            self.executed,
            self.billed,
            self.longest.as_millis(),
            self.violations
        )
    }
}

fn play(seeds: &[u64], threads: usize) -> Vec<Report> {
    let folder = format!("{}/faults-{}", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    let _ = std::fs::remove_dir_all(&folder);
    let common = CommonServers::new(Path::new(&folder)).unwrap();
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(Vec::with_capacity(seeds.len()));
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (common, next, reports) = (&common, &next, &reports);
            scope.spawn(move || {
                let testbed = Testbed::new(common, &thread.to_string()).unwrap();
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = run(&testbed, Plan::new(*seed));
                    for violation in &report.violations {
                        println!("CARDWIRE_FAULT_SEED={seed} ({}): {violation}", report.plan.fault);
                    }
                    reports.lock().unwrap().push(report);
                }
            });
        }
    });
    assert_eq!(common.requests_to_wrong_certificates(), 0);
    drop(common);
    let _ = std::fs::remove_dir_all(&folder);
    reports.into_inner().unwrap()
}

#[test]
fn whatever_fails_nothing_is_sent_twice_billed_unsaid_late_or_leaked() {
    let threads = number("CARDWIRE_FAULT_THREADS").unwrap_or(24) as usize;
    let (descriptors, tasks) = ("/proc/self/fd", "/proc/self/task");
    // What the library keeps once it was used is there before the count.
    play(&[Plan::every(0)[0]], 1);
    let before = (entries(descriptors), entries(tasks));
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let seeds: Vec<u64> = match number("CARDWIRE_FAULT_SEED") {
        Some(seed) => vec![seed],
        None => {
            let wanted = number("CARDWIRE_FAULTS").unwrap_or(0) as usize;
            let mut seeds = Plan::every(clock % 100_000);
            let mut salt = clock % 100_000;
            while seeds.len() < wanted {
                salt += 1;
                seeds.extend(Plan::every(salt));
            }
            if wanted > 0 {
                seeds.truncate(wanted);
            }
            // Slow faults among quick ones.
            fastrand::Rng::with_seed(clock).shuffle(&mut seeds);
            seeds
        }
    };
    let begun = Instant::now();
    let reports = play(&seeds, threads.min(seeds.len()));
    let mut sums: BTreeMap<&str, Sums> = BTreeMap::new();
    let mut all = Sums::default();
    for report in &reports {
        let family = report.plan.fault.split(':').next().unwrap();
        sums.entry(family).or_default().add(report);
        all.add(report);
    }
    println!(
        "| faults | runs | calls | executed | billed | said no | unknown | yes | longest ms | wrong |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    sums.iter().for_each(|(name, sums)| println!("{}", sums.row(name)));
    println!("{}", all.row("all"));
    println!("{} runs in {:?}, {threads} at once", reports.len(), begun.elapsed());
    let wrong: BTreeSet<(&str, u64)> = reports
        .iter()
        .filter(|report| !report.violations.is_empty())
        .map(|report| (report.plan.fault, report.plan.seed))
        .collect();
    assert!(wrong.is_empty(), "{} runs went wrong: {wrong:?}", wrong.len());
    assert_eq!(reports.len(), seeds.len());
    // Answers that were still waited for after their callers had gone come to an end.
    let until = Instant::now() + Duration::from_secs(45);
    let slack = 4;
    loop {
        let now = (entries(descriptors), entries(tasks));
        if now.0 <= before.0 + slack && now.1 <= before.1 + slack {
            break;
        }
        assert!(
            Instant::now() < until,
            "descriptors and threads: {before:?} before, {now:?} after"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}
