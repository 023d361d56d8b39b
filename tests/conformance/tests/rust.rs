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
