//! The driver of calls: it does on tokio what a call says, and tells the call what came of it.
//!
//! `start` begins a call and `batch` many, `prepare` makes a call of its arguments, `run` drives it;
//! `teller` tells the observer what happens, `diagnosis` looks for what would make calls fail;
//! `fitting`, `permit`, `journaling` and `token_fetch` are the rooms that wait for a photo that is made
//! to fit, for admission, for the journal and for tokens, `limits_share` and `token_share` for what
//! several processes have together. Nothing is decided here.

mod account;
mod batch;
mod diagnosis;
mod fitting;
mod journaling;
mod limits_share;
mod permit;
mod prepare;
mod run;
mod services;
mod start;
mod teller;
mod token_fetch;
mod token_share;

pub use batch::BatchDriver;
pub use diagnosis::{Finding, Topic, Verdict};
pub(crate) use prepare::{Work, check_reference};
pub(crate) use run::{panicked, without_end};
pub(crate) use services::{InFlight, Services, closed};
pub(crate) use start::Start;
