//! What a vendor says, made fit to show: nothing of the call's own values and of the account's secrets
//! is left in it, however they are written.
//!
//! A value is found with its separators changed or left out, in wide digits and letters, in JSON,
//! percent, HTML and `\x` escapes, and in base64 and hexadecimal; three rounds deep. Numbers that
//! could be somebody's are masked whether or not they are the call's.

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::card::{check_card_number, check_id_number};
use crate::values::is_unseen;

/// Longest vendor text that is passed on, in characters.
const VENDOR_TEXT_LIMIT: usize = 200;

/// So many bytes of a vendor's text are read: a gateway may echo a whole photo.
const READ_LIMIT: usize = 4096;

/// The end of what is read is not shown where more follows: a value may go on there.
const UNCERTAIN: usize = 512;

/// Digit runs of this length and more are masked in vendor text: short ones are codes and counts.
const MASKED_DIGIT_RUN: usize = 6;

/// Digit runs of this length and more are masked in a code. The documented ones have eight at most.
const MASKED_CODE_RUN: usize = 9;

/// Digits with one separator between groups are masked from this number on, as long as a phone number.
const MASKED_GROUPED: usize = 11;

/// Runs of letters and digits of this length and more are masked too: credentials, signatures and
/// what was encoded.
const MASKED_WORD: usize = 16;

/// The longest code and the longest number of a request, in characters.
const WORD_LIMIT: usize = 64;

/// Card numbers are printed in groups of this many digits.
const GROUP: usize = 4;

/// How often what was decoded is decoded once more.
const ROUNDS: usize = 3;

/// So many characters of a value in one piece are an echo of it.
const TELLING: usize = 10;

/// An ASCII value of fewer characters may stand within a word by chance, and one of fewer than
/// `SHORTEST` anywhere.
const LONG: usize = 8;
const SHORTEST: usize = 4;

/// What stands in the place of what is not shown.
pub(crate) const MASK: &str = "***";

/// Makes a vendor's text fit to show: the values of the call are replaced, runs of digits and long
/// words masked, control characters dropped, the rest cut. `hidden` holds the call's own values and
/// secrets; `request_id`, which holds none of them, and addresses are shown as they are.
pub(crate) fn scrub<'a>(
    text: &str,
    hidden: impl IntoIterator<Item = &'a str>,
    request_id: Option<&str>,
) -> String {
    let hidden: Vec<&str> = hidden.into_iter().filter(|value| !value.is_empty()).collect();
    let read = text.get(..floor(text, READ_LIMIT)).unwrap_or_default();
    let mut spans: Vec<(Range<usize>, bool)> =
        echoes(read, &hidden).into_iter().map(|span| (span, false)).collect();
    for value in &hidden {
        spans.extend(places(read, value).map(|span| (span, false)));
    }
    if let Some(id) = request_id.filter(|id| !id.is_empty()) {
        let masks = spans.clone();
        let is_clear = |span: &Range<usize>| {
            is_whole_word(read, span)
                && masks.iter().all(|(mask, _)| mask.end <= span.start || span.end <= mask.start)
        };
        spans.extend(places(read, id).filter(is_clear).map(|span| (span, true)));
    }
    spans.sort_by_key(|(span, _)| span.start);
    let is_whole = read.len() == text.len();
    let end = if is_whole { read.len() } else { floor(read, READ_LIMIT - UNCERTAIN) };
    let mut shown = String::with_capacity(VENDOR_TEXT_LIMIT * 4);
    let mut at = 0;
    for (span, kept) in spans {
        if span.start >= end {
            break;
        }
        if span.start < at {
            at = at.max(span.end);
            continue;
        }
        show(&mut shown, read, at..span.start);
        shown.push_str(if kept { read.get(span.clone()).unwrap_or_default() } else { MASK });
        at = span.end;
    }
    show(&mut shown, read, at..end.max(at));
    if let Some((cut, _)) = shown.char_indices().nth(VENDOR_TEXT_LIMIT) {
        shown.truncate(cut);
        shown.push('…');
    }
    shown
}

/// A stranger's word in a form that is fit to show: short, without control characters, and without a
/// run of digits that could be somebody's number.
pub(crate) fn shown(word: &str) -> String {
    let mut shown = numbers_masked(word.chars().take(READ_LIMIT), true);
    if let Some((cut, _)) = shown.char_indices().nth(WORD_LIMIT) {
        shown.truncate(cut);
    }
    shown
}

/// A text that is stored, without what cannot be seen and without the runs of digits, in one piece or
/// in groups, that could be a card's, an identity document's or a phone's.
pub(crate) fn without_numbers(text: &str) -> String {
    numbers_masked(text.chars(), false)
}

