//! `cardwire-demo PROGRAM...`: starts the sandbox, lets each program recognise a card photo or verify a
//! cardholder with every vendor there, and then read a photo out of focus by `offline` or else a vendor,
//! and shows all of it in tables. A program is called with the paths of a configuration and of a photo
//! and with pairs of an operation and vendors, and prints a line of JSON for each pair.
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use cardwire::{CallOptions, Client, Image, Operation, Vendor};
use cardwire_sandbox::{Options, Sandbox};
use cardwire_test_images::FIRST;
use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets};
use serde_json::{Value, json};

const HEADINGS: [&str; 8] =
    ["language", "vendor", "card", "issuer", "outcome", "billed", "order number", "ms"];
const FIELDS: [&str; 8] =
    ["language", "vendor", "card", "issuer", "outcome", "billed", "order_id", "milliseconds"];
/// The accounts that a photo is asked of, in order.
const FAILOVER: [&str; 2] = ["offline", "tencent_kyc"];

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
    let folder = std::env::temp_dir().join(format!("cardwire-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let shown = show(&sandbox, &folder);
    let _ = std::fs::remove_dir_all(&folder);
    shown
}

fn show(sandbox: &Sandbox, folder: &Path) -> Result<(), String> {
    let mut document = sandbox.config();
    if let Some(vendors) = document["vendors"].as_array_mut() {
        vendors.push(json!({"vendor": Vendor::Offline.name()}));
    }
    document["failover"] = json!({"recognize": FAILOVER});
    let config = folder.join("cardwire.json");
    std::fs::write(&config, document.to_string()).map_err(|error| error.to_string())?;
    let photo = cardwire_test_images::dir().join(FIRST);
    println!("Photo: {}, an invented card.", relative(&photo));
    println!("Vendors: the sandbox on 127.0.0.1, which checks every request as the real ones do,");
    println!("and offline, which is this machine: it reads the photo itself.\n");
    let each = Vendor::ALL.iter().flat_map(|vendor| {
        let operations = [Operation::Recognize, Operation::Verify].into_iter();
        let own = operations.filter(|operation| vendor.operations().contains(operation));
        own.flat_map(|operation| [operation.slug(), vendor.name()])
    });
    let calls = table(&config, &photo, &each.collect::<Vec<_>>())?;

    let order = FAILOVER.join(", then ");
    println!(
        "\nThe same card out of focus, asked of {order}: what this machine cannot read, a vendor does.\n"
    );
    let blurred = folder.join("out-of-focus.jpg");
    let picture = cardwire_test_images::out_of_focus(&cardwire_test_images::load(FIRST));
    std::fs::write(&blurred, picture).map_err(|error| error.to_string())?;
    let calls = calls + table(&config, &blurred, &["recognize", &FAILOVER.join(",")])?;

    println!("\n{calls} calls. And one that cannot succeed: a photo cut off in the middle.\n");
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

/// Lets each program make the calls, and shows them in a table; returns how many there were.
fn table(config: &Path, photo: &Path, calls: &[&str]) -> Result<usize, String> {
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
        for line in output(&program, config, photo, calls)?.lines() {
            let row: Value =
                serde_json::from_str(line).map_err(|_| format!("{program}: {line}"))?;
            table.add_row(FIELDS.iter().map(|field| cell(&row[field])));
            rows += 1;
        }
    }
    println!("{table}");
    Ok(rows)
}

fn output(program: &str, config: &Path, photo: &Path, calls: &[&str]) -> Result<String, String> {
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
