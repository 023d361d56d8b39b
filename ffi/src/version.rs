//! The version, for the preprocessor and at run time.

use std::ffi::c_char;

/// The version of this header: the first number.
pub const CARDWIRE_VERSION_MAJOR: u32 = 0;
/// The version of this header: the second number.
pub const CARDWIRE_VERSION_MINOR: u32 = 1;
/// The version of this header: the third number.
pub const CARDWIRE_VERSION_PATCH: u32 = 0;
/// The version of this header in one number, to compare: major * 1000000 + minor * 1000 + patch.
pub const CARDWIRE_VERSION_NUMBER: u32 =
    CARDWIRE_VERSION_MAJOR * 1000000 + CARDWIRE_VERSION_MINOR * 1000 + CARDWIRE_VERSION_PATCH;

/// Returns the version of the library that is running, such as "0.1.0". The text is never freed.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Returns the version of the library that is running, composed as CARDWIRE_VERSION_NUMBER is.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_version_number() -> u32 {
    CARDWIRE_VERSION_NUMBER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_states_the_version_of_the_package() {
        let stated =
            format!("{CARDWIRE_VERSION_MAJOR}.{CARDWIRE_VERSION_MINOR}.{CARDWIRE_VERSION_PATCH}");
        assert_eq!(stated, env!("CARGO_PKG_VERSION"));
        assert_eq!(cardwire_version_number(), 1000);
    }
}
