//! The network that reads a strip with one line of digits, and what its output says.

use std::cell::OnceCell;

use zeroize::Zeroizing;

use crate::network::{Layer, Plane, Weights};
use crate::picture::{even, normalise};

pub(crate) const STRIP_HEIGHT: usize = 32;
/// Of a strip with a number.
pub(crate) const NUMBER_WIDTH: usize = 384;
/// Of a strip with a date.
pub(crate) const DATE_WIDTH: usize = 128;
/// The height that digits have in a strip in which they are read best.
pub(crate) const DIGIT_HEIGHT: f32 = 20.0;

/// The characters by class; class 0 is blank.
const CHARACTERS: [u8; 11] = *b"0123456789/";
const CLASSES: usize = CHARACTERS.len() + 1;

/// The most texts that the search for the likeliest ones follows at once.
const BEAM: usize = 8;
/// The least log-likelihood of a character at a place that the search looks at.
const UNLIKELY: f32 = -8.0;

/// The log-likelihood of a blank above which a column is one.
const CERTAIN: f32 = -1e-4;

/// A text of digits and slashes.
pub(crate) type Text = Zeroizing<Vec<u8>>;

/// What the network says of one strip.
#[derive(Clone)]
pub(crate) struct Columns {
    /// The log-likelihood of each class in each column.
    shares: Zeroizing<Vec<[f32; CLASSES]>>,
    /// The text of the likeliest path, and the path's log-likelihood.
    pub(crate) text: Text,
    pub(crate) score: f32,
    texts: OnceCell<Vec<(Text, f32)>>,
}

pub(crate) struct Reader {
    trunk: Vec<Layer>,
    around: Vec<Layer>,
    out: Layer,
}

impl Reader {
    pub(crate) fn new(weights: &mut Weights<'_>) -> Option<Self> {
        Some(Reader {
            trunk: weights.layers(6)?,
            around: weights.layers(3)?,
            out: weights.layer()?,
        })
    }

    /// Reads a strip, given by the values of its pixels, evened or not.
    pub(crate) fn read(&self, mut strip: Vec<f32>, is_even: bool) -> Columns {
        let width = strip.len() / STRIP_HEIGHT;
        if is_even {
            even(&mut strip, width);
        } else {
            normalise(&mut strip);
        }
        let mut x = Plane { height: STRIP_HEIGHT, width, channels: 1, values: strip };
        for layer in &self.trunk {
            x = x.through(layer);
        }
        for layer in &self.around {
            let more = layer.apply(&x, true);
            x.add(&more);
        }
        let logits = self.out.apply(&x, false);
        let share = |cell: &[f32]| {
            let mut out = [0.0; CLASSES];
            out.copy_from_slice(cell);
            let most = out.iter().copied().fold(f32::MIN, f32::max);
            let sum = out.iter().map(|logit| (logit - most).exp()).sum::<f32>().ln() + most;
            out.map(|logit| logit - sum)
        };
        Columns::new(logits.values.chunks_exact(CLASSES).map(share).collect())
    }
}

/// Returns the logarithm of the sum of two numbers given by their logarithms.
fn sum(a: f32, b: f32) -> f32 {
    let (more, less) = if a > b { (a, b) } else { (b, a) };
    if less == f32::NEG_INFINITY { more } else { more + (less - more).exp().ln_1p() }
}

fn class(character: u8) -> usize {
    CHARACTERS.iter().position(|other| *other == character).map_or(0, |at| at + 1)
}

impl Columns {
    fn new(shares: Vec<[f32; CLASSES]>) -> Self {
        let (mut text, mut score, mut last) = (Zeroizing::new(Vec::with_capacity(32)), 0.0, 0);
        for column in &shares {
            let (best, share) = largest(column);
            score += share;
            if best != last && best != 0 {
                text.extend(CHARACTERS.get(best - 1));
            }
            last = best;
        }
        Columns { shares: Zeroizing::new(shares), text, score, texts: OnceCell::new() }
    }

