//! The shared library exports exactly the functions that `symbols.txt` lists, and the header
//! declares and dates exactly those.

use std::collections::BTreeMap;
use std::env::current_exe;
use std::path::{Path, PathBuf};
use std::process::Command;

use cardwire_core::schema::{self, Field, Record, Shape};

/// Returns each listed function with the version that added it.
fn listed() -> BTreeMap<String, String> {
    let list = include_str!("../symbols.txt");
    let lines: Vec<&str> = list.lines().collect();
    assert!(lines.is_sorted(), "symbols.txt is sorted");
    let row = |line: &&str| {
        let (name, version) = line.split_once(' ').unwrap();
        (name.to_owned(), version.to_owned())
    };
    lines.iter().map(row).collect()
}

/// Returns each function of the header with the version that its text ends with.
fn declared() -> BTreeMap<String, String> {
    let header = include_str!("../../include/cardwire.h");
    let mut functions = BTreeMap::new();
    for declaration in header.split("/**").skip(1).filter(|part| part.contains("CARDWIRE_API")) {
        let (text, code) = declaration.split_once("*/").unwrap();
        let Some(name) = code.split('(').next().and_then(|start| start.split(' ').next_back())
        else {
            panic!("no name: {code}")
        };
        let name = name.trim_matches(['*', '\n']).to_owned();
        let text = text.replace(['*', '\n'], " ");
        let words: Vec<&str> = text.split_whitespace().collect();
        let [.., "Since", version] = words.as_slice() else { panic!("{name} has no version") };
        assert!(!functions.contains_key(&name), "{name} is declared twice");
        functions.insert(name, version.trim_end_matches('.').to_owned());
    }
    functions
}

/// Returns the shared library of `make native`, which CARDWIRE_BUILT names; else one built now, as
/// the tests were: `cargo test` alone does not.
#[cfg(target_os = "linux")]
fn library() -> PathBuf {
    if let Some(built) = std::env::var_os("CARDWIRE_BUILT") {
        return Path::new(&built).join("libcardwire.so");
    }
    let test = current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let name = match profile.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        name => name,
    };
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--lib", "--profile", name, "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(profile.parent().unwrap())
        .status()
        .unwrap();
    assert!(status.success());
    profile.join("libcardwire.so")
}

#[test]
fn the_header_declares_what_is_listed() {
    assert_eq!(declared(), listed());
}

#[test]
#[cfg(target_os = "linux")]
fn the_library_exports_what_is_listed() {
    let output = Command::new("nm")
        .args(["-D", "--defined-only", "--format=posix"])
        .arg(library())
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let mut exported: Vec<&str> =
        text.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    let listed = listed();
    let listed: Vec<&str> = listed.keys().map(String::as_str).collect();
    exported.sort_unstable();
    assert_eq!(exported, listed);
}

#[test]
#[cfg(target_os = "linux")]
fn the_library_has_a_versioned_name() {
    let output = Command::new("readelf").arg("-d").arg(library()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("soname: [libcardwire.so.0]"), "{text}");
}

/// Returns the functions that read a field of a record, whose own begin with `prefix`.
fn readers(prefix: &str, field: &Field) -> Vec<String> {
    let within = |prefix: &str, record: &Record| -> Vec<String> {
        record.flat_fields().flat_map(|field| readers(prefix, field)).collect()
    };
    match (prefix, field.name, field.shape) {
        ("cardwire_error", "kind" | "number", _) => vec!["cardwire_error_status".to_owned()],
        ("cardwire_error", "order", _) => vec!["cardwire_answered_order".to_owned()],
        ("cardwire_event", "event", _) => vec!["cardwire_event_name".to_owned()],
        ("cardwire_image_check", "vendors", Shape::List(record)) => within(prefix, record),
        (_, _, Shape::Inline(record)) => {
            [vec![format!("{prefix}_facts")], within("cardwire_call_facts", record)].concat()
        }
        (_, name, Shape::Object(record)) => within(&format!("{prefix}_{name}"), record),
        (_, name, Shape::List(record)) => {
            let one = format!("{prefix}_{}", name.trim_end_matches('s'));
            [vec![format!("{one}_count")], within(&one, record)].concat()
        }
        (_, name, Shape::Photo | Shape::Answer) => {
            vec![format!("{prefix}_{name}"), format!("{prefix}_{name}_len")]
        }
        (_, name, _) => vec![format!("{prefix}_{name}")],
    }
}

#[test]
fn every_field_of_a_result_can_be_read() {
    let listed = listed();
    let header = include_str!("../../include/cardwire.h");
    for record in schema::RECORDS {
        let prefix = match record.name {
            "account_block" | "attempt" | "cause" | "image_fitted" | "number_candidate"
            | "point" | "valid_thru" | "warning" | "vendor_check" => continue,
            name if record.fields.iter().any(|field| field.name == "event") => {
                let number = format!("#define CARDWIRE_EVENT_{} ", name.to_uppercase());
                assert!(header.contains(&number), "{number}");
                "cardwire_event".to_owned()
            }
            "card_number_check" | "id_number_check" => {
                for field in record.fields {
                    let out = format!("int32_t *{}", field.name);
                    assert!(header.contains(&out), "{}: {out}", record.name);
                }
                continue;
            }
            name => format!("cardwire_{name}"),
        };
        for reader in record.fields.iter().flat_map(|field| readers(&prefix, field)) {
            assert!(listed.contains_key(&reader), "{} has no function {reader}", record.name);
        }
    }
}
