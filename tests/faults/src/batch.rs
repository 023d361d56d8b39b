//! A program that works through a batch of photos until it is killed, and goes on with it when it is
//! started again: `cardwire-fault-batch CONFIG PHOTOS [EVENT COUNT]`, as `cardwire-fault-caller` takes
//! them. Every item is a line on standard output: index, outcome, order number.

use cardwire::{BatchInput, BatchOptions, CallOptions, Image};
use cardwire_faults::caller::{mortal, report};
use cardwire_faults::photos::{photo, reference};

fn main() {
    if let Err(problem) = run() {
        eprintln!("{problem}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, photos, point @ ..] = arguments.as_slice() else {
        return Err("usage: cardwire-fault-batch CONFIG PHOTOS [EVENT COUNT]".to_owned());
    };
    let config = std::fs::read_to_string(config).map_err(|error| error.to_string())?;
    let photos: usize = photos.parse().map_err(|_| "PHOTOS is a number")?;
    let client = mortal(&config, point)?;
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
        report(&format!("{} {outcome} {}", item.index, order_id.unwrap_or("-")));
    }
    Ok(())
}