    /// Returns whether the text begins after the strip does, and whether it ends before.
    pub(crate) fn ends(&self) -> (bool, bool) {
        let blank =
            |column: Option<&[f32; CLASSES]>| column.is_some_and(|column| largest(column).0 == 0);
        (blank(self.shares.first()), blank(self.shares.last()))
    }

    /// Returns whether the text ends before the strip does, on both sides.
    pub(crate) fn is_whole(&self) -> bool {
        self.ends() == (true, true)
    }

    /// Returns where the text begins and ends, as shares of the strip's width.
    pub(crate) fn span(&self) -> Option<(f32, f32)> {
        let is_read = |column: &[f32; CLASSES]| largest(column).0 != 0;
        let first = self.shares.iter().position(is_read)?;
        let last = self.shares.iter().rposition(is_read)?;
        let count = self.shares.len() as f32;
        Some(((first as f32 - 0.5) / count, (last as f32 + 1.5) / count))
    }

    /// Returns the log-likelihood of a text over all of its paths.
    pub(crate) fn likelihood(&self, text: &[u8]) -> f32 {
        // States: a blank before each character, and after the last one. Their shares are kept at a sum
        // of 1, and the logarithm of what was divided out beside them.
        let classes: Vec<usize> = (0..2 * text.len() + 1)
            .map(|state| if state % 2 == 0 { 0 } else { class(text[state / 2]) })
            .collect();
        // Two states that are never reached stand before the first one.
        let mut now = vec![0.0f32; classes.len() + 2];
        let mut total = 0.0;
        for (at, column) in self.shares.iter().enumerate() {
            let column = column.map(f32::exp);
            let mut sum = 0.0;
            for (state, class) in classes.iter().enumerate().rev() {
                let is_past_blank =
                    state > 1 && state % 2 == 1 && classes.get(state - 2) != Some(class);
                let before = match at {
                    0 => f32::from(state < 2),
                    _ => now[state + 2] + now[state + 1] + f32::from(is_past_blank) * now[state],
                };
                now[state + 2] = before * column[*class];
                sum += now[state + 2];
            }
            if sum < f32::MIN_POSITIVE {
                return f32::NEG_INFINITY;
            }
            now.iter_mut().for_each(|share| *share /= sum);
            total += sum.ln();
        }
        total + now.iter().rev().take(2.min(classes.len())).sum::<f32>().ln()
    }

    /// Returns the likeliest texts, the likeliest first, with their log-likelihood as far as the
    /// search saw it.
    pub(crate) fn texts(&self) -> &[(Text, f32)] {
        self.texts.get_or_init(|| self.search())
    }

    fn search(&self) -> Vec<(Text, f32)> {
        // Of each text: the log-likelihood of the paths that end in a blank, and of the others.
        let none = f32::NEG_INFINITY;
        let mut beam: Vec<(Text, f32, f32)> = vec![(Text::default(), 0.0, none)];
        for column in self.shares.iter() {
            if column[0] > CERTAIN {
                for (_, blank, character) in &mut beam {
                    (*blank, *character) = (sum(*blank, *character), none);
                }
                continue;
            }
            let mut next: Vec<(Text, f32, f32)> = Vec::with_capacity(beam.len() * 3);
            let mut put = |text: &[u8], blank: f32, character: f32| match next
                .iter_mut()
                .find(|(other, ..)| other.as_slice() == text)
            {
                Some((_, b, c)) => (*b, *c) = (sum(*b, blank), sum(*c, character)),
                None => next.push((Zeroizing::new(text.to_vec()), blank, character)),
            };
            for (text, blank, character) in &beam {
                let all = sum(*blank, *character);
                put(text, all + column[0], none);
                for (share, added) in column[1..].iter().zip(CHARACTERS) {
                    let again = text.last() == Some(&added);
                    if again {
                        put(text, none, character + share);
                    }
                    if *share < UNLIKELY {
                        continue;
                    }
                    let mut longer = Zeroizing::new(Vec::with_capacity(text.len() + 1));
                    longer.extend_from_slice(text);
                    longer.push(added);
                    put(&longer, none, if again { *blank } else { all } + share);
                }
            }
            next.sort_by(|a, b| sum(b.1, b.2).total_cmp(&sum(a.1, a.2)));
            next.truncate(BEAM);
            beam = next;
        }
        beam.into_iter().map(|(text, blank, character)| (text, sum(blank, character))).collect()
    }
}

