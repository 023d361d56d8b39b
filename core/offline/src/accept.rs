//! What the strips of one photo say together: the likeliest numbers, and how sure they are.

use cardwire_issuers::Issuers;

use crate::reader::{Columns, Text};

/// The digits of a card number.
const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;
/// The first digits and the lengths of the cards that schemes issue, for numbers whose issuer is not
/// known: UnionPay, Visa, Mastercard, JCB. 17 and 18 digits are rare, and often 19 with one lost.
const SCHEMES: [(std::ops::RangeInclusive<u16>, &[usize]); 5] = [
    (6200..=6299, &[16, 19]),
    (4000..=4999, &[16]),
    (5100..=5599, &[16]),
    (2221..=2720, &[16]),
    (3528..=3589, &[16]),
];
/// The strips that decide together.
const STRIPS: usize = 5;
/// A strip decides only if its best text is at most this much less likely than the best of all.
const FAR: f32 = 4.0;
/// The most that one strip speaks against a text.
const AGAINST: f32 = 6.0;
/// How much surer each strip makes a number that reads the same, from the third to the fifth.
const AGREED: f32 = 0.6;
/// The candidates that are told.
const CANDIDATES: usize = 5;

/// A number that may stand on the card.
#[derive(Clone)]
pub(crate) struct Scored {
    pub(crate) text: Text,
    /// The mean log-likelihood over the strips.
    pub(crate) score: f32,
    pub(crate) confidence: f32,
}

/// What a photo's strips say.
pub(crate) struct Verdict {
    /// The likeliest first.
    pub(crate) candidates: Vec<Scored>,
    /// Which strip told the first one best.
    pub(crate) strip: usize,
    pub(crate) is_sure: bool,
}

/// Returns whether a number's check digit fits.
pub(crate) fn fits(number: &[u8]) -> bool {
    let digits = number.iter().rev().map(|digit| u32::from(digit.wrapping_sub(b'0')));
    let weighed = digits.enumerate().map(|(place, digit)| match (place % 2, digit * 2) {
        (0, _) => digit,
        (_, twice) => twice / 10 + twice % 10,
    });
    weighed.sum::<u32>() % 10 == 0
}

/// Returns whether a text may be a card's number.
pub(crate) fn is_number(text: &[u8]) -> bool {
    LENGTHS.contains(&text.len()) && text.iter().all(u8::is_ascii_digit)
}

/// Returns whether a number is one that a scheme issues.
fn is_of_scheme(number: &[u8]) -> bool {
    let first = number.iter().take(4).fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    SCHEMES
        .iter()
        .any(|(firsts, lengths)| firsts.contains(&first) && lengths.contains(&number.len()))
}

/// Returns whether a text may be a date as cards show it.
pub(crate) fn is_date(text: &[u8]) -> bool {
    let Some(slash) = text.iter().position(|character| *character == b'/') else { return false };
    let (before, after) = (&text[..slash], &text[slash + 1..]);
    let month = |part: &[u8]| matches!(part, [b'0', b'1'..=b'9'] | [b'1', b'0'..=b'2']);
    let year = |part: &[u8]| {
        matches!(part, [b'0'..=b'9', b'0'..=b'9'] | [b'2', b'0', b'0'..=b'9', b'0'..=b'9'])
    };
    month(before) && year(after) || before.len() == 4 && year(before) && month(after)
}

/// Returns what strips say together of a text of one form; `sure` gives the confidence of the first
/// candidate from its score and the distance of the second.
fn together(
    strips: &[Columns],
    is_possible: impl Fn(&[u8]) -> bool,
    sure: impl Fn(&Text, f32, f32) -> f32,
) -> (Vec<Scored>, usize) {
    let mut read: Vec<(usize, Vec<&(Text, f32)>)> = Vec::new();
    let mut likeliest: Vec<(usize, f32)> = strips
        .iter()
        .enumerate()
        .filter(|(_, strip)| strip.is_whole() && is_possible(&strip.text))
        .map(|(at, strip)| (at, strip.score))
        .collect();
    likeliest.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (at, _) in likeliest.iter().take(STRIPS) {
        let texts = strips.get(*at).map(Columns::texts).unwrap_or_default();
        let texts: Vec<_> = texts.iter().filter(|(text, _)| is_possible(text)).collect();
        if !texts.is_empty() {
            read.push((*at, texts));
        }
    }
    let best_of = |texts: &[&(Text, f32)]| texts.first().map_or(f32::MIN, |(_, score)| *score);
    let best = read.iter().map(|(_, texts)| best_of(texts)).fold(f32::MIN, f32::max);
    read.retain(|(_, texts)| best_of(texts) >= best - FAR);
    let mut candidates: Vec<Scored> = Vec::new();
    for (text, _) in read.iter().flat_map(|(_, texts)| texts.iter().copied()) {
        if candidates.iter().all(|other| other.text != *text) {
            let said = read.iter().filter_map(|(at, texts)| {
                let likelihood = strips.get(*at)?.likelihood(text);
                Some(likelihood.max(best_of(texts) - AGAINST))
            });
            let score = said.sum::<f32>() / read.len() as f32;
            candidates.push(Scored { text: text.clone(), score, confidence: 0.0 });
        }
    }
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    candidates.truncate(CANDIDATES);
    let second = candidates.get(1).map_or(f32::MIN, |second| second.score);
    let first = candidates.first().map_or(f32::MIN, |first| first.score);
    let strip = candidates.first().and_then(|candidate| {
        let likelihood = |at: &usize| {
            strips.get(*at).map_or(f32::MIN, |strip| strip.likelihood(&candidate.text))
        };
        let told = read.iter().map(|(at, _)| *at);
        told.max_by(|a, b| likelihood(a).total_cmp(&likelihood(b)))
    });
    let mut left = 1.0;
    for (place, candidate) in candidates.iter_mut().enumerate() {
        candidate.confidence = if place == 0 {
            sure(&candidate.text, candidate.score, first - second)
        } else {
            left * (candidate.score - first).exp() / 2.0
        };
        left = (left - candidate.confidence).max(0.0);
    }
    (candidates, strip.unwrap_or(0))
}

