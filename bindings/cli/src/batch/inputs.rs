//! The items of a batch: the photos of a folder, or the rows of a CSV file.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use cardwire::Personal;
use cardwire::bindings::is_reference;
use sha2::{Digest, Sha256};

use crate::console::Console;
use crate::failure::Failure;

/// The endings of the files that are taken for photos.
const PHOTOS: [&str; 5] = ["jpg", "jpeg", "png", "bmp", "webp"];

/// The items of a batch, all of one kind.
#[derive(Debug)]
pub(crate) enum Inputs {
    Photos(Vec<Item<PathBuf>>),
    Holders(Vec<Item<Holder>>),
}

/// One item.
#[derive(Clone, Debug)]
pub(crate) struct Item<T> {
    /// Its name in the file of results, the same in every run.
    pub(crate) key: String,
    /// Its name in the journal.
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

/// Returns the items of a folder or a CSV file.
pub(crate) fn read(
    input: &Path,
    recursive: bool,
    console: &mut Console,
) -> Result<Inputs, Failure> {
    let unread = |error| Failure::file(input, "it cannot be read", &error);
    let is_folder = std::fs::metadata(input).map_err(unread)?.is_dir();
    let inputs = if is_folder { folder(input, recursive, console)? } else { csv_file(input)? };
    let keys: Vec<&str> = match &inputs {
        Inputs::Photos(items) => items.iter().map(|item| item.key.as_str()).collect(),
        Inputs::Holders(items) => items.iter().map(|item| item.key.as_str()).collect(),
    };
    let mut seen = HashSet::with_capacity(keys.len());
    if let Some(place) = keys.iter().position(|key| !seen.insert(*key)) {
        let found = format!("the name of item {} a second time", place + 1);
        return Err(Failure::argument("input", "a name of its own for each item", found));
    }
    if keys.is_empty() {
        let expected = match is_folder {
            true => format!("photos in the folder, with the endings {}", PHOTOS.join(", ")),
            false => "rows under the headings".to_owned(),
        };
        return Err(Failure::argument("input", &expected, "none"));
    }
    Ok(inputs)
}

fn folder(folder: &Path, recursive: bool, console: &mut Console) -> Result<Inputs, Failure> {
    let (mut found, mut others) = (Vec::new(), 0);
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let unread = |error| Failure::file(&next, "the folder cannot be read", &error);
        for entry in std::fs::read_dir(&next).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let path = entry.path();
            // Not of links: they may lead round in a circle.
            if entry.file_type().map_err(unread)?.is_dir() {
                folders.extend(recursive.then_some(path));
            } else if is_photo(&path) {
                found.push(path);
            } else {
                others += 1;
            }
        }
    }
    if others > 0 {
        let endings = PHOTOS.join(", ");
        console.say(&format!("files left out: {others}, whose names do not end in {endings}"));
    }
    found.sort();
    let items = found.into_iter().map(|path| {
        let within = path.strip_prefix(folder).unwrap_or(&path);
        let key = key_of(within)?;
        Ok(Item { reference: reference_of(&key), key, order_id: None, input: path })
    });
    items.collect::<Result<_, Failure>>().map(Inputs::Photos)
}

fn is_photo(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| PHOTOS.contains(&ending.as_str()))
}

/// Returns the name of a photo as every system writes it.
fn key_of(path: &Path) -> Result<String, Failure> {
    let expected = "names in UTF-8 without control characters";
    let odd = || {
        Failure::argument("input", expected, format!("{:?}", cardwire::bindings::shown_path(path)))
    };
    let text = path.to_str().ok_or_else(odd)?;
    if text.chars().any(char::is_control) {
        return Err(odd());
    }
    Ok(if std::path::MAIN_SEPARATOR == '\\' { text.replace('\\', "/") } else { text.to_owned() })
}

/// Returns the reference of an item: its name, or, where that is too long or looks like a person's
/// number, a digest of it in letters.
fn reference_of(key: &str) -> String {
    if is_reference(key) {
        return key.to_owned();
    }
    // Digits in a row could look like a number again.
    let letter = |half: u8| char::from(b'a' + half);
    let digest = Sha256::digest(key.as_bytes());
    let letters = digest.iter().take(16).flat_map(|byte| [letter(byte >> 4), letter(byte & 15)]);
    format!("item-{}", letters.collect::<String>())
}

/// The places of the columns that are known.
#[derive(Debug, Default)]
struct Columns {
    photo: Option<usize>,
    card_number: Option<usize>,
    name: Option<usize>,
    id_number: Option<usize>,
    phone: Option<usize>,
    reference: Option<usize>,
    order_id: Option<usize>,
}

