//! Gives the shared library its versioned name, and keeps it in memory once it is loaded: its threads
//! and those of the program that it called back run its code after a `dlclose`.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CARGO_FEATURE_CAPI");
    // cargo-c names the library itself.
    if std::env::var_os("CARGO_FEATURE_CAPI").is_some() {
        return;
    }
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libcardwire.so.0,-z,nodelete")
        }
        Ok("macos") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libcardwire.0.dylib")
        }
        _ => {}
    }
}
