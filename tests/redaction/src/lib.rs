//! Canaries: data that nothing else holds, handed to the library in every language and looked for in
//! everything that it shows, writes, sends where it should not, or leaves in memory.
#![forbid(unsafe_code)]

mod canary;
mod driver;
mod memory;
mod plan;
mod redis;
mod search;
mod sinks;
mod suite;
mod testbed;

pub use canary::Canaries;
pub use memory::search_after_free;
pub use search::{Hit, Searcher};
pub use sinks::process_sinks;
pub use suite::{Report, run};
pub use testbed::Testbed;