/// The text with its numbers masked, and with its `credentials` too.
fn numbers_masked(text: impl Iterator<Item = char>, credentials: bool) -> String {
    // In the place of what was there, so that no word becomes another one, which has a meaning.
    let visible = |character: char| if is_unseen(character) { '\u{fffd}' } else { character };
    let text = Zeroizing::new(text.map(visible).collect::<String>());
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let group = grouped(rest).unwrap_or(0);
        let until = |is_end: fn(char) -> bool| rest.find(is_end).unwrap_or(rest.len());
        let word = rest.get(..until(|one| !one.is_ascii_alphanumeric())).unwrap_or_default();
        let digits = rest.get(..until(|one| !one.is_numeric())).unwrap_or_default();
        let (length, hides) = if group > 0 {
            (group, true)
        } else if credentials && word.len() >= MASKED_WORD && is_mixed(word) {
            (word.len(), true)
        } else if !digits.is_empty() {
            (digits.len(), digits.chars().count() >= MASKED_CODE_RUN)
        } else {
            (first.len_utf8(), false)
        };
        let (piece, after) = rest.split_at(length);
        shown.push_str(if hides { MASK } else { piece });
        rest = after;
    }
    shown
}

/// A field of a result, without the values of the call. What the vendor says about a card is the
/// result itself, and left as it is.
pub(crate) fn without_echoes<'t>(text: &'t str, hidden: &[&str]) -> Cow<'t, str> {
    let spans = echoes(text, hidden);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut left, mut at) = (String::with_capacity(text.len()), 0);
    for span in spans {
        left.push_str(text.get(at..span.start).unwrap_or_default());
        left.push_str(MASK);
        at = span.end;
    }
    left.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(left)
}

/// Whether a text holds one of the values, or a telling piece of one, however it is written.
pub(crate) fn is_echo(text: &str, hidden: &[&str]) -> bool {
    !echoes(text, hidden).is_empty()
}

/// A vendor's number for a request, where the text looks like one: 1 to 64 ASCII letters, digits, `-`,
/// `_`, `.` and `:`, none of whose runs of digits is a card number, an ID number or a phone number. In
/// a UUID such runs are chance.
pub(crate) fn identifier(text: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let fits = (1..=WORD_LIMIT).contains(&text.len()) && text.bytes().all(allowed);
    (fits && (is_grouped_id(text) || !holds_number(text))).then(|| text.to_owned())
}

/// The text with `***` in the place of each run of at least so many digits.
pub(crate) fn masked(text: &str, shortest: usize) -> String {
    masked_if(text, shortest, |_| true)
}

/// The same for those runs of which `hidden` says so.
pub(crate) fn masked_if(text: &str, shortest: usize, hidden: impl Fn(&str) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let digits = character.is_numeric();
        let end = rest.find(|other: char| other.is_numeric() != digits).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let hides = digits && run.chars().count() >= shortest && hidden(run);
        shown.push_str(if hides { MASK } else { run });
        rest = after;
    }
    shown
}

/// Whether a request's number holds somebody's number, its separators left out. What begins with 1 and
/// is no phone number may be a time.
fn holds_number(text: &str) -> bool {
    let is_separator = |byte: &u8| !byte.is_ascii_alphanumeric();
    let joined = Zeroizing::new(
        text.bytes().filter(|byte| !is_separator(byte)).map(char::from).collect::<String>(),
    );
    let mut runs = joined.split(|one: char| !one.is_ascii_digit());
    let is_number = |run: &str| match run.as_bytes() {
        [b'1', b'3'..=b'9', ..] if run.len() == 11 => true,
        [b'3'..=b'6', ..] if (12..=19).contains(&run.len()) => check_card_number(run).luhn,
        _ => run.len() == 18 && check_id_number(run).checksum,
    };
    runs.any(is_number) || (joined.len() == 18 && check_id_number(&joined).checksum)
}

/// Drops from a vendor's text what cannot be seen.
pub(crate) fn make_visible(text: &mut String) {
    if text.contains(is_unseen) {
        text.retain(|one| !is_unseen(one));
    }
}

/// The last boundary of a character up to `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0)
}

/// Whether nothing that could belong to a longer word or number stands right before or after a span.
fn is_whole_word(text: &str, span: &Range<usize>) -> bool {
    let joins = |one: char| in_word(one) || matches!(one, '-' | '_');
    !text.get(..span.start).is_some_and(|before| before.ends_with(joins))
        && !text.get(span.end..).is_some_and(|after| after.starts_with(joins))
}

/// Where a text stands in another one, as it is.
fn places<'a>(text: &'a str, piece: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    text.match_indices(piece).map(|(at, piece)| at..at + piece.len())
}

/// A text as its readers make sense of it, each character with the bytes that it stands for.
struct Reading {
    characters: Zeroizing<Vec<char>>,
    source: Vec<Range<usize>>,
    /// Bytes that are escaped and are no text.
    opaque: Vec<Range<usize>>,
}

