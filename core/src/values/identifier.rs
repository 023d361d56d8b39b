//! Numbers of people in what callers choose themselves: order numbers and references are stored, logged
//! and sent in addresses.

use zeroize::Zeroizing;

use super::{plain, visible};
use crate::error::Error;
use crate::numbers::{digit_of, find_row, is_mobile, passes_luhn, resident_number};

/// The beginnings of card numbers, and their lengths: the schemes' own ranges, and the debit cards of ICBC
/// that are older than them.
const SCHEMES: [(std::ops::RangeInclusive<u32>, std::ops::RangeInclusive<usize>); 12] = [
    // UnionPay.
    (6200..=6299, 16..=19),
    (8100..=8171, 16..=19),
    // ICBC.
    (9558..=9558, 19..=19),
    // Visa.
    (4000..=4999, 16..=16),
    // Mastercard and Maestro.
    (5100..=5599, 16..=16),
    (2221..=2720, 16..=16),
    (6759..=6763, 12..=19),
    // American Express.
    (3400..=3499, 15..=15),
    (3700..=3799, 15..=15),
    // JCB.
    (3528..=3589, 16..=19),
    // Discover and Diners Club.
    (6440..=6599, 16..=19),
    (6011..=6011, 16..=19),
];

/// Refuses an order number that a caller chose where it holds what looks like a card number. Eleven
/// digits may be nothing but the caller's own numbering.
///
/// # Errors
/// `invalid_argument`.
pub(crate) fn check_order_number(text: &str) -> Result<(), Error> {
    refuse_number("order_id", text, |number| is_card(number).then_some(CARD))
}

/// Refuses a reference that a caller chose where it holds what looks like the number of a card, of a
/// resident identity card or of a mobile phone.
///
/// # Errors
/// `invalid_argument`.
pub(crate) fn check_reference(text: &str) -> Result<(), Error> {
    refuse_number("reference", text, |number| {
        let is_of_resident =
            || resident_number(number).is_some_and(|number| number.checksum && number.birth_date);
        match () {
            () if is_card(number) => Some(CARD),
            () if is_of_resident() => Some("what looks like an ID number"),
            () if is_mobile(number) => Some("what looks like a phone number"),
            () => None,
        }
    })
}

const CARD: &str = "what looks like a card number";

fn refuse_number(
    argument: &'static str,
    text: &str,
    looks_like: impl Fn(&str) -> Option<&'static str>,
) -> Result<(), Error> {
    match rows(text).iter().find_map(|row| find_row(row, &looks_like)) {
        Some(what) => Err(refusal(argument, what)),
        None => Ok(()),
    }
}

/// Refuses the identifier of a call where it holds a number of the person whom the call is about, in
/// groups or in one piece.
///
/// # Errors
/// `invalid_argument`.
pub(crate) fn check_against<'a>(
    numbers: impl IntoIterator<Item = &'a str>,
    argument: &'static str,
    text: &str,
) -> Result<(), Error> {
    let text = letters_and_digits(text);
    let holds = |number: &str| text.contains(letters_and_digits(number).as_str());
    if numbers.into_iter().any(holds) {
        return Err(refusal(argument, "a number of the cardholder"));
    }
    Ok(())
}

/// Returns the letters and digits of ASCII in a text, in upper case and without what stands between
/// them.
fn letters_and_digits(text: &str) -> Zeroizing<String> {
    let mut kept = Zeroizing::new(String::with_capacity(text.len()));
    kept.extend(text.chars().map(of_ascii).filter(char::is_ascii_alphanumeric));
    kept.make_ascii_uppercase();
    kept
}

/// Returns the digit or the letter of ASCII that a character stands for; any other as it is.
fn of_ascii(one: char) -> char {
    digit_of(one).unwrap_or_else(|| plain(one))
}

fn refusal(argument: &'static str, what: &str) -> Error {
    Error::argument(argument, "no number of a person, as it is stored and logged", what)
}

/// Returns the rows of groups of digits in a text, with a last group of an `X` where that ends a row. A single
/// character between two groups is neither a letter nor a colon, which times have.
fn rows(text: &str) -> Vec<Vec<Zeroizing<String>>> {
    let text = without_ids(text);
    let separates = |one: char| !one.is_alphanumeric() && one != ':';
    let (mut rows, mut row) = (Vec::new(), Vec::<Zeroizing<String>>::new());
    let mut is_between = true;
    for one in text.chars() {
        if one.is_ascii_digit() {
            match row.last_mut().filter(|_| !is_between) {
                Some(group) => group.push(one),
                None => row.push(Zeroizing::new(String::from(one))),
            }
            is_between = false;
        } else if separates(one) && !is_between {
            is_between = true;
        } else {
            if one.eq_ignore_ascii_case(&'x') {
                row.push(Zeroizing::new("X".to_owned()));
            }
            rows.push(std::mem::take(&mut row));
            is_between = true;
        }
    }
    rows.push(row);
    rows
}

/// Returns a text with a colon in place of each identifier that a program drew: its digits are chance.
fn without_ids(text: &str) -> Zeroizing<String> {
    let mut kept = Zeroizing::new(String::with_capacity(text.len()));
    let mut word = Zeroizing::new(String::with_capacity(text.len()));
    for one in visible(text).map(|(_, one)| of_ascii(one)).chain(['\n']) {
        if one.is_ascii_alphanumeric() || one == '-' {
            word.push(one);
            continue;
        }
        let mut parts: &[&str] = &word.split('-').collect::<Vec<_>>();
        while let Some((first, rest)) = parts.split_first() {
            let ids = [parts.get(..5), parts.get(..1)];
            let id = ids.into_iter().flatten().find(|parts| is_id(parts));
            kept.push_str(if id.is_some() { ":" } else { first });
            parts = id.map_or(rest, |id| parts.get(id.len()..).unwrap_or_default());
            if !parts.is_empty() {
                kept.push('-');
            }
        }
        kept.push(one);
        word.clear();
    }
    kept
}

/// Returns whether the parts of a word are a UUID, with its dashes or without, or a number of 12, 20 or 32
/// bytes in hexadecimal, as databases and digests have them. One with the digits of a card in a row may have
/// been made of a card's number.
fn is_id(parts: &[&str]) -> bool {
    const CARD_DIGITS: usize = 15;
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let has_length = matches!(lengths[..], [8, 4, 4, 4, 12] | [24 | 32 | 40 | 64]);
    let is_hex = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let no_card = |part: &&str| {
        part.split(|one: char| !one.is_ascii_digit()).all(|run| run.len() < CARD_DIGITS)
    };
    let has_letter = |part: &&str| part.bytes().any(|byte| byte.is_ascii_alphabetic());
    has_length
        && parts.iter().all(is_hex)
        && parts.iter().all(no_card)
        && parts.iter().any(has_letter)
}

/// Returns whether digits are what cards have: the beginning and the length of a scheme, and the
/// Luhn check digit.
fn is_card(digits: &str) -> bool {
    let Some(first) = digits.get(..4).and_then(|first| first.parse::<u32>().ok()) else {
        return false;
    };
    let is_one_s = SCHEMES
        .iter()
        .any(|(begins, lengths)| begins.contains(&first) && lengths.contains(&digits.len()));
    is_one_s && passes_luhn(digits)
}
