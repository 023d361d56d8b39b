//! The command `cardwire`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// Wipes what is freed, so that no photo and no secret stays behind in memory.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    ExitCode::from(cardwire_cli::run(std::env::args_os()))
}
