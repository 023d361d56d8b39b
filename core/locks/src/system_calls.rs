//! The system calls that SQLite is given instead of the bare ones.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;

use libc::c_int;
use rusqlite::ffi;

use crate::descriptors::{
    Guard, after_fork_in_child, after_fork_in_parent, before_fork, set_errno,
};
use crate::mutexes;

unsafe extern "C" {
    /// Calls the handler with its third argument as a pointer.
    fn cardwire_locks_fcntl(fd: c_int, command: c_int, ...) -> c_int;

    fn cardwire_locks_set_handler(
        handler: unsafe extern "C" fn(c_int, c_int, *mut c_void) -> c_int,
    );
}

/// Gives SQLite locks that belong to open files, once for the process. Connections of before keep
/// those of the process.
///
/// Of the database of that name, every other SQLite reads only while this one has it open: there it
/// finds the database locked when it wants to write, checkpoint or vacuum.
///
/// # Errors
/// SQLite or the C library does not let it, or the folder of the database cannot be found.
pub fn install(database: &Path) -> io::Result<()> {
    static INSTALLED: OnceLock<Result<(), &'static str>> = OnceLock::new();
    INSTALLED.get_or_init(set).map_err(io::Error::other)?;
    // As SQLite names it: without links.
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let path = folder.unwrap_or(Path::new(".")).canonicalize()?;
    let path = path.join(database.file_name().unwrap_or_default());
    Guard::new().keep_writers_out(index_of(&path)?);
    Ok(())
}

/// Returns the name of what SQLite shares between connections to a database with a log.
fn index_of(database: &Path) -> io::Result<CString> {
    Ok(CString::new([database.as_os_str().as_bytes(), b"-shm"].concat())?)
}

/// Returns whether the locks that SQLite has on a database with a log belong to open files. They do
/// not where a connection of before [`install`] was open when the first one of after it came, because
/// SQLite's connections share their locks.
pub fn covers(path: &Path) -> bool {
    let descriptors = Guard::new();
    [CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from), index_of(path)]
        .iter()
        .all(|name| name.as_ref().is_ok_and(|name| descriptors.holds_locks_of(name)))
}

fn set() -> Result<(), &'static str> {
    // SAFETY: may be called at any time, and more than once.
    if unsafe { ffi::sqlite3_initialize() } != ffi::SQLITE_OK {
        return Err("SQLite cannot be started");
    }
    mutexes::find();
    // SAFETY: handlers that live as long as the library.
    let handled = unsafe {
        libc::pthread_atfork(
            Some(before_fork),
            Some(after_fork_in_parent),
            Some(after_fork_in_child),
        )
    };
    if handled != 0 {
        return Err("no fork handler can be set");
    }
    // SAFETY: gives SQLite's system interface, which lives as long as the library.
    let Some(vfs) = (unsafe { ffi::sqlite3_vfs_find(std::ptr::null()).as_mut() }) else {
        return Err("SQLite has no system interface");
    };
    let Some(set) = vfs.xSetSystemCall.filter(|_| vfs.iVersion >= 3) else {
        return Err("SQLite's system calls cannot be set");
    };
    type Call = unsafe extern "C" fn();
    // SAFETY: before SQLite is given the function that calls it.
    unsafe { cardwire_locks_set_handler(fcntl) };
    // SAFETY: SQLite calls each by the type that it documents for this name, which is the type of
    // the function here.
    unsafe {
        let calls: [(&CStr, Call); 5] = [
            (c"open", std::mem::transmute::<*const (), Call>(open as *const ())),
            (c"close", std::mem::transmute::<*const (), Call>(close as *const ())),
            (c"stat", std::mem::transmute::<*const (), Call>(stat as *const ())),
            (c"fstat", std::mem::transmute::<*const (), Call>(fstat as *const ())),
            (c"fcntl", std::mem::transmute::<*const (), Call>(cardwire_locks_fcntl as *const ())),
        ];
        for (name, call) in calls {
            if set(vfs, name.as_ptr(), Some(call)) != ffi::SQLITE_OK {
                return Err("SQLite has no such system call");
            }
        }
    }
    Ok(())
}

unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_int) -> c_int {
    // SAFETY: SQLite gives a NUL-terminated path.
    let path = unsafe { CStr::from_ptr(path) };
    let fd = Guard::new().open(path, flags, mode);
    if fd < 0 {
        OPEN_ERROR.set(io::Error::last_os_error().raw_os_error());
    }
    fd
}

thread_local! {
    static OPEN_ERROR: Cell<Option<c_int>> = const { Cell::new(None) };
}

/// Takes the system's number for the last file that SQLite could not open on this thread: a connection
/// that knows it is not there then.
pub fn open_error() -> Option<i32> {
    OPEN_ERROR.take()
}

unsafe extern "C" fn close(fd: c_int) -> c_int {
    Guard::new().close(fd)
}

unsafe extern "C" fn stat(path: *const c_char, found: *mut libc::stat) -> c_int {
    // SAFETY: SQLite gives a NUL-terminated path and a structure to write to.
    unsafe { per_generation(libc::stat(path, found), found) }
}

unsafe extern "C" fn fstat(fd: c_int, found: *mut libc::stat) -> c_int {
    // SAFETY: SQLite gives a structure to write to.
    unsafe { per_generation(libc::fstat(fd, found), found) }
}

/// SQLite keeps for each file which locks the process has. A forked child inherits the list, but not
/// the locks: there every file has another number, so that SQLite does not find it in the list.
unsafe fn per_generation(outcome: c_int, found: *mut libc::stat) -> c_int {
    let generation = Guard::new().generation();
    if outcome == 0 && generation > 0 {
        // SAFETY: the call succeeded, so it wrote there.
        unsafe { (*found).st_ino ^= (generation as libc::ino_t) << 20 };
    }
    outcome
}

/// Calls `fcntl` with its third argument as a pointer, which it is for locks.
///
/// # Safety
/// The type of `fcntl`'s argument.
unsafe extern "C" fn fcntl(fd: c_int, command: c_int, argument: *mut c_void) -> c_int {
    let of_file = match command {
        libc::F_GETLK => libc::F_OFD_GETLK,
        // One that waits would keep every other file waiting: SQLite tries again by itself.
        libc::F_SETLK | libc::F_SETLKW => libc::F_OFD_SETLK,
        // SAFETY: handed on as it is.
        _ => return unsafe { libc::fcntl(fd, command, argument) },
    };
    let mut descriptors = Guard::new();
    match descriptors.locks_of(fd) {
        // SAFETY: handed on as it is.
        Ok(None) => unsafe { libc::fcntl(fd, command, argument) },
        Ok(Some(locked)) => {
            // SAFETY: SQLite gives a lock record to read and write with these commands.
            let lock = unsafe { &mut *argument.cast::<libc::flock>() };
            lock.l_pid = 0;
            locked.lock(of_file, lock)
        }
        Err(error) => {
            set_errno(error.raw_os_error().unwrap_or(libc::EIO));
            -1
        }
    }
}
