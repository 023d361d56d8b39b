//! Grey pictures, quadrilaterals in them, and what a quadrilateral shows when it is laid out flat.

use zeroize::Zeroize;

/// The four corners of a rectangle in a picture, round from the upper left one as its text is read,
/// each as x and y in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quadrilateral(pub [[f32; 2]; 4]);

impl Quadrilateral {
    /// Returns the mean of its corners.
    pub(crate) fn middle(&self) -> [f32; 2] {
        let sum = |axis: usize| self.0.iter().map(|corner| corner[axis]).sum::<f32>() / 4.0;
        [sum(0), sum(1)]
    }

    /// Returns half the sum of two opposite sides: those along the text, and those across it.
    pub(crate) fn sides(&self) -> ([f32; 2], [f32; 2]) {
        let [a, b, c, d] = self.0;
        let half = |p: [f32; 2], q: [f32; 2], r: [f32; 2], s: [f32; 2]| {
            [(q[0] - p[0] + s[0] - r[0]) / 2.0, (q[1] - p[1] + s[1] - r[1]) / 2.0]
        };
        (half(a, b, d, c), half(a, d, b, c))
    }

    pub(crate) fn map(&self, change: impl Fn([f32; 2]) -> [f32; 2]) -> Self {
        Quadrilateral(self.0.map(change))
    }

    pub(crate) fn scaled(&self, factor: f32) -> Self {
        self.map(|[x, y]| [x * factor, y * factor])
    }

    /// Returns the same place as it is read the other way up.
    pub(crate) fn upside_down(&self) -> Self {
        let [a, b, c, d] = self.0;
        Quadrilateral([c, d, a, b])
    }
}

/// Columns on either side of one that a strip is evened over.
const AROUND: usize = 24;

pub(crate) fn length(v: [f32; 2]) -> f32 {
    v[0].hypot(v[1])
}

/// A projective map of the plane, by the eight numbers of its matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Projection([f32; 8]);

impl Projection {
    /// Returns the map that takes the unit square to a quadrilateral; `None` where three corners
    /// lie in a line.
    pub(crate) fn from_unit_square(quad: &Quadrilateral) -> Option<Self> {
        let [a, b, c, d] = quad.0;
        let sum = [a[0] - b[0] + c[0] - d[0], a[1] - b[1] + c[1] - d[1]];
        let (u, v) = ([b[0] - c[0], b[1] - c[1]], [d[0] - c[0], d[1] - c[1]]);
        let area = u[0] * v[1] - v[0] * u[1];
        if !area.is_normal() {
            return None;
        }
        let g = (sum[0] * v[1] - v[0] * sum[1]) / area;
        let h = (u[0] * sum[1] - sum[0] * u[1]) / area;
        let numbers = [
            b[0] - a[0] + g * b[0],
            d[0] - a[0] + h * d[0],
            a[0],
            b[1] - a[1] + g * b[1],
            d[1] - a[1] + h * d[1],
            a[1],
            g,
            h,
        ];
        numbers.iter().all(|number| number.is_finite()).then_some(Projection(numbers))
    }

    pub(crate) fn at(&self, u: f32, v: f32) -> [f32; 2] {
        let m = &self.0;
        let w = m[6] * u + m[7] * v + 1.0;
        [(m[0] * u + m[1] * v + m[2]) / w, (m[3] * u + m[4] * v + m[5]) / w]
    }
}

/// A grey picture. Its pixels are wiped when it is dropped.
#[derive(Clone)]
pub(crate) struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Drop for Grey {
    fn drop(&mut self) {
        self.pixels.zeroize();
    }
}

impl Grey {
    pub(crate) fn new(width: usize, height: usize, pixels: Vec<u8>) -> Self {
        debug_assert_eq!(width * height, pixels.len());
        Grey { width, height, pixels }
    }

    pub(crate) fn mean(&self) -> u8 {
        let sum: u64 = self.pixels.iter().map(|pixel| u64::from(*pixel)).sum();
        (sum / self.pixels.len().max(1) as u64) as u8
    }

    /// Returns the picture at another size, each pixel the mean of what it covers; for sizes that
    /// are not larger.
    pub(crate) fn smaller(&self, width: usize, height: usize) -> Grey {
        let pixels = smaller::<1>(&self.pixels, (self.width, self.height), (width, height));
        Grey::new(width, height, pixels)
    }

