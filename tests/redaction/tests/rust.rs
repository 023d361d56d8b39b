//! The library itself under the canaries.

use std::path::Path;

use cardwire_redaction::{Canaries, Testbed, run};

#[test]
fn nothing_that_the_library_shows_writes_or_sends_in_an_address_holds_a_canary() {
    let seed = Canaries::fresh_seed().unwrap();
    println!("canaries: --seed {seed}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("redaction");
    let testbed =
        Testbed::start(&folder, seed, std::env::var_os("CARDWIRE_CANARIES").is_some()).unwrap();
    let driver = [env!("CARGO_BIN_EXE_cardwire-redaction-driver").to_owned()];
    let report = run(&testbed, &driver).unwrap();
    println!("{} requests; {:?}", report.requests, report.sinks);
    assert!(report.requests > 400, "{}", report.requests);
    assert!(report.findings.is_empty(), "{}", report.findings.join("\n"));
}
