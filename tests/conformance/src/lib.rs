//! One suite for every language: the cases in `cases/` and the answers in `tests/vectors`, run
//! against the sandbox through a [`Subject`], which is the Rust library itself or a driver program
//! in another language.
#![forbid(unsafe_code)]

mod case;
pub mod decisions;
mod rust;
mod subject;
mod suite;

pub use case::{Ask, Expectation, Operation};
pub use rust::RustSubject;
pub use subject::{Driver, Reply, Subject};
pub use suite::{Report, Suite};