    /// Returns the value at a place, between the pixels and on beyond the edges.
    fn sample(&self, x: f32, y: f32) -> f32 {
        let (x, y) =
            (x.clamp(0.0, (self.width - 1) as f32), y.clamp(0.0, (self.height - 1) as f32));
        let (left, upper) = (x as usize, y as usize);
        let (right, lower) = ((left + 1).min(self.width - 1), (upper + 1).min(self.height - 1));
        let (dx, dy) = (x - left as f32, y - upper as f32);
        let at = |row: usize, column: usize| f32::from(self.pixels[row * self.width + column]);
        let above = at(upper, left) + dx * (at(upper, right) - at(upper, left));
        let below = at(lower, left) + dx * (at(lower, right) - at(lower, left));
        above + dy * (below - above)
    }
}

/// Returns the pixels of a picture at another size, which is not larger: each the mean of what it
/// covers.
pub(crate) fn smaller<const CHANNELS: usize>(
    pixels: &[u8],
    (from_width, from_height): (usize, usize),
    (width, height): (usize, usize),
) -> Vec<u8> {
    let columns = spans(from_width, width);
    let length = from_width * CHANNELS;
    let mut means = Vec::with_capacity(width * height * CHANNELS);
    let mut sums = vec![0.0f32; length];
    for (from, shares) in spans(from_height, height) {
        sums.fill(0.0);
        let rows = pixels.get(from * length..).unwrap_or_default();
        for (row, share) in rows.chunks_exact(length).zip(&shares) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += f32::from(*value) * share;
            }
        }
        for (from, shares) in &columns {
            let covered = sums.get(from * CHANNELS..).unwrap_or_default();
            let mut mean = [0.5f32; CHANNELS];
            for (pixel, share) in covered.chunks_exact(CHANNELS).zip(shares) {
                for (mean, sum) in mean.iter_mut().zip(pixel) {
                    *mean += sum * share;
                }
            }
            means.extend(mean.map(|mean| mean as u8));
        }
    }
    sums.zeroize();
    means
}

/// Returns for each of `to` equal parts of a line of `from` pixels the first pixel that it covers,
/// and the share of each in it.
fn spans(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let step = from as f64 / to as f64;
    let part = |k: usize| {
        let (start, end) = (k as f64 * step, ((k + 1) as f64 * step).min(from as f64));
        let (first, last) = (start as usize, (end.ceil() as usize).clamp(start as usize + 1, from));
        let share = |pixel: usize| {
            let covered = end.min((pixel + 1) as f64) - start.max(pixel as f64);
            (covered.max(0.0) / (end - start)) as f32
        };
        (first, (first..last).map(share).collect())
    };
    (0..to).map(part).collect()
}

/// A picture with its smaller copies, each half as wide and high as the one before.
pub(crate) struct Pyramid {
    levels: Vec<Grey>,
    mean: u8,
}

impl Pyramid {
    pub(crate) fn new(picture: Grey) -> Self {
        let mean = picture.mean();
        let mut levels = vec![picture];
        while let Some(last) = levels.last() {
            let (width, height) = (last.width / 2, last.height / 2);
            if width.min(height) < 32 {
                break;
            }
            levels.push(last.smaller(width, height));
        }
        Pyramid { levels, mean }
    }

    pub(crate) fn picture(&self) -> &Grey {
        &self.levels[0]
    }

    /// Returns what a quadrilateral shows, `width` by `height` pixels large. What lies beyond the
    /// picture is as its edge, or else as its mean.
    pub(crate) fn cut(
        &self,
        quad: &Quadrilateral,
        width: usize,
        height: usize,
        is_edge_repeated: bool,
    ) -> Option<Vec<f32>> {
        let map = Projection::from_unit_square(quad)?;
        let (along, across) = quad.sides();
        // The copy whose pixels are the largest that lose nothing.
        let shrink = (length(along) / width as f32).min(length(across) / height as f32);
        let level = (shrink * 1.15).log2().max(0.0) as usize;
        let picture = &self.levels[level.min(self.levels.len() - 1)];
        let full = self.picture();
        let (fx, fy) =
            (picture.width as f32 / full.width as f32, picture.height as f32 / full.height as f32);
        let (right, lower) = (picture.width as f32, picture.height as f32);
        let mean = f32::from(self.mean);
        let mut out = Vec::with_capacity(width * height);
        for row in 0..height {
            let v = (row as f32 + 0.5) / height as f32;
            for column in 0..width {
                let [x, y] = map.at((column as f32 + 0.5) / width as f32, v);
                let (x, y) = (x * fx, y * fy);
                let is_within = x >= 0.0 && y >= 0.0 && x <= right && y <= lower;
                out.push(if is_within || is_edge_repeated {
                    picture.sample(x - 0.5, y - 0.5)
                } else {
                    mean
                });
            }
        }
        Some(out)
    }
}

