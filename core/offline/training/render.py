"""Invented bank cards, drawn in grey: the printed or embossed face, with the place of each line in millimetres."""

import functools
import glob
import math

import cv2
import numpy as np

WIDTH, HEIGHT, CORNER = 85.6, 54.0, 3.2  # of a card, in millimetres
CLARITY = 1.1  # how much more a number differs from the art under it than that art varies
OTHER_FONTS = ('math', 'symbol', 'dingbat', 'zenhei', 'emoji', 'icon', 'ocrbe', 'ocrbx')
RELIEF_OR_INK = ('relief', 'colour', 'weight', 'wear', 'bold', 'edge')
CHINESE = '中国工商农业建设银行交通招商民生光大邮政储蓄卡信用借记金普龙通长城牡丹绿太平洋兴广发华夏浦东'


def curve(points, steps=8):
    """Returns a chain of points as a polyline; a point (x, y, 'q') is the control point of a quadratic curve."""
    out, index = [points[0][:2]], 1
    while index < len(points):
        point = points[index]
        if len(point) == 3:
            a, b, c = np.array(out[-1]), np.array(point[:2]), np.array(points[index + 1][:2])
            out.extend(tuple((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c) for t in np.linspace(0, 1, steps)[1:])
            index += 2
        else:
            out.append(point)
            index += 1
    return np.array(out, np.float32)


def rounded(x0, y0, x1, y1, r):
    return [
        (x0 + r, y0),
        (x1 - r, y0),
        (x1, y0, 'q'),
        (x1, y0 + r),
        (x1, y1 - r),
        (x1, y1, 'q'),
        (x1 - r, y1),
        (x0 + r, y1),
        (x0, y1, 'q'),
        (x0, y1 - r),
        (x0, y0 + r),
        (x0, y0, 'q'),
        (x0 + r, y0),
    ]


# fmt: off
# Digits as chains of points in a box about 0.6 wide and 1 high. FARRINGTON follows the 7B shapes of embossed
# numbers, SQUARE is a plainer embossing machine, and ROUND has the smaller face of dates and names.
FARRINGTON = {
    '0': [rounded(0, 0, .62, 1, .22)],
    '1': [[(.12, .12), (.34, 0), (.34, 1)], [(.1, 1), (.58, 1)]],
    '2': [[(0, .16), (.02, 0, 'q'), (.2, 0), (.42, 0), (.62, 0, 'q'), (.62, .2), (.62, .3), (.62, .46, 'q'), (.4, .5),
           (.2, .54), (0, .6, 'q'), (0, .78), (0, 1), (.62, 1)]],
    '3': [[(.02, 0), (.6, 0), (.28, .42), (.62, .44, 'q'), (.62, .7), (.62, 1, 'q'), (.34, 1), (.18, 1), (0, 1, 'q'), (0, .84)]],
    '4': [[(.44, 1), (.44, .34)], [(.2, 0), (0, .62), (.62, .62)]],
    '5': [[(.58, 0), (.06, 0), (.04, .42), (.36, .42), (.62, .42, 'q'), (.62, .68), (.62, 1, 'q'), (.36, 1), (.16, 1),
           (0, 1, 'q'), (0, .84)]],
    '6': [[(.4, 0), (.18, .02), (0, .3, 'q'), (0, .6), (0, .72)], rounded(0, .46, .62, 1, .2)],
    '7': [[(0, .16), (0, 0), (.62, 0), (.62, .2), (.3, .54, 'q'), (.26, .74), (.26, 1)]],
    '8': [rounded(.06, 0, .56, .46, .18), rounded(0, .46, .62, 1, .2)],
    '9': [rounded(0, 0, .62, .54, .2), [(.62, .28), (.62, .4), (.62, .7, 'q'), (.44, .98), (.22, 1)]],
    '/': [[(0, 1), (.5, 0)]],
}
SQUARE = {
    '0': [rounded(0, 0, .6, 1, .12)],
    '1': [[(.1, .1), (.32, 0), (.32, 1)]],
    '2': [[(0, .1), (.1, 0), (.5, 0), (.6, .1), (.6, .4), (.5, .5), (.1, .5), (0, .6), (0, 1), (.6, 1)]],
    '3': [[(0, .08), (.1, 0), (.5, 0), (.6, .1), (.6, .38), (.5, .48), (.2, .48)],
          [(.5, .48), (.6, .58), (.6, .9), (.5, 1), (.1, 1), (0, .92)]],
    '4': [[(.02, 0), (.02, .6), (.6, .6)], [(.44, .2), (.44, 1)]],
    '5': [[(.6, 0), (0, 0), (0, .45), (.48, .45), (.6, .56), (.6, .88), (.48, 1), (.1, 1), (0, .9)]],
    '6': [[(.5, 0), (.1, .02), (0, .2), (0, .9), (.1, 1), (.5, 1), (.6, .9), (.6, .58), (.5, .46), (.1, .46), (0, .56)]],
    '7': [[(0, 0), (.6, 0), (.6, .16), (.24, .6), (.24, 1)]],
    '8': [[(.1, .48), (0, .38), (0, .1), (.1, 0), (.5, 0), (.6, .1), (.6, .38), (.5, .48), (.1, .48), (0, .58), (0, .9),
           (.1, 1), (.5, 1), (.6, .9), (.6, .58), (.5, .48)]],
    '9': [[(.1, 1), (.5, .98), (.6, .8), (.6, .1), (.5, 0), (.1, 0), (0, .1), (0, .42), (.1, .54), (.5, .54), (.6, .44)]],
    '/': [[(0, 1), (.5, 0)]],
}
ROUND = {
    '0': [rounded(0, 0, .56, 1, .27)],
    '1': [[(.1, .2), (.34, 0), (.34, 1)]],
    '2': [[(0, .25), (0, 0, 'q'), (.28, 0), (.56, 0, 'q'), (.56, .27), (.56, .45, 'q'), (.3, .68), (0, .98), (0, 1), (.56, 1)]],
    '3': [[(0, .16), (.06, 0, 'q'), (.28, 0), (.54, 0, 'q'), (.54, .24), (.54, .47, 'q'), (.22, .47)],
          [(.22, .47), (.56, .47, 'q'), (.56, .74), (.56, 1, 'q'), (.28, 1), (.04, 1, 'q'), (0, .84)]],
    '4': [[(.44, 1), (.44, 0), (0, .68), (.6, .68)]],
    '5': [[(.52, 0), (.08, 0), (.04, .46), (.14, .36, 'q'), (.3, .36), (.56, .36, 'q'), (.56, .68), (.56, 1, 'q'),
           (.27, 1), (.05, 1, 'q'), (0, .84)]],
    '6': [[(.5, .1), (.44, 0, 'q'), (.3, 0), (0, 0, 'q'), (0, .6)], rounded(0, .42, .56, 1, .26)],
    '7': [[(0, 0), (.56, 0), (.2, 1)]],
    '8': [rounded(.04, 0, .52, .46, .22), rounded(0, .46, .56, 1, .26)],
    '9': [rounded(0, 0, .56, .56, .26), [(.56, .3), (.56, .4), (.56, 1, 'q'), (.26, 1), (.1, 1, 'q'), (.06, .9)]],
    '/': [[(0, 1), (.46, 0)]],
}
# fmt: on
# fmt: off
# Other shapes of the same digits, as embossing machines differ.
OTHERS = {
    '1': [[[(.31, 0), (.31, 1)], [(.04, 1), (.58, 1)]],
          [[(.08, .16), (.31, 0), (.31, 1)]],
          [[(.1, 0), (.31, 0), (.31, 1)], [(.04, 1), (.58, 1)]],
          [[(.04, .12), (.31, .06), (.31, 0), (.31, 1)], [(.04, 1), (.58, 1)]]],
    '3': [[[(0, 0), (.4, 0), (.6, 0, 'q'), (.6, .18), (.6, .3), (.6, .47, 'q'), (.42, .47), (.16, .47)],
           [(.42, .47), (.62, .47, 'q'), (.62, .66), (.62, .8), (.62, 1, 'q'), (.4, 1), (0, 1)]],
          [[(0, .14), (.02, 0, 'q'), (.2, 0), (.4, 0), (.58, 0, 'q'), (.58, .2), (.58, .28), (.58, .47, 'q'), (.24, .47)],
           [(.24, .47), (.62, .47, 'q'), (.62, .7), (.62, .76), (.62, 1, 'q'), (.4, 1), (.2, 1), (0, 1, 'q'), (0, .86)]]],
    '4': [[[(.06, 0), (0, .64), (.62, .64)], [(.46, .26), (.46, 1)]],
          [[(0, 0), (0, .6), (.62, .6)], [(.48, 0), (.48, 1)]],
          [[(.46, 1), (.46, 0), (0, .66), (.62, .66)]]],
    '6': [[[(.12, 0), (0, .5), (0, .8)], rounded(0, .44, .62, 1, .2)],
          [[(0, 0), (0, .8)], rounded(0, .46, .62, 1, .2)],
          [[(.3, 0), (.06, .2, 'q'), (0, .5), (0, .8)], rounded(0, .42, .62, 1, .22)]],
    '7': [[[(0, .14), (0, 0), (.6, 0), (.6, .14), (.46, .4, 'q'), (.46, .62), (.46, 1)]],
          [[(0, 0), (.58, 0), (.56, 1)]],
          [[(0, .12), (0, 0), (.6, 0), (.5, 1)]],
          [[(0, 0), (.6, 0), (.34, 1)]]],
    '9': [[rounded(0, 0, .62, .56, .2), [(.62, .2), (.62, 1)]],
          [rounded(0, 0, .62, .54, .2), [(.62, .2), (.62, .5), (.5, 1)]],
          [rounded(0, 0, .6, .58, .24), [(.6, .28), (.6, .6), (.54, .84, 'q'), (.3, 1)]]],
    '0': [[rounded(.06, 0, .56, 1, .2)], [rounded(0, 0, .62, 1, .3)], [rounded(.04, 0, .58, 1, .12)]],
    '2': [[[(.02, .22), (.02, 0, 'q'), (.3, 0), (.6, 0, 'q'), (.6, .24), (.6, .42, 'q'), (.4, .58), (0, 1), (.62, 1)]],
          [[(0, 0), (.44, 0), (.62, 0, 'q'), (.62, .2), (.62, .3), (.62, .48, 'q'), (.42, .48), (.2, .48), (0, .48, 'q'),
            (0, .66), (0, 1), (.62, 1)]]],
    '5': [[[(.6, 0), (.02, 0), (.02, .44), (.4, .44), (.62, .44, 'q'), (.62, .64), (.62, .8), (.62, 1, 'q'), (.4, 1), (0, 1)]]],
    '8': [[rounded(.02, 0, .6, .48, .22), rounded(0, .48, .62, 1, .22)]],
}
# fmt: on
FACES = [
    {char: [curve(chain) for chain in chains] for char, chains in face.items()} for face in (FARRINGTON, SQUARE, ROUND)
]
OTHER_SHAPES = {char: [[curve(chain) for chain in chains] for chains in shapes] for char, shapes in OTHERS.items()}


@functools.lru_cache(None)
def font_files():
    """Returns every installed text font, less those whose digits are symbols or white in black boxes, and those with
    Chinese text."""
    found = sorted(
        f for kind in ('ttf', 'otf', 'ttc') for f in glob.glob(f'/usr/share/fonts/**/*.{kind}', recursive=True)
    )
    return [
        f
        for f in found
        if not any(word in f.lower() for word in OTHER_FONTS)
    ]


@functools.lru_cache(None)
def chinese_file():
    return next(iter(glob.glob('/usr/share/fonts/**/wqy-zenhei.ttc', recursive=True)), None)


@functools.lru_cache(1024)
def loaded(path, size):
    from PIL import ImageFont

    return ImageFont.truetype(path, size)


def check_digit(body):
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


class Draws:
    """Draws of chance from one seed."""

    def __init__(self, rng):
        self.rng = rng

    def u(self, low, high):
        return float(self.rng.uniform(low, high))

    def n(self, spread):
        return float(self.rng.normal(0, spread))

    def i(self, low, high):
        return int(self.rng.integers(low, high))

    def chance(self, p):
        return bool(self.rng.random() < p)

    def pick(self, things):
        return things[int(self.rng.integers(len(things)))]

    def tone(self, low=0, high=255):
        return float(self.rng.uniform(low, high, 2).mean())

    def near(self, tone, spread):
        return float(np.clip(tone + self.rng.normal(0, spread), 0, 255))

    def digits(self, n):
        return ''.join(map(str, self.rng.integers(0, 10, n)))

    def letters(self, low, high):
        return ''.join(chr(c) for c in self.rng.integers(65, 91, self.i(low, high)))

    def chinese(self, low, high):
        return ''.join(self.pick(CHINESE) for _ in range(self.i(low, high)))

    def clouds(self, h, w, octaves=4, base=3):
        """Returns smooth noise of h by w pixels between 0 and 1; made at a quarter of the size where that is fine enough."""
        fine = base * 2 ** (octaves - 1) * 4 > h
        sh, sw = (h, w) if fine or h < 64 else (h // 4 + 1, w // 4 + 1)
        out = np.zeros((sh, sw), np.float32)
        for octave in range(octaves):
            n = base * 2**octave
            grid = self.rng.random((n + 1, int(n * w / h) + 2), dtype=np.float32)
            out += cv2.resize(grid, (sw, sh), interpolation=cv2.INTER_LINEAR if octave else cv2.INTER_CUBIC) * (
                0.5**octave
            )
        if sh != h:
            out = cv2.resize(out, (w, h), interpolation=cv2.INTER_LINEAR)
        out -= out.min()
        out /= max(1e-6, float(out.max()))
        return out


class Face(Draws):
    """One card, drawn at `scale` pixels a millimetre from the height `top` down. `lines` has the text and the ink box
    (left, top, right, bottom, in millimetres) of the lines `number` and `expiry`."""

    def __init__(self, rng, scale, top=0.0):
        super().__init__(rng)
        self.s, self.top = scale, top
        self.w, self.h = int(round(WIDTH * scale)), int(round((HEIGHT - top) * scale))
        self.lines = {}
        self.art()
        self.marks()
        self.write()
        np.clip(self.px, 0, 255, out=self.px)

    # -- places
    def at(self, x, y):
        return (int(round(x * self.s)), int(round((y - self.top) * self.s)))

    def thick(self, mm):
        return max(1, int(round(mm * self.s)))

    def blend(self, layer, weight):
        cv2.addWeighted(self.px, 1 - weight, layer, weight, 0, dst=self.px)

    # -- the printed surface
    def art(self):
        a = self.tone()
        b = self.near(a, 35) if self.chance(0.55) else self.tone()
        angle = self.u(0, 2 * math.pi)
        x = np.linspace(0, 1, self.w, dtype=np.float32) * math.cos(angle)
        y = np.linspace(self.top / HEIGHT, 1, self.h, dtype=np.float32) * math.sin(angle)
        t = x[None] + y[:, None]
        t = (t - t.min()) / (t.max() - t.min() + 1e-6)
        if self.chance(0.4):
            t = 0.5 * t + 0.5 * self.clouds(self.h, self.w, self.i(2, 6), self.i(2, 6))
        self.px = (a + (b - a) * t).astype(np.float32)
        if self.chance(0.5):
            self.picture(a)
        for _ in range(self.i(0, 8) if self.chance(0.75) else 0):
            self.pattern(a)
        if self.chance(0.25):
            self.big_letters()
        if self.chance(0.45):
            self.px += self.u(1, 10) * self.rng.standard_normal(self.px.shape, dtype=np.float32)  # grain
        if self.chance(0.12):  # glitter
            grain = self.rng.standard_normal(self.px.shape, dtype=np.float32)
            self.px += cv2.GaussianBlur(grain, (0, 0), self.u(0.5, 1.2)) * self.u(5, 40)
        if self.chance(0.1):  # brushed metal
            self.px += cv2.blur(self.rng.normal(0, 30, self.px.shape).astype(np.float32), (61, 1)) * self.u(0.5, 2)
        if self.chance(0.12):  # weave
            pitch = self.u(0.35, 1.5) * self.s
            wave = (
                np.sin(np.arange(self.w, dtype=np.float32) * (6.28 / pitch))[None]
                * np.sin(np.arange(self.h, dtype=np.float32) * (6.28 / pitch))[:, None]
            )
            self.px += wave * self.u(3, 25)
        np.clip(self.px, 0, 255, out=self.px)

    def picture(self, a):
        """Prints something like a picture: clouds through a palette, with soft or hard edges, some of them outlined."""
        clouds = self.clouds(self.h, self.w, self.i(2, 7), self.i(1, 5))
        levels = self.i(2, 9)
        palette = np.clip(a + self.rng.normal(0, self.u(15, 80), levels), 0, 255).astype(np.float32)
        if self.chance(0.6):
            step = np.minimum((clouds * levels).astype(np.int32), levels - 1)
            layer = palette[step]
            if self.chance(0.4):
                edge = cv2.dilate(
                    (np.abs(cv2.Laplacian(step.astype(np.float32), cv2.CV_32F)) > 0.5).astype(np.uint8),
                    np.ones((self.thick(0.15),) * 2, np.uint8),
                )
                layer = np.where(edge > 0, np.float32(self.near(a, 70)), layer)
        else:
            layer = np.interp(clouds, np.linspace(0, 1, levels), palette).astype(np.float32)
        self.blend(layer, self.u(0.2, 1))

    def pattern(self, a):
        """Prints one ornament over the card."""
        layer = self.px.copy()
        colour = self.near(a, 45) if self.chance(0.6) else self.tone()
        x, y = self.u(0, WIDTH), self.u(0, HEIGHT)
        kind = self.i(0, 8)
        s = self.s
        if kind == 0:
            cv2.ellipse(
                layer,
                self.at(x, y),
                (self.thick(self.u(2, 35)), self.thick(self.u(2, 30))),
                self.u(0, 180),
                0,
                360,
                colour,
                -1 if self.chance(0.6) else self.thick(self.u(0.2, 4)),
                cv2.LINE_AA,
            )
        elif kind == 1:
            points = self.rng.random((self.i(3, 8), 2)) * [WIDTH, HEIGHT] - [0, self.top]
            cv2.fillPoly(layer, [(points * s).astype(np.int32)], colour, cv2.LINE_AA)
        elif kind == 2:
            step, flat, thick = self.u(0.6, 2.4), self.u(0.6, 1), self.thick(self.u(0.1, 0.4))
            for k in range(self.i(3, 30)):
                r = 1.5 + k * step
                cv2.ellipse(
                    layer, self.at(x, y), (self.thick(r), self.thick(r * flat)), 0, 0, 360, colour, thick, cv2.LINE_AA
                )
        elif kind == 3:
            step, slope, thick = self.u(0.5, 4), self.u(-2, 2), self.thick(self.u(0.1, 0.5))
            for k in np.arange(-WIDTH, 2 * WIDTH, step):
                cv2.line(layer, self.at(k, 0), self.at(k + slope * HEIGHT, HEIGHT), colour, thick, cv2.LINE_AA)
        elif kind == 4:
            xs = np.linspace(0, WIDTH, 60)
            base, tall, long, turn, drift = self.u(0, HEIGHT), self.u(1, 12), self.u(3, 20), self.u(0, 1), self.u(0, 3)
            for k in range(self.i(2, 16)):
                ys = base + drift * k + tall * np.sin(xs / long + k * turn)
                cv2.polylines(
                    layer,
                    [(np.stack([xs, ys - self.top], 1) * s).astype(np.int32)],
                    False,
                    colour,
                    self.thick(self.u(0.1, 0.5)),
                    cv2.LINE_AA,
                )
        elif kind == 5:
            pitch, r = self.u(1, 5), self.u(0.15, 0.45)
            for gy in np.arange(max(self.top, y - 15), min(HEIGHT, y + 15), pitch):
                for gx in np.arange(max(0, x - 30), min(WIDTH, x + 30), pitch):
                    cv2.circle(layer, self.at(gx, gy), self.thick(r * pitch), colour, -1, cv2.LINE_AA)
        elif kind == 6:  # a drawing
            for _ in range(self.i(2, 12)):
                walk = np.cumsum(np.cumsum(self.rng.normal(0, self.u(0.1, 0.6), (self.i(8, 40), 2)), 0), 0) * 0.5 + [
                    x + self.n(12),
                    y + self.n(8) - self.top,
                ]
                cv2.polylines(
                    layer, [(walk * s).astype(np.int32)], False, colour, self.thick(self.u(0.1, 0.9)), cv2.LINE_AA
                )
        else:  # leaves, buildings: many like shapes
            shape = self.rng.normal(0, 1, (self.i(3, 6), 2)) * [self.u(1, 5), self.u(1, 5)]
            for _ in range(self.i(3, 14)):
                turn = self.u(0, 6.28) if self.chance(0.5) else 0
                m = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
                points = shape @ m + [x + self.n(15), y + self.n(8) - self.top]
                cv2.fillPoly(layer, [(points * s).astype(np.int32)], self.near(colour, 20), cv2.LINE_AA)
        self.blend(layer, self.u(0.15, 1))

    def big_letters(self):
        if self.chance(0.3) and chinese_file():
            mask, box = self.font_text([self.chinese(1, 4)], self.u(6, 26), 0, 0, chinese_file())
        else:
            mask, box = self.font_text([self.letters(1, 7)], self.u(6, 28), self.u(-0.1, 0.2), 0)
        self.ink(mask, box, self.u(0, WIDTH * 0.6), self.u(2, HEIGHT * 0.7), self.tone(), self.u(0.3, 1))

    # -- masks of text, in pixels
    def font_text(self, parts, height, spacing, gap, path=None):
        """Returns a mask of text whose digits are about `height` millimetres high, and its ink box in pixels."""
        from PIL import Image, ImageDraw

        tall = height * self.s
        font = loaded(path or self.pick(font_files()), max(5, int(round(tall * 1.38))))
        widths = [[font.getlength(c) for c in part] for part in parts]
        fixed = max((w for row in widths for w in row), default=tall * 0.6) if self.chance(0.5) else None
        advance = [[(fixed or w) + spacing * tall for w in row] for row in widths]
        total = sum(map(sum, advance)) + len(parts) * gap * tall + 2 * tall
        image = Image.new('L', (max(8, int(total)), max(8, int(tall * 2.4))), 0)
        draw = ImageDraw.Draw(image)
        x, y = tall * 0.6, tall * 0.3
        for part, row, steps in zip(parts, widths, advance):
            for char, w, step in zip(part, row, steps):
                draw.text((x + ((fixed - w) / 2 if fixed else 0), y), char, 255, font=font)
                x += step
            x += gap * tall
        mask = np.array(image)
        columns, rows = np.nonzero((mask > 60).any(0))[0], np.nonzero((mask > 60).any(1))[0]
        if len(columns) == 0:
            return mask, (0, 0, 1, 1)
        return mask, (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)

    def stroke_text(self, parts, height, style):
        """Returns a mask of embossed characters `height` millimetres high, and its ink box in pixels."""
        tall = height * self.s
        pad = int(tall * 0.6) + 2
        n = sum(map(len, parts))
        total = int(n * style['advance'] * tall + len(parts) * style['gap'] * tall + tall) + 2 * pad
        mask = np.zeros((int(tall + 2 * pad), total), np.uint8)
        x, right = float(pad), 0.0
        for part in parts:
            for char in part:
                dx, dy = (self.n(style['loose']) * tall, self.n(style['loose']) * tall) if style['loose'] else (0, 0)
                for chain in style['face'][char]:
                    points = np.empty_like(chain)
                    points[:, 0] = (chain[:, 0] * style['width'] + (1 - chain[:, 1]) * style['slant']) * tall + x + dx
                    points[:, 1] = chain[:, 1] * tall + pad + dy
                    cv2.polylines(
                        mask,
                        [(points * 8).astype(np.int32)],
                        False,
                        255,
                        max(1, int(round(style['thick'] * tall))),
                        cv2.LINE_AA,
                        3,
                    )
                right = x + 0.62 * style['width'] * tall
                x += style['advance'] * tall
            x += style['gap'] * tall
        return mask, (pad, pad, right, pad + tall)

    # -- ink and relief
    def window(self, mask, box, x, y):
        """Returns where a mask lands when its ink box begins at x, y millimetres: slices of the card and of the mask."""
        x0, y0 = int(round(x * self.s - box[0])), int(round((y - self.top) * self.s - box[1]))
        h, w = mask.shape
        cx0, cy0, cx1, cy1 = max(0, x0), max(0, y0), min(self.w, x0 + w), min(self.h, y0 + h)
        if cx1 - cx0 < 3 or cy1 - cy0 < 3:
            return None
        placed = (
            (x0 + box[0]) / self.s,
            (y0 + box[1]) / self.s + self.top,
            (x0 + box[2]) / self.s,
            (y0 + box[3]) / self.s + self.top,
        )
        return (slice(cy0, cy1), slice(cx0, cx1)), (slice(cy0 - y0, cy1 - y0), slice(cx0 - x0, cx1 - x0)), placed

    def ink(self, mask, box, x, y, colour, weight=1.0, wear=0.0):
        """Prints a mask; returns its ink box on the card in millimetres."""
        window = self.window(mask, box, x, y)
        if window is None:
            return None
        card, part, placed = window
        m = mask[part].astype(np.float32) * (weight / 255)
        if wear:
            m *= np.clip(self.clouds(*m.shape, 4, 4) * 3 - wear * 2, 0, 1)
        area = self.px[card]
        area += (colour - area) * m
        return placed

    def emboss(self, mask, box, x, y, relief):
        """Raises a mask out of the card: lit edges, shaded edges, a shadow, and foil or ink on the top."""
        window = self.window(mask, box, x, y)
        if window is None:
            return None
        card, part, placed = window
        m = mask[part].astype(np.float32) / 255
        s = self.s / 10
        raised = cv2.GaussianBlur(m, (0, 0), max(0.5, relief['soft'] * s))
        area = self.px[card].copy()
        if relief['foil'] is not None:
            top = np.clip(cv2.GaussianBlur(m, (0, 0), max(0.4, 0.8 * s)) * 1.4 - 0.2, 0, 1) * relief['cover']
            if relief['wear']:
                top *= np.clip(self.clouds(*m.shape, 4, 4) * 2.4 - relief['wear'] * 1.4, 0, 1)
            if relief['bare']:
                top *= 1 - relief['bare'] * np.clip(raised * 1.6 - 0.6, 0, 1)  # rubbed off on the ridge
            area += (relief['foil'] - area) * top
        if relief['steep']:
            area = self.lit(area, m, relief)
        else:
            gx = cv2.Scharr(raised, cv2.CV_32F, 1, 0, scale=s / 16)
            gy = cv2.Scharr(raised, cv2.CV_32F, 0, 1, scale=s / 16)
            for light, depth, glint in relief['lights']:
                slope = gx * math.cos(light) + gy * math.sin(light)
                area += slope * (depth * 255)
                if glint:
                    area += np.clip(slope - 0.05, 0, None) ** 1.5 * (glint * 255)
        if relief['shadow']:
            light = relief['lights'][0][0]
            dx, dy = -relief['far'] * s * math.cos(light), -relief['far'] * s * math.sin(light)
            moved = cv2.warpAffine(raised, np.float32([[1, 0, dx], [0, 1, dy]]), (m.shape[1], m.shape[0]))
            area *= 1 - relief['shadow'] * np.clip(moved - raised, 0, 1)
        self.px[card] = np.clip(area, 0, 255)
        return placed

    def lit(self, area, mask, relief):
        """Returns an area on which light falls as on bent plastic: each light shades what turns away from it, and
        shines where it is thrown to the eye, on the ridges and along one side of each stroke."""
        tall = cv2.GaussianBlur(mask, (0, 0), max(0.7, relief['round'] * self.s))
        up = relief['steep'] * self.s
        x = -up * cv2.Scharr(tall, cv2.CV_32F, 1, 0, scale=1 / 32)
        y = -up * cv2.Scharr(tall, cv2.CV_32F, 0, 1, scale=1 / 32)
        long = np.sqrt(1 + x * x + y * y)
        for light, high, dull, shine, narrow in relief['lamps']:
            flat, rise = math.cos(high), math.sin(high)
            across = x * math.cos(light) + y * math.sin(light)
            falls = np.clip((rise + flat * across) / long, 0, None)
            area = area * (1 + dull * (falls / rise - 1))
            # half way between the light and the eye, which is above
            middle = math.hypot(flat, 1 + rise)
            thrown = np.clip((1 + rise + flat * across) / (long * middle), 0, 1) ** narrow
            area += shine * (thrown - ((1 + rise) / middle) ** narrow)
        return area

    def relief(self):
        foil = None
        if self.chance(0.55):
            foil = self.near(self.pick([205, 230, 150, 185, 150, 40, 250, 172]), 15)
        deep = self.u(0.4, 3) if foil is not None else (self.u(0.9, 4.5) if self.chance(0.8) else self.u(0.5, 1.2))
        light = self.u(0, 2 * math.pi)
        lights = [(light, deep, self.u(0, 9) if self.chance(0.5) else 0)]
        if self.chance(0.35):
            lights.append((light + self.u(1.2, 5), deep * self.u(0.3, 1), self.u(0, 9) if self.chance(0.5) else 0))
        return dict(
            foil=foil,
            cover=self.u(0.3, 1),
            wear=self.u(0, 1) if self.chance(0.45) else 0,
            bare=self.u(0.2, 1) if self.chance(0.25) else 0,
            soft=self.u(0.9, 3.4),
            steep=self.u(0.15, 0.6) if self.chance(0.6) else 0,
            round=self.u(0.07, 0.24),
            lamps=[
                (
                    -math.pi / 2 + self.n(0.8) if self.chance(0.7) else self.u(0, 2 * math.pi),
                    self.u(0.4, 1.25),
                    self.u(0.15, 0.9),
                    self.u(0, 230) if self.chance(0.8) else 0,
                    self.u(4, 60),
                )
                for _ in range(1 if self.chance(0.6) else 2)
            ],
            lights=lights,
            far=self.u(2, 7),
            shadow=self.u(0.1, 0.7) if self.chance(0.5) else 0,
        )

    def put(self, style, parts, height, x, y):
        """Writes parts in a style with their ink box at x, y; returns the ink box in millimetres."""
        mask, box = self.drawn(style, parts, height)
        if 'relief' in style:
            return self.emboss(mask, box, x, y, style['relief'])
        if style['bold']:
            mask = cv2.dilate(mask, np.ones((2, 2), np.uint8))
        if style['edge'] is not None:
            self.ink(
                cv2.dilate(mask, np.ones((self.thick(0.45),) * 2, np.uint8)), box, x + 0.1, y + 0.1, style['edge'], 0.6
            )
        return self.ink(mask, box, x, y, style['colour'], style['weight'], style['wear'])

    def drawn(self, style, parts, height):
        """Returns a mask of text in a style, and its ink box in pixels."""
        if 'face' in style:
            return self.stroke_text(parts, height, style)
        return self.font_text(parts, height, style['spacing'], style['gap'], style['font'])

    def stands_out(self, before, box):
        """Returns whether each quarter of the text in an ink box differs from what was there before by more than that
        differs from itself: people read no other."""
        (x0, y0), (x1, y1) = self.at(box[0], box[1]), self.at(box[2], box[3])
        part = np.s_[max(0, y0) : y1, max(0, x0) : x1]
        was, now = before[part], self.px[part]
        if was.size == 0:
            return True
        art = was - cv2.GaussianBlur(was, (0, 0), max(1.0, 0.25 * (y1 - y0)))
        return all(
            float(np.sqrt(np.mean(change**2))) > CLARITY * float(ground.std()) + 7
            for change, ground in zip(np.array_split(now - was, 4, 1), np.array_split(art, 4, 1))
        )

    def face(self):
        """Returns the shapes of one embossing machine: three of four digits of a common one's are another's."""
        if self.chance(0.25):
            return FACES[1] if self.chance(0.6) else FACES[2]
        other = {char: self.pick(shapes) for char, shapes in OTHER_SHAPES.items() if self.chance(0.75)}
        return {**FACES[0], **other}

    def embossed(self):
        if self.chance(0.2):  # in the face of some print
            return dict(
                font=self.pick(font_files()), spacing=self.u(0, 0.28), gap=self.u(0.25, 0.9), relief=self.relief()
            )
        return dict(
            face=self.face(),
            thick=self.u(0.1, 0.24),
            advance=self.u(0.76, 0.98),
            gap=self.u(0.4, 0.95),
            width=self.u(0.8, 1.08),
            slant=self.n(0.03) if self.chance(0.3) else 0,
            loose=self.u(0, 0.02) if self.chance(0.3) else 0,
            relief=self.relief(),
        )

    def printed(self, strong=True):
        local = float(np.median(self.px[self.h // 2 :])) if self.chance(0.5) else None
        if local is not None and not strong or self.chance(0.15):
            colour = self.near(local if local is not None else 128, 50)
        elif self.chance(0.65):
            colour = self.tone(0, 70)
        else:
            colour = self.tone(180, 255)
        return dict(
            font=self.pick(font_files()),
            spacing=self.u(0, 0.28),
            gap=self.u(0.25, 0.9),
            colour=colour,
            bold=self.chance(0.25),
            weight=self.u(0.5, 1),
            wear=self.u(0.1, 0.8) if self.chance(0.2) else 0,
            edge=None if self.chance(0.82) else self.tone(),
        )

    # -- what stands on the card
    def marks(self):
        """Draws the chip, the logos, a hologram, the bank's name, arrows."""
        if self.chance(0.75):
            x, y, w, h = self.u(7, 13), self.u(15, 23), self.u(9.5, 13), self.u(8, 10.5)
            tone = self.near(self.pick([180, 195, 150]), 15)
            cv2.rectangle(self.px, self.at(x, y), self.at(x + w, y + h), tone, -1)
            for k in range(self.i(2, 5)):
                cv2.line(
                    self.px,
                    self.at(x, y + h * (k + 1) / 5),
                    self.at(x + w, y + h * (k + 1) / 5),
                    tone * 0.6,
                    self.thick(0.2),
                    cv2.LINE_AA,
                )
            cv2.line(
                self.px, self.at(x + w / 2, y), self.at(x + w / 2, y + h), tone * 0.6, self.thick(0.2), cv2.LINE_AA
            )
        if self.chance(0.3):  # a hologram, often under the last digits
            x, y, w, h = self.u(55, 70), self.u(22, 31), self.u(10, 20), self.u(6, 14)
            (x0, y0), (x1, y1) = self.at(x, y), self.at(x + w, y + h)
            x0, y0, x1, y1 = max(0, x0), max(0, y0), min(self.w, x1), min(self.h, y1)
            if x1 - x0 > 8 and y1 - y0 > 8:
                patch = self.clouds(y1 - y0, x1 - x0, 5, 3) * self.u(80, 255)
                if self.chance(0.5):
                    ramp = np.sin(np.linspace(0, self.u(3, 30), x1 - x0, dtype=np.float32) + self.u(0, 6))[
                        None
                    ] * self.u(10, 60)
                    patch = patch + ramp
                weight = self.u(0.4, 0.9)
                area = self.px[y0:y1, x0:x1]
                area += (patch - area) * weight
        if self.chance(0.8):
            self.scheme_logo()
        if self.chance(0.2):
            x, y, r = self.u(1, 6), self.u(27, 50), self.u(0.8, 1.6)
            points = np.array([self.at(x, y), self.at(x + 2 * r, y - r), self.at(x + 2 * r, y + r)])
            (
                cv2.fillPoly(self.px, [points], self.tone(), cv2.LINE_AA)
                if self.chance(0.6)
                else cv2.polylines(self.px, [points], True, self.tone(), self.thick(0.2), cv2.LINE_AA)
            )
        for _ in range(self.i(1, 5)):
            if chinese_file() and self.chance(0.6):
                mask, box = self.font_text([self.chinese(2, 9)], self.u(1.4, 4.4), 0, 0, chinese_file())
            else:
                mask, box = self.font_text([self.letters(2, 16)], self.u(1, 4), self.u(0, 0.1), 0)
            self.ink(
                mask,
                box,
                self.u(2, 56),
                self.pick([self.u(1.5, 13), self.u(1.5, 11), self.u(40, 50), self.u(15, 26)]),
                self.tone(),
                self.u(0.5, 1),
            )

    def scheme_logo(self):
        x, y = self.u(57, 69), self.u(34, 42)
        kind = self.i(0, 4)
        if kind == 3:
            for k in range(2):
                cv2.circle(
                    self.px, self.at(x + 5 + 6 * k, y + 5), self.thick(5), self.near(130 + 60 * k, 30), -1, cv2.LINE_AA
                )
            return
        w, h = self.u(13, 19), self.u(8.5, 12)
        cv2.rectangle(
            self.px, self.at(x, y), self.at(x + w, y + h), self.near(235, 15) if self.chance(0.6) else self.tone(), -1
        )
        if kind < 2:
            for k, tone in enumerate([105, 79, 97]):
                px = x + w * (0.08 + 0.27 * k)
                points = np.array(
                    [
                        self.at(px + 0.08 * w, y + 0.08 * h),
                        self.at(px + 0.36 * w, y + 0.08 * h),
                        self.at(px + 0.28 * w, y + 0.92 * h),
                        self.at(px, y + 0.92 * h),
                    ]
                )
                cv2.fillPoly(self.px, [points], self.near(tone, 20), cv2.LINE_AA)
        mask, box = self.font_text([self.letters(4, 9)], self.u(1.8, 3.4), 0, 0)
        self.ink(mask, box, x + 0.1 * w, y + 0.2 * h, self.near(240, 15) if kind < 2 else self.tone(0, 110), 1)

    def number(self):
        """Returns an invented number and its groups. One in three has a run of like digits; the check digit fits or not."""
        length = int(self.rng.choice([16, 17, 18, 19], p=[0.45, 0.04, 0.07, 0.44]))
        start = self.pick(['62', '622', '6217', '6222', '6228', '4', '5', '9558', '3', '6', '621', ''])
        body = list(self.digits(length - 1))
        for _ in range(self.i(1, 3) if self.chance(0.35) else 0):
            run, at = self.i(2, 9), self.i(3, length - 1)
            body[at : at + run] = list(('0' if self.chance(0.5) else self.digits(1)) * run)
        body = (start + ''.join(body))[: length - 1]
        number = body + (check_digit(body) if self.chance(0.8) else self.digits(1))
        return number, self.grouped(number)

    def grouped(self, number):
        """Returns a number in groups as cards print them."""
        length = len(number)
        if length == 16:
            groups = [4] * 4 if self.chance(0.9) else [6, 10] if self.chance(0.7) else [16]
        elif length == 19:
            groups = self.pick([[6, 13], [6, 13], [4, 4, 4, 4, 3], [4, 4, 4, 4, 3], [19]])
        elif length == 18:
            groups = self.pick([[6, 12], [6, 6, 6], [4, 4, 4, 4, 2], [18]])
        else:
            groups = self.pick([[6, 11], [4, 4, 4, 5], [17]])
        parts, at = [], 0
        for group in groups:
            parts.append(number[at : at + group])
            at += group
        return parts

    def date(self):
        month, year = f'{self.i(1, 13):02d}' if self.chance(0.9) else self.digits(2), (
            f'{self.i(0, 50):02d}' if self.chance(0.9) else self.digits(2)
        )
        if self.chance(0.94):
            return f'{month}/{year}'
        return f'20{year}/{month}' if self.chance(0.5) else f'{month}/20{year}'

    def write(self):
        raised = self.chance(0.66)
        style = self.embossed() if raised else self.printed()
        height = self.u(3.5, 5) if raised else self.u(2.2, 4.6)
        number, parts = self.number()
        y = self.u(25.5, 32.5) if self.chance(0.88) else self.u(self.top + 4, 44)
        x = self.u(2.5, 12)
        for _ in range(5):  # smaller until it fits the card
            box = self.drawn(style, parts, height)[1]
            width = (box[2] - box[0]) / self.s
            if width < WIDTH - 4:
                break
            height *= (WIDTH - 6) / width
        x = max(1.5, min(x, WIDTH - 1.5 - width)) if self.chance(0.9) else self.u(1.5, max(1.6, WIDTH - 1.5 - width))
        before = self.px.copy()
        box = self.put(style, parts, height, x, y)
        for _ in range(4):  # other ink or relief, until it can be read
            if not box or self.stands_out(before, box):
                break
            self.px[:] = before
            other = self.embossed() if raised else self.printed()
            style.update({key: other[key] for key in RELIEF_OR_INK if key in other})
            box = self.put(style, parts, height, x, y)
        if box:
            self.lines['number'] = (number, box)
        low = y + height
        small = self.printed(False)
        small.update(spacing=self.u(0, 0.1), gap=0.3, bold=False)
        if self.chance(0.45):  # the first four digits again, or a branch code
            self.put(
                small if self.chance(0.7) else style,
                [number[:4] if self.chance(0.7) else self.digits(self.i(3, 5))],
                self.u(1.5, 3),
                x + self.u(-0.5, 14),
                low + self.u(0.4, 7),
            )
        if self.chance(0.8):
            self.write_date(style, small, low)
        if self.chance(0.65):
            name = ' '.join(self.letters(2, 9) for _ in range(self.i(1, 4)))
            if self.chance(0.2):
                name += ' ' + self.digits(self.i(2, 6))
            tall = max(4, self.u(2.2, 3.4) * self.s)
            thick = max(1, int(tall * self.u(0.08, 0.18)))
            size = tall / 22
            (w, h), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
            mask = np.zeros((h + 20, w + 20), np.uint8)
            cv2.putText(mask, name, (10, h + 10), cv2.FONT_HERSHEY_SIMPLEX, size, 255, thick, cv2.LINE_AA)
            highest = max(low + 5, 42)
            at = (self.u(3, 12), self.u(highest, max(highest, 50)))
            if raised:
                self.emboss(mask, (10, 10, 10 + w, 10 + h), *at, style['relief'])
            else:
                self.ink(mask, (10, 10, 10 + w, 10 + h), *at, style['colour'], style['weight'])

    def write_date(self, style, small, low):
        text = self.date()
        raised = 'relief' in style
        dated = dict(style) if self.chance(0.8) else dict(small)
        if 'face' in dated:
            if self.chance(0.6):
                dated['face'] = FACES[2]
            dated.update(advance=self.u(0.74, 1), thick=self.u(0.09, 0.2))
        height = self.u(2.3, 4) if raised else self.u(1.6, 3.2)
        x, y = self.u(18, 56), low + self.u(1.2, 7.5)
        if y + height > HEIGHT - 1:
            return
        if self.chance(0.12):  # a first day before the last one
            self.put(dated, [self.date()], height, x - self.u(4.6, 6) * height, y)
        label = self.pick(
            ['MONTH/YEAR', 'VALID THRU', 'VALID', 'THRU', 'MM/YY', 'GOOD THRU', 'VALIDTHRU', 'EXPIRES', 'MONTH  YEAR']
        )
        chinese = chinese_file() and self.chance(0.4)
        if chinese:
            label = self.pick(['有效期', '月/年', '有效期至', '有效期限 月/年', '月 年'])
        mask, box = self.font_text([label], self.u(0.8, 1.7), 0, 0.4, chinese_file() if chinese else None)
        wide = (box[2] - box[0]) / self.s
        place = self.pick(['above', 'left', 'above', 'both', 'none'])
        if place in ('above', 'both'):
            self.ink(mask, box, x + self.u(-3, 3), y - self.u(1.2, 2.6), small['colour'], 0.9)
        if place in ('left', 'both'):
            self.ink(mask, box, x - wide - self.u(0.4, 2), y + self.u(0, height * 0.6), small['colour'], 0.9)
        placed = self.put(dated, [text], height, x, y)
        if placed:
            self.lines['expiry'] = (text, placed)
