//! The files that a configuration names, looked at when it is read: what cannot work is said then, with
//! the path and the reason, and not by the first call.

use std::path::{Path, PathBuf};

use super::show::file_problem;
use crate::error::{Error, FileProblem};
use crate::journal;
use crate::plain_file;
use crate::transport::CaFile;

const ISSUERS: &str = "a table of issuers in";

/// Reads the certificate authorities of `ca_file`.
pub(super) fn read_ca_file(path: &Path) -> Result<CaFile, Error> {
    CaFile::read(path.to_owned()).map_err(|problem| file_problem("ca_file", path, &problem))
}

/// Checks that a journal can be made or opened at a path, and returns the path from the root: the
/// program's folder may be another when the first call opens it.
pub(super) fn check_journal(path: &Path) -> Result<PathBuf, Error> {
    journal::check(path).map_err(|problem| file_problem("journal", path, &problem))
}

/// Reads a table of issuers.
pub(super) fn read_issuers(key: &str, path: &Path) -> Result<String, Error> {
    let problem = |problem| file_problem(key, path, &problem);
    let bytes = plain_file::read(path, ISSUERS).map_err(problem)?;
    String::from_utf8(bytes)
        .map_err(|_| problem(FileProblem::new(ISSUERS, "stream did not contain valid UTF-8")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::Kind;

    fn told<T: std::fmt::Debug>(result: Result<T, Error>, folder: &Path) -> String {
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
            ("", "expected the name of the file {folder}/, found that of a folder"),
            (
                "missing/journal.db",
                "expected a folder of the file {folder}/missing/journal.db, found No such file or directory (os error 2)",
            ),
            (
                "text/journal.db",
                "expected an SQLite database in the file {folder}/text/journal.db, found Not a directory (os error 20)",
            ),
            ("text", "expected an SQLite database in the file {folder}/text, found another format"),
        ] {
            let found = told(check_journal(&folder.join(path)), &folder);
            assert_eq!(found, format!("journal: {message}"));
        }
        assert!(check_journal(&folder.join("new.db")).is_ok());
        fs::write(folder.join("empty.db"), "").unwrap();
        assert!(check_journal(&folder.join("empty.db")).is_ok());
        let from_root = check_journal(Path::new("in-this-folder.db")).unwrap();
        assert_eq!(from_root, std::env::current_dir().unwrap().join("in-this-folder.db"));
        for (path, message) in [
            (
                "missing.pem",
                "expected certificates in the file {folder}/missing.pem, found No such file or directory (os error 2)",
            ),
            ("", "expected certificates in the file {folder}/, found no plain file"),
            ("text", "expected certificates in the file {folder}/text, found none"),
        ] {
            let found = told(read_ca_file(&folder.join(path)), &folder);
            assert_eq!(found, format!("ca_file: {message}"));
        }
        assert!(read_ca_file(&folder.join("cut.pem")).is_err());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("text", folder.join("link")).unwrap();
            let found = told(check_journal(&folder.join("link")), &folder);
            assert_eq!(
                found,
                "journal: expected a plain file at the file {folder}/link, found something else"
            );
            // A pipe that nobody writes to would be waited for.
            nix::unistd::mkfifo(&folder.join("pipe"), nix::sys::stat::Mode::S_IRUSR).unwrap();
            let found = told(read_ca_file(&folder.join("pipe")), &folder);
            assert!(found.ends_with("found no plain file"), "{found}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