/// What an escape stands for.
#[derive(Clone, Copy)]
enum Unit {
    Byte(u8),
    Half(u16),
    Character(char),
}

/// A character's value where it is part of a name or a number: without case, digits and letters of
/// every width as ASCII.
fn plain(character: char) -> Option<char> {
    let code = u32::from(character);
    let digit = |zero: u32| char::from_digit((code - zero) % 10, 10);
    let character = match code {
        0xff01..=0xff5e => char::from_u32(code - 0xfee0)?,
        0x0660..=0x0669 => digit(0x0660)?,
        0x06f0..=0x06f9 => digit(0x06f0)?,
        0x0966..=0x096f => digit(0x0966)?,
        0x2070 | 0x2074..=0x2079 => digit(0x2070)?,
        0x2080..=0x2089 => digit(0x2080)?,
        0x2460..=0x2468 => digit(0x245f)?,
        0x1d7ce..=0x1d7ff => digit(0x1d7ce)?,
        _ => character,
    };
    if !character.is_alphanumeric() {
        return None;
    }
    character.to_lowercase().next()
}

impl Reading {
    fn with_capacity(capacity: usize) -> Self {
        Reading {
            characters: Zeroizing::new(Vec::with_capacity(capacity)),
            source: Vec::with_capacity(capacity),
            opaque: Vec::new(),
        }
    }

