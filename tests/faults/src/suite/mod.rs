//! Every fault a vendor, its network or this machine can play, against what the library says of it.
//!
//! A seed stands for one run: a fault, where it strikes, over TLS or not, and the client's own
//! settings. After the run the oracles hold the results, the errors, the events and the journal
//! against the sandbox's ledger.

mod case;
mod catalogue;
#[cfg(test)]
mod control;
mod oracle;
mod plan;
mod run;
mod setup;
mod table;
mod testbed;

pub use catalogue::FAULTS;
pub use plan::Plan;
pub use run::{Report, run};
pub use testbed::{CommonServers, Testbed};
