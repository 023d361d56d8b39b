//! The Rust library as a subject.

use std::path::Path;
use std::time::Duration;

use cardwire::{CallOptions, Cardholder, Client, Error, Image};
use serde_json::{Map, Value};

use crate::case::{Ask, Operation};
use crate::subject::{Reply, Subject};

/// The library itself, in this process.
#[derive(Default)]
pub struct RustSubject(Option<Client>);

impl Subject for RustSubject {
    fn name(&self) -> &str {
        "Rust"
    }

    fn open(&mut self, config: &Path) -> Result<(), String> {
        let config = std::fs::read_to_string(config).map_err(|error| error.to_string())?;
        self.0 = Some(Client::from_json(&config).map_err(|error| error.to_string())?);
        Ok(())
    }

    fn call(&mut self, ask: &Ask) -> Result<Reply, String> {
        let client = self.0.as_ref().ok_or("no client is open")?;
        let text = |name: &str| ask.argument(name).unwrap_or_default();
        let options = options(ask)?;
        let result = match ask.operation {
            Operation::Recognize => {
                let image = match (ask.argument("file"), ask.argument("url")) {
                    (Some(path), _) => Image::path(path),
                    (None, url) => Image::url(url.unwrap_or_default()),
                };
                client.recognize(image, &options).map(|card| card.to_json())
            }
            Operation::Verify => {
                let mut cardholder = Cardholder::new(text("card_number"), text("name"));
                if let Some(id_number) = ask.argument("id_number") {
                    cardholder = cardholder.id_number(id_number);
                }
                if let Some(phone) = ask.argument("phone") {
                    cardholder = cardholder.phone(phone);
                }
                client.verify(cardholder, &options).map(|verified| verified.to_json())
            }
            Operation::LookupCard => {
                client.lookup_card(text("card_number"), &options).map(|card| card.to_json())
            }
            Operation::FetchOrder => {
                client.fetch_order(text("order_id"), &options).map(|order| order.to_json())
            }
        };
        match result.map_err(|error: Error| error.to_json()) {
            Ok(json) => object(&json).map(Reply::Ok),
            Err(json) => object(&json).map(Reply::Error),
        }
    }
}

fn options(ask: &Ask) -> Result<CallOptions, String> {
    let mut options = CallOptions::new();
    if let Some(vendor) = ask.argument("vendor") {
        options = options.vendors(vendor.split(','));
    }
    if let (Some(order_id), false) =
        (ask.argument("order_id"), ask.operation == Operation::FetchOrder)
    {
        options = options.order_id(order_id);
    }
    if let Some(user_id) = ask.argument("user_id") {
        options = options.user_id(user_id);
    }
    if let Some(timeout) = ask.argument("timeout_ms") {
        let milliseconds = timeout.parse().map_err(|_| format!("timeout_ms: {timeout}"))?;
        options = options.timeout(Duration::from_millis(milliseconds));
    }
    Ok(options)
}

fn object(json: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}
