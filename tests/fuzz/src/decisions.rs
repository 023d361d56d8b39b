//! The decision about a code that a vendor never wrote.

use cardwire::reference;
use cardwire::{Billed, Vendor};

use crate::vectors;

const OPERATIONS: [&str; 8] =
    ["recognize", "fetch_order", "verify2", "verify3", "verify4", "lookup_card", "token", "ticket"];

pub(crate) fn run(data: &[u8]) {
    let [vendor, operation, high, low, code @ ..] = data else { return };
    let vendor = Vendor::ALL[usize::from(*vendor) % Vendor::ALL.len()];
    let operation = OPERATIONS[usize::from(*operation) % OPERATIONS.len()];
    let by_status = reference::status(u16::from_be_bytes([*high, *low]));
    assert!(by_status.follows.retry == "none" || by_status.billed == Some(Billed::No));
    let code = String::from_utf8_lossy(code);
    let row = reference::code(vendor, operation, &code);
    if row.follows.retry != "none" || row.follows.failover == "yes" {
        assert_eq!(row.billed, Some(Billed::No), "{vendor} {operation} {code}");
    }
    // The code itself, or the family that it begins with.
    let start = code.get(..row.name.len()).unwrap_or_default();
    let is_known =
        code == row.name || (row.reach != "code" && start.eq_ignore_ascii_case(&row.name));
    assert!(is_known || row.follows == reference::unknown_code().follows, "{vendor} {code}");
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (vendor, one) in Vendor::over_network().enumerate() {
        for case in vectors::cases(one.name(), "answers") {
            let operation = OPERATIONS.iter().position(|name| case["operation"] == *name);
            let code = ["ok", "error"]
                .into_iter()
                .find_map(|side| case["expect"][side]["vendor_code"].as_str());
            if let (Some(operation), Some(code)) = (operation, code) {
                let status = case["response"]["status"].as_u64().unwrap_or(200) as u16;
                let [high, low] = status.to_be_bytes();
                let mut seed = vec![vendor as u8, operation as u8, high, low];
                seed.extend_from_slice(code.as_bytes());
                seeds.push(seed);
            }
        }
    }
    seeds
}

pub(crate) fn words() -> Vec<String> {
    let codes = |seed: Vec<u8>| String::from_utf8_lossy(&seed[4..]).into_owned();
    let mut words: Vec<String> =
        seeds().into_iter().map(codes).filter(|word| !word.is_empty()).collect();
    words.sort();
    words.dedup();
    words
}
