//! The rows of a CSV file.

use std::collections::HashMap;
use std::path::Path;

use cardwire::bindings::{is_alike, nearest, shown_key};
use cardwire::{Image, Personal, check_image};

use super::{Holder, Inputs, Names, photos};
use crate::failure::Failure;
use crate::text::conversion;

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
        check_separator(headings)?;
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

/// Refuses headings between which no commas stand: all are one.
fn check_separator(headings: &csv::StringRecord) -> Result<(), Failure> {
    let only = headings.get(0).filter(|_| headings.len() == 1).unwrap_or("");
    let found = [(';', "semicolons"), ('\t', "tabs")].into_iter().find(|(separator, _)| {
        let parts: Vec<&str> = only.split(*separator).map(trimmed).collect();
        parts.len() > 1 && parts.iter().any(|part| Columns::KNOWN.contains(part))
    });
    match found {
        Some((_, found)) => Err(Failure::argument("headings", "commas between them", found)),
        None => Ok(()),
    }
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

/// The names and the order numbers of the rows so far, with the lines that they stand in.
struct Unique {
    names: HashMap<String, u64>,
    order_ids: HashMap<String, u64>,
}

impl Unique {
    fn new() -> Self {
        Unique { names: HashMap::new(), order_ids: HashMap::new() }
    }

    /// Refuses a name or an order number that stands in an earlier line, and returns the order number. Either
    /// may be a person's number, so it is not repeated.
    fn check(
        &mut self,
        name: &str,
        order_id: Option<&str>,
        line: u64,
    ) -> Result<Option<String>, Failure> {
        let check = |seen: &mut HashMap<String, u64>, what: &str, value: &str| {
            let Some(before) = seen.insert(value.to_owned(), line) else { return Ok(()) };
            let expected = format!("{what} of its own in each row");
            let found = format!("the same in line {before} and line {line}");
            Err(Failure::argument("input", &expected, found))
        };
        check(&mut self.names, "a name", name)?;
        order_id.map_or(Ok(()), |order_id| check(&mut self.order_ids, "an order_id", order_id))?;
        Ok(order_id.map(str::to_owned))
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
        return wrong(&format!("one in UTF-16 ({})", conversion(&bytes)));
    }
    if check_image(Image::bytes(bytes.clone())).is_ok() {
        return wrong("a photo; \"cardwire recognize\" reads one");
    }
    Ok(bytes)
}

/// Refuses a file whose last quote is open: its field holds every row behind it.
fn check_quotes(bytes: &[u8]) -> Result<(), Failure> {
    const END: &[u8] = b"end";
    let bytes = [bytes, b"\n", END].concat();
    let mut builder = csv::ReaderBuilder::new();
    let mut reader = builder.has_headers(false).flexible(true).from_reader(bytes.as_slice());
    match reader.byte_records().last() {
        Some(Ok(row)) if row.iter().ne([END]) => {
            let found =
                format!("none behind the one in the row of line {}", line_of(row.position()));
            Err(Failure::argument("input", "a second quote for each that begins a field", found))
        }
        _ => Ok(()),
    }
}

fn line_of(position: Option<&csv::Position>) -> u64 {
    position.map_or(0, csv::Position::line)
}

fn unread(error: csv::Error) -> Failure {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            let expected = format!("a CSV file in UTF-8 ({})", conversion(b""));
            let found = format!("other bytes in line {}", line_of(pos.as_ref()));
            Failure::argument("input", &expected, found)
        }
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = line_of(pos.as_ref());
            Failure::argument("input", &format!("{expected_len} fields in line {line}"), len)
        }
        _ => Failure::argument("input", "a CSV file", "text of another form"),
    }
}

/// A row and the line in which it begins.
struct Row {
    line: u64,
    fields: csv::StringRecord,
}

impl Row {
    fn filled(&self, index: Option<usize>) -> Option<&str> {
        self.fields.get(index?).map(str::trim).filter(|field| !field.is_empty())
    }

