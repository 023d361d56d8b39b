"""The two networks: a reader of strips with one line of digits, and a finder of the card and its lines in a photo."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CLASSES = '0123456789/'  # class 0 of the reader is blank, class k the character k - 1
EPSILON = 1e-3
STEP = 8  # pixels between the finder's cells
AROUND = 49  # columns around one that a strip is evened over
UNIT = 16.0  # pixels in one unit of the finder's heights and of its ways to a date

# name: (height, width, in, out, stride down, stride across, dilation, padding down, padding across)
READER = {
    'a': (3, 3, 1, 16, 2, 2, 1, 1, 1),
    'b': (3, 3, 16, 32, 2, 1, 1, 1, 1),
    'c': (3, 3, 32, 64, 2, 2, 1, 1, 1),
    'd': (3, 3, 64, 96, 1, 1, 1, 1, 1),
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
    'out': (1, 1, 48, 13, 1, 1, 1, 0, 0),
}
RAW = {'out'}  # layers without normalisation and rectifier


class Layer(nn.Module):
    """A convolution over batches that may differ in width, normalised over all of them together."""

    def __init__(self, name, h, w, i, o, down, across, dilation, pd, pa):
        super().__init__()
        self.conv = nn.Conv2d(
            i, o, (h, w), (down, across), (pd, pa), (dilation if pd else 1, dilation), bias=name in RAW
        )
        nn.init.normal_(self.conv.weight, 0, 0.05 if name in RAW else (2 / (h * w * i)) ** 0.5)
        self.norm = None if name in RAW else nn.BatchNorm1d(o, EPSILON, 0.01)

    def forward(self, xs, rectify=True):
        xs = [self.conv(x) for x in xs]
        if self.norm is None:
            return xs
        shapes = [x.permute(0, 2, 3, 1).shape for x in xs]
        rows = [x.permute(0, 2, 3, 1).reshape(-1, x.shape[1]) for x in xs]
        flat = self.norm(torch.cat(rows) if len(rows) > 1 else rows[0])
        if rectify:
            flat = F.relu(flat)
        return [
            part.view(shape).permute(0, 3, 1, 2) for part, shape in zip(flat.split([len(r) for r in rows]), shapes)
        ]


class Network(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = nn.ModuleDict({name: Layer(name, *layer) for name, layer in layers.items()})
        self.to(memory_format=torch.channels_last)


class Reader(Network):
    """Takes batches of strips [n, 1, 32, width]; returns logits [n, width / 4, 12] for each."""

    def __init__(self):
        super().__init__(READER)

    def forward(self, xs):
        for name in 'abcdef':
            xs = self.layers[name](xs)
        for name in 'ghi':
            xs = [x + y for x, y in zip(xs, self.layers[name](xs))]
        return [x[:, :, 0].transpose(1, 2).float() for x in self.layers['out'](xs)]


class Finder(Network):
    """Takes squares [n, 1, side, side]; returns [n, side / 8, side / 8, 13]."""

    def __init__(self):
        super().__init__(FINDER)

    def forward(self, x):
        def go(name, x, rectify=True):
            return self.layers[name]([x], rectify)[0]

        side = go('c', go('b', go('a', x)))
        x = go('d', side)
        for name in 'efg':
            x = x + go(name, x)
        x = x + go('all', x.mean((2, 3), keepdim=True))
        up = go('up', x, False).repeat_interleave(2, 2).repeat_interleave(2, 3)
        x = F.relu(up + go('side', side, False))
        return go('out', x + go('h', x)).permute(0, 2, 3, 1).float()


NETWORKS = {'reader': (Reader, READER), 'finder': (Finder, FINDER)}


def normal(pictures):
    """Returns pictures less their mean, divided by their standard deviation plus 8, with a channel."""
    x = torch.from_numpy(pictures).float()
    deviation, mean = torch.std_mean(x, (1, 2), correction=0, keepdim=True)
    return ((x - mean) / (deviation + 8))[:, None]


def evened(pictures):
    """Returns strips less the mean around each column, divided by the standard deviation there plus 8, with a channel:
    what is faint in one part of a strip is so as strong as in the others."""
    x = torch.from_numpy(pictures).float()

    def around(values):
        return F.avg_pool1d(values.mean(1, keepdim=True), AROUND, 1, AROUND // 2, count_include_pad=False)

    mean = around(x)
    deviation = (around(x * x) - mean * mean).clamp(min=0).sqrt()
    return ((x - mean) / (deviation + 8))[:, None]


def fold(network):
    """Returns {layer: (weights [out, height, width, in], bias)} with the normalisation folded in."""
    out = {}
    for name, layer in network.layers.items():
        w = layer.conv.weight.detach().float()
        if layer.norm is None:
            bias = layer.conv.bias.detach()
        else:
            gain = layer.norm.weight.detach() / torch.sqrt(layer.norm.running_var + EPSILON)
            w, bias = w * gain[:, None, None, None], layer.norm.bias.detach() - layer.norm.running_mean * gain
        out[name] = (w.permute(0, 2, 3, 1).contiguous().numpy(), bias.numpy())
    return out


def unfold(network, folded):
    """Returns the network with folded weights, ready to be used."""
    for name, (w, bias) in folded.items():
        layer = network.layers[name]
        layer.conv.weight.data = torch.from_numpy(np.ascontiguousarray(w)).permute(0, 3, 1, 2)
        if layer.norm is None:
            layer.conv.bias.data = torch.from_numpy(bias)
        else:
            layer.norm.bias.data = torch.from_numpy(bias)
            layer.norm.running_var.fill_(1 - EPSILON)
    return network.eval()


def labels(texts):
    """Returns the classes of all texts in a row, and the length of each, for the CTC loss."""
    return (
        torch.tensor([CLASSES.index(char) + 1 for text in texts for char in text], dtype=torch.int32),
        torch.tensor([len(text) for text in texts], dtype=torch.int32),
    )


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


def directions(quad):
    """Returns a line's axes and sizes: the unit vector along it, its length and its height."""
    along, up = (quad[1] - quad[0] + quad[2] - quad[3]) / 2, (quad[3] - quad[0] + quad[2] - quad[1]) / 2
    long = np.linalg.norm(along) + 1e-6
    return along / long, long, np.linalg.norm(up) + 1e-6


