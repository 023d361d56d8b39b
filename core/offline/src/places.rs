//! Where lines of digits lie in a photo, and the strips around them.

use crate::picture::{Quadrilateral, length};
use crate::reader::{Columns, DIGIT_HEIGHT, STRIP_HEIGHT};

/// Strips around a line.
pub(crate) const VIEWS: [View; 7] = [
    view(0.0, 1.0, 0.5, 0.0),
    view(0.0, 1.2, 0.7, 0.0),
    view(0.14, 1.0, 0.5, 0.0),
    view(-0.14, 1.0, 0.5, 0.0),
    view(0.0, 0.9, 0.9, 0.0),
    view(0.0, 1.1, 0.3, 0.0),
    view(0.07, 1.1, 0.8, 0.0),
];
/// Strips around a line whose ends were told by a strip that was read.
pub(crate) const VIEWS_AGAIN: [View; 7] = [
    view(0.0, 1.0, 0.5, 0.0),
    view(0.0, 1.0, 0.5, 0.12),
    view(0.0, 1.0, 0.5, -0.12),
    view(0.0, 1.1, 0.6, 0.0).evened(),
    view(0.07, 1.0, 0.4, 0.06).evened(),
    view(-0.07, 0.9, 0.7, -0.06).evened(),
    view(0.0, 1.25, 0.5, 0.0),
];

/// Places of dates below a number: in heights of its digits, as shares of its strip, and how high their
/// digits are to its own.
const DATES_BELOW: [f32; 5] = [1.5, 2.0, 2.5, 3.0, 3.5];
const DATES_ALONG: [f32; 5] = [0.3, 0.4, 0.5, 0.6, 0.7];
const DATE_HEIGHT: f32 = 0.7;
/// How far a line goes on beyond a strip that its text meets the end of, as a share of the strip's width.
const ON: f32 = 0.12;

/// A strip around a line: how far below it the strip lies, its scale, the room before and after, and how
/// much lower it ends than it begins, in heights of the line; and whether it is evened.
#[derive(Clone, Copy)]
pub(crate) struct View {
    shift: f32,
    scale: f32,
    room: f32,
    tilt: f32,
    pub(crate) is_even: bool,
}

const fn view(shift: f32, scale: f32, room: f32, tilt: f32) -> View {
    View { shift, scale, room, tilt, is_even: false }
}

impl View {
    const fn evened(mut self) -> Self {
        self.is_even = true;
        self
    }
}

/// Returns whether two lines are the same, whichever way up.
pub(crate) fn is_same(a: &Quadrilateral, b: &Quadrilateral) -> bool {
    let (along, down) = a.sides();
    let (p, q) = (a.middle(), b.middle());
    let far = length([p[0] - q[0], p[1] - q[1]]);
    let other = length(b.sides().0);
    far < length(down) / 2.0 && (length(along) - other).abs() < length(down)
}

/// Returns whether two texts stand on one line, the same way up.
pub(crate) fn is_beside(a: &Quadrilateral, b: &Quadrilateral) -> bool {
    let (along, down) = a.sides();
    let (p, q) = (a.middle(), b.middle());
    let far = [q[0] - p[0], q[1] - p[1]];
    let off = (far[0] * down[0] + far[1] * down[1]) / length(down);
    let on = (far[0] * along[0] + far[1] * along[1]) / length(along);
    !is_opposite(a, b) && off.abs() < length(down) / 2.0 && on.abs() < length(along) / 2.0
}

/// Returns the line of digits that a strip tells: beyond an end that its text meets, it goes on.
pub(crate) fn line_of(strip: &Quadrilateral, read: &Columns) -> Option<Quadrilateral> {
    let (first, last) = read.span()?;
    let (is_begun, is_ended) = read.ends();
    let on = |is_whole: bool| if is_whole { 0.0 } else { ON };
    Some(part_of(strip, first - on(is_begun), last + on(is_ended)))
}

