//! Convolutional networks with weights of one byte, as training/export.py writes them.

use matrixmultiply::sgemm;
use zeroize::Zeroize;

/// The first bytes of a file of weights.
const MAGIC: &[u8] = b"CWCARD03";

/// The most numbers of an unrolled picture that stand in memory at once.
const TILE: usize = 1 << 16;

/// Values by row, column and channel.
#[derive(Clone, Default)]
pub(crate) struct Plane {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
    pub(crate) values: Vec<f32>,
}

impl Plane {
    pub(crate) fn new(height: usize, width: usize, channels: usize) -> Self {
        Plane { height, width, channels, values: vec![0.0; height * width * channels] }
    }

    /// Returns the rectified convolution, and wipes the plane if it is a picture.
    pub(crate) fn through(mut self, layer: &Layer) -> Plane {
        let out = layer.apply(&self, true);
        if self.channels == 1 {
            self.values.zeroize();
        }
        out
    }

    /// Adds another plane of the same shape.
    pub(crate) fn add(&mut self, other: &Plane) {
        for (value, more) in self.values.iter_mut().zip(&other.values) {
            *value += more;
        }
    }

    pub(crate) fn rectify(&mut self) {
        for value in &mut self.values {
            *value = value.max(0.0);
        }
    }

    /// Returns the plane with each value twice across and twice down.
    pub(crate) fn doubled(&self) -> Plane {
        let mut out = Vec::with_capacity(self.values.len() * 4);
        for row in self.values.chunks_exact(self.width * self.channels) {
            let from = out.len();
            for cell in row.chunks_exact(self.channels) {
                out.extend_from_slice(cell);
                out.extend_from_slice(cell);
            }
            out.extend_from_within(from..);
        }
        Plane {
            height: self.height * 2,
            width: self.width * 2,
            channels: self.channels,
            values: out,
        }
    }

    /// Returns the mean of each channel, as a plane of one cell.
    pub(crate) fn mean(&self) -> Plane {
        let mut out = Plane::new(1, 1, self.channels);
        for cell in self.values.chunks_exact(self.channels) {
            for (sum, value) in out.values.iter_mut().zip(cell) {
                *sum += value;
            }
        }
        let cells = (self.height * self.width) as f32;
        out.values.iter_mut().for_each(|sum| *sum /= cells);
        out
    }

    /// Adds a plane of one cell to every cell.
    pub(crate) fn add_everywhere(&mut self, cell: &Plane) {
        for values in self.values.chunks_exact_mut(self.channels) {
            for (value, more) in values.iter_mut().zip(&cell.values) {
                *value += more;
            }
        }
    }
}

/// One convolution.
pub(crate) struct Layer {
    height: usize,
    width: usize,
    inputs: usize,
    outputs: usize,
    down: usize,
    across: usize,
    dilation: usize,
    pad_down: usize,
    pad_across: usize,
    /// By row, column and input, then by output.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

/// A file of weights that is read layer by layer.
pub(crate) struct Weights<'a>(&'a [u8]);

impl<'a> Weights<'a> {
    pub(crate) fn new(file: &'a [u8]) -> Option<Self> {
        file.strip_prefix(MAGIC).map(Weights)
    }

    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn floats(&mut self, count: usize) -> Option<Vec<f32>> {
        let bytes = self.take(count.checked_mul(4)?)?.chunks_exact(4);
        Some(bytes.map(|four| f32::from_le_bytes(four.try_into().unwrap_or_default())).collect())
    }

    pub(crate) fn layer(&mut self) -> Option<Layer> {
        let mut sizes = [0; 9];
        for (size, two) in sizes.iter_mut().zip(self.take(18)?.chunks_exact(2)) {
            *size = usize::from(u16::from_le_bytes(two.try_into().unwrap_or_default()));
        }
        let [height, width, inputs, outputs, down, across, dilation, pad_down, pad_across] = sizes;
        if sizes[..7].contains(&0) {
            return None;
        }
        let scale = self.floats(outputs)?;
        let bias = self.floats(outputs)?;
        let taps = height * width * inputs;
        let bytes = self.take(outputs * taps)?;
        let mut weights = vec![0.0; taps * outputs];
        for (output, (row, scale)) in bytes.chunks_exact(taps).zip(&scale).enumerate() {
            for (tap, byte) in row.iter().enumerate() {
                if let Some(weight) = weights.get_mut(tap * outputs + output) {
                    *weight = f32::from(*byte as i8) * scale;
                }
            }
        }
        Some(Layer {
            height,
            width,
            inputs,
            outputs,
            down,
            across,
            dilation,
            pad_down,
            pad_across,
            weights,
            bias,
        })
    }

