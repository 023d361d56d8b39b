//! The native half of the python package.
