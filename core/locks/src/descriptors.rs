//! The descriptors that SQLite has open, and those of our own that hold its locks.

use std::cell::UnsafeCell;
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::RawFd;

use libc::{c_int, c_short};

use crate::mutexes;

/// The first byte of [`crate::Presence`], behind everything that SQLite locks.
pub(crate) const FIRST_BYTE: i64 = 1 << 61;

/// The bytes of an index (`-shm`) that SQLite locks to write the log, to bring it into the database
/// and to make the index anew.
const WRITERS: std::ops::Range<i64> = 120..123;

/// The byte of an index that SQLite locks while it has the index open.
const IN_USE: i64 = 128;

/// The distance behind [`WRITERS`] at which the library locks the same bytes of an index of its own.
const OWN_WRITERS: i64 = 1 << 60;

/// A descriptor that SQLite opened.
struct OpenFile {
    fd: RawFd,
    path: CString,
    flags: c_int,
    /// The number of forks before it was opened, counted from the first process.
    generation: u64,
}

/// A file with locks.
pub(crate) struct LockedFile {
    device: libc::dev_t,
    inode: libc::ino_t,
    /// Holds every lock of this copy of SQLite on the file; -1 in a child that closed it.
    locks: RawFd,
    /// The descriptors that lock it or did.
    users: Vec<RawFd>,
    /// Closed by SQLite, and open as long as somebody else has locks on the file.
    parked: Vec<(RawFd, c_int)>,
    /// True for the index of a database that no other SQLite may write to.
    is_own_index: bool,
    generation: u64,
}

/// Everything of this module, behind [`Guard`].
pub(crate) struct Descriptors {
    opened: Vec<OpenFile>,
    locked: Vec<LockedFile>,
    /// The names of the indexes of databases that no other SQLite may write to.
    own_indexes: Vec<CString>,
    /// Signs of life.
    presences: Vec<RawFd>,
    generation: u64,
}

struct SharedState {
    mutex: UnsafeCell<libc::pthread_mutex_t>,
    value: UnsafeCell<Descriptors>,
}

// SAFETY: the value is reached through `Guard` alone, which holds the mutex.
unsafe impl Sync for SharedState {}

static SHARED: SharedState = SharedState {
    mutex: UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER),
    value: UnsafeCell::new(Descriptors {
        opened: Vec::new(),
        locked: Vec::new(),
        own_indexes: Vec::new(),
        presences: Vec::new(),
        generation: 0,
    }),
};

fn lock() {
    // SAFETY: a mutex that was made by its initializer and never moves.
    unsafe { libc::pthread_mutex_lock(SHARED.mutex.get()) };
}

fn unlock() {
    // SAFETY: as above, and the caller holds it.
    unsafe { libc::pthread_mutex_unlock(SHARED.mutex.get()) };
}

/// The descriptors while nobody else may touch them. It keeps `errno` as the last system call under
/// it left it.
pub(crate) struct Guard(());

impl Guard {
    pub(crate) fn new() -> Self {
        lock();
        Guard(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let error = errno();
        unlock();
        set_errno(error);
    }
}

impl std::ops::Deref for Guard {
    type Target = Descriptors;

    fn deref(&self) -> &Descriptors {
        // SAFETY: this guard holds the mutex.
        unsafe { &*SHARED.value.get() }
    }
}

impl std::ops::DerefMut for Guard {
    fn deref_mut(&mut self) -> &mut Descriptors {
        // SAFETY: this guard holds the mutex, and nobody else has one.
        unsafe { &mut *SHARED.value.get() }
    }
}

/// Locks before a fork, so that no thread is between opening a file and noting it down. SQLite's mutexes
/// come first: it opens files while it holds one.
pub(crate) extern "C" fn before_fork() {
    mutexes::lock_all();
    lock();
}

pub(crate) extern "C" fn after_fork_in_parent() {
    unlock();
    mutexes::unlock_all();
}

/// Runs in the child, before any other code of it: the numbers are still those of the parent. What
/// holds locks is closed, so that they end with the parent. Only async-signal-safe calls.
pub(crate) extern "C" fn after_fork_in_child() {
    // SAFETY: this thread, the only one here, has held the mutex since `before_fork`.
    let descriptors = unsafe { &mut *SHARED.value.get() };
    for locked in &mut descriptors.locked {
        if locked.locks >= 0 {
            close(locked.locks);
            locked.locks = -1;
        }
    }
    for fd in &mut descriptors.presences {
        if *fd >= 0 {
            close(*fd);
            *fd = -1;
        }
    }
    descriptors.generation += 1;
    unlock();
    mutexes::unlock_all();
}

impl Descriptors {
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Opens a file as SQLite wants it, but follows no link and lets no program inherit it.
    pub(crate) fn open(&mut self, path: &CStr, flags: c_int, mode: c_int) -> RawFd {
        let mut flags = flags | libc::O_CLOEXEC;
        if flags & libc::O_ACCMODE == libc::O_RDWR {
            flags |= libc::O_NOFOLLOW;
        }
        let fd = match self.unpark(path, flags) {
            Some(fd) => fd,
            // SAFETY: a NUL-terminated path; the mode is only read where a file is made.
            None => unsafe { libc::open(path.as_ptr(), flags, mode) },
        };
        if fd >= 0 {
            self.opened.retain(|opened| opened.fd != fd);
            for locked in &mut self.locked {
                locked.users.retain(|user| *user != fd);
            }
            let generation = self.generation;
            self.opened.push(OpenFile { fd, path: path.to_owned(), flags, generation });
        }
        fd
    }

