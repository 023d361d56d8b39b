//! The reference page `docs/reference/events.md`, made from the library's description of events and of
//! accounts' health.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use cardwire::schema::{RECORDS, Record};
use serde_json::Value;

/// Returns a text as one line; what Rust calls `None` is `null` in JSON.
fn line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ").replace("`None`", "`null`")
}

fn table(page: &mut String, record: &Record, names: &Value) {
    let with_attributes = record.fields.iter().any(|field| field.name == "event");
    let head = if with_attributes { ("| attribute ", "---|") } else { ("", "") };
    let doc = record.doc.split("\n\n").next().unwrap_or_default();
    let _ = write!(
        page,
        "\n## {}\n\n{}\n\n| field {}| |\n|---|{}---|\n",
        record.name,
        line(doc),
        head.0,
        head.1
    );
    for field in
        record.fields.iter().filter(|field| !SHARED.contains(&field.name) || !with_attributes)
    {
        let attribute = match names[field.name].as_str().filter(|_| with_attributes) {
            Some(name) => format!("| `{name}` "),
            None if with_attributes => "| ".to_owned(),
            None => String::new(),
        };
        let _ = writeln!(page, "| `{}` {attribute}| {} |", field.name, line(field.doc));
    }
}

/// The fields that every event has.
const SHARED: [&str; 4] = ["event", "level", "text", "call"];

/// Returns the page.
///
/// # Panics
/// If the library's contract is no JSON.
pub fn page() -> String {
    let contract: Value = serde_json::from_str(&cardwire::bindings::contract()).unwrap();
    let telemetry = &contract["telemetry"];
    let names = &telemetry["attributes"];
    let mut page = "# Events and health\n\n\
        Made from the library's own description by `make events`. The names of fields are those of JSON; each language has \
        them in its own manner. [Telemetry](../telemetry.md) says how they are listened to.\n\n\
        Every event has the fields `event`, its name; `level`, `debug`, `info`, `warn` or `error`; `call`, the number of the \
        call, which no other call of the process has (attribute `cardwire.call`); and `text`, the event as one line. An \
        attribute is there only where there is a value, and `error.type` only where the outcome is not `ok`. Within a span an \
        event is called `cardwire.` and its name.\n\n\
        | metric | unit | | attributes |\n|---|---|---|---|\n"
        .to_owned();
    for metric in ["call", "billed"] {
        let metric = &telemetry["metrics"][metric];
        let text = |key: &str| metric[key].as_str().unwrap_or_default().to_owned();
        let fields = metric["fields"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let fields: Vec<String> = fields
            .map(|field| format!("`{}`", names[field].as_str().unwrap_or_default()))
            .collect();
        let (name, unit, description) = (text("name"), text("unit"), text("description"));
        let _ = writeln!(page, "| `{name}` | `{unit}` | {description} | {} |", fields.join(", "));
    }
    let wanted = |record: &&&Record| {
        record.fields.iter().any(|field| field.name == "event")
            || record.name.starts_with("account_")
    };
    for record in RECORDS.iter().filter(wanted) {
        table(&mut page, record, names);
    }
    page
}

/// Returns the path of the page.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/events.md")
}
