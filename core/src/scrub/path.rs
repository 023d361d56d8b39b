//! Paths, as messages may name them.

use std::path::Path;

use super::MASK;
use super::numbers::{masked, masked_if};
use crate::numbers::{passes_luhn, resident_number};

/// Returns whether digits have the check digit of a card number, or the form of an ID number.
fn is_of_a_person(digits: &str) -> bool {
    (digits.len() <= 19 && passes_luhn(digits))
        || resident_number(digits).is_some_and(|number| number.birth_date)
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
    let mut shown = masked_if(folders, NUMBER_LENGTH, is_of_a_person);
    shown.push_str(&masked(name, NUMBER_LENGTH));
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
        ] {
            assert_eq!(shown_path(Path::new(path)), shown);
        }
    }
}
