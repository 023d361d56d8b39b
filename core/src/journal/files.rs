//! Checks that the journal's files are plain, private and still where they were opened.

use std::fs::{self, File};
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use super::problem::of_system;
use crate::error::{Error, FileProblem};

/// Marks the file as one of these: "crdw".
pub(super) const APPLICATION_ID: i64 = 0x6372_6477;
pub(super) const VERSION: i64 = 3;
/// The first version, which is brought up to date.
pub(super) const OLDEST: i64 = 1;
/// The version after it.
pub(super) const SECOND: i64 = 2;

/// The files that SQLite keeps beside the journal's, by the ends of their names.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Returns a path that SQLite takes as nothing but a file.
///
/// # Errors
/// The journal or a file beside it is a link or something else that is no plain file.
pub(super) fn plain(path: &Path) -> Result<PathBuf, FileProblem> {
    let is_other =
        |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| !found.file_type().is_file());
    if is_other(path) {
        return Err(FileProblem::new("a plain file at", "something else"));
    }
    for end in BESIDE {
        if is_other(&beside(path, end)) {
            return Err(FileProblem::new(
                "plain files beside",
                format!("something else at its {end}"),
            ));
        }
    }
    // SQLite has meanings of its own for names such as ":memory:" and the empty one.
    std::path::absolute(path).map_err(|error| FileProblem::because("an absolute path of", &error))
}

/// Checks that a journal can be made or opened at a path, without opening it by SQLite, and returns it as
/// [`plain`] does.
///
/// # Errors
/// The problem that is in the way.
pub(crate) fn check(path: &Path) -> Result<PathBuf, FileProblem> {
    let problem = |expected, found: &str| Err(FileProblem::new(expected, found));
    if path.as_os_str().is_empty() {
        return problem("a path of", "an empty text");
    }
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        return problem("a path without U+0000 of", "one");
    }
    if path.to_string_lossy().ends_with(std::path::is_separator) {
        return problem("the name of", "that of a folder");
    }
    let path = plain(path)?;
    match fs::symlink_metadata(&path) {
        Ok(_) if !may(&path, Access::Use) => {
            return problem("permission to read and write", "none");
        }
        Ok(found) => {
            if let Some(foreign) = foreign_file(&path, found.len()) {
                return Err(foreign);
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(FileProblem::because(DATABASE, &error)),
    }
    let Some(folder) = path.parent() else { return problem("a folder of", "none") };
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => problem("a folder of", "something else"),
        // Files stand beside it.
        Ok(_) if !may(folder, Access::Fill) => {
            problem("permission to write to the folder of", "none")
        }
        Ok(_) => Ok(path),
        Err(error) => Err(FileProblem::because("a folder of", &error)),
    }
}

const DATABASE: &str = "an SQLite database in";
#[cfg(target_os = "linux")]
const JOURNAL: &str = "a journal in";

/// The length of SQLite's header in bytes. <https://www.sqlite.org/fileformat.html#the_database_header> has the
/// place of each number in it.
#[cfg(target_os = "linux")]
const HEADER: u64 = 100;

/// The access that a process wants to a file or a folder.
#[derive(Clone, Copy)]
enum Access {
    /// Read and write a file.
    Use,
    /// Make files in a folder.
    Fill,
}

#[cfg(unix)]
fn may(path: &Path, access: Access) -> bool {
    use nix::fcntl::{AT_FDCWD, AtFlags};
    use nix::unistd::{AccessFlags, faccessat};
    let wanted = match access {
        Access::Use => AccessFlags::R_OK | AccessFlags::W_OK,
        Access::Fill => AccessFlags::W_OK | AccessFlags::X_OK,
    };
    faccessat(AT_FDCWD, path, wanted, AtFlags::AT_EACCESS).is_ok()
}

#[cfg(not(unix))]
fn may(_: &Path, _: Access) -> bool {
    true
}

#[cfg(target_os = "linux")]
const SQLITE: &[u8] = b"SQLite format 3\0";

/// Returns the problem where what is in a file cannot be a journal. An empty file is one that is yet to
/// be made.
#[cfg(target_os = "linux")]
fn foreign_file(path: &Path, length: u64) -> Option<FileProblem> {
    use std::io::Read;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
    let mut header = Vec::new();
    let opened = fs::OpenOptions::new().read(true).custom_flags(flags).open(path);
    opened.and_then(|file| file.take(HEADER).read_to_end(&mut header)).ok()?;
    let differs = header.iter().zip(SQLITE).any(|(found, expected)| found != expected);
    let is_cut = (1..HEADER).contains(&(header.len() as u64));
    if differs || is_cut {
        return Some(FileProblem::new(DATABASE, "another format"));
    }
    let number = |at: usize| {
        header.get(at..at + 4)?.try_into().ok().map(|bytes| i64::from(u32::from_be_bytes(bytes)))
    };
    let page_size = match u16::from_be_bytes(header.get(16..18)?.try_into().ok()?) {
        1 => 65_536,
        size => u64::from(size),
    };
    let (version, application) = (number(60)?, number(68)?);
    // Until its first checkpoint is complete, a new journal's first page is in the log beside it.
    let has_log = || fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    let unnamed = application == 0 && (length <= page_size || has_log());
    if application != APPLICATION_ID && !unnamed {
        Some(FileProblem::new(JOURNAL, "another program's database"))
    } else if application == APPLICATION_ID && !(OLDEST..=VERSION).contains(&version) {
        Some(FileProblem::new(JOURNAL, "one of another version of this library"))
    } else {
        None
    }
}

