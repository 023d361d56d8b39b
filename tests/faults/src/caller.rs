//! Calls that can be told apart at the vendor's end. Not every vendor is sent the order number, so
//! each request of a vendor has a length of its own as well.

use std::io::Write;
use std::path::Path;
use std::process::abort;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cardwire::{
    CallOptions, Cardholder, Client, Config, CredentialAsk, Credentials, Error, Event, Image,
    Operation, Providers,
};
use cardwire_sandbox::{Entry, Vendor};

/// The longest name that is sent, and so the most calls of a process that verify at one vendor.
const NAMES: usize = 256;

/// Returns the order number of a process's call of this number: always as long. Processes with the
/// same `CARDWIRE_CALLER` use the same numbers.
pub fn order_id(index: usize) -> String {
    let shared = std::env::var("CARDWIRE_CALLER").ok().and_then(|number| number.parse().ok());
    format!("p{:010}n{index:08}", shared.unwrap_or_else(std::process::id))
}

/// Returns the number of the call that an order number is of.
pub fn index_of(order_id: &str) -> Option<usize> {
    order_id.rsplit_once('n')?.1.parse().ok()
}

fn verifies(vendor: Vendor) -> bool {
    let known = cardwire::Vendor::from_name(vendor.name());
    known.is_some_and(|vendor| vendor.operations().contains(&Operation::Verify))
}

/// Whom a call asks, and which of its calls there it is.
fn target(index: usize) -> (Vendor, usize) {
    let count = Vendor::ALL.len();
    (Vendor::ALL[index % count], index / count)
}

/// Returns the length by which a vendor's requests are told apart: that of the body, or of the whole
/// request where the address holds what is sent.
pub fn length(entry: &Entry) -> usize {
    if entry.body_bytes == 0 { entry.request_bytes } else { entry.body_bytes }
}

/// Returns the number of the call whose request is so long; `first` has the length that the first call
/// of each vendor has.
pub fn index_by_length(vendor: Vendor, length: usize, first: usize) -> Option<usize> {
    let step = match vendor {
        vendor if verifies(vendor) => 1,
        Vendor::Wechat | Vendor::AliyunOcr => 3,
        // Three bytes of a photo are four in base64.
        _ => 4,
    };
    let more = length.checked_sub(first)?;
    let index = Vendor::ALL.iter().position(|one| *one == vendor)?;
    (more % step == 0).then(|| more / step * Vendor::ALL.len() + index)
}

/// Returns the order number, the outcome and the bill of one call, and the system's number of what failed
/// at a file or `-`; `None` where its number is too high for its vendor.
pub fn call(client: &Client, index: usize) -> Option<[String; 4]> {
    let (vendor, number) = target(index);
    let order = order_id(index);
    let options = CallOptions::new().vendor(vendor.name()).order_id(&order);
    let outcome = if verifies(vendor) {
        if number >= NAMES {
            return None;
        }
        let holder = Cardholder::new("6222020000000000000", &"a".repeat(number + 1))
            .id_number("110101190001010014");
        client.verify(holder, &options).map(|answer| answer.facts().clone())
    } else {
        let mut photo = cardwire_test_images::load("icbc-debit.jpg");
        photo.resize(photo.len().next_multiple_of(3) + 3 * number, 0);
        let photo = match std::env::var_os("CARDWIRE_PHOTOS") {
            Some(folder) => {
                let path = Path::new(&folder).join(&order);
                std::fs::write(&path, photo).expect("the photo is written");
                Image::path(path)
            }
            None => Image::bytes(photo),
        };
        client.recognize(photo, &options).map(|card| card.facts().clone())
    };
    let kind = outcome.as_ref().err().map_or("ok", |error| error.kind().slug());
    let facts = outcome.as_ref().unwrap_or_else(Error::facts);
    let os_error = outcome.as_ref().err().and_then(Error::os_error);
    let os_error = os_error.map_or_else(|| "-".to_owned(), |code| code.to_string());
    Some([order, kind.to_owned(), facts.billed.slug().to_owned(), os_error])
}

/// Returns the client of a program that ends itself, without any clean-up, where `point` (`[EVENT
/// COUNT]`) says so: at the COUNT-th EVENT, an event's name or the state of an `order_written`.
///
/// # Errors
/// The configuration is refused, or the count is no number.
pub fn mortal(config: &str, point: &[String]) -> Result<Client, String> {
    // The AppCode of an account may come from the program itself.
    let providers = Providers::new().with("program", |_: &CredentialAsk| {
        Ok(Credentials::new(cardwire_sandbox::Credentials::default().app_code))
    });
    let config = Config::from_json_with(config, &providers).map_err(|error| error.to_string())?;
    let (event, count) = match point {
        [event, count] => (event.clone(), count.parse().map_err(|_| "COUNT is a number")?),
        _ => (String::new(), 0_u64),
    };
    let seen = AtomicU64::new(0);
    let observer = move |told: &Event| {
        let name = match told {
            Event::OrderWritten { state, .. } => state,
            other => other.name(),
        };
        if name == event && seen.fetch_add(1, Ordering::SeqCst) + 1 == count {
            abort();
        }
    };
    Ok(Client::with_observer(config, Arc::new(observer)))
}

/// Writes a line to whoever started the program, and ends with whom.
pub fn report(line: &str) {
    let mut out = std::io::stdout().lock();
    if out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush()).is_err() {
        abort();
    }
}
