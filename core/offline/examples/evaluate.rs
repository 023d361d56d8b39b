//! Measures the reader on real photos, and another reader beside it:
//! `evaluate PHOTOS LIST [--aside] [--only PASSES] [--peer PYTHON] [READER FINDER]`.
//!
//! Each photo is read as it is, turned by an angle drawn from its name, made small in a larger frame
//! (from 0.3 of its width on), and both; `--only` names some of these passes. PYTHON is an interpreter
//! that has what peer.py needs. READER and FINDER are files of weights to be measured instead of the
//! built-in ones.
//!
//! LIST is a JSON file: photo's file name, then `group`, `flags`, `number_sha256` and perhaps
//! `expiry_sha256`, the SHA-256 of "cardwire-judge" and the number, and for the latter also the date as
//! printed. Counts are printed, and no text that was read or is right. A third of the photos, chosen by
//! the hash of the file, is set aside for the last measurement, and read only with `--aside`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Cursor, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use cardwire_offline::{Networks, Options, Spent};
use image::imageops::{FilterType, interpolate_bilinear, overlay, resize};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::Value;
use sha2::{Digest, Sha256};

const USAGE: &str =
    "usage: evaluate PHOTOS LIST [--aside] [--only PASSES] [--peer PYTHON] [READER FINDER]";

/// The least share of a frame's width that a photo takes up where it is made small.
const LEAST_SHARE: f64 = 0.3;
/// The longer side of the largest frame: 12 megapixels of a camera's shape.
const LONGEST: f64 = 4000.0;
/// Confidences are counted in this many equal steps.
const STEPS: usize = 10;

const PASSES: [Pass; 4] = [
    Pass { name: "upright", is_turned: false, is_small: false },
    Pass { name: "turned", is_turned: true, is_small: false },
    Pass { name: "small", is_turned: false, is_small: true },
    Pass { name: "small and turned", is_turned: true, is_small: true },
];

/// A way in which every photo is read.
struct Pass {
    name: &'static str,
    is_turned: bool,
    is_small: bool,
}

/// What memory is in use, and the most that was since the last reset.
struct Counted;

