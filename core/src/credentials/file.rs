//! A secret in a file, which is read again when the file changes.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use crate::secret::SECRET_LIMIT;
use crate::secret::Secret;

/// A mark that tells one state of a file from another without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    len: u64,
    inode: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Stamp { modified: metadata.modified().ok(), len: metadata.len(), inode }
    }
}

/// A file with a secret, as it was read last.
#[derive(Clone, Debug)]
pub(crate) struct SecretFile {
    path: PathBuf,
    stamp: Stamp,
}

/// Returns a text without the line end that editors and `echo` put behind it.
pub(crate) fn without_line_end(text: &str) -> &str {
    text.trim_end_matches(['\r', '\n'])
}

impl SecretFile {
    /// Reads it. Only what is a plain file is opened, or a link to one: others may wait for a writer.
    pub(crate) fn read(path: &Path) -> io::Result<(SecretFile, Secret)> {
        plain(&std::fs::metadata(path)?)?;
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        plain(&metadata)?;
        // Bounded; one byte more than a secret and its line end tells that it is too much.
        let mut text = Zeroizing::new(String::with_capacity(SECRET_LIMIT + 3));
        file.take(SECRET_LIMIT as u64 + 3).read_to_string(&mut text)?;
        // It is read again later, and the program may be in another folder by then.
        let path = std::path::absolute(path)?;
        let file = SecretFile { path, stamp: Stamp::of(&metadata) };
        Ok((file, Secret::new(without_line_end(&text))))
    }

    /// Reads it again if it changed, or whatever its state if `anyway`; nothing where it did not
    /// change, or is not there now.
    pub(crate) fn read_again(&self, anyway: bool) -> Option<(SecretFile, Secret)> {
        let metadata = std::fs::metadata(&self.path).ok()?;
        if !anyway && Stamp::of(&metadata) == self.stamp {
            return None;
        }
        SecretFile::read(&self.path).ok()
    }
}

fn plain(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a plain file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = format!("cardwire-secret-{}-{name}", std::process::id());
            let folder = std::env::temp_dir().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            Folder(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn it_is_read_again_when_it_changes_and_kept_when_it_is_gone() {
        let folder = Folder::new("changes");
        let path = folder.0.join("token");
        std::fs::write(&path, "first\r\n").unwrap();
        let (file, secret) = SecretFile::read(&path).unwrap();
        assert_eq!(secret.reveal(), "first");
        assert!(file.read_again(false).is_none());
        assert_eq!(file.read_again(true).unwrap().1.reveal(), "first");
        // Another of the same length takes its place, as a side-car does it.
        std::fs::write(folder.0.join("next"), "other\r\n").unwrap();
        std::fs::rename(folder.0.join("next"), &path).unwrap();
        let (file, secret) = file.read_again(false).unwrap();
        assert_eq!(secret.reveal(), "other");
        std::fs::remove_file(&path).unwrap();
        assert!(file.read_again(false).is_none() && file.read_again(true).is_none());
    }

    #[test]
    fn a_relative_path_is_that_of_the_folder_it_was_given_in() {
        // Of the package: there cargo starts its tests.
        let (file, _) = SecretFile::read(Path::new("Cargo.toml")).unwrap();
        assert_eq!(file.path, std::env::current_dir().unwrap().join("Cargo.toml"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_plain_file_is_not_opened() {
        let folder = Folder::new("plain");
        let path = folder.0.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert_eq!(SecretFile::read(&path).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert!(SecretFile::read(&folder.0).is_err());
        let link = folder.0.join("link");
        std::fs::write(folder.0.join("plain"), "s").unwrap();
        std::os::unix::fs::symlink("plain", &link).unwrap();
        assert_eq!(SecretFile::read(&link).unwrap().1.reveal(), "s");
    }
}
