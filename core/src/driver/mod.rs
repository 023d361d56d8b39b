//! What performs calls: it does what a call says, on tokio, and tells the call what came of it.
//!
//! `prepare` makes a call of its arguments, `run` drives it, `journaling` and `token_fetch` are the
//! rooms that wait for the journal and for tokens. Nothing is decided here.

mod account;
mod journaling;
mod prepare;
mod run;
mod services;
mod token_fetch;
mod token_share;

pub(crate) use prepare::Work;
pub(crate) use services::{InFlight, Services};
