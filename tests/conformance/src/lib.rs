//! cardwire-conformance
