//! The tables of the README are made from those of the code. `CARDWIRE_WRITE_README=1` writes them anew.

use std::fmt::Write;

use cardwire_sandbox::{Vendor, checks, magic};
use serde_json::Value;

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or("")
}

fn section(out: &mut String, title: &str, head: &[&str], rows: &[Vec<String>]) {
    writeln!(out, "### {title} ({})\n", rows.len()).unwrap();
    writeln!(out, "| {} |", head.join(" | ")).unwrap();
    writeln!(out, "|{}", "---|".repeat(head.len())).unwrap();
    for row in rows {
        writeln!(out, "| {} |", row.join(" | ")).unwrap();
    }
    out.push('\n');
}

fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// Returns the refusals of each vendor, and from where they are known.
fn checks() -> String {
    let table = checks::table();
    let rows = table.as_array().unwrap();
    let mut out = String::new();
    for by in rows.chunk_by(|a, b| a["by"] == b["by"]) {
        let list: Vec<Vec<String>> = by
            .iter()
            .map(|r| {
                let (source, at) = (text(r, "source"), text(r, "at"));
                let source =
                    if at.is_empty() { source.into() } else { format!("[{source}]({at})") };
                vec![text(r, "refuses").into(), code(text(r, "answer")), source]
            })
            .collect();
        let by = text(&by[0], "by");
        let title = match by {
            "every listener" => "Every listener".to_owned(),
            "aliyun_gateway" => "The gateway before both Aliyun products".to_owned(),
            "tencent_cloud" => "Every product of Tencent Cloud API 3.0".to_owned(),
            _ => code(by),
        };
        section(&mut out, &title, &["refused", "answer", "known from"], &list);
    }
    out
}

fn tables() -> String {
    let table = magic::table();
    let of = |vendor: &str, keep: &dyn Fn(&Value) -> bool| -> Vec<Value> {
        let rows = table.as_array().unwrap().iter();
        rows.filter(|r| r["vendor"] == vendor && keep(r)).cloned().collect()
    };
    let billed = |r: &Value| if r["billed"] == true { "yes" } else { "no" }.to_owned();
    let card = |r: &Value| code(r["input"]["card_number"].as_str().unwrap_or(""));
    let mut out = String::new();
    let head = ["code", "text", "billed"];
    let photo = |rows: Vec<Value>| -> Vec<Vec<String>> {
        rows.iter()
            .map(|r| vec![code(text(r, "code")), text(r, "message").into(), billed(r)])
            .collect()
    };
    section(
        &mut out,
        "`tencent_kyc`: marker `\"answer\"`",
        &head,
        &photo(of("tencent_kyc", &|r| r["warning"].is_null())),
    );
    let warnings: Vec<Vec<String>> = of("tencent_kyc", &|r| !r["warning"].is_null())
        .iter()
        .map(|r| vec![code(text(r, "warning")), text(r, "message").into()])
        .collect();
    section(&mut out, "`tencent_kyc`: marker `\"warnings\"`", &["code", "text"], &warnings);
    section(
        &mut out,
        "`wechat`: marker `\"answer\"`, image address, or app id `wxcode<code>`",
        &head,
        &photo(of("wechat", &|r| r["operation"] == "recognize")),
    );
    section(
        &mut out,
        "`aliyun_bankocr`: marker `\"answer\"` or image address",
        &head,
        &photo(of("aliyun_bankocr", &|r| r["status"].is_null())),
    );
    let yhkr: Vec<Vec<String>> = of("aliyun_yhkr", &|r| r["status"].is_null())
        .iter()
        .map(|r| {
            let state = r["state"].as_str().map_or(String::new(), |s| format!(", state {s}"));
            vec![
                format!("`{}`{state}", text(r, "code")),
                text(r, "message").into(),
                card(r),
                billed(r),
            ]
        })
        .collect();
    section(&mut out, "`aliyun_yhkr`: card number", &["code", "text", "card", "billed"], &yhkr);
    let gateway: Vec<Vec<String>> = of("aliyun_yhkr", &|r| !r["status"].is_null())
        .iter()
        .map(|r| {
            let message = text(r, "message");
            let message = if text(r, "code").starts_with("classic:") { "" } else { message };
            vec![code(text(r, "code")), r["status"].to_string(), message.into(), card(r)]
        })
        .collect();
    section(
        &mut out,
        "Aliyun gateway: marker or address (`aliyun_bankocr`), card number (`aliyun_yhkr`)",
        &["code", "status", "message", "card"],
        &gateway,
    );
    for action in [
        "BankCardVerification",
        "BankCard2EVerification",
        "BankCard4EVerification",
        "CheckBankCardInformation",
    ] {
        let rows: Vec<Vec<String>> = of("tencent_faceid", &|r| r["action"] == action)
            .iter()
            .map(|r| vec![code(text(r, "code")), text(r, "message").into(), card(r), billed(r)])
            .collect();
        let title = format!("`tencent_faceid` {action}: card number");
        section(&mut out, &title, &["Result", "Description", "card", "billed"], &rows);
    }
    let errors: Vec<Vec<String>> = of("tencent_faceid", &|r| r["action"].is_null())
        .iter()
        .map(|r| vec![code(text(r, "code")), card(r)])
        .collect();
    section(
        &mut out,
        "`tencent_faceid` errors, any action: card number",
        &["Error.Code", "card"],
        &errors,
    );
    // Vendors whose machine lists its codes: each row says how it is brought.
    let own = ["tencent_kyc", "wechat", "aliyun_bankocr", "aliyun_yhkr", "tencent_faceid"];
    for vendor in Vendor::ALL.into_iter().map(Vendor::name).filter(|name| !own.contains(name)) {
        let rows = of(vendor, &|_| true);
        if rows.is_empty() {
            continue;
        }
        let is_card = !rows[0]["input"]["card_number"].is_null();
        let line = |r: &Value| match is_card {
            true => vec![code(text(r, "code")), text(r, "message").into(), card(r), billed(r)],
            false => vec![code(text(r, "code")), text(r, "message").into(), billed(r)],
        };
        let lines: Vec<Vec<String>> = rows.iter().map(line).collect();
        let by = if is_card { "card number" } else { "marker `\"answer\"` or image address" };
        let head: &[&str] =
            if is_card { &["code", "text", "card", "billed"] } else { &["code", "text", "billed"] };
        section(&mut out, &format!("`{vendor}`: {by}"), head, &lines);
    }
    out
}

/// Holds the part of the README between two marks to the code.
fn held(mark: &str, made: &str) {
    let (begin, end) = (format!("<!-- {mark}: begin -->\n"), format!("<!-- {mark}: end -->\n"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (before, rest) = readme.split_once(&begin).unwrap();
    let (written, after) = rest.split_once(&end).unwrap();
    if std::env::var_os("CARDWIRE_WRITE_README").is_some() {
        std::fs::write(path, format!("{before}{begin}{made}{end}{after}")).unwrap();
        return;
    }
    assert!(written == made, "{mark}: run once with CARDWIRE_WRITE_README=1");
}

#[test]
fn the_tables_are_those_of_the_code() {
    held("checks", &checks());
    held("tables", &tables());
}
