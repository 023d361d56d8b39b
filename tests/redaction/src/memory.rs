//! Searches the memory of a child process as a core image would hold it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use cardwire::{Operation, Vendor};

use crate::search::{Hit, Searcher};
use crate::testbed::Testbed;

/// Pieces in which memory is read, and how much of the one before is searched again with the next.
const PIECE: usize = 8 << 20;
const OVERLAP: usize = 512;

/// A child that makes calls and says on its standard output where it is.
struct Subject {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Subject {
    fn wait_for(&mut self, word: &str) -> Result<(), String> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        if line.trim_end() == word { Ok(()) } else { Err(format!("{line:?} in place of {word}")) }
    }

    fn go_on(&mut self) -> Result<(), String> {
        let input = self.child.stdin.as_mut().ok_or("no standard input")?;
        input.write_all(b"\n").map_err(|error| error.to_string())
    }
}

/// Lets `program` (see `memory.c`) call each vendor of the testbed's sandbox over TLS and searches its
/// memory: when results are freed and connections closed for personal data, when the client is freed for
/// credentials too, and when it kept a card number on purpose. Says what was read, and what was found.
///
/// # Errors
/// The program fails, its memory cannot be read, or the card number kept on purpose is not found.
pub fn search_after_free(testbed: &Testbed, program: &Path) -> Result<(u64, Vec<String>), String> {
    let (config, input) = testbed.memory_files()?;
    let calls = Vendor::ALL.iter().flat_map(|vendor| {
        let operations = [Operation::Recognize, Operation::Verify].into_iter();
        let own = operations.filter(|operation| vendor.operations().contains(operation));
        own.flat_map(|operation| [operation.slug(), vendor.name()])
    });
    let mut child = Command::new(program)
        .args([config, input])
        .args(calls)
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let output = BufReader::new(child.stdout.take().ok_or("no standard output")?);
    let mut subject = Subject { child, output };
    let process = subject.child.id();
    let mut findings = Vec::new();

    subject.wait_for("results freed")?;
    // Connections that may carry billed calls are given up after a second.
    thread::sleep(Duration::from_millis(2_200));
    let (bytes, hits) = memory(process, &testbed.searcher)?;
    let secrets: Vec<&str> = testbed.canaries.secrets().into_iter().map(|(what, _)| what).collect();
    for hit in hits.iter().filter(|hit| !secrets.contains(&hit.canary)) {
        findings.push(format!("results freed: {hit:?}"));
    }
    if !hits.iter().any(|hit| secrets.contains(&hit.canary)) {
        findings.push("the credentials of a live client are not found: was it searched?".into());
    }
    subject.go_on()?;

    subject.wait_for("client freed")?;
    thread::sleep(Duration::from_millis(100));
    let (_, hits) = memory(process, &testbed.searcher)?;
    findings.extend(hits.iter().map(|hit| format!("client freed: {hit:?}")));
    subject.go_on()?;

    subject.wait_for("kept on purpose")?;
    let (_, hits) = memory(process, &testbed.searcher)?;
    for canary in ["card number", "photo", "decoded photo"] {
        if !hits.iter().any(|hit| hit.canary == canary) {
            return Err(format!("a {canary} kept in memory on purpose is not found"));
        }
    }
    subject.go_on()?;
    Ok((bytes, findings))
}

/// Returns everything that a process can read of its own memory; how many bytes it was.
fn memory(process: u32, searcher: &Searcher) -> Result<(u64, Vec<Hit>), String> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).map_err(|e| e.to_string())?;
    let memory = File::open(format!("/proc/{process}/mem"))
        .map_err(|error| format!("the memory of a child cannot be read here: {error}"))?;
    let mut hits = Vec::new();
    let (mut total, mut buffer) = (0, vec![0; PIECE + OVERLAP]);
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (Some(range), Some(rights)) = (fields.next(), fields.next()) else { continue };
        let region = fields.nth(3).unwrap_or_default();
        if !rights.starts_with('r') || region.starts_with("[v") {
            continue;
        }
        let address = |text: &str| u64::from_str_radix(text, 16).map_err(|e| e.to_string());
        let (from, to) = range.split_once('-').ok_or("a range of addresses")?;
        let (mut at, to) = (address(from)?, address(to)?);
        while at < to {
            let length = (to - at).min((PIECE + OVERLAP) as u64) as usize;
            let Some(piece) = buffer.get_mut(..length) else { break };
            // A guard page or a device is no memory.
            if memory.read_exact_at(piece, at).is_err() {
                break;
            }
            total += length as u64;
            for mut hit in searcher.find(piece) {
                hit.around = format!("{at:x} {region}: {}", hit.around);
                hits.push(hit);
            }
            at += length.min(PIECE) as u64;
        }
    }
    Ok((total, hits))
}
