//! The values of people: names, ID numbers, phone and card numbers, the same for every vendor.
//!
//! People copy them out of tables, type them with Chinese keyboards and write them in groups. What
//! means the same becomes the same before a vendor sees it, since a vendor compares characters and
//! bills the mismatch. What cannot be a value is refused, with the character and its position, and never
//! with the value. Vendors check here nothing but what their documents ask for besides.

mod characters;
mod identifier;
#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

use crate::card::CardNumber;
use crate::error::Error;
use crate::numbers::mobile;
use crate::secret::Personal;
pub(crate) use characters::is_unseen;
use characters::{is_blank, is_dash, is_han, is_middle_dot, is_no_text, plain, visible};

pub(crate) use identifier::{check_against, check_order_number, check_reference};

/// The longest name that is sent, in characters. No vendor states a limit, and no name is longer.
const NAME_LIMIT: usize = 256;

/// Digits of a card number. ISO/IEC 7812 allows 8 to 19; no vendor here takes fewer than 12.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;

/// Characters of the number of a document that is no resident identity card: passports, permits for
/// residents of Hong Kong, Macao and Taiwan, older permits of permanent residence.
const OTHER_DOCUMENT: std::ops::RangeInclusive<usize> = 5..=17;

/// Digits of such a number where it has no letter: more of them are a resident's with a mistake.
const OTHER_DOCUMENT_DIGITS: usize = 12;

/// Digits of a phone number with the code of its country, ITU-T E.164; the shortest is a guess.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// A person in the form in which every vendor is asked about one.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) card_number: CardNumber,
    pub(crate) name: Personal,
    pub(crate) id_number: Option<Personal>,
    pub(crate) phone: Option<Personal>,
}

impl Person {
    /// Returns the numbers, in the order of the arguments.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &str> {
        let others = [self.id_number.as_ref(), self.phone.as_ref()].into_iter().flatten();
        [self.card_number.reveal()].into_iter().chain(others.map(Personal::reveal))
    }

    /// Returns every value, for masking vendor text.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.numbers().chain([self.name.reveal()])
    }
}

impl CardNumber {
    /// Takes a number as people write it: digits, of full width too, with blanks and dashes of any
    /// kind between them. Returns `None` for any other character, a dash before or behind the digits,
    /// or fewer than 12 or more than 19 digits (ISO/IEC 7812 allows 8 to 19; no vendor here takes
    /// fewer than 12).
    pub fn parse(text: &str) -> Option<Self> {
        card_number(text).ok()
    }
}

/// Returns a card number without the blanks and dashes between its digits.
pub(crate) fn card_number(text: &str) -> Result<CardNumber, Error> {
    const EXPECTED: &str = "12 to 19 digits, with blanks or dashes between them";
    let digits = without_separators(CARD_NUMBER, text, EXPECTED, |one| one.is_ascii_digit())?;
    if !CARD_DIGITS.contains(&digits.len()) {
        let found = format!("{} digits", digits.len());
        return Err(Error::argument(CARD_NUMBER, EXPECTED, found));
    }
    Ok(CardNumber::from_digits(digits))
}

/// Returns the number of an identity document: a resident's, or one of letters and digits.
pub(crate) fn id_number(text: &str) -> Result<Personal, Error> {
    const EXPECTED: &str = "letters and digits, with blanks or dashes between them";
    let is_part = |one: char| one.is_ascii_alphanumeric() || matches!(one, '(' | ')');
    let mut number = without_separators(ID_NUMBER, text, EXPECTED, is_part)?;
    number.make_ascii_uppercase();
    let length = number.len();
    if length == RESIDENT_LENGTH {
        let is_wrong = |(index, one): &(usize, char)| {
            !(one.is_ascii_digit() || (*one == 'X' && index + 1 == RESIDENT_LENGTH))
        };
        let wrong = number.chars().enumerate().find(is_wrong);
        let is_part = |(_, one): &(usize, char)| is_part(plain(*one));
        let typed = wrong.and_then(|(index, _)| visible(text).filter(is_part).nth(index));
        if let Some((position, one)) = typed {
            let expected = "17 digits and then a digit or X, as a resident identity number has";
            return Err(wrong_character(ID_NUMBER, position, one, expected));
        }
        return Ok(personal(number));
    }
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        return Err(Error::argument(ID_NUMBER, "at least one digit", "letters alone"));
    }
    let is_long = digits == length && length > OTHER_DOCUMENT_DIGITS;
    if is_resident(&number) || (OTHER_DOCUMENT.contains(&length) && !is_long) {
        return Ok(personal(number));
    }
    let expected = "the 18 characters or 15 digits of a resident identity number, or another \
                    document's 5 to 17 letters and digits, or up to 12 digits";
    Err(Error::argument(ID_NUMBER, expected, format_args!("{length} characters")))
}

/// Returns whether an ID number, as `id_number` returns it, is one of a resident identity card: 18
/// characters, or the 15 digits of before 1999.
pub(crate) fn is_resident(number: &str) -> bool {
    let is_old = number.len() == 15 && number.bytes().all(|byte| byte.is_ascii_digit());
    number.len() == RESIDENT_LENGTH || is_old
}

