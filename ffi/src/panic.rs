//! Keeps panics inside the library.

use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cardwire_core::bindings;

use crate::error::Failure;

/// Runs `body`; `None` where it panicked.
pub(crate) fn catch<T>(body: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // Dropping what was thrown runs code that can panic again. What that one throws is
            // leaked: dropping it could go on for ever.
            if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                forget(second);
            }
            None
        }
    }
}

/// Runs `body`; a panic is a failure of which nobody knows what was sent and billed.
pub(crate) fn caught<T>(body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch(body).unwrap_or_else(|| Err(Failure(bindings::panicked())))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            std::panic::panic_any(Fuse);
        }
    }

    struct Fuse;

    impl Drop for Fuse {
        fn drop(&mut self) {
            panic!("again");
        }
    }

    #[test]
    fn a_panic_stays_inside_even_when_its_payload_panics() {
        assert_eq!(catch(|| 7), Some(7));
        assert_eq!(catch(|| -> i32 { panic!("a bug") }), None);
        assert_eq!(catch(|| -> i32 { std::panic::panic_any(Bomb) }), None);
    }
}
