//! The decision table, read once more and by itself, so that the library does not judge itself.

use std::sync::OnceLock;

use serde_json::Value;

fn table() -> &'static Value {
    static READ: OnceLock<Value> = OnceLock::new();
    READ.get_or_init(|| {
        let text = include_str!("../../../../core/src/decision_table.json");
        serde_json::from_str(text).unwrap_or_default()
    })
}

fn rows(vendor: &str) -> impl Iterator<Item = &'static Value> {
    let own = &table()["vendors"][vendor];
    let list = |value: &'static Value| value.as_array().into_iter().flatten();
    let also = list(&own["also"]).filter_map(Value::as_str);
    list(&own["rows"]).chain(also.flat_map(move |name| list(&table()["shared"][name])))
}

fn lists(row: &Value, key: &str, text: &str) -> bool {
    row[key].as_array().is_some_and(|list| list.iter().any(|one| one == text))
}

/// The row of a code in the answer to an operation; that of an unknown code where there is none.
pub fn row(vendor: &str, operation: &str, code: &str) -> &'static Value {
    let find = |code: &str| {
        let fits = |row: &&Value| lists(row, "codes", code);
        let own = rows(vendor).filter(fits).find(|row| lists(row, "in", operation));
        own.or_else(|| rows(vendor).filter(fits).find(|row| row["in"].is_null()))
    };
    let own = &table()["vendors"][vendor];
    let family = || {
        let (family, _) = code.split_once(own["family_separator"].as_str()?)?;
        lists(own, "families", family).then_some(family)
    };
    find(code).or_else(|| find(family()?)).unwrap_or(&table()["unknown_code"])
}

/// Whether the same account may be asked again after that code.
pub fn may_repeat(vendor: &str, operation: &str, code: &str) -> bool {
    row(vendor, operation, code)["retry"] != "none"
}

/// `yes`, `no` or `unknown`.
pub fn billed(vendor: &str, operation: &str, code: &str) -> &'static str {
    row(vendor, operation, code)["billed"].as_str().unwrap_or("unknown")
}

/// Every code that the table knows in answers of a vendor to an operation.
pub fn codes(vendor: &str, operation: &str) -> Vec<&'static str> {
    let fits = |row: &&Value| row["in"].is_null() || lists(row, "in", operation);
    let codes = rows(vendor).filter(fits).filter_map(|row| row["codes"].as_array());
    codes.flatten().filter_map(Value::as_str).collect()
}
