//! The Rust library as a subject.

use std::time::Duration;

use cardwire::{BatchInput, BatchOptions, CallOptions, Cardholder, Client, Error, Image};
use serde_json::{Value, json};

use crate::case::{Argument, Ask, Operation};
use crate::subject::{Fields, Reply, Subject};

/// The library itself, in this process.
#[derive(Default)]
pub struct RustSubject(Option<Client>);

impl Subject for RustSubject {
    fn name(&self) -> &str {
        "Rust"
    }

    fn open(&mut self, config: &Argument) -> Result<Option<Fields>, String> {
        self.0 = None;
        let config = config.text().ok_or("a configuration is text")?;
        match Client::from_json(config) {
            Ok(client) => {
                self.0 = Some(client);
                Ok(None)
            }
            Err(error) => object(&error.to_json()).map(Some),
        }
    }

    fn call(&mut self, ask: &Ask) -> Result<Reply, String> {
        let text = |name: &str| ask.argument(name).unwrap_or_default();
        let checked = match ask.operation {
            Operation::CheckCardNumber => {
                let check = cardwire::check_card_number(text("card_number"));
                Some(json!({"well_formed": check.well_formed, "luhn": check.luhn}))
            }
            Operation::CheckIdNumber => {
                let check = cardwire::check_id_number(text("id_number"));
                Some(json!({
                    "well_formed": check.well_formed,
                    "checksum": check.checksum,
                    "birth_date": check.birth_date,
                }))
            }
            _ => None,
        };
        if let Some(Value::Object(checked)) = checked {
            return Ok(Reply::Ok(checked));
        }
        let result = self.answer(ask)?;
        match result.map_err(|error: Error| error.to_json()) {
            Ok(json) => object(&json).map(Reply::Ok),
            Err(json) => object(&json).map(Reply::Error),
        }
    }
}

impl RustSubject {
    fn answer(&self, ask: &Ask) -> Result<Result<String, Error>, String> {
        let text = |name: &str| ask.argument(name).unwrap_or_default();
        let bytes = || std::fs::read(text("bytes")).map_err(|error| error.to_string());
        match ask.operation {
            Operation::CheckImage => {
                return Ok(cardwire::check_image(bytes()?).map(|check| check.to_json()));
            }
            Operation::LookAtImage => {
                return Ok(cardwire::look_at_image(bytes()?).map(|check| check.to_json()));
            }
            _ => {}
        }
        let client = self.0.as_ref().ok_or("no client is open")?;
        let options = options(ask)?;
        let batch = BatchOptions::new().call(options.clone());
        Ok(match ask.operation {
            Operation::Recognize => {
                client.recognize(image(ask)?, &options).map(|card| card.to_json())
            }
            Operation::RecognizeMany => {
                let results = client.recognize_many([numbered(ask, image(ask)?)], &batch);
                only(results.map(|item| item.result))?.map(|card| card.to_json())
            }
            Operation::Verify => {
                client.verify(cardholder(ask), &options).map(|verified| verified.to_json())
            }
            Operation::VerifyMany => {
                let results = client.verify_many([numbered(ask, cardholder(ask))], &batch);
                only(results.map(|item| item.result))?.map(|verified| verified.to_json())
            }
            Operation::LookupCard => {
                client.lookup_card(text("card_number"), &options).map(|card| card.to_json())
            }
            Operation::FetchOrder => {
                client.fetch_order(text("order_id"), &options).map(|order| order.to_json())
            }
            Operation::CheckCardNumber
            | Operation::CheckIdNumber
            | Operation::CheckImage
            | Operation::LookAtImage => {
                return Err("a check needs no client".to_owned());
            }
        })
    }
}

/// Returns the input of a batch, with the order number of its call.
fn numbered<T>(ask: &Ask, input: T) -> BatchInput<T> {
    let input = BatchInput::new(input);
    match ask.argument("order_id") {
        Some(order_id) => input.order_id(order_id),
        None => input,
    }
}

/// Returns the result of a batch of one.
fn only<T>(mut results: impl Iterator<Item = T>) -> Result<T, String> {
    match (results.next(), results.next()) {
        (Some(result), None) => Ok(result),
        _ => Err("a batch of one did not give one result".to_owned()),
    }
}

fn image(ask: &Ask) -> Result<Image, String> {
    Ok(match (ask.argument("file"), ask.argument("bytes"), ask.argument("url")) {
        (Some(path), _, _) => Image::path(path),
        (None, Some(path), _) => {
            Image::from(std::fs::read(path).map_err(|error| error.to_string())?)
        }
        (None, None, url) => Image::url(url.unwrap_or_default()),
    })
}

fn cardholder(ask: &Ask) -> Cardholder {
    let text = |name: &str| ask.argument(name).unwrap_or_default();
    let mut cardholder = Cardholder::new(text("card_number"), text("name"));
    if let Some(id_number) = ask.argument("id_number") {
        cardholder = cardholder.id_number(id_number);
    }
    if let Some(phone) = ask.argument("phone") {
        cardholder = cardholder.phone(phone);
    }
    cardholder
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

fn object(json: &str) -> Result<Fields, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}
