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

/// One target.
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// Panics where these bytes break a promise.
    pub run: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that inputs are made of.
    pub words: fn() -> Vec<String>,
    /// The longest input, in bytes.
    pub longest: usize,
}

const fn target(
    name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
    words: fn() -> Vec<String>,
    longest: usize,
) -> Target {
    Target { name, run, seeds, words, longest }
}

/// Every target.
pub static TARGETS: &[Target] = &[
    target("answer_tencent_kyc", answers::kyc, answers::kyc_seeds, vectors::kyc_words, 8192),
    target("answer_wechat", answers::wechat, answers::wechat_seeds, vectors::wechat_words, 4096),
    target(
        "answer_aliyun_bankocr",
        answers::bankocr,
        answers::bankocr_seeds,
        vectors::bankocr_words,
        4096,
    ),
    target(
        "answer_tencent_faceid",
        answers::faceid,
        answers::faceid_seeds,
        vectors::faceid_words,
        4096,
    ),
    target("answer_aliyun_yhkr", answers::yhkr, answers::yhkr_seeds, vectors::yhkr_words, 4096),
    target(
        "answer_aliyun_ocr",
        answers::aliyun_ocr,
        answers::aliyun_ocr_seeds,
        vectors::aliyun_ocr_words,
        4096,
    ),
    target("token_tencent_kyc", tokens::kyc, tokens::kyc_seeds, vectors::kyc_words, 4096),
    target("token_wechat", tokens::wechat, tokens::wechat_seeds, vectors::wechat_words, 4096),
    target("configuration", configuration::run, configuration::seeds, configuration::words, 4096),
    target("image", images::run, images::seeds, no_words, 4096),
    target("journal", journals::run, journals::seeds, no_words, 1024),
    target(
        "order_filter",
        texts::order_filter,
        texts::order_filter_seeds,
        texts::order_filter_words,
        1024,
    ),
    target("vendor_text", texts::vendor_text, texts::vendor_text_seeds, no_words, 2048),
    target("decision", decisions::run, decisions::seeds, decisions::words, 256),
    target("encoders", encoders::run, encoders::seeds, no_words, 4096),
    target("numbers", numbers::run, numbers::seeds, no_words, 512),
    target("signers", signers::run, signers::seeds, no_words, 2048),
    target("c_calls", c_calls::run, c_calls::seeds, no_words, 512),
];

fn no_words() -> Vec<String> {
    Vec::new()
}

/// Runs the target of that name.
///
/// # Panics
/// Where there is no such target, or a promise is broken.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target has this name");
    (target.run)(data);
}

pub use c_calls::random_calls;
