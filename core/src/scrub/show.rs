//! The rest of a vendor's text, put together as it may be shown.

use std::net::IpAddr;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::echoes::HiddenValues;
use super::numbers::{digit_groups, is_grouped_id, is_mixed, masked};
use super::{MASK, MASKED_DIGIT_RUN, MASKED_WORD, READ_LIMIT};
use crate::values::is_unseen;

/// Longest vendor text that is passed on, in characters.
const VENDOR_TEXT_LIMIT: usize = 200;

/// The end of what is read is not shown where more follows: a value may go on there.
const UNCERTAIN: usize = 512;

/// Makes a vendor's text fit to show: the values of the call are replaced, runs of digits and long
/// words masked, control characters dropped, the rest cut. `hidden` holds the call's own values and
/// secrets; `request_id`, which holds none of them, and addresses are shown as they are.
pub(crate) fn scrub(text: &str, hidden: &HiddenValues, request_id: Option<&str>) -> String {
    let read = text.get(..boundary_before(text, READ_LIMIT)).unwrap_or_default();
    let mut spans: Vec<(Range<usize>, bool)> =
        hidden.echoes(read).into_iter().map(|span| (span, false)).collect();
    for value in &hidden.texts {
        spans.extend(occurrences(read, value).map(|span| (span, false)));
    }
    if let Some(id) = request_id.filter(|id| !id.is_empty()) {
        let masks = spans.clone();
        let is_clear = |span: &Range<usize>| {
            is_whole_word(read, span)
                && masks.iter().all(|(mask, _)| mask.end <= span.start || span.end <= mask.start)
        };
        spans.extend(occurrences(read, id).filter(is_clear).map(|span| (span, true)));
    }
    spans.sort_by_key(|(span, _)| span.start);
    let is_whole = read.len() == text.len();
    let end = if is_whole { read.len() } else { boundary_before(read, READ_LIMIT - UNCERTAIN) };
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
    // What was dropped may have stood within a value that has no letter to be found by.
    for value in hidden.texts.iter().filter(|value| !value.contains('*')) {
        if shown.contains(*value) {
            shown = shown.replace(*value, MASK);
        }
    }
    if let Some((cut, _)) = shown.char_indices().nth(VENDOR_TEXT_LIMIT) {
        let in_number = |one: char| one.is_ascii_alphanumeric() || one == '-';
        let goes_on = shown.get(cut..).is_some_and(|rest| rest.starts_with(in_number));
        shown.truncate(cut);
        if goes_on {
            // Nobody can tell half a request's number from somebody's.
            shown.truncate(shown.trim_end_matches(in_number).len());
        }
        shown.push('…');
    }
    shown
}

/// Drops from a vendor's text what cannot be seen.
pub(crate) fn make_visible(text: &mut String) {
    if text.contains(is_unseen) {
        text.retain(|one| !is_unseen(one));
    }
}

/// Returns the last boundary of a character up to `at`.
fn boundary_before(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

/// Returns whether nothing that could belong to a longer word or number stands right before or
/// after a span.
fn is_whole_word(text: &str, span: &Range<usize>) -> bool {
    let joins = |one: char| in_word(one) || matches!(one, '-' | '_');
    !text.get(..span.start).is_some_and(|before| before.ends_with(joins))
        && !text.get(span.end..).is_some_and(|after| after.starts_with(joins))
}

/// Returns the spans in which a text stands in another one, as it is.
fn occurrences<'a>(text: &'a str, piece: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    text.match_indices(piece).map(|(at, piece)| at..at + piece.len())
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
        let kept = if begins { harmless(rest) } else { 0 };
        let group = if kept > 0 { 0 } else { digit_groups(rest).unwrap_or(0) };
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

/// Returns how many bytes of a text are an address of this machine, a date or a number of a
/// request: they tell nothing of anybody.
fn harmless(text: &str) -> usize {
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
    // A word that is joined to it may make it something else.
    let is_whole = ends(groups.len());
    let groups = groups.trim_end_matches('-');
    if is_grouped_id(groups) && is_whole {
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

/// Returns whether a character may be part of a credential, of a number, or of something encoded.
fn in_word(one: char) -> bool {
    one.is_alphanumeric() && (one.is_ascii() || one.is_numeric()) || matches!(one, '+' | '/' | '%')
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

/// Returns whether a word holds digits in base64, which may be letters alone. It may begin anywhere
/// in them.
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
