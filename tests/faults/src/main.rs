//! A program that calls until it is killed: `cardwire-fault-caller CONFIG THREADS [EVENT COUNT]`.
//! It ends itself, without any clean-up, at the COUNT-th EVENT: an event's name, or the state of an
//! `order_written`. Every result is a line on standard output: order number, outcome, billed.

use std::io::Write;
use std::process::abort;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cardwire::{CallOptions, Cardholder, Client, Config, Error, Event, Image};

fn main() {
    if let Err(problem) = run() {
        eprintln!("{problem}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, threads, rest @ ..] = arguments.as_slice() else {
        return Err("usage: cardwire-fault-caller CONFIG THREADS [EVENT COUNT]".to_owned());
    };
    let config = std::fs::read_to_string(config).map_err(|error| error.to_string())?;
    let config = Config::from_json(&config).map_err(|error| error.to_string())?;
    let threads: usize = threads.parse().map_err(|_| "THREADS is a number")?;
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
    let photo = cardwire_test_images::load("icbc-debit.jpg");
    std::thread::scope(|scope| {
        for number in 0..threads {
            let (client, photo) = (&client, &photo);
            scope.spawn(move || {
                for round in number.. {
                    report(&call(client, photo, round));
                }
            });
        }
    });
    Ok(())
}

/// Order number, outcome and bill of one call.
fn call(client: &Client, photo: &[u8], round: usize) -> [String; 3] {
    let on = |vendor: &str| CallOptions::new().vendor(vendor);
    let recognize = |vendor: &str| {
        let image = Image::bytes(photo.to_vec());
        client.recognize(image, &on(vendor)).map(|card| card.facts().clone())
    };
    let outcome = match round % 4 {
        0 | 2 => recognize("tencent_kyc"),
        1 => recognize("aliyun_bankocr"),
        _ => {
            let holder = Cardholder::new("6222020000000000000", "张三");
            let holder = holder.id_number("110101190001010014");
            client.verify(holder, &on("aliyun_yhkr")).map(|answer| answer.facts().clone())
        }
    };
    let kind = outcome.as_ref().err().map_or("ok", |error| error.kind().slug());
    let facts = outcome.as_ref().unwrap_or_else(Error::facts);
    let order = facts.order_id.clone().unwrap_or_default();
    [order, kind.to_owned(), facts.billed.slug().to_owned()]
}

fn report(line: &[String; 3]) {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{}", line.join(" ")).and_then(|()| out.flush());
    if written.is_err() {
        abort();
    }
}
