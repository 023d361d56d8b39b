//! One suite for every language: the cases in `cases/`, the answers in `tests/vectors` and the table
//! `tests/bad_inputs.json`, run against the sandbox through a [`Subject`], which is the Rust library
//! itself or a driver program in another language.
#![forbid(unsafe_code)]

mod argument;
mod bad_inputs;
mod case;
pub mod codes_page;
pub mod events_page;
mod every_vendor;
mod rust;
mod seen;
mod subject;
mod suite;
mod table;
pub mod transport;

pub use case::{Argument, Ask, Expectation, Operation};
pub use rust::RustSubject;
pub use seen::photo_in;
pub use subject::{Driver, Fields, Reply, Subject};
pub use suite::{Report, Suite};
