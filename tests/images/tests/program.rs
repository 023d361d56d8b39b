//! The program writes the size variants and says what they are.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use cardwire_test_images::size_variants;
use serde_json::{Value, json};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_cardwire-test-images"))
}

#[test]
fn sizes_are_written_with_their_list() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sizes/new");
    let status = program().arg("--sizes").arg(&dir).status().expect("the program");
    assert!(status.success());
    let listing = fs::read(dir.join("sizes.json")).expect("the list");
    let listing: Value = serde_json::from_slice(&listing).expect("JSON");
    assert_eq!(listing.as_object().map(|files| files.len()), Some(size_variants().len()));
    for variant in size_variants() {
        assert_eq!(fs::read(dir.join(&variant.file)).expect("a file"), variant.picture());
        let expected = json!({
            "vendor": variant.vendor,
            "bytes": variant.bytes,
            "base64": variant.base64(),
            "accepted": variant.accepted,
            "number": "6217000000000000004",
        });
        assert_eq!(listing[&variant.file], expected);
    }
}

#[test]
fn wrong_arguments_are_refused_with_the_usage() {
    let output = program().arg("--size").output().expect("the program");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .starts_with("usage: cardwire-test-images --sizes DIR")
    );
}
