//! The search for a photo's number and date: where it looks, what it reads there, and when it has enough.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::accept::{self, Verdict};
use crate::faults::{Fault, Findings};
use crate::finder::{Finder, SQUARE, Sight};
use crate::picture::{Projection, Pyramid, Quadrilateral};
use crate::places::{
    VIEWS, VIEWS_AGAIN, between, is_beside, is_opposite, is_same, line_of, part_of,
    places_of_dates, views, within,
};
use crate::reader::{Columns, DATE_WIDTH, DIGIT_HEIGHT, NUMBER_WIDTH, Reader, STRIP_HEIGHT, Text};
use crate::{Refusal, SURE_DATE, Spent};

/// The lines that are looked at closely, and the dates.
const LINES: usize = 3;
const DATES: usize = 2;
/// Of the square in which a line is looked at closely, to the line's length.
const CLOSE: f32 = 1.3;
/// The share of wrong numbers that is borne where the first look decided nothing, to that of the first
/// look: each further look is a further chance to be wrong.
const LATE: f32 = 0.25;
/// Rows of a card in which its number may stand, by their middles and the digits' heights, both in
/// heights of the card: most layouts have it in the lower half.
const ROWS: std::ops::Range<usize> = 0..12;
const FIRST_ROW: f32 = 0.38;
const ROW_STEP: f32 = 0.033;
const HEIGHTS: [f32; 2] = [0.075, 0.055];
/// The strips that must read the same date before one that is taken without reading more.
const AGREED_DATES: usize = 2;
/// The least confidence with which a later date is preferred to a surer one.
const SURER_DATE: f32 = 0.8;
/// How far beyond a strip its number may go on, as a share of its width.
const BEYOND: f32 = 0.08;
/// The digits in which a number and a part of a longer one may differ and be the same.
const MISREAD: usize = 2;
/// The strips that must read a number before it is accepted.
const READ_BY: usize = 2;
/// Of a line that may hold a number.
const LEAST_DIGITS: usize = 10;
/// The log-likelihood by digit of a strip that is read no better than anything else would be.
const UNREADABLE: f32 = -0.8;
/// Rows that are looked at again, more closely.
const ROWS_AGAIN: usize = 2;

/// Strips as they were read, and where each lies.
#[derive(Default)]
pub(crate) struct Strips {
    pub(crate) strips: Vec<Columns>,
    pub(crate) places: Vec<Quadrilateral>,
}

/// Reads strips of one photo until it is told to stop.
pub(crate) struct Search<'a> {
    pub(crate) finder: &'a Finder,
    pub(crate) reader: &'a Reader,
    pub(crate) pyramid: &'a Pyramid,
    pub(crate) stop: &'a dyn Fn() -> bool,
    /// What the reader said of all strips together so far.
    pub(crate) judge: &'a dyn Fn(&[Columns]) -> Verdict,
    /// The least confidence of a number that is accepted.
    pub(crate) least: f32,
    pub(crate) spent: Cell<Spent>,
}

/// What was seen and read of a photo so far.
#[derive(Default)]
struct Seen {
    card: Option<Quadrilateral>,
    /// The share with which the surest cell of the whole photo belongs to a card or a number.
    surest: f32,
    dates: Vec<Quadrilateral>,
    /// Lines that were read.
    tried: Vec<Quadrilateral>,
    /// Every strip that holds a number.
    numbers: Strips,
    /// The surest number, and the strip that told it best.
    best: Option<(Verdict, Quadrilateral)>,
    is_decided: bool,
    /// The first look decided nothing.
    is_late: bool,
}

/// What a photo shows.
pub(crate) struct Found {
    pub(crate) number: Verdict,
    pub(crate) line: Option<Quadrilateral>,
    pub(crate) date: Option<(Text, f32)>,
    pub(crate) card: Option<Quadrilateral>,
    /// If the number is not sure.
    pub(crate) fault: Option<Fault>,
}

