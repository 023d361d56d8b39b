//! README.md: its table of targets, and that of what was shown last.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{TARGETS, corpus, table};

/// Returns the path of README.md.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// Returns a page with a text between two marks.
///
/// # Errors
/// The page has no such marks.
pub fn put(page: &str, mark: &str, text: &str) -> io::Result<String> {
    let (begin, end) = (format!("<!-- {mark} -->\n"), format!("<!-- end of {mark} -->"));
    let parts =
        page.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) = parts.ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, format!("README.md has no marks of {mark}"))
    })?;
    Ok(format!("{before}{begin}{text}{end}{after}"))
}

/// Writes the table of targets.
///
/// # Errors
/// The page cannot be read or written, or has no marks.
pub fn write() -> io::Result<()> {
    fs::write(path(), put(&fs::read_to_string(path())?, "targets", &table())?)
}

/// Writes what a search of all targets showed: a line for each, of its name, its executions and its
/// edges.
///
/// # Errors
/// As of [`write()`], and where a target has no line.
pub fn write_shown(figures: &str, how: &str) -> io::Result<()> {
    let mut text =
        format!("{how}\n\n| target | executions | edges | kept inputs |\n|---|---:|---:|---:|\n");
    for target in TARGETS.iter() {
        let name = &target.name;
        let line = figures.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let numbers = line.and_then(|line| line.split_once(' ')).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{name} has no figures"))
        })?;
        let kept = corpus::read(name)?.len();
        let (executions, edges) = (grouped(numbers.0), grouped(numbers.1));
        text.push_str(&format!(
            "| `{name}` | {executions} | {edges} | {} |\n",
            grouped(&kept.to_string())
        ));
    }
    fs::write(path(), put(&fs::read_to_string(path())?, "shown last", &text)?)
}

/// Returns digits in groups of three.
fn grouped(digits: &str) -> String {
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = Vec::new();
    groups.extend(digits.get(..first).filter(|group| !group.is_empty()));
    groups.extend((first..digits.len()).step_by(3).filter_map(|at| digits.get(at..at + 3)));
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_between_its_marks() {
        let page = "a\n<!-- x -->\nold\n<!-- end of x -->\nb\n";
        assert_eq!(put(page, "x", "new\n").unwrap(), page.replace("old", "new"));
        assert!(put(page, "y", "").is_err());
    }

    #[test]
    fn digits_stand_in_groups() {
        let all = ["7", "42", "123", "4302", "347784", "10347784"].map(grouped);
        assert_eq!(all, ["7", "42", "123", "4,302", "347,784", "10,347,784"]);
    }
}