/// Returns whether two texts are read in opposite directions.
pub(crate) fn is_opposite(a: &Quadrilateral, b: &Quadrilateral) -> bool {
    let (a, b) = (a.sides().0, b.sides().0);
    a[0] * b[0] + a[1] * b[1] < 0.0
}

/// Returns the quadrilateral whose corners lie from -1 to 1 both along the text and down.
pub(crate) fn between(corner: impl Fn(f32, f32) -> [f32; 2]) -> Quadrilateral {
    Quadrilateral([corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)])
}

/// Returns where the date may stand below a number, on the layouts of common cards.
pub(crate) fn places_of_dates(strip: &Quadrilateral) -> Vec<Quadrilateral> {
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
pub(crate) fn part_of(strip: &Quadrilateral, first: f32, last: f32) -> Quadrilateral {
    // The digits' share of the strip's height lies in its middle.
    let half = DIGIT_HEIGHT / STRIP_HEIGHT as f32 / 2.0;
    within(strip, [first, last], [0.5 - half, 0.5 + half])
}

/// Returns what lies between shares of a strip's width and of its height.
pub(crate) fn within(strip: &Quadrilateral, across: [f32; 2], down: [f32; 2]) -> Quadrilateral {
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
pub(crate) fn views(line: &Quadrilateral, shapes: &[View]) -> Vec<Quadrilateral> {
    let (along, down) = line.sides();
    let tall = length(down);
    let e = [along[0] / length(along), along[1] / length(along)];
    let view = |View { shift, scale, room, tilt, .. }: &View| {
        let grow = (scale * STRIP_HEIGHT as f32 / DIGIT_HEIGHT - 1.0) / 2.0;
        let [a, b, c, d] = line.0;
        let moved = |[x, y]: [f32; 2], down_by: f32, on: f32| {
            let down_by = down_by + shift + on * tilt / 2.0;
            let on = on * room * tall;
            [x + down[0] * down_by + e[0] * on, y + down[1] * down_by + e[1] * on]
        };
        Quadrilateral([
            moved(a, -grow, -1.0),
            moved(b, -grow, 1.0),
            moved(c, grow, 1.0),
            moved(d, grow, -1.0),
        ])
    };
    shapes.iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_holds_the_line_in_its_middle() {
        let line = Quadrilateral([[10.0, 10.0], [210.0, 10.0], [210.0, 30.0], [10.0, 30.0]]);
        let views = views(&line, &VIEWS);
        assert_eq!(views[0].0, [[0.0, 4.0], [220.0, 4.0], [220.0, 36.0], [0.0, 36.0]]);
        assert!(views.iter().all(|view| !is_opposite(view, &line)));
        assert!(is_opposite(&line.upside_down(), &line));
    }

    #[test]
    fn a_tilted_view_ends_lower_than_it_begins() {
        let line = Quadrilateral([[10.0, 10.0], [210.0, 10.0], [210.0, 30.0], [10.0, 30.0]]);
        let tilted = views(&line, &[view(0.0, 1.0, 0.5, 0.2)])[0].0;
        let lower = tilted.map(|[_, y]| y.round());
        assert_eq!(lower, [2.0, 6.0, 38.0, 34.0]);
    }

    #[test]
    fn lines_are_told_apart() {
        let line = Quadrilateral([[10.0, 10.0], [210.0, 10.0], [210.0, 30.0], [10.0, 30.0]]);
        let moved = |right: f32, down: f32| line.map(|[x, y]| [x + right, y + down]);
        assert!(is_same(&line, &line.upside_down()) && is_same(&line, &moved(5.0, 5.0)));
        assert!(!is_same(&line, &moved(0.0, 12.0)));
        assert!(is_beside(&line, &moved(60.0, 5.0)) && !is_beside(&line, &moved(0.0, 12.0)));
        assert!(!is_beside(&line, &line.upside_down()));
    }
}
