//! Failures of the journal's file, and how a caller is told of them.

use std::io;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, ffi};

use super::record::OrderRecord;
use crate::error::{Error, FileProblem, Kind};

/// Why an order was not begun.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NotBegun {
    /// Its number stands for a call that runs, was answered or may have been executed.
    Used,
    /// The vendor answered the same to another call.
    Answered(Box<OrderRecord>),
    /// Another call asks the same.
    Running(Box<OrderRecord>),
    /// The file cannot be written.
    Unwritten(WriteError),
}

impl From<WriteError> for NotBegun {
    fn from(error: WriteError) -> Self {
        NotBegun::Unwritten(error)
    }
}

impl From<rusqlite::Error> for NotBegun {
    fn from(error: rusqlite::Error) -> Self {
        NotBegun::Unwritten(error.into())
    }
}

impl NotBegun {
    /// Returns the error that a caller sees, of the file at a path.
    pub(crate) fn error(self, path: &Path) -> Error {
        match self {
            NotBegun::Used => Error::argument(
                "order_id",
                "a number that was not used before",
                "that of a call in the journal that runs, was billed or may have been",
            ),
            NotBegun::Answered(order) => Error::answered(*order),
            NotBegun::Running(order) => Error::running(*order),
            NotBegun::Unwritten(error) => error.error(path),
        }
    }
}

/// Why something was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteError {
    /// Another process holds the file.
    Held,
    /// The disk has no room left.
    Full,
    /// The system refuses to read or write the file, for the reason of this number where SQLite knows
    /// it: it is opened anew before anything else is written.
    Io(Option<i32>),
    /// The file cannot be written now.
    Failed,
    /// The file is gone or damaged: it is opened anew before anything else is written.
    Lost,
    /// A sync failed, and nobody knows what the disk holds.
    Broken,
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        let sync = [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC];
        match error.sqlite_error() {
            // Repeating it would report as safe what may be lost.
            Some(error) if sync.contains(&error.extended_code) => WriteError::Broken,
            Some(error) => match error.code {
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed => WriteError::Held,
                ErrorCode::DiskFull => WriteError::Full,
                ErrorCode::SystemIoFailure => WriteError::Io(None),
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => WriteError::Lost,
                _ => WriteError::Failed,
            },
            None => WriteError::Failed,
        }
    }
}

impl WriteError {
    /// Returns whether the file is opened anew before anything else is written.
    pub(super) fn needs_opening(self) -> bool {
        matches!(self, WriteError::Io(_) | WriteError::Lost)
    }

    /// Returns the error that a caller sees, of the file at a path.
    pub(crate) fn error(self, path: &Path) -> Error {
        let (problem, os_error) = match self {
            WriteError::Held => (format!("is held by another process: {UNSENT}"), None),
            WriteError::Full => (format!("cannot be written: {UNSENT}"), DISK_FULL),
            WriteError::Io(code) => (format!("cannot be read or written: {UNSENT}"), code),
            WriteError::Failed => (format!("cannot be written: {UNSENT}"), None),
            WriteError::Lost => (
                "was removed, replaced or damaged: no billed call is sent until the same file \
                 works again"
                    .to_owned(),
                None,
            ),
            WriteError::Broken => {
                ("failed for good: make a new client when the disk is repaired".to_owned(), None)
            }
        };
        storage(&format!("{problem}{}", reason(os_error))).with_file(path, os_error).at(path)
    }
}

const UNSENT: &str = "no billed call is sent without it";

/// The system's number for a disk without room, which SQLite tells apart and does not keep.
#[cfg(unix)]
const DISK_FULL: Option<i32> = Some(nix::libc::ENOSPC);
/// `ERROR_DISK_FULL`.
#[cfg(not(unix))]
const DISK_FULL: Option<i32> = Some(112);

/// Returns the system's words for the end of a message.
fn reason(os_error: Option<i32>) -> String {
    let reason = os_error.map(|code| format!(": {}", io::Error::from_raw_os_error(code)));
    reason.unwrap_or_default()
}

pub(super) fn storage(problem: &str) -> Error {
    Error::new(Kind::Storage, format!("the journal {problem}"))
}

/// Returns the error of reading or of opening a file; the connection knows the system's reason.
pub(super) fn sql(error: &rusqlite::Error, connection: Option<&Connection>, path: &Path) -> Error {
    let os_error = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => DISK_FULL,
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => match connection {
            Some(connection) => cardwire_locks::system_error(connection),
            None => cardwire_locks::open_error(),
        },
        _ => None,
    };
    // In words of our own: SQLite's may show the statement.
    let problem = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "cannot be used: it is not an SQLite file",
        Some(ErrorCode::DatabaseCorrupt) => "is damaged",
        Some(ErrorCode::DiskFull) => "cannot be written",
        Some(ErrorCode::ReadOnly) => "cannot be written: it is read-only",
        Some(ErrorCode::CannotOpen) => "cannot be opened",
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed,
        ) => "is held by another process",
        Some(ErrorCode::SystemIoFailure) => "cannot be read or written",
        _ => "cannot be used",
    };
    storage(&format!("{problem}{}", reason(os_error))).with_file(path, os_error)
}

/// Returns the error of a file of the journal, with the system's reason.
pub(super) fn of_system(path: &Path, problem: &str, error: &io::Error) -> Error {
    storage(&format!("{problem}: {error}")).with_file(path, error.raw_os_error())
}

pub(super) fn unusable(path: &Path, problem: &FileProblem) -> Error {
    let (expected, found) = (problem.expected("the file"), problem.found());
    storage(&format!("cannot be used: expected {expected}, found {found}"))
        .with_file(path, problem.os_error)
}
