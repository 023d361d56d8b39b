//! What is counted of the answers.

use std::collections::BTreeMap;

use cardwire_offline::{Fault, Spent};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::readers::Answer;

/// Confidences are counted in this many equal steps.
pub(crate) const STEPS: usize = 10;

/// What is told of a photo whose number is not accepted.
pub(crate) const FAULTS: [(&str, Option<Fault>); 4] = [
    ("`no_card`", Some(Fault::NoCard)),
    ("`blurred`", Some(Fault::Blurred)),
    ("`cut`", Some(Fault::Cut)),
    ("none of these", None),
];

/// How many of a group's photos were read how in one pass.
#[derive(Default)]
pub(crate) struct Count {
    pub(crate) photos: usize,
    pub(crate) exact: usize,
    pub(crate) among: usize,
    pub(crate) right: usize,
    pub(crate) wrong: usize,
    pub(crate) with_date: usize,
    pub(crate) dates: usize,
    pub(crate) dates_exact: usize,
    pub(crate) dates_wrong: usize,
}

/// What one reader made of all photos in one pass.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) groups: BTreeMap<String, Count>,
    /// By the photo's flags, and by what is wrong with the first number.
    pub(crate) misses: BTreeMap<String, usize>,
    /// Of the photos with each fault that was told, or none: how many, and how many of them were read exactly.
    pub(crate) faults: [(usize, usize); FAULTS.len()],
    /// Those whose number was accepted.
    pub(crate) accepted: usize,
    /// Readings, how many of them are right, and the sum of their confidences, by confidence.
    pub(crate) reliability: [(usize, usize, f32); STEPS],
    /// Of each photo, whether its reading is right, and its confidence; 0 where nothing was read.
    pub(crate) readings: Vec<(bool, f32)>,
    pub(crate) seconds: Vec<f64>,
    pub(crate) bytes: Vec<usize>,
    pub(crate) stages: Vec<Spent>,
}

impl Outcome {
    pub(crate) fn take(&mut self, facts: &Value, answer: Answer) {
        self.seconds.push(answer.seconds);
        self.bytes.push(answer.bytes);
        self.stages.push(answer.spent);
        let group = facts["group"].as_str().unwrap_or("none").to_owned();
        let count = self.groups.entry(group).or_default();
        count.photos += 1;
        count.with_date += usize::from(facts.get("expiry_sha256").is_some());
        let is_right = |number: &String| facts["number_sha256"] == judge(number).as_str();
        let first = answer.numbers.first();
        let exact = first.is_some_and(is_right);
        if let (Some(_), Some(confidence)) = (first, answer.confidence) {
            let row = &mut self.reliability[((confidence * STEPS as f32) as usize).min(STEPS - 1)];
            *row = (row.0 + 1, row.1 + usize::from(exact), row.2 + confidence);
        }
        self.readings.push((exact, first.and(answer.confidence).unwrap_or(0.0)));
        if answer.is_accepted {
            self.accepted += 1;
        } else if let Some(at) = FAULTS.iter().position(|(_, fault)| *fault == answer.fault) {
            let row = &mut self.faults[at];
            *row = (row.0 + 1, row.1 + usize::from(exact));
        }
        count.exact += usize::from(exact);
        count.among += usize::from(answer.numbers.iter().any(is_right));
        count.right += usize::from(answer.is_accepted && exact);
        count.wrong += usize::from(answer.is_accepted && !exact);
        // Without the number nobody can tell whether the date is right.
        if let (Some(date), Some(number)) = (facts.get("expiry_sha256"), first.filter(|_| exact)) {
            count.dates += 1;
            if let Some(read) = &answer.date {
                let is_right = *date == judge(&format!("{number}{read}")).as_str();
                count.dates_exact += usize::from(is_right);
                count.dates_wrong += usize::from(!is_right);
            }
        }
        if !exact {
            let flags = facts["flags"].as_array().map(Vec::as_slice).unwrap_or_default();
            let mut causes: Vec<String> =
                flags.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            if causes.is_empty() {
                causes.push("no flag".to_owned());
            }
            causes.push(match (answer.refusal, first) {
                (Some(refusal), _) => format!("({refusal})"),
                (None, None) => "(no number)".to_owned(),
                (None, Some(number)) => format!("({})", fault(number, is_right)),
            });
            for cause in causes {
                *self.misses.entry(cause).or_default() += 1;
            }
        }
    }

    /// Returns the counts of a group; all zero if it has no photo.
    pub(crate) fn group(&self, name: &str) -> &Count {
        static NONE: Count = Count {
            photos: 0,
            exact: 0,
            among: 0,
            right: 0,
            wrong: 0,
            with_date: 0,
            dates: 0,
            dates_exact: 0,
            dates_wrong: 0,
        };
        self.groups.get(name).unwrap_or(&NONE)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn judge(text: &str) -> String {
    hex(&[b"cardwire-judge", text.as_bytes()].concat())
}

/// Returns what is wrong with a number, found out by trying all that is nearly the same.
fn fault(number: &str, is_right: impl Fn(&String) -> bool) -> &'static str {
    let longer = |number: &str| -> Vec<String> {
        let places = 0..=number.len();
        places.flat_map(|at| added(number, at)).collect()
    };
    let shorter: Vec<String> =
        (0..number.len()).map(|at| format!("{}{}", &number[..at], &number[at + 1..])).collect();
    let others = |number: &str| -> Vec<String> {
        let places = 0..number.len();
        places
            .flat_map(|at| added(&format!("{}{}", &number[..at], &number[at + 1..]), at))
            .collect()
    };
    if longer(number).iter().any(&is_right) {
        "a digit is lost"
    } else if shorter.iter().any(&is_right) {
        "a digit too many"
    } else if others(number).iter().any(&is_right) {
        "a digit is another"
    } else if longer(number).iter().flat_map(|one| longer(one)).any(|one| is_right(&one)) {
        "two digits are lost"
    } else if others(number).iter().flat_map(|one| others(one)).any(|one| is_right(&one)) {
        "two digits are others"
    } else if longer(number).iter().flat_map(|one| others(one)).any(|one| is_right(&one)) {
        "a digit is lost and one is another"
    } else {
        "more is wrong"
    }
}

/// Returns a number with each digit added at a place.
fn added(number: &str, at: usize) -> impl Iterator<Item = String> + use<> {
    let (before, after) = (number[..at].to_owned(), number[at..].to_owned());
    (0..10).map(move |digit| format!("{before}{digit}{after}"))
}
