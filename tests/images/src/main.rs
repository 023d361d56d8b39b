//! Writes the photo at each vendor's size limit, for tests in other languages.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use cardwire_test_images::{LARGE, SizeVariant, card, size_variants};
use serde_json::{Map, Value, json};

const USAGE: &str = "usage: cardwire-test-images --sizes DIR

Writes a photo at each OCR vendor's size limit and one byte over into DIR,
with sizes.json that tells what each file is.";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [help] if help == "--help" || help == "-h" => println!("{USAGE}"),
        [option, dir] if option == "--sizes" => {
            if let Err(e) = write_sizes(Path::new(dir)) {
                eprintln!("{}: {e}", Path::new(dir).display());
                return ExitCode::FAILURE;
            }
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn write_sizes(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let number = card(LARGE).number;
    let mut listing = Map::new();
    for variant in size_variants() {
        fs::write(dir.join(&variant.file), variant.picture())?;
        listing.insert(variant.file.clone(), entry(&variant, &number));
    }
    let text = format!("{:#}\n", Value::Object(listing));
    fs::write(dir.join("sizes.json"), text)
}

fn entry(variant: &SizeVariant, number: &str) -> Value {
    json!({
        "vendor": variant.vendor,
        "bytes": variant.bytes,
        "base64": variant.base64(),
        "accepted": variant.accepted,
        "number": number,
    })
}
