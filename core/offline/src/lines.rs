//! Where a photo's lines of digits may lie, and the strips that are read there.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::accept::{self, Verdict};
use crate::finder::{Finder, Line, SQUARE, Sight};
use crate::picture::{Projection, Pyramid, Quadrilateral, length};
use crate::reader::{Columns, DATE_WIDTH, DIGIT_HEIGHT, NUMBER_WIDTH, Reader, STRIP_HEIGHT, Text};
use crate::{Refusal, SURE_DATE, Spent};

/// The lines that are looked at closely, and the dates.
const LINES: usize = 2;
const DATES: usize = 2;
/// Of the square in which a line is looked at closely, to the line's length.
const CLOSE: f32 = 1.3;
/// Strips around a line: how far below it they lie, their scale, and the room before and after, in
/// heights of the line.
const VIEWS: [(f32, f32, f32); 7] = [
    (0.0, 1.0, 0.5),
    (0.0, 1.2, 0.7),
    (0.14, 1.0, 0.5),
    (-0.14, 1.0, 0.5),
    (0.0, 0.9, 0.9),
    (0.0, 1.1, 0.3),
    (0.07, 1.1, 0.8),
];

/// Rows of a card in which its number may stand, by their middles and the digits' heights, both in
/// heights of the card: most layouts have it in the lower half.
const ROWS: std::ops::Range<usize> = 0..12;
const FIRST_ROW: f32 = 0.38;
const ROW_STEP: f32 = 0.033;
const HEIGHTS: [f32; 2] = [0.075, 0.055];
/// Places of dates below a number: in heights of its digits, as shares of its strip, and how high their
/// digits are to its own.
const DATES_BELOW: [f32; 5] = [1.5, 2.0, 2.5, 3.0, 3.5];
const DATES_ALONG: [f32; 5] = [0.3, 0.4, 0.5, 0.6, 0.7];
const DATE_HEIGHT: f32 = 0.7;
/// How far beyond a strip its number may go on, as a share of its width.
const BEYOND: f32 = 0.08;
/// Of a row that may hold a number.
const LEAST_DIGITS: usize = 10;
/// Rows that are looked at again, more closely.
const ROWS_AGAIN: usize = 3;

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
    pub(crate) spent: Cell<Spent>,
}