/// Elsewhere closing the file would let go of the locks that the process has on it.
#[cfg(not(target_os = "linux"))]
fn foreign_file(_: &Path, _: u64) -> Option<FileProblem> {
    None
}

/// Takes from others what they may do with the files, and makes the name safe in its folder.
#[cfg(unix)]
pub(super) fn keep_private(path: &Path) -> Result<(), Error> {
    make_private(path)?;
    for end in BESIDE {
        make_private(&beside(path, end))?;
    }
    // A new name in a folder is safe only once the folder is.
    if let Some(folder) = path.parent() {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| {
            of_system(path, "cannot be made safe: its folder cannot be synced", &error)
        })?;
    }
    Ok(())
}

/// On Windows a file has the rights of its folder, and NTFS's own journal keeps its name.
#[cfg(not(unix))]
pub(super) fn keep_private(_: &Path) -> Result<(), Error> {
    Ok(())
}

/// Changes the mode of what was opened, so that a link that takes the file's place is never
/// followed. A file whose mode is right is not opened.
#[cfg(unix)]
fn make_private(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let owner_only = |mode: u32| mode & 0o777 == 0o600;
    match fs::symlink_metadata(path) {
        Ok(found) if !owner_only(found.mode()) => {}
        _ => return Ok(()),
    }
    let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
    let opened = fs::OpenOptions::new().read(true).custom_flags(flags).open(path);
    let changed = opened.and_then(|file| match file.metadata()?.is_file() {
        true => file.set_permissions(fs::Permissions::from_mode(0o600)),
        false => Err(std::io::ErrorKind::InvalidInput.into()),
    });
    changed.map_err(|error| {
        of_system(path, "can be read by others, and that cannot be changed", &error)
    })
}

/// The files of an open journal: what is written to one that was removed or replaced is lost.
#[cfg(unix)]
pub(super) struct JournalFiles {
    database: FileId,
    /// The log and its index. Other tools shorten the log, and rightly.
    beside: [FileId; 2],
    /// The length of the database when it was last looked at.
    length: u64,
}

#[cfg(unix)]
struct FileId {
    path: PathBuf,
    /// Device and number; `None` until it is first there.
    id: Option<(u64, u64)>,
}

#[cfg(unix)]
impl JournalFiles {
    pub(super) fn new(path: &Path) -> Self {
        let file = |path: PathBuf| FileId { path, id: None };
        let mut files = JournalFiles {
            database: file(path.to_owned()),
            beside: [file(beside(path, "-wal")), file(beside(path, "-shm"))],
            length: 0,
        };
        files.database.is_unchanged();
        files.beside.iter_mut().for_each(|file| {
            file.is_unchanged();
        });
        files
    }

    /// Returns whether they are still there. `open` is the database, opened before.
    pub(super) fn are_unchanged(&mut self, open: &File) -> bool {
        let Some(length) = self.database.is_unchanged() else { return false };
        if length < self.length && !is_whole(open, length) {
            return false;
        }
        self.length = length;
        self.beside.iter_mut().all(|file| file.is_unchanged().is_some())
    }
}

#[cfg(unix)]
impl FileId {
    /// Returns its length, or 0 where it was never there. One system call, which costs little beside
    /// writing.
    fn is_unchanged(&mut self) -> Option<u64> {
        match (self.id, fs::symlink_metadata(&self.path)) {
            (None, Err(_)) => Some(0),
            (None, Ok(now)) => {
                self.id = Some((now.dev(), now.ino()));
                Some(now.len())
            }
            (Some(id), Ok(now)) if id == (now.dev(), now.ino()) => Some(now.len()),
            (Some(_), _) => None,
        }
    }
}

/// Returns whether a database that became shorter holds as many pages as its header says: a tool
/// vacuumed it, and nobody cut it.
#[cfg(unix)]
fn is_whole(open: &File, length: u64) -> bool {
    use std::os::unix::fs::FileExt;
    let mut header = [0; 32];
    if open.read_exact_at(&mut header, 0).is_err() {
        return false;
    }
    let [.., a, b, c, d] = header;
    let pages = u64::from(u32::from_be_bytes([a, b, c, d]));
    let size = match (header.get(16), header.get(17)) {
        (Some(0), Some(1)) => 65_536,
        (Some(high), Some(low)) => u64::from(u16::from_be_bytes([*high, *low])),
        _ => return false,
    };
    header.starts_with(SQLITE) && pages > 0 && pages * size <= length
}

/// The same where SQLite opens its files so that nobody can remove or replace them meanwhile: on Windows.
#[cfg(not(unix))]
pub(super) struct JournalFiles;

#[cfg(not(unix))]
impl JournalFiles {
    pub(super) fn new(_: &Path) -> Self {
        JournalFiles
    }

    pub(super) fn are_unchanged(&mut self, _: &File) -> bool {
        true
    }
}
