"""Measures exported weights on real photos and prints counts only: evaluate.py WEIGHTS PHOTOS LIST.

PHOTOS is a folder, LIST a JSON file {photo's file name: {"group", "flags", "number_sha256", "expiry_sha256"}} where
each hash is the SHA-256 of "cardwire-judge" and the number, or the date as printed. No text that was read is shown.
A third of the photos, chosen by the hash of the file, is set aside for the last measurement: only --aside reads it."""

import argparse
import collections
import hashlib
import json
import os
import time

os.environ.setdefault('OMP_NUM_THREADS', '1')

import cv2
import numpy as np
import torch

from engine import Engine, fits

SURE = -2.5  # the least score of an accepted number
SHOWN = ('photos', 'exact', 'among readings', 'accepted right', 'accepted wrong', 'dates', 'dates exact')


def digest(text):
    return hashlib.sha256(('cardwire-judge' + text).encode()).hexdigest()


def turned(grey, angle):
    h, w = grey.shape
    c, s = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    size = int(w * c + h * s), int(w * s + h * c)
    m = cv2.getRotationMatrix2D((w / 2, h / 2), angle, 1)
    m[:, 2] += np.array(size) / 2 - [w / 2, h / 2]
    return cv2.warpAffine(grey, m, size, borderMode=cv2.BORDER_CONSTANT, borderValue=int(grey.mean()))


def main():
    parser = argparse.ArgumentParser()
    for name in ('weights', 'photos', 'list'):
        parser.add_argument(name)
    parser.add_argument('--turned', action='store_true', help='turn each photo by an angle drawn from its name')
    parser.add_argument('--sweep', action='store_true', help='read upright photos without the finder')
    parser.add_argument('--aside', action='store_true', help='read the photos that are set aside, and no others')
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    engine, listed = Engine(asked.weights), json.load(open(asked.list))
    counts, misses, spent = collections.defaultdict(collections.Counter), collections.Counter(), []
    for name, facts in sorted(listed.items()):
        path = os.path.join(asked.photos, name)
        if not os.path.exists(path):
            continue
        data = open(path, 'rb').read()
        if (int(hashlib.sha256(data).hexdigest()[:8], 16) % 3 == 0) != asked.aside:
            continue
        grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            raise ValueError(f'{name} is no picture that can be decoded')
        f = 1600 / max(grey.shape)
        if f < 1:
            grey = cv2.resize(grey, None, fx=f, fy=f, interpolation=cv2.INTER_AREA)
        if asked.turned:
            grey = turned(grey, int(digest(name)[:4], 16) % 360)
        began = time.process_time()
        numbers, dates = (engine.sweep(grey), []) if asked.sweep else engine.photo(grey)
        spent.append(time.process_time() - began)
        count = counts[facts['group']]
        count['photos'] += 1
        right = bool(numbers) and digest(numbers[0].text) == facts['number_sha256']
        count['exact'] += right
        count['among readings'] += any(digest(reading.text) == facts['number_sha256'] for reading in numbers)
        if (
            numbers
            and fits(numbers[0].text)
            and numbers[0].score > SURE
            and numbers[0].score >= max(reading.score for reading in numbers)
        ):
            count['accepted right' if right else 'accepted wrong'] += 1
        if 'expiry_sha256' in facts:
            count['dates'] += 1
            count['dates exact'] += bool(dates) and digest(dates[0].text) == facts['expiry_sha256']
        if not right:
            misses.update(facts['flags'] or ['no flag'])
    for group, count in sorted(counts.items()):
        print(group + ': ' + ', '.join(f'{name} {count[name]}' for name in SHOWN))
    print('misses by flag: ' + ', '.join(f'{flag} {n}' for flag, n in misses.most_common()))
    print(f'processor seconds a photo: median {np.median(spent):.3f}, 95 % {np.quantile(spent, .95):.3f}')


if __name__ == '__main__':
    main()
