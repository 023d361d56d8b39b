//! Recognises a card photo with three vendors and verifies its holder with two more, a line of JSON
//! each: `recognize_and_verify CONFIG_JSON_FILE PHOTO`.

use std::time::Instant;

use cardwire::{CallFacts, CallOptions, Cardholder, Client, Image};
use serde_json::json;

const CARD: &str = "6222020000000000000";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, config, photo] = arguments.as_slice() else { return Err("CONFIG and PHOTO".into()) };
    let client = Client::from_json(&std::fs::read_to_string(config)?)?;
    for vendor in ["tencent_kyc", "wechat", "aliyun_bankocr"] {
        let started = Instant::now();
        let card = client.recognize(Image::path(photo), &CallOptions::new().vendor(vendor))?;
        let number = card.card_number.masked();
        row("recognize", &number, card.issuer.as_deref(), "ok", card.facts(), started);
    }
    for vendor in ["tencent_faceid", "aliyun_yhkr"] {
        let started = Instant::now();
        let holder = Cardholder::new(CARD, "张三").id_number("110101190001010014");
        let answer = client.verify(holder, &CallOptions::new().vendor(vendor))?;
        let outcome = answer.outcome.slug();
        row("verify", "622202*********0000", None, outcome, answer.facts(), started);
    }
    Ok(())
}

fn row(
    operation: &str,
    card: &str,
    issuer: Option<&str>,
    outcome: &str,
    facts: &CallFacts,
    started: Instant,
) {
    let row = json!({
        "language": "Rust", "vendor": facts.vendor.map(|vendor| vendor.name()),
        "operation": operation, "card": card, "issuer": issuer, "outcome": outcome,
        "billed": facts.billed.slug(), "order_id": facts.order_id,
        "milliseconds": started.elapsed().as_millis() as u64,
    });
    println!("{row}");
}
