//! cardwire-ffi