#[cfg(test)]
impl Columns {
    /// Returns what a network would say of a text whose characters it is so sure of.
    pub(crate) fn told(text: &[u8], sure: &[f32]) -> Self {
        Columns::told_or(text, sure, 0, b' ')
    }

    /// Returns the same, with all doubt of one character in favour of another.
    pub(crate) fn told_or(text: &[u8], sure: &[f32], at: usize, other: u8) -> Self {
        let column = |class: usize, share: f32| {
            let mut out = [((1.0 - share) / 11.0).max(1e-9).ln(); CLASSES];
            out[class] = share.ln();
            out
        };
        let mut shares = vec![column(0, 0.99999)];
        for (place, (character, sure)) in text.iter().zip(sure).enumerate() {
            let mut said = column(class(*character), *sure);
            if place == at && other != b' ' {
                said = [1e-9f32.ln(); CLASSES];
                said[class(*character)] = sure.ln();
                said[class(other)] = (1.0 - sure).ln();
            }
            shares.extend([said, column(0, 0.99999)]);
        }
        Columns::new(shares)
    }
}

fn largest(column: &[f32; CLASSES]) -> (usize, f32) {
    let by_share = column.iter().copied().enumerate();
    by_share.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns in which each character of a path has a share, and the others share the rest.
    fn columns(path: &[(u8, f32)]) -> Columns {
        let column = |(character, share): &(u8, f32)| {
            let mut out = [((1.0 - share) / 11.0).ln(); CLASSES];
            out[class(*character)] = share.ln();
            out
        };
        Columns::new(path.iter().map(column).collect())
    }

    #[test]
    fn the_likeliest_path_is_read() {
        let path = b" 66  2 22 -".map(|c| (c, 0.9));
        let columns = columns(&path);
        let score = columns.score;
        assert_eq!(columns.text.as_slice(), b"6222".as_slice().get(..3).unwrap());
        assert!((score - 11.0 * 0.9f32.ln()).abs() < 1e-4);
    }

    #[test]
    fn the_likelihood_is_that_of_all_paths() {
        let columns = columns(&[(b'1', 0.6), (b' ', 0.5), (b'1', 0.7)]);
        // Every path of three columns, by the text that it gives.
        let mut sums = std::collections::HashMap::<Vec<u8>, f32>::new();
        for path in 0..CLASSES.pow(3) {
            let (mut text, mut share, mut last) = (Vec::new(), 0.0, 0);
            for (at, column) in columns.shares.iter().enumerate() {
                let class = path / CLASSES.pow(at as u32) % CLASSES;
                share += column[class];
                if class != last && class != 0 {
                    text.push(CHARACTERS[class - 1]);
                }
                last = class;
            }
            *sums.entry(text).or_default() += share.exp();
        }
        for (text, share) in &sums {
            let found = columns.likelihood(text).exp();
            assert!((found - share).abs() < 1e-5, "{text:?} {found} {share}");
        }
        let best = columns.texts();
        assert_eq!(best[0].0.as_slice(), b"11");
        assert!((best[0].1.exp() - sums[b"11".as_slice()]).abs() < 1e-4);
    }

    #[test]
    fn a_text_that_meets_an_edge_is_not_whole() {
        assert!(columns(&[(b' ', 0.9), (b'1', 0.9), (b' ', 0.9)]).is_whole());
        assert!(!columns(&[(b' ', 0.9), (b'1', 0.9)]).is_whole());
        assert!(!columns(&[(b'1', 0.9), (b' ', 0.9)]).is_whole());
    }
}
