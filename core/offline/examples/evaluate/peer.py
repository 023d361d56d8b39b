"""Reads photos with RapidOCR (PP-OCRv6) beside the library: evaluate starts it with `--peer`. It is sent the length of a
photo, in eight bytes, and the photo, and answers with a line of JSON; nothing is kept. The first line is its name.

A number is what a line of text, or lines side by side, have as 13 to 19 digits: those whose check digit fits come
first, then the surest. The first is accepted if its check digit fits."""

import json
import os
import re
import resource
import struct
import sys
import time

BEFORE = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

import cv2
import numpy as np
from rapidocr import RapidOCR

DATE = re.compile(r'(?<!\d)(?:0[1-9]|1[0-2])/(?:20)?\d\d(?!\d)')


def fits(number):
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def rows(found):
    """Returns texts and their scores: each line's, and those of lines that stand side by side."""
    lines = []
    for box, text, score in found:
        box = np.asarray(box, float)
        along = (box[1] - box[0] + box[2] - box[3]) / 2
        high = np.linalg.norm(box[3] - box[0])
        lines.append((box.mean(0), along / (np.linalg.norm(along) + 1e-6), high, text, float(score)))
    out = [(text, score) for *_, text, score in lines]
    for middle, along, high, *_ in lines:
        beside = [
            ((other[0] - middle) @ along, other)
            for other in lines
            if abs((other[0] - middle) @ np.array([-along[1], along[0]])) < 0.4 * high and 0.6 < other[2] / high < 1.6
        ]
        if len(beside) > 1:
            beside = [other for _, other in sorted(beside, key=lambda pair: pair[0])]
            out.append((' '.join(other[3] for other in beside), min(other[4] for other in beside)))
    return out


def answer(engine, photo):
    picture = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        return dict(numbers=[], is_accepted=False, date=None, refusal='cannot be decoded')
    found = engine(picture)
    found = [] if found.boxes is None else rows(zip(found.boxes, found.txts, found.scores))
    read = {}
    for text, score in found:
        number = re.sub(r'[\s.\-]', '', text)
        for run in re.findall(r'\d+', number):
            if 13 <= len(run) <= 19:
                read[run] = max(score, read.get(run, 0))
    numbers = sorted(read, key=lambda number: (not fits(number), -read[number]))
    dates = [date for text, _ in found for date in DATE.findall(text.replace(' ', ''))]
    return dict(
        numbers=numbers,
        is_accepted=bool(numbers) and fits(numbers[0]),
        date=max(dates, key=lambda date: (date[-2:], date[:2])) if dates else None,
        refusal=None,
    )


def main():
    engine = RapidOCR(
        params={
            'EngineConfig.onnxruntime.intra_op_num_threads': 1,
            'EngineConfig.onnxruntime.inter_op_num_threads': 1,
            'Global.log_level': 'error',
        }
    )
    cv2.setNumThreads(1)
    # Libraries print to the standard output too.
    out = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    print('RapidOCR, PP-OCRv6', file=out, flush=True)
    while head := sys.stdin.buffer.read(8):
        photo = sys.stdin.buffer.read(struct.unpack('<Q', head)[0])
        began = time.process_time()
        said = answer(engine, photo)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - BEFORE
        said.update(seconds=time.process_time() - began, bytes=most * 1024 - len(photo))
        print(json.dumps(said), file=out, flush=True)


if __name__ == '__main__':
    main()
