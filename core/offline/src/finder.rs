//! The network that finds the card, its number and its date in a photo, whichever way they are turned.

use crate::network::{Layer, Plane, Weights};
use crate::picture::{Quadrilateral, length, normalise};

/// The side of the square that the network sees.
pub(crate) const SQUARE: usize = 320;
/// Pixels between its cells.
const STEP: f32 = 8.0;
/// Pixels in one unit of its heights, and of its ways to a date.
const UNIT: f32 = 16.0;
const CELLS: usize = SQUARE / 8;
const OUTPUTS: usize = 13;

/// The least share of a cell that belongs to a line.
const LEAST: f32 = 0.25;
/// The parts that are looked at, by their size, and the lines that are told.
const MOST_PARTS: usize = 6;

pub(crate) struct Finder {
    down: Vec<Layer>,
    around: Vec<Layer>,
    all: Layer,
    side: Layer,
    up: Layer,
    joined: Layer,
    out: Layer,
}

/// A line of text that was found.
#[derive(Clone)]
pub(crate) struct Line {
    /// As it is read, if the network is right about which way up it is.
    pub(crate) place: Quadrilateral,
    /// The sum of its cells' shares.
    votes: f32,
}

/// What the network saw in a square.
#[derive(Default)]
pub(crate) struct Sight {
    /// The surest first.
    pub(crate) numbers: Vec<Line>,
    pub(crate) dates: Vec<Line>,
    pub(crate) card: Option<Quadrilateral>,
    /// The share with which the surest cell belongs to a card or a number.
    pub(crate) surest: f32,
}

impl Sight {
    /// Returns it in other coordinates.
    pub(crate) fn moved(mut self, change: &impl Fn(&Quadrilateral) -> Quadrilateral) -> Self {
        for line in self.numbers.iter_mut().chain(&mut self.dates) {
            line.place = change(&line.place);
        }
        self.card = self.card.as_ref().map(change);
        self
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Date,
}

/// One cell of what the network says.
#[derive(Clone, Copy)]
struct Cell {
    at: [f32; 2],
    out: [f32; OUTPUTS],
}

impl Cell {
    fn share(&self, kind: usize) -> f32 {
        1.0 / (1.0 + (-self.out[kind]).exp())
    }

    fn votes(&self, kind: Kind) -> f32 {
        self.share(if kind == Kind::Number { 1 } else { 2 })
    }

    fn height(&self, kind: Kind) -> f32 {
        self.out[if kind == Kind::Number { 7 } else { 10 }].clamp(-4.0, 4.0).exp() * UNIT
    }

