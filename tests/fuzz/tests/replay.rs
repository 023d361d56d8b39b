//! Every target over its seeds and its corpus, and random calls of the C library.

use std::time::{Duration, Instant};

use cardwire_fuzz::{TARGETS, corpus, random_calls};

/// An input that takes this long in any build is a fault.
const LONGEST: Duration = Duration::from_secs(10);

#[test]
fn every_corpus_is_replayed() {
    for target in TARGETS {
        let began = Instant::now();
        let kept = corpus::read(target.name).unwrap();
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} has seeds", target.name);
        for input in seeds.iter().chain(&kept) {
            let began = Instant::now();
            (target.run)(input);
            assert!(began.elapsed() < LONGEST, "{}: {input:?}", target.name);
        }
        println!(
            "{:24} {:4} seeds {:5} kept, {:5} ms",
            target.name,
            seeds.len(),
            kept.len(),
            began.elapsed().as_millis()
        );
    }
}

#[test]
fn a_million_random_calls_of_the_c_library_end_in_what_the_header_says() {
    let began = Instant::now();
    let made = random_calls(0x0cad_71e0, 1_000_000);
    assert!(made > 1000);
    println!("1000000 calls with {made} objects in {} ms", began.elapsed().as_millis());
}

/// Corpora are made of invented numbers only.
#[test]
fn corpora_hold_no_long_number_but_the_invented() {
    const INVENTED: [&str; 3] = ["6222020000000000000", "110101190001010014", "13800000000"];
    for target in TARGETS {
        for input in corpus::read(target.name).unwrap() {
            let text = String::from_utf8_lossy(&input);
            for run in text.split(|character: char| !character.is_ascii_digit()) {
                let known = INVENTED.iter().any(|number| run.contains(&number[..9]));
                let varied: std::collections::BTreeSet<char> = run.chars().collect();
                assert!(run.len() < 15 || known || varied.len() < 8, "{}: {run}", target.name);
            }
        }
    }
}
