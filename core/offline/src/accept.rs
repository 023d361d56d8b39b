//! What the strips of one photo say together: the likeliest numbers, and how sure they are.

use cardwire_issuers::Issuers;

use crate::reader::{Columns, Text};

/// The digits of a card number.
const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;
/// The first digits and the lengths of the cards that schemes issue, for numbers whose issuer is not
/// known: UnionPay, Visa, Mastercard, JCB. 17 digits are rare, and often 18 with one lost.
const SCHEMES: [(std::ops::RangeInclusive<u16>, &[usize]); 5] = [
    (6200..=6299, &[16, 18, 19]),
    (4000..=4999, &[16]),
    (5100..=5599, &[16]),
    (2221..=2720, &[16]),
    (3528..=3589, &[16]),
];
/// The digits of a prefix that tells a card from an order: one of three fits one in a thousand of these.
const TELLING: usize = 4;
/// The strips that decide together.
const STRIPS: usize = 5;
/// A strip decides only if its best text is at most this much less likely than the best of all.
const FAR: f32 = 4.0;
/// How much likelier a number is whose check digit fits, of those that strips read as they stand: nearly
/// all cards have such a one, and one misread number of ten.
const FITS: f32 = 4.0;
/// How much less sure a number is whose check digit does not fit: it is misread, or else an altered card.
const UNFIT: f32 = 6.0;
/// How much less likely a number is whose prefix and length no issuer of the table and no scheme has: most
/// often it has lost a digit.
const UNUSUAL: f32 = 3.0;
/// The most that one strip speaks against a text.
const AGAINST: f32 = 6.0;
/// How much surer each strip makes a number that reads the same, from the third to the fifth.
const AGREED: f32 = 0.6;
/// The strips that must read the same, and how sure they must be, to settle what stands there.
const SETTLED: usize = 5;
const SURELY: f32 = 0.99;
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
#[derive(Clone)]
pub(crate) struct Verdict {
    /// The likeliest first.
    pub(crate) candidates: Vec<Scored>,
    /// Which strip told the first one best.
    pub(crate) strip: usize,
    pub(crate) is_sure: bool,
    /// It was read so confidently that nothing else stands there, be it a card's number or not.
    pub(crate) is_read: bool,
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

/// Returns whether the built-in table states a number's prefix and its length. A program's own table has
/// no say here: it names issuers, and a loose prefix in it would make a misread number sure.
fn is_stated(number: &[u8]) -> bool {
    let number = std::str::from_utf8(number).unwrap_or_default();
    Issuers::built_in().stated(number).is_some_and(|digits| digits >= TELLING)
}

/// Returns whether a number is one that an issuer or a scheme gives out.
fn is_issued(number: &[u8]) -> bool {
    is_stated(number) || is_of_scheme(number)
}

/// Returns whether an issuer gives a number out, or a scheme one of another length than 18: such numbers are rare, and
/// often 19 digits with one lost.
fn is_usual(number: &[u8]) -> bool {
    is_stated(number) || is_of_scheme(number) && number.len() != 18
}

/// Returns whether the table knows a number's prefix, with its length or, where it states none, with one
/// that is usual.
fn is_known(number: &[u8]) -> bool {
    let has_prefix = |number| Issuers::built_in().lookup(number).is_some();
    is_stated(number) || is_usual(number) && std::str::from_utf8(number).is_ok_and(has_prefix)
}

/// Returns whether a number may be that of an identity card (GB 11643): documents show it as well.
fn is_identity(number: &[u8]) -> bool {
    let value = |part: &[u8]| part.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    number.len() == 18
        && (1900..2100).contains(&value(&number[6..10]))
        && (1..=12).contains(&value(&number[10..12]))
        && (1..=31).contains(&value(&number[12..14]))
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

/// Returns what strips say together of a text of one form; `likelier` gives what else speaks for a
/// text, and `sure` the confidence of the first candidate from its score and the distance of the second.
fn together(
    strips: &[Columns],
    is_possible: impl Fn(&[u8]) -> bool,
    likelier: impl Fn(&Text) -> f32,
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
    candidates.sort_by_cached_key(|one| {
        std::cmp::Reverse(((one.score + likelier(&one.text)) * 1e3) as i64)
    });
    let first = candidates.first().map_or(f32::MIN, |first| first.score);
    let second = candidates.iter().skip(1).map(|one| one.score).fold(f32::MIN, f32::max);
    candidates.truncate(CANDIDATES);
    let strip = candidates.first().and_then(|candidate| {
        let likelihood = |at: &usize| {
            strips.get(*at).map_or(f32::MIN, |strip| strip.likelihood(&candidate.text))
        };
        let told = read.iter().map(|(at, _)| *at);
        told.max_by(|a, b| likelihood(a).total_cmp(&likelihood(b)))
    });
    // The share that is left, and the confidence of the one before: none is surer than it.
    let (mut left, mut before) = (1.0, 1.0);
    for (place, candidate) in candidates.iter_mut().enumerate() {
        let confidence = if place == 0 {
            sure(&candidate.text, candidate.score, first - second)
        } else {
            left * (candidate.score - first).min(0.0).exp() / 2.0
        };
        candidate.confidence = confidence.min(before);
        (left, before) = ((left - candidate.confidence).max(0.0), candidate.confidence);
    }
    (candidates, strip.unwrap_or(0))
}

/// Returns what strips say of a card's number. A number is sure only if it is the likeliest of all
/// as it was read: none is bent until its check digit fits.
pub(crate) fn number(strips: &[Columns], least: f32) -> Verdict {
    let agreeing = |text: &Text| strips.iter().filter(|strip| strip.text == *text).count();
    // The logarithm of the odds that the text stands there, be it a card's number or not.
    let odds = |text: &Text, score: f32, ahead: f32| {
        let agreed = agreeing(text).saturating_sub(2).min(3) as f32 * AGREED;
        4.5 + 1.2 * score.min(0.0) + 0.4 * ahead.clamp(-8.0, 8.0) + agreed
    };
    let share = |odds: f32| 1.0 / (1.0 + (-odds).exp());
    let sure = |text: &Text, score: f32, ahead: f32| {
        let unknown = if is_usual(text) { 1.0 } else { 3.0 };
        let doubts = f32::from(!fits(text)) * UNFIT + f32::from(!is_known(text)) * unknown;
        share(odds(text, score, ahead) - doubts)
    };
    let likelier = |text: &Text| {
        f32::from(fits(text) && agreeing(text) > 0) * FITS - f32::from(!is_usual(text)) * UNUSUAL
    };
    let (candidates, strip) = together(strips, is_number, likelier, sure);
    let ahead = |first: &Scored| {
        let others = candidates.iter().skip(1).map(|other| other.score);
        first.score - others.fold(f32::MIN, f32::max)
    };
    let is_sure = candidates.first().is_some_and(|first| {
        first.confidence >= least
            && ahead(first) > 0.0
            && fits(&first.text)
            && is_issued(&first.text)
            && !is_identity(&first.text)
    });
    let is_read = candidates.first().is_some_and(|first| {
        is_usual(&first.text)
            && agreeing(&first.text) >= SETTLED
            && share(odds(&first.text, first.score, ahead(first))) > SURELY
    });
    Verdict { candidates, strip, is_sure, is_read }
}

/// Returns the date that strips of one place say, and how sure it is.
pub(crate) fn date(strips: &[Columns]) -> Option<(Text, f32)> {
    let sure = |_: &Text, score: f32, ahead: f32| {
        1.0 / (1.0 + (-(3.0 + 1.5 * score.min(0.0) + 0.4 * ahead.min(8.0))).exp())
    };
    let (candidates, _) = together(strips, is_date, |_| 0.0, sure);
    candidates.into_iter().next().map(|first| (first.text, first.confidence))
}

/// Returns year and month of a date, by which dates come one after the other.
pub(crate) fn month_of(date: &[u8]) -> Option<(u16, u16)> {
    let slash = date.iter().position(|character| *character == b'/')?;
    let value = |part: &[u8]| part.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    let (before, after) = (&date[..slash], &date[slash + 1..]);
    let (year, month) = if before.len() == 4 { (before, after) } else { (after, before) };
    Some((value(year) % 100, value(month)))
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
        number(strips, 0.9)
    }

    #[test]
    fn a_number_that_was_read_with_confidence_is_accepted() {
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
        let identity = b"620101199001010019";
        let odd = [
            &identity[..],
            b"40000000000000006",
            b"77777700000000004",
            b"7777770000000004",
            b"4000000000000000006",
        ];
        for odd in odd {
            assert!(fits(odd) && !judged(&[strip(odd, &vec![0.9999; odd.len()])]).is_sure);
        }
    }

    #[test]
    fn a_row_without_a_length_vouches_for_none() {
        let table = Issuers::built_in();
        let issued = |number: &[u8]| {
            let text = std::str::from_utf8(number).unwrap();
            assert!(table.lookup(text).is_some() && table.stated(text).is_none());
            (is_known(number), is_issued(number), is_usual(number))
        };
        // A bank's prefix of UnionPay, and one of no scheme, both with any length.
        assert_eq!(issued(b"6205000000000000007"), (true, true, true));
        assert_eq!(issued(b"620500000000000001"), (false, true, false));
        assert_eq!(issued(b"62050000000000001"), (false, false, false));
        assert_eq!(issued(b"9400020000000000004"), (false, false, false));
        assert!(is_known(KNOWN) && is_issued(KNOWN) && is_usual(KNOWN));
        // A prefix of three digits is that of many an order.
        assert!(table.stated("8880000000000000") == Some(3) && !is_issued(b"8880000000000000"));
    }

    #[test]
    fn what_was_read_as_it_stands_and_fits_comes_first() {
        let mut misread = KNOWN.to_vec();
        misread[18] = b'1';
        let mut doubtful = [0.99; 19];
        doubtful[18] = 0.9;
        let strips = [strip(&misread, &[0.99; 19]), strip(KNOWN, &doubtful)];
        let verdict = judged(&strips);
        assert_eq!(verdict.candidates[0].text.as_slice(), KNOWN);
        assert!(!verdict.is_sure && verdict.candidates[0].confidence < 0.9);
        let confidences = verdict.candidates.iter().map(|one| one.confidence);
        assert!(confidences.is_sorted_by(|before, after| before >= after));
    }

    #[test]
    fn a_number_that_no_issuer_gives_out_comes_after_one_with_a_digit_more() {
        let lost = &KNOWN[..18];
        assert!(Issuers::built_in().lookup("622202000000000000").is_none());
        let strips = [strip(lost, &[0.9; 18]), strip(KNOWN, &[0.88; 19])];
        assert_eq!(judged(&strips).candidates[0].text.as_slice(), KNOWN);
    }

    #[test]
    fn an_altered_number_that_many_strips_read_is_settled_but_not_sure() {
        let mut altered = KNOWN.to_vec();
        altered[18] = b'1';
        let verdict = judged(&vec![strip(&altered, &[0.999; 19]); 6]);
        assert!(verdict.is_read && !verdict.is_sure);
        assert!(!judged(&vec![strip(&altered, &[0.999; 19]); 3]).is_read);
        assert!(!judged(&vec![strip(&KNOWN[..18], &[0.999; 18]); 6]).is_read);
    }

    #[test]
    fn identity_numbers_are_no_card_numbers() {
        assert!(is_identity(b"620101199001010014") && !is_identity(b"620101999901010014"));
        assert!(!is_identity(b"6201011990010100"));
    }

    #[test]
    fn dates_come_one_after_the_other() {
        let dates =
            ["11/29", "12/29", "2030/01", "02/30", "03/2030"].map(|d| month_of(d.as_bytes()));
        assert!(dates.is_sorted() && dates[0] == Some((29, 11)) && dates[2] == Some((30, 1)));
        assert_eq!(month_of(b"1129"), None);
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