    /// Closes what `open` gave. A descriptor of before a fork is left alone: its number may be
    /// another file's by now.
    pub(crate) fn close(&mut self, fd: RawFd) -> c_int {
        let Some(at) = self.opened.iter().position(|opened| opened.fd == fd) else {
            return close(fd);
        };
        let opened = self.opened.swap_remove(at);
        if opened.generation != self.generation {
            return 0;
        }
        let found = status(fd).ok();
        let generation = self.generation;
        let of_it = |locked: &LockedFile| {
            locked.generation == generation
                && (locked.users.contains(&fd) || found.is_some_and(|found| locked.is(&found)))
        };
        let Some(at) = self.locked.iter().position(of_it) else { return close(fd) };
        let Some(locked) = self.locked.get_mut(at) else { return close(fd) };
        locked.users.retain(|user| *user != fd);
        if locked.users.is_empty() {
            // SQLite leaves what it has on an index to the closing, which may be put off.
            locked.lock(libc::F_OFD_SETLK, &mut record(libc::F_UNLCK, 0, 0));
        }
        // Nothing can be opened by its name any more, so nobody needs what is kept.
        let removed = found.is_none_or(|found| found.st_nlink == 0);
        if !removed && locked.is_locked_elsewhere() {
            locked.parked.push((fd, opened.flags & libc::O_ACCMODE));
            return 0;
        }
        for (parked, _) in locked.parked.drain(..) {
            close(parked);
        }
        let closed = close(fd);
        if locked.users.is_empty() {
            close(locked.locks);
            self.locked.swap_remove(at);
        }
        closed
    }

    /// Returns a descriptor of that file which was kept.
    fn unpark(&mut self, path: &CStr, flags: c_int) -> Option<RawFd> {
        if self.locked.iter().all(|locked| locked.parked.is_empty())
            || flags & (libc::O_EXCL | libc::O_TRUNC) != 0
        {
            return None;
        }
        let found = status_of_name(path).ok()?;
        let generation = self.generation;
        let of_it = |locked: &&mut LockedFile| locked.generation == generation && locked.is(&found);
        let parked = &mut self.locked.iter_mut().find(of_it)?.parked;
        let at = parked.iter().position(|(_, mode)| *mode == flags & libc::O_ACCMODE)?;
        Some(parked.swap_remove(at).0)
    }

    /// Keeps every other SQLite from writing to a database, by the name of its index, while this one
    /// has it open.
    pub(crate) fn keep_writers_out(&mut self, index: CString) {
        if !self.own_indexes.contains(&index) {
            self.own_indexes.push(index);
        }
    }

    /// Returns what holds the locks of a file which SQLite has open; `None` where `open` did not open it.
    pub(crate) fn locks_of(&mut self, fd: RawFd) -> io::Result<Option<&LockedFile>> {
        let Some(opened) = self.opened.iter().find(|opened| opened.fd == fd) else {
            return Ok(None);
        };
        let generation = self.generation;
        if opened.generation != generation {
            return Err(io::Error::from_raw_os_error(libc::ENOLCK));
        }
        let known =
            |locked: &LockedFile| locked.generation == generation && locked.users.contains(&fd);
        if let Some(at) = self.locked.iter().position(known) {
            return Ok(self.locked.get(at));
        }
        let found = status(fd)?;
        let of_it = |locked: &LockedFile| locked.generation == generation && locked.is(&found);
        if let Some(at) = self.locked.iter().position(of_it) {
            let locked = self.locked.get_mut(at);
            return Ok(locked.map(|locked| {
                locked.users.push(fd);
                &*locked
            }));
        }
        let flags = (opened.flags & libc::O_ACCMODE) | libc::O_CLOEXEC | libc::O_NOFOLLOW;
        // SAFETY: a NUL-terminated path.
        let locks = unsafe { libc::open(opened.path.as_ptr(), flags) };
        if locks < 0 {
            return Err(io::Error::last_os_error());
        }
        let mine = status(locks)?;
        if (mine.st_dev, mine.st_ino) != (found.st_dev, found.st_ino) {
            close(locks);
            // Another file has its name by now.
            return Err(io::Error::from_raw_os_error(libc::ESTALE));
        }
        self.locked.push(LockedFile {
            device: found.st_dev,
            inode: found.st_ino,
            locks,
            users: vec![fd],
            parked: Vec::new(),
            is_own_index: self.own_indexes.contains(&opened.path),
            generation,
        });
        Ok(self.locked.last())
    }

