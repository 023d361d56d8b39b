//! `cardwire-billed [FOLDER]`: what a batch of photos is billed by a vendor alone, and by `offline` and the
//! vendor after it. The vendor is the sandbox's. The photos are those of the folder, or else those of
//! tests/images, each as it is and out of focus.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

use cardwire::{BatchInput, BatchOptions, Billed, Client, Image};
use cardwire_sandbox::{Options, Sandbox, Settings};
use serde_json::{Value, json};

const VENDOR: &str = "tencent_kyc";
const OFFLINE: &str = "offline";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("cardwire-billed: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let options = Options { settings: Settings::without_rates(), ..Options::default() };
    let sandbox = Sandbox::start(options).map_err(|error| error.to_string())?;
    let mut config = sandbox.config();
    if let Some(vendors) = config["vendors"].as_array_mut() {
        vendors.retain(|entry| entry["vendor"] == VENDOR);
    }
    let photos = match std::env::args_os().nth(1) {
        Some(folder) => photos_of(PathBuf::from(folder))?,
        None => own_photos(),
    };
    println!("{} photos", photos.len());
    println!("{VENDOR}: {} billed", billed(&config, &photos)?);
    if let Some(vendors) = config["vendors"].as_array_mut() {
        vendors.insert(0, json!({"vendor": OFFLINE}));
    }
    config["failover"] = json!({"recognize": [OFFLINE, VENDOR]});
    println!("{OFFLINE}, then {VENDOR}: {} billed", billed(&config, &photos)?);
    Ok(())
}

/// Returns the photos of a folder.
fn photos_of(folder: PathBuf) -> Result<Vec<Image>, String> {
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let files = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    Ok(files.map(Image::path).collect())
}

/// Returns two photos of each card of tests/images.
fn own_photos() -> Vec<Image> {
    let views = cardwire_test_images::cards().into_iter().flat_map(|card| {
        let photo = cardwire_test_images::load(&card.file);
        let blurred = cardwire_test_images::out_of_focus(&photo);
        [photo, blurred]
    });
    views.map(Image::bytes).collect()
}

/// Returns how many of the photos are billed.
fn billed(config: &Value, photos: &[Image]) -> Result<usize, String> {
    let client = Client::from_json(&config.to_string()).map_err(|error| error.to_string())?;
    let inputs = photos.iter().cloned().map(BatchInput::new);
    let items = client.recognize_many(inputs, &BatchOptions::new());
    let is_billed = items.map(|item| match item.result {
        Ok(card) => card.billed(),
        Err(error) => error.billed(),
    });
    Ok(is_billed.filter(|billed| *billed == Billed::Yes).count())
}
