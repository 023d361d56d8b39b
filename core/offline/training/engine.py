"""Reads a card photo with the exported weights: finds the card, turns it upright, finds its lines there, reads them."""

import cv2
import numpy as np
import torch

import export
import networks
from views import DATE_W, INK, SIDE, STRIP_H, STRIP_W, cut, squared

BATCH = 8
FRAME_W, FRAME_H, MARGIN = 320, 202, 0.06  # of the upright card that the finder looks at a second time
LEAST, MOST = 15, 19  # digits of a number


class Reading:
    """A line as read: its text, the log-likelihood of the best path, the quadrilateral of the strip, and if the text
    ends before the strip does on both sides."""

    def __init__(self, text, score, quad, whole):
        self.text, self.score, self.quad, self.whole = text, score, quad, whole


class Engine:
    def __init__(self, path):
        reader, finder = export.load(path)
        self.reader, self.finder = networks.unfold(networks.Reader(), reader), networks.unfold(networks.Finder(), finder)

    def look(self, grey):
        """Returns the quadrilaterals of card, number and date in a picture, and how sure each is."""
        h, w = grey.shape
        f = SIDE / max(h, w)
        small = cv2.resize(
            grey,
            (max(1, round(w * f)), max(1, round(h * f))),
            interpolation=cv2.INTER_AREA if f < 1 else cv2.INTER_LINEAR,
        )
        told, sure = networks.places(self.finder(networks.normal(squared(small)[None]))[0].numpy(), SIDE)
        return told / f, sure

    def read(self, grey, quads, width):
        """Returns a Reading of each quadrilateral."""
        out = []
        for k in range(0, len(quads), BATCH):
            part = quads[k : k + BATCH]
            x = np.stack([cut(grey, quad, width) for quad in part])
            out.extend(readings(self.reader([networks.normal(x)])[0].numpy(), part))
        return out

    def lines(self, grey):
        """Returns where the number and the date may stand: two lists of quadrilaterals, the likelier ones first."""
        first, sure = self.look(grey)
        numbers, dates = [], []
        if not np.isnan(first[0]).any():
            frame = np.float32(
                [
                    [MARGIN * FRAME_W, MARGIN * FRAME_H],
                    [(1 - MARGIN) * FRAME_W, MARGIN * FRAME_H],
                    [(1 - MARGIN) * FRAME_W, (1 - MARGIN) * FRAME_H],
                    [MARGIN * FRAME_W, (1 - MARGIN) * FRAME_H],
                ]
            )
            matrix = cv2.getPerspectiveTransform(first[0], frame)
            second, _ = self.look(flattened(grey, first[0], frame, (FRAME_W, FRAME_H)))
            for out, quad in ((numbers, second[1]), (dates, second[2])):
                if not np.isnan(quad).any():
                    out.append(cv2.perspectiveTransform(quad[None].astype(np.float32), np.linalg.inv(matrix))[0])
        for out, quad in ((numbers, first[1]), (dates, first[2])):
            if not np.isnan(quad).any():
                out.append(quad)
        if not numbers and not np.isnan(first[0]).any():  # where numbers stand on most cards
            for y in (0.5, 0.56, 0.62):
                unit = np.float32([[[0.05, y], [0.93, y], [0.93, y + 0.08], [0.05, y + 0.08]]])
                numbers.append(
                    cv2.perspectiveTransform(
                        unit, cv2.getPerspectiveTransform(np.float32([[0, 0], [1, 0], [1, 1], [0, 1]]), first[0])
                    )[0]
                )
        return numbers, dates

    def photo(self, grey):
        """Returns the readings of the number and of the date of a photo, best first."""
        numbers, dates = self.lines(grey)
        return (
            ranked(
                self.read(grey, [v for quad in numbers for v in around(quad)], STRIP_W),
                lambda text: LEAST <= len(text) <= MOST and '/' not in text,
            ),
            ranked(
                self.read(grey, [v for quad in dates for v in around(quad)], DATE_W), lambda text: text.count('/') == 1
            ),
        )

    def sweep(self, grey):
        """Returns the readings of the number of an upright photo without the finder, best first."""
        quads = []
        h, w = grey.shape
        for share in (0.62, 0.78, 0.95):
            long = share * w
            tall = long * STRIP_H / STRIP_W
            for x in np.arange(0, w - long + 1, max(0.12 * w, 1)):
                for y in np.arange(0, h - tall, tall * 0.22):
                    quads.append(np.float32([[x, y], [x + long, y], [x + long, y + tall], [x, y + tall]]))
        return ranked(self.read(grey, quads, STRIP_W), lambda text: LEAST <= len(text) <= MOST and '/' not in text)


def flattened(grey, quad, frame, size):
    """Returns what a quadrilateral shows, laid into a frame of a picture of the given size."""
    f = 1.2 * np.linalg.norm(frame[1] - frame[0]) / max(1, np.linalg.norm(quad[1] - quad[0]))
    if f < 0.75:
        grey, quad = cv2.resize(grey, None, fx=f, fy=f, interpolation=cv2.INTER_AREA), quad * f
    return cv2.warpPerspective(
        grey,
        cv2.getPerspectiveTransform(quad.astype(np.float32), frame.astype(np.float32)),
        size,
        borderMode=cv2.BORDER_REPLICATE,
    )


def around(quad):
    """Returns strips around a line: the line with some room, higher, lower, larger and smaller."""
    along, up = (quad[1] - quad[0] + quad[2] - quad[3]) / 2, (quad[3] - quad[0] + quad[2] - quad[1]) / 2
    tall = np.linalg.norm(up)
    e = along / max(1e-3, np.linalg.norm(along))
    out = []
    for shift, scale, room in ((0, 1, 0.5), (0, 1.2, 0.7), (0.14, 1, 0.5), (-0.14, 1, 0.5), (0, 0.9, 0.9)):
        grow = (scale * STRIP_H / INK - 1) / 2
        out.append(
            np.float32(
                [
                    quad[0] - up * grow - e * room * tall,
                    quad[1] - up * grow + e * room * tall,
                    quad[2] + up * grow + e * room * tall,
                    quad[3] + up * grow - e * room * tall,
                ]
                + up * shift
            )
        )
    return out


def readings(logits, quads):
    logits = logits - logits.max(-1, keepdims=True)
    shares = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return [
        Reading(text, float(row.max(-1).sum()), quad, row[0].argmax() == 0 and row[-1].argmax() == 0)
        for text, row, quad in zip(networks.greedy(logits), shares, quads)
    ]


def fits(number):
    """Tells if a number's check digit fits."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def ranked(found, possible):
    """Returns the possible readings, one of each text, best first; a text that several strips agree on gains a little."""
    best = {}
    for reading in found:
        if not reading.whole or not possible(reading.text):
            continue
        if reading.text in best:
            best[reading.text].score = max(best[reading.text].score, reading.score) + 0.1
        else:
            best[reading.text] = Reading(reading.text, reading.score, reading.quad, True)
    return sorted(
        best.values(), key=lambda reading: -reading.score - (2 if '/' not in reading.text and fits(reading.text) else 0)
    )
