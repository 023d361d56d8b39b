//! The items of a batch: the photos of a folder, or the rows of a CSV file.

mod csv_file;
mod folder;

use std::path::PathBuf;

use cardwire::Personal;
use cardwire::bindings::is_reference;

use super::fingerprint::{self, Key};
use crate::arguments::Batch;
use crate::console::Console;
use crate::failure::Failure;
use folder::PHOTOS;

/// The items of a batch, all of one kind.
#[derive(Debug)]
pub(crate) enum Inputs {
    Photos(Vec<Item<PathBuf>>),
    Holders(Vec<Item<Holder>>),
}

/// One item.
#[derive(Clone, Debug)]
pub(crate) struct Item<T> {
    /// Its name in the file of results.
    pub(crate) name: String,
    /// Its name and its fingerprint: what it is known by in the journal and in the file of results, the
    /// same in every run until its photo or its values change.
    pub(crate) reference: String,
    /// The caller's own order number.
    pub(crate) order_id: Option<String>,
    pub(crate) input: T,
}

/// A cardholder.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) card_number: Personal,
    pub(crate) name: Personal,
    pub(crate) id_number: Option<Personal>,
    pub(crate) phone: Option<Personal>,
}

/// The names of items.
struct Names<'a> {
    key: &'a Key,
    /// Names that hold a person's number are shown.
    reveal: bool,
}

impl Names<'_> {
    /// Returns an item, whose reference is its name and its fingerprint. A name that cannot be in one,
    /// because it is too long or looks like a person's number, has letters in its place.
    fn item<T>(
        &self,
        name: &str,
        fingerprint: &str,
        order_id: Option<String>,
        input: T,
    ) -> Item<T> {
        let hidden = || format!("item-{}", self.key.of_values([name]));
        let reference = format!("{name}#{fingerprint}");
        let reference = match is_reference(&reference) {
            true => reference,
            false => format!("{}#{fingerprint}", hidden()),
        };
        let is_personal = !name.is_empty() && !is_without_number(name);
        let name = if is_personal && !self.reveal { hidden() } else { name.to_owned() };
        Item { name, reference, order_id, input }
    }
}

/// Returns whether a name of any length holds nothing that looks like a person's number.
fn is_without_number(name: &str) -> bool {
    const LONGEST: usize = 64;
    let characters: Vec<char> = name.chars().collect();
    // Of a long one every part, so that a number is in one of them whole.
    let parts = characters.len().saturating_sub(LONGEST);
    (0..=parts).step_by(LONGEST / 4).chain([parts]).all(|first| {
        let part: String = characters.iter().skip(first).take(LONGEST).collect();
        is_reference(&part)
    })
}

/// Returns the items of a folder or a CSV file.
pub(crate) fn read(arguments: &Batch, key: &Key, console: &mut Console) -> Result<Inputs, Failure> {
    let names = &Names { key, reveal: arguments.call.reveal };
    let input = arguments.input.as_path();
    let unread = |error| Failure::file(input, "it cannot be read", &error);
    let is_folder = std::fs::metadata(input).map_err(unread)?.is_dir();
    let inputs = match is_folder {
        true => folder::read(input, arguments.recursive, names, console)?,
        false => csv_file::read(input, &arguments.ignore_columns, names)?,
    };
    let is_empty = match &inputs {
        Inputs::Photos(items) => items.is_empty(),
        Inputs::Holders(items) => items.is_empty(),
    };
    if is_empty {
        let expected = match is_folder {
            true => format!("photos in the folder, with the endings {}", PHOTOS.join(", ")),
            false => "rows under the headings".to_owned(),
        };
        return Err(Failure::argument("input", &expected, "none"));
    }
    Ok(inputs)
}

/// Returns the items of photos, whose bytes are read on every processor.
fn photos(found: Vec<(String, Option<String>, PathBuf)>, names: &Names<'_>) -> Inputs {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = found.len().div_ceil(threads).max(1);
    let fingerprints: Vec<String> = std::thread::scope(|scope| {
        let read = |part: &[(String, Option<String>, PathBuf)]| -> Vec<String> {
            part.iter().map(|(.., path)| fingerprint::of_photo(path)).collect()
        };
        let parts: Vec<_> =
            found.chunks(share).map(|part| scope.spawn(move || read(part))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
    });
    let items = found.into_iter().zip(fingerprints).map(|((name, order_id, path), fingerprint)| {
        names.item(&name, &fingerprint, order_id, path)
    });
    Inputs::Photos(items.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cannot_be_a_reference_has_letters_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let key = &Key::open(&folder.path().join("key"), false).unwrap();
        let names = Names { key, reveal: false };
        let item = |name: &str| names.item(name, "abcdefgh", None, ());
        let plain = item("photos/0001.jpg");
        assert_eq!(
            (plain.name.as_str(), plain.reference.as_str()),
            ("photos/0001.jpg", "photos/0001.jpg#abcdefgh")
        );
        let long = "long/".repeat(20);
        for (odd, is_shown) in [("6222020000000000000.jpg", false), (&long, true)] {
            let Item { name, reference, .. } = item(odd);
            assert!(reference.starts_with("item-") && is_reference(&reference), "{reference}");
            assert_eq!(name == odd, is_shown, "{name}");
            assert_eq!(reference, item(odd).reference);
        }
        let hidden = format!("{}/6222020000000000000.jpg", "long".repeat(20));
        assert!(item(&hidden).name.starts_with("item-"));
        assert_eq!(Names { key, reveal: true }.item(&hidden, "a", None, ()).name, hidden);
    }
}
