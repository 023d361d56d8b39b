//! Paths, as messages may name them.

use std::path::Path;

use super::MASK;
use crate::numbers::{digit_of, find_row, is_mobile, passes_luhn, resident_number};

/// Returns whether digits have the check digit of a card number, or the form of an ID number.
fn is_of_a_person(digits: &str) -> bool {
    (digits.len() <= 19 && passes_luhn(digits))
        || resident_number(digits).is_some_and(|number| number.birth_date)
}

/// The most characters between two groups of one number.
const BETWEEN: usize = 3;

/// Returns the length of the separator that a text begins with, 0 where it begins with none: a character that is
/// neither a letter nor a digit nor the end of a folder's name, or bytes as addresses have them.
fn separator(text: &str) -> usize {
    let is_hex = |at| text.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut escaped = 0;
    while text.get(escaped..).is_some_and(|rest| rest.starts_with('%'))
        && is_hex(escaped + 1)
        && is_hex(escaped + 2)
    {
        escaped += 3;
    }
    match text.chars().next() {
        _ if escaped > 0 => escaped,
        Some(one) if one.is_alphanumeric() || "/\\".contains(one) => 0,
        Some(one) => one.len_utf8(),
        None => 0,
    }
}

/// Returns the groups of digits that a text begins with, and the length of all in bytes.
fn groups(text: &str) -> (Vec<String>, usize) {
    let (mut groups, mut end) = (Vec::<String>::new(), 0);
    let (mut at, mut between) = (0, 0);
    while let Some(one) = text.get(at..).and_then(|left| left.chars().next()) {
        if let Some(digit) = digit_of(one) {
            match groups.last_mut().filter(|_| between == 0) {
                Some(group) => group.push(digit),
                None => groups.push(String::from(digit)),
            }
            at += one.len_utf8();
            (end, between) = (at, 0);
        } else {
            let length = text.get(at..).map_or(0, separator);
            between += 1;
            if length == 0 || between > BETWEEN {
                break;
            }
            at += length;
        }
    }
    (groups, end)
}

/// Returns the text with `***` instead of the rows of groups of digits that `hidden` says yes to.
fn without_rows(text: &str, hidden: impl Fn(&[String]) -> bool) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(|one| digit_of(one).is_some()) {
        let (before, row) = rest.split_at(begin);
        shown.push_str(before);
        let (groups, length) = groups(row);
        let (row, left) = row.split_at(length);
        shown.push_str(if hidden(&groups) { MASK } else { row });
        rest = left;
    }
    shown.push_str(rest);
    shown
}

fn has_phone(groups: &[String]) -> bool {
    find_row(groups, |row| is_mobile(row).then_some(())).is_some()
}

/// The longest path that is shown, in characters.
const PATH_LIMIT: usize = 200;

/// Returns a path as a message may name it. Photos are named after people and cards: what is not
/// ASCII, and digits that could be a number of a card or a person, are masked.
pub(crate) fn shown_path(path: &Path) -> String {
    let path = path.to_string_lossy();
    let name = path.rfind(['/', '\\']).map_or(0, |separator| separator + 1);
    let (folders, name) = path.split_at(name);
    let is_long = |groups: &[String]| groups.concat().len() >= NUMBER_LENGTH;
    // A folder for a while has a number in its name that is nobody's.
    let folders = without_rows(folders, |groups| {
        let is_nobodys = matches!(groups, [digits] if !is_of_a_person(digits));
        (is_long(groups) && !is_nobodys) || has_phone(groups)
    });
    let name = without_rows(name, |groups| is_long(groups) || has_phone(groups));
    let mut shown = String::new();
    for one in folders.chars().chain(name.chars()) {
        if one.is_ascii() && !one.is_ascii_control() {
            shown.push(one);
        } else if !shown.ends_with(MASK) {
            shown.push_str(MASK);
        }
    }
    if let Some((cut, _)) = shown.char_indices().nth(PATH_LIMIT) {
        shown.truncate(cut);
        shown.push('…');
    }
    shown
}

/// The number of digits of the shortest ID number. Camera names state a time in 14.
const NUMBER_LENGTH: usize = 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_the_numbers_of_people() {
        for (path, shown) in [
            ("/photos/IMG_20231128145028.jpg", "/photos/IMG_20231128145028.jpg"),
            ("/photos/6222020000000000000.jpg", "/photos/***.jpg"),
            ("110101190001010014/front.jpg", "***/front.jpg"),
            ("/photos/张三-1.jpg", "/photos/***-1.jpg"),
            ("/photos/6222020000000000000/1.jpg", "/photos/***/1.jpg"),
            ("/tmp/job-3070767364386937391/1.jpg", "/tmp/job-3070767364386937391/1.jpg"),
            ("C:\\110101190001010014\\1.jpg", "C:\\***\\1.jpg"),
            ("line\nend.jpg", "line***end.jpg"),
            ("/photos/6222 0200 0000 0000 000.jpg", "/photos/***.jpg"),
            ("6222-0200-0000-0000-000.jpg", "***.jpg"),
            ("6222%200200%200000%200000%20000 (2).jpg", "***).jpg"),
            ("a/6222_0200_0000_0000_000/1.jpg", "a/***/1.jpg"),
            ("110101-19900101-0014.png", "***.png"),
            ("card 13800000000.jpg", "card ***.jpg"),
            ("+8613800000000.jpg", "+***.jpg"),
            ("2023-11-28 14.50.28.jpg", "2023-11-28 14.50.28.jpg"),
            ("13800000000 (1).jpg", "***).jpg"),
            ("2 13800000000-3.jpg", "***.jpg"),
            ("138 0000 0000_1.jpg", "***.jpg"),
            ("/uploads/13800000000/front.jpg", "/uploads/***/front.jpg"),
            ("6222–0200–0000–0000–000.jpg", "***.jpg"),
            ("6222·0200\u{a0}0000－0000*000.jpg", "***.jpg"),
            ("6222%E2%80%930200%E2%80%930000%E2%80%930000%E2%80%93000.jpg", "***.jpg"),
            ("622202００００00000000000.jpg", "***.jpg"),
        ] {
            assert_eq!(shown_path(Path::new(path)), shown);
        }
    }
}
