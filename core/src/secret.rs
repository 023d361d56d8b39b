//! Text that must not be shown: secrets and personal data.
//!
//! Both types mask themselves in `Debug`, wipe their memory on drop, and have neither `Display` nor
//! `Serialize`: showing one is always a call to `reveal` that a reader can find.

use std::fmt;
use std::path::Path;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::card::{check_card_number, check_id_number};
use crate::scrub::{MASK, masked, masked_if};

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

impl Personal {
    /// Drops from a vendor's text what cannot be seen.
    pub(crate) fn make_visible(&mut self) {
        crate::scrub::make_visible(&mut self.0);
    }
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

/// Whether digits have the check digit of a card number, or the form of an ID number.
fn is_of_a_person(digits: &str) -> bool {
    check_card_number(digits).luhn || check_id_number(digits).birth_date
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
}
