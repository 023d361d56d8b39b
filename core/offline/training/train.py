"""Trains the reader and the finder in turns, on pictures rendered as it goes: train.py STATE [HOURS].
Every round saves its state in the folder STATE, and a later run goes on from there."""

import collections
import os
import pickle
import sys
import time

os.environ.setdefault('XLA_FLAGS', '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1')

import cv2
import jax
import jax.numpy as jnp
import numpy as np
import optax

import networks
import views

CARDS, SCENES = 80, 96  # rendered in one round
NUMBERS, DATES, PICTURES = 48, 32, 16  # in one step
EASE, EASY_ROUNDS = 0.8, 400  # of strips at first, and until none is easy
HELD = 1 << 30  # seeds from here on are held out
AVERAGE = 0.9995  # of the weights over steps: the averaged weights are the ones to use


def rate(step):
    return 1.6e-3 * jnp.minimum(1, (step + 1) / 400) / jnp.sqrt(1 + step / 25000)


OPTIMISER = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(rate, weight_decay=1e-4))


def averaged(old, new, step):
    share = jnp.minimum(AVERAGE, (1 + step) / (20 + step))
    return jax.tree.map(lambda a, b: a * share + b * (1 - share), old, new)


def improved(loss, state, *batch):
    """Returns the state after one step, and the loss."""
    (value, stats), grads = jax.value_and_grad(loss, has_aux=True)(state['weights'], state['stats'], *batch)
    changes, opt = OPTIMISER.update(grads, state['opt'], state['weights'])
    weights = optax.apply_updates(state['weights'], changes)
    step = state['step'] + 1
    return (
        dict(
            weights=weights,
            stats=stats,
            opt=opt,
            step=step,
            best=averaged(state['best'], weights, step),
            best_stats=averaged(state['best_stats'], stats, step),
        ),
        value,
    )


def reader_loss(weights, stats, numbers, number_labels, dates, date_labels):
    logits, new = networks.read(weights, stats, [numbers, dates], True)
    each = [
        optax.ctc_loss(l, jnp.zeros(l.shape[:2]), *labels) for l, labels in zip(logits, (number_labels, date_labels))
    ]
    return each[0].mean() / 10 + each[1].mean() / 6, new


def finder_loss(weights, stats, squares, kinds, offsets, near):
    out, new = networks.find(weights, stats, squares, True)
    cross = optax.sigmoid_binary_cross_entropy(out[..., :3], kinds)
    told = out[..., 3:].reshape(*out.shape[:3], 3, 4, 2)
    error = optax.huber_loss(told, offsets, delta=0.1) * near[..., None]
    miss = (cross * (1 + kinds * jnp.array([0.0, 3.0, 5.0]))).mean() * 8
    return miss + error.sum() / (near > 0).sum() / 2, new


@jax.jit
def reader_step(state, *batch):
    return improved(reader_loss, state, *batch)


@jax.jit
def finder_step(state, *batch):
    return improved(finder_loss, state, *batch)


@jax.jit
def reading(state, x):
    return networks.read(state['best'], state['best_stats'], [x])[0][0]


@jax.jit
def finding(state, x):
    return networks.find(state['best'], state['best_stats'], x)[0]


def fresh(layers, seed):
    weights, stats = networks.start(layers, seed)
    return dict(
        weights=weights,
        stats=stats,
        opt=jax.jit(OPTIMISER.init)(weights),
        step=np.int32(0),
        best=weights,
        best_stats=stats,
    )