    fn of(text: &str) -> Self {
        let mut reading = Reading::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            reading.push(character, at..at + character.len_utf8());
        }
        reading
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        let mut reading = Reading::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            chunk.valid().chars().for_each(|character| reading.push(character, 0..0));
            if !chunk.invalid().is_empty() {
                reading.push(char::REPLACEMENT_CHARACTER, 0..0);
            }
        }
        reading
    }

    fn of_halves(bytes: &[u8]) -> Self {
        let mut reading = Reading::with_capacity(bytes.len());
        let halves = bytes.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair));
        for character in char::decode_utf16(halves) {
            reading.push(character.unwrap_or(char::REPLACEMENT_CHARACTER), 0..0);
        }
        reading
    }

    fn push(&mut self, character: char, source: Range<usize>) {
        self.characters.push(character);
        self.source.push(source);
    }

    /// The same with its escapes read; `None` where there are none.
    fn decoded(&self) -> Option<Reading> {
        let mut decoded = Reading::with_capacity(self.characters.len());
        let mut bytes: Zeroizing<Vec<u8>> =
            Zeroizing::new(Vec::with_capacity(self.characters.len()));
        let mut halves: Zeroizing<Vec<u16>> =
            Zeroizing::new(Vec::with_capacity(self.characters.len()));
        let mut sources: Vec<Range<usize>> = Vec::new();
        let (mut at, mut any) = (0, false);
        loop {
            let rest = self.characters.get(at..).unwrap_or_default();
            let unit = unit(rest);
            if !matches!(unit, Some((Unit::Byte(_), _))) && !bytes.is_empty() {
                decoded.push_bytes(&bytes, &sources);
                bytes.clear();
                sources.clear();
            }
            if !matches!(unit, Some((Unit::Half(_), _))) && !halves.is_empty() {
                decoded.push_halves(&halves, &sources);
                halves.clear();
                sources.clear();
            }
            let length = unit.map_or(1, |(_, length)| length);
            let Some(source) = self.span(at, length) else { break };
            match unit {
                Some((Unit::Byte(byte), _)) => {
                    bytes.push(byte);
                    sources.push(source);
                }
                Some((Unit::Half(half), _)) => {
                    halves.push(half);
                    sources.push(source);
                }
                Some((Unit::Character(character), _)) => decoded.push(character, source),
                None => decoded.push(rest.first().copied().unwrap_or_default(), source),
            }
            any |= unit.is_some();
            at += length;
        }
        any.then_some(decoded)
    }

    /// The bytes that so many characters stand for.
    fn span(&self, at: usize, length: usize) -> Option<Range<usize>> {
        let first = self.source.get(at)?;
        let last = self.source.get(at + length.max(1) - 1)?;
        Some(first.start..last.end)
    }

    fn push_bytes(&mut self, bytes: &[u8], sources: &[Range<usize>]) {
        let mut at = 0;
        let span = |at: usize, length: usize| {
            let first = sources.get(at).map_or(0, |source| source.start);
            first..sources.get(at + length.max(1) - 1).map_or(first, |source| source.end)
        };
        for chunk in bytes.utf8_chunks() {
            for character in chunk.valid().chars() {
                self.push(character, span(at, character.len_utf8()));
                at += character.len_utf8();
            }
            let invalid = chunk.invalid().len();
            if invalid > 0 {
                let source = span(at, invalid);
                // A character of its own, and no escape, has two bytes at the most.
                if source.len() > 2 * invalid {
                    self.opaque.push(source.clone());
                }
                self.push(char::REPLACEMENT_CHARACTER, source);
                at += invalid;
            }
        }
    }

    fn push_halves(&mut self, halves: &[u16], sources: &[Range<usize>]) {
        let mut at = 0;
        for character in char::decode_utf16(halves.iter().copied()) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            let first = sources.get(at).map_or(0, |source| source.start);
            let last = at + character.len_utf16() - 1;
            self.push(character, first..sources.get(last).map_or(first, |source| source.end));
            at = last + 1;
        }
    }

    /// Where it holds the values, by the bytes of the source.
    fn find(&self, needles: &[Needle], found: &mut Vec<Range<usize>>) {
        let mut letters: Zeroizing<Vec<char>> =
            Zeroizing::new(Vec::with_capacity(self.characters.len()));
        let mut places: Vec<usize> = Vec::with_capacity(self.characters.len());
        for (place, character) in self.characters.iter().enumerate() {
            if let Some(letter) = plain(*character) {
                letters.push(letter);
                places.push(place);
            }
        }
        for needle in needles {
            for piece in needle.pieces() {
                for (at, _) in letters
                    .windows(piece.len())
                    .enumerate()
                    .filter(|(_, window)| window.first() == piece.first() && *window == piece)
                {
                    let (Some(first), Some(last)) =
                        (places.get(at), places.get(at + piece.len() - 1))
                    else {
                        continue;
                    };
                    if needle.is_short() && !self.is_word(*first, *last) {
                        continue;
                    }
                    found.extend(self.span(*first, last - first + 1));
                }
            }
        }
    }

    /// Whether no ASCII letter or digit stands right before or after these characters.
    fn is_word(&self, first: usize, last: usize) -> bool {
        let joins = |place: Option<usize>| {
            let character = place.and_then(|place| self.characters.get(place));
            character.is_some_and(char::is_ascii_alphanumeric)
        };
        !joins(first.checked_sub(1)) && !joins(last.checked_add(1))
    }

    /// Where it holds the values in base64 or in hexadecimal digits.
    fn find_encoded(&self, needles: &[Needle], found: &mut Vec<Range<usize>>) {
        let is_hex = |one: char| one.is_ascii_hexdigit() || matches!(one, ' ' | ':' | '-' | ',');
        let base64 = self.runs(|one| sextet(one).is_some());
        let base64 = base64.into_iter().filter(|run| {
            (0..4).any(|skip| {
                let bytes = from_base64(self.word(run).get(skip..).unwrap_or_default());
                Reading::of_bytes(&bytes).holds(needles)
            })
        });
        let hex = self.runs(is_hex).into_iter().filter(|run| {
            (0..2).any(|skip| {
                let bytes = from_hex(self.word(run), skip);
                Reading::of_bytes(&bytes).holds(needles)
                    || Reading::of_halves(&bytes).holds(needles)
            })
        });
        found.extend(base64.chain(hex).filter_map(|run| self.span(run.start, run.len())));
    }

    /// Whether it holds a value, as it is or with its escapes read.
    fn holds(&self, needles: &[Needle]) -> bool {
        let mut found = Vec::new();
        self.find(needles, &mut found);
        if let Some(decoded) = self.decoded() {
            decoded.find(needles, &mut found);
        }
        !found.is_empty()
    }

    fn word(&self, run: &Range<usize>) -> &[char] {
        self.characters.get(run.clone()).unwrap_or_default()
    }

    /// The longest runs of such characters, as far as they are long enough to hold a value.
    fn runs(&self, belongs: impl Fn(char) -> bool) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let mut start = None;
        for (place, character) in self.characters.iter().enumerate() {
            match (start, belongs(*character)) {
                (None, true) => start = Some(place),
                (Some(first), false) => {
                    runs.push(first..place);
                    start = None;
                }
                _ => {}
            }
        }
        runs.extend(start.map(|first| first..self.characters.len()));
        runs.retain(|run| run.len() >= LONG);
        runs
    }
}

/// A value that is looked for.
struct Needle {
    letters: Zeroizing<Vec<char>>,
    is_ascii: bool,
}

impl Needle {
    fn of(value: &str) -> Option<Self> {
        let mut letters = Zeroizing::new(Vec::with_capacity(value.len()));
        letters.extend(value.chars().filter_map(plain));
        let is_ascii = letters.iter().all(char::is_ascii);
        let least = if is_ascii { SHORTEST } else { 1 };
        (letters.len() >= least).then_some(Needle { letters, is_ascii })
    }

    fn is_short(&self) -> bool {
        self.is_ascii && self.letters.len() < LONG
    }

