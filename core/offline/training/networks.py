"""The two networks: a reader of strips with one line of digits, and a finder of the card and its lines in a photo."""

import jax
import jax.numpy as jnp
import numpy as np

CLASSES = '0123456789/'  # class 0 of the reader is blank, class k the character k - 1
EPSILON = 1e-3
STEP = 8  # pixels between the finder's cells
UNIT = 32.0  # pixels in one unit of the finder's offsets

# name: (height, width, in, out, stride down, stride across, dilation, padding down, padding across)
READER = {
    'a': (3, 3, 1, 24, 2, 2, 1, 1, 1),
    'b': (3, 3, 24, 40, 2, 1, 1, 1, 1),
    'c': (3, 3, 40, 72, 2, 2, 1, 1, 1),
    'd': (3, 3, 72, 96, 1, 1, 1, 1, 1),
    'e': (3, 3, 96, 128, 2, 1, 1, 1, 1),
    'f': (2, 1, 128, 144, 1, 1, 1, 0, 0),
    'g': (1, 5, 144, 144, 1, 1, 1, 0, 2),
    'h': (1, 3, 144, 144, 1, 1, 2, 0, 2),
    'i': (1, 3, 144, 144, 1, 1, 3, 0, 3),
    'out': (1, 1, 144, 12, 1, 1, 1, 0, 0),
}
FINDER = {
    'a': (3, 3, 1, 16, 2, 2, 1, 1, 1),
    'b': (3, 3, 16, 24, 2, 2, 1, 1, 1),
    'c': (3, 3, 24, 56, 2, 2, 1, 1, 1),
    'd': (3, 3, 56, 96, 2, 2, 1, 1, 1),
    'e': (3, 3, 96, 96, 1, 1, 1, 1, 1),
    'f': (3, 3, 96, 96, 1, 1, 2, 2, 2),
    'g': (3, 3, 96, 96, 1, 1, 4, 4, 4),
    'all': (1, 1, 96, 96, 1, 1, 1, 0, 0),
    'side': (1, 1, 56, 48, 1, 1, 1, 0, 0),
    'up': (1, 1, 96, 48, 1, 1, 1, 0, 0),
    'h': (3, 3, 48, 48, 1, 1, 1, 1, 1),
    'out': (1, 1, 48, 27, 1, 1, 1, 0, 0),  # 3 kinds, then 4 corners (x, y) of each
}
RAW = {'out'}  # layers without normalisation and rectifier


def start(layers, seed):
    """Returns first weights and first running statistics."""
    rng, weights, stats = np.random.default_rng([seed, 0]), {}, {}
    for name, (h, w, i, o, *_) in layers.items():
        size = 0.05 if name in RAW else (2 / (h * w * i)) ** 0.5
        weights[name] = dict(w=rng.normal(0, size, (h, w, i, o)).astype(np.float32), bias=np.zeros(o, np.float32))
        if name in RAW:
            continue
        weights[name]['scale'] = np.ones(o, np.float32)
        stats[name] = dict(mean=np.zeros(o, np.float32), var=np.ones(o, np.float32))
    return weights, stats


