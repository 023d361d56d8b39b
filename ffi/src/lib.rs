//! The C library. It holds no logic: each function checks its arguments, calls the Rust crate and
//! hands out what came of it. The documentation of the functions is written for C; the header
//! `include/cardwire.h` is generated from it.
#![allow(non_camel_case_types, reason = "C programs see these names")]
#![allow(
    clippy::missing_safety_doc,
    reason = "the header states once what every function expects of pointers"
)]
#![deny(clippy::undocumented_unsafe_blocks)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

#[cfg(not(target_pointer_width = "64"))]
compile_error!("a handle is 64 bits and travels in a pointer");

mod alloc;
mod batch;
mod call;
mod callback;
mod cancellation;
mod cardholder;
mod checks;
mod client;
mod codes;
mod document;
mod error;
mod events;
mod facts;
mod handle;
mod health;
mod issuer;
mod journal;
mod lent;
mod lookup;
mod operations;
mod options;
mod order;
mod order_record;
mod order_records;
mod panic;
mod photo;
mod providers;
mod recognition;
mod sigpipe;
mod start;
mod status;
#[cfg(test)]
mod tests;
mod text;
mod verification;
mod version;