    pub(crate) fn layers(&mut self, count: usize) -> Option<Vec<Layer>> {
        (0..count).map(|_| self.layer()).collect()
    }

    /// Returns nothing if bytes are left.
    pub(crate) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

impl Layer {
    /// Returns the convolution of a plane, rectified or not.
    pub(crate) fn apply(&self, x: &Plane, rectify: bool) -> Plane {
        debug_assert_eq!(x.channels, self.inputs);
        let span = |size: usize, pad: usize, kernel: usize, stride: usize| {
            (size + 2 * pad).saturating_sub(self.dilation * (kernel - 1) + 1) / stride + 1
        };
        let mut out = Plane::new(
            span(x.height, self.pad_down, self.height, self.down),
            span(x.width, self.pad_across, self.width, self.across),
            self.outputs,
        );
        let taps = self.height * self.width * self.inputs;
        let pointwise = self.height * self.width * self.down * self.across == 1;
        let row_outputs = out.width * self.outputs;
        let rows_at_once = (TILE / (out.width * taps)).clamp(1, out.height);
        let mut unrolled = Vec::new();
        for (tile, outputs) in out.values.chunks_mut(rows_at_once * row_outputs).enumerate() {
            let first = tile * rows_at_once;
            let rows = outputs.len() / row_outputs;
            for cell in outputs.chunks_exact_mut(self.outputs) {
                cell.copy_from_slice(&self.bias);
            }
            let inputs = if pointwise {
                let row = x.width * self.inputs;
                &x.values[first * row..(first + rows) * row]
            } else {
                self.unroll(x, first..first + rows, out.width, &mut unrolled);
                &unrolled
            };
            multiply(inputs, &self.weights, outputs, rows * out.width, taps, self.outputs);
            if rectify {
                outputs.iter_mut().for_each(|value| *value = value.max(0.0));
            }
        }
        out
    }