/// Returns a phone number: a mobile number of mainland China as its 11 digits, any other with `+` and
/// the code of its country where it was given with one.
pub(crate) fn phone(text: &str) -> Result<Personal, Error> {
    const EXPECTED: &str =
        "5 to 15 digits, with + before and blanks, dashes or brackets between them";
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    let mut is_international = false;
    for (position, typed) in visible(text) {
        match plain(typed) {
            '+' if digits.is_empty() && !is_international => is_international = true,
            one if one.is_ascii_digit() => digits.push(one),
            '(' | ')' => {}
            one if is_blank(one) || (is_dash(one) && !digits.is_empty()) => {}
            _ => return Err(wrong_character(PHONE, position, typed, EXPECTED)),
        }
    }
    let digits = digits.as_str();
    let dialled = digits.strip_prefix("00");
    let abroad = if is_international { Some(dialled.unwrap_or(digits)) } else { dialled };
    let number = match (abroad, digits.strip_prefix("86")) {
        (Some(abroad), _) => match abroad.strip_prefix("86") {
            Some(rest) => mobile(rest).map(str::to_owned).ok_or_else(|| {
                let expected = "11 digits after +86, of which the first is 1";
                let found = match rest.len() {
                    11 => "another first digit".to_owned(),
                    digits => format!("{digits} digits"),
                };
                Error::argument(PHONE, expected, found)
            })?,
            None if abroad.starts_with('0') => {
                return Err(Error::argument(PHONE, "a country's code, from 1 on, after +", "0"));
            }
            None => format!("+{abroad}"),
        },
        (None, Some(rest)) => mobile(rest).unwrap_or(digits).to_owned(),
        (None, None) => mobile(digits).unwrap_or(digits).to_owned(),
    };
    let number = Personal::new(number);
    let count = number.reveal().trim_start_matches('+').len();
    if count == 0 {
        return Err(Error::argument(PHONE, EXPECTED, "no digit"));
    }
    if !PHONE_DIGITS.contains(&count) {
        return Err(Error::argument(PHONE, EXPECTED, format_args!("{count} digits")));
    }
    Ok(number)
}

/// Returns a name as it is compared: nothing invisible, blanks as one space and none between Chinese
/// characters, Latin letters and digits of ASCII, all else as typed.
pub(crate) fn name(text: &str) -> Result<Personal, Error> {
    let mut name = Zeroizing::new(String::with_capacity(text.len()));
    let (mut last, mut blank, mut length) = (None, false, 0_usize);
    for (position, typed) in visible(text) {
        if is_no_text(typed) {
            let expected = "a name without line ends, control characters, and what stands for \
                            characters that could not be read";
            return Err(wrong_character(NAME, position, typed, expected));
        }
        if is_blank(typed) {
            blank = true;
            continue;
        }
        let one = if plain(typed).is_ascii_alphanumeric() { plain(typed) } else { typed };
        let joins = |one: char| is_han(one) || is_middle_dot(one);
        if blank && !(joins(one) && last.is_some_and(joins)) {
            name.push(' ');
            length += 1;
        }
        blank = false;
        name.push(one);
        last = Some(one);
        length += 1;
    }
    if length == 0 {
        return Err(Error::argument(NAME, "a name", "nothing that is seen"));
    }
    if length > NAME_LIMIT {
        let expected = format!("at most {NAME_LIMIT} characters");
        return Err(Error::argument(NAME, expected, format_args!("{length}")));
    }
    Ok(personal(name))
}

const CARD_NUMBER: &str = "card_number";
const NAME: &str = "name";
const ID_NUMBER: &str = "id_number";
const PHONE: &str = "phone";

/// Characters of a resident identity number, GB 11643-1999.
const RESIDENT_LENGTH: usize = 18;

/// Returns the parts of a number in ASCII, without the blanks and dashes between them.
fn without_separators(
    argument: &'static str,
    text: &str,
    expected: &str,
    is_part: impl Fn(char) -> bool,
) -> Result<Zeroizing<String>, Error> {
    // With room for all, so that no part of it is left behind elsewhere.
    let mut number = Zeroizing::new(String::with_capacity(text.len()));
    let mut dash = None;
    for (position, typed) in visible(text) {
        let one = plain(typed);
        if is_part(one) {
            number.push(one);
            dash = None;
        } else if is_dash(one) && !number.is_empty() {
            dash = Some((position, typed));
        } else if !is_blank(one) {
            return Err(wrong_character(argument, position, typed, expected));
        }
    }
    match dash {
        Some((position, typed)) => Err(wrong_character(argument, position, typed, expected)),
        None if number.is_empty() => {
            Err(Error::argument(argument, expected, "nothing that is seen"))
        }
        None => Ok(number),
    }
}

fn personal(mut text: Zeroizing<String>) -> Personal {
    Personal::new(std::mem::take(&mut *text))
}

/// Refuses a character, named by its number: it may be one that nobody sees.
pub(crate) fn wrong_character(
    argument: &'static str,
    position: usize,
    found: char,
    expected: &str,
) -> Error {
    let code = u32::from(found);
    Error::argument(argument, expected, format_args!("U+{code:04X} as character {position}"))
}
