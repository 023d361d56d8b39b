//! The check digits of numbers of people. They take digits: `values` reads what
//! people type.

use zeroize::Zeroizing;

/// Returns the digit of ASCII that a digit of another width, script or form stands for.
pub(crate) fn digit_of(character: char) -> Option<char> {
    let code = u32::from(character);
    let zero = match code {
        0x30..=0x39 => 0x30,
        0xff10..=0xff19 => 0xff10,
        0x0660..=0x0669 => 0x0660,
        0x06f0..=0x06f9 => 0x06f0,
        0x0966..=0x096f => 0x0966,
        0x2070 | 0x2074..=0x2079 => 0x2070,
        0x2080..=0x2089 => 0x2080,
        0x2460..=0x2468 => 0x245f,
        0x1d7ce..=0x1d7ff => 0x1d7ce,
        _ => return None,
    };
    char::from_digit((code - zero) % 10, 10)
}

/// Returns whether the last digit is the Luhn check digit (ISO/IEC 7812-1, annex B) of the others.
pub(crate) fn passes_luhn(digits: &str) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let weighed = digits.chars().rev().enumerate().map(|(position, one)| {
        one.to_digit(10).map(|digit| if position % 2 == 0 { digit } else { doubled(digit) })
    });
    let sum: Option<u32> = weighed.sum();
    !digits.is_empty() && sum.is_some_and(|sum| sum.is_multiple_of(10))
}

/// The most characters of a number of a person: those of a card number.
const LONGEST: usize = 19;

/// Returns the first answer of `known` about neighbours among `groups` of digits, one group or several
/// joined: nobody says which of them are one number.
pub(crate) fn find_row<G: AsRef<str>, T>(
    groups: &[G],
    known: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let mut row = Zeroizing::new(String::with_capacity(LONGEST));
    (0..groups.len()).find_map(|first| {
        row.clear();
        for group in groups.iter().skip(first).map(AsRef::as_ref) {
            if row.len() + group.len() > LONGEST {
                break;
            }
            row.push_str(group);
            if let Some(answer) = known(&row) {
                return Some(answer);
            }
        }
        None
    })
}

/// The findings about the characters of a resident identity number (GB 11643-1999).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResidentNumber {
    /// True where the last character is the check character (ISO 7064, MOD 11-2); `false` for 15
    /// digits.
    pub(crate) checksum: bool,
    /// True where the digits that state the birth date are a date from 1900 to 2099.
    pub(crate) birth_date: bool,
}

/// Weights of the first 17 digits and the check characters by remainder, GB 11643-1999.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS: [u8; 11] = *b"10X98765432";

/// Reads a resident identity number; `None` where the text is neither 17 digits and a digit or `X`,
/// nor the 15 digits of before 1999.
pub(crate) fn resident_number(text: &str) -> Option<ResidentNumber> {
    let (body, check) = match text.as_bytes() {
        [body @ .., check] if body.len() == 17 => (body, Some(check.to_ascii_uppercase())),
        body if body.len() == 15 => (body, None),
        _ => return None,
    };
    if check.is_some_and(|check| !check.is_ascii_digit() && check != b'X') {
        return None;
    }
    let mut digits = [0; 17];
    for (digit, byte) in digits.iter_mut().zip(body) {
        *digit = char::from(*byte).to_digit(10)?;
    }
    let number = |range: std::ops::Range<usize>| {
        digits.get(range).unwrap_or_default().iter().fold(0, |sum, digit| sum * 10 + digit)
    };
    let (year, month, day) = match check {
        Some(_) => (number(6..10), number(10..12), number(12..14)),
        None => (1900 + number(6..8), number(8..10), number(10..12)),
    };
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let expected = usize::try_from(sum % 11).ok().and_then(|rest| CHECK_CHARACTERS.get(rest));
    Some(ResidentNumber {
        checksum: check.is_some() && expected.copied() == check,
        birth_date: (1900..2100).contains(&year) && (1..=days_in(year, month)).contains(&day),
    })
}

fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

/// Returns the mobile number of mainland China in a text of digits, which may have the `0` of a
/// call within the country before it.
pub(crate) fn mobile(digits: &str) -> Option<&str> {
    let is_mobile = |digits: &&str| digits.len() == 11 && digits.starts_with('1');
    let inland = digits.strip_prefix('0');
    [Some(digits), inland].into_iter().flatten().find(is_mobile)
}

/// Returns whether digits are a mobile number of mainland China, with or without the country's
/// code.
pub(crate) fn is_mobile(digits: &str) -> bool {
    let inland = ["0086", "86", ""].iter().find_map(|code| mobile(digits.strip_prefix(code)?));
    inland.is_some_and(|number| matches!(number.as_bytes(), [_, b'3'..=b'9', ..]))
}
