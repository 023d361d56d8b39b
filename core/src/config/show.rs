//! What the configuration names, as messages may show it.

use std::fmt;
use std::path::Path;

use crate::error::{Error, FileProblem};
use crate::scrub::without_numbers;

/// How much of a name that the configuration gives is shown, in characters.
pub(super) const SHOWN: usize = 200;

/// A key or a path of the configuration as a message may show it: short, and on one line.
pub(super) fn shown(text: &str) -> impl fmt::Display {
    let cut = text.char_indices().nth(SHOWN).map(|(at, _)| at);
    let start = cut.and_then(|at| text.get(..at)).unwrap_or(text);
    let end = if cut.is_some() { "\u{2026}" } else { "" };
    format!("{}{end}", start.escape_debug())
}

/// A path of the configuration as a message may show it: what does not look like one may be a secret,
/// given in the wrong place.
fn shown_path(path: &Path) -> String {
    match names_a_file(path) {
        true => format!("the file {}", shown(&path.to_string_lossy())),
        false => "the file that it names".to_owned(),
    }
}

/// Whether a text looks like the path of a file.
fn names_a_file(path: &Path) -> bool {
    path.is_absolute() || path.to_string_lossy().contains('.')
}

/// The path of a key that may be no key at all: somebody's number may stand where one should.
pub(super) fn shown_key(path: &str, key: &str) -> String {
    let key = without_numbers(key);
    let key = shown(&key);
    if path.is_empty() { key.to_string() } else { format!("{path}.{key}") }
}

/// Returns `invalid_config` about a file that a key names.
pub(super) fn file_problem(key: &str, path: &Path, problem: &FileProblem) -> Error {
    if path.as_os_str().is_empty() {
        return Error::config(key, "it is empty");
    }
    let error = Error::config(key, format_args!("{}: {}", shown_path(path), problem.what));
    if names_a_file(path) { error.with_file(path, problem.os_error) } else { error }
}
