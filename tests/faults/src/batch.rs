//! A program that works through a batch of photos until it is killed, and goes on with it when it is
//! started again: `cardwire-fault-batch CONFIG PHOTOS [EVENT COUNT]`, as `cardwire-fault-caller` takes
//! them. Every item is a line on standard output: index, outcome, order number.

use std::io::Write;
use std::process::abort;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cardwire::{BatchInput, BatchOptions, CallOptions, Client, Config, Event, Image};
use cardwire_faults::photos::{photo, reference};

fn main() {
    if let Err(problem) = run() {
        eprintln!("{problem}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, photos, rest @ ..] = arguments.as_slice() else {
        return Err("usage: cardwire-fault-batch CONFIG PHOTOS [EVENT COUNT]".to_owned());
    };
    let config = std::fs::read_to_string(config).map_err(|error| error.to_string())?;
    let config = Config::from_json(&config).map_err(|error| error.to_string())?;
    let photos: usize = photos.parse().map_err(|_| "PHOTOS is a number")?;
    let (event, count) = match rest {
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
    let client = Client::with_observer(config, Arc::new(observer));
    let inputs = (0..photos)
        .map(|index| BatchInput::new(Image::bytes(photo(index))).reference(reference(index)));
    let options = BatchOptions::new().call(CallOptions::new().skip_answered(true));
    for item in client.recognize_many(inputs, &options) {
        let (outcome, order_id) = match &item.result {
            Ok(card) => ("ok", card.order_id()),
            Err(error) => {
                let answered = error.order().map(|order| order.order_id.as_str());
                (error.kind().slug(), answered.or(error.order_id()))
            }
        };
        let line = format!("{} {outcome} {}\n", item.index, order_id.unwrap_or("-"));
        let mut out = std::io::stdout().lock();
        if out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err() {
            abort();
        }
    }
    Ok(())
}