static USED: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(used, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTED: Counted = Counted;

/// What was read in one photo.
#[derive(Default)]
struct Answer {
    /// As they were read, the likeliest first.
    numbers: Vec<String>,
    is_accepted: bool,
    /// If the reader tells it.
    confidence: Option<f32>,
    date: Option<String>,
    refusal: Option<String>,
    seconds: f64,
    bytes: usize,
    spent: Spent,
}

/// How many of a group's photos were read how in one pass.
#[derive(Default)]
struct Count {
    photos: usize,
    exact: usize,
    among: usize,
    right: usize,
    wrong: usize,
    with_date: usize,
    dates: usize,
    dates_exact: usize,
    dates_wrong: usize,
}

/// What one reader made of all photos in one pass.
#[derive(Default)]
struct Outcome {
    groups: BTreeMap<String, Count>,
    /// By the photo's flags, and by what is wrong with the first number.
    misses: BTreeMap<String, usize>,
    /// Readings, how many of them are right, and the sum of their confidences, by confidence.
    reliability: [(usize, usize, f32); STEPS],
    seconds: Vec<f64>,
    bytes: Vec<usize>,
    stages: Vec<Spent>,
}

impl Outcome {
    fn take(&mut self, facts: &Value, answer: Answer) {
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
    fn group(&self, name: &str) -> &Count {
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

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn judge(text: &str) -> String {
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

/// Returns a number from 0 to 1 drawn from a text.
fn drawn(text: &str) -> f64 {
    let digits = &hex(text.as_bytes())[..8];
    f64::from(u32::from_str_radix(digits, 16).expect("digits of a hash")) / f64::from(u32::MAX)
}

/// The sides of a picture.
fn sides(picture: &RgbImage) -> [f64; 2] {
    [picture.width(), picture.height()].map(f64::from)
}

/// Returns a picture in a larger frame, at a place given by shares of the room to its left and above it.
/// A photo with the sides `of`, which may be turned in the picture, takes up `share` of the frame.
fn framed(picture: &RgbImage, of: [f64; 2], share: f64, room: [f64; 2]) -> RgbImage {
    let [across, down] = sides(picture);
    let frame = [(of[0] / share).max(across), (of[1] / share).max(down)];
    let shrink = (LONGEST / frame[0].max(frame[1])).min(1.0);
    let pixels = |side: f64| ((side * shrink) as u32).max(1);
    let small = resize(picture, pixels(across), pixels(down), FilterType::Triangle);
    let mut out = RgbImage::from_pixel(pixels(frame[0]), pixels(frame[1]), Rgb([128; 3]));
    let at = |frame: u32, side: u32, share: f64| (f64::from(frame - side) * share) as i64;
    let left = at(out.width(), small.width(), room[0]);
    let above = at(out.height(), small.height(), room[1]);
    overlay(&mut out, &small, left, above);
    out
}

/// Returns a photo turned by some degrees, on a plain ground.
fn turned(picture: &RgbImage, degrees: f64) -> RgbImage {
    let [width, height] = sides(picture);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let side = |a: f64, b: f64| (a * cos.abs() + b * sin.abs()).ceil() as u32;
    let (across, down) = (side(width, height), side(height, width));
    let mut out = RgbImage::from_pixel(across, down, Rgb([128; 3]));
    for (column, row, pixel) in out.enumerate_pixels_mut() {
        let x = f64::from(column) + 0.5 - f64::from(across) / 2.0;
        let y = f64::from(row) + 0.5 - f64::from(down) / 2.0;
        let from = [x * cos + y * sin + width / 2.0, y * cos - x * sin + height / 2.0];
        let [x, y] = from.map(|value| (value - 0.5) as f32);
        if let Some(value) = interpolate_bilinear(picture, x, y) {
            *pixel = value;
        }
    }
    out
}

impl Pass {
    /// Returns a photo as this pass shows it.
    fn shown(&self, name: &str, photo: &[u8]) -> Vec<u8> {
        let Ok(picture) = image::load_from_memory(photo) else { return photo.to_vec() };
        let mut picture = picture.into_rgb8();
        let of = sides(&picture);
        if !self.is_turned && !self.is_small {
            return photo.to_vec();
        }
        if self.is_turned {
            picture = turned(&picture, (drawn(name) * 360.0).floor());
        }
        if self.is_small {
            let [share, left, above] =
                ["share", "left", "above"].map(|what| drawn(&format!("{what} {name}")));
            let share = LEAST_SHARE + (1.0 - LEAST_SHARE) * share;
            picture = framed(&picture, of, share, [left, above]);
        }
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Bmp).expect("a picture in memory");
        bytes.into_inner()
    }
}

/// Returns this thread's processor time if the system tells it, or else the time.
fn processor_time() -> impl Fn() -> f64 {
    let spent = || -> Option<f64> {
        let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
    };
    let (start, began) = (spent(), Instant::now());
    move || match (start, spent()) {
        (Some(start), Some(end)) => end - start,
        _ => began.elapsed().as_secs_f64(),
    }
}

/// Reads a photo with this library.
fn own(networks: &Networks, photo: &[u8]) -> Answer {
    let before = USED.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let seconds = processor_time();
    let reading = networks.read_timed(photo, &Options::default(), &|| false);
    let seconds = seconds();
    let bytes = MOST.load(Ordering::Relaxed) - before;
    match reading {
        Err(refusal) => {
            Answer { refusal: Some(refusal.to_string()), seconds, bytes, ..Answer::default() }
        }
        Ok((reading, spent)) => Answer {
            numbers: reading.candidates.iter().map(|one| one.number.to_string()).collect(),
            is_accepted: reading.number.is_some(),
            confidence: Some(reading.confidence),
            date: reading.valid_thru.map(|date| date.to_string()),
            refusal: None,
            seconds,
            bytes,
            spent,
        },
    }
}

/// Another reader, in a process of its own: it is sent a photo's length, in eight bytes, and the photo,
/// and answers with a line of JSON.
struct Peer {
    process: Child,
    answers: BufReader<process::ChildStdout>,
    name: String,
}

impl Peer {
    /// Starts it; says why not where it is not installed.
    fn start(python: &str) -> Result<Self, String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/peer.py");
        let mut process = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|failure| format!("{python}: {failure}"))?;
        let mut answers = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut name = String::new();
        match answers.read_line(&mut name) {
            Ok(1..) => Ok(Peer { process, answers, name: name.trim().to_owned() }),
            _ => Err(format!("{python}: what peer.py needs is not installed")),
        }
    }

    fn read(&mut self, photo: &[u8]) -> Answer {
        let pipe = self.process.stdin.as_mut().expect("a pipe");
        pipe.write_all(&(photo.len() as u64).to_le_bytes()).expect("the peer reads");
        pipe.write_all(photo).expect("the peer reads");
        pipe.flush().expect("the peer reads");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the peer answers");
        let said: Value = serde_json::from_str(&line).expect("the peer answers in JSON");
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Answer {
            numbers: said["numbers"].as_array().into_iter().flatten().filter_map(text).collect(),
            is_accepted: said["is_accepted"] == true,
            date: text(&said["date"]),
            refusal: text(&said["refusal"]),
            seconds: said["seconds"].as_f64().unwrap_or_default(),
            bytes: said["bytes"].as_u64().unwrap_or_default() as usize,
            ..Answer::default()
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

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
fn print_goals(readers: &[(String, Vec<Outcome>)], passes: &[&Pass]) {
    let photos = |outcome: &Outcome| outcome.group("cn").photos;
    let percent = |part: usize, all: usize| {
        format!("{part} of {all} ({:.0} %)", 100.0 * part as f64 / all.max(1) as f64)
    };
    type Show<'a> = Box<dyn Fn(&Outcome) -> String + 'a>;
    let mut rows = vec![vec!["measure".to_owned()]];
    rows[0].extend(readers.iter().map(|(name, _)| name.clone()));
    rows[0].push("goal".to_owned());
    for (place, pass) in passes.iter().enumerate() {
        let is_plain = !pass.is_turned && !pass.is_small;
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
fn print_misses(name: &str, outcomes: &[Outcome], passes: &[&Pass]) {
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

/// Prints how often readings of a confidence are right, and the time by stage.
fn print_own(outcomes: &[Outcome], passes: &[&Pass]) {
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

fn main() {
    let (mut named, mut is_aside, mut only, mut python) = (Vec::new(), false, None, None);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--aside" => is_aside = true,
            "--only" => only = arguments.next(),
            "--peer" => python = arguments.next(),
            _ => named.push(argument),
        }
    }
    let [photos, list, weights @ ..] = &named[..] else {
        eprintln!("{USAGE}");
        process::exit(2);
    };
    let weights: Vec<Vec<u8>> =
        weights.iter().map(|path| fs::read(path).expect("a file of weights")).collect();
    let other = match &weights[..] {
        [] => None,
        [reader, finder] => Some(Networks::new(reader, finder).expect("weights")),
        _ => {
            eprintln!("{USAGE}");
            process::exit(2);
        }
    };
    let networks = other.as_ref().or_else(|| Networks::built_in()).expect("weights");
    let is_asked = |pass: &&Pass| {
        only.as_ref().is_none_or(|only| only.split(',').any(|one| one.trim() == pass.name))
    };
    let passes: Vec<&Pass> = PASSES.iter().filter(is_asked).collect();
    let mut peer = match python.as_deref().map(Peer::start) {
        Some(Err(why)) => {
            println!("No peer is read beside it, `make offline-peer` installs one: {why}.\n");
            None
        }
        Some(Ok(peer)) => Some(peer),
        None => None,
    };
    let mut readers = vec![("offline".to_owned(), Vec::new())];
    readers.extend(peer.as_ref().map(|peer| (peer.name.clone(), Vec::new())));
    let listed: BTreeMap<String, Value> =
        serde_json::from_slice(&fs::read(list).expect("the list")).expect("a list as JSON");
    for pass in &passes {
        let (mut by_own, mut by_peer) = (Outcome::default(), Outcome::default());
        for (name, facts) in &listed {
            let Ok(photo) = fs::read(Path::new(photos).join(name)) else { continue };
            let hash = u32::from_str_radix(&hex(&photo)[..8], 16).expect("eight digits of a hash");
            if hash.is_multiple_of(3) != is_aside {
                continue;
            }
            let photo = pass.shown(name, &photo);
            by_own.take(facts, own(networks, &photo));
            if let Some(peer) = &mut peer {
                by_peer.take(facts, peer.read(&photo));
            }
        }
        for ((_, outcomes), outcome) in readers.iter_mut().zip([by_own, by_peer]) {
            outcomes.push(outcome);
        }
    }
    println!("Of the group `cn`, where no other is named:\n");
    print_goals(&readers, &passes);
    for (name, outcomes) in &readers {
        print_misses(name, outcomes, &passes);
    }
    print_own(&readers[0].1, &passes);
}
