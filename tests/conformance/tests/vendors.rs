//! Each file that names the vendors one by one names all of them.

use std::fs;
use std::path::Path;

use cardwire::{Operation, Vendor, check_image};
use cardwire_test_images::size_variants;
use serde_json::Value;

/// A file, how often each vendor's name stands in it at least, and in which form.
type NameCount = (&'static str, usize, fn(&str) -> String);

const NAME_COUNTS: &[NameCount] = &[
    ("bindings/go/names.go", 1, quoted),
    ("bindings/java/src/main/java/io/cardwire/Vendor.java", 1, constant),
    ("bindings/node/index.d.ts", 1, |name| format!("'{name}'")),
    ("bindings/python/python/cardwire/_names.py", 1, quoted),
    ("docs/configuration.md", 1, marked),
    // A row about what it does, and a row with its counts and its document.
    ("docs/vendors.md", 2, |name| format!("| `{name}` |")),
    ("README.md", 1, marked),
    ("README.zh-CN.md", 1, marked),
];

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// A constant of a Java enum, on a line of its own.
fn constant(name: &str) -> String {
    format!("    {}", name.to_uppercase())
}

fn marked(name: &str) -> String {
    format!("`{name}`")
}

#[test]
fn every_vendor_is_named_wherever_vendors_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut missing = Vec::new();
    for vendor in Vendor::ALL {
        let name = vendor.name();
        for (path, wanted, form) in NAME_COUNTS {
            let text = fs::read_to_string(root.join(path)).unwrap();
            let found = text.matches(&form(name)).count();
            if found < *wanted {
                missing.push(format!("{path}: {} stands there {found} times", form(name)));
            }
        }
        if vendor.default_url().is_none() {
            continue;
        }
        for path in ["account.json", "answers"] {
            let path = format!("tests/vectors/{name}/{path}");
            if !root.join(&path).exists() {
                missing.push(format!("{path} is missing"));
            }
        }
        if cardwire_sandbox::Vendor::from_name(name).is_none() {
            missing.push(format!("the sandbox has no {name}"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_benchmark_measures_every_vendor() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bench/src/lib.rs");
    let text = fs::read_to_string(path).unwrap();
    for vendor in Vendor::over_network() {
        assert!(text.contains(&quoted(vendor.name())), "tests/bench/src/lib.rs has no {vendor}");
    }
}

#[test]
fn the_size_limit_of_every_vendor_has_photos_on_both_sides() {
    for vendor in Vendor::over_network() {
        let variants = size_variants().into_iter().filter(|one| one.vendor == vendor.name());
        let taken = |photo: Vec<u8>| {
            let check = check_image(photo).unwrap();
            let found = check.vendors.iter().find(|(other, _)| other == vendor);
            found.is_some_and(|(_, refusal)| refusal.is_none())
        };
        let found: Vec<(bool, bool)> =
            variants.map(|one| (one.accepted, taken(one.picture()))).collect();
        let reads = vendor.operations().contains(&Operation::Recognize);
        let expected: &[_] = if reads { &[(true, true), (false, false)] } else { &[] };
        assert_eq!(found, expected, "tests/images/src/sizes.rs: {vendor}");
    }
}

#[test]
fn every_vendor_is_asked_by_a_client_that_is_not_ours() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients/clients.json");
    let table: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    for vendor in Vendor::over_network() {
        let name = vendor.name();
        assert!(
            table["cases"][name].is_array(),
            "tests/clients/clients.json has no cases of {name}"
        );
        let asks = |client: &Value| client["cases"] == name;
        let clients = table["clients"].as_array().unwrap();
        assert!(clients.iter().any(asks), "tests/clients/clients.json has no client of {name}");
    }
}
