//! Fingerprints: what tells an item from another one of the same name.
//!
//! A photo's fingerprint is a digest of its bytes. A number of a card or a person can be found from its
//! digest by trying every number, so what is personal is digested under a random key, which is kept in
//! a private file beside the journal.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use cardwire::Image;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::private_file;
use crate::failure::Failure;

/// The length of the key in bytes, that of the digest.
const KEY: usize = 32;

/// The bytes of a digest that are kept: items of one name are told apart by them, which are few.
const KEPT: usize = 8;

/// The fingerprint of a photo that cannot be read, so that the one that is there later is another.
const UNREAD: &str = "unread";

/// The key of a journal's digests.
pub(crate) struct Key([u8; KEY]);

impl Key {
    /// Reads the key, or makes it where it is not needed yet: `is_needed` says that there are
    /// results or orders which were written with it.
    pub(crate) fn open(path: &Path, is_needed: bool) -> Result<Self, Failure> {
        let problem = |error: io::Error| Failure::file(path, "the key cannot be used", &error);
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_needed => {
                let expected =
                    format!("the key {}, by which items are known again", crate::show::path(path));
                return Err(Failure::argument("--output", &expected, "none; name another output"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path).map_err(problem)?,
            _ => {}
        }
        let mut bytes = Vec::new();
        let file = private_file::open(path).map_err(problem)?;
        file.take(KEY as u64 + 1).read_to_end(&mut bytes).map_err(problem)?;
        let length = bytes.len();
        let expected = || format!("a key of {KEY} bytes in {}", crate::show::path(path));
        let key = bytes.try_into().map_err(|_| {
            Failure::argument("--output", &expected(), format!("another file, of {length} or more"))
        })?;
        Ok(Key(key))
    }

    /// Returns letters that stand for personal values.
    pub(crate) fn of_values<'a>(&self, values: impl IntoIterator<Item = &'a str>) -> String {
        // A key of any length is one.
        let Ok(mut digest) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return UNREAD.to_owned();
        };
        for value in values {
            digest.update(&(value.len() as u64).to_be_bytes());
            digest.update(value.as_bytes());
        }
        letters(&digest.finalize().into_bytes())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// Makes a key, unless another run has made one meanwhile.
fn make(path: &Path) -> io::Result<()> {
    let mut key = [0; KEY];
    getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
    let mut file = tempfile::NamedTempFile::new_in(private_file::folder_of(path))?;
    file.write_all(&key)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => private_file::sync_folder(path),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

/// Returns the fingerprint of a photo's bytes.
pub(crate) fn of_photo(path: &Path) -> String {
    let read = || -> io::Result<String> {
        // Reading a pipe waits for whoever writes to it.
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut digest = Sha256::new();
        // A longer one is refused.
        let mut file = File::open(path)?.take(Image::LIMIT as u64 + 1);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(letters(&digest.finalize())),
                length => digest.update(buffer.get(..length).unwrap_or_default()),
            }
        }
    };
    read().unwrap_or_else(|_| UNREAD.to_owned())
}

/// Digits in a row could look like a number of a person.
fn letters(digest: &[u8]) -> String {
    let letter = |half: u8| char::from(b'a' + half);
    digest.iter().take(KEPT).flat_map(|byte| [letter(byte >> 4), letter(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_values_under_another_key_have_other_letters() {
        let folder = tempfile::tempdir().unwrap();
        let key = |name: &str| Key::open(&folder.path().join(name), false).unwrap();
        let letters = key("a").of_values(["12", "3"]);
        assert_eq!(letters, key("a").of_values(["12", "3"]));
        assert_ne!(letters, key("a").of_values(["1", "23"]));
        assert_ne!(letters, key("b").of_values(["12", "3"]));
        assert!(letters.len() == 16 && letters.bytes().all(|byte| byte.is_ascii_lowercase()));
        let refused = Key::open(&folder.path().join("c"), true).unwrap_err();
        assert!(refused.to_string().contains("the key"), "{refused}");
        std::fs::write(folder.path().join("a"), "short").unwrap();
        assert!(Key::open(&folder.path().join("a"), true).is_err());
    }

    #[test]
    fn a_photo_is_known_by_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        assert_eq!(of_photo(&path), UNREAD);
        std::fs::write(&path, "one").unwrap();
        let one = of_photo(&path);
        std::fs::write(&path, "two").unwrap();
        assert_ne!(one, of_photo(&path));
    }
}
