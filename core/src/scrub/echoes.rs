//! The search for the values of a call in a text, however they are written.

use std::borrow::Cow;
use std::char::DecodeUtf16Error;
use std::ops::Range;

use zeroize::Zeroizing;

use super::MASK;
use super::escapes::{
    Escape, escape_at, folded, from_base64, from_hex, letter, may_escape, sextet, sextets,
};
use super::sieve::{DIFFERENT, Sieve};

/// The most times that decoded text is decoded once more.
const ROUNDS: usize = 3;

/// So many characters of a value in one piece are an echo of it.
const TELLING: usize = 10;

/// An ASCII value of fewer characters may stand within a word by chance, and one of fewer than
/// `SHORTEST` anywhere.
const LONG: usize = 8;
const SHORTEST: usize = 4;

/// The values that no text of a vendor may show.
pub(crate) struct HiddenValues<'v> {
    pub(super) texts: Vec<&'v str>,
    values: Vec<HiddenValue>,
    /// Those of the values in ASCII and of the others: shorter ones tell there.
    ascii: Sieve,
    others: Sieve,
}

impl<'v> HiddenValues<'v> {
    pub(crate) fn new(texts: impl IntoIterator<Item = &'v str>) -> Self {
        let texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        let values: Vec<HiddenValue> =
            texts.iter().filter_map(|text| HiddenValue::of(text)).collect();
        let (mut ascii, mut others) = (Sieve::CLOSED, Sieve::CLOSED);
        for value in &values {
            let sieve = if value.is_ascii { &mut ascii } else { &mut others };
            *sieve = sieve.or(value.sieve());
        }
        HiddenValues { texts, values, ascii, others }
    }

    /// Returns a field of a result, without the values of the call. What the vendor says about a
    /// card is the result itself, and left as it is.
    pub(crate) fn masked_in<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let spans = self.echoes(text);
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

