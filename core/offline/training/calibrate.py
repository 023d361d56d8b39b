"""Fits the confidence of readings to the share of them that is right, and says whether that is better than the formula in
accept.rs: calibrate.py READINGS... Each file is what the example `evaluate` writes with --readings. The fit is logistic,
of the logarithm of the odds: a slope and a shift, with a prior of a slope of 1 and no shift. It is judged by readings that it
was not fitted to: ten parts, drawn with a fixed seed, a file's readings of one photo in one part."""

import csv
import math
import random
import sys

PARTS, SEED, DRAWS = 10, 1, 2000
# The least share that is left to what is not believed.
LEAST = 1e-4
# How many readings the prior is worth.
PRIOR = 4.0
STEPS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 1.0)


def readings(path):
    """Returns pairs of the logarithm of the odds and whether it is right, by photo. Passes that leave out photos do not fit
    beside others."""
    passes = {}
    for name, is_right, confidence in csv.reader(open(path)):
        said = min(max(float(confidence), LEAST), 1 - LEAST)
        pair = (math.log(said / (1 - said)), int(is_right)) if float(confidence) > 0 else None
        passes.setdefault(name, []).append(pair)
    photos = [[pair for pair in photo if pair] for photo in zip(*passes.values(), strict=True)]
    return [photo for photo in photos if photo]


def share(odds):
    return 1 / (1 + math.exp(-odds))


def fitted(pairs):
    """Returns slope and shift, by Newton's method."""
    slope, shift = 1.0, 0.0
    for _ in range(50):
        first, second = [PRIOR * (slope - 1), PRIOR * shift], [[PRIOR, 0.0], [0.0, PRIOR]]
        for odds, is_right in pairs:
            said = share(slope * odds + shift)
            for i, a in enumerate((odds, 1.0)):
                first[i] += (said - is_right) * a
                for j, b in enumerate((odds, 1.0)):
                    second[i][j] += said * (1 - said) * a * b
        (a, b), (c, d) = second
        det = a * d - b * c
        step = (d * first[0] - b * first[1]) / det, (a * first[1] - c * first[0]) / det
        slope, shift = slope - step[0], shift - step[1]
        if max(map(abs, step)) < 1e-9:
            break
    return slope, shift


def losses(pairs, slope, shift):
    """Returns the logarithmic loss and the squared error of each reading."""
    out = []
    for odds, is_right in pairs:
        said = min(max(share(slope * odds + shift), LEAST), 1 - LEAST)
        out.append((-math.log(said if is_right else 1 - said), (said - is_right) ** 2))
    return out


def mean(values):
    return sum(values) / max(len(values), 1)


def main(paths):
    photos = [photo for path in paths for photo in readings(path)]
    draw = random.Random(SEED)
    draw.shuffle(photos)
    before, after, table = [], [], []
    for part in range(PARTS):
        own = [pair for photo in photos[part::PARTS] for pair in photo]
        others = [pair for at, photo in enumerate(photos) if at % PARTS != part for pair in photo]
        slope, shift = fitted(others)
        for photo in photos[part::PARTS]:
            before.append([mean(column) for column in zip(*losses(photo, 1.0, 0.0))])
            after.append([mean(column) for column in zip(*losses(photo, slope, shift))])
        table += [(share(odds), share(slope * odds + shift), is_right) for odds, is_right in own]
    print(f'{len(photos)} photos, {len(table)} readings, {sum(row[2] for row in table)} right')
    print('slope {:.3f}, shift {:.3f} of all'.format(*fitted([pair for photo in photos for pair in photo])))
    for at, name in enumerate(('logarithmic loss', 'squared error')):
        gain = [b[at] - a[at] for b, a in zip(before, after)]
        means = sorted(mean(draw.choices(gain, k=len(gain))) for _ in range(DRAWS))
        print(
            f'{name}: formula {mean([b[at] for b in before]):.4f}, fitted {mean([a[at] for a in after]):.4f}, '
            f'gain of nine in ten drawings {means[DRAWS // 20]:+.4f} to {means[-DRAWS // 20]:+.4f}'
        )
    for name, at in (('formula', 0), ('fitted', 1)):
        for low, high in zip(STEPS, STEPS[1:]):
            rows = [row for row in table if low <= row[at] < high or row[at] == high == 1]
            if rows:
                said, right = mean([row[at] for row in rows]), sum(row[2] for row in rows)
                print(f'{name} {low:.2f} to {high:.2f}: {right} of {len(rows)} right, {said:.3f} said')


if __name__ == '__main__':
    main(sys.argv[1:])
