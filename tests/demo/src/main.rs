//! `cardwire-demo PROGRAM...`: starts the sandbox, lets each program recognise a card photo or verify a
//! cardholder with every vendor there, and shows all of it in one table. A program is called with the
//! paths of a configuration and of a photo and with pairs of an operation and a vendor, and prints a
//! line of JSON for each pair.
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use cardwire::{CallOptions, Client, Image, Operation, Vendor};
use cardwire_sandbox::{Options, Sandbox};
use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets};
use serde_json::Value;

const HEADINGS: [&str; 8] =
    ["language", "vendor", "card", "issuer", "outcome", "billed", "order number", "ms"];
const FIELDS: [&str; 8] =
    ["language", "vendor", "card", "issuer", "outcome", "billed", "order_id", "milliseconds"];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("cardwire-demo: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let sandbox = Sandbox::start(Options::default()).map_err(|error| error.to_string())?;
    let config = std::env::temp_dir().join(format!("cardwire-demo-{}.json", std::process::id()));
    let mut document = sandbox.config();
    if let Some(vendors) = document["vendors"].as_array_mut() {
        vendors.push(serde_json::json!({"vendor": Vendor::Offline.name()}));
    }
    std::fs::write(&config, document.to_string()).map_err(|error| error.to_string())?;
    let shown = show(&sandbox, &config);
    let _ = std::fs::remove_file(&config);
    shown
}

fn show(sandbox: &Sandbox, config: &Path) -> Result<(), String> {
    let photo = cardwire_test_images::dir().join(cardwire_test_images::FIRST);
    println!("Photo: {}, an invented card.", relative(&photo));
    println!("Vendors: the sandbox on 127.0.0.1, which checks every request as the real ones do,");
    println!("and offline, which is this machine: it reads the photo itself.\n");
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_header(HEADINGS);
    table.remove_style(TableComponent::HorizontalLines);
    table.remove_style(TableComponent::MiddleIntersections);
    table.set_content_arrangement(ContentArrangement::Disabled);
    if let Some(column) = table.column_mut(HEADINGS.len() - 1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut rows = 0;
    for program in std::env::args().skip(1) {
        for line in output(&program, config, &photo)?.lines() {
            let row: Value =
                serde_json::from_str(line).map_err(|_| format!("{program}: {line}"))?;
            table.add_row(FIELDS.iter().map(|field| cell(&row[field])));
            rows += 1;
        }
    }
    println!("{table}");
    println!("\n{rows} calls. And one that cannot succeed: a photo cut off in the middle.\n");
    let client = Client::from_config(
        cardwire::Config::from_json(&sandbox.config().to_string()).map_err(|e| e.to_string())?,
    );
    let damaged = Image::path(cardwire_test_images::dir().join("truncated.jpg"));
    match client.recognize(damaged, &CallOptions::new().vendor("tencent_kyc")) {
        Ok(card) => Err(format!("the damaged photo was read: {card:?}")),
        Err(error) => {
            println!("  {error}");
            println!("  billed: {}; what to do: {}", error.billed(), error.kind().advice());
            Ok(())
        }
    }
}

fn output(program: &str, config: &Path, photo: &Path) -> Result<String, String> {
    let calls = Vendor::ALL.iter().flat_map(|vendor| {
        let operations = [Operation::Recognize, Operation::Verify].into_iter();
        let own = operations.filter(|operation| vendor.operations().contains(operation));
        own.flat_map(|operation| [operation.slug(), vendor.name()])
    });
    let output = Command::new(program)
        .args([config, photo])
        .args(calls)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program}: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{program}: its output is not UTF-8"))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) if text.is_empty() => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn relative(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().unwrap_or(root);
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.strip_prefix(root).unwrap_or(&path).display().to_string()
}
