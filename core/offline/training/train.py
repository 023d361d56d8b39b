"""Trains the reader and the finder in turns, on pictures rendered as it goes: train.py STATE [HOURS].
Every round saves its state in the folder STATE, and a later run goes on from there. Training ends after ROUNDS."""

import collections
import concurrent.futures
import copy
import multiprocessing
import os
import signal
import sys
import time

os.environ.setdefault('OMP_NUM_THREADS', '1')

import cv2
import numpy as np
import torch
from torch.nn import functional as F

import networks
import views

ROUNDS = 400
CARDS, SCENES = 120, 160  # rendered in one round
USES = 4  # of each picture: in its own round, and with those of later ones
NUMBERS, DATES, PICTURES = 48, 16, 16  # in one step
EASE, EASY_ROUNDS = 0.9, 60  # of strips at first, and until none is easy
UPRIGHT, TURNING = 10, 3000  # degrees that cards are turned by at first, and the finder's steps until they lie at any angle
HELD, HELD_CARDS, HELD_SCENES, CHECKED = 1 << 30, 120, 96, 10  # seeds from here on are held out; rounds between checks
PEAK, WARM, FALL = 2e-3, 300, 0.3  # the rate, the steps until it is reached, and the share of rounds in which it falls
AVERAGE = 0.9985  # of the weights over steps: the averaged weights are the ones to use


def rendered(seed, ease):
    return views.strips(seed, CARDS, ease), views.scenes(seed, SCENES)


def plain():
    cv2.setNumThreads(1)
    os.nice(5)


class Learner:
    """A network with its averaged copy, its optimiser, and the number of its steps."""

    def __init__(self, network):
        self.network, self.best, self.step = network, copy.deepcopy(network).eval(), 0
        self.optimiser = torch.optim.AdamW(network.parameters(), weight_decay=1e-3)

    def state(self):
        return dict(
            network=self.network.state_dict(),
            best=self.best.state_dict(),
            optimiser=self.optimiser.state_dict(),
            step=self.step,
        )

    def load(self, state):
        self.network.load_state_dict(state['network'])
        self.best.load_state_dict(state['best'])
        self.optimiser.load_state_dict(state['optimiser'])
        self.step = state['step']

    def learn(self, share, loss):
        """Takes one step at a share of the peak rate against `loss`, a function of the network; returns the loss."""
        for group in self.optimiser.param_groups:
            group['lr'] = PEAK * share * min(1, (self.step + 1) / WARM)
        self.optimiser.zero_grad()
        with torch.autocast('cpu', torch.bfloat16):
            value = loss(self.network)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        kept = min(AVERAGE, (1 + self.step) / (20 + self.step))
        with torch.no_grad():
            for old, new in zip(self.best.state_dict().values(), self.network.state_dict().values()):
                if old.is_floating_point():
                    old.lerp_(new, 1 - kept)
        return float(value.detach())


def reader_loss(numbers, texts, dates, days):
    def loss(network):
        each = [
            F.ctc_loss(
                logits.log_softmax(-1).transpose(0, 1),
                *(classes, torch.full((len(logits),), logits.shape[1], dtype=torch.int32), lengths),
                reduction='sum',
                zero_infinity=True,
            )
            / len(logits)
            for logits, (classes, lengths) in zip(
                network([networks.normal(numbers), networks.normal(dates)]), map(networks.labels, (texts, days))
            )
        ]
        return each[0] / 10 + each[1] / 18

    return loss


def finder_loss(squares, places):
    kinds, offsets, near = map(torch.from_numpy, networks.targets(places, views.SIDE))

    def loss(network):
        out = network(networks.normal(squares))
        cross = F.binary_cross_entropy_with_logits(out[..., :3], kinds, reduction='none')
        told = out[..., 3:].reshape(*out.shape[:3], 3, 4, 2)
        error = F.smooth_l1_loss(told, offsets, reduction='none', beta=0.1) * near[..., None]
        miss = (cross * (1 + kinds * torch.tensor([0.0, 3.0, 5.0]))).mean() * 8
        return miss + error.sum() / (near > 0).sum()

    return loss


