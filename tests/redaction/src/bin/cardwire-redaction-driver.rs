//! The Rust library as a driver; the requests are those of `tests/conformance/drivers`.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::error::Error as _;
use std::fmt::Debug;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cardwire::{
    CallOptions, Cancellation, Cardholder, Client, Config, CredentialAsk, Credentials, Error,
    Event, Image, Providers,
};
use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;

/// Everything that the library and its dependencies log, on standard error.
struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        eprintln!("{} {}: {}", record.level(), record.target(), record.args());
    }

    fn flush(&self) {}
}

type Arguments<'a> = HashMap<&'a str, &'a str>;

fn render(value: &impl Debug) {
    println!("{value:?}\n{value:#?}");
}

fn render_error(error: &Error) {
    render(error);
    println!("{error}\n{error:#}\n{}\n{}", error.to_json(), error.message());
    println!("{:?} {:?} {:?}", error.vendor_code(), error.vendor_message(), error.facts());
    let mut source = error.source();
    while let Some(cause) = source {
        println!("{cause} {cause:?}");
        source = cause.source();
    }
}

fn options(operation: &str, arguments: &Arguments<'_>) -> CallOptions {
    let mut options = CallOptions::new();
    if let Some(vendor) = arguments.get("vendor") {
        options = options.vendors(vendor.split(','));
    }
    if let (Some(order_id), false) = (arguments.get("order_id"), operation == "fetch_order") {
        options = options.order_id(*order_id);
    }
    if let Some(user_id) = arguments.get("user_id") {
        options = options.user_id(*user_id);
    }
    if let Some(wait) = arguments.get("cancel_ms").and_then(|text| text.parse().ok()) {
        let cancellation = Cancellation::new();
        options = options.cancellation(&cancellation);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(wait));
            cancellation.cancel();
        });
    }
    options
}

/// Makes the call and renders its result.
fn call(client: &Client, operation: &str, arguments: &Arguments<'_>) -> Result<(), Error> {
    let text = |name: &str| arguments.get(name).copied().unwrap_or_default();
    let options = options(operation, arguments);
    match operation {
        "recognize" => {
            let image = match arguments.get("file") {
                Some(path) => Image::path(path),
                None => Image::url(text("url")),
            };
            render(&image);
            client.recognize(image, &options).map(|card| {
                render(&card);
                render(&card.facts());
            })
        }
        "verify" => {
            let mut cardholder = Cardholder::new(text("card_number"), text("name"));
            if let Some(id_number) = arguments.get("id_number") {
                cardholder = cardholder.id_number(id_number);
            }
            if let Some(phone) = arguments.get("phone") {
                cardholder = cardholder.phone(phone);
            }
            render(&cardholder);
            client.verify(cardholder, &options).map(|verified| render(&verified))
        }
        "lookup_card" => {
            client.lookup_card(text("card_number"), &options).map(|card| render(&card))
        }
        _ => client.fetch_order(text("order_id"), &options).map(|order| render(&order)),
    }
}

/// The secrets of an account.
const SECRETS: [&str; 7] =
    ["access_token", "app_code", "app_secret", "secret", "secret_id", "secret_key", "token"];

/// Returns the configuration with the secrets of each account from a provider of its own; nothing
/// where it is none.
fn provided(config: &str) -> Option<(String, Providers)> {
    let mut document: Value = serde_json::from_str(config).ok()?;
    let mut providers = Providers::new();
    for (number, entry) in document.get_mut("vendors")?.as_array_mut()?.iter_mut().enumerate() {
        let name = format!("provider{number}");
        let mut given = Credentials::default();
        for secret in SECRETS {
            let Some(value) = entry.get(secret).and_then(Value::as_str) else { continue };
            given = given.with(secret, value);
            entry[secret] = json!({"provider": name});
        }
        providers = providers.with(name, move |ask: &CredentialAsk| {
            render(ask);
            render(&given);
            Ok(given.clone())
        });
    }
    Some((document.to_string(), providers))
}

/// Makes the client; every other one has its secrets from providers, and tells what it does as spans.
fn open(config: &str) -> Result<Client, Error> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let is_odd = !NUMBER.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
    let config = match provided(config).filter(|_| is_odd) {
        Some((config, providers)) => {
            render(&providers);
            Config::from_json_with(&config, &providers)?
        }
        None => Config::from_json(config)?,
    };
    render(&config);
    let observer = |event: &Event| println!("{} {event:?} {event}", event.to_json());
    let client = match is_odd {
        true => Client::with_tracing(config),
        false => Client::with_observer(config, Arc::new(observer)),
    };
    render(&client);
    render(&client.health()?);
    Ok(client)
}

fn main() {
    if log::set_logger(&Logger).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
    tracing_subscriber::fmt().with_ansi(false).with_max_level(LevelFilter::TRACE).init();
    let mut client: Option<Client> = None;
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let (operation, rest) = line.split_once('\t').unwrap_or((&line, ""));
        let arguments: Arguments<'_> =
            rest.split('\t').filter_map(|field| field.split_once('=')).collect();
        match (operation, &client) {
            ("open", _) => {
                let config = arguments.get("config").copied().unwrap_or_default();
                client = open(config).inspect_err(render_error).ok();
            }
            ("leak", _) => {
                let path = arguments.get("file").copied().unwrap_or_default();
                let bytes = std::fs::read(path).unwrap_or_default();
                let _ = std::io::stdout().write_all(&bytes);
                let _ = std::io::stderr().write_all(&bytes);
                println!();
            }
            ("fail", _) => render(&std::io::Error::other(
                arguments.get("text").copied().unwrap_or_default().to_owned(),
            )),
            (operation, Some(client)) => match call(client, operation, &arguments) {
                Err(error) if arguments.contains_key("uncaught") => {
                    panic!("not caught: {error} {error:?}")
                }
                Err(error) => render_error(&error),
                Ok(()) => {}
            },
            (_, None) => println!("no client is open"),
        }
        println!("done");
        let _ = std::io::stdout().flush();
    }
    drop(client);
}