/// Takes a picture's mean from its values and divides them by the standard deviation plus 8.
pub(crate) fn normalise(values: &mut [f32]) {
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
    let scale = 1.0 / (variance.sqrt() + 8.0);
    values.iter_mut().for_each(|value| *value = (*value - mean) * scale);
}

/// Takes from each value of a strip the mean around its column and divides it by the standard deviation
/// there plus 8: what is faint in one part of a strip is so as strong as in the others.
pub(crate) fn even(values: &mut [f32], width: usize) {
    let height = (values.len() / width.max(1)) as f32;
    let mut sums = vec![[0.0f32; 2]; width];
    for row in values.chunks_exact(width) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum = [sum[0] + value, sum[1] + value * value];
        }
    }
    let around = |column: usize| {
        let near = &sums[column.saturating_sub(AROUND)..(column + AROUND + 1).min(width)];
        let count = near.len() as f32 * height;
        let sum = |k: usize| near.iter().map(|sum| sum[k]).sum::<f32>() / count;
        let mean = sum(0);
        (mean, 1.0 / ((sum(1) - mean * mean).max(0.0).sqrt() + 8.0))
    };
    let shapes: Vec<(f32, f32)> = (0..width).map(around).collect();
    for row in values.chunks_exact_mut(width) {
        for (value, (mean, scale)) in row.iter_mut().zip(&shapes) {
            *value = (*value - mean) * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUAD: Quadrilateral =
        Quadrilateral([[10.0, 20.0], [110.0, 30.0], [100.0, 80.0], [20.0, 90.0]]);

    #[test]
    fn the_unit_square_goes_to_the_corners() {
        let map = Projection::from_unit_square(&QUAD).unwrap();
        for (corner, (u, v)) in QUAD.0.iter().zip([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
        {
            let at = map.at(u, v);
            assert!(length([at[0] - corner[0], at[1] - corner[1]]) < 1e-3, "{at:?} {corner:?}");
        }
        let flat = Quadrilateral([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]);
        assert!(Projection::from_unit_square(&flat).is_none());
    }

    #[test]
    fn a_smaller_picture_has_the_means_of_what_it_covers() {
        let picture = Grey::new(4, 2, vec![0, 10, 20, 30, 40, 50, 60, 70]);
        assert_eq!(picture.smaller(2, 1).pixels, [25, 45]);
        assert_eq!(picture.smaller(4, 2).pixels, picture.pixels);
        let third = Grey::new(3, 1, vec![0, 90, 30]).smaller(2, 1);
        assert_eq!(third.pixels, [30, 50]);
    }

    #[test]
    fn an_evened_strip_is_as_strong_everywhere() {
        let width = 200;
        let value = |at: usize| {
            let (row, column) = (at / width, at % width);
            let strength = if column < 100 { 100.0 } else { 2000.0 };
            column as f32 + strength * (row % 2) as f32
        };
        let mut values: Vec<f32> = (0..width * 4).map(value).collect();
        even(&mut values, width);
        for column in [30, 60, 140, 170] {
            let (upper, lower) = (values[column], values[width + column]);
            assert!((lower + upper).abs() < 0.2 && (lower - upper) > 1.4, "{upper} {lower}");
        }
    }

    #[test]
    fn a_cut_shows_the_part_of_the_picture() {
        let pixels = (0..100 * 100).map(|at| ((at % 100) * 2) as u8).collect();
        let pyramid = Pyramid::new(Grey::new(100, 100, pixels));
        let part = Quadrilateral([[20.0, 20.0], [60.0, 20.0], [60.0, 40.0], [20.0, 40.0]]);
        let cut = pyramid.cut(&part, 40, 20, true).unwrap();
        assert_eq!((cut[0], cut[39], cut[19 * 40 + 5]), (40.0, 118.0, 50.0));
        let turned = pyramid.cut(&part.upside_down(), 40, 20, true).unwrap();
        assert_eq!((turned[0], turned[39]), (118.0, 40.0));
        let half = pyramid.cut(&part, 10, 5, true).unwrap();
        assert!((half[0] - 43.0).abs() < 1.5, "{}", half[0]);
    }
}
