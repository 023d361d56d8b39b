//! The answers of `tests/vectors` as inputs, and their words.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cardwire::fuzz_support::Account;
use serde_json::Value;

fn folder(vendor: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors").join(vendor)
}

/// Returns the configuration with the account of a vendor's vectors.
pub(crate) fn account(vendor: &str) -> String {
    let text = fs::read_to_string(folder(vendor).join("account.json")).expect("an account");
    format!(r#"{{"vendors": [{text}]}}"#)
}

/// Returns that account, opened.
pub(crate) fn opened(vendor: &str) -> Account {
    Account::open(&account(vendor)).expect("the account of the vectors").remove(0)
}

/// Returns every case of a vendor under `topic`.
pub(crate) fn cases(vendor: &str, topic: &str) -> Vec<Value> {
    let entries = fs::read_dir(folder(vendor).join(topic)).expect("vectors");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    paths
        .iter()
        .flat_map(|path| {
            let text = fs::read(path).expect("a file of vectors");
            serde_json::from_slice::<Vec<Value>>(&text).expect("a list of cases")
        })
        .collect()
}

/// Returns a response in the form that the targets read: what was asked and the status, header
/// lines, an empty line, the body.
pub(crate) fn response(asked: char, case: &Value) -> Vec<u8> {
    let response = &case["response"];
    let status = response["status"].as_u64().unwrap_or(200);
    let mut bytes = format!("{asked}{status:03}\n").into_bytes();
    for header in response["headers"].as_array().into_iter().flatten() {
        let text = |index: usize| header[index].as_str().unwrap_or_default();
        bytes.extend_from_slice(format!("{}: {}\n", text(0).to_lowercase(), text(1)).as_bytes());
    }
    bytes.push(b'\n');
    match (&response["body"], &response["body_base64"]) {
        (Value::String(text), _) => bytes.extend_from_slice(text.as_bytes()),
        (_, Value::String(text)) => bytes.extend(STANDARD.decode(text).expect("base64")),
        (Value::Null, _) => {}
        (body, _) => bytes.extend_from_slice(body.to_string().as_bytes()),
    }
    bytes
}

/// Returns the names of members, the codes and the short texts of a vendor's answers.
pub(crate) fn words(vendor: &str) -> Vec<String> {
    fn collect(value: &Value, words: &mut BTreeSet<String>) {
        match value {
            Value::String(text) if text.len() <= 24 => {
                words.insert(text.clone());
            }
            Value::Number(number) => {
                words.insert(number.to_string());
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, words)),
            Value::Object(object) => {
                for (name, value) in object {
                    words.insert(format!("\"{name}\":"));
                    collect(value, words);
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for case in cases(vendor, "answers") {
        collect(&case["response"]["body"], &mut found);
        for header in case["response"]["headers"].as_array().into_iter().flatten() {
            found.insert(header[0].as_str().unwrap_or_default().to_lowercase());
        }
    }
    found.extend(["6222020000000000000", "110101190001010014", "张三"].map(str::to_owned));
    found.into_iter().filter(|word| !word.is_empty()).collect()
}
