//! The suite through the Rust library.

use std::path::Path;

use cardwire_conformance::{RustSubject, Suite};

#[test]
fn every_case_holds_in_rust() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance");
    let suite = Suite::start(folder).unwrap();
    let report = suite.run(&mut RustSubject::default()).unwrap();
    println!("Rust: {} passed, {} failed", report.passed, report.failures.len());
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
    assert!(report.passed > 100);
}

#[test]
fn every_bad_input_is_refused_in_rust() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bad_inputs");
    let suite = Suite::start(folder).unwrap();
    let report = suite.run_bad_inputs(&mut RustSubject::default()).unwrap();
    println!("Rust, bad inputs: {} passed, {} failed", report.passed, report.failures.len());
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
    assert!(report.passed > 400);
}
