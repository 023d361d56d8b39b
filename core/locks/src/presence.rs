use std::ffi::CString;
use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use libc::{c_int, c_short};

use crate::descriptors::{FIRST_BYTE, Guard, record};

/// A sign of life in a file: a lock on a byte far behind its end, which ends with whoever holds it
/// and which every process of this kernel sees, whatever its namespaces, that opens the same file.
#[derive(Debug)]
pub struct Presence {
    /// Closed by the drop below.
    file: ManuallyDrop<File>,
    generation: u64,
    id: String,
}

impl Presence {
    /// Opens the file, which is there already.
    ///
    /// # Errors
    /// The file cannot be opened, or `Unsupported`: this kernel has no locks of an open file (Linux
    /// has them since 3.15).
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        let (fd, generation) = {
            let mut descriptors = Guard::new();
            (descriptors.open_presence(&path)?, descriptors.generation())
        };
        // SAFETY: opened above for this alone.
        let file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd) });
        let mut presence = Presence { file, generation, id: String::new() };
        let found = presence.file.metadata()?;
        presence.id = format!("{:x}:{:x}", found.dev(), found.ino());
        if presence.lock(libc::F_OFD_GETLK, libc::F_WRLCK, 0).is_err() {
            let problem = "this kernel has no locks that belong to an open file";
            return Err(io::Error::new(io::ErrorKind::Unsupported, problem));
        }
        Ok(presence)
    }

    /// Returns the open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Returns what names the file on this machine for as long as anybody has it open.
    pub fn file_id(&self) -> String {
        self.id.clone()
    }

    /// Locks a byte, from 0 to 2^61; false where somebody has it. It is held until this is dropped
    /// or the process ends.
    ///
    /// # Errors
    /// The system does not give locks on this file.
    pub fn hold(&self, byte: u64) -> io::Result<bool> {
        match self.lock(libc::F_OFD_SETLK, libc::F_WRLCK, byte) {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns whether anybody but this presence holds a byte; `None` where nobody can say.
    pub fn is_held(&self, byte: u64) -> Option<bool> {
        let found = self.lock(libc::F_OFD_GETLK, libc::F_WRLCK, byte).ok()?;
        Some(found != libc::F_UNLCK as c_short)
    }

    fn lock(&self, command: c_int, kind: c_int, byte: u64) -> io::Result<c_short> {
        let at = FIRST_BYTE + i64::try_from(byte).unwrap_or(i64::MAX) % FIRST_BYTE;
        let mut record = record(kind, at, 1);
        // SAFETY: a descriptor of ours and a record to read and write.
        match unsafe { libc::fcntl(self.file.as_raw_fd(), command, &raw mut record) } {
            0 => Ok(record.l_type),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        Guard::new().close_presence(self.file.as_raw_fd(), self.generation);
    }
}
