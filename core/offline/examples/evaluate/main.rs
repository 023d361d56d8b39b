//! Measures the reader on real photos, and another reader beside it:
//! `evaluate PHOTOS LIST [--aside] [--only PASSES] [--peer PYTHON] [--readings FILE] [READER FINDER]`.
//!
//! Each photo is read as it is, turned by an angle drawn from its name, made small in a larger frame
//! (from 0.3 of its width on), and both; those that are read rightly and surely are read out of focus, moved
//! and cut, too. `--only` names some of these passes. PYTHON is an interpreter
//! that has what peer.py needs. FILE gets a line for each reading, which training/calibrate.py takes: the
//! pass, whether the reading is right, and its confidence. READER and FINDER are files of weights to be measured instead of the
//! built-in ones.
//!
//! LIST is a JSON file: photo's file name, then `group`, `flags`, `number_sha256` and perhaps
//! `expiry_sha256`, the SHA-256 of "cardwire-judge" and the number, and for the latter also the date as
//! printed. Counts are printed, and no text that was read or is right. A third of the photos, chosen by
//! the hash of the file, is set aside for the last measurement, and read only with `--aside`.

mod counts;
mod pictures;
mod readers;
mod tables;

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs, process};

use cardwire_offline::Networks;
use serde_json::Value;

use crate::counts::{Outcome, hex, judge};
use crate::pictures::{PASSES, Pass, spoilt};
use crate::readers::{Peer, own};
use crate::tables::{print_faults, print_goals, print_misses, print_own};

const USAGE: &str = "usage: evaluate PHOTOS LIST [--aside] [--only PASSES] [--peer PYTHON] \
                     [--readings FILE] [READER FINDER]";

fn main() {
    let (mut named, mut is_aside, mut only, mut python) = (Vec::new(), false, None, None);
    let mut file = None;
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--aside" => is_aside = true,
            "--only" => only = arguments.next(),
            "--peer" => python = arguments.next(),
            "--readings" => file = arguments.next(),
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
            if let Some(spoil) = pass.spoil {
                let plain = own(networks, &photo);
                let is_right = |number: &String| facts["number_sha256"] == judge(number).as_str();
                let is_right = plain.is_accepted && plain.numbers.first().is_some_and(is_right);
                let line = plain.line.filter(|_| is_right);
                if let Some(photo) = line.and_then(|line| spoilt(spoil, name, &photo, &line)) {
                    by_own.take(facts, own(networks, &photo));
                }
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
    if let Some(file) = file {
        let rows = passes.iter().zip(&readers[0].1).flat_map(|(pass, outcome)| {
            let row = |(is_right, confidence): &(bool, f32)| {
                format!("{},{},{confidence}\n", pass.name, u8::from(*is_right))
            };
            outcome.readings.iter().map(row)
        });
        fs::write(file, rows.collect::<String>()).expect("a file that can be written");
    }
    println!("Of the group `cn`, where no other is named:\n");
    print_goals(&readers, &passes);
    print_faults(&readers[0].1, &passes);
    for (name, outcomes) in &readers {
        print_misses(name, outcomes, &passes);
    }
    print_own(&readers[0].1, &passes);
}
