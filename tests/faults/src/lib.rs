//! Faults: a caller that is killed, disks that fail, answers that never come, and everything else
//! that vendors and networks do. The tests are in `tests/`; the program is the caller that they kill.
#![forbid(unsafe_code)]

pub mod caller;
pub mod photos;
mod redis;
pub mod suite;

pub use redis::Redis;