/// What a photo shows.
pub(crate) struct Found {
    pub(crate) number: Verdict,
    pub(crate) line: Option<Quadrilateral>,
    pub(crate) date: Option<(Text, f32)>,
    pub(crate) card: Option<Quadrilateral>,
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
        let first = self.look_at_all()?;
        let mut card = first.card;
        let mut strips = Strips::default();
        let mut dates = Vec::new();
        let mut decided = false;
        for line in first.numbers.iter().take(LINES) {
            let close = self.look_closely(line)?;
            let near = close.as_ref().and_then(|sight| sight.numbers.first());
            let place = near.map_or(line.place, |near| near.place);
            decided = self.read_number(&place, &mut strips)?;
            if let Some(sight) = close {
                dates.extend(sight.dates.iter().take(DATES).map(|line| line.place));
                if decided || strips.strips.len() <= 2 * VIEWS.len() {
                    card = sight.card.or(card);
                }
            }
            if decided {
                break;
            }
        }
        dates.extend(first.dates.iter().take(DATES).map(|line| line.place));
        if !decided {
            decided = match card {
                Some(card) => self.sweep(&card, &mut strips)?,
                None => false,
            };
            if !decided {
                decided = self.sweep(&self.whole(), &mut strips)?;
            }
        }
        let mut number = self.judged(&strips.strips);
        number.is_sure &= decided;
        let line =
            strips.places.get(number.strip).copied().filter(|_| !number.candidates.is_empty());
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
        Ok(Found { number, line, date, card })
    }

    /// Looks at the whole photo.
    fn look_at_all(&self) -> Result<Sight, Refusal> {
        self.go_on()?;
        let picture = self.pyramid.picture();
        let side = picture.width.max(picture.height) as f32;
        let whole = Quadrilateral([[0.0, 0.0], [side, 0.0], [side, side], [0.0, side]]);
        Ok(self.look(&whole).unwrap_or_default())
    }

    /// Looks at the square around a line, in which the line lies level.
    fn look_closely(&self, line: &Line) -> Result<Option<Sight>, Refusal> {
        self.go_on()?;
        let (along, _) = line.place.sides();
        let [x, y] = line.place.middle();
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

    /// Reads strips around a line, both ways up; returns whether the number is sure.
    fn read_number(&self, line: &Quadrilateral, strips: &mut Strips) -> Result<bool, Refusal> {
        Ok(self.read_views(line, strips)? || self.read_views(&line.upside_down(), strips)?)
    }

    /// Reads strips around a line one way up; returns whether the number is sure, and then leaves only
    /// those strips: the others hold something else.
    fn read_views(&self, line: &Quadrilateral, strips: &mut Strips) -> Result<bool, Refusal> {
        let mut own = Strips::default();
        for view in views(line) {
            self.read(&view, NUMBER_WIDTH, &mut own)?;
            // Two strips that agree may be enough.
            let agrees = own.strips.split_last().is_some_and(|(last, before)| {
                accept::is_number(&last.text) && before.iter().any(|other| other.text == last.text)
            });
            if !agrees {
                continue;
            }
            let verdict = self.judged(&own.strips);
            if verdict.is_sure && !self.is_part_of_more(&view, &verdict)? {
                *strips = own;
                return Ok(true);
            }
        }
        strips.strips.append(&mut own.strips);
        strips.places.append(&mut own.places);
        Ok(false)
    }

    /// Returns the whole photo, as if it were a card.
    fn whole(&self) -> Quadrilateral {
        let picture = self.pyramid.picture();
        let (right, lower) = (picture.width as f32, picture.height as f32);
        Quadrilateral([[0.0, 0.0], [right, 0.0], [right, lower], [0.0, lower]])
    }

    /// Reads row after row of a card, and again more closely those that hold a number; returns whether
    /// it is sure. Numbers that the finder missed are found so.
    fn sweep(&self, card: &Quadrilateral, strips: &mut Strips) -> Result<bool, Refusal> {
        let Some(map) = Projection::from_unit_square(card) else { return Ok(false) };
        let mut rows: Vec<(f32, Quadrilateral)> = Vec::new();
        for height in HEIGHTS {
            for row in ROWS {
                let middle = FIRST_ROW + row as f32 * ROW_STEP;
                let half = height * STRIP_HEIGHT as f32 / DIGIT_HEIGHT / 2.0;
                let place = between(|x, y| map.at((x + 1.0) / 2.0, middle + y * half));
                let Some(read) = self.strip(&place, NUMBER_WIDTH)? else { continue };
                if let Some((first, last)) = read.span().filter(|_| read.text.len() >= LEAST_DIGITS)
                {
                    let line = part_of(&place, first, last);
                    rows.push((read.score / read.text.len() as f32, line));
                }
            }
        }
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, line) in rows.iter().take(ROWS_AGAIN) {
            if self.read_views(line, strips)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns whether the number goes on beyond its strip: that of a document may be longer than any
    /// card's.
    fn is_part_of_more(&self, strip: &Quadrilateral, number: &Verdict) -> Result<bool, Refusal> {
        let wider = within(strip, [-BEYOND, 1.0 + BEYOND], [0.0, 1.0]);
        let Some(Columns { text, .. }) = self.strip(&wider, NUMBER_WIDTH)? else {
            return Ok(false);
        };
        let holds = |first: &[u8]| text.windows(first.len()).any(|part| part == first);
        let first = number.candidates.first();
        Ok(first.is_some_and(|first| text.len() > first.text.len() && holds(&first.text)))
    }

    fn read_date(
        &self,
        places: &[Quadrilateral],
        number: Option<Quadrilateral>,
    ) -> Result<Option<(Text, f32)>, Refusal> {
        let mut strips = Strips::default();
        for place in places {
            let ways = match number {
                Some(number) if is_opposite(&number, place) => vec![place.upside_down()],
                Some(_) => vec![*place],
                None => vec![*place, place.upside_down()],
            };
            for view in ways.iter().flat_map(views) {
                self.read(&view, DATE_WIDTH, &mut strips)?;
            }
        }
        Ok(self.timed(|spent| &mut spent.accept, || accept::date(&strips.strips)))
    }

    /// Returns the places below a number that look like dates.
    fn dates_below(&self, number: &Quadrilateral) -> Result<Vec<Quadrilateral>, Refusal> {
        let mut found: Vec<(f32, Quadrilateral)> = Vec::new();
        for place in places_of_dates(number) {
            let Some(strip) = views(&place).first().copied() else { continue };
            let Some(read) = self.strip(&strip, DATE_WIDTH)? else { continue };
            if let Some((first, last)) = read.span().filter(|_| accept::is_date(&read.text)) {
                found.push((read.score, part_of(&strip, first, last)));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(found.into_iter().take(DATES).map(|(_, place)| place).collect())
    }

    fn read(
        &self,
        place: &Quadrilateral,
        width: usize,
        strips: &mut Strips,
    ) -> Result<(), Refusal> {
        if let Some(strip) = self.strip(place, width)? {
            strips.strips.push(strip);
            strips.places.push(*place);
        }
        Ok(())
    }

    /// Reads one strip.
    fn strip(&self, place: &Quadrilateral, width: usize) -> Result<Option<Columns>, Refusal> {
        self.go_on()?;
        let cut = || self.pyramid.cut(place, width, STRIP_HEIGHT, true);
        let Some(pixels) = self.timed(|spent| &mut spent.cut, cut) else { return Ok(None) };
        Ok(Some(self.timed(|spent| &mut spent.read, || self.reader.read(pixels))))
    }
}

/// Returns whether two texts are read in opposite directions.
fn is_opposite(a: &Quadrilateral, b: &Quadrilateral) -> bool {
    let (a, b) = (a.sides().0, b.sides().0);
    a[0] * b[0] + a[1] * b[1] < 0.0
}

/// Returns the quadrilateral whose corners lie from -1 to 1 both along the text and down.
fn between(corner: impl Fn(f32, f32) -> [f32; 2]) -> Quadrilateral {
    Quadrilateral([corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)])
}

/// Returns where the date may stand below a number, on the layouts of common cards.
fn places_of_dates(strip: &Quadrilateral) -> Vec<Quadrilateral> {
    let (along, down) = strip.sides();
    // Of the digits, whose strip is higher.
    let tall = length(down) * DIGIT_HEIGHT / STRIP_HEIGHT as f32;
    let e = [along[0] / length(along), along[1] / length(along)];
    let d = [down[0] / length(down), down[1] / length(down)];
    let [x, y] = strip.middle();
    let mut places = Vec::new();
    for below in DATES_BELOW {
        for share in DATES_ALONG {
            let middle = length(along) * (share - 0.5);
            let half = tall * DATE_HEIGHT / 2.0;
            let corner = |p: f32, q: f32| {
                let (on, off) = (middle + p * 4.8 * half, below * tall + q * half);
                [x + e[0] * on + d[0] * off, y + e[1] * on + d[1] * off]
            };
            places.push(between(corner));
        }
    }
    places
}

/// Returns the line of digits in a strip, between two shares of its width.
fn part_of(strip: &Quadrilateral, first: f32, last: f32) -> Quadrilateral {
    // The digits' share of the strip's height lies in its middle.
    let half = DIGIT_HEIGHT / STRIP_HEIGHT as f32 / 2.0;
    within(strip, [first, last], [0.5 - half, 0.5 + half])
}

/// Returns what lies between shares of a strip's width and of its height.
fn within(strip: &Quadrilateral, across: [f32; 2], down: [f32; 2]) -> Quadrilateral {
    let [a, b, c, d] = strip.0;
    let part_way = |p: [f32; 2], q: [f32; 2], share: f32| {
        [p[0] + (q[0] - p[0]) * share, p[1] + (q[1] - p[1]) * share]
    };
    let at = |x: usize, y: usize| {
        part_way(part_way(a, b, across[x]), part_way(d, c, across[x]), down[y])
    };
    Quadrilateral([at(0, 0), at(1, 0), at(1, 1), at(0, 1)])
}

/// Returns the strips around a line.
fn views(line: &Quadrilateral) -> Vec<Quadrilateral> {
    let (along, down) = line.sides();
    let tall = length(down);
    let e = [along[0] / length(along), along[1] / length(along)];
    let view = |(shift, scale, room): (f32, f32, f32)| {
        let grow = (scale * STRIP_HEIGHT as f32 / DIGIT_HEIGHT - 1.0) / 2.0;
        let [a, b, c, d] = line.0;
        let moved = |[x, y]: [f32; 2], down_by: f32, on: f32| {
            let on = on * room * tall;
            [
                x + down[0] * (down_by + shift) + e[0] * on,
                y + down[1] * (down_by + shift) + e[1] * on,
            ]
        };
        Quadrilateral([
            moved(a, -grow, -1.0),
            moved(b, -grow, 1.0),
            moved(c, grow, 1.0),
            moved(d, grow, -1.0),
        ])
    };
    VIEWS.into_iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_holds_the_line_in_its_middle() {
        let line = Quadrilateral([[10.0, 10.0], [210.0, 10.0], [210.0, 30.0], [10.0, 30.0]]);
        let views = views(&line);
        assert_eq!(views[0].0, [[0.0, 4.0], [220.0, 4.0], [220.0, 36.0], [0.0, 36.0]]);
        assert!(views.iter().all(|view| !is_opposite(view, &line)));
        assert!(is_opposite(&line.upside_down(), &line));
    }
}
