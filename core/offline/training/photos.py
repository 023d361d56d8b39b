"""Writes rendered photos of invented cards with a list like that of real photos: photos.py FOLDER [COUNT [SEED]].
`make evaluate-offline PHOTOS=FOLDER` then measures the reader on cards that it can never have seen. Most numbers have a
prefix of the issuer table, its length, and a check digit that fits; one in ten fits not."""

import csv
import hashlib
import json
import math
import os
import sys

import cv2
import numpy as np

import render
import views

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../issuers/issuers.csv')


class Face(render.Face):
    """A card with a number that a bank may have issued."""

    issued = [(row['prefix'], int(row['card_length'])) for row in csv.DictReader(open(TABLE)) if row['card_length']]

    def number(self):
        prefix, length = self.pick(self.issued)
        body = list(self.digits(length - 1))
        if self.chance(0.35):
            run, at = self.i(2, 9), self.i(len(prefix), length - 1)
            body[at : at + run] = self.digits(1) * run
        body = (prefix + ''.join(body)[len(prefix) :])[: length - 1]
        last = render.check_digit(body)
        if self.chance(0.1):
            last = str((int(last) + self.i(1, 10)) % 10)
        return body + last, self.grouped(body + last)


class Camera(views.Camera):
    face = Face


def judge(text):
    return hashlib.sha256(b'cardwire-judge' + text.encode()).hexdigest()


def main(folder, count, seed):
    cv2.setNumThreads(1)
    os.makedirs(folder, exist_ok=True)
    listed = {}
    for k in range(count):
        camera = Camera(np.random.default_rng([seed, 4, k]))
        photo, places, texts = camera.scene(1, camera.pick([480, 720, 1080, 1600]), 14)
        if 'number' not in texts:
            continue
        along = places[0][1] - places[0][0]
        turn = abs(math.degrees(math.atan2(along[1], along[0])))
        number, name = texts['number'], f'{k:05}.jpg'
        is_fitting = render.check_digit(number[:-1]) == number[-1]
        flags = ['turned'] if turn > 10 else []
        flags += ['small'] if np.linalg.norm(along) < photo.shape[1] / 2 else []
        flags += ['coarse'] if np.linalg.norm(along) < 320 else []
        listed[name] = dict(
            group='cn' if is_fitting else 'cn_nonluhn', flags=flags, number_sha256=judge(number)
        )
        if 'expiry' in texts:
            listed[name]['expiry_sha256'] = judge(number + texts['expiry'])
        cv2.imwrite(os.path.join(folder, name), photo, [cv2.IMWRITE_JPEG_QUALITY, 90])
    with open(os.path.join(folder, 'photos.json'), 'w') as file:
        json.dump(listed, file, indent=1)


if __name__ == '__main__':
    main(sys.argv[1], *(int(argument) for argument in (sys.argv[2:] + ['200', '0'])[:2]))
