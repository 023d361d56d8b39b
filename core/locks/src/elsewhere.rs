use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Does nothing: this system has no locks of an open file that SQLite's could be made of.
///
/// # Errors
/// None here.
pub fn install(_database: &Path) -> io::Result<()> {
    Ok(())
}

/// Returns true: there is nothing to be covered by.
pub fn covers(_path: &Path) -> bool {
    true
}

/// Returns nothing: SQLite keeps to itself why it could not open a file.
pub fn open_error() -> Option<i32> {
    None
}

/// A sign of life that nobody can see here: who runs an order in another process is not known.
#[derive(Debug)]
pub struct Presence(File);

impl Presence {
    /// Opens the file.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().read(true).write(true).open(path).map(Presence)
    }

    /// Returns the open file.
    pub fn file(&self) -> &File {
        &self.0
    }

    /// Returns what names the file on this machine.
    pub fn file_id(&self) -> String {
        "-".to_owned()
    }

    /// Does nothing.
    ///
    /// # Errors
    /// None here.
    pub fn hold(&self, _byte: u64) -> io::Result<bool> {
        Ok(true)
    }

    /// Returns `None`: nobody can say.
    pub fn is_held(&self, _byte: u64) -> Option<bool> {
        None
    }
}
