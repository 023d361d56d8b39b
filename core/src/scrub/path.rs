//! Paths, as messages may name them.

use std::path::Path;

use super::MASK;
use crate::numbers::{is_mobile, passes_luhn, resident_number};

/// Returns whether digits have the check digit of a card number, or the form of an ID number.
fn is_of_a_person(digits: &str) -> bool {
    (digits.len() <= 19 && passes_luhn(digits))
        || resident_number(digits).is_some_and(|number| number.birth_date)
}

/// The most characters between two digits of one number.
const BETWEEN: usize = 3;

/// Returns the length of the separator that a text begins with, 0 where it begins with none: what is
/// neither a letter nor a digit, a mask, or the end of a folder's name, or is a byte as addresses have it.
fn separator(text: &str) -> usize {
    let is_hex = |at| text.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    match text.chars().next() {
        Some('%') if is_hex(1) && is_hex(2) => 3,
        Some(one) if one.is_ascii_alphanumeric() || "*/\\".contains(one) => 0,
        Some(one) => one.len_utf8(),
        None => 0,
    }
}

/// Returns the text with `***` instead of the numbers, in one run or in groups, of which `hidden` says so
/// by their digits and by whether they are one run.
fn without_groups(text: &str, hidden: impl Fn(&str, bool) -> bool) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(|one: char| one.is_ascii_digit()) {
        let (before, number) = rest.split_at(begin);
        shown.push_str(before);
        let (mut digits, mut end, mut at, mut is_run) = (String::new(), 0, 0, true);
        while let Some(one) = number.get(at..).and_then(|left| left.chars().next()) {
            if one.is_ascii_digit() {
                is_run &= at == end;
                digits.push(one);
                at += 1;
                end = at;
                continue;
            }
            let length = number.get(at..).map_or(0, separator);
            if length == 0 || at + length > end + BETWEEN {
                break;
            }
            at += length;
        }
        let (number, left) = number.split_at(end);
        shown.push_str(if hidden(&digits, is_run) { MASK } else { number });
        rest = left;
    }
    shown.push_str(rest);
    shown
}

/// The longest path that is shown, in characters.
const PATH_LIMIT: usize = 200;

/// Returns a path as a message may name it. Photos are named after people and cards: what is not
/// ASCII, and digits that could be a number of a card or a person, are masked.
pub(crate) fn shown_path(path: &Path) -> String {
    let path = path.to_string_lossy();
    let mut shown = String::new();
    for one in path.chars() {
        if one.is_ascii() && !one.is_ascii_control() {
            shown.push(one);
        } else if !shown.ends_with(MASK) {
            shown.push_str(MASK);
        }
    }
    // A folder for a while has a number in its name that is nobody's.
    let name = shown.rfind(['/', '\\']).map_or(0, |separator| separator + 1);
    let (folders, name) = shown.split_at(name);
    let mut shown = without_groups(folders, |digits, is_run| {
        digits.len() >= NUMBER_LENGTH && (!is_run || is_of_a_person(digits))
    });
    shown.push_str(&without_groups(name, |digits, _| {
        digits.len() >= NUMBER_LENGTH || is_mobile(digits)
    }));
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
        ] {
            assert_eq!(shown_path(Path::new(path)), shown);
        }
    }
}