/// Returns what strips say of a card's number. A number is sure only if it is the likeliest of all
/// as it was read: none is bent until its check digit fits.
pub(crate) fn number(strips: &[Columns], issuers: &Issuers, least: f32) -> Verdict {
    let agreeing = |text: &Text| strips.iter().filter(|strip| strip.text == *text).count();
    let is_known = |text: &[u8]| {
        std::str::from_utf8(text).is_ok_and(|number| issuers.lookup(number).is_some())
    };
    let sure = |text: &Text, score: f32, ahead: f32| {
        let doubts = f32::from(!fits(text)) * 4.0
            + f32::from(!is_known(text)) * if is_of_scheme(text) { 1.0 } else { 3.0 };
        let agreed = agreeing(text).saturating_sub(2).min(3) as f32 * AGREED;
        1.0 / (1.0 + (-(4.5 + 1.2 * score.min(0.0) + 0.4 * ahead.min(8.0) + agreed - doubts)).exp())
    };
    let (candidates, strip) = together(strips, is_number, sure);
    let is_sure = candidates.first().is_some_and(|first| {
        let is_issued = is_known(&first.text) || is_of_scheme(&first.text);
        first.confidence >= least && fits(&first.text) && is_issued
    });
    Verdict { candidates, strip, is_sure }
}

/// Returns the date that strips say, and how sure it is.
pub(crate) fn date(strips: &[Columns]) -> Option<(Text, f32)> {
    let sure = |_: &Text, score: f32, ahead: f32| {
        1.0 / (1.0 + (-(3.0 + 1.5 * score.min(0.0) + 0.4 * ahead.min(8.0))).exp())
    };
    let (candidates, _) = together(strips, is_date, sure);
    candidates.into_iter().next().map(|first| (first.text, first.confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits() {
        assert!(fits(b"6222020000000000000"));
        assert!(!fits(b"6222020000000000001"));
        assert!(fits(b"4111111111111111"));
    }

    /// What a network that is `sure` of each character says of a text.
    fn strip(text: &[u8], sure: &[f32]) -> Columns {
        Columns::told(text, sure)
    }

    const KNOWN: &[u8] = b"6222020000000000000";

    fn judged(strips: &[Columns]) -> Verdict {
        number(strips, Issuers::built_in(), 0.9)
    }

    #[test]
    fn a_number_that_was_read_surely_is_accepted() {
        let verdict = judged(&[strip(KNOWN, &[0.999; 19]), strip(KNOWN, &[0.995; 19])]);
        assert!(verdict.is_sure && verdict.candidates[0].text.as_slice() == KNOWN);
        assert_eq!(verdict.strip, 0);
        let doubtful = judged(&[strip(KNOWN, &[0.7; 19])]);
        assert!(!doubtful.is_sure && doubtful.candidates[0].text.as_slice() == KNOWN);
        assert!(doubtful.candidates[0].confidence < 0.5);
        assert!(judged(&[]).candidates.is_empty());
    }

    #[test]
    fn no_number_is_bent_until_its_check_digit_fits() {
        let mut altered = KNOWN.to_vec();
        altered[18] = b'1';
        // The next text, with a check digit that fits, is nearly as likely.
        let mut sure = [0.999; 19];
        sure[18] = 0.55;
        let verdict = judged(&[Columns::told_or(&altered, &sure, 18, b'0')]);
        assert_eq!(verdict.candidates[0].text.as_slice(), altered);
        assert_eq!(verdict.candidates[1].text.as_slice(), KNOWN);
        assert!(!verdict.is_sure);
    }

    #[test]
    fn an_unknown_prefix_needs_more_and_is_that_of_a_scheme() {
        let (unknown, known) = (b"4000000000000002", b"6200130000000000");
        assert!(fits(unknown) && Issuers::built_in().lookup("4000000000000002").is_none());
        let confidence = |text: &[u8]| judged(&[strip(text, &[0.98; 16])]).candidates[0].confidence;
        assert!(confidence(unknown) < confidence(known));
        let odd = [
            &b"40000000000000006"[..],
            b"77777700000000004",
            b"7777770000000004",
            b"4000000000000000006",
        ];
        for odd in odd {
            assert!(fits(odd) && !judged(&[strip(odd, &vec![0.9999; odd.len()])]).is_sure);
        }
    }

    #[test]
    fn dates_as_cards_show_them() {
        for date in ["01/29", "12/00", "2031/07", "07/2031"] {
            assert!(is_date(date.as_bytes()), "{date}");
        }
        for other in ["13/29", "00/29", "1/29", "01/2", "01-29", "0129", "01/02/29", "1999/07", ""]
        {
            assert!(!is_date(other.as_bytes()), "{other}");
        }
    }
}
