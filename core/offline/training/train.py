"""Trains a network on pictures rendered as it goes: train.py STATE reader|finder [ROUNDS] [--from-nothing].
Every round renders new pictures, trains on them and on those of the last rounds, and saves its state in the folder
STATE; a later run goes on from there. Where STATE is empty, it goes on from the weights in the folder `state` beside
this file, unless it is to begin from nothing. The ROUNDS, 60 unless given, are counted from where STATE began; the rate
falls to its least in the last of them."""

import argparse
import copy
import math
import os
import time

os.environ.setdefault('OMP_NUM_THREADS', '1')

import cv2
import numpy as np
import torch
from torch.nn import functional as F

import networks
import views

KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'state')
AVERAGE = 0.9985  # of the weights over steps: the averaged weights are the ones to use
PEAK, LEAST, WARM = 2e-3, 2e-5, 300  # the rate, the rate at the end, and the steps until the peak is reached
HELD, CHECKED = 1 << 30, 5  # seeds from here on are held out; rounds between checks


class Training:
    """A network with its averaged copy and its optimiser; a subclass says what it learns from."""

    def __init__(self, folder, network, rounds, from_nothing):
        torch.manual_seed(0)
        self.folder, self.path = folder, os.path.join(folder, f'{self.name}.pt')
        self.network, self.rounds, self.first, self.round, self.step, self.warm = network, rounds, 0, 0, 0, 0
        self.best = copy.deepcopy(network).eval()
        self.optimiser = torch.optim.AdamW(network.parameters(), weight_decay=1e-3)
        kept = os.path.join(KEPT, f'{self.name}.pt')
        os.makedirs(folder, exist_ok=True)
        if os.path.exists(self.path):
            state = torch.load(self.path)
            self.network.load_state_dict(state['network'])
            self.best.load_state_dict(state['best'])
            self.optimiser.load_state_dict(state['optimiser'])
            self.first, self.round, self.step, self.warm = (state[k] for k in ('first', 'round', 'step', 'warm'))
        elif os.path.exists(kept) and not from_nothing:
            state = torch.load(kept)
            self.network.load_state_dict(state['best'])
            self.best.load_state_dict(state['best'])
            self.first, self.round, self.step = state['round'], state['round'], state['step']
        self.sets = {}

    def save(self):
        torch.save(
            dict(
                network=self.network.state_dict(),
                best=self.best.state_dict(),
                optimiser=self.optimiser.state_dict(),
                first=self.first,
                round=self.round,
                step=self.step,
                warm=self.warm,
            ),
            self.path + '.part',
        )
        os.replace(self.path + '.part', self.path)

    def learn(self, loss):
        """Takes one step against `loss`, a function of the network; returns the loss."""
        rate = LEAST + (PEAK - LEAST) * (0.5 + 0.5 * math.cos(math.pi * min(1, self.done)))
        for group in self.optimiser.param_groups:
            group['lr'] = rate * min(1, (self.warm + 1) / WARM)
        self.optimiser.zero_grad()
        with torch.autocast('cpu', torch.bfloat16):
            value = loss(self.network)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        self.warm += 1
        kept = min(AVERAGE, (1 + self.step) / (20 + self.step))
        with torch.no_grad():
            for old, new in zip(self.best.state_dict().values(), self.network.state_dict().values()):
                if old.is_floating_point():
                    old.lerp_(new, 1 - kept)
        return float(value.detach())

    def run(self):
        last = self.first + self.rounds
        while self.round < last:
            began, rng = time.time(), np.random.default_rng([self.round, 3])
            for seed in range(max(0, self.round - self.window + 1), self.round + 1):
                if seed not in self.sets:
                    self.sets[seed] = self.rendered(seed)
            self.sets = {seed: self.sets[seed] for seed in sorted(self.sets)[-self.window :]}
            rendering, losses = time.time() - began, []
            pool = [np.concatenate(parts) for parts in zip(*self.sets.values())]
            for k in range(self.steps):
                self.done = (self.round - self.first + k / self.steps) / self.rounds
                losses.append(self.learn(self.loss(rng, pool)))
            del pool
            self.round += 1
            self.save()
            line = (
                f'{time.strftime("%F %T")} {self.name} round {self.round} step {self.step} loss {np.mean(losses):.4f}'
                f' seconds: rendering {rendering:.0f}, training {time.time() - began - rendering:.0f}'
            )
            if self.round % CHECKED == 0 or self.round in (self.first + 1, self.first + 2, last):
                with torch.no_grad():
                    line += ' | held out: ' + self.check()
            print(line, flush=True)