impl Columns {
    fn read(headings: &csv::StringRecord) -> Result<Self, Failure> {
        let mut columns = Columns::default();
        for (place, heading) in headings.iter().enumerate() {
            let column = match heading.trim_start_matches('\u{feff}').trim() {
                "photo" => &mut columns.photo,
                "card_number" => &mut columns.card_number,
                "name" => &mut columns.name,
                "id_number" => &mut columns.id_number,
                "phone" => &mut columns.phone,
                "reference" => &mut columns.reference,
                "order_id" => &mut columns.order_id,
                _ => continue,
            };
            if column.replace(place).is_some() {
                return Err(Failure::argument("headings", "each column once", "one twice"));
            }
        }
        Ok(columns)
    }
}

fn csv_file(path: &Path) -> Result<Inputs, Failure> {
    let unread = |error: csv::Error| match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            let expected =
                "a CSV file in UTF-8 (save it so, or convert it: iconv -f GB18030 -t UTF-8)";
            Failure::argument("input", expected, format!("other bytes in line {line}"))
        }
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            Failure::argument("input", &format!("{expected_len} fields in line {line}"), len)
        }
        csv::ErrorKind::Io(error) => Failure::file(path, "it cannot be read", error),
        _ => Failure::argument("input", "a CSV file", "another text"),
    };
    let mut reader = csv::ReaderBuilder::new().from_path(path).map_err(unread)?;
    let columns = Columns::read(reader.headers().map_err(unread)?)?;
    let rows = |reader: &mut csv::Reader<std::fs::File>| -> Result<Vec<(u64, csv::StringRecord)>, Failure> {
        let row = |row: Result<csv::StringRecord, csv::Error>| {
            let row = row.map_err(unread)?;
            Ok((row.position().map_or(0, csv::Position::line), row))
        };
        reader.records().map(row).collect()
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    match (columns.photo, columns.card_number, columns.name) {
        (Some(photo), None, None) => {
            let items = rows(&mut reader)?.into_iter().map(|(line, row)| {
                let photo = needed(&row, photo, "photo", line)?;
                let key = match columns.reference {
                    Some(place) => needed(&row, place, "reference", line)?,
                    None => photo,
                };
                Ok(item(key, &row, &columns, folder.join(photo)))
            });
            items.collect::<Result<_, Failure>>().map(Inputs::Photos)
        }
        (None, Some(card_number), Some(name)) => {
            // Rows change places: without a name of its own a row could be given another's answer.
            let expected = "the column reference, with a name of your own for each row";
            let reference =
                columns.reference.ok_or_else(|| Failure::argument("headings", expected, "none"))?;
            let items = rows(&mut reader)?.into_iter().map(|(line, row)| {
                let optional = |place: Option<usize>| {
                    place.and_then(|place| filled(&row, place)).map(Personal::new)
                };
                let holder = Holder {
                    card_number: Personal::new(needed(&row, card_number, "card_number", line)?),
                    name: Personal::new(needed(&row, name, "name", line)?),
                    id_number: optional(columns.id_number),
                    phone: optional(columns.phone),
                };
                Ok(item(needed(&row, reference, "reference", line)?, &row, &columns, holder))
            });
            items.collect::<Result<_, Failure>>().map(Inputs::Holders)
        }
        _ => {
            let expected = "the column photo, or the columns card_number, name and reference";
            Err(Failure::argument("headings", expected, "others"))
        }
    }
}

fn item<T>(key: &str, row: &csv::StringRecord, columns: &Columns, input: T) -> Item<T> {
    let order_id = columns.order_id.and_then(|place| filled(row, place)).map(str::to_owned);
    Item { key: key.to_owned(), reference: reference_of(key), order_id, input }
}

fn filled(row: &csv::StringRecord, place: usize) -> Option<&str> {
    row.get(place).map(str::trim).filter(|field| !field.is_empty())
}

fn needed<'a>(
    row: &'a csv::StringRecord,
    place: usize,
    name: &str,
    line: u64,
) -> Result<&'a str, Failure> {
    let field = filled(row, place)
        .ok_or_else(|| Failure::argument("input", &format!("a {name} in line {line}"), "none"))?;
    // A row of results is a line.
    if field.chars().any(char::is_control) {
        let expected = format!("a {name} without control characters in line {line}");
        return Err(Failure::argument("input", &expected, "one"));
    }
    Ok(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cannot_be_a_reference_has_a_digest() {
        assert_eq!(reference_of("photos/0001.jpg"), "photos/0001.jpg");
        for odd in ["6222020000000000000.jpg", &"long/".repeat(20)] {
            let reference = reference_of(odd);
            assert!(reference.starts_with("item-") && is_reference(&reference), "{reference}");
            assert_eq!(reference, reference_of(odd));
        }
    }
}
