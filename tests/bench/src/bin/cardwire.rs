//! Cardwire from Rust. One call in flight is made on the calling thread; more are a batch, or with
//! `FACE=threads` as many threads that each make blocking calls. `KEY_PAIR` has the Aliyun vendors sign.

use std::time::Instant;

use cardwire::{BatchOptions, CallOptions, Cardholder, Client, Image, Outcome};
use cardwire_bench::{Meter, Run, account};

fn config(run: &Run) -> String {
    let key_pair = std::env::var_os("KEY_PAIR").is_some();
    let (url, account) = (&run.url, account(&run.vendor, key_pair));
    let ca = run.ca_file.as_ref().map_or(String::new(), |path| format!(r#","ca_file":"{path}""#));
    let vendor = &run.vendor;
    format!(r#"{{"vendors":[{{"vendor":"{vendor}",{account},"base_url":"{url}"}}]{ca}}}"#)
}

fn holder() -> Cardholder {
    Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014")
}

fn main() {
    let run = Run::from_args(1);
    let begun = Instant::now();
    let client = Client::from_json(&config(&run)).expect("a good configuration");
    let start_ms = begun.elapsed().as_secs_f64() * 1e3;
    let is_photo = !run.photo.is_empty();
    let photo = bytes::Bytes::from(run.photo.clone());
    let options = CallOptions::new();
    let one = || {
        if is_photo {
            let answer = client.recognize(Image::bytes(photo.clone()), &options).expect("a card");
            assert_eq!(answer.card_number.reveal(), "6217000000000000004");
        } else {
            let answer = client.verify(holder(), &options).expect("an answer");
            assert!(answer.outcome == Outcome::Match);
        }
    };
    let from_path = std::env::var("FACE").is_ok_and(|face| face == "path");
    let many = |calls: usize| match std::env::var("FACE").as_deref() {
        _ if run.in_flight == 1 => (0..calls).for_each(|_| one()),
        Ok("threads") => std::thread::scope(|scope| {
            for _ in 0..run.in_flight {
                scope.spawn(|| (0..calls / run.in_flight).for_each(|_| one()));
            }
        }),
        _ => {
            let batch = BatchOptions::new().concurrency(run.in_flight);
            if is_photo {
                let image = |_| match from_path {
                    true => Image::path(&run.photo_path),
                    false => Image::bytes(photo.clone()),
                };
                let results = client.recognize_many((0..calls).map(image), &batch);
                results.for_each(|item| drop(item.result.expect("a card")));
            } else {
                let results = client.verify_many((0..calls).map(|_| holder()), &batch);
                results.for_each(|item| drop(item.result.expect("an answer")));
            }
        }
    };
    many(run.warm_up);
    let meter = Meter::start();
    many(run.calls);
    meter.report(run.calls, start_ms);
}