    /// Returns whether locks of SQLite on a file are held by a descriptor of ours.
    pub(crate) fn holds_locks_of(&self, path: &CStr) -> bool {
        let Ok(found) = status_of_name(path) else { return false };
        self.locked.iter().any(|locked| {
            locked.generation == self.generation && !locked.users.is_empty() && locked.is(&found)
        })
    }

    /// Opens a file for a sign of life.
    pub(crate) fn open_presence(&mut self, path: &CStr) -> io::Result<RawFd> {
        let fd = self.open(path, libc::O_RDWR, 0);
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        self.presences.push(fd);
        Ok(fd)
    }

    pub(crate) fn close_presence(&mut self, fd: RawFd, generation: u64) {
        if generation != self.generation {
            return;
        }
        self.presences.retain(|presence| *presence != fd);
        let mut all = record(libc::F_UNLCK, 0, 0);
        // SAFETY: a descriptor of ours and a record to read.
        unsafe { libc::fcntl(fd, libc::F_OFD_SETLK, &raw mut all) };
        self.close(fd);
    }
}

impl LockedFile {
    fn is(&self, found: &libc::stat) -> bool {
        (self.device, self.inode) == (found.st_dev, found.st_ino)
    }

    /// Sets or asks for a lock as `fcntl` does. Of an index of its own the library shares the bytes
    /// that writers lock, for as long as it has the index open, and locks others instead: so no other
    /// SQLite can write, whose locks may be dropped while it does.
    pub(crate) fn lock(&self, command: c_int, lock: &mut libc::flock) -> c_int {
        let set = |command: c_int, lock: &mut libc::flock| {
            // SAFETY: a descriptor of ours and a record to read and write.
            unsafe { libc::fcntl(self.locks, command, std::ptr::from_mut(lock)) }
        };
        if !self.is_own_index {
            return set(command, lock);
        }
        let start = lock.l_start;
        if start == IN_USE && command == libc::F_OFD_SETLK {
            let mut writers = record(libc::F_RDLCK, WRITERS.start, WRITERS.end - WRITERS.start);
            if set(command, &mut writers) != 0 {
                return -1;
            }
        }
        if WRITERS.contains(&start) {
            lock.l_start += OWN_WRITERS;
        }
        let outcome = set(command, lock);
        lock.l_start = start;
        outcome
    }

    /// Returns whether anybody else, in this process or another, has a lock on the file.
    fn is_locked_elsewhere(&self) -> bool {
        let mut any = record(libc::F_WRLCK, 0, FIRST_BYTE);
        // SAFETY: a descriptor of ours and a record to read and write.
        let asked = unsafe { libc::fcntl(self.locks, libc::F_OFD_GETLK, &raw mut any) };
        asked != 0 || any.l_type != libc::F_UNLCK as c_short
    }
}

/// Returns a lock on so many bytes from there on; 0 is to the end.
pub(crate) fn record(kind: c_int, start: i64, length: i64) -> libc::flock {
    // SAFETY: a structure of numbers, for which zero is a value.
    let mut record: libc::flock = unsafe { std::mem::zeroed() };
    record.l_type = kind as c_short;
    record.l_whence = libc::SEEK_SET as c_short;
    record.l_start = start;
    record.l_len = length;
    record
}

fn status(fd: RawFd) -> io::Result<libc::stat> {
    // SAFETY: a structure of numbers, for which zero is a value.
    let mut found: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: a structure to write to.
    match unsafe { libc::fstat(fd, &raw mut found) } {
        0 => Ok(found),
        _ => Err(io::Error::last_os_error()),
    }
}

fn status_of_name(path: &CStr) -> io::Result<libc::stat> {
    // SAFETY: a structure of numbers, for which zero is a value.
    let mut found: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: a NUL-terminated path and a structure to write to.
    match unsafe { libc::lstat(path.as_ptr(), &raw mut found) } {
        0 => Ok(found),
        _ => Err(io::Error::last_os_error()),
    }
}

fn close(fd: RawFd) -> c_int {
    // SAFETY: the caller gives up a descriptor of its own.
    unsafe { libc::close(fd) }
}

#[cfg(target_os = "android")]
use libc::__errno as errno_location;
#[cfg(target_os = "linux")]
use libc::__errno_location as errno_location;

fn errno() -> c_int {
    // SAFETY: this thread's own.
    unsafe { *errno_location() }
}

pub(crate) fn set_errno(error: c_int) {
    // SAFETY: this thread's own.
    unsafe { *errno_location() = error }
}
