//! Text that must not be shown: secrets and personal data.
//!
//! Both types mask themselves in `Debug`, wipe their memory on drop, and have neither `Display` nor
//! `Serialize`: showing one is always a call to `reveal` that a reader can find.

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::card::{check_card_number, check_id_number};
use crate::wire::percent;

macro_rules! hidden_text {
    ($(#[$doc:meta])* $name:ident, $mask:literal) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
        pub struct $name(String);

        impl $name {
            /// Takes the text over.
            pub fn new(text: impl Into<String>) -> Self {
                $name(text.into())
            }

            /// The text itself.
            pub fn reveal(&self) -> &str {
                &self.0
            }

            /// Whether there is no text.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($mask)
            }
        }
    };
}

hidden_text! {
    /// A credential: a key, a token, a ticket, a signature.
    Secret, "Secret(***)"
}

hidden_text! {
    /// A personal datum: a name, an ID number, a phone number, a vendor's answer that holds them.
    Personal, "Personal(***)"
}

/// Bytes of a photo, or of an answer that may hold one; `Debug` shows only how many.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PersonalBytes(bytes::Bytes);

impl PersonalBytes {
    /// Takes the bytes over without copying them.
    pub fn new(bytes: impl Into<bytes::Bytes>) -> Self {
        PersonalBytes(bytes.into())
    }

    /// The bytes themselves.
    pub fn reveal(&self) -> &bytes::Bytes {
        &self.0
    }
}

impl fmt::Debug for PersonalBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonalBytes({} bytes)", self.0.len())
    }
}

/// Longest vendor text that is passed on, in characters.
const VENDOR_TEXT_LIMIT: usize = 200;

/// Digit runs of this length and more are masked in vendor text: short ones are codes and counts.
const MASKED_DIGIT_RUN: usize = 6;

/// Runs of letters and digits of this length and more are masked too: credentials, signatures and
/// what was encoded. A request id is given in groups, or beside the text.
const MASKED_WORD: usize = 16;

/// Card numbers are printed in groups of this many digits.
const GROUP: usize = 4;

const MASK: &str = "***";

/// Makes a vendor's text fit to show: the values of the call are replaced, plain and encoded, runs of
/// digits and long words masked, control characters dropped, the rest cut. `hidden` holds the
/// call's own values and secrets.
pub(crate) fn scrub<'a>(text: &str, hidden: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = Personal(text.chars().filter(|character| !character.is_control()).collect());
    for value in hidden.into_iter().filter(|value| !value.is_empty()) {
        text = Personal(text.0.replace(value, MASK));
        let encoded = [
            percent::encode(value),
            STANDARD.encode(value),
            base16ct::lower::encode_string(value.as_bytes()),
        ];
        for encoded in encoded {
            if text.0.contains(&encoded) {
                text = Personal(text.0.replace(&encoded, MASK));
            }
        }
    }
    let mut shown = String::with_capacity(text.0.len().min(VENDOR_TEXT_LIMIT * 4));
    let mut rest = text.reveal();
    while let Some(first) = rest.chars().next() {
        let grouped = groups(rest);
        let word = rest.find(|one| !in_word(one)).unwrap_or(rest.len());
        let taken = match (grouped, word) {
            (0, 0) => first.len_utf8(),
            (0, word) => word,
            (grouped, _) => grouped,
        };
        let (piece, after) = rest.split_at(taken);
        rest = after;
        match (grouped, word) {
            (0, 0) => shown.push(first),
            (0, _) => show_word(&mut shown, piece),
            _ => shown.push_str(MASK),
        }
    }
    if let Some((cut, _)) = shown.char_indices().nth(VENDOR_TEXT_LIMIT) {
        shown.truncate(cut);
        shown.push('…');
    }
    shown
}

/// A stranger's word in a form that is fit to show: short, without control characters, and without a
/// run of digits that could be somebody's number. The vendors' documented codes have eight at most.
pub(crate) fn shown(word: &str) -> String {
    // In the place of what was there, so that no word becomes another one, which has a meaning.
    let visible = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    let start: String = word.chars().map(visible).take(64).collect();
    masked(&start, 9)
}

/// Whether a character may be part of a credential, of a number, or of something encoded.
fn in_word(one: char) -> bool {
    one.is_ascii_alphanumeric() || one.is_numeric() || matches!(one, '+' | '/' | '%')
}

/// How many bytes of `text` are digits in groups of four, with one separator, at least two whole
/// groups and a digit; 0 where it does not begin with such.
fn groups(text: &str) -> usize {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let bytes = text.as_bytes();
    let (Some(separator @ (b' ' | b'-' | b'+' | b'.')), GROUP) = (bytes.get(GROUP), digits(bytes))
    else {
        return 0;
    };
    let (mut length, mut whole) = (GROUP, 1);
    while bytes.get(length) == Some(separator) {
        let more = digits(bytes.get(length + 1..).unwrap_or_default());
        if more == 0 || more > GROUP {
            break;
        }
        length += 1 + more;
        if more < GROUP {
            return if whole >= 2 { length } else { 0 };
        }
        whole += 1;
    }
    if whole > 2 { length } else { 0 }
}

