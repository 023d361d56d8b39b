//! Files that the configuration names, read whole: plain ones, of a bounded length.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::FileProblem;

/// Far more than any of them holds: a system's bundle of authorities is a fiftieth of it.
const LIMIT: u64 = 16 * 1024 * 1024;

/// Returns the bytes of a file. `expected` is what it is to hold, as in [`FileProblem::new`].
pub(crate) fn read(path: &Path, expected: &'static str) -> Result<Vec<u8>, FileProblem> {
    let unreadable = |error: std::io::Error| FileProblem::because(expected, &error);
    // Reading a pipe waits for whoever writes to it.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(FileProblem::new(expected, "no plain file"));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > LIMIT {
        return Err(FileProblem::new(expected, "more than 16 MiB"));
    }
    Ok(bytes)
}