class Training:
    def __init__(self, folder):
        self.folder, self.path = folder, os.path.join(folder, 'state.pt')
        os.makedirs(folder, exist_ok=True)
        torch.manual_seed(0)
        self.round, self.reader, self.finder = 0, Learner(networks.Reader()), Learner(networks.Finder())
        if os.path.exists(self.path):
            state = torch.load(self.path)
            self.round = state['round']
            self.reader.load(state['reader'])
            self.finder.load(state['finder'])
        self.older, self.held = collections.deque(maxlen=12), None

    def save(self):
        torch.save(dict(round=self.round, reader=self.reader.state(), finder=self.finder.state()), self.path + '.part')
        os.replace(self.path + '.part', self.path)

    def reader_round(self, rng, share, sets):
        numbers, texts, dates, days = (np.concatenate(parts) for parts in zip(*sets))
        order, date_order, losses = rng.permutation(len(numbers)), rng.permutation(len(dates)), []
        for k in range(len(numbers) // NUMBERS):
            a = order[k * NUMBERS : (k + 1) * NUMBERS]
            b = np.take(date_order, range(k * DATES, (k + 1) * DATES), mode='wrap')
            batch = views.varied(rng, numbers[a]), texts[a], views.varied(rng, dates[b]), days[b]
            losses.append(self.reader.learn(share, reader_loss(*batch)))
        return np.mean(losses)

    def finder_round(self, rng, share, sets):
        found, places = (np.concatenate(parts) for parts in zip(*sets))
        order, losses = rng.permutation(len(found)), []
        most = UPRIGHT + (180 - UPRIGHT) * min(1, self.finder.step / TURNING)
        for k in range(len(found) // PICTURES):
            a = order[k * PICTURES : (k + 1) * PICTURES]
            losses.append(self.finder.learn(share, finder_loss(*views.turned(rng, found[a], places[a], most))))
        return np.mean(losses)

    @torch.no_grad()
    def check(self):
        """Returns a line with the shares of held-out pictures that are read or found exactly."""
        if self.held is None:
            self.held = views.strips(HELD, HELD_CARDS), views.scenes(HELD, HELD_SCENES)
        (numbers, texts, dates, days), (found, places) = self.held
        parts = []
        for name, pictures, wanted in (('numbers', numbers, texts), ('dates', dates, days)):
            right = [
                a == b
                for k in range(0, len(pictures), 40)
                for a, b in zip(
                    networks.greedy(self.reader.best([networks.normal(pictures[k : k + 40])])[0]), wanted[k : k + 40]
                )
            ]
            lines = np.array([len(text) > 0 for text in wanted])
            parts.append(f'{name} {np.mean(np.array(right)[lines]):.3f} blanks {np.mean(np.array(right)[~lines]):.3f}')
        good = []
        for k in range(0, len(found), PICTURES):
            outputs = self.finder.best(networks.normal(found[k : k + PICTURES])).numpy()
            for out, place in zip(outputs, places[k : k + PICTURES]):
                told, _ = networks.places(out, views.SIDE)
                good.append([networks.near(told[j], place[j], j) for j in range(3)])
        parts += [f'{name} found {share:.3f}' for name, share in zip(('card', 'number', 'date'), np.mean(good, 0))]
        return ' '.join(parts)

    def run(self, until):
        with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context('spawn'), plain) as pool:

            def pictures(seed):
                return pool.submit(rendered, seed, EASE * max(0, 1 - seed / EASY_ROUNDS))

            coming = pictures(self.round)
            while time.time() < until and self.round < ROUNDS:
                began, rng = time.time(), np.random.default_rng([self.round, 3])
                new = coming.result()
                coming = pictures(self.round + 1)
                rendering = time.time() - began
                picked = rng.permutation(len(self.older))[: USES - 1]
                sets = [new] + [self.older[int(k)] for k in picked]
                self.older.append(new)
                share = min(1, (ROUNDS - self.round) / (FALL * ROUNDS))
                a = self.reader_round(rng, share, [strips for strips, _ in sets])
                reading = time.time() - began - rendering
                b = self.finder_round(rng, share, [scenes for _, scenes in sets])
                finding = time.time() - began - rendering - reading
                self.round += 1
                self.save()
                line = (
                    f'{time.strftime("%F %T")} round {self.round} reader step {self.reader.step} loss {a:.3f}'
                    f' finder step {self.finder.step} loss {b:.3f}'
                    f' seconds: waiting {rendering:.0f}, reader {reading:.0f}, finder {finding:.0f}'
                )
                if self.round % CHECKED == 0:
                    line += ' | held out: ' + self.check()
                print(line, flush=True)
            coming.cancel()


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # ends the process that renders, too
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    Training(sys.argv[1]).run(time.time() + 3600 * float(sys.argv[2] if len(sys.argv) > 2 else 1e4))
