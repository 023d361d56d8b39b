"""Writes sheets of rendered training pictures to look at: sheet.py FOLDER [SEED]."""

import sys
import time

import cv2
import numpy as np

import views


def main(folder, seed):
    cv2.setNumThreads(1)
    began = time.process_time()
    numbers, _, dates, _ = views.strips(seed, 30)
    spent = time.process_time() - began
    print(f'{len(numbers) + len(dates)} strips, {(len(numbers) + len(dates)) / spent:.0f} a second of processor time')
    rows = [np.hstack([numbers[k], numbers[k + 1], numbers[k + 2]]) for k in range(0, min(len(numbers), 108) - 2, 3)]
    cv2.imwrite(f'{folder}/numbers.png', np.vstack(rows))
    cv2.imwrite(f'{folder}/dates.png', np.vstack([np.hstack(dates[k : k + 8]) for k in range(0, len(dates) - 7, 8)]))
    began = time.process_time()
    found, places = views.scenes(seed, 20)
    print(f'{20 / (time.process_time() - began):.0f} scenes a second of processor time')
    tiles = []
    for grey, place in zip(found, places):
        tile = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
        for quad, colour in zip(place, ((255, 120, 0), (0, 0, 255), (0, 255, 0))):
            if np.isnan(quad).any():
                continue
            cv2.polylines(tile, [quad.astype(np.int32)], True, colour, 1)
            cv2.circle(tile, tuple(int(v) for v in quad[0]), 4, colour, -1)
        tiles.append(tile)
    cv2.imwrite(f'{folder}/scenes.png', np.vstack([np.hstack(tiles[k : k + 5]) for k in range(0, 20, 5)]))


if __name__ == '__main__':
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