impl Search<'_> {
    fn go_on(&self) -> Result<(), Refusal> {
        if (self.stop)() { Err(Refusal::Stopped) } else { Ok(()) }
    }

    /// Does something and adds the time that it took to that of a stage.
    fn timed<T>(&self, stage: fn(&mut Spent) -> &mut Duration, act: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let out = act();
        let mut spent = self.spent.get();
        *stage(&mut spent) += began.elapsed();
        self.spent.set(spent);
        out
    }

    fn judged(&self, strips: &[Columns]) -> Verdict {
        self.timed(|spent| &mut spent.accept, || (self.judge)(strips))
    }

    /// Finds the card and reads it.
    pub(crate) fn run(&self) -> Result<Found, Refusal> {
        let mut seen = Seen::default();
        let first = self.look_at_all(false)?;
        seen.surest = first.surest;
        self.read_lines(&first, &mut seen)?;
        seen.is_late = true;
        if let Some(card) = seen.undecided_card() {
            // The lines of a card that is small in the photo are seen better from close by.
            if let Some(near) = self.look_around(&card)? {
                self.read_lines(&near, &mut seen)?;
            }
        }
        if !seen.is_decided {
            let turned = self.look_at_all(true)?;
            seen.surest = seen.surest.max(turned.surest);
            self.read_lines(&turned, &mut seen)?;
        }
        if let Some(card) = seen.undecided_card() {
            self.sweep(&card, &mut seen)?;
        }
        if let Some(card) = seen.undecided_card() {
            self.sweep(&card.upside_down(), &mut seen)?;
        }
        if !seen.is_decided {
            self.sweep(&self.whole(), &mut seen)?;
        }
        let (number, line) = self.last_word(&seen);
        let Seen { mut card, dates, surest, tried, .. } = seen;
        let findings = Findings {
            pyramid: self.pyramid,
            surest,
            card,
            line: tried.first().copied(),
            strip: line,
        };
        let fault = if number.is_sure { None } else { findings.fault() };
        // The way up is the one in which the number is read.
        if let (Some(line), Some(upright)) = (line, card)
            && is_opposite(&line, &upright)
        {
            card = Some(upright.upside_down());
        }
        let mut date = self.read_date(&dates, line)?;
        if let Some(line) = line.filter(|_| date.as_ref().is_none_or(|(_, sure)| *sure < SURE_DATE))
        {
            let places = self.dates_below(&line)?;
            date = self.read_date(&places, Some(line))?.or(date);
        }
        Ok(Found { number, line, date, card, fault })
    }

    /// Returns what the strips say in the end, and the one that told the number best.
    fn last_word(&self, seen: &Seen) -> (Verdict, Option<Quadrilateral>) {
        let Some((best, line)) = &seen.best else { return (self.judged(&[]), None) };
        if seen.is_decided {
            return (best.clone(), Some(*line));
        }
        // All strips around the surest line decide together, however it was found.
        let mut around = Strips::default();
        for (strip, place) in seen.numbers.strips.iter().zip(&seen.numbers.places) {
            if is_beside(line, place) {
                around.add(strip.clone(), *place);
            }
        }
        let mut verdict = self.judged(&around.strips);
        let place = around.places.get(verdict.strip).copied().unwrap_or(*line);
        // None of the looks was sure by itself, and many that err alike are no surer.
        verdict.is_sure = false;
        (verdict, Some(place))
    }

    /// Returns whether a number that the strips `own` say is sure, with all else that was read.
    fn is_accepted(
        &self,
        number: &Verdict,
        strip: &Quadrilateral,
        seen: &Seen,
        own: &Strips,
    ) -> Result<bool, Refusal> {
        let least = if seen.is_late { 1.0 - (1.0 - self.least) * LATE } else { self.least };
        let Some(first) = number.candidates.first() else { return Ok(false) };
        Ok(number.is_sure
            && first.confidence >= least
            && own.reading(&first.text) >= READ_BY
            && !seen.is_outvoted(number, own)
            && !self.is_part_of_more(strip, number)?)
    }

    /// Looks at the whole photo, as it is or turned by a quarter.
    fn look_at_all(&self, is_turned: bool) -> Result<Sight, Refusal> {
        self.go_on()?;
        let picture = self.pyramid.picture();
        let side = picture.width.max(picture.height) as f32;
        let mut corners = [[0.0, 0.0], [side, 0.0], [side, side], [0.0, side]];
        corners.rotate_left(usize::from(is_turned));
        Ok(self.look(&Quadrilateral(corners)).unwrap_or_default())
    }

    /// Looks at the square around a line or a card, in which it lies level.
    fn look_around(&self, place: &Quadrilateral) -> Result<Option<Sight>, Refusal> {
        self.go_on()?;
        let (along, _) = place.sides();
        let [x, y] = place.middle();
        let half = [along[0] * CLOSE / 2.0, along[1] * CLOSE / 2.0];
        let corner =
            |e: f32, d: f32| [x + half[0] * e - half[1] * d, y + half[1] * e + half[0] * d];
        Ok(self.look(&between(corner)))
    }

    /// Returns what a square of the photo shows, in the photo's pixels.
    fn look(&self, square: &Quadrilateral) -> Option<Sight> {
        let map = Projection::from_unit_square(square)?;
        let sight = self.timed(
            |spent| &mut spent.find,
            || Some(self.finder.look(self.pyramid.cut(square, SQUARE, SQUARE, false)?)),
        )?;
        let side = SQUARE as f32;
        let back = |place: &Quadrilateral| place.map(|[x, y]| map.at(x / side, y / side));
        Some(sight.moved(&back))
    }

    /// Reads the surest lines of a sight, looking at each from close by first.
    fn read_lines(&self, sight: &Sight, seen: &mut Seen) -> Result<(), Refusal> {
        seen.card = seen.card.or(sight.card);
        for line in sight.numbers.iter().take(LINES) {
            let close = self.look_around(&line.place)?.unwrap_or_default();
            let place = close.numbers.first().map_or(line.place, |near| near.place);
            seen.dates.extend(close.dates.iter().take(DATES).map(|line| line.place));
            if seen.tried.iter().any(|other| is_same(other, &place)) {
                continue;
            }
            seen.tried.push(place);
            for way in [place, place.upside_down()] {
                self.read_views(&way, seen)?;
                if seen.is_decided {
                    seen.card = close.card.or(seen.card);
                    return Ok(());
                }
            }
        }
        seen.dates.extend(sight.dates.iter().take(DATES).map(|line| line.place));
        Ok(())
    }

    /// Reads strips around a line one way up until they decide; then again around the line that the best
    /// of them tells.
    fn read_views(&self, line: &Quadrilateral, seen: &mut Seen) -> Result<(), Refusal> {
        let mut own = Strips::default();
        let (mut line, mut said) = (*line, None);
        for shapes in [VIEWS, VIEWS_AGAIN] {
            for (view, shape) in views(&line, &shapes).into_iter().zip(shapes) {
                if let Some(strip) = self.strip(&view, NUMBER_WIDTH, shape.is_even)? {
                    own.add(strip, view);
                }
                // Two strips that agree may be enough.
                if own.last_agrees() {
                    let verdict = self.judged(&own.strips);
                    if self.is_accepted(&verdict, &view, seen, &own)? {
                        seen.decide(verdict, &own);
                        return Ok(());
                    }
                }
                if own.strips.len() == 2 && own.most_digits() < LEAST_DIGITS {
                    return Ok(());
                }
            }
            let mut verdict = self.judged(&own.strips);
            if verdict.is_read {
                // It would have been accepted above.
                verdict.is_sure = false;
                seen.decide(verdict, &own);
                return Ok(());
            }
            said = Some(verdict);
            match own.line() {
                Some(told) => line = told,
                None => break,
            }
        }
        if let Some(verdict) = said {
            seen.offer(verdict, &own);
        }
        seen.numbers.append(own);
        Ok(())
    }

    /// Returns the whole photo, as if it were a card.
    fn whole(&self) -> Quadrilateral {
        let picture = self.pyramid.picture();
        let (right, lower) = (picture.width as f32, picture.height as f32);
        Quadrilateral([[0.0, 0.0], [right, 0.0], [right, lower], [0.0, lower]])
    }

    /// Reads row after row of a card, and again more closely those that hold a number. Numbers that the
    /// finder missed are found so.
    fn sweep(&self, card: &Quadrilateral, seen: &mut Seen) -> Result<(), Refusal> {
        let Some(map) = Projection::from_unit_square(card) else { return Ok(()) };
        let mut rows: Vec<(f32, Quadrilateral)> = Vec::new();
        for height in HEIGHTS {
            for row in ROWS {
                let middle = FIRST_ROW + row as f32 * ROW_STEP;
                let half = height * STRIP_HEIGHT as f32 / DIGIT_HEIGHT / 2.0;
                let place = between(|x, y| map.at((x + 1.0) / 2.0, middle + y * half));
                let Some(read) = self.strip(&place, NUMBER_WIDTH, false)? else { continue };
                if read.text.len() >= LEAST_DIGITS
                    && let Some(line) = line_of(&place, &read)
                {
                    rows.push((read.score / read.text.len() as f32, line));
                }
            }
        }
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut tried: Vec<Quadrilateral> = Vec::new();
        for (_, line) in rows {
            if seen.is_decided || tried.len() == ROWS_AGAIN {
                break;
            }
            if !tried.iter().any(|other| is_beside(other, &line)) {
                self.read_views(&line, seen)?;
                tried.push(line);
            }
        }
        Ok(())
    }

    /// Returns whether the number goes on beyond its strip: that of a document may be longer than any
    /// card's.
    fn is_part_of_more(&self, strip: &Quadrilateral, number: &Verdict) -> Result<bool, Refusal> {
        let wider = within(strip, [-BEYOND, 1.0 + BEYOND], [0.0, 1.0]);
        let Some(Columns { text, .. }) = self.strip(&wider, NUMBER_WIDTH, false)? else {
            return Ok(false);
        };
        // One of the two may have misread some digits.
        let is_nearly = |part: &[u8], first: &[u8]| {
            part.iter().zip(first).filter(|(one, other)| one != other).count() <= MISREAD
        };
        let holds = |first: &[u8]| text.windows(first.len()).any(|part| is_nearly(part, first));
        let first = number.candidates.first();
        Ok(first.is_some_and(|first| text.len() > first.text.len() && holds(&first.text)))
    }

    /// Reads the dates at some places; of several that are sure, a card is valid through the last.
    fn read_date(
        &self,
        places: &[Quadrilateral],
        number: Option<Quadrilateral>,
    ) -> Result<Option<(Text, f32)>, Refusal> {
        let mut read: Vec<(Text, f32)> = Vec::new();
        let mut tried: Vec<Quadrilateral> = Vec::new();
        for place in places {
            if tried.iter().any(|other| is_same(other, place)) {
                continue;
            }
            tried.push(*place);
            let ways = match number {
                Some(number) if is_opposite(&number, place) => vec![place.upside_down()],
                Some(_) => vec![*place],
                None => vec![*place, place.upside_down()],
            };
            for way in ways {
                let mut own = Strips::default();
                for view in views(&way, &VIEWS) {
                    if let Some(strip) = self.strip(&view, DATE_WIDTH, false)? {
                        let is_agreed = accept::is_date(&strip.text)
                            && own.reading(&strip.text) >= AGREED_DATES;
                        own.add(strip, view);
                        if is_agreed {
                            break;
                        }
                    }
                }
                read.extend(self.timed(|spent| &mut spent.accept, || accept::date(&own.strips)));
            }
        }
        let is_sure = |(_, sure): &&(Text, f32)| *sure >= SURER_DATE;
        let last = read.iter().filter(is_sure).max_by_key(|(date, _)| accept::month_of(date));
        let surest = || read.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        Ok(last.or_else(surest).cloned())
    }

    /// Returns the places below a number that look like dates.
    fn dates_below(&self, number: &Quadrilateral) -> Result<Vec<Quadrilateral>, Refusal> {
        let mut found: Vec<(f32, Quadrilateral)> = Vec::new();
        for place in places_of_dates(number) {
            let Some(strip) = views(&place, &VIEWS).first().copied() else { continue };
            let Some(read) = self.strip(&strip, DATE_WIDTH, false)? else { continue };
            if let Some((first, last)) = read.span().filter(|_| accept::is_date(&read.text)) {
                found.push((read.score, part_of(&strip, first, last)));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(found.into_iter().take(DATES).map(|(_, place)| place).collect())
    }

    /// Reads one strip.
    fn strip(
        &self,
        place: &Quadrilateral,
        width: usize,
        is_even: bool,
    ) -> Result<Option<Columns>, Refusal> {
        self.go_on()?;
        let cut = || self.pyramid.cut(place, width, STRIP_HEIGHT, true);
        let Some(pixels) = self.timed(|spent| &mut spent.cut, cut) else { return Ok(None) };
        Ok(Some(self.timed(|spent| &mut spent.read, || self.reader.read(pixels, is_even))))
    }
}

impl Strips {
    fn add(&mut self, strip: Columns, place: Quadrilateral) {
        self.strips.push(strip);
        self.places.push(place);
    }

    /// Returns whether the last strip reads the same number as one before.
    fn last_agrees(&self) -> bool {
        self.strips.split_last().is_some_and(|(last, before)| {
            accept::is_number(&last.text) && before.iter().any(|other| other.text == last.text)
        })
    }

    fn append(&mut self, other: Strips) {
        self.strips.extend(other.strips);
        self.places.extend(other.places);
    }

    fn reading(&self, text: &[u8]) -> usize {
        self.strips.iter().filter(|strip| strip.text.as_slice() == text).count()
    }

    fn most_digits(&self) -> usize {
        self.strips.iter().map(|strip| strip.text.len()).max().unwrap_or(0)
    }

    /// Returns the line that the best strip tells.
    fn line(&self) -> Option<Quadrilateral> {
        let by_digit = |strip: &Columns| strip.score / strip.text.len() as f32;
        self.strips
            .iter()
            .zip(&self.places)
            .filter(|(strip, _)| strip.text.len() >= LEAST_DIGITS && by_digit(strip) > UNREADABLE)
            .max_by(|(a, _), (b, _)| by_digit(a).total_cmp(&by_digit(b)))
            .and_then(|(strip, place)| line_of(place, strip))
    }
}

impl Seen {
    /// Returns whether more strips read another number so far: one of the same or a common length, for
    /// others have lost a digit.
    fn is_outvoted(&self, number: &Verdict, own: &Strips) -> bool {
        let Some(first) = number.candidates.first() else { return true };
        let votes = |text: &[u8]| self.numbers.reading(text) + own.reading(text);
        let most = votes(&first.text);
        let is_rival = |text: &[u8]| {
            accept::is_number(text)
                && (text.len() == first.text.len() || matches!(text.len(), 16 | 19))
        };
        let others = self.numbers.strips.iter().chain(&own.strips);
        others.map(|strip| &strip.text).any(|text| is_rival(text) && votes(text) > most)
    }

    /// Returns the card if its number was not yet read with confidence.
    fn undecided_card(&self) -> Option<Quadrilateral> {
        self.card.filter(|_| !self.is_decided)
    }

    /// Takes what the strips of one line say if nothing surer was read before.
    fn offer(&mut self, number: Verdict, strips: &Strips) {
        let sure = |number: &Verdict| number.candidates.first().map(|first| first.confidence);
        let is_surer = sure(&number) > self.best.as_ref().and_then(|(best, _)| sure(best));
        if let Some(place) = strips.places.get(number.strip).filter(|_| is_surer) {
            self.best = Some((number, *place));
        }
    }

    /// Takes what the strips of one line say as the last word.
    fn decide(&mut self, number: Verdict, strips: &Strips) {
        self.best = None;
        self.offer(number, strips);
        self.is_decided = true;
    }
}

#[cfg(test)]
mod tests;