    /// The value, and each piece of it that tells it. Zeros alone tell nothing.
    fn pieces(&self) -> impl Iterator<Item = &[char]> {
        let is_long = self.is_ascii && self.letters.len() > TELLING;
        let length = if is_long { TELLING } else { self.letters.len() };
        let tells = move |piece: &&[char]| {
            let mut seen = ['\0'; 3];
            let mut count = 0;
            for letter in piece.iter() {
                if !seen.contains(letter)
                    && let Some(place) = seen.get_mut(count)
                {
                    *place = *letter;
                    count += 1;
                }
            }
            !is_long || count == seen.len()
        };
        let whole = is_long.then_some(self.letters.as_slice());
        self.letters.windows(length).filter(tells).chain(whole)
    }
}

/// Where a text holds one of the values, sorted and apart from each other.
fn echoes(text: &str, hidden: &[&str]) -> Vec<Range<usize>> {
    let needles: Vec<Needle> = hidden.iter().filter_map(|value| Needle::of(value)).collect();
    let mut found = Vec::new();
    let mut reading = Reading::of(text);
    for _ in 0..=ROUNDS {
        reading.find(&needles, &mut found);
        reading.find_encoded(&needles, &mut found);
        let Some(decoded) = reading.decoded() else { break };
        reading = decoded;
        // Nobody can tell what it is.
        found.append(&mut reading.opaque);
    }
    found.sort_by_key(|span| span.start);
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for span in found {
        match apart.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => apart.push(span),
        }
    }
    apart
}

/// What the characters begin with where that is an escape, and how many of them it takes.
fn unit(text: &[char]) -> Option<(Unit, usize)> {
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
        Some((Unit::Byte(u8::try_from(value).ok()?), from + 2))
    };
    let half = |from| {
        let (value, _) = number(from, 16, 4..5)?;
        Some((Unit::Half(u16::try_from(value).ok()?), from + 4))
    };
    let closed = |from, radix, last: char, digits| {
        let (value, count) = number(from, radix, digits)?;
        let end = usize::from(text.get(from + count) == Some(&last));
        Some((Unit::Character(char::from_u32(value)?), from + count + end))
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
            Some((Unit::Character(*character), 1 + name.len()))
        }
        // UTF-8 that somebody read as Latin-1.
        ['\u{80}'..='\u{ff}', ..] => {
            let code = text.first().map(|one| u32::from(*one))?;
            Some((Unit::Byte(u8::try_from(code).ok()?), 1))
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

/// The value of a digit of base64, in either alphabet.
fn sextet(character: char) -> Option<u32> {
    let code = u32::from(character);
    match character {
        'A'..='Z' => Some(code - u32::from('A')),
        'a'..='z' => Some(code - u32::from('a') + 26),
        '0'..='9' => Some(code - u32::from('0') + 52),
        '+' | '-' => Some(62),
        '/' | '_' => Some(63),
        _ => None,
    }
}

/// The bytes of a text in base64 that may end anywhere.
fn from_base64(word: &[char]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(word.len()));
    let (mut bits, mut count) = (0u32, 0u32);
    for digit in word.iter().filter_map(|one| sextet(*one)) {
        bits = (bits << 6 | digit) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}

/// The bytes of hexadecimal digits, after so many of them.
fn from_hex(word: &[char], skip: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(word.len()));
    let mut digits = word.iter().filter_map(|one| one.to_digit(16)).skip(skip);
    while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
        bytes.push((high << 4 | low) as u8);
    }
    bytes
}

/// Appends a piece of a vendor's text that holds no value of the call.
fn show(shown: &mut String, whole: &str, span: Range<usize>) {
    let piece = whole.get(span.clone()).unwrap_or_default();
    let mut visible = Zeroizing::new(String::with_capacity(piece.len()));
    visible.extend(piece.chars().filter(|character| !is_unseen(*character)));
    let mut rest = visible.as_str();
    let mut before = whole.get(..span.start).and_then(|text| text.chars().next_back());
    while let Some(first) = rest.chars().next() {
        let begins = !before.is_some_and(|one| one.is_alphanumeric() || ":.-".contains(one));
        let kept = if begins { kept(rest) } else { 0 };
        let group = if kept > 0 { 0 } else { grouped(rest).unwrap_or(0) };
        let word = rest.find(|one| !in_word(one)).unwrap_or(rest.len());
        let taken = [kept, group, word].into_iter().find(|length| *length > 0);
        let (piece, after) = rest.split_at(taken.unwrap_or(first.len_utf8()));
        match (kept, group, word) {
            (0, 0, 1..) => show_word(shown, piece),
            (0, 1.., _) => shown.push_str(MASK),
            _ => shown.push_str(piece),
        }
        before = piece.chars().next_back();
        rest = after;
    }
}

