//! The mutexes that all connections of SQLite share, held around a fork: one that another thread has at
//! that moment would stay locked in the child for ever.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use libc::c_int;
use rusqlite::ffi;

/// Outermost first: a thread of SQLite that holds one may take any that comes after it. Making a name
/// for a file (VFS1) asks for randomness (PRNG), which looks for the system interface (MAIN); all of them
/// ask for memory.
const NUMBERS: [c_int; 6] = [
    ffi::SQLITE_MUTEX_STATIC_VFS1,
    ffi::SQLITE_MUTEX_STATIC_PRNG,
    ffi::SQLITE_MUTEX_STATIC_MAIN,
    ffi::SQLITE_MUTEX_STATIC_LRU,
    ffi::SQLITE_MUTEX_STATIC_PMEM,
    ffi::SQLITE_MUTEX_STATIC_MEM,
];

static MUTEXES: [AtomicPtr<ffi::sqlite3_mutex>; NUMBERS.len()] =
    [const { AtomicPtr::new(null_mut()) }; NUMBERS.len()];

/// Asks SQLite, which was started, where its mutexes are.
pub(crate) fn find() {
    for (mutex, number) in MUTEXES.iter().zip(NUMBERS) {
        // SAFETY: the number of a static mutex, which lives as long as the library.
        mutex.store(unsafe { ffi::sqlite3_mutex_alloc(number) }, Ordering::Release);
    }
}

pub(crate) fn lock_all() {
    for mutex in &MUTEXES {
        // SAFETY: found by `find`, or null, which is no mutex.
        unsafe { ffi::sqlite3_mutex_enter(mutex.load(Ordering::Acquire)) };
    }
}

/// Undoes `lock_all` on the thread that called it, in the parent or in the child.
pub(crate) fn unlock_all() {
    for mutex in MUTEXES.iter().rev() {
        // SAFETY: as above, and this thread holds it.
        unsafe { ffi::sqlite3_mutex_leave(mutex.load(Ordering::Acquire)) };
    }
}
