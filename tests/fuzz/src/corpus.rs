//! Corpora: one file for each target under `corpus/`, a line for each input, as a JSON string where
//! it is text and else as a list with its base64.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

fn file(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(format!("{target}.jsonl"))
}

/// Returns the inputs of a target's corpus.
///
/// # Errors
/// The file is there and cannot be read.
pub fn read(target: &str) -> io::Result<Vec<Vec<u8>>> {
    let text = match fs::read_to_string(file(target)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, format!("the corpus of {target}"));
    text.lines()
        .map(|line| match serde_json::from_str(line) {
            Ok(Value::String(text)) => Ok(text.into_bytes()),
            Ok(Value::Array(list)) => list
                .first()
                .and_then(Value::as_str)
                .and_then(|text| STANDARD.decode(text).ok())
                .ok_or_else(damaged),
            _ => Err(damaged()),
        })
        .collect()
}

/// Writes a target's corpus, in an order that does not depend on where the inputs come from.
///
/// # Errors
/// The file cannot be written.
pub fn write(target: &str, mut inputs: Vec<Vec<u8>>) -> io::Result<()> {
    inputs.sort();
    inputs.dedup();
    let line = |input: Vec<u8>| match String::from_utf8(input) {
        Ok(text) => format!("{}\n", Value::from(text)),
        Err(bytes) => format!("{}\n", json!([STANDARD.encode(bytes.as_bytes())])),
    };
    fs::create_dir_all(file(target).with_file_name(""))?;
    fs::write(file(target), inputs.into_iter().map(line).collect::<String>())
}
