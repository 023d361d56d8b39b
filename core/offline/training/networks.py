"""The two networks: a reader of strips with one line of digits, and a finder of the card and its lines in a photo."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CLASSES = '0123456789/'  # class 0 of the reader is blank, class k the character k - 1
EPSILON = 1e-3
STEP = 8  # pixels between the finder's cells
UNIT = 32.0  # pixels in one unit of the finder's offsets

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
    'out': (1, 1, 48, 27, 1, 1, 1, 0, 0),  # 3 kinds, then 4 corners (x, y) of each
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
    """Takes squares [n, 1, side, side]; returns [n, side / 8, side / 8, 27]."""

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


def normal(pictures):
    """Returns pictures less their mean, divided by their standard deviation plus 8, with a channel."""
    x = torch.from_numpy(pictures).float()
    deviation, mean = torch.std_mean(x, (1, 2), correction=0, keepdim=True)
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


def near(told, place, kind):
    """Tells if a found quadrilateral is where it should be: within an eighth of the card's height, or within half of
    the line's and a pixel and a half; a missing one must not be found."""
    missing = np.isnan(place).any(), np.isnan(told).any()
    if any(missing):
        return all(missing)
    tall = np.linalg.norm(place[3] - place[0])
    most = 0.125 * tall if kind == 0 else 0.5 * tall + 1.5
    return bool(np.linalg.norm(told - place, axis=-1).max() < most)
