//! Whether the journal's files are still where they were opened.

#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file that another must not take the place of while it is open.
pub(super) struct Place {
    path: PathBuf,
    /// Whether a tool may shorten it, as SQLite's do with the log.
    shrinks: bool,
    /// Device, number and length; `None` until it is first there.
    seen: Option<(u64, u64, u64)>,
}

impl Place {
    /// The file of a journal, and SQLite's log beside it.
    pub(super) fn of_journal(path: &Path) -> [Self; 2] {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        [Place::new(path.to_owned(), false), Place::new(log.into(), true)]
    }

    fn new(path: PathBuf, shrinks: bool) -> Self {
        let mut place = Place { path, shrinks, seen: None };
        place.is_unchanged();
        place
    }

    /// One system call, which costs little beside writing.
    #[cfg(unix)]
    pub(super) fn is_unchanged(&mut self) -> bool {
        let now =
            std::fs::metadata(&self.path).map(|found| (found.dev(), found.ino(), found.len()));
        match (self.seen, now) {
            (None, now) => self.seen = now.ok(),
            (Some((device, number, length)), Ok(now)) if (device, number) == (now.0, now.1) => {
                if now.2 < length && !self.shrinks {
                    return false;
                }
                self.seen = Some(now);
            }
            (Some(_), _) => return false,
        }
        true
    }

    #[cfg(not(unix))]
    pub(super) fn is_unchanged(&mut self) -> bool {
        true
    }
}