    /// Returns the point of the line's middle, or of the date's centre, that it tells.
    fn point(&self, kind: Kind) -> [f32; 2] {
        let (from, unit) = if kind == Kind::Number { (8, STEP) } else { (11, UNIT) };
        [self.at[0] + self.out[from] * unit, self.at[1] + self.out[from + 1] * unit]
    }
}

fn dot(a: [f32; 2], b: [f32; 2]) -> f32 {
    a[0] * b[0] + a[1] * b[1]
}

fn less(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

/// Returns the direction a quarter turn on: from the upper edge of a text to the lower one.
fn across(e: [f32; 2]) -> [f32; 2] {
    [-e[1], e[0]]
}

impl Finder {
    pub(crate) fn new(weights: &mut Weights<'_>) -> Option<Self> {
        Some(Finder {
            down: weights.layers(4)?,
            around: weights.layers(3)?,
            all: weights.layer()?,
            side: weights.layer()?,
            up: weights.layer()?,
            joined: weights.layer()?,
            out: weights.layer()?,
        })
    }

    /// Looks at a square picture, given by the values of its pixels.
    pub(crate) fn look(&self, mut square: Vec<f32>) -> Sight {
        normalise(&mut square);
        let mut x = Plane { height: SQUARE, width: SQUARE, channels: 1, values: square };
        let mut fine = Plane::default();
        for (at, layer) in self.down.iter().enumerate() {
            x = x.through(layer);
            if at == 2 {
                fine = self.side.apply(&x, false);
            }
        }
        for layer in &self.around {
            let more = layer.apply(&x, true);
            x.add(&more);
        }
        let all = self.all.apply(&x.mean(), true);
        x.add_everywhere(&all);
        fine.add(&self.up.apply(&x, false).doubled());
        fine.rectify();
        let more = self.joined.apply(&fine, true);
        fine.add(&more);
        let out = self.out.apply(&fine, false);
        sight(&out.values)
    }
}

fn sight(outputs: &[f32]) -> Sight {
    let cells: Vec<Cell> = outputs
        .chunks_exact(OUTPUTS)
        .enumerate()
        .map(|(at, values)| {
            let mut out = [0.0; OUTPUTS];
            out.copy_from_slice(values);
            let centre = |k: usize| k as f32 * STEP + STEP / 2.0;
            Cell { at: [centre(at % CELLS), centre(at / CELLS)], out }
        })
        .collect();
    let numbers = lines(&cells, Kind::Number);
    let card = outline(&cells, numbers.first());
    let surest = cells.iter().map(|cell| cell.share(0).max(cell.share(1))).fold(0.0, f32::max);
    Sight { dates: lines(&cells, Kind::Date), numbers, card, surest }
}

/// Returns the groups of neighbouring cells that fulfil a condition, by their index.
fn parts(is_in: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let mut open: Vec<bool> = (0..CELLS * CELLS).map(is_in).collect();
    let mut out = Vec::new();
    for start in 0..open.len() {
        if !std::mem::take(&mut open[start]) {
            continue;
        }
        let (mut part, mut next) = (vec![start], 0);
        while let Some(&at) = part.get(next) {
            next += 1;
            let (x, y) = (at % CELLS, at / CELLS);
            for row in y.saturating_sub(1)..=(y + 1).min(CELLS - 1) {
                for column in x.saturating_sub(1)..=(x + 1).min(CELLS - 1) {
                    if std::mem::take(&mut open[row * CELLS + column]) {
                        part.push(row * CELLS + column);
                    }
                }
            }
        }
        out.push(part);
    }
    out
}

/// Returns the lines that the cells tell, the surest first.
fn lines(cells: &[Cell], kind: Kind) -> Vec<Line> {
    let pick = |part: Vec<usize>| -> Vec<Cell> {
        part.iter().filter_map(|at| cells.get(*at)).copied().collect()
    };
    let votes = |part: &[Cell]| part.iter().map(|cell| cell.votes(kind)).sum::<f32>();
    let mut left: Vec<Vec<Cell>> =
        parts(|at| cells.get(at).is_some_and(|cell| cell.votes(kind) > LEAST))
            .into_iter()
            .map(pick)
            .collect();
    left.sort_by(|a, b| votes(b).total_cmp(&votes(a)));
    left.truncate(MOST_PARTS);
    let mut found = Vec::new();
    while !left.is_empty() {
        let mut part = left.remove(0);
        let mut line = fitted(&part, kind);
        if kind == Kind::Number {
            // What continues the line beyond a gap.
            left.retain(|other| {
                let continues = continues(&line.place, other);
                if continues {
                    part.extend_from_slice(other);
                    line = fitted(&part, kind);
                }
                !continues
            });
        }
        found.push(line);
    }
    found.sort_by(|a, b| b.votes.total_cmp(&a.votes));
    found
}

/// Returns whether cells lie on a line's continuation.
fn continues(line: &Quadrilateral, part: &[Cell]) -> bool {
    let (along, down) = line.sides();
    let (long, tall) = (length(along), length(down));
    let e = [along[0] / long, along[1] / long];
    let there: Vec<[f32; 2]> =
        part.iter().map(|cell| less(cell.point(Kind::Number), line.middle())).collect();
    let along = there.iter().map(|point| dot(*point, e));
    let (first, last) =
        along.fold((f32::MAX, f32::MIN), |(low, high), t| (low.min(t), high.max(t)));
    let gap = (first - long / 2.0).max(-long / 2.0 - last);
    let mut off: Vec<f32> = there.iter().map(|point| dot(*point, across(e)).abs()).collect();
    off.sort_by(f32::total_cmp);
    let median = off.get(off.len() / 2).copied().unwrap_or(f32::MAX);
    gap < 3.0 * tall + STEP && median < 0.6 * tall + 0.05 * gap.max(0.0)
}

/// Returns the line through some cells.
fn fitted(part: &[Cell], kind: Kind) -> Line {
    let weight: f32 = part.iter().map(|cell| cell.votes(kind)).sum();
    let mean = |value: &dyn Fn(&Cell) -> f32| {
        part.iter().map(|cell| cell.votes(kind) * value(cell)).sum::<f32>() / weight
    };
    let angle = mean(&|cell| cell.out[4]).atan2(mean(&|cell| cell.out[3])) / 2.0;
    let mut e = [angle.cos(), angle.sin()];
    if dot(e, [mean(&|cell| cell.out[5]), mean(&|cell| cell.out[6])]) < 0.0 {
        e = [-e[0], -e[1]];
    }
    let centre = [mean(&|cell| cell.point(kind)[0]), mean(&|cell| cell.point(kind)[1])];
    let tall = mean(&|cell| cell.height(kind));
    if kind == Kind::Date {
        return Line {
            place: around(centre, e, [-2.4 * tall, 2.4 * tall], [tall, tall]),
            votes: weight,
        };
    }
    let along = |cell: &Cell| dot(less(cell.at, centre), e);
    let middle = mean(&along);
    let spread = mean(&|cell| along(cell).powi(2)) + 0.2 * tall * tall + 64.0 / weight;
    let off = |cell: &Cell| dot(less(cell.point(kind), centre), across(e));
    let lean = mean(&|cell| (along(cell) - middle) * off(cell)) / spread;
    let (sin, cos) = lean.clamp(-0.2, 0.2).atan().sin_cos();
    let grow = (mean(&|cell| (along(cell) - middle) * (cell.height(kind) - tall)) / spread)
        .clamp(-0.05, 0.05);
    let e = [e[0] * cos - e[1] * sin, e[0] * sin + e[1] * cos];
    let along = part.iter().map(|cell| dot(less(cell.at, centre), e));
    let (first, last) =
        along.fold((f32::MAX, f32::MIN), |(low, high), t| (low.min(t), high.max(t)));
    let (first, last) = (first - 1.0, last + 1.0);
    let heights = [tall + grow * (first - middle), tall + grow * (last - middle)];
    Line { place: around(centre, e, [first, last], heights), votes: weight }
}

/// Returns the quadrilateral along a direction through a point, by its ends and the heights there.
fn around(centre: [f32; 2], e: [f32; 2], ends: [f32; 2], heights: [f32; 2]) -> Quadrilateral {
    let d = across(e);
    let at = |t: f32, h: f32| [centre[0] + e[0] * t + d[0] * h, centre[1] + e[1] * t + d[1] * h];
    let (before, after) = (heights[0].max(1.0) / 2.0, heights[1].max(1.0) / 2.0);
    Quadrilateral([
        at(ends[0], -before),
        at(ends[1], -after),
        at(ends[1], after),
        at(ends[0], before),
    ])
}

/// Returns the outline of the card: the one that holds a line, or else the largest.
fn outline(cells: &[Cell], line: Option<&Line>) -> Option<Quadrilateral> {
    let parts = parts(|at| cells.get(at).is_some_and(|cell| cell.share(0) > 0.5));
    let holds = |part: &Vec<usize>| {
        line.is_some_and(|line| {
            let [x, y] = line.place.middle();
            let cell = |value: f32| ((value / STEP).max(0.0) as usize).min(CELLS - 1);
            part.contains(&(cell(y) * CELLS + cell(x)))
        })
    };
    let part = parts
        .iter()
        .find(|part| holds(part))
        .or_else(|| parts.iter().max_by_key(|part| part.len()))?;
    let card: Vec<&Cell> = part.iter().filter_map(|at| cells.get(*at)).collect();
    let sum = |k: usize| card.iter().map(|cell| cell.out[k]).sum::<f32>();
    let angle = sum(4).atan2(sum(3)) / 2.0;
    let mut e = [angle.cos(), angle.sin()];
    let way = line.map_or([sum(5), sum(6)], |line| line.place.sides().0);
    if dot(e, way) < 0.0 {
        e = [-e[0], -e[1]];
    }
    let d = across(e);
    let count = card.len() as f32;
    let centre = [
        card.iter().map(|cell| cell.at[0]).sum::<f32>() / count,
        card.iter().map(|cell| cell.at[1]).sum::<f32>() / count,
    ];
    let flat: Vec<[f32; 2]> = card
        .iter()
        .map(|cell| {
            let far = less(cell.at, centre);
            [dot(far, e), dot(far, d)]
        })
        .collect();
    let swapped: Vec<[f32; 2]> = flat.iter().map(|[s, t]| [*t, *s]).collect();
    let (upper, lower) = edges(&flat)?;
    let (left, right) = edges(&swapped)?;
    // Where t = a + b s meets s = p + q t.
    let corner = |(a, b): (f32, f32), (p, q): (f32, f32)| {
        let s = (p + q * a) / (1.0 - q * b);
        let t = a + b * s;
        [centre[0] + e[0] * s + d[0] * t, centre[1] + e[1] * s + d[1] * t]
    };
    let quad = Quadrilateral([
        corner(upper, left),
        corner(upper, right),
        corner(lower, right),
        corner(lower, left),
    ]);
    quad.0.iter().flatten().all(|value| value.is_finite()).then_some(quad)
}

/// Returns the lines along the lower and the higher end of points' second coordinate, each as its
/// offset and slope over the first.
fn edges(points: &[[f32; 2]]) -> Option<((f32, f32), (f32, f32))> {
    let low = points.iter().map(|point| point[0]).fold(f32::MAX, f32::min);
    let high = points.iter().map(|point| point[0]).fold(f32::MIN, f32::max);
    let bins = ((high - low) / STEP) as usize + 1;
    let mut ends = vec![(f32::MAX, f32::MIN); bins];
    for [s, t] in points {
        if let Some((least, most)) = ends.get_mut(((s - low) / STEP) as usize) {
            (*least, *most) = (least.min(*t), most.max(*t));
        }
    }
    // The corners are round, and cut by a crooked edge.
    let skipped = bins / 6;
    let inner: Vec<(f32, f32, f32)> = ends
        .iter()
        .enumerate()
        .skip(skipped)
        .take(bins - 2 * skipped)
        .filter(|(_, (least, most))| least <= most)
        .map(|(bin, (least, most))| {
            (low + (bin as f32 + 0.5) * STEP, least - STEP / 2.0, most + STEP / 2.0)
        })
        .collect();
    if inner.is_empty() {
        return None;
    }
    let count = inner.len() as f32;
    let middle = inner.iter().map(|(s, ..)| s).sum::<f32>() / count;
    let spread = inner.iter().map(|(s, ..)| (s - middle).powi(2)).sum::<f32>();
    let through = |value: &dyn Fn(&(f32, f32, f32)) -> f32| {
        let mean = inner.iter().map(value).sum::<f32>() / count;
        let slope = inner.iter().map(|row| (row.0 - middle) * (value(row) - mean)).sum::<f32>()
            / (spread + 1.0);
        let slope = slope.clamp(-0.4, 0.4);
        (mean - slope * middle, slope)
    };
    Some((through(&|row| row.1), through(&|row| row.2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Projection;

    /// What a network that is always right says of a card.
    fn said(card: &Quadrilateral, number: &Quadrilateral, date: &Quadrilateral) -> Vec<f32> {
        let (along, _) = card.sides();
        let e = [along[0] / length(along), along[1] / length(along)];
        let inside = |quad: &Quadrilateral, at: [f32; 2], more: f32| {
            (0..4).all(|k| {
                let (from, to) = (quad.0[k], quad.0[(k + 1) % 4]);
                let side = less(to, from);
                dot(across(side), less(at, from)) / length(side) > -more
            })
        };
        let mut out = Vec::new();
        for cell in 0..CELLS * CELLS {
            let at = [(cell % CELLS) as f32 * STEP + 4.0, (cell / CELLS) as f32 * STEP + 4.0];
            let logit = |is: bool| if is { 6.0 } else { -6.0 };
            let (_, tall) = number.sides();
            let far = less(number.middle(), at);
            let down = dot(far, across(e));
            let date_far = less(date.middle(), at);
            out.extend([
                logit(inside(card, at, 0.0)),
                logit(inside(number, at, 3.0)),
                logit(inside(date, at, 3.0)),
                e[0] * e[0] - e[1] * e[1],
                2.0 * e[0] * e[1],
                e[0],
                e[1],
                (length(tall) / UNIT).ln(),
                across(e)[0] * down / STEP,
                across(e)[1] * down / STEP,
                (length(date.sides().1) / UNIT).ln(),
                date_far[0] / UNIT,
                date_far[1] / UNIT,
            ]);
        }
        out
    }

    #[test]
    fn lines_and_outline_are_found_at_any_turn() {
        for degrees in (0..360).step_by(15) {
            let (sin, cos) = (degrees as f32).to_radians().sin_cos();
            let place = |x0: f32, y0: f32, x1: f32, y1: f32| {
                Quadrilateral([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
                    .map(|[x, y]| [160.0 + x * cos - y * sin, 160.0 + x * sin + y * cos])
            };
            let card = place(-110.0, -70.0, 110.0, 70.0);
            let number = place(-95.0, 5.0, 90.0, 17.0);
            let date = place(-20.0, 35.0, 20.0, 43.0);
            let sight = sight(&said(&card, &number, &date));
            let far = |a: &Quadrilateral, b: &Quadrilateral| {
                a.0.iter().zip(&b.0).map(|(p, q)| length(less(*p, *q))).fold(0.0, f32::max)
            };
            assert!(far(&sight.numbers[0].place, &number) < 8.0, "{degrees}");
            assert!(length(less(sight.dates[0].place.middle(), date.middle())) < 1.0, "{degrees}");
            assert!(far(&sight.card.unwrap(), &card) < 12.0, "{degrees} {:?} {card:?}", sight.card);
            assert!(Projection::from_unit_square(&sight.numbers[0].place).is_some());
        }
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        let sight = sight(&[-6.0; CELLS * CELLS * OUTPUTS]);
        assert!(sight.numbers.is_empty() && sight.dates.is_empty() && sight.card.is_none());
    }
}
