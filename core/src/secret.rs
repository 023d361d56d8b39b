//! Text that must not be shown: secrets and personal data.
//!
//! Both types mask themselves in `Debug`, wipe their memory on drop, and have neither `Display` nor
//! `Serialize`: showing one is always a call to `reveal` that a reader can find.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

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

/// Makes a vendor's text fit to show: the values of the call are replaced, runs of digits masked,
/// control characters dropped, the rest cut. `hidden` holds the call's own values and secrets.
pub(crate) fn scrub<'a>(text: &str, hidden: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = text.to_owned();
    for value in hidden {
        if !value.is_empty() {
            text = text.replace(value, "***");
        }
    }
    let visible: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|character| !character.is_control()).collect());
    let Some((end, _)) = visible.char_indices().nth(VENDOR_TEXT_LIMIT) else {
        return masked(&visible, MASKED_DIGIT_RUN);
    };
    let mut shown = masked(visible.get(..end).unwrap_or_default(), MASKED_DIGIT_RUN);
    shown.push('…');
    shown
}

/// A stranger's word in a form that is fit to show: short, without control characters, and without a
/// run of digits that could be somebody's number. The vendors' documented codes have eight at most.
pub(crate) fn shown(word: &str) -> String {
    let visible: String =
        word.chars().filter(|character| !character.is_control()).take(64).collect();
    masked(&visible, 9)
}

/// The text with `***` in the place of each run of at least so many digits.
pub(crate) fn masked(text: &str, shortest: usize) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let digits = character.is_numeric();
        let end = rest.find(|other: char| other.is_numeric() != digits).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        shown.push_str(if digits && run.chars().count() >= shortest { "***" } else { run });
        rest = after;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(shown("a\r\nb"), "ab");
        assert_eq!(shown(&"x".repeat(100)), "x".repeat(64));
    }

    #[test]
    fn scrub_masks_values_and_digit_runs_and_cuts() {
        assert_eq!(scrub("张三 has 6222020000000000000", ["张三"]), "*** has ***");
        assert_eq!(scrub("code 12345 at 123456", []), "code 12345 at ***");
        assert_eq!(scrub("a\r\nb", []), "ab");
        assert_eq!(scrub(&"x".repeat(300), []).chars().count(), 201);
    }
}
