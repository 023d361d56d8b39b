//! A photo in a file, read into memory that a batch uses again and again: memory that is new to the
//! process costs more than reading the file does.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::format::PHOTO_LIMIT;
use super::text;
use crate::error::Error;

/// Keeps a wrong path from filling the memory.
const FILE_LIMIT: u64 = PHOTO_LIMIT as u64;

/// The memory of photos whose calls have ended: as much as was in use at once, given back to the
/// system with the batch.
#[derive(Clone, Default)]
pub(crate) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give_back(&self, buffer: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buffers")
    }
}

/// A photo in such memory.
struct PhotoBuffer {
    buffer: Vec<u8>,
    home: Buffers,
}

impl AsRef<[u8]> for PhotoBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for PhotoBuffer {
    fn drop(&mut self) {
        self.home.give_back(std::mem::take(&mut self.buffer));
    }
}

/// Reads a file, into a buffer of the batch where it is one of a batch.
pub(crate) fn read(path: &Path, buffers: Option<&Buffers>) -> Result<Bytes, Error> {
    let refuse = |error: std::io::Error| match text::instead_of_a_path(path) {
        Some(found) => Error::argument("image", "the path of a file", found),
        None => Error::file("image", path, PHOTO, &error),
    };
    let too_large = || {
        Error::argument("image", "a file of at most 64 MiB", "a larger one").with_file(path, None)
    };
    let metadata = std::fs::metadata(path).map_err(refuse)?;
    if !metadata.is_file() {
        return Err(Error::file("image", path, PHOTO, &not_a_file(&metadata)));
    }
    if metadata.len() > FILE_LIMIT {
        return Err(too_large());
    }
    let mut buffer = buffers.map(Buffers::take).unwrap_or_default();
    buffer.clear();
    buffer.reserve_exact(usize::try_from(metadata.len()).unwrap_or(0));
    let file = File::open(path).map_err(refuse)?;
    file.take(FILE_LIMIT + 1).read_to_end(&mut buffer).map_err(refuse)?;
    if buffer.len() as u64 > FILE_LIMIT {
        return Err(too_large());
    }
    Ok(match buffers {
        Some(home) => Bytes::from_owner(PhotoBuffer { buffer, home: home.clone() }),
        None => Bytes::from(buffer),
    })
}

const PHOTO: &str = "a photo in";

/// Returns why what is at a path is no file: as the system says it where one opens it as a file.
fn not_a_file(metadata: &Metadata) -> std::io::Error {
    let (code, kind) = match metadata.is_dir() {
        true => (EISDIR, ErrorKind::IsADirectory),
        false => (None, ErrorKind::InvalidInput),
    };
    match code {
        Some(code) => std::io::Error::from_raw_os_error(code),
        None => std::io::Error::new(kind, "no plain file"),
    }
}

#[cfg(unix)]
const EISDIR: Option<i32> = Some(nix::libc::EISDIR);
#[cfg(not(unix))]
const EISDIR: Option<i32> = None;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_and_holds_nothing_of_the_photo_before() {
        let folder = std::env::temp_dir().join(format!("cardwire-buffers-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (long, short) = (folder.join("long"), folder.join("short"));
        std::fs::write(&long, vec![1; 100_000]).unwrap();
        std::fs::write(&short, vec![2; 10]).unwrap();
        let buffers = Buffers::default();
        let first = read(&long, Some(&buffers)).unwrap();
        let address = first.as_ptr();
        assert_eq!(first.len(), 100_000);
        // Both are in use at once.
        assert_eq!(read(&short, Some(&buffers)).unwrap(), [2; 10][..]);
        drop(first);
        let again = read(&short, Some(&buffers)).unwrap();
        assert_eq!((again.as_ptr(), &again[..]), (address, &[2; 10][..]));
        assert_eq!(read(&short, None).unwrap(), [2; 10][..]);
        assert!(read(&folder, Some(&buffers)).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
