//! Reads a card or verifies its holder with the vendors that it is told, a line of JSON for each call:
//! `recognize_and_verify CONFIG_JSON_FILE PHOTO [recognize|verify VENDOR[,VENDOR]...]...`.

use std::time::Instant;

use cardwire::{CallFacts, CallOptions, Cardholder, Client, Image};
use serde_json::json;

const CARD: &str = "6222020000000000000";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, photo, calls @ ..] = arguments.as_slice() else {
        return Err("CONFIG and PHOTO".into());
    };
    let client = Client::from_json(&std::fs::read_to_string(config)?)?;
    for call in calls.chunks(2) {
        let [operation, vendors] = call else { return Err("an operation and vendors".into()) };
        let options = CallOptions::new().vendors(vendors.split(','));
        let started = Instant::now();
        if operation == "recognize" {
            let card = client.recognize(Image::path(photo), &options)?;
            let number = card.card_number.masked();
            row(operation, &number, card.issuer.as_deref(), "ok", card.facts(), started);
        } else {
            let holder = Cardholder::new(CARD, "张三").id_number("110101190001010014");
            let answer = client.verify(holder, &options)?;
            let outcome = answer.outcome.slug();
            row(operation, "622202*********0000", None, outcome, answer.facts(), started);
        }
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
