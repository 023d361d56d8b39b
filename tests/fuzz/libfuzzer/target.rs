//! One target of `cardwire_fuzz`: the one that this program is named after.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cardwire_fuzz::run(env!("CARGO_BIN_NAME"), data));
