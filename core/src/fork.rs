//! The inheritance of a forked child. It has the memory of its parent, but none of the threads, and
//! a descriptor in that memory is a bare number that may name a file of the child's own by now. So
//! what holds descriptors, or wakes those who wait on one, belongs to the process that made it. Any
//! other leaks it.

use std::mem::forget;
use std::ops::Deref;
use std::process;
use std::sync::Arc;

use once_cell::race::OnceBox;

/// A shared value of the process that made it. In any other process the last one to be dropped leaks
/// the value instead of dropping it.
#[derive(Debug)]
pub struct ForkGuard<T> {
    value: Arc<T>,
    process: u32,
}

impl<T> ForkGuard<T> {
    /// Makes the current process its owner.
    pub fn new(value: T) -> Self {
        ForkGuard { value: Arc::new(value), process: process::id() }
    }

    /// Returns whether the current process made it.
    pub fn is_ours(&self) -> bool {
        self.process == process::id()
    }

    /// Returns the number of the process that made it.
    pub(crate) fn process(&self) -> u32 {
        self.process
    }

    /// Returns the value under its counter.
    pub fn shared(&self) -> &Arc<T> {
        &self.value
    }
}

impl<T> Clone for ForkGuard<T> {
    fn clone(&self) -> Self {
        ForkGuard { value: Arc::clone(&self.value), process: self.process }
    }
}

impl<T> Deref for ForkGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Drop for ForkGuard<T> {
    fn drop(&mut self) {
        if !self.is_ours() {
            // One count too many: it never comes to nothing.
            forget(Arc::clone(&self.value));
        }
    }
}

/// A value that each process makes for itself when it first asks. It takes no lock, so a child never
/// inherits it locked.
#[derive(Debug)]
pub struct PerProcess<T>(OnceBox<Generation<T>>);

/// The value of one process, and that of a child which inherited it.
#[derive(Debug)]
struct Generation<T> {
    value: ForkGuard<T>,
    child: PerProcess<T>,
}

impl<T> PerProcess<T> {
    /// Returns a value that no process has made yet.
    pub const fn new() -> Self {
        PerProcess(OnceBox::new())
    }

    /// Returns the value of the current process, and makes it where there is none.
    ///
    /// # Errors
    /// The failure of `make`.
    pub fn get_or_try_make<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        self.of(process::id(), make)
    }

    /// Returns the value of the current process, and makes it where there is none.
    pub fn get_or_make(&self, make: impl FnOnce() -> T) -> &T {
        let made: Result<&T, std::convert::Infallible> = self.get_or_try_make(|| Ok(make()));
        match made {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// Returns the value of the current process, whose number the caller has: asking for it is a
    /// system call.
    pub(crate) fn of<E>(&self, process: u32, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        let mut link = self;
        while let Some(generation) = link.0.get() {
            if generation.value.process == process {
                return Ok(&generation.value);
            }
            link = &generation.child;
        }
        let made = || {
            let value = ForkGuard { value: Arc::new(make()?), process };
            Ok(Box::new(Generation { value, child: PerProcess::new() }))
        };
        // Whoever is first among the threads of this process, all get the same: no other process
        // shares this memory.
        Ok(&link.0.get_or_try_init(made)?.value)
    }
}

impl<T> Default for PerProcess<T> {
    fn default() -> Self {
        PerProcess::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct DropCounter(Arc<AtomicUsize>);

    impl Drop for DropCounter {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn only_the_process_that_made_a_value_drops_it() {
        let dropped = Arc::new(AtomicUsize::new(0));
        let ours = ForkGuard::new(DropCounter(Arc::clone(&dropped)));
        assert!(ours.is_ours());
        drop(ours.clone());
        assert_eq!(dropped.load(Ordering::Relaxed), 0);
        drop(ours);
        assert_eq!(dropped.load(Ordering::Relaxed), 1);

        let value = Arc::new(DropCounter(Arc::clone(&dropped)));
        let theirs = ForkGuard { value, process: process::id() ^ 1 };
        assert!(!theirs.is_ours());
        drop(theirs.clone());
        drop(theirs);
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn each_process_has_a_value_of_its_own_and_keeps_it() {
        let values = PerProcess::new();
        let of = |process, made: u32| *values.of(process, || Ok::<_, ()>(made)).unwrap();
        assert_eq!(values.of(1, || Err::<u32, _>("none")), Err("none"));
        assert_eq!((of(1, 10), of(1, 11)), (10, 10));
        assert_eq!((of(2, 20), of(3, 30), of(2, 21), of(1, 12), of(3, 31)), (20, 30, 20, 10, 30));
    }
}
