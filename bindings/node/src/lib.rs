//! The native half of the node package.