class Training:
    def __init__(self, folder):
        self.folder, self.path = folder, os.path.join(folder, 'state.pickle')
        os.makedirs(folder, exist_ok=True)
        if os.path.exists(self.path):
            with open(self.path, 'rb') as file:
                self.round, self.reader, self.finder = pickle.load(file)
        else:
            self.round, self.reader, self.finder = 0, fresh(networks.READER, 0), fresh(networks.FINDER, 1)
        self.older = {'strips': collections.deque(maxlen=16), 'scenes': collections.deque(maxlen=16)}

    def save(self):
        with open(self.path + '.part', 'wb') as file:
            pickle.dump((self.round, *jax.device_get((self.reader, self.finder))), file)
        os.replace(self.path + '.part', self.path)

    def pictures(self, kind, new, rng):
        """Returns the new pictures with those of one earlier round."""
        old = self.older[kind]
        both = [new] + ([old[int(rng.integers(len(old)))]] if old else [])
        old.append(new)
        return [np.concatenate(parts) for parts in zip(*both)]

    def reader_round(self):
        rng = np.random.default_rng([self.round, 3])
        numbers, texts, dates, days = self.pictures(
            'strips', views.strips(self.round, CARDS, EASE * max(0, 1 - self.round / EASY_ROUNDS)), rng
        )
        order, date_order, losses = rng.permutation(len(numbers)), rng.permutation(len(dates)), []
        for k in range(len(numbers) // NUMBERS):
            a, b = order[k * NUMBERS : (k + 1) * NUMBERS], np.take(
                date_order, range(k * DATES, (k + 1) * DATES), mode='wrap'
            )
            x = numbers[a]
            negative = rng.random(len(x)) < 0.08
            x[negative] = 255 - x[negative]
            self.reader, loss = reader_step(
                self.reader,
                networks.normal(x),
                networks.encode(texts[a]),
                networks.normal(dates[b]),
                networks.encode(days[b], 8),
            )
            losses.append(float(loss))
        return np.mean(losses)

    def finder_round(self):
        rng = np.random.default_rng([self.round, 4])
        found, places = self.pictures('scenes', views.scenes(self.round, SCENES), rng)
        order, losses = rng.permutation(len(found)), []
        for k in range(len(found) // PICTURES):
            a = order[k * PICTURES : (k + 1) * PICTURES]
            kinds, offsets, near = networks.targets(places[a], views.SIDE)
            self.finder, loss = finder_step(self.finder, networks.normal(found[a]), kinds, offsets, near)
            losses.append(float(loss))
        return np.mean(losses)

    def check(self):
        """Returns a line with the shares of held-out pictures that are read or found exactly."""
        numbers, texts, dates, days = views.strips(HELD, 120)
        parts = []
        for name, pictures, labels in (('numbers', numbers, texts), ('dates', dates, days)):
            right = [
                a == b
                for k in range(0, len(pictures) - 39, 40)
                for a, b in zip(
                    networks.greedy(reading(self.reader, networks.normal(pictures[k : k + 40]))), labels[k : k + 40]
                )
            ]
            parts.append(f'{name} {np.mean(right):.3f}')
        found, places = views.scenes(HELD, 96)
        good = np.zeros((0, 3), bool)
        for k in range(0, 96, PICTURES):
            outputs = np.asarray(finding(self.finder, networks.normal(found[k : k + PICTURES])))
            for out, place in zip(outputs, places[k : k + PICTURES]):
                told, _ = networks.places(out, views.SIDE)
                row = []
                for j in range(3):
                    missing = np.isnan(place[j]).any(), np.isnan(told[j]).any()
                    if any(missing):
                        row.append(all(missing))
                    else:
                        row.append(
                            np.linalg.norm(told[j] - place[j], axis=-1).max()
                            < (0.12 if j == 0 else 0.5) * np.linalg.norm(place[j][3] - place[j][0])
                            + (0 if j == 0 else 1.5)
                        )
                good = np.vstack([good, row])
        parts += [f'{name} found {share:.3f}' for name, share in zip(('card', 'number', 'date'), good.mean(0))]
        return ' '.join(parts)

    def run(self, until):
        while time.time() < until:
            began = time.time()
            a, b = self.reader_round(), self.finder_round()
            self.round += 1
            self.save()
            line = f'{time.strftime("%F %T")} round {self.round} reader step {int(self.reader["step"])} loss {a:.3f} finder step {int(self.finder["step"])} loss {b:.3f} {time.time() - began:.0f} s'
            if self.round % 25 == 0:
                line += ' | held out: ' + self.check()
            print(line, flush=True)


if __name__ == '__main__':
    cv2.setNumThreads(1)
    jax.config.update('jax_compilation_cache_dir', os.path.join(sys.argv[1], 'compiled'))
    Training(sys.argv[1]).run(time.time() + 3600 * float(sys.argv[2] if len(sys.argv) > 2 else 1e4))
