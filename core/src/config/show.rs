//! Names and paths of the configuration, as messages may show them.

use std::fmt;
use std::path::Path;

use serde_json::Value;

use crate::error::{Error, FileProblem};
use crate::scrub::{self, MASK, without_numbers};

/// The most of a configured name that is shown, in characters.
const SHOWN: usize = 200;

/// The longest number that a message shows: nine digits may be a part of somebody's number.
const SHOWN_DIGITS: usize = 8;

/// Returns a key or a path of the configuration as a message may show it: short, and on one line.
pub(super) fn shown(text: &str) -> impl fmt::Display {
    let cut = text.char_indices().nth(SHOWN).map(|(at, _)| at);
    let start = cut.and_then(|at| text.get(..at)).unwrap_or(text);
    let end = if cut.is_some() { "\u{2026}" } else { "" };
    format!("{}{end}", start.escape_debug())
}

/// Returns whether a text looks like the path of a file. What does not may be a secret, given in the wrong
/// place.
fn names_a_file(path: &Path) -> bool {
    path.is_absolute() || path.to_string_lossy().contains('.')
}

/// Returns the path of a key that may be no key at all: somebody's number may stand where one
/// should.
pub fn shown_key(path: &str, key: &str) -> String {
    // Of a key of a megabyte no more is looked at than is shown.
    let start: String = key.chars().take(4 * SHOWN).collect();
    let masked = without_numbers(&start);
    // Without a number in it, it is shown as it is.
    let key = shown(if masked.contains(MASK) { &masked } else { key });
    if path.is_empty() { key.to_string() } else { format!("{path}.{key}") }
}

/// Returns `invalid_config` about a file that a key names.
pub(super) fn file_problem(key: &str, path: &Path, problem: &FileProblem) -> Error {
    if path.as_os_str().is_empty() {
        return Error::config(key, "the path of a file", "an empty text");
    }
    if !names_a_file(path) {
        return Error::config(key, problem.expected("the file that it names"), problem.found());
    }
    let shown = format!("the file {}", scrub::shown_path(path));
    Error::config(key, problem.expected(&shown), problem.found()).with_file(path, problem.os_error)
}

/// Returns the error about what a file with a secret holds, with the file where its name looks like one.
pub(super) fn of_file(error: Error, path: &Path) -> Error {
    if names_a_file(path) { error.at(path) } else { error }
}

/// Names a value for a message: a short number as it stands, and of anything else its kind, since it may
/// be a secret or a number of a person in the wrong place.
pub(super) fn kind_of(value: &Value) -> String {
    match value {
        Value::Number(number) => match number.to_string() {
            text if text.len() <= SHOWN_DIGITS => text,
            _ => "a longer number".to_owned(),
        },
        other => bare_kind_of(other).to_owned(),
    }
}

/// Names the kind of a value that stands where a text should: a secret without its quotes is a number.
pub(super) fn bare_kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Returns names of the configuration or of the library as a list for a message.
pub(super) fn quoted<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("{name:?}")).collect();
    names.join(", ")
}
