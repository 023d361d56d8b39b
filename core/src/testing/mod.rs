//! What only tests use.

mod schedules;
mod scripted;