fn show_word(shown: &mut String, word: &str) {
    let any = |is: fn(&char) -> bool| word.chars().any(|one| is(&one));
    let mixed = any(char::is_ascii_digit) && any(char::is_ascii_alphabetic);
    let length = word.chars().count();
    if (length >= MASKED_WORD && mixed) || length >= 2 * MASKED_WORD || encodes_number(word) {
        shown.push_str(MASK);
        return;
    }
    shown.push_str(&masked(word, MASKED_DIGIT_RUN));
}

/// Whether a word holds digits in base64, which may be letters alone. It may begin anywhere in them.
fn encodes_number(word: &str) -> bool {
    let is_number = |text: &str| {
        let whole = text.len() - text.len() % 4;
        let decoded = text.get(..whole).and_then(|text| STANDARD.decode(text).ok());
        decoded.map(Zeroizing::new).is_some_and(|bytes| {
            let mut runs = bytes.split(|byte| !byte.is_ascii_digit());
            runs.any(|run| run.len() >= MASKED_DIGIT_RUN)
        })
    };
    let parts = word.split(|one: char| !one.is_ascii_alphanumeric() && !matches!(one, '+' | '/'));
    parts
        .filter(|part| part.len() >= MASKED_DIGIT_RUN)
        .any(|part| (0..4).filter_map(|skip| part.get(skip..)).any(is_number))
}

/// The text with `***` in the place of each run of at least so many digits.
pub(crate) fn masked(text: &str, shortest: usize) -> String {
    masked_if(text, shortest, |_| true)
}

/// Whether digits have the check digit of a card number, or the form of an ID number.
fn is_of_a_person(digits: &str) -> bool {
    check_card_number(digits).luhn || check_id_number(digits).birth_date
}

/// The same for those runs of which `hidden` says so.
fn masked_if(text: &str, shortest: usize, hidden: impl Fn(&str) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let digits = character.is_numeric();
        let end = rest.find(|other: char| other.is_numeric() != digits).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let hides = digits && run.chars().count() >= shortest && hidden(run);
        shown.push_str(if hides { "***" } else { run });
        rest = after;
    }
    shown
}

/// The longest path that is shown, in characters.
const PATH_LIMIT: usize = 200;

/// A path as a message may name it. Photos are named after people and cards: what is not ASCII, and
/// digits that could be a number of a card or a person, are masked.
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

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("key")), "Secret(***)");
        assert_eq!(format!("{:?}", Personal::new("张三")), "Personal(***)");
        assert_eq!(format!("{:?}", PersonalBytes::new(vec![1, 2])), "PersonalBytes(2 bytes)");
    }

    #[test]
    fn words_are_shown_short_and_without_numbers() {
        assert_eq!(shown("66660000"), "66660000");
        assert_eq!(shown("AuthFailure.6222020000000000000"), "AuthFailure.***");
        assert_eq!(shown("a\r\nb"), "a\u{fffd}\u{fffd}b");
        assert_eq!(shown(&"x".repeat(100)), "x".repeat(64));
    }

    #[test]
    fn scrub_masks_values_and_digit_runs_and_cuts() {
        assert_eq!(scrub("张三 has 6222020000000000000", ["张三"]), "*** has ***");
        assert_eq!(scrub("code 12345 at 123456", []), "code 12345 at ***");
        assert_eq!(scrub("a\r\nb", []), "ab");
        assert_eq!(scrub(&"x ".repeat(300), []).chars().count(), 201);
    }

    #[test]
    fn scrub_masks_groups_of_digits() {
        for (text, shown) in [
            ("card 6222 0200 0000 0000 000.", "card ***."),
            ("6222-0200-0000-0000", "***"),
            ("6222+0200+0", "***"),
            ("2026-11-22 04:50:01", "2026-11-22 04:50:01"),
            ("1234 5678", "1234 5678"),
            ("4 of 1000 1000 tries", "4 of 1000 1000 tries"),
            ("1234-5678 9012", "1234-5678 9012"),
            ("1234 12345", "1234 12345"),
        ] {
            assert_eq!(scrub(text, []), shown);
        }
    }

    #[test]
    fn scrub_masks_credentials_and_what_is_encoded_but_no_words() {
        let name = "张三";
        for (text, shown) in [
            ("Invalid AppCode `0123456789abcdef0123456789abcdef`", "Invalid AppCode `***`"),
            ("name=%E5%BC%A0%E4%B8%89&x=1", "name=***&x=1"),
            ("n=5byg5LiJ", "n=***"),
            ("n=e5bca0e4b889", "n=***"),
            // The digits 622202672080223111 and some of them, which give letters alone.
            ("c=NjIyMjAyNjcyMDgwMjIzMTEx", "c=***"),
            ("c=IyMjAyNjcyMDgwMjIz", "c=***"),
            (
                "hint: [PIeqra0466vr21!] rid: 6123abcd-1a2b3c4d-0badcafe",
                "hint: [PIeqra0466vr21!] rid: 6123abcd-1a2b3c4d-0badcafe",
            ),
            ("Throttled by RequestLimitExceeded", "Throttled by RequestLimitExceeded"),
            ("id 123e4567-e89b-12d3-a456-42661417400a", "id 123e4567-e89b-12d3-a456-***a"),
        ] {
            assert_eq!(scrub(text, [name]), shown);
        }
    }
}
