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
    /// Panics where these bytes break a promise.
    pub run: Run,
    /// Inputs to begin with.
    pub seeds: Give<Vec<u8>>,
    /// Words that inputs are made of.
    pub words: Give<String>,
    /// The longest input, in bytes.
    pub longest: usize,
}

fn target(
    name: &str,
    run: impl Fn(&[u8]) + Send + Sync + 'static,
    seeds: impl Fn() -> Vec<Vec<u8>> + Send + Sync + 'static,
    words: impl Fn() -> Vec<String> + Send + Sync + 'static,
    longest: usize,
) -> Target {
    let (name, run, seeds) = (name.to_owned(), Box::new(run), Box::new(seeds));
    Target { name, run, seeds, words: Box::new(words), longest }
}

/// Every target.
pub static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| {
    use texts::{order_filter, order_filter_seeds, order_filter_words};
    let mut targets: Vec<Target> =
        Vendor::over_network().flat_map(|vendor| of_vendor(*vendor)).collect();
    targets.extend([
        target(
            "configuration",
            configuration::run,
            configuration::seeds,
            configuration::words,
            4096,
        ),
        target("image", images::run, images::seeds, Vec::new, 4096),
        target("journal", journals::run, journals::seeds, Vec::new, 1024),
        target("order_filter", order_filter, order_filter_seeds, order_filter_words, 1024),
        target("vendor_text", texts::vendor_text, texts::vendor_text_seeds, Vec::new, 2048),
        target("decision", decisions::run, decisions::seeds, decisions::words, 256),
        target("encoders", encoders::run, encoders::seeds, Vec::new, 4096),
        target("numbers", numbers::run, numbers::seeds, Vec::new, 512),
        target("signers", signers::run, signers::seeds, Vec::new, 2048),
        target("c_calls", c_calls::run, c_calls::seeds, Vec::new, 512),
    ]);
    targets
});

/// Returns the target of a vendor's answers and, where its vectors have some, that of its tokens.
fn of_vendor(vendor: Vendor) -> Vec<Target> {
    let name = vendor.name();
    let words = move || vectors::words(name);
    let reader = OnceLock::new();
    let answers = move |data: &[u8]| {
        answers::hold(reader.get_or_init(|| answers::Reader::new(vendor)), data);
    };
    let seeds = move || answers::seeds(name);
    let mut targets = vec![target(&format!("answer_{vendor}"), answers, seeds, words, 8192)];
    if !tokens::seeds(name).is_empty() {
        let account = OnceLock::new();
        let token = move |data: &[u8]| {
            tokens::hold(account.get_or_init(|| vectors::opened(name)), data);
        };
        let seeds = move || tokens::seeds(name);
        targets.push(target(&format!("token_{vendor}"), token, seeds, words, 4096));
    }
    targets
}

/// Returns the target of that name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

pub use c_calls::random_calls;
