//! Every target over its seeds and its corpus, and random calls of the C library.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use cardwire::check_id_number;
use cardwire_fuzz::{TARGETS, corpus, find, page, random_calls, table};

/// An input that takes this long in any build is a fault.
const LONGEST: Duration = Duration::from_secs(10);

#[test]
fn every_corpus_has_a_target_and_every_target_is_on_the_page() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in fs::read_dir(here.join("corpus")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(find(name).is_some(), "{}: there is no target {name}", path.display());
    }
    let page = fs::read_to_string(page::path()).unwrap();
    let right = page::put(&page, "targets", &table()).unwrap();
    assert!(page == right, "cargo run -p cardwire-fuzz page");
}

#[test]
fn every_corpus_is_replayed() {
    for target in TARGETS.iter() {
        let began = Instant::now();
        let kept = corpus::read(&target.name).unwrap();
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
fn random_calls_of_the_c_library_end_in_what_the_header_says() {
    const CALLS: usize = 100_000;
    let began = Instant::now();
    let made = random_calls(0x0cad_71e0, CALLS);
    assert!(made > 1000);
    println!("{CALLS} calls with {made} objects in {} ms", began.elapsed().as_millis());
}

/// Corpora are made of invented values: no one's ID number came to be in them.
#[test]
fn corpora_hold_no_id_number_but_the_invented() {
    for target in TARGETS.iter() {
        for input in corpus::read(&target.name).unwrap() {
            let text = String::from_utf8_lossy(&input);
            for run in text.split(|one: char| !one.is_ascii_digit() && one != 'X' && one != 'x') {
                for start in 0..run.len().saturating_sub(17) {
                    let number = &run[start..start + 18];
                    let check = check_id_number(number);
                    // The provinces of GB/T 2260 end at 82: what was changed by chance is nowhere.
                    let somewhere = ("11".."83").contains(&&number[..2]);
                    let valid = check.checksum && check.birth_date && somewhere;
                    assert!(!valid || number == "110101190001010014", "{}: {number}", target.name);
                }
            }
        }
    }
}
