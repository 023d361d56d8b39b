//! `cardwire batch`.

mod again;
#[cfg(unix)]
mod cut_off;
mod end;
mod inputs;
mod limit;
