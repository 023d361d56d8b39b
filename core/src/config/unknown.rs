//! Keys that no section takes. They are told before anything else that is wrong: a key that is spelt
//! otherwise is the reason why another one is missing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::keys::KeysBySection;
use super::section::unknown_key;
use crate::error::Error;
use crate::vendors::Vendor;

/// Returns the error of the first key of a document that its section does not take.
pub(super) fn first(document: &Value, keys: &KeysBySection) -> Option<Error> {
    let entries = document.get("vendors").and_then(Value::as_array);
    section(keys, "", "", document).or_else(|| {
        entries?.iter().enumerate().find_map(|(index, entry)| {
            let path = format!("vendors[{index}]");
            match entry.get("vendor").and_then(Value::as_str).and_then(Vendor::from_name) {
                Some(vendor) => section(keys, &path, &format!("vendors.{vendor}"), entry),
                // Whose entry it is, nobody knows: a key of any vendor may be right.
                None => {
                    let any = |name: &&String| name.matches('.').count() == 1;
                    let all = keys.keys().filter(any).filter_map(|name| keys.get(name));
                    let all: BTreeSet<&str> = all.flatten().copied().collect();
                    unknown(&path, entry, &all)
                }
            }
        })
    })
}

/// Returns the first unknown key of an object and of the objects in it.
fn section(keys: &KeysBySection, path: &str, name: &str, value: &Value) -> Option<Error> {
    let known: BTreeSet<&str> = keys.get(name)?.iter().copied().collect();
    let below = |parent: &str, key: &str| {
        if parent.is_empty() { key.to_owned() } else { format!("{parent}.{key}") }
    };
    unknown(path, value, &known).or_else(|| {
        value
            .as_object()?
            .iter()
            .find_map(|(key, value)| section(keys, &below(path, key), &below(name, key), value))
    })
}

fn unknown(path: &str, value: &Value, known: &BTreeSet<&str>) -> Option<Error> {
    let key = value.as_object()?.keys().find(|key| !known.contains(key.as_str()))?;
    Some(unknown_key(path, key, known.iter().copied()))
}
