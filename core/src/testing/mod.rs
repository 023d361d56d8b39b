//! What only tests use.

mod oracle;
mod schedules;
mod scripted;
mod world;
