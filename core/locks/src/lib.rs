//! Locks of the journal that belong to an open file and not to the process.
//!
//! POSIX record locks, which SQLite uses, belong to the process: whoever opens the same file in the
//! same process and closes it again, be it another copy of SQLite or a backup that reads 16 bytes,
//! drops them all, and does not see them either. Linux has locks that belong to an open file
//! (`F_OFD_SETLK`). This crate gives them to the copy of SQLite that it is linked with, by SQLite's
//! own table of system calls, and offers [`Presence`], a sign of life that dies with its process.
//!
//! For each file that SQLite locks, one descriptor of this crate's own holds the locks of all its
//! connections. A forked child would share that open file and hold the locks of a dead parent for as
//! long as it lives, so it closes these descriptors at the moment of the fork, before any other code
//! runs there. A child made by a bare `clone` system call, without the C library's fork, does not.
//!
//! Of SQLite's own mutexes none is locked in the child either: the fork waits until no other thread has one.
//!
//! Closing a file drops the POSIX locks that others in this process have on it. Descriptors of files
//! that somebody else has locked are therefore kept and used again, and closed when nobody has.
//!
//! Of a database that it is given, other SQLites may only read while this one has it open: their locks
//! may be dropped while they write, and then nobody would know.
//!
//! On Windows locks belong to the handle anyway. On other systems SQLite's locks stay as they are,
//! and the documents ask that nothing else in the process opens the file.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod descriptors;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod mutexes;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod presence;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod system_calls;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use {
    presence::Presence,
    system_calls::{covers, install, open_error},
};

/// Returns the system's number for the last failure to read, write or open a file of a connection.
pub fn system_error(connection: &rusqlite::Connection) -> Option<i32> {
    // SAFETY: the handle is that of an open connection.
    let code = unsafe { rusqlite::ffi::sqlite3_system_errno(connection.handle()) };
    (code != 0).then_some(code)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod elsewhere;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use elsewhere::{Presence, covers, install, open_error};
