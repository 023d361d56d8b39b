"""What a camera makes of a rendered card: strips with one line of digits, and whole scenes with cards at any turn."""

import math

import cv2
import numpy as np

from render import CORNER, HEIGHT, WIDTH, Draws, Face

STRIP_W, STRIP_H, INK = 384, 32, 20  # of a number's strip, and the height of its digits in it
DATE_W = 128
SIDE = 320  # of the square that the finder sees
BLANKS = 0.09  # share of strips without a readable line


class Camera(Draws):
    """Takes pictures. `ease` is the share of strips that are taken in plain light and held still, for the start of
    training, where hard pictures teach nothing yet."""

    face = Face

    def __init__(self, rng, ease=0.0):
        super().__init__(rng)
        self.ease = ease

    def light(self, px, mm):
        """Lays light and glare over a float picture of `mm` pixels a millimetre, in place; returns it."""
        h, w = px.shape
        if self.chance(0.7):
            grid = self.rng.random((self.i(2, 4), self.i(2, 5)), dtype=np.float32)
            px *= 1 + (cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC) - 0.5) * self.u(0, 1.1)
        if self.chance(0.22):  # glare: spots and bands
            for _ in range(self.i(1, 4)):
                spot = np.zeros((h // 4 + 2, w // 4 + 2), np.float32)
                centre = (int(self.u(0, w) / 4), int(self.u(0, h) / 4))
                axes = (max(1, int(self.u(0.5, 22) * mm / 4)), max(1, int(self.u(0.5, 9) * mm / 4)))
                cv2.ellipse(spot, centre, axes, self.u(0, 180), 0, 360, 1, -1)
                spot = cv2.resize(cv2.GaussianBlur(spot, (0, 0), max(0.5, self.u(0.2, 4) * mm / 4)), (w, h))
                px += spot * self.u(20, 150) if self.chance(0.85) else spot * -self.u(20, 90)
        return px

    def exposure(self, px):
        px = np.clip(px, 0, 255)
        if self.chance(0.3):
            px = 255 * (px / 255) ** self.u(0.5, 1.9)
        px = (px - 128) * (self.u(0.55, 1.25) if self.chance(0.85) else self.u(0.3, 0.55)) + 128 + self.u(-45, 40)
        return px * self.u(0.3, 0.7) if self.chance(0.08) else px

    def optics(self, px, mm, soft=1.0):
        """Blurs, sharpens, adds noise and compresses; takes floats and returns bytes."""
        if self.chance(0.5):
            sigma = self.u(0.25, 1) if self.chance(0.87) else min(self.u(0.08, 0.26) * mm, 2.4)
            px = cv2.GaussianBlur(px, (0, 0), max(0.2, sigma * soft))
        if self.chance(0.06):  # a moved camera
            n = max(3, min(9, int(self.u(0.05, 0.25) * mm * soft) * 2 + 1))
            kernel, angle = np.zeros((n, n), np.float32), self.u(0, math.pi)
            dx, dy = n / 2 * math.cos(angle), n / 2 * math.sin(angle)
            cv2.line(kernel, (int(n / 2 - dx), int(n / 2 - dy)), (int(n / 2 + dx), int(n / 2 + dy)), 1)
            px = cv2.filter2D(px, -1, kernel / max(1, kernel.sum()))
        if self.chance(0.25):
            px = px + self.u(0.1, 1) * (px - cv2.GaussianBlur(px, (0, 0), self.u(0.8, 2)))
        noise = self.pick([0, 1, 2, 4, self.u(0, 9)])
        if noise:
            px = px + noise * self.rng.standard_normal(px.shape, dtype=np.float32)
        px = np.clip(px, 0, 255).astype(np.uint8)
        for _ in range(self.pick([0, 1, 1, 1, 2])):
            px = cv2.imdecode(
                cv2.imencode('.jpg', px, [cv2.IMWRITE_JPEG_QUALITY, self.i(22, 96)])[1], cv2.IMREAD_GRAYSCALE
            )
        return px

    # -- strips
    def strip(self, face, box, n, width):
        """Returns a strip of width by STRIP_H pixels around an ink box, as a finder that errs a little would cut it."""
        x0, y0, x1, y1 = box
        high, long = y1 - y0, x1 - x0
        least = 6 * n / long  # pixels a millimetre of a photo in which digits can be told apart
        mm = math.exp(self.u(math.log(least), math.log(max(12.0, least * 1.5))))
        # the part of the card that the photo shows, with room for every error
        side, room = 4.2 * high, 1.6 * high
        corners = np.float32(
            [[x0 - side, y0 - room], [x1 + side, y0 - room], [x1 + side, y1 + room], [x0 - side, y1 + room]]
        )
        w, h = int((long + 2 * side) * mm) + 1, int((high + 2 * room) * mm) + 1
        ends = np.float32([[0, 0], [w, 0], [w, h], [0, h]])
        middle = (corners[0] + corners[2]) / 2
        source = corners + self.rng.normal(0, self.pick([0.01, 0.03, 0.07]) * high, (4, 2)).astype(np.float32)
        lean = self.n(0.05) if self.chance(0.4) else 0
        source[:, 0] += (source[:, 1] - middle[1]) * lean
        on_face = ((source - [0, face.top]) * face.s).astype(np.float32)
        pixels = face.px
        if mm < face.s * 0.7:  # made smaller first, or it would alias
            f = mm / face.s * 1.15
            pixels = cv2.resize(pixels, None, fx=f, fy=f, interpolation=cv2.INTER_AREA)
            on_face *= np.float32([pixels.shape[1] / face.w, pixels.shape[0] / face.h])
        photo = cv2.warpPerspective(
            pixels,
            cv2.getPerspectiveTransform(on_face, ends),
            (w, h),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT if self.chance(0.7) else cv2.BORDER_REFLECT,
            borderValue=self.tone(),
        )
        if self.chance(self.ease):
            photo = np.clip(
                photo + self.u(0, 3) * self.rng.standard_normal(photo.shape, dtype=np.float32), 0, 255
            ).astype(np.uint8)
        else:
            photo = self.optics(self.exposure(self.light(photo, mm)), mm)
        # where the finder thinks the line is, in the photo's pixels
        forward = cv2.getPerspectiveTransform(source, ends)
        line = cv2.perspectiveTransform(np.float32([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]]), forward)[0]
        along, up = (line[1] - line[0] + line[2] - line[3]) / 2, (line[3] - line[0] + line[2] - line[1]) / 2
        length, tall = float(np.linalg.norm(along)), float(np.linalg.norm(up))
        e, d = along / length, up / tall
        scale, shift, turn = self.u(0.8, 1.34), self.n(0.1) * tall, self.n(0.016)
        left, right = self.u(0.08, 1.2) * tall, self.u(0.08, 1.2) * tall
        if self.chance(0.12):
            left = self.u(0, 4) * tall
        if self.chance(0.12):
            right = self.u(0, 4) * tall
        half = tall * scale * STRIP_H / INK / 2
        a = (line[0] + line[3]) / 2 - e * left + d * (shift - turn * length)
        b = (line[1] + line[2]) / 2 + e * right + d * (shift + turn * length)
        return cut(photo, np.float32([a - d * half, b - d * half, b + d * half, a + d * half]), width)

    def blank(self, face):
        """Returns a strip of the card that holds neither its number nor its date; None where chance finds none."""
        for _ in range(8):
            high = self.u(1.8, 5)
            long = self.u(6, 18) * high
            x, y = self.u(-4, WIDTH - 10), self.u(face.top, HEIGHT - high)
            if all(
                y > b[3] + 0.1 or y + high < b[1] - 0.1 or x > b[2] + 1 or x + long < b[0] - 1
                for _, b in face.lines.values()
            ):
                return self.strip(face, (x, y, x + long, y + high), max(6, int(long / high)), STRIP_W)
        return None

    # -- scenes
    def desk(self, h, w):
        """Returns what a card lies on."""
        a = self.tone()
        b = self.near(a, 25) if self.chance(0.6) else self.tone()
        kind = self.i(0, 6)
        if kind == 0:
            t = np.full((h, w), 0.5, np.float32)
        elif kind == 1:
            t = self.clouds(h, w, self.i(2, 6), self.i(2, 10))
        elif kind == 2:  # wood
            t = np.abs((self.clouds(h, w, 5, 2) * self.u(4, 20)) % 1 - 0.5) * 2
            t = cv2.blur(t, (self.i(1, 40), 1))
            if self.chance(0.4):
                t = cv2.resize(np.ascontiguousarray(t.T), (w, h))
        elif kind == 3:
            t = cv2.GaussianBlur(self.rng.random((h, w), dtype=np.float32), (0, 0), self.u(0.5, 2.5))
            t = (t - t.min()) / (t.max() - t.min() + 1e-6)
        elif kind == 4:  # cloth, keys, tiles
            px, py = self.u(3, 40), self.u(3, 40)
            t = (
                np.sin(np.arange(w, dtype=np.float32) * (6.28 / px))[None]
                * np.sin(np.arange(h, dtype=np.float32) * (6.28 / py))[:, None]
            ) * 0.5 + 0.5
            if self.chance(0.5):
                t = np.clip((t - 0.3) * 6, 0, 1)
        else:
            t = np.zeros((h, w), np.float32)
            for _ in range(self.i(3, 14)):
                cv2.fillPoly(t, [(self.rng.random((4, 2)) * [w, h]).astype(np.int32)], self.u(0, 1), cv2.LINE_AA)
        out = (a + (b - a) * t).astype(np.float32)
        for _ in range(self.i(1, 4) if self.chance(0.45) else 0):
            self.thing(out)
        return out

    def thing(self, out):
        """Lays something that is no card into a scene: a paper with text, a phone, a hand, the edge of a table."""
        h, w = out.shape
        centre, angle = np.array([self.u(-0.1, 1.1) * w, self.u(-0.1, 1.1) * h]), self.u(0, 180)
        kind = self.i(0, 4)
        size = (self.u(0.15, 1.1) * w, self.u(0.15, 1.1) * h)
        box = cv2.boxPoints((centre.tolist(), size, angle))
        if kind < 3:
            cv2.fillPoly(out, [box.astype(np.int32)], self.tone() if kind else self.u(170, 255), cv2.LINE_AA)
        if kind == 0:
            u, v = box[1] - box[0], box[3] - box[0]
            for k in np.arange(0.08, 0.95, self.u(0.05, 0.15)):
                text = ''.join(self.pick('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ   ') for _ in range(self.i(4, 30)))
                mask = np.zeros((18, 16 * len(text)), np.uint8)
                cv2.putText(mask, text, (2, 14), self.i(0, 8), 0.5, 255, self.i(1, 3), cv2.LINE_AA)
                a = box[0] + v * k + u * 0.06
                m = cv2.getAffineTransform(
                    np.float32([[0, 0], [mask.shape[1], 0], [0, 18]]),
                    np.float32([a, a + u * self.u(0.3, 0.85), a + v * 0.05]),
                )
                ink = cv2.warpAffine(mask, m, (w, h)).astype(np.float32) / 255
                out += (self.tone(0, 90) - out) * ink
        if kind == 3:  # fingers
            tone = self.near(175, 35)
            for _ in range(self.i(1, 4)):
                end = centre + self.rng.normal(0, 0.12 * w, 2)
                cv2.line(
                    out,
                    tuple(int(v) for v in centre),
                    tuple(int(v) for v in end),
                    tone,
                    max(2, int(self.u(0.04, 0.14) * w)),
                    cv2.LINE_AA,
                )

    def scene(self, card=0.94, side=SIDE, fine=5.0):
        """Returns a grey scene whose longer side is `side`, the quadrilaterals of card, number and date: each four
        corners round from the upper left one as the card is read, or NaN; and the texts of the lines. The card is drawn
        at up to `fine` pixels a millimetre."""
        ratio = self.pick([4 / 3, 4 / 3, 1.5, 1.6, 16 / 9, 3 / 4, 9 / 16, 1])
        w, h = (side, int(side / ratio)) if ratio >= 1 else (int(side * ratio), side)
        scene = self.desk(h, w)
        places = np.full((3, 4, 2), np.nan, np.float32)
        mm, texts = 3.0, {}
        if self.chance(card):
            if self.chance(0.12):
                self.lay(scene, self.face(self.rng, 2.0), self.corners(w, h))  # another card, partly under this one
            corners = self.corners(w, h)
            wide = float(np.linalg.norm(corners[1] - corners[0]))
            mm = wide / WIDTH
            face = self.face(self.rng, min(max(1.4 * mm, 2.2), fine))
            matrix = self.lay(scene, face, corners)
            places[0] = corners
            for k, name in enumerate(('number', 'expiry')):
                if name in face.lines:
                    texts[name], (x0, y0, x1, y1) = face.lines[name]
                    places[k + 1] = cv2.perspectiveTransform(
                        np.float32([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]]), matrix
                    )[0]
            if self.chance(0.2):  # a thumb on an edge
                edge = corners[self.i(0, 4)] * self.u(0.5, 1) + corners[self.i(0, 4)] * 0.25 + corners.mean(0) * 0.05
                cv2.ellipse(
                    scene,
                    tuple(int(v) for v in edge),
                    (max(2, int(wide * self.u(0.04, 0.1))), max(2, int(wide * self.u(0.08, 0.2)))),
                    self.u(0, 180),
                    0,
                    360,
                    self.near(175, 35),
                    -1,
                    cv2.LINE_AA,
                )
        px = self.optics(self.exposure(self.light(scene, max(mm, 1.5))), mm, 0.8)
        return px, places, texts

    def corners(self, w, h):
        """Returns where a card's four corners fall in a frame."""
        share = self.u(0.28, 0.75) if self.chance(0.55) else self.u(0.7, 1.1)
        draw = self.rng.random()
        turn = self.n(6) if draw < 0.4 else self.pick([90, 180, 270]) + self.n(6) if draw < 0.62 else self.u(-180, 180)
        rad = math.radians(turn)
        c, s = abs(math.cos(rad)), abs(math.sin(rad))
        wide = share * w if share < 0.7 else share * min(w / (c + 0.63 * s), h / (s + 0.63 * c))
        if self.chance(0.75):
            wide = min(wide, 1.02 * w / (c + 0.63 * s), 1.02 * h / (s + 0.63 * c))  # all of it in the frame
        wide = max(wide, 70)
        corners = np.float32([[-0.5, -0.3155], [0.5, -0.3155], [0.5, 0.3155], [-0.5, 0.3155]]) * wide
        # a camera that looks at a slant
        far = self.pick([0, self.u(0, 0.12), self.u(0, 0.3)])
        tilt = self.u(0, 6.28)
        depth = 1 + far * (corners @ np.float32([math.cos(tilt), math.sin(tilt)])) / wide * 2
        corners = corners / depth[:, None]
        corners = corners @ np.float32([[math.cos(rad), math.sin(rad)], [-math.sin(rad), math.cos(rad)]])
        corners += self.rng.normal(0, 0.004, (4, 2)).astype(np.float32) * wide
        span = corners.max(0) - corners.min(0)
        room = np.maximum(np.float32([w, h]) - span, 0) / 2
        centre = np.float32([w / 2, h / 2]) + self.rng.uniform(-1, 1, 2) * (room + wide * 0.015)
        return (corners - (corners.max(0) + corners.min(0)) / 2 + centre).astype(np.float32)

    def lay(self, scene, face, corners):
        """Puts a card into a scene with its shadow; returns the map from millimetres of the card to pixels."""
        h, w = scene.shape
        matrix = cv2.getPerspectiveTransform(np.float32([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]), corners)
        pixels, shrink = face.px, 1 / face.s
        wide = float(np.linalg.norm(corners[1] - corners[0]))
        if wide < face.w * 0.7:
            f = wide / face.w * 1.15
            pixels = cv2.resize(pixels, None, fx=f, fy=f, interpolation=cv2.INTER_AREA)
            shrink = WIDTH / pixels.shape[1]
        flat = cv2.warpPerspective(
            pixels,
            matrix @ np.diag([shrink, shrink, 1]),
            (w, h),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        shape = np.zeros((int(HEIGHT * 4), int(WIDTH * 4)), np.uint8)
        r, (sh, sw) = int(CORNER * 4), shape.shape
        cv2.rectangle(shape, (r, 0), (sw - r, sh), 255, -1)
        cv2.rectangle(shape, (0, r), (sw, sh - r), 255, -1)
        for c in ((r, r), (sw - r, r), (r, sh - r), (sw - r, sh - r)):
            cv2.circle(shape, c, r, 255, -1)
        cover = (
            cv2.warpPerspective(shape, matrix @ np.diag([0.25, 0.25, 1]), (w, h), flags=cv2.INTER_LINEAR).astype(
                np.float32
            )
            / 255
        )
        if self.chance(0.55):
            far = self.u(1, 7)
            dark = cv2.blur(
                cv2.warpAffine(cover, np.float32([[1, 0, self.u(-far, far)], [0, 1, self.u(-far, far)]]), (w, h)),
                (self.i(1, 12),) * 2,
            )
            scene *= 1 - self.u(0.15, 0.65) * dark
        scene += (flat - scene) * cover
        return matrix


def cut(grey, quad, width):
    """Cuts a quadrilateral out of a grey picture as a strip of width by STRIP_H pixels."""
    span = float(np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
    tall = float(np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2
    fx, fy = width / max(span, 1e-3), STRIP_H / max(tall, 1e-3)
    f = max(fx, fy) * 1.15
    if f < 0.75:  # made smaller first, or it would alias
        low, high = np.maximum(quad.min(0).astype(int) - 4, 0), quad.max(0).astype(int) + 5
        part = grey[low[1] : high[1], low[0] : high[0]]
        if part.size:
            less = cv2.resize(
                part, (max(1, int(part.shape[1] * f)), max(1, int(part.shape[0] * f))), interpolation=cv2.INTER_AREA
            )
            quad = (quad - low) * [less.shape[1] / part.shape[1], less.shape[0] / part.shape[0]]
            grey = less
    m = cv2.getPerspectiveTransform(
        quad.astype(np.float32), np.float32([[0, 0], [width, 0], [width, STRIP_H], [0, STRIP_H]])
    )
    return cv2.warpPerspective(grey, m, (width, STRIP_H), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def squared(px):
    """Lays a picture with sides up to SIDE into a square of SIDE pixels, filled up with the picture's mean."""
    out = np.full((SIDE, SIDE), int(px.mean()), np.uint8)
    out[: px.shape[0], : px.shape[1]] = px
    return out


def varied(rng, pictures):
    """Returns strips moved, stretched, lit, blurred and inverted a little, each by chance."""
    out = np.empty_like(pictures)
    h, w = pictures.shape[1:]
    for k, px in enumerate(pictures):
        sx, sy, slant = rng.uniform((0.95, 0.93, -0.06), (1.04, 1.07, 0.06))
        dx, dy = rng.uniform((-5, -1.5), (5, 1.5))
        m = np.float32([[sx, slant, w / 2 * (1 - sx) - slant * h / 2 + dx], [0, sy, h / 2 * (1 - sy) + dy]])
        px = cv2.warpAffine(px, m, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if rng.random() < 0.2:
            px = cv2.GaussianBlur(px, (0, 0), rng.uniform(0.3, 0.8))
        px = px * np.float32(rng.uniform(0.6, 1.15)) + np.float32(rng.uniform(-20, 40))
        if rng.random() < 0.3:
            px += rng.standard_normal(px.shape, dtype=np.float32) * np.float32(rng.uniform(0, 6))
        px = np.clip(px, 0, 255).astype(np.uint8)
        out[k] = 255 - px if rng.random() < 0.08 else px
    return out


def turned(rng, pictures, places, most):
    """Returns scenes turned so that the card lies at any angle up to `most` degrees, resized so that it stays in the
    frame, and lit anew; and their places."""
    out, moved = np.empty_like(pictures), places.copy()
    for k, px in enumerate(pictures):
        angle = rng.uniform(-most, most)
        if not np.isnan(places[k][0]).any():
            across = places[k][0][1] - places[k][0][0]
            angle += math.degrees(math.atan2(across[1], across[0]))
        middle, scale = (SIDE / 2, SIDE / 2), rng.uniform(0.8, 1.12)
        m = cv2.getRotationMatrix2D(middle, angle, scale)
        m[:, 2] += rng.uniform(-16, 16, 2)
        if not np.isnan(places[k][0]).any():
            corners = places[k][0] @ m[:, :2].T + m[:, 2]
            less = min(1, 1.04 * SIDE / (corners.max(0) - corners.min(0)).max())
            m *= less
            corners *= less
            m[:, 2] += np.maximum(0, -4 - corners.min(0)) - np.maximum(0, corners.max(0) - SIDE - 4)
        px = cv2.warpAffine(px, m, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderValue=int(px.mean()))
        px = px * np.float32(rng.uniform(0.6, 1.15)) + np.float32(rng.uniform(-20, 40))
        out[k] = np.clip(px, 0, 255)
        moved[k] = (places[k] @ m[:, :2].T + m[:, 2]).astype(np.float32)
    return out, moved


def strips(seed, cards, ease=0.0):
    """Returns the strips of some invented cards: number strips, their texts, date strips, their texts."""
    rng = np.random.default_rng([seed, 1])
    camera = Camera(rng, ease)
    numbers, texts, dates, days = [], [], [], []
    for _ in range(cards):
        face = Face(rng, camera.u(5.5, 8.5), top=14.0)
        if 'number' in face.lines:
            text, box = face.lines['number']
            for _ in range(4):
                numbers.append(camera.strip(face, box, len(text), STRIP_W))
                texts.append(text)
        if 'expiry' in face.lines:
            text, box = face.lines['expiry']
            for _ in range(2):
                dates.append(camera.strip(face, box, len(text), DATE_W))
                days.append(text)
        if camera.chance(BLANKS * 4):
            strip = camera.blank(face)
            if strip is not None:
                if camera.chance(0.7):
                    numbers.append(strip)
                    texts.append('')
                else:
                    dates.append(
                        cv2.resize(strip[:, : DATE_W * 2], (DATE_W, STRIP_H))
                        if camera.chance(0.3)
                        else strip[:, :DATE_W]
                    )
                    days.append('')
    return np.array(numbers), np.array(texts), np.array(dates), np.array(days)


def scenes(seed, count):
    """Returns count scenes in squares of SIDE pixels, from the upper left corner and filled up with their mean, and their places."""
    rng = np.random.default_rng([seed, 2])
    camera = Camera(rng)
    found, places = np.zeros((count, SIDE, SIDE), np.uint8), np.empty((count, 3, 4, 2), np.float32)
    for k in range(count):
        px, places[k], _ = camera.scene()
        found[k] = squared(px)
    return found, places
