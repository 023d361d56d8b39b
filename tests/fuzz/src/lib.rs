//! Fuzz targets: what strangers can give to Cardwire, and what must hold of it.
//!
//! A target is a function that takes bytes and panics where a promise is broken. `libfuzzer/` runs
//! each under libFuzzer and AddressSanitizer; `tests/replay.rs` runs each over its corpus and its
//! seeds with every test.

mod answers;
mod c_calls;
mod configuration;
pub mod corpus;
mod decisions;
mod encoders;
mod images;
mod journals;
mod numbers;
pub mod page;
mod photos;
mod scratch;
mod signers;
mod texts;
mod tokens;
mod vectors;

use std::sync::{LazyLock, OnceLock};

use cardwire::Vendor;

type Run = Box<dyn Fn(&[u8]) + Send + Sync>;
type Give<T> = Box<dyn Fn() -> Vec<T> + Send + Sync>;

/// One target.
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: String,
    /// The name of its row in the table of targets: those of all vendors have one.
    pub row: String,
    /// The input, in words.
    pub input: &'static str,
    /// The promises that must hold, in words.
    pub holds: &'static str,
    /// Panics where these bytes break a promise.
    pub run: Run,
    /// Inputs to begin with.
    pub seeds: Give<Vec<u8>>,
    /// Words that inputs are made of.
    pub words: Give<String>,
    /// The longest input, in bytes.
    pub longest: usize,
}

/// Returns a target without words, whose row has its name.
fn target(
    name: &str,
    [input, holds]: [&'static str; 2],
    run: impl Fn(&[u8]) + Send + Sync + 'static,
    seeds: impl Fn() -> Vec<Vec<u8>> + Send + Sync + 'static,
    longest: usize,
) -> Target {
    Target {
        name: name.to_owned(),
        row: name.to_owned(),
        input,
        holds,
        run: Box::new(run),
        seeds: Box::new(seeds),
        words: Box::new(Vec::new),
        longest,
    }
}

impl Target {
    fn with_words(self, words: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Self {
        Target { words: Box::new(words), ..self }
    }

    fn of_vendor(self, vendor: Vendor) -> Self {
        let row = self.name.replace(vendor.name(), "VENDOR");
        Target { row, ..self }.with_words(move || vectors::words(vendor.name()))
    }
}

/// Every target.
pub static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| {
    let mut targets: Vec<Target> =
        Vendor::over_network().flat_map(|vendor| of_vendor(*vendor)).collect();
    targets.extend([
        target(
            "configuration",
            ["a configuration", "errors are `invalid_config`, short, and show no secret"],
            configuration::run,
            configuration::seeds,
            4096,
        )
        .with_words(configuration::words),
        target(
            "image",
            [
                "a file that claims to be a photo",
                "the free check and the call agree; a format has its first bytes; sides are those of the header",
            ],
            images::run,
            images::seeds,
            4096,
        ),
        target(
            "photo_decoders",
            [
                "the same, decoded in grey and in colour",
                "what is made to fit is a JPEG that fits, and needs no fitting again",
            ],
            photos::decoders,
            photos::decoders_seeds,
            8192,
        ),
        target(
            "photo_reading",
            [
                "the pixels of a small picture, read until it has been asked a few times whether to stop",
                "a number is the likeliest one, has a check digit that fits and 13 to 19 digits; shares are from 0 to 1; corners are numbers",
            ],
            photos::reading,
            photos::reading_seeds,
            16384,
        ),
        target(
            "journal",
            [
                "a journal file and its write-ahead log, damaged or made up; opened, read, settled and written to, twice",
                "an error is `storage`; what is read is consistent; no order is answered or unsent against its `sent`",
            ],
            journals::run,
            journals::seeds,
            1024,
        ),
        target(
            "order_filter",
            ["the filter of a list of orders", "errors name the argument and are short"],
            texts::order_filter,
            texts::order_filter_seeds,
            1024,
        )
        .with_words(texts::order_filter_words),
        target(
            "vendor_text",
            [
                "a vendor's text and a value of the call",
                "no value, no run of six digits, no control character is shown",
            ],
            texts::vendor_text,
            texts::vendor_text_seeds,
            2048,
        ),
        target(
            "decision",
            [
                "vendor, operation, code, status",
                "one decision for one code; nothing is repeated that may have been billed",
            ],
            decisions::run,
            decisions::seeds,
            256,
        )
        .with_words(decisions::words),
        target(
            "encoders",
            [
                "bytes",
                "base64, base64 in a form, percent-encoding, hex and multipart are byte for byte those of plain encoders; the stated length is the length",
            ],
            encoders::run,
            encoders::seeds,
            4096,
        ),
        target(
            "numbers",
            [
                "card number, ID number, name",
                "parsing, Luhn and the ID's check character agree with plain ones; the mask shows the first six and last four; what is sent is what was given",
            ],
            numbers::run,
            numbers::seeds,
            512,
        ),
        target(
            "signers",
            [
                "account, values, time, nonce",
                "a request written twice is the same (TC3, version 1, Aliyun market, ACS3, the two photo vendors); nothing breaks out of an address or a header",
            ],
            signers::run,
            signers::seeds,
            2048,
        ),
        target(
            "c_calls",
            [
                "a sequence of calls of every function in `cardwire.h`, with live, freed, foreign and made-up handles, against the sandbox",
                "what the header says of handles, out-parameters, statuses, texts and lengths; the table of functions is made from the header, so a new one is in it by itself",
            ],
            c_calls::run,
            c_calls::seeds,
            512,
        ),
    ]);
    targets
});

/// Returns the target of a vendor's answers and, where its vectors have some, that of its tokens.
fn of_vendor(vendor: Vendor) -> Vec<Target> {
    let name = vendor.name();
    let reader = OnceLock::new();
    let answers = target(
        &format!("answer_{vendor}"),
        [
            "operation, status, headers and body of an answer",
            "a match only where the vendor's own word for it is in the body, read by a plain reader; a card number only where the body states it; what may have been billed is not asked again; no error in any form shows a value of the call, a secret, a control character or a run of nine digits",
        ],
        move |data: &[u8]| {
            answers::hold(reader.get_or_init(|| answers::Reader::new(vendor)), data);
        },
        move || answers::seeds(name),
        8192,
    );
    let mut targets = vec![answers.of_vendor(vendor)];
    if !tokens::seeds(name).is_empty() {
        let account = OnceLock::new();
        let tokens = target(
            &format!("token_{vendor}"),
            [
                "the answer of a token endpoint, for the token or the ticket",
                "tokens are one visible run; lifetimes are within bounds; errors as above",
            ],
            move |data: &[u8]| {
                tokens::hold(account.get_or_init(|| vectors::opened(name)), data);
            },
            move || tokens::seeds(name),
            4096,
        );
        targets.push(tokens.of_vendor(vendor));
    }
    targets
}

/// Returns the target of that name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Returns the table of the targets, as it stands in README.md.
pub fn table() -> String {
    let mut table = "| target | input | what must hold, besides no crash, no report of the sanitizer and an end within a minute |\n|---|---|---|\n".to_owned();
    let mut rows: Vec<&str> = Vec::new();
    for Target { row, input, holds, .. } in TARGETS.iter() {
        if !rows.contains(&row.as_str()) {
            rows.push(row);
            table.push_str(&format!("| `{row}` | {input} | {holds} |\n"));
        }
    }
    table
}

pub use c_calls::random_calls;