def targets(places, side):
    """Returns what the finder should say of scenes, [n, cells, cells, 13], and the weight of each value:
    3 logits (of card, number and date), of 1 or 0; the direction of the text by its angle a: cos 2a, sin 2a, cos a,
    sin a; of the number, the logarithm of its height in UNITs and the way to its middle line, in STEPs; of the date,
    its height likewise and the way to its centre, in UNITs."""
    import cv2

    at = cells(side)
    n, m = len(places), at.shape[0]
    wanted, weights = np.zeros((n, m, m, 13), np.float32), np.zeros((n, m, m, 13), np.float32)
    unit = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
    for k, row in enumerate(places):
        for j, quad in enumerate(row):
            if np.isnan(quad).any():
                continue
            e, long, tall = directions(quad)
            flat = cv2.perspectiveTransform(at.reshape(1, -1, 2), cv2.getPerspectiveTransform(quad, unit)).reshape(
                m, m, 2
            )
            more = 0 if j == 0 else max(0, 0.62 * STEP - tall / 2) / tall + 0.1
            side_more = 0 if j == 0 else 0.3 * STEP / long
            u, v = flat[..., 0], flat[..., 1]
            inside = (u > -side_more) & (u < 1 + side_more) & (v > -more) & (v < 1 + more)
            wanted[k, ..., j] = inside
            if j == 0:
                wanted[k, ..., 3:7] = [e[0] ** 2 - e[1] ** 2, 2 * e[0] * e[1], e[0], e[1]]
                weights[k, ..., 3:7] = inside[..., None]
                continue
            left, right = np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1])
            high = left + (right - left) * np.clip(u, 0, 1)
            a, b = (quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2
            if j == 1:
                axis = (b - a) / np.linalg.norm(b - a)
                far = a - at
                far = (far - (far @ axis)[..., None] * axis) / STEP
            else:
                far = ((a + b) / 2 - at) / UNIT
            place = 7 if j == 1 else 10
            wanted[k, ..., place] = np.log(high / UNIT)
            wanted[k, ..., place + 1 : place + 3] = far
            weights[k, ..., place : place + 3] = inside[..., None]
    return wanted, weights


def lines(outputs, kind, side, least=0.35):
    """Returns the lines that one picture's outputs [cells, cells, 13] tell, the surest first: of each the quadrilateral
    [4, 2], read along the angle that the finder holds likelier, and the sum of its cells' shares. `kind` is 1 for
    numbers and 2 for dates."""
    at, share = cells(side), 1 / (1 + np.exp(-outputs[..., :3]))
    votes = share[..., kind]
    chosen = np.argwhere(votes > least)
    place = 7 if kind == 1 else 10
    left = [tuple(cell) for cell in chosen[np.argsort(-votes[tuple(chosen.T)])]]
    parts = []
    while left:  # neighbouring cells
        part, front = [], [left[0]]
        unseen = set(left) - {left[0]}
        while front:
            y, x = front.pop()
            part.append((y, x))
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    if (y + dy, x + dx) in unseen:
                        unseen.discard((y + dy, x + dx))
                        front.append((y + dy, x + dx))
        left = [cell for cell in left if cell in unseen]
        parts.append(part)

    def fitted(part):
        ys, xs = np.array(part).T
        w, out = votes[ys, xs], outputs[ys, xs]
        double = (out[:, 3:5] * w[:, None]).sum(0)
        single = (out[:, 5:7] * w[:, None]).sum(0)
        angle = np.arctan2(double[1], double[0]) / 2
        e = np.array([np.cos(angle), np.sin(angle)])
        if single @ e < 0:
            e = -e
        d = np.array([-e[1], e[0]])
        points = at[ys, xs] + out[:, place + 1 : place + 3] * (STEP if kind == 1 else UNIT)
        centre = (points * w[:, None]).sum(0) / w.sum()
        t, height = (at[ys, xs] - centre) @ e, np.exp(out[:, place]) * UNIT
        tall = (height * w).sum() / w.sum()
        if kind == 2:
            return dict(quad=box(centre, e, d, -2.4 * tall, 2.4 * tall, tall, tall), votes=w.sum(), tall=tall)
        spread = (w * t * t).sum() + 4 * tall * tall * w.sum() * 0.05 + 64
        mean = (w * t).sum() / w.sum()
        off = (points - centre) @ d
        lean = (w * (t - mean) * off).sum() / spread
        turn = np.arctan(np.clip(lean, -0.2, 0.2))
        e = np.array([e[0] * np.cos(turn) - e[1] * np.sin(turn), e[0] * np.sin(turn) + e[1] * np.cos(turn)])
        d = np.array([-e[1], e[0]])
        t = (at[ys, xs] - centre) @ e
        grow = np.clip((w * (t - mean) * (height - tall)).sum() / spread, -0.05, 0.05)
        low, high = t.min() - 1, t.max() + 1
        return dict(
            quad=box(centre, e, d, low, high, tall + grow * (low - mean), tall + grow * (high - mean)),
            votes=w.sum(),
            tall=tall,
        )

    def box(centre, e, d, low, high, before, after):
        a, b = centre + e * low, centre + e * high
        before, after = max(before, 1) / 2, max(after, 1) / 2
        return np.float32([a - d * before, b - d * after, b + d * after, a + d * before])

    parts = sorted(parts, key=lambda part: -votes[tuple(np.array(part).T)].sum())[:6]
    found, used = [], set()
    for k, part in enumerate(parts):
        if k in used:
            continue
        whole = fitted(part)
        for j in range(k + 1, len(parts)):  # what continues the line beyond a gap
            if j in used or kind == 2:
                continue
            e, long, tall = directions(whole['quad'])
            middle = whole['quad'].mean(0)
            ys, xs = np.array(parts[j]).T
            there = at[ys, xs] + outputs[ys, xs, place + 1 : place + 3] * STEP - middle
            t, off = there @ e, there @ np.array([-e[1], e[0]])
            gap = max(t.min() - long / 2, -long / 2 - t.max())
            if gap < 3 * tall + STEP and abs(np.median(off)) < 0.6 * tall + 0.05 * max(0, gap):
                part = part + parts[j]
                used.add(j)
                whole = fitted(part)
        found.append(whole)
    found.sort(key=lambda line: -line['votes'])
    return [(line['quad'], line['votes']) for line in found]


def near(told, place, kind):
    """Tells if a found line is where it should be, whichever way up: a number with both ends within 0.4 of its height
    across and a height along it, a date's centre within 0.4 of its height across and a height along; and its height
    within a quarter. A missing one must not be found."""
    if np.isnan(place).any() or told is None:
        return bool(np.isnan(place).any()) and told is None
    e, long, tall = directions(place)
    d = np.array([-e[1], e[0]])
    f, _, high = directions(told)
    ends = [(told[0] + told[3]) / 2, (told[1] + told[2]) / 2]
    if f @ e < 0:
        ends.reverse()
    wanted = [(place[0] + place[3]) / 2, (place[1] + place[2]) / 2]
    if kind == 2:
        ends, wanted = [sum(ends) / 2], [sum(wanted) / 2]
    off = [a - b for a, b in zip(ends, wanted)]
    close = all(abs(o @ d) < 0.4 * tall + 0.5 and abs(o @ e) < tall + 2 for o in off)
    return bool(close and abs(f @ e) > 0.97 and 0.75 < high / tall < 1.33)
