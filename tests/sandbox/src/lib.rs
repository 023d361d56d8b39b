//! cardwire-sandbox
