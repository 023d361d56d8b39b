"""Writes the averaged weights of a training state as one file: export.py STATE FILE. `load` reads it back.

The file begins with the eight bytes of MAGIC. The layers of the reader follow, then those of the finder, in the order
of networks.py, with the normalisation folded in. A layer is nine little-endian 16-bit numbers (height, width, inputs,
outputs, stride down, stride across, dilation, padding down, padding across), a 32-bit float scale for each output, a
32-bit float bias for each output, and its weights as signed bytes by output, row, column, input. A weight is its byte
times the scale of its output."""

import os
import sys

import numpy as np
import torch

import networks

MAGIC = b'CWCARD02'


def save(path, reader, finder):
    with open(path, 'wb') as file:
        file.write(MAGIC)
        for layers, folded in ((networks.READER, reader), (networks.FINDER, finder)):
            for name, (w, bias) in folded.items():
                scale = np.maximum(np.abs(w).max((1, 2, 3)), 1e-8).astype(np.float32) / 127
                file.write(np.array(layers[name], '<u2').tobytes())
                file.write(scale.astype('<f4').tobytes())
                file.write(bias.astype('<f4').tobytes())
                file.write(np.rint(w / scale[:, None, None, None]).astype(np.int8).tobytes())


def load(path):
    """Returns the folded weights of the reader and of the finder: {layer: (weights, bias)} each."""
    data = open(path, 'rb').read()
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError(f'{path} does not begin with {MAGIC!r}')
    at, networks_read = len(MAGIC), []

    def take(kind, count):
        nonlocal at
        out = np.frombuffer(data, kind, count, at)
        at += out.nbytes
        return out

    for layers in (networks.READER, networks.FINDER):
        folded = {}
        for name, layer in layers.items():
            h, w, i, o, *rest = (int(v) for v in take('<u2', 9))
            if (h, w, i, o, *rest) != layer:
                raise ValueError(f'layer {name} is {(h, w, i, o, *rest)} in {path}, expected {layer}')
            scale, bias = take('<f4', o), take('<f4', o)
            weights = take(np.int8, o * h * w * i).reshape(o, h, w, i) * scale[:, None, None, None]
            folded[name] = (weights, bias)
        networks_read.append(folded)
    return networks_read


if __name__ == '__main__':
    state, folded = torch.load(os.path.join(sys.argv[1], 'state.pt')), []
    for name, network in (('reader', networks.Reader()), ('finder', networks.Finder())):
        network.load_state_dict(state[name]['best'])
        folded.append(networks.fold(network))
    save(sys.argv[2], *folded)
    print(f'round {state["round"]}: {os.path.getsize(sys.argv[2])} bytes')
