//! Writes `include/cardwire.h` from the sources of the C library.

use std::path::{Path, PathBuf};

/// The sources in the order in which the header speaks of them.
const SOURCES: [&str; 24] = [
    "version",
    "status",
    "facts",
    "error",
    "client",
    "options",
    "cancellation",
    "cardholder",
    "recognition",
    "verification",
    "lookup",
    "issuer",
    "order",
    "operations",
    "start",
    "batch",
    "order_record",
    "order_records",
    "journal",
    "providers",
    "events",
    "health",
    "checks",
    "document",
];

/// Returns the path of the header.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/cardwire.h")
}

/// Returns the header as the sources say it.
///
/// # Panics
/// If the sources or `cbindgen.toml` cannot be read.
pub fn generate() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    let sources = SOURCES.map(|name| root.join("src").join(name).with_extension("rs"));
    let builder = sources.iter().fold(cbindgen::Builder::new(), cbindgen::Builder::with_src);
    let mut header = Vec::new();
    builder.with_config(config).generate().unwrap().write(&mut header);
    String::from_utf8(header).unwrap()
}

#[allow(dead_code, reason = "the test that includes this file only compares")]
fn main() {
    std::fs::write(path(), generate()).unwrap();
}
