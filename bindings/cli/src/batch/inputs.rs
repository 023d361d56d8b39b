//! The items of a batch: the photos of a folder, or the rows of a CSV file.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use cardwire::bindings::{is_alike, is_reference, nearest, shown_key};
use cardwire::{Image, Personal, check_image};

use super::fingerprint::{self, Key};
use crate::arguments::Batch;
use crate::console::Console;
use crate::failure::Failure;
use crate::show;

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
pub(crate) fn read(arguments: &Batch, key: &Key, console: &mut Console) -> Result<Inputs, Failure> {
    let names = &Names { key, reveal: arguments.call.reveal };
    let input = arguments.input.as_path();
    let unread = |error| Failure::file(input, "it cannot be read", &error);
    let is_folder = std::fs::metadata(input).map_err(unread)?.is_dir();
    let inputs = match is_folder {
        true => folder(input, arguments.recursive, names, console)?,
        false => csv_file(input, &arguments.ignore_columns, names)?,
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
    /// The headings of the columns that are known.
    const KNOWN: [&'static str; 7] =
        ["photo", "card_number", "name", "id_number", "phone", "reference", "order_id"];

    /// Reads the headings. One that is not known may be a known one that was mistyped, and what it holds
    /// would not be asked about: it is refused, unless it is among those to ignore.
    fn read(headings: &csv::StringRecord, ignored: &[String]) -> Result<Self, Failure> {
        let mut columns = Columns::default();
        for (index, heading) in headings.iter().enumerate() {
            let heading = trimmed(heading);
            if ignored.iter().any(|ignored| ignored == heading) {
                continue;
            }
            let column =
                columns.of(heading).ok_or_else(|| unknown_heading(headings, (index, heading)))?;
            if let Some(before) = column.replace(index) {
                let found =
                    format!("{heading} as heading {} and heading {}", before + 1, index + 1);
                return Err(Failure::argument("headings", "each column once", found));
            }
        }
        Ok(columns)
    }

    fn of(&mut self, heading: &str) -> Option<&mut Option<usize>> {
        Some(match heading {
            "photo" => &mut self.photo,
            "card_number" => &mut self.card_number,
            "name" => &mut self.name,
            "id_number" => &mut self.id_number,
            "phone" => &mut self.phone,
            "reference" => &mut self.reference,
            "order_id" => &mut self.order_id,
            _ => return None,
        })
    }

    /// Returns the names of those that are there.
    fn names(&mut self) -> String {
        let is_there = |name: &&str| self.of(name).is_some_and(|column| column.is_some());
        let names: Vec<&str> = Columns::KNOWN.into_iter().filter(is_there).collect();
        if names.is_empty() { "none of these".to_owned() } else { names.join(", ") }
    }
}

fn trimmed(heading: &str) -> &str {
    heading.trim_start_matches('\u{feff}').trim()
}

/// Returns the refusal of a heading, by its index. It is repeated where others of the line are headings: of a
/// file without them the first line is somebody's values.
fn unknown_heading(headings: &csv::StringRecord, (index, heading): (usize, &str)) -> Failure {
    let known = Columns::KNOWN;
    let number = index + 1;
    let has_headings =
        headings.iter().any(|one| known.iter().any(|known| is_alike(trimmed(one), known)));
    let mut found = match (has_headings, heading) {
        (_, "") => format!("none over column {number}"),
        (true, _) => format!("{} over column {number}", shown_key("", heading)),
        (false, _) => format!("another text over column {number}"),
    };
    if let Some(nearest) = nearest(heading, &known) {
        found.push_str(&format!("; did you mean {nearest}?"));
    }
    if has_headings {
        found.push_str("; --ignore-column names a column that is to be left out");
    }
    Failure::argument("headings", &format!("a line of {}", known.join(", ")), found)
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

/// Reads a CSV file whole: what it is shows at its beginning, and a pipe is read once.
fn bytes_of(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes =
        std::fs::read(path).map_err(|error| Failure::file(path, "it cannot be read", &error))?;
    let wrong = |found: &str| {
        Err(Failure::argument("input", "a folder of photos, or a CSV file in UTF-8", found))
    };
    if bytes.is_empty() {
        return wrong("an empty file");
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return wrong("one in UTF-16 (save it in UTF-8, or convert it: iconv -f UTF-16 -t UTF-8)");
    }
    if check_image(Image::bytes(bytes.clone())).is_ok() {
        return wrong("a photo; \"cardwire recognize\" reads one");
    }
    Ok(bytes)
}

fn csv_file(path: &Path, ignored: &[String], names: &Names<'_>) -> Result<Inputs, Failure> {
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
    let bytes = bytes_of(path)?;
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes.as_slice());
    let mut columns = Columns::read(reader.headers().map_err(unread)?, ignored)?;
    let row = |row: Result<csv::StringRecord, csv::Error>| -> Result<_, Failure> {
        let row = row.map_err(unread)?;
        Ok((row.position().map_or(0, csv::Position::line), row))
    };
    let found = columns.names();
    let folder = path.parent().unwrap_or(Path::new(""));
    let (mut names_seen, mut numbers_seen) =
        (UniqueValues::new("a name"), UniqueValues::new("an order_id"));
    let mut order_id_of = |row: &csv::StringRecord, line: u64| {
        let order_id = columns.order_id.and_then(|index| filled(row, index)).map(str::to_owned);
        order_id.as_deref().map_or(Ok(()), |one| numbers_seen.check(one, line))?;
        Ok::<_, Failure>(order_id)
    };
    match (columns.photo, columns.card_number, columns.name) {
        (Some(photo), None, None) if columns.id_number.or(columns.phone).is_none() => {
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
            let reference =
                columns.reference.ok_or_else(|| Failure::argument("headings", expected, &found))?;
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
            Err(Failure::argument("headings", expected, found))
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