    /// Returns whether a text holds one of the values, or a telling piece of one, however it is
    /// written.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        !self.echoes(text).is_empty()
    }

    /// Returns the spans of a text that hold one of the values, sorted and apart from each other.
    pub(super) fn echoes(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut reading = Reading::of(text);
        for _ in 0..=ROUNDS {
            reading.find(self, &mut found);
            reading.find_encoded(self, &mut found);
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

    /// Returns whether a value may be found in what characters say, with their escapes or without.
    fn may_be_in(&self, characters: impl Iterator<Item = char>) -> bool {
        let (mut ascii, mut others) = (self.ascii.run(), self.others.run());
        for character in characters {
            if may_escape(character) {
                return true;
            }
            let letter = folded(character);
            if ascii.ends_piece(letter) | others.ends_piece(letter) {
                return true;
            }
        }
        false
    }
}

/// A value that is looked for.
struct HiddenValue {
    letters: Zeroizing<Vec<char>>,
    is_ascii: bool,
}

impl HiddenValue {
    fn of(value: &str) -> Option<Self> {
        let mut letters = Zeroizing::new(Vec::with_capacity(value.len()));
        letters.extend(value.chars().filter_map(letter));
        let is_ascii = letters.iter().all(char::is_ascii);
        let least = if is_ascii { SHORTEST } else { 1 };
        (letters.len() >= least).then_some(HiddenValue { letters, is_ascii })
    }

    fn is_short(&self) -> bool {
        self.is_ascii && self.letters.len() < LONG
    }

    fn is_long(&self) -> bool {
        self.is_ascii && self.letters.len() > TELLING
    }

    /// Returns how many letters its shortest piece has.
    fn piece_length(&self) -> usize {
        if self.is_long() { TELLING } else { self.letters.len() }
    }

    fn sieve(&self) -> Sieve {
        Sieve::of(&self.letters, self.piece_length())
    }

    /// Returns the value, and each piece of it that tells it. Zeros alone tell nothing.
    fn pieces(&self) -> impl Iterator<Item = &[char]> {
        let (is_long, length) = (self.is_long(), self.piece_length());
        let tells = move |piece: &&[char]| {
            let mut seen = ['\0'; DIFFERENT];
            let mut count = 0;
            for letter in piece.iter() {
                if !seen.contains(letter)
                    && let Some(next) = seen.get_mut(count)
                {
                    *next = *letter;
                    count += 1;
                }
            }
            !is_long || count == seen.len()
        };
        let whole = is_long.then_some(self.letters.as_slice());
        self.letters.windows(length).filter(tells).chain(whole)
    }
}

/// A text as its readers make sense of it, each character with the bytes that it stands for.
struct Reading {
    characters: Zeroizing<Vec<char>>,
    source: Vec<Range<usize>>,
    /// Bytes that are escaped and are no text.
    opaque: Vec<Range<usize>>,
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
        for character in text_of_halves(bytes) {
            reading.push(character.unwrap_or(char::REPLACEMENT_CHARACTER), 0..0);
        }
        reading
    }

    fn push(&mut self, character: char, source: Range<usize>) {
        self.characters.push(character);
        self.source.push(source);
    }

    /// Returns the same with its escapes read; `None` where there are none.
    fn decoded(&self) -> Option<Reading> {
        if !self.characters.iter().copied().any(may_escape) {
            return None;
        }
        let mut decoded = Reading::with_capacity(self.characters.len());
        let mut bytes: Zeroizing<Vec<u8>> =
            Zeroizing::new(Vec::with_capacity(self.characters.len()));
        let mut halves: Zeroizing<Vec<u16>> =
            Zeroizing::new(Vec::with_capacity(self.characters.len()));
        let mut sources: Vec<Range<usize>> = Vec::new();
        let (mut at, mut any) = (0, false);
        loop {
            let rest = self.characters.get(at..).unwrap_or_default();
            let escape = escape_at(rest);
            if !matches!(escape, Some((Escape::Byte(_), _))) && !bytes.is_empty() {
                decoded.push_bytes(&bytes, &sources);
                bytes.clear();
                sources.clear();
            }
            if !matches!(escape, Some((Escape::Half(_), _))) && !halves.is_empty() {
                decoded.push_halves(&halves, &sources);
                halves.clear();
                sources.clear();
            }
            let length = escape.map_or(1, |(_, length)| length);
            let Some(source) = self.span(at, length) else { break };
            match escape {
                Some((Escape::Byte(byte), _)) => {
                    bytes.push(byte);
                    sources.push(source);
                }
                Some((Escape::Half(half), _)) => {
                    halves.push(half);
                    sources.push(source);
                }
                Some((Escape::Character(character), _)) => decoded.push(character, source),
                None => decoded.push(rest.first().copied().unwrap_or_default(), source),
            }
            any |= escape.is_some();
            at += length;
        }
        any.then_some(decoded)
    }

    /// Returns the bytes that so many characters stand for.
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

    /// Finds the spans that hold the values, by the bytes of the source.
    fn find(&self, hidden: &HiddenValues, found: &mut Vec<Range<usize>>) {
        if !hidden.may_be_in(self.characters.iter().copied()) {
            return;
        }
        let mut letters: Zeroizing<Vec<char>> =
            Zeroizing::new(Vec::with_capacity(self.characters.len()));
        let mut indexes: Vec<usize> = Vec::with_capacity(self.characters.len());
        for (index, character) in self.characters.iter().enumerate() {
            if let Some(letter) = letter(*character) {
                letters.push(letter);
                indexes.push(index);
            }
        }
        for value in &hidden.values {
            let sieve = value.sieve();
            let mut run = sieve.run();
            if !letters.iter().any(|letter| run.ends_piece(*letter)) {
                continue;
            }
            for piece in value.pieces() {
                for (at, _) in letters
                    .windows(piece.len())
                    .enumerate()
                    .filter(|(_, window)| window.first() == piece.first() && *window == piece)
                {
                    let (Some(first), Some(last)) =
                        (indexes.get(at), indexes.get(at + piece.len() - 1))
                    else {
                        continue;
                    };
                    if value.is_short() && !self.is_word(*first, *last) {
                        continue;
                    }
                    found.extend(self.span(*first, last - first + 1));
                }
            }
        }
    }

    /// Returns whether no ASCII letter or digit stands right before or after these characters.
    fn is_word(&self, first: usize, last: usize) -> bool {
        let joins = |index: Option<usize>| {
            let character = index.and_then(|index| self.characters.get(index));
            character.is_some_and(char::is_ascii_alphanumeric)
        };
        !joins(first.checked_sub(1)) && !joins(last.checked_add(1))
    }

    /// Finds the spans that hold the values in base64 or in hexadecimal digits.
    fn find_encoded(&self, hidden: &HiddenValues, found: &mut Vec<Range<usize>>) {
        let is_hex = |one: char| one.is_ascii_hexdigit() || matches!(one, ' ' | ':' | '-' | ',');
        let base64 = self.runs(|one| sextet(one).is_some());
        let base64 = base64.into_iter().filter(|run| {
            let sextets = sextets(self.word(run));
            (0..4).any(|skip| {
                let bytes = from_base64(sextets.get(skip..).unwrap_or_default());
                hidden.may_be_in(text_of(&bytes)) && Reading::of_bytes(&bytes).holds(hidden)
            })
        });
        let hex = self.runs(is_hex).into_iter().filter(|run| {
            (0..2).any(|skip| {
                let bytes = from_hex(self.word(run), skip);
                hidden.may_be_in(text_of(&bytes)) && Reading::of_bytes(&bytes).holds(hidden)
                    || hidden.may_be_in(text_of_halves(&bytes).flatten())
                        && Reading::of_halves(&bytes).holds(hidden)
            })
        });
        found.extend(base64.chain(hex).filter_map(|run| self.span(run.start, run.len())));
    }

    /// Returns whether it holds a value, as it is or with its escapes read.
    fn holds(&self, hidden: &HiddenValues) -> bool {
        let mut found = Vec::new();
        self.find(hidden, &mut found);
        if let Some(decoded) = self.decoded() {
            decoded.find(hidden, &mut found);
        }
        !found.is_empty()
    }

    fn word(&self, run: &Range<usize>) -> &[char] {
        self.characters.get(run.clone()).unwrap_or_default()
    }

    /// Returns the longest runs of such characters, as far as they are long enough to hold a value.
    fn runs(&self, belongs: impl Fn(char) -> bool) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let mut start = None;
        for (index, character) in self.characters.iter().enumerate() {
            match (start, belongs(*character)) {
                (None, true) => start = Some(index),
                (Some(first), false) => {
                    runs.push(first..index);
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

/// Returns the characters that bytes are in UTF-8.
fn text_of(bytes: &[u8]) -> impl Iterator<Item = char> {
    bytes.utf8_chunks().flat_map(|chunk| chunk.valid().chars())
}

/// Returns the same in UTF-16.
fn text_of_halves(bytes: &[u8]) -> impl Iterator<Item = Result<char, DecodeUtf16Error>> {
    char::decode_utf16(bytes.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)))
}
