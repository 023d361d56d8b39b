//! The photos of a folder.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Inputs, Names, photos};
use crate::console::Console;
use crate::failure::Failure;
use crate::show;

/// The endings of the files that are taken for photos.
pub(super) const PHOTOS: [&str; 5] = ["jpg", "jpeg", "png", "bmp", "webp"];

/// Returns the items of a folder, and says what is left out.
pub(super) fn read(
    folder: &Path,
    recursive: bool,
    names: &Names<'_>,
    console: &mut Console,
) -> Result<Inputs, Failure> {
    let (mut found, mut left_out) = (Vec::new(), BTreeMap::new());
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let unread = |error| Failure::file(&next, "the folder cannot be read", &error);
        for entry in std::fs::read_dir(&next).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let path = entry.path();
            // Not of links: they may lead round in a circle.
            let is_folder = entry.file_type().map_err(unread)?.is_dir();
            if is_folder && recursive && !is_hidden(&path) {
                folders.push(path);
            } else if !is_folder && !is_hidden(&path) && is_photo(&path) {
                found.push(path);
            } else {
                *left_out.entry(sort_of(&path, is_folder)).or_insert(0) += 1;
            }
        }
    }
    if !left_out.is_empty() {
        let counts: Vec<String> =
            left_out.iter().map(|(sort, count)| format!("{count} {sort}")).collect();
        console.say(&format!("left out: {}", counts.join(", ")));
    }
    found.sort();
    let named = found.into_iter().map(|path| {
        let name = name_of(path.strip_prefix(folder).unwrap_or(&path));
        (name, None, path)
    });
    Ok(photos(named.collect(), names))
}

/// Returns whether a name is one of those that folders do not show. Among them are the files `._NAME`, which
/// macOS writes beside photos on other systems' disks.
fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Returns what a file or a folder that is left out is.
fn sort_of(path: &Path, is_folder: bool) -> String {
    match (is_folder, is_hidden(path), path.extension()) {
        (true, true, _) => "hidden folders".to_owned(),
        (true, false, _) => "folders (--recursive takes what is in them)".to_owned(),
        (false, true, _) => "hidden files".to_owned(),
        (false, false, Some(ending)) => {
            format!("files with the ending {}", show::path(Path::new(ending)))
        }
        (false, false, None) => "files without an ending".to_owned(),
    }
}

fn is_photo(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| PHOTOS.contains(&ending.as_str()))
}

/// Returns the name of a photo as every system writes it. One that is not in UTF-8 or has control characters
/// stands in quotes, with these as they are written in programs.
fn name_of(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.chars().any(char::is_control) => {
            if std::path::MAIN_SEPARATOR == '\\' {
                text.replace('\\', "/")
            } else {
                text.to_owned()
            }
        }
        _ => format!("{path:?}"),
    }
}
