//! The items of a batch: the photos of a folder, or the rows of a CSV file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use cardwire::Personal;
use cardwire::bindings::is_reference;

use super::fingerprint::{self, Key};
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
pub(crate) fn read(
    input: &Path,
    recursive: bool,
    key: &Key,
    reveal: bool,
    console: &mut Console,
) -> Result<Inputs, Failure> {
    let names = &Names { key, reveal };
    let unread = |error| Failure::file(input, "it cannot be read", &error);
    let is_folder = std::fs::metadata(input).map_err(unread)?.is_dir();
    let inputs = match is_folder {
        true => folder(input, recursive, names, console)?,
        false => csv_file(input, names)?,
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

fn folder(
    folder: &Path,
    recursive: bool,
    names: &Names<'_>,
    console: &mut Console,
) -> Result<Inputs, Failure> {
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
    let named = found.into_iter().map(|path| {
        let name = name_of(path.strip_prefix(folder).unwrap_or(&path))?;
        Ok((name, None, path))
    });
    named.collect::<Result<_, Failure>>().map(|named| photos(named, names))
}

fn is_photo(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| PHOTOS.contains(&ending.as_str()))
}

/// Returns the name of a photo as every system writes it.
fn name_of(path: &Path) -> Result<String, Failure> {
    let expected = "names in UTF-8 without control characters";
    let odd = || Failure::argument("input", expected, format!("{:?}", crate::show::path(path)));
    let text = path.to_str().ok_or_else(odd)?;
    if text.chars().any(char::is_control) {
        return Err(odd());
    }
    Ok(if std::path::MAIN_SEPARATOR == '\\' { text.replace('\\', "/") } else { text.to_owned() })
}

/// The indexes of the columns that are known.
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
        for (index, heading) in headings.iter().enumerate() {
            let heading = heading.trim_start_matches('\u{feff}').trim();
            let column = match heading {
                "photo" => &mut columns.photo,
                "card_number" => &mut columns.card_number,
                "name" => &mut columns.name,
                "id_number" => &mut columns.id_number,
                "phone" => &mut columns.phone,
                "reference" => &mut columns.reference,
                "order_id" => &mut columns.order_id,
                _ => continue,
            };
            if let Some(before) = column.replace(index) {
                let found =
                    format!("{heading} as heading {} and heading {}", before + 1, index + 1);
                return Err(Failure::argument("headings", "each column once", found));
            }
        }
        Ok(columns)
    }

    /// Returns the names of those that are there.
    fn names(&self) -> String {
        let known = [
            ("photo", self.photo),
            ("card_number", self.card_number),
            ("name", self.name),
            ("id_number", self.id_number),
            ("phone", self.phone),
            ("reference", self.reference),
            ("order_id", self.order_id),
        ];
        let names: Vec<&str> =
            known.iter().filter(|(_, index)| index.is_some()).map(|(name, _)| *name).collect();
        if names.is_empty() { "none of these".to_owned() } else { names.join(", ") }
    }
}

/// Values that no two rows may have, with the lines that they stand in.
struct UniqueValues(&'static str, HashMap<String, u64>);

impl UniqueValues {
    fn new(name: &'static str) -> Self {
        UniqueValues(name, HashMap::new())
    }

    /// Refuses a value that stands in an earlier line. It may be a person's, so it is not repeated.
    fn check(&mut self, value: &str, line: u64) -> Result<(), Failure> {
        match self.1.insert(value.to_owned(), line) {
            None => Ok(()),
            Some(before) => {
                let expected = format!("{} of its own in each row", self.0);
                let found = format!("the same in line {before} and line {line}");
                Err(Failure::argument("input", &expected, found))
            }
        }
    }
}

fn csv_file(path: &Path, names: &Names<'_>) -> Result<Inputs, Failure> {
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
        _ => Failure::argument("input", "a CSV file", "text of another form"),
    };
    let mut reader = csv::ReaderBuilder::new().from_path(path).map_err(unread)?;
    let columns = Columns::read(reader.headers().map_err(unread)?)?;
    let row = |row: Result<csv::StringRecord, csv::Error>| -> Result<_, Failure> {
        let row = row.map_err(unread)?;
        Ok((row.position().map_or(0, csv::Position::line), row))
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let (mut names_seen, mut numbers_seen) =
        (UniqueValues::new("a name"), UniqueValues::new("an order_id"));
    let mut order_id_of = |row: &csv::StringRecord, line: u64| {
        let order_id = columns.order_id.and_then(|index| filled(row, index)).map(str::to_owned);
        order_id.as_deref().map_or(Ok(()), |one| numbers_seen.check(one, line))?;
        Ok::<_, Failure>(order_id)
    };
    match (columns.photo, columns.card_number, columns.name) {
        (Some(photo), None, None) => {
            let mut found = Vec::new();
            for read in reader.records() {
                let (line, row) = row(read)?;
                let photo = needed(&row, photo, "photo", line)?;
                let name = match columns.reference {
                    Some(index) => needed(&row, index, "reference", line)?,
                    None => photo,
                };
                names_seen.check(name, line)?;
                found.push((name.to_owned(), order_id_of(&row, line)?, folder.join(photo)));
            }
            Ok(photos(found, names))
        }
        (None, Some(card_number), Some(name)) => {
            // Rows change places: without a name of its own a row could be given another's answer.
            let expected = "the column reference, with a name of your own for each row";
            let reference = columns
                .reference
                .ok_or_else(|| Failure::argument("headings", expected, columns.names()))?;
            let mut items = Vec::new();
            for read in reader.records() {
                let (line, row) = row(read)?;
                let optional = |index: Option<usize>| index.and_then(|index| filled(&row, index));
                let own = needed(&row, reference, "reference", line)?;
                names_seen.check(own, line)?;
                let card_number = needed(&row, card_number, "card_number", line)?;
                let name = needed(&row, name, "name", line)?;
                let (id_number, phone) = (optional(columns.id_number), optional(columns.phone));
                let values = [card_number, name, id_number.unwrap_or(""), phone.unwrap_or("")];
                let fingerprint = names.key.of_values(values);
                let holder = Holder {
                    card_number: Personal::new(card_number),
                    name: Personal::new(name),
                    id_number: id_number.map(Personal::new),
                    phone: phone.map(Personal::new),
                };
                items.push(names.item(own, &fingerprint, order_id_of(&row, line)?, holder));
            }
            Ok(Inputs::Holders(items))
        }
        _ => {
            let expected = "the column photo, or the columns card_number, name and reference";
            Err(Failure::argument("headings", expected, columns.names()))
        }
    }
}

fn filled(row: &csv::StringRecord, index: usize) -> Option<&str> {
    row.get(index).map(str::trim).filter(|field| !field.is_empty())
}

fn needed<'a>(
    row: &'a csv::StringRecord,
    index: usize,
    name: &str,
    line: u64,
) -> Result<&'a str, Failure> {
    let field = filled(row, index)
        .ok_or_else(|| Failure::argument("input", &format!("a {name} in line {line}"), "none"))?;
    // A row of results is a line.
    if let Some(at) = field.chars().position(char::is_control) {
        let expected = format!("a {name} without control characters in line {line}");
        return Err(Failure::argument("input", &expected, format!("one as character {}", at + 1)));
    }
    Ok(field)
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
