//! The ways in which a text may write a character otherwise: escapes, encodings, wide digits.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::numbers::digit_of;

/// The meaning of an escape.
#[derive(Clone, Copy)]
pub(super) enum Escape {
    Byte(u8),
    Half(u16),
    Character(char),
}

/// Returns a character's value where it is part of a name or a number: without case, digits and
/// letters of every width as ASCII.
#[inline]
pub(super) fn letter(character: char) -> Option<char> {
    let letter = folded(character);
    let is_letter =
        if letter.is_ascii() { letter.is_ascii_alphanumeric() } else { letter.is_alphanumeric() };
    is_letter.then_some(letter)
}

/// Returns the same of any character. Of those beyond ASCII it takes long to tell which are letters.
#[inline]
pub(super) fn folded(character: char) -> char {
    let narrow = match u32::from(character) {
        0..=0x7f => return character.to_ascii_lowercase(),
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0),
        _ => digit_of(character),
    };
    narrow.unwrap_or(character).to_lowercase().next().unwrap_or(character)
}

/// Returns whether a character is the first of an escape, or the second where the first is a letter.
#[inline]
pub(super) fn may_escape(character: char) -> bool {
    matches!(character, '%' | '\\' | '&' | '+' | '\u{80}'..='\u{ff}')
}

/// Returns the escape with which the characters begin, and how many of them it takes.
pub(super) fn escape_at(text: &[char]) -> Option<(Escape, usize)> {
    let number = |from: usize, radix: u32, digits: Range<usize>| {
        let run = text.get(from..)?.iter().take(digits.end - 1);
        let (mut value, mut count) = (0u32, 0);
        for digit in run.map_while(|one| one.to_digit(radix)) {
            value = value.checked_mul(radix)?.checked_add(digit)?;
            count += 1;
        }
        digits.contains(&count).then_some((value, count))
    };
    let byte = |from| {
        let (value, _) = number(from, 16, 2..3)?;
        Some((Escape::Byte(u8::try_from(value).ok()?), from + 2))
    };
    let half = |from| {
        let (value, _) = number(from, 16, 4..5)?;
        Some((Escape::Half(u16::try_from(value).ok()?), from + 4))
    };
    let closed = |from, radix, last: char, digits| {
        let (value, count) = number(from, radix, digits)?;
        let end = usize::from(text.get(from + count) == Some(&last));
        Some((Escape::Character(char::from_u32(value)?), from + count + end))
    };
    match text {
        ['%', 'u' | 'U', ..] | ['\\', 'u' | 'U', '0'..='9' | 'a'..='f' | 'A'..='F', ..] => half(2),
        ['%', ..] => byte(1),
        ['\\', 'x' | 'X', ..] => byte(2),
        ['\\', 'u' | 'U', '{', ..] => closed(3, 16, '}', 1..7),
        ['u' | 'U', '+', ..] => closed(2, 16, '\0', 4..7),
        ['&', '#', 'x' | 'X', ..] => closed(3, 16, ';', 1..9),
        ['&', '#', ..] => closed(2, 10, ';', 1..9),
        ['&', ..] => {
            let (name, character) = ENTITIES.iter().find(|(name, _)| {
                let mut rest = text.iter().skip(1);
                name.chars().all(|one| rest.next() == Some(&one))
            })?;
            Some((Escape::Character(*character), 1 + name.len()))
        }
        // UTF-8 that somebody read as Latin-1.
        ['\u{80}'..='\u{ff}', ..] => {
            let code = text.first().map(|one| u32::from(*one))?;
            Some((Escape::Byte(u8::try_from(code).ok()?), 1))
        }
        _ => None,
    }
}

/// The entities that may stand between digits or before another escape.
const ENTITIES: &[(&str, char)] = &[
    ("amp;", '&'),
    ("nbsp;", ' '),
    ("ensp;", ' '),
    ("emsp;", ' '),
    ("thinsp;", ' '),
    ("middot;", '·'),
    ("ndash;", '-'),
    ("mdash;", '-'),
    ("shy;", '-'),
    ("zwj;", ' '),
    ("zwnj;", ' '),
];

/// Returns the value of a digit of base64, in either alphabet.
#[inline]
pub(super) fn sextet(character: char) -> Option<u8> {
    let byte = u8::try_from(character).ok()?;
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Returns the values of the digits of a text in base64.
pub(super) fn sextets(word: &[char]) -> Zeroizing<Vec<u8>> {
    let mut sextets = Zeroizing::new(Vec::with_capacity(word.len()));
    sextets.extend(word.iter().filter_map(|one| sextet(*one)));
    sextets
}

/// Returns the bytes that such digits are, which may end anywhere.
pub(super) fn from_base64(sextets: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(sextets.len()));
    let (mut bits, mut count) = (0u32, 0u32);
    for digit in sextets {
        bits = (bits << 6 | u32::from(*digit)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}

/// Returns the bytes of hexadecimal digits, after so many of them.
pub(super) fn from_hex(word: &[char], skip: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(word.len()));
    let mut digits = word.iter().filter_map(|one| one.to_digit(16)).skip(skip);
    while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
        bytes.push((high << 4 | low) as u8);
    }
    bytes
}
