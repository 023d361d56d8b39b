//! Photos of invented bank cards for tests, the demo and benches, and the
//! means to bring a picture to an exact size, marker or pixel dimension.
//!
//! Each photo carries what is printed on it as a marker, see [`MARKER`]: the
//! sandbox reads the marker where a vendor would read the picture.
//!
//! This crate serves tests: a function that is given what it cannot use
//! panics, and says so.

#![forbid(unsafe_code)]

mod crafted;
mod drawn;
mod edit;
mod forms;
mod jpeg;
mod png;
mod sizes;
mod solid;
mod views;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

pub use crafted::{bmp, png, png_chunk, progressive_jpeg, progressive_jpeg_of, webp, zeros};
pub use drawn::drawn;
pub use edit::{MARKER, in_webp, marker, oriented, with_marker, with_size};
pub use forms::{encoded, forms};
pub use sizes::{SizeVariant, size_variants};
pub use solid::{Format, solid};
pub use views::{out_of_focus, turned};

/// The photo that the README shows and the demo reads.
pub const FIRST: &str = "icbc-debit.jpg";

/// The photo of nearly 2 MB that benches and the size variants are made from.
pub const LARGE: &str = "ccb-debit-large.jpg";

/// A photo, and what is printed on the card in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Card {
    /// The file's name in [`dir`].
    #[serde(skip)]
    pub file: String,
    /// The card number, digits only.
    pub number: String,
    /// The issuer, in Chinese.
    pub issuer: String,
    /// The card's product name.
    pub card_name: String,
    /// `debit`, `credit`, `quasi_credit` or `prepaid`.
    pub kind: String,
    /// The last month of validity, `MM/YYYY`; the card shows `MM/YY`.
    pub valid_thru: String,
    /// The cardholder, in Latin letters.
    pub cardholder: String,
    /// The clarity that a vendor would report, 0 to 100.
    pub clarity: u8,
    /// Warning codes of `tencent_kyc` that fit the photo.
    pub warnings: Vec<String>,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The file's length.
    pub bytes: usize,
    /// The file's SHA-256, in lower-case hex.
    pub sha256: String,
}

/// A file that no card can be read from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Negative {
    /// The file's name in [`dir`].
    #[serde(skip)]
    pub file: String,
    /// The problem with it.
    pub what: String,
    /// The file's length.
    pub bytes: usize,
    /// The file's SHA-256, in lower-case hex.
    pub sha256: String,
}

#[derive(Deserialize)]
struct Listing {
    cards: BTreeMap<String, Card>,
    negatives: BTreeMap<String, Negative>,
}

/// Returns the folder that holds the pictures and `cards.json`.
pub fn dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the bytes of a picture in [`dir`].
///
/// # Panics
/// When the file cannot be read.
pub fn load(name: &str) -> Vec<u8> {
    let path = dir().join(name);
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Returns every photo of a card, by file name.
///
/// # Panics
/// When `cards.json` cannot be read.
pub fn cards() -> Vec<Card> {
    let with_name = |(file, card)| Card { file, ..card };
    listing().cards.into_iter().map(with_name).collect()
}

/// Returns the photo of this file name, with what is printed on it.
///
/// # Panics
/// When `cards.json` does not list the file.
pub fn card(file: &str) -> Card {
    let found = cards().into_iter().find(|card| card.file == file);
    found.unwrap_or_else(|| panic!("cards.json lists no {file}"))
}

/// Returns every file that no card can be read from, by file name.
///
/// # Panics
/// When `cards.json` cannot be read.
pub fn negatives() -> Vec<Negative> {
    let with_name = |(file, negative)| Negative { file, ..negative };
    listing().negatives.into_iter().map(with_name).collect()
}

fn listing() -> Listing {
    serde_json::from_slice(&load("cards.json")).unwrap_or_else(|e| panic!("cards.json: {e}"))
}
