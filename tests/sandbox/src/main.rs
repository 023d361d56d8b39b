//! The sandbox as a program of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(cardwire_sandbox::program::run("cardwire-sandbox", std::env::args_os().skip(1)))
}
