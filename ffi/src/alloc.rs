//! The allocator of the library's Rust code: what is freed is wiped first.
//!
//! `zeroize` reaches the library's own types only; a card number also passes through the buffers of
//! the HTTP, TLS and JSON crates. `malloc` of the program and of the bundled SQLite is not touched.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);
