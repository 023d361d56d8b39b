//! The rows of a CSV file.

use std::collections::HashMap;
use std::path::Path;

use cardwire::bindings::{is_alike, nearest, shown_key};
use cardwire::{Image, Personal, check_image};

use super::{Holder, Inputs, Names, photos};
use crate::failure::Failure;

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

/// Returns the items of a CSV file.
pub(super) fn read(path: &Path, ignored: &[String], names: &Names<'_>) -> Result<Inputs, Failure> {
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
