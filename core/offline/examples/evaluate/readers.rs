//! The readers, and what each says of a photo.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use cardwire_offline::{Fault, Networks, Options, Quadrilateral, Spent};
use serde_json::Value;

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
pub(crate) struct Answer {
    /// As they were read, the likeliest first.
    pub(crate) numbers: Vec<String>,
    pub(crate) is_accepted: bool,
    /// If the reader tells it.
    pub(crate) confidence: Option<f32>,
    pub(crate) date: Option<String>,
    pub(crate) refusal: Option<String>,
    pub(crate) fault: Option<Fault>,
    pub(crate) line: Option<Quadrilateral>,
    pub(crate) seconds: f64,
    pub(crate) bytes: usize,
    pub(crate) spent: Spent,
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
pub(crate) fn own(networks: &Networks, photo: &[u8]) -> Answer {
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
            fault: reading.fault,
            line: reading.line,
            seconds,
            bytes,
            spent,
        },
    }
}

/// Another reader, in a process of its own: it is sent a photo's length, in eight bytes, and the photo,
/// and answers with a line of JSON.
pub(crate) struct Peer {
    process: Child,
    answers: BufReader<process::ChildStdout>,
    pub(crate) name: String,
}

impl Peer {
    /// Starts it; says why not where it is not installed.
    pub(crate) fn start(python: &str) -> Result<Self, String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/evaluate/peer.py");
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

    pub(crate) fn read(&mut self, photo: &[u8]) -> Answer {
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
