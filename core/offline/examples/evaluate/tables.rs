//! The tables that are printed.

use std::time::Duration;

use cardwire_offline::Spent;

use crate::counts::{Count, FAULTS, Outcome, STEPS};
use crate::pictures::Pass;

/// Returns the value below which a share of the values lies.
fn quantile<T: Copy + PartialOrd + Default>(values: &[T], share: f64) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    let at = (sorted.len().max(1) - 1) as f64 * share;
    sorted.get(at.round() as usize).copied().unwrap_or_default()
}

/// Prints a table; the first row is its head.
fn print_table(rows: &[Vec<String>]) {
    for (place, row) in rows.iter().enumerate() {
        println!("| {} |", row.join(" | "));
        if place == 0 {
            println!("|{}", "---|".repeat(row.len()));
        }
    }
    println!();
}

/// Prints what OFFLINE.md's goals ask for, a column for each reader.
pub(crate) fn print_goals(readers: &[(String, Vec<Outcome>)], passes: &[&Pass]) {
    let photos = |outcome: &Outcome| outcome.group("cn").photos;
    let percent = |part: usize, all: usize| {
        format!("{part} of {all} ({:.0} %)", 100.0 * part as f64 / all.max(1) as f64)
    };
    type Show<'a> = Box<dyn Fn(&Outcome) -> String + 'a>;
    let mut rows = vec![vec!["measure".to_owned()]];
    rows[0].extend(readers.iter().map(|(name, _)| name.clone()));
    rows[0].push("goal".to_owned());
    for (place, pass) in passes.iter().enumerate() {
        let is_plain = !pass.is_turned && !pass.is_small && pass.spoil.is_none();
        let goal = |plain: &str| if is_plain { plain } else { "within 3 points" }.to_owned();
        let mut shown: Vec<(String, Show<'_>, String)> = vec![
            (
                "number exact".to_owned(),
                Box::new(|outcome| percent(outcome.group("cn").exact, photos(outcome))),
                goal("95 %"),
            ),
            (
                "accepted right / wrong".to_owned(),
                Box::new(|outcome| {
                    let Count { right, wrong, .. } = outcome.group("cn");
                    format!("{} / {wrong}", percent(*right, photos(outcome)))
                }),
                goal("88 % / 0"),
            ),
            (
                "`cn_nonluhn`: accepted wrong".to_owned(),
                Box::new(|outcome| {
                    let Count { wrong, photos, .. } = outcome.group("cn_nonluhn");
                    format!("{wrong} of {photos}")
                }),
                "0".to_owned(),
            ),
            (
                "valid thru where the number is exact: exact / wrong".to_owned(),
                Box::new(|outcome| {
                    let all = outcome.groups.values();
                    let sum = |of: fn(&Count) -> usize| all.clone().map(of).sum::<usize>();
                    let dates = percent(sum(|one| one.dates_exact), sum(|one| one.dates));
                    format!("{dates} / {}", sum(|one| one.dates_wrong))
                }),
                "90 %".to_owned(),
            ),
            (
                "processor seconds a photo, median / 95 %".to_owned(),
                Box::new(|outcome| {
                    let at = |share| quantile(&outcome.seconds, share);
                    format!("{:.3} / {:.3}", at(0.5), at(0.95))
                }),
                "0.15 / 0.4".to_owned(),
            ),
        ];
        if is_plain {
            shown.push((
                "memory beyond the photo, median / most, MiB".to_owned(),
                Box::new(|outcome| {
                    let at = |share| quantile(&outcome.bytes, share) as f64 / f64::from(1 << 20);
                    format!("{:.0} / {:.0}", at(0.5), at(1.0))
                }),
                "64".to_owned(),
            ));
        }
        for (measure, show, goal) in shown {
            let mut row = vec![format!("{}: {measure}", pass.name)];
            row.extend(readers.iter().map(|(_, outcomes)| show(&outcomes[place])));
            row.push(goal);
            rows.push(row);
        }
    }
    print_table(&rows);
}

/// Prints the misses of one reader by flag, a column for each pass.
pub(crate) fn print_misses(name: &str, outcomes: &[Outcome], passes: &[&Pass]) {
    println!("Misses of {name}, all groups, by flag and by fault:\n");
    let mut rows = vec![vec!["flag".to_owned()]];
    rows[0].extend(passes.iter().map(|pass| pass.name.to_owned()));
    let flags: std::collections::BTreeSet<&String> =
        outcomes.iter().flat_map(|outcome| outcome.misses.keys()).collect();
    for flag in flags {
        let count = |outcome: &Outcome| outcome.misses.get(flag).copied().unwrap_or(0).to_string();
        let mut row = vec![flag.clone()];
        row.extend(outcomes.iter().map(count));
        rows.push(row);
    }
    print_table(&rows);
}

/// Prints what is told of the photos, a column for each pass.
pub(crate) fn print_faults(outcomes: &[Outcome], passes: &[&Pass]) {
    println!("What is told of the photos of all groups, and how many of them are read exactly:\n");
    let mut rows = vec![vec!["told".to_owned()], vec!["accepted".to_owned()]];
    rows[0].extend(passes.iter().map(|pass| pass.name.to_owned()));
    rows[1].extend(outcomes.iter().map(|outcome| outcome.accepted.to_string()));
    for (place, (name, _)) in FAULTS.iter().enumerate() {
        let mut row = vec![(*name).to_owned()];
        row.extend(outcomes.iter().map(|outcome| {
            let (photos, exact) = outcome.faults[place];
            format!("{photos}, {exact} exact")
        }));
        rows.push(row);
    }
    print_table(&rows);
}

/// Prints how often readings of a confidence are right, and the time by stage.
pub(crate) fn print_own(outcomes: &[Outcome], passes: &[&Pass]) {
    println!("Readings right of all, by confidence, and their mean confidence:\n");
    let mut rows = vec![vec!["confidence".to_owned()]];
    rows[0].extend(passes.iter().map(|pass| pass.name.to_owned()));
    for step in 0..STEPS {
        let share = |step: usize| step as f64 / STEPS as f64;
        let mut row = vec![format!("{:.1} to {:.1}", share(step), share(step + 1))];
        row.extend(outcomes.iter().map(|outcome| {
            let (readings, right, sum) = outcome.reliability[step];
            let mean = sum / readings.max(1) as f32;
            if readings == 0 { "-".to_owned() } else { format!("{right} of {readings}, {mean:.2}") }
        }));
        rows.push(row);
    }
    print_table(&rows);
    println!("Milliseconds by stage, median / 95 %:\n");
    let mut rows = vec![vec!["stage".to_owned()]];
    rows[0].extend(passes.iter().map(|pass| pass.name.to_owned()));
    for (place, (stage, _)) in Spent::default().stages().iter().enumerate() {
        let mut row = vec![(*stage).to_owned()];
        row.extend(outcomes.iter().map(|outcome| {
            let times: Vec<Duration> =
                outcome.stages.iter().map(|spent| spent.stages()[place].1).collect();
            let at = |share| quantile(&times, share).as_secs_f64() * 1e3;
            format!("{:.0} / {:.0}", at(0.5), at(0.95))
        }));
        rows.push(row);
    }
    print_table(&rows);
}
