//! The command as a user runs it, against the sandbox.

mod arguments;
mod batch;
mod check;
mod doctor;
mod fixture;
mod lookup;
mod orders;
mod personal;
mod recognize;
mod sandbox;
mod verify;
