//! The files that a configuration names, looked at when it is read: what cannot work is said then, with
//! the path and the reason, and not by the first call.

use std::fs;
use std::path::Path;

use super::shown_path;
use crate::error::Error;
use crate::transport::check_authorities;

/// Checks that `ca_file` is a plain file with certificates.
pub(super) fn check_ca_file(path: &Path) -> Result<(), Error> {
    check_authorities(path).map_err(|problem| refuse("ca_file", path, &problem))
}

/// Checks that a journal can be made or opened at a path. The file itself is not opened: closing it
/// would let go of the locks that the process has on it.
pub(super) fn check_journal(path: &Path) -> Result<(), Error> {
    let refuse = |problem: &str| Err(refuse("journal", path, problem));
    if path.as_os_str().is_empty() || path.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(Error::config("journal", "it is not the path of a file"));
    }
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => return refuse("it is there and is no plain file"),
        Ok(_) if !may(path, Access::Use) => {
            return refuse("this process may not read and write it");
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return refuse(&error.kind().to_string()),
    }
    let Some(folder) = path.parent() else { return refuse("it is not the path of a file") };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => refuse("its folder is no folder"),
        // Files stand beside it.
        Ok(_) if !may(folder, Access::Fill) => refuse("this process may not write to its folder"),
        Ok(_) => Ok(()),
        Err(error) => refuse(&format!("its folder cannot be used: {}", error.kind())),
    }
}

fn refuse(key: &str, path: &Path, problem: &str) -> Error {
    Error::config(key, format_args!("{}: {problem}", shown_path(path)))
}

/// What a process wants to do with a file or a folder.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn told(result: Result<(), Error>, folder: &Path) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidConfig);
        error.message().replace(&folder.display().to_string(), "{folder}")
    }

    #[test]
    fn what_cannot_work_is_said_with_path_and_reason() {
        let folder = std::env::temp_dir().join(format!("cardwire-files-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("text"), "no certificate").unwrap();
        fs::write(folder.join("cut.pem"), "-----BEGIN CERTIFICATE-----\nAAAA").unwrap();
        for (path, message) in [
            ("", "{folder}/: it is there and is no plain file"),
            (
                "missing/journal.db",
                "{folder}/missing/journal.db: its folder cannot be used: entity not found",
            ),
            ("text/journal.db", "{folder}/text/journal.db: not a directory"),
        ] {
            let found = told(check_journal(&folder.join(path)), &folder);
            assert_eq!(found, format!("journal: the file {message}"));
        }
        assert!(check_journal(&folder.join("new.db")).is_ok());
        assert!(check_journal(&folder.join("text")).is_ok());
        assert!(check_journal(Path::new("in-this-folder.db")).is_ok());
        for (path, message) in [
            ("missing.pem", "{folder}/missing.pem: it cannot be read: entity not found"),
            ("", "{folder}/: it cannot be read: it is no plain file"),
            ("text", "{folder}/text: it has no certificate"),
        ] {
            let found = told(check_ca_file(&folder.join(path)), &folder);
            assert_eq!(found, format!("ca_file: the file {message}"));
        }
        assert!(check_ca_file(&folder.join("cut.pem")).is_err());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("text", folder.join("link")).unwrap();
            let found = told(check_journal(&folder.join("link")), &folder);
            assert_eq!(found, "journal: the file {folder}/link: it is there and is no plain file");
            // A pipe that nobody writes to would be waited for.
            nix::unistd::mkfifo(&folder.join("pipe"), nix::sys::stat::Mode::S_IRUSR).unwrap();
            let found = told(check_ca_file(&folder.join("pipe")), &folder);
            assert!(found.ends_with("it is no plain file"), "{found}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