    /// Writes the inputs of each output of some rows one after the other.
    fn unroll(&self, x: &Plane, rows: std::ops::Range<usize>, width: usize, out: &mut Vec<f32>) {
        out.clear();
        let zeros = vec![0.0; self.inputs];
        for row in rows {
            for column in 0..width {
                for ky in 0..self.height {
                    let y = (row * self.down + ky * self.dilation).wrapping_sub(self.pad_down);
                    let line = if y < x.height {
                        &x.values[y * x.width * self.inputs..(y + 1) * x.width * self.inputs]
                    } else {
                        &[]
                    };
                    let left = (column * self.across).wrapping_sub(self.pad_across);
                    if self.dilation == 1 && left < x.width && left + self.width <= x.width {
                        // The whole row of the kernel lies within the picture.
                        match line.get(left * self.inputs..(left + self.width) * self.inputs) {
                            Some(part) => out.extend_from_slice(part),
                            None => (0..self.width).for_each(|_| out.extend_from_slice(&zeros)),
                        }
                        continue;
                    }
                    for kx in 0..self.width {
                        let at = left.wrapping_add(kx * self.dilation);
                        let part = if at < x.width {
                            line.get(at * self.inputs..(at + 1) * self.inputs)
                        } else {
                            None
                        };
                        out.extend_from_slice(part.unwrap_or(&zeros));
                    }
                }
            }
        }
    }
}

/// Adds the product of two matrices, both by row, to a third.
fn multiply(a: &[f32], b: &[f32], c: &mut [f32], rows: usize, inner: usize, columns: usize) {
    assert!(a.len() == rows * inner && b.len() == inner * columns && c.len() == rows * columns);
    #[cfg(test)]
    if crate::tests::is_plain() {
        return plainly(a, b, c, inner, columns);
    }
    let (inner_step, column_step) = (inner as isize, columns as isize);
    // SAFETY: the assertion holds each matrix to the extent that its strides reach.
    unsafe {
        sgemm(
            rows,
            inner,
            columns,
            1.0,
            a.as_ptr(),
            inner_step,
            1,
            b.as_ptr(),
            column_step,
            1,
            1.0,
            c.as_mut_ptr(),
            column_step,
            1,
        );
    }
}

/// The same as processors without fused multiplication compute it: each product is rounded.
#[cfg(test)]
fn plainly(a: &[f32], b: &[f32], c: &mut [f32], inner: usize, columns: usize) {
    for (row, sums) in a.chunks_exact(inner).zip(c.chunks_exact_mut(columns)) {
        for (factor, others) in row.iter().zip(b.chunks_exact(columns)) {
            for (sum, other) in sums.iter_mut().zip(others) {
                *sum += factor * other;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(sizes: [u16; 9], weights: &[i8]) -> Vec<u8> {
        let mut file: Vec<u8> = sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
        let outputs = usize::from(sizes[3]);
        file.extend((0..outputs).flat_map(|_| 0.5f32.to_le_bytes()));
        file.extend((0..outputs).flat_map(|output| (output as f32).to_le_bytes()));
        file.extend(weights.iter().map(|weight| *weight as u8));
        file
    }

    /// The same by the definition.
    fn slowly(file: &[u8], x: &Plane) -> Vec<f32> {
        let size = |k: usize| usize::from(u16::from_le_bytes([file[2 * k], file[2 * k + 1]]));
        let (kh, kw, i, o) = (size(0), size(1), size(2), size(3));
        let (sy, sx, d, py, px) = (size(4), size(5), size(6), size(7), size(8));
        let weights = &file[18 + 8 * o..];
        let height = (x.height + 2 * py - d * (kh - 1) - 1) / sy + 1;
        let width = (x.width + 2 * px - d * (kw - 1) - 1) / sx + 1;
        let mut out = Vec::new();
        for (row, column, k) in
            (0..height).flat_map(|r| (0..width).flat_map(move |c| (0..o).map(move |k| (r, c, k))))
        {
            let mut sum = k as f32;
            for (ky, kx) in (0..kh).flat_map(|ky| (0..kw).map(move |kx| (ky, kx))) {
                let (y, at) = (row * sy + ky * d, column * sx + kx * d);
                if y < py || at < px || y - py >= x.height || at - px >= x.width {
                    continue;
                }
                for input in 0..i {
                    let weight = weights[((k * kh + ky) * kw + kx) * i + input] as i8;
                    sum += f32::from(weight)
                        * 0.5
                        * x.values[((y - py) * x.width + at - px) * i + input];
                }
            }
            out.push(sum);
        }
        out
    }

    #[test]
    fn a_convolution_is_what_its_definition_says() {
        for sizes in [
            [3, 3, 2, 4, 1, 1, 1, 1, 1],
            [3, 3, 1, 2, 2, 2, 1, 1, 1],
            [3, 3, 3, 2, 2, 1, 1, 1, 1],
            [1, 5, 2, 3, 1, 1, 1, 0, 2],
            [1, 3, 2, 3, 1, 1, 3, 0, 3],
            [3, 3, 2, 3, 1, 1, 4, 4, 4],
            [2, 1, 2, 3, 1, 1, 1, 0, 0],
            [1, 1, 4, 3, 1, 1, 1, 0, 0],
        ] {
            let taps = usize::from(sizes[0] * sizes[1] * sizes[2] * sizes[3]);
            let weights: Vec<i8> = (0..taps).map(|k| ((k * 37) % 251) as u8 as i8).collect();
            let file = layer(sizes, &weights);
            let mut x = Plane::new(7, 9, usize::from(sizes[2]));
            for (k, value) in x.values.iter_mut().enumerate() {
                *value = ((k * 29) % 17) as f32 - 8.0;
            }
            let weights = [MAGIC, &file].concat();
            let mut read = Weights::new(&weights).unwrap();
            let out = read.layer().unwrap().apply(&x, false);
            read.end().unwrap();
            assert_eq!(out.values, slowly(&file, &x), "{sizes:?}");
        }
    }

    #[test]
    fn weights_that_are_cut_short_are_refused() {
        let file = [MAGIC, &layer([1, 1, 2, 2, 1, 1, 1, 0, 0], &[1, 2, 3, 4])].concat();
        for length in 0..file.len() {
            let part = &file[..length];
            assert!(Weights::new(part).and_then(|mut weights| weights.layer()).is_none());
        }
    }

    #[test]
    fn a_plane_is_doubled_and_averaged() {
        let plane = Plane { height: 1, width: 2, channels: 2, values: vec![1.0, 2.0, 3.0, 6.0] };
        let row = [1.0, 2.0, 1.0, 2.0, 3.0, 6.0, 3.0, 6.0];
        assert_eq!(plane.doubled().values, [row, row].concat());
        assert_eq!(plane.mean().values, [2.0, 4.0]);
    }
}
