//! Support for tests alone.

mod batches;
mod oracle;
mod schedules;
mod scripted;
mod world;