class Reader(Training):
    name, steps, window = 'reader', 280, 6
    CARDS, NUMBERS, DATES = 450, 48, 16  # rendered in one round, and the strips of one step
    EVEN = 0.3  # of the number strips are evened
    EASE, EASY_ROUNDS, EASY = 0.9, 20, 0.25  # of strips at first, the rounds until it is the least, and the least

    def __init__(self, folder, rounds, from_nothing):
        super().__init__(folder, networks.Reader(), rounds, from_nothing)
        self.held = views.strips(HELD, 120)

    def rendered(self, seed):
        return views.strips(seed, self.CARDS, max(self.EASY, self.EASE * (1 - seed / self.EASY_ROUNDS)))

    def loss(self, rng, pool):
        numbers, texts, dates, days = pool
        a, b = rng.integers(0, len(numbers), self.NUMBERS), rng.integers(0, len(dates), self.DATES)
        strips = [views.varied(rng, numbers[a]), views.varied(rng, dates[b])]
        is_even = torch.from_numpy(rng.random(self.NUMBERS) < self.EVEN)[:, None, None, None]
        number = torch.where(is_even, networks.evened(strips[0]), networks.normal(strips[0]))
        strips = [number, networks.normal(strips[1])]
        wanted = [networks.labels(texts[a]), networks.labels(days[b])]

        def loss(network):
            each = [
                F.ctc_loss(
                    logits.log_softmax(-1).transpose(0, 1),
                    *(classes, torch.full((len(logits),), logits.shape[1], dtype=torch.int32), lengths),
                    reduction='sum',
                    zero_infinity=True,
                )
                / len(logits)
                for logits, (classes, lengths) in zip(network(strips), wanted)
            ]
            return each[0] / 10 + each[1] / 18

        return loss

    def check(self):
        """Returns the shares of held-out strips that are read exactly."""
        parts = []
        (numbers, texts, dates, days), normal = self.held, networks.normal
        sets = (
            ('numbers', numbers, texts, normal),
            ('evened', numbers, texts, networks.evened),
            ('dates', dates, days, normal),
        )
        for name, pictures, wanted, given in sets:
            right = [
                a == b
                for k in range(0, len(pictures), 40)
                for a, b in zip(networks.greedy(self.best([given(pictures[k : k + 40])])[0]), wanted[k : k + 40])
            ]
            lines = np.array([len(text) > 0 for text in wanted])
            parts.append(f'{name} {np.mean(np.array(right)[lines]):.3f} blanks {np.mean(np.array(right)[~lines]):.3f}')
        return ' '.join(parts)


class Finder(Training):
    name, steps, window = 'finder', 160, 6
    SCENES, PICTURES = 420, 16  # rendered in one round, and the scenes of one step
    UPRIGHT, TURNING = 20, 1200  # degrees that cards are turned by at first, and the steps until they lie at any angle
    SHARES = torch.tensor([2.0, 2.0, 0.5, 0.5, 2.0, 1.0, 1.0, 1.0, 0.7, 0.7])  # of the errors in the loss

    def __init__(self, folder, rounds, from_nothing):
        super().__init__(folder, networks.Finder(), rounds, from_nothing)
        self.held = views.turned(np.random.default_rng(HELD), *views.scenes(HELD, 128), 180)

    def rendered(self, seed):
        return views.scenes(seed, self.SCENES)

    def loss(self, rng, pool):
        a = rng.integers(0, len(pool[0]), self.PICTURES)
        most = self.UPRIGHT + (180 - self.UPRIGHT) * min(1, self.step / self.TURNING)
        squares, places = views.turned(rng, pool[0][a], pool[1][a], most)
        wanted, weights = map(torch.from_numpy, networks.targets(places, views.SIDE))
        x = networks.normal(squares)

        def loss(network):
            out = network(x)
            cross = F.binary_cross_entropy_with_logits(out[..., :3], wanted[..., :3], reduction='none')
            miss = (cross * (1 + wanted[..., :3] * torch.tensor([0.0, 3.0, 5.0]))).mean((0, 1, 2))
            error = F.smooth_l1_loss(out[..., 3:], wanted[..., 3:], reduction='none', beta=0.2) * weights[..., 3:]
            error = error.sum((0, 1, 2)) / (1 + weights[..., 3:].sum((0, 1, 2)))
            return (miss * torch.tensor([1.0, 4.0, 4.0])).sum() + (error * self.SHARES).sum()

        return loss

    def check(self):
        """Returns the shares of held-out scenes in which number and date are found, of cells that are rightly on a card
        or not, and of cards whose way up is known."""
        found, places = self.held
        good, cards, upright = [], [], []
        for k in range(0, len(found), self.PICTURES):
            outputs = self.best(networks.normal(found[k : k + self.PICTURES])).numpy()
            wanted, weights = networks.targets(places[k : k + self.PICTURES], views.SIDE)
            cards.append(((outputs[..., 0] > 0) == (wanted[..., 0] > 0)).mean())
            way = ((outputs[..., 5:7] * wanted[..., 5:7]).sum(-1) * weights[..., 5]).sum((1, 2))
            upright += list(way[weights[..., 5].sum((1, 2)) > 0] > 0)
            for out, place in zip(outputs, places[k : k + self.PICTURES]):
                told = [next(iter(networks.lines(out, kind, views.SIDE)), (None,))[0] for kind in (1, 2)]
                good.append([networks.near(told[j], place[j + 1], j + 1) for j in range(2)])
        shares = [*np.mean(good, 0), np.mean(cards), np.mean(upright)]
        return ' '.join(f'{name} {share:.3f}' for name, share in zip(('number', 'date', 'card', 'way up'), shares))


if __name__ == '__main__':
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser()
    parser.add_argument('state')
    parser.add_argument('network', choices=('reader', 'finder'))
    parser.add_argument('rounds', nargs='?', type=int, default=60)
    parser.add_argument('--from-nothing', action='store_true')
    given = parser.parse_args()
    kind = {'reader': Reader, 'finder': Finder}[given.network]
    kind(given.state, given.rounds, given.from_nothing).run()
