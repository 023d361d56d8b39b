//! Failures of the journal's file, and how a caller is told of them.

use std::path::Path;

use rusqlite::{ErrorCode, ffi};

use crate::error::{Error, FileProblem, Kind};

/// Why something was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteError {
    /// The order number stands for a call that runs, was answered or may have been executed.
    Used,
    /// The file cannot be written now.
    Failed,
    /// The file is gone, damaged or failed: it is opened anew before anything else is written.
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
                ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase => WriteError::Lost,
                _ => WriteError::Failed,
            },
            None => WriteError::Failed,
        }
    }
}

/// Returns the error that a caller sees.
pub(crate) fn unwritten(unwritten: WriteError) -> Error {
    match unwritten {
        WriteError::Used => Error::argument(
            "order_id",
            "a number that was not used before",
            "that of a call in the journal that runs, was billed or may have been",
        ),
        WriteError::Failed => storage("cannot be written: no billed call is sent without it"),
        WriteError::Lost => storage(
            "was removed, replaced or damaged: no billed call is sent until the same file works again",
        ),
        WriteError::Broken => {
            storage("failed for good: make a new client when the disk is repaired")
        }
    }
}

pub(super) fn storage(problem: &str) -> Error {
    Error::new(Kind::Storage, format!("the journal {problem}"))
}

pub(super) fn sql(error: &rusqlite::Error) -> Error {
    // In words of our own: SQLite's may show the statement.
    let problem = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "cannot be used: it is not an SQLite file",
        Some(ErrorCode::DatabaseCorrupt) => "is damaged",
        Some(ErrorCode::DiskFull) => "cannot be written: the disk is full",
        Some(ErrorCode::ReadOnly) => "cannot be written: it is read-only",
        Some(ErrorCode::CannotOpen) => "cannot be opened",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "is held by another process",
        Some(ErrorCode::SystemIoFailure) => "cannot be read or written: the disk fails",
        _ => "cannot be used",
    };
    storage(problem)
}

pub(super) fn unusable(path: &Path, problem: &FileProblem) -> Error {
    let (expected, found) = (problem.expected("the file"), problem.found());
    storage(&format!("cannot be used: expected {expected}, found {found}"))
        .with_file(path, problem.os_error)
}