    fn needed(&self, index: usize, name: &str) -> Result<&str, Failure> {
        let line = self.line;
        let field = self.filled(Some(index)).ok_or_else(|| {
            Failure::argument("input", &format!("a {name} in line {line}"), "none")
        })?;
        // A row of results is a line.
        if let Some(at) = field.chars().position(char::is_control) {
            let expected = format!("a {name} without control characters in line {line}");
            let found = format!("one as character {}", at + 1);
            return Err(Failure::argument("input", &expected, found));
        }
        Ok(field)
    }
}

/// Returns the items of a CSV file.
pub(super) fn read(path: &Path, ignored: &[String], names: &Names<'_>) -> Result<Inputs, Failure> {
    let bytes = bytes_of(path)?;
    check_quotes(&bytes)?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let mut columns = Columns::read(reader.headers().map_err(unread)?, ignored)?;
    let mut rows = Vec::new();
    for fields in reader.records() {
        let fields = fields.map_err(unread)?;
        // Table programs write empty rows as commas alone.
        if fields.iter().any(|field| !field.trim().is_empty()) {
            rows.push(Row { line: line_of(fields.position()), fields });
        }
    }
    let found = columns.names();
    match (columns.photo, columns.card_number, columns.name) {
        (Some(photo), None, None) if columns.id_number.or(columns.phone).is_none() => {
            photo_items(&rows, photo, &columns, path, names)
        }
        (None, Some(card_number), Some(name)) => {
            // Rows change places: without a name of its own a row could be given another's answer.
            let expected = "the column reference, with a name of your own for each row";
            let reference =
                columns.reference.ok_or_else(|| Failure::argument("headings", expected, &found))?;
            holder_items(&rows, [reference, card_number, name], &columns, names)
        }
        _ => {
            let expected = "the column photo, or the columns card_number, name and reference";
            Err(Failure::argument("headings", expected, found))
        }
    }
}

fn photo_items(
    rows: &[Row],
    photo: usize,
    columns: &Columns,
    path: &Path,
    names: &Names<'_>,
) -> Result<Inputs, Failure> {
    // The standard input stands in no folder of photos.
    let is_stdin = path == Path::new("/dev/stdin") || path.parent() == Some(Path::new("/dev/fd"));
    let folder = match is_stdin {
        true => Path::new(""),
        false => path.parent().unwrap_or(Path::new("")),
    };
    let mut unique = Unique::new();
    let item = |row: &Row| {
        let photo = row.needed(photo, "photo")?;
        let name = match columns.reference {
            Some(index) => row.needed(index, "reference")?,
            None => photo,
        };
        let order_id = unique.check(name, row.filled(columns.order_id), row.line)?;
        Ok((name.to_owned(), order_id, folder.join(photo)))
    };
    let found = rows.iter().map(item).collect::<Result<_, Failure>>()?;
    Ok(photos(found, names))
}

fn holder_items(
    rows: &[Row],
    [reference, card_number, name]: [usize; 3],
    columns: &Columns,
    names: &Names<'_>,
) -> Result<Inputs, Failure> {
    let mut unique = Unique::new();
    let item = |row: &Row| {
        let own = row.needed(reference, "reference")?;
        let order_id = unique.check(own, row.filled(columns.order_id), row.line)?;
        let card_number = row.needed(card_number, "card_number")?;
        let name = row.needed(name, "name")?;
        let (id_number, phone) = (row.filled(columns.id_number), row.filled(columns.phone));
        let values = [card_number, name, id_number.unwrap_or(""), phone.unwrap_or("")];
        let fingerprint = names.key.of_values(values);
        let holder = Holder {
            card_number: Personal::new(card_number),
            name: Personal::new(name),
            id_number: id_number.map(Personal::new),
            phone: phone.map(Personal::new),
        };
        Ok(names.item(own, &fingerprint, order_id, holder))
    };
    Ok(Inputs::Holders(rows.iter().map(item).collect::<Result<_, Failure>>()?))
}