class Pass:
    """One pass through a network over batches that may differ in width; normalisation is over all of them together."""

    def __init__(self, layers, weights, stats, training):
        self.layers, self.weights, self.stats, self.training, self.new = layers, weights, stats, training, {}

    def __call__(self, name, xs, rectify=True):
        _, _, _, _, down, across, dilation, pd, pa = self.layers[name]
        p = self.weights[name]
        xs = [
            jax.lax.conv_general_dilated(
                x,
                p['w'],
                (down, across),
                ((pd, pd), (pa, pa)),
                rhs_dilation=(dilation if pd else 1, dilation),
                dimension_numbers=('NHWC', 'HWIO', 'NHWC'),
            )
            for x in xs
        ]
        if name in RAW:
            return [x + p['bias'] for x in xs]
        if self.training:
            count = sum(x.size // x.shape[-1] for x in xs)
            mean = sum(x.sum((0, 1, 2)) for x in xs) / count
            var = sum(jnp.square(x - mean).sum((0, 1, 2)) for x in xs) / count
            old = self.stats[name]
            self.new[name] = dict(mean=old['mean'] * 0.99 + mean * 0.01, var=old['var'] * 0.99 + var * 0.01)
        else:
            mean, var = self.stats[name]['mean'], self.stats[name]['var']
        gain = jax.lax.rsqrt(var + EPSILON) * p['scale']
        xs = [x * gain + (p['bias'] - mean * gain) for x in xs]
        return [jax.nn.relu(x) for x in xs] if rectify else xs


def read(weights, stats, xs, training=False):
    """Takes batches of strips [n, 32, width, 1]; returns logits [n, width / 4, 12] for each, and the statistics."""
    go = Pass(READER, weights, stats, training)
    for name in 'abcdef':
        xs = go(name, xs)
    for name in 'ghi':
        xs = [x + y for x, y in zip(xs, go(name, xs))]
    return [x[:, 0] for x in go('out', xs)], go.new


def find(weights, stats, x, training=False):
    """Takes squares [n, side, side, 1]; returns [n, side / 8, side / 8, 27], and the statistics."""
    go = Pass(FINDER, weights, stats, training)
    (x,) = go('c', go('b', go('a', [x])))
    side = x
    (x,) = go('d', [x])
    for name in 'efg':
        x = x + go(name, [x])[0]
    x = x + go('all', [x.mean((1, 2), keepdims=True)])[0]
    (up,) = go('up', [x], rectify=False)
    up = jnp.repeat(jnp.repeat(up, 2, 1), 2, 2)
    x = jax.nn.relu(up + go('side', [side], rectify=False)[0])
    x = x + go('h', [x])[0]
    return go('out', [x])[0], go.new


def normal(pictures):
    """Returns pictures less their mean, divided by their standard deviation plus 8, with a channel."""
    x = pictures.astype(np.float32)
    mean = x.mean((1, 2), keepdims=True)
    return ((x - mean) / (x.std((1, 2), keepdims=True) + 8))[..., None]


def fold(layers, weights, stats):
    """Returns {layer: (weights, bias)} with the normalisation folded in."""
    out = {}
    for name in layers:
        w, bias = np.asarray(weights[name]['w']), np.asarray(weights[name]['bias'])
        if name not in RAW:
            gain = np.asarray(weights[name]['scale']) / np.sqrt(np.asarray(stats[name]['var']) + EPSILON)
            w, bias = w * gain, bias - np.asarray(stats[name]['mean']) * gain
        out[name] = (w.astype(np.float32), bias.astype(np.float32))
    return out


def unfold(layers, folded):
    """Returns weights and statistics for `read` and `find` that compute what folded weights do."""
    weights, stats = {}, {}
    for name, (w, bias) in folded.items():
        weights[name] = dict(w=jnp.asarray(w), bias=jnp.asarray(bias))
        if name in RAW:
            continue
        weights[name]['scale'] = jnp.ones(w.shape[-1])
        stats[name] = dict(mean=jnp.zeros(w.shape[-1]), var=jnp.full(w.shape[-1], 1 - EPSILON))
    return weights, stats


def encode(texts, longest=20):
    """Returns labels [n, longest] and their padding for the CTC loss."""
    labels, padding = np.zeros((len(texts), longest), np.int32), np.ones((len(texts), longest), np.float32)
    for k, text in enumerate(texts):
        for j, char in enumerate(text):
            labels[k, j], padding[k, j] = CLASSES.index(char) + 1, 0
    return labels, padding


def greedy(logits):
    """Returns the text of each row of logits."""
    texts = []
    for row in np.asarray(logits).argmax(-1):
        kept = row[np.insert(row[1:] != row[:-1], 0, True)]
        texts.append(''.join(CLASSES[c - 1] for c in kept if c))
    return texts


def cells(side):
    """Returns the centres of the finder's cells, [side / 8, side / 8, 2], x before y."""
    centre = np.arange(side // STEP, dtype=np.float32) * STEP + STEP / 2
    return np.stack(np.meshgrid(centre, centre), -1)


def targets(places, side):
    """Returns what the finder should say of scenes: [n, cells, cells, 3] of 0 or 1, the offsets to the corners
    [n, cells, cells, 3, 4, 2] in UNITs, and the weight of each offset: a corner is told by the cells near it."""
    import cv2

    at = cells(side)
    n, m = len(places), at.shape[0]
    kinds, offsets, weights = (
        np.zeros((n, m, m, 3), np.float32),
        np.zeros((n, m, m, 3, 4, 2), np.float32),
        np.zeros((n, m, m, 3, 4), np.float32),
    )
    unit = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
    for k, row in enumerate(places):
        for j, quad in enumerate(row):
            if np.isnan(quad).any():
                continue
            long, tall = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])
            flat = cv2.perspectiveTransform(at.reshape(1, -1, 2), cv2.getPerspectiveTransform(quad, unit)).reshape(
                m, m, 2
            )
            more = 0 if j == 0 else max(0, 0.62 * STEP - tall / 2) / tall + 0.1
            side_more = 0 if j == 0 else 0.3 * STEP / long
            inside = (
                (flat[..., 0] > -side_more)
                & (flat[..., 0] < 1 + side_more)
                & (flat[..., 1] > -more)
                & (flat[..., 1] < 1 + more)
            )
            kinds[k, ..., j] = inside
            far = quad - at[:, :, None]
            offsets[k, :, :, j] = far / UNIT
            unit_error = (tall / 6 if j == 0 else tall / 2 + 2) / UNIT
            weights[k, :, :, j] = inside[..., None] * np.exp(-np.linalg.norm(far, axis=-1) / (0.4 * long)) / unit_error
    return kinds, offsets, weights


def places(outputs, side, least=0.3):
    """Returns the quadrilaterals [3, 4, 2] that one picture's outputs [cells, cells, 27] tell, NaN where there is none,
    and the strongest cell of each kind."""
    at = cells(side)
    out, sure = np.full((3, 4, 2), np.nan, np.float32), np.zeros(3, np.float32)
    share = 1 / (1 + np.exp(-outputs[..., :3]))
    for j in range(3):
        votes = share[..., j]
        sure[j] = votes.max()
        if sure[j] < least:
            continue
        chosen = votes > max(least, 0.5 * sure[j])
        far = outputs[..., 3 + 8 * j : 11 + 8 * j].reshape(*votes.shape, 4, 2)[chosen] * UNIT
        corners = at[chosen][:, None] + far
        centre = np.median(corners.mean(1), 0)
        size = np.median(np.linalg.norm(corners[:, 1] - corners[:, 0], axis=-1)) + 1e-3
        near = np.linalg.norm(corners.mean(1) - centre, axis=-1) < 0.35 * size  # of two cards, the stronger one
        if not near.any():
            continue
        corners, far, weight = corners[near], far[near], votes[chosen][near]
        weight = weight[:, None] * np.exp(-np.linalg.norm(far, axis=-1) / (0.2 * size))
        out[j] = (corners * weight[..., None]).sum(0) / (weight.sum(0)[:, None] + 1e-9)
    return out, sure
