//! Builds the one function that Rust cannot define: a variadic one.

fn main() {
    println!("cargo::rerun-if-changed=src/fcntl.c");
    if matches!(std::env::var("CARGO_CFG_TARGET_OS").as_deref(), Ok("linux" | "android")) {
        cc::Build::new().file("src/fcntl.c").compile("cardwire_locks");
    }
}
