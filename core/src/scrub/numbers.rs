//! Numbers that could be somebody's, whether or not they are the call's: they are masked wherever a
//! stranger's text is shown or stored.

use zeroize::Zeroizing;

use super::escapes::letter;
use super::{GROUP, MASK, MASKED_WORD, READ_LIMIT};
use crate::numbers::{passes_luhn, resident_number};
use crate::values::is_unseen;

/// Digit runs of this length and more are masked in a code. The documented ones have eight at most.
const MASKED_CODE_RUN: usize = 9;

/// Digits with one separator between groups are masked from this number on, as long as a phone number.
const MASKED_GROUPED: usize = 11;

/// The longest code and the longest number of a request, in characters.
const WORD_LIMIT: usize = 64;

/// Returns a stranger's word in a form that is fit to show: short, without control characters, and
/// without a run of digits that could be somebody's number.
pub(crate) fn shown(word: &str) -> String {
    let mut shown = numbers_masked(word.chars().take(READ_LIMIT), true);
    if let Some((cut, _)) = shown.char_indices().nth(WORD_LIMIT) {
        shown.truncate(cut);
    }
    shown
}

/// Returns a text that is stored, without what cannot be seen and without the runs of digits, in
/// one piece or in groups, that could be a card's, an identity document's or a phone's.
pub(crate) fn without_numbers(text: &str) -> String {
    numbers_masked(text.chars(), false)
}

/// Returns the text with its numbers masked, and with its `credentials` too.
fn numbers_masked(text: impl Iterator<Item = char>, credentials: bool) -> String {
    // Instead of what was there, so that no word becomes another one, which has a meaning.
    let visible = |character: char| if is_unseen(character) { '\u{fffd}' } else { character };
    let text = Zeroizing::new(text.map(visible).collect::<String>());
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let group = digit_groups(rest).unwrap_or(0);
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
            // A word that was not masked has no part that is.
            (until(|one| !one.is_ascii_alphabetic()).max(first.len_utf8()), false)
        };
        let (piece, after) = rest.split_at(length);
        shown.push_str(if hides { MASK } else { piece });
        rest = after;
    }
    shown
}

/// Returns a vendor's number for a request, where the text looks like one: 1 to 64 ASCII letters,
/// digits, `-`, `_`, `.` and `:`, none of whose runs of digits is a card number, an ID number or a
/// phone number. In a UUID such runs are chance.
pub(crate) fn identifier(text: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let fits = (1..=WORD_LIMIT).contains(&text.len()) && text.bytes().all(allowed);
    (fits && (is_grouped_id(text) || !holds_number(text))).then(|| text.to_owned())
}

/// Returns the text with `***` instead of each run of at least so many digits.
pub(super) fn masked(text: &str, shortest: usize) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let digits = character.is_numeric();
        let end = rest.find(|other: char| other.is_numeric() != digits).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let hides = digits && run.chars().count() >= shortest;
        shown.push_str(if hides { MASK } else { run });
        rest = after;
    }
    shown
}

/// Returns whether a request's number holds somebody's number, its separators left out. What begins
/// with 1 and is no phone number may be a time.
pub(super) fn holds_number(text: &str) -> bool {
    let mut joined = Zeroizing::new(String::with_capacity(text.len()));
    joined.extend(text.chars().filter(char::is_ascii_alphanumeric));
    let is_resident = |text: &str| resident_number(text).is_some_and(|number| number.checksum);
    let mut runs = joined.split(|one: char| !one.is_ascii_digit());
    let is_number = |run: &str| match run.as_bytes() {
        [b'1', b'3'..=b'9', ..] if run.len() == 11 => true,
        [b'3'..=b'6', ..] if (12..=19).contains(&run.len()) => passes_luhn(run),
        _ => is_resident(run),
    };
    runs.any(is_number) || is_resident(&joined)
}

/// Returns how many bytes of `text` are digits in groups with one character between them that is
/// neither a letter nor a colon: as many as a phone number has, or groups of four, at least two of
/// them and a digit. `None` where it does not begin with such.
pub(super) fn digit_groups(text: &str) -> Option<usize> {
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
    letter(one).is_some_and(|one| one.is_ascii_digit())
}

/// Returns whether a word has letters and digits, as credentials have.
pub(super) fn is_mixed(word: &str) -> bool {
    let any = |is: fn(&u8) -> bool| word.bytes().any(|one| is(&one));
    any(u8::is_ascii_digit) && any(u8::is_ascii_alphabetic)
}

/// Returns whether a text is a number in groups of hexadecimal digits, as a UUID is, and no decimal
/// number.
pub(super) fn is_grouped_id(text: &str) -> bool {
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
