//! What only tests use.

mod batches;
mod oracle;
mod schedules;
mod scripted;
mod world;
