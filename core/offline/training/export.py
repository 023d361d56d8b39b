"""Writes the averaged weights of a training state as one file: export.py STATE reader|finder FILE. `load` reads it back.
With `--state` it writes what training can go on from instead: the same weights as 16-bit floats.

The file begins with the eight bytes of MAGIC. The layers follow in the order of networks.py, with the normalisation
folded in. A layer is nine little-endian 16-bit numbers (height, width, inputs, outputs, stride down, stride across,
dilation, padding down, padding across), a 32-bit float scale for each output, a 32-bit float bias for each output, and
its weights as signed bytes by output, row, column, input. A weight is its byte times the scale of its output."""

import os
import sys

import numpy as np
import torch

import networks

MAGIC = b'CWCARD03'


def save(path, layers, folded):
    with open(path, 'wb') as file:
        file.write(MAGIC)
        for name, (w, bias) in folded.items():
            scale = np.maximum(np.abs(w).max((1, 2, 3)), 1e-8).astype(np.float32) / 127
            file.write(np.array(layers[name], '<u2').tobytes())
            file.write(scale.astype('<f4').tobytes())
            file.write(bias.astype('<f4').tobytes())
            file.write(np.rint(w / scale[:, None, None, None]).astype(np.int8).tobytes())


def load(path, layers):
    """Returns the folded weights of a network: {layer: (weights, bias)}."""
    data = open(path, 'rb').read()
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError(f'{path} does not begin with {MAGIC!r}')
    at, folded = len(MAGIC), {}

    def take(kind, count):
        nonlocal at
        out = np.frombuffer(data, kind, count, at)
        at += out.nbytes
        return out

    for name, layer in layers.items():
        h, w, i, o, *rest = (int(v) for v in take('<u2', 9))
        if (h, w, i, o, *rest) != layer:
            raise ValueError(f'layer {name} is {(h, w, i, o, *rest)} in {path}, expected {layer}')
        scale, bias = take('<f4', o), take('<f4', o)
        weights = take(np.int8, o * h * w * i).reshape(o, h, w, i) * scale[:, None, None, None]
        folded[name] = (weights, bias)
    return folded


def main(folder, kind, path, *asked):
    state = torch.load(os.path.join(folder, f'{kind}.pt'))
    if asked == ('--state',):
        best = {name: value.half() if value.is_floating_point() else value for name, value in state['best'].items()}
        torch.save(dict(best=best, round=state['round'], step=state['step']), path)
    else:
        network, layers = networks.NETWORKS[kind]
        network = network()
        network.load_state_dict(state['best'])
        save(path, layers, networks.fold(network))
    print(f'{kind}, round {state["round"]}: {os.path.getsize(path)} bytes')


if __name__ == '__main__':
    main(*sys.argv[1:])