/// How many bytes of a text are an address of this machine, a date or a number of a request: they
/// tell nothing of anybody.
fn kept(text: &str) -> usize {
    let ends =
        |at: usize| !text.get(at..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
    let address = |one: char| one.is_ascii_hexdigit() || matches!(one, ':' | '.');
    let run = text.find(|one| !address(one)).unwrap_or(text.len());
    let run = text.get(..run).unwrap_or_default().trim_end_matches(['.', ':']);
    if run.len() > 2 && run.parse::<IpAddr>().is_ok() && ends(run.len()) {
        return run.len();
    }
    let groups = text.find(|one: char| !one.is_ascii_hexdigit() && one != '-');
    let groups = text.get(..groups.unwrap_or(text.len())).unwrap_or_default();
    let groups = groups.trim_end_matches('-');
    if is_grouped_id(groups) && ends(groups.len()) {
        return groups.len();
    }
    let date: Option<&[u8; 10]> = text.as_bytes().first_chunk();
    if let Some([year @ .., a, m, n, b, d, e]) = date
        && matches!(year, [b'1', b'9', ..] | [b'2', b'0', ..])
        && a == b
        && matches!(a, b'-' | b'/' | b'.')
        && matches!((m, n), (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2'))
        && matches!((d, e), (b'0', b'1'..=b'9') | (b'1' | b'2', _) | (b'3', b'0' | b'1'))
        && [year.last(), year.get(2), Some(e)].iter().flatten().all(|one| one.is_ascii_digit())
        && ends(10)
    {
        return 10;
    }
    0
}

/// Whether a text is a number in groups of hexadecimal digits, as a UUID is, and no decimal number.
fn is_grouped_id(text: &str) -> bool {
    /// The fewest digits, and the longest run of decimal ones: a card number may have one more.
    const FEWEST: usize = 20;
    const DECIMAL: usize = 14;
    /// The same within one group, where a run of so many may still be a phone number.
    const DECIMAL_IN_GROUP: usize = 11;
    let digits = text.bytes().filter(|byte| *byte != b'-');
    let (mut count, mut run, mut longest) = (0, 0, 0);
    for digit in digits {
        count += 1;
        run = if digit.is_ascii_digit() { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let mut groups = text.split('-');
    let mut runs = text.split(|one: char| !one.is_ascii_digit());
    groups.clone().count() >= 3
        && groups.all(|group| group.len() >= GROUP)
        && count >= FEWEST
        && longest <= DECIMAL
        && runs.all(|run| run.len() <= DECIMAL_IN_GROUP && !holds_number(run))
}

/// Whether a character may be part of a credential, of a number, or of something encoded.
fn in_word(one: char) -> bool {
    one.is_alphanumeric() && (one.is_ascii() || one.is_numeric()) || matches!(one, '+' | '/' | '%')
}

/// How many bytes of `text` are digits in groups with one character between them that is neither a
/// letter nor a colon: as many as a phone number has, or groups of four, at least two of them and a
/// digit. `None` where it does not begin with such.
fn grouped(text: &str) -> Option<usize> {
    let mut rest = text;
    let (mut total, mut groups, mut of_four) = (0, 0, true);
    let mut separator = None;
    let mut end = 0;
    loop {
        let run = rest.find(|one| !is_digit(one)).unwrap_or(rest.len());
        let digits = rest.get(..run)?;
        let count = digits.chars().count();
        if count == 0 {
            break;
        }
        // Only the last group of a card's is shorter.
        of_four &= count <= GROUP && total == groups * GROUP;
        total += count;
        groups += 1;
        rest = rest.get(run..)?;
        end = text.len() - rest.len();
        let Some(between) = rest.chars().next().filter(|one| !one.is_alphanumeric() && *one != ':')
        else {
            break;
        };
        of_four &= *separator.get_or_insert(between) == between
            || !rest.get(between.len_utf8()..)?.starts_with(is_digit);
        rest = rest.get(between.len_utf8()..)?;
    }
    let is_card = of_four && total > 2 * GROUP;
    (groups > 1 && (is_card || total >= MASKED_GROUPED)).then_some(end)
}

fn is_digit(one: char) -> bool {
    plain(one).is_some_and(|one| one.is_ascii_digit())
}

/// Whether a word has letters and digits, as credentials have.
fn is_mixed(word: &str) -> bool {
    let any = |is: fn(&u8) -> bool| word.bytes().any(|one| is(&one));
    any(u8::is_ascii_digit) && any(u8::is_ascii_alphabetic)
}

fn show_word(shown: &mut String, word: &str) {
    let length = word.chars().count();
    if (length >= MASKED_WORD && is_mixed(word))
        || length >= 2 * MASKED_WORD
        || encodes_number(word)
    {
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

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "6222020000000000000";
    const NAME: &str = "张三";
    const ID: &str = "110101190001010014";
    const PHONE: &str = "13800000000";
    const VALUES: [&str; 4] = [CARD, NAME, ID, PHONE];

    fn bare(text: &str) -> String {
        scrub(text, [], None)
    }

    #[test]
    fn words_are_shown_short_and_without_numbers() {
        assert_eq!(shown("66660000"), "66660000");
        assert_eq!(shown("AuthFailure.6222020000000000000"), "AuthFailure.***");
        assert_eq!(shown("AuthFailure.6222-0200-0000-0000-000"), "AuthFailure.***");
        assert_eq!(shown("138 0000 0000"), "***");
        assert_eq!(shown("refused: nuPl0npriV8wseDOAfxmT"), "refused: ***");
        assert_eq!(shown(&format!("{}0123456789abcdef", "x ".repeat(28))).len(), 59);
        assert_eq!(shown("a\r\nb"), "a\u{fffd}\u{fffd}b");
        assert_eq!(shown(&"x".repeat(100)), "x".repeat(64));
    }

    #[test]
    fn scrub_masks_values_and_digit_runs_and_cuts() {
        assert_eq!(scrub("张三 has 6222020000000000000", ["张三"], None), "*** has ***");
        assert_eq!(bare("code 12345 at 123456"), "code 12345 at ***");
        assert_eq!(bare("a\r\nb\u{2028}c\u{202e}d"), "abcd");
        assert_eq!(bare(&"x ".repeat(300)).chars().count(), 201);
    }

    #[test]
    fn scrub_masks_groups_of_digits() {
        for (text, shown) in [
            ("card 6222 0200 0000 0000 000.", "card ***."),
            ("6222-0200-0000-0000", "***"),
            ("6222.0200.0000.0000", "***"),
            ("6222+0200+0", "***"),
            ("138-0000-0000 or 138.0000.0000", "*** or ***"),
            ("６２２２　０２００　００００　００００", "***"),
            ("110101-19000101-0014", "***"),
            ("1234-5678 9012", "***"),
            ("2026-11-22 04:50:01", "2026-11-22 04:50:01"),
            ("1234 5678", "1234 5678"),
            ("4 of 1000 1000 tries", "4 of 1000 1000 tries"),
            ("1234 12345", "1234 12345"),
        ] {
            assert_eq!(bare(text), shown);
        }
    }

    #[test]
    fn scrub_masks_credentials_and_what_is_encoded_but_no_words() {
        for (text, shown) in [
            ("Invalid AppCode `0123456789abcdef0123456789abcdef`", "Invalid AppCode `***`"),
            ("name=%E5%BC%A0%E4%B8%89&x=1", "name=***&x=1"),
            // In GBK, which nobody reads here.
            ("name=%D5%C5%C8%FD&x=1", "name=***&x=1"),
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
            ("id 123e4567-e89b-12d3-a456-42661417400a", "id 123e4567-e89b-12d3-a456-42661417400a"),
        ] {
            assert_eq!(scrub(text, [NAME], None), shown);
        }
    }

    #[test]
    fn addresses_and_the_request_s_number_can_be_read() {
        let text = "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: \
                    658cff8e-7783352d-44cb33e5";
        assert_eq!(scrub(text, VALUES, Some("658cff8e-7783352d-44cb33e5")), text);
        assert_eq!(bare(text), text);
        for text in [
            "address 192.168.100.200.",
            "address 2408:8456:3210:1234:5678:9012:3456:7890, port 8443",
            "no 20052720001184455816483514290105 here",
        ] {
            assert_eq!(scrub(text, VALUES, Some("20052720001184455816483514290105")), text);
        }
        // A phone number, or more digits in one group than it has, are no chance.
        for digits in ["13800000000", "889506162781"] {
            assert!(!bare(&format!("rid: 60f6692a-02a0c9fa-5e{digits}")).contains(digits));
        }
        // What holds a value is masked even in the number.
        assert_eq!(scrub("rid: a-张三-b", VALUES, Some("a-张三-b")), "rid: a-***-b");
        assert_eq!(bare("6222.0200.0000.0000"), "***");
    }

    #[test]
    fn the_request_s_number_does_not_split_a_longer_word() {
        for (text, id, seen) in [
            ("refused: B1jyikdVCUH48ErNxAH33HP7", "r", "refused: ***"),
            ("refused: B1jyikdVCUH48E/NxAH33HP7+x", "NxAH33HP7", "refused: ***"),
            ("token 0123456789abcdef4XU29Z4D1704061618", "4XU29Z4D1704061618", "token ***"),
            ("4XU29Z4D17040616180123456789abcdef", "4XU29Z4D1704061618", "***"),
            ("(4XU29Z4D1704061618), r", "4XU29Z4D1704061618", "(4XU29Z4D1704061618), r"),
            ("rid:4XU29Z4D1704061618.", "4XU29Z4D1704061618", "rid:4XU29Z4D1704061618."),
        ] {
            assert_eq!(scrub(text, VALUES, Some(id)), seen);
        }
    }

    /// Every way in which a vendor may say a value.
    fn forms(value: &str) -> Vec<String> {
        let joined = |one: &dyn Fn(char) -> String| value.chars().map(one).collect::<String>();
        let bytes = |one: &dyn Fn(u8) -> String| value.bytes().map(one).collect::<String>();
        let separated = |separator: &str| {
            let characters: Vec<String> = value.chars().map(String::from).collect();
            let size = if value.is_ascii() { 4 } else { 1 };
            let groups: Vec<String> = characters.chunks(size).map(|group| group.concat()).collect();
            groups.join(separator)
        };
        let wide = |one: char| match one {
            '!'..='~' => char::from_u32(u32::from(one) + 0xfee0).unwrap().to_string(),
            _ => one.to_string(),
        };
        let halves = |one: char| {
            let mut buffer = [0; 2];
            let halves = one.encode_utf16(&mut buffer);
            halves.iter().map(|half| format!("\\u{half:04x}")).collect::<String>()
        };
        let mut forms: Vec<String> =
            ["", " ", "-", ".", "_", "/", "  ", " - ", "\u{a0}", "·", ", "].map(separated).into();
        forms.extend([
            joined(&wide),
            joined(&halves),
            joined(&|one| halves(one).to_uppercase().replace("\\U", "\\u")),
            joined(&|one| format!("&#{};", u32::from(one))),
            joined(&|one| format!("&#x{:X};", u32::from(one))),
            joined(&|one| format!("&amp;#{};", u32::from(one))),
            joined(&|one| format!("U+{:04X}", u32::from(one))),
            bytes(&|byte| format!("%{byte:02X}")),
            bytes(&|byte| format!("%25{byte:02x}")),
            bytes(&|byte| format!("\\x{byte:02x}")),
            bytes(&|byte| format!("{byte:02x}")),
            bytes(&|byte| format!("{byte:02X} ")),
            bytes(&|byte| char::from(byte).to_string()),
            STANDARD.encode(value),
            STANDARD.encode(format!("n={value}&x=1")),
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("?{value}?")),
            format!("%5Cu{}", halves(value.chars().next().unwrap()).trim_start_matches("\\u"))
                + &value.chars().skip(1).map(halves).collect::<String>(),
            separated("&nbsp;"),
        ]);
        forms
    }

    #[test]
    fn a_value_is_found_however_it_is_written() {
        for value in VALUES {
            for form in forms(value) {
                assert!(is_echo(&form, &VALUES), "{form}");
                assert!(is_echo(&format!("E.{form}.x"), &VALUES), "{form}");
                assert_eq!(without_echoes(&form, &VALUES).matches(MASK).count(), 1, "{form}");
                let shown = scrub(&format!("no ({form}) there"), VALUES, Some("r"));
                assert!(shown.starts_with("no (") && shown.ends_with(") there"), "{shown}");
                let shown = shown.replace(MASK, "");
                assert!(!shown.chars().any(|one| one.is_numeric()), "{form}: {shown}");
                assert!(!shown.contains(['张', '三']), "{form}: {shown}");
            }
        }
        for text in ["", "ok", "FailedOperation.UnKnown", "-9110", "2D1A7E9C-5B0F-4C38-9A44"] {
            assert!(!is_echo(text, &VALUES), "{text}");
        }
        // A short name stands in words by chance, a whole word is one.
        assert!(!is_echo("unlimited", &["Lim", "Limi"]));
        assert!(is_echo("InvalidName.limi", &["Limi"]));
    }

    #[test]
    fn a_telling_piece_is_an_echo_and_zeros_are_none() {
        assert!(is_echo("x6222020000x", &[CARD]));
        assert!(!is_echo("00000000-0000-0000-0000-000000000000", &[CARD]));
        assert!(!is_echo("622202", &[CARD]));
    }

    #[test]
    fn a_request_s_number_looks_like_one_and_is_nobody_s() {
        for id in [
            "658cff8e-7783352d-44cb33e5",
            "2D1A7E9C-5B0F-4C38-9A44-0F6E3B7C1D20",
            // Twelve digits on end that pass for a card number.
            "1fc07c76-8f9b-499f-af59-6851679826f0",
            "20052720001184455816483514290105",
            "4XU29Z4D1704061618",
            "1732780000000-17",
            "a.b_c:d",
        ] {
            assert_eq!(identifier(id).as_deref(), Some(id));
        }
        for refused in [
            "",
            "a b",
            "a\nb",
            "张三",
            "a%20b",
            "<b>",
            "6222020000000000000",
            "x-6222-0200-0000-0000-000",
            "6222.0200.0000.0000.000",
            "110101190001010014",
            "11010119000101-0014",
            "13800000000",
            "id-138-0000-0000",
            &"x".repeat(65),
        ] {
            assert_eq!(identifier(refused), None, "{refused}");
        }
    }
}
