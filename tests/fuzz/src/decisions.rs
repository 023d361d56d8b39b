//! What is done about a code that a vendor never wrote.

use cardwire::fuzz_support::{on_code, on_status};
use cardwire::{Billed, Vendor};

use crate::vectors;

const OPERATIONS: [&str; 8] =
    ["recognize", "fetch_order", "verify2", "verify3", "verify4", "lookup_card", "token", "ticket"];

pub(crate) fn run(data: &[u8]) {
    let [vendor, operation, high, low, code @ ..] = data else { return };
    let vendor = Vendor::ALL[usize::from(*vendor) % Vendor::ALL.len()];
    let operation = OPERATIONS[usize::from(*operation) % OPERATIONS.len()];
    let by_status = on_status(u16::from_be_bytes([*high, *low]));
    assert!(!by_status.retries || by_status.billed == Billed::No);
    let code = String::from_utf8_lossy(code);
    let decided = on_code(vendor, operation, &code);
    assert_eq!(decided, on_code(vendor, operation, &code), "one code, one decision");
    if decided.retries || decided.fails_over {
        assert_eq!(decided.billed, Billed::No, "{vendor} {operation} {code}");
    }
    if code.contains(|character: char| character.is_whitespace() || character.is_control()) {
        // No row is about such a code, whatever is around it. Words of the gateway have spaces.
        let known = decided.retries || decided.fails_over || decided.billed != Billed::Unknown;
        assert!(
            !known
                || matches!(vendor, Vendor::AliyunBankocr | Vendor::AliyunYhkr)
                || code.contains('.')
        );
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (vendor, one) in Vendor::ALL.iter().enumerate() {
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
