#!/usr/bin/env python3
"""Renders the photos of invented bank cards in this folder, and cards.json.

Run by developers when a picture changes; the tests read the committed files.

    apt-get install fonts-noto-cjk fonts-b612
    pip install -r requirements.txt
    python3 render.py [--only FILE ...]

Each photo is drawn in two steps: the flat face of a card, then a scene that
lays the face on a table, in perspective, under a lamp, with a sensor's noise.
All randomness is seeded by the file name, so a run repeats itself.
"""

import argparse
import functools
import hashlib
import io
import json
import math
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

HERE = Path(__file__).resolve().parent
MARKER = b"cardwire-card:"

# File name and index; Pillow looks in the system's font folders.
SERIF_CJK = ("NotoSerifCJK-Bold.ttc", 2)
SANS_CJK = ("NotoSansCJK-Regular.ttc", 2)
SANS = ("B612-Regular.otf", 0)
MONO = ("B612Mono-Bold.otf", 0)

# The face of a card, ISO/IEC 7810 ID-1 (85.60 mm x 53.98 mm) at 20 units per millimetre.
FACE_W, FACE_H = 1712, 1080
CORNER = 64


@dataclass
class Card:
    file: str
    size: tuple
    number: str
    issuer: str
    issuer_latin: str
    name: str
    kind: str
    kind_label: str
    valid: str
    cardholder: str
    colours: tuple          # top-left, bottom-right, line work
    art: str
    table: str
    corners: tuple          # where the face's corners land, as shares of the photo
    ink: tuple = (238, 238, 232)
    embossed: bool = True
    glare: float = 0.35
    glare_at: tuple = (0.72, 0.18)
    bytes_between: tuple = (150_000, 250_000)
    clarity: int = 92
    warnings: list = field(default_factory=list)

    def marker(self):
        shown = {
            "number": self.number,
            "issuer": self.issuer,
            "name": self.name,
            "kind": self.kind,
            "valid": self.valid,
            "clarity": self.clarity,
        }
        if self.warnings:
            shown["warnings"] = self.warnings
        # ASCII only: a PNG tEXt chunk is Latin-1.
        return MARKER + json.dumps(shown, ensure_ascii=True, separators=(",", ":")).encode()


CARDS = [
    Card("icbc-debit.jpg", (1200, 760), "6222020000000000000", "中国工商银行",
         "INDUSTRIAL AND COMMERCIAL BANK OF CHINA", "朝霞借记卡", "debit", "借记卡  DEBIT", "12/2030",
         "ZHANG SAN", ((196, 40, 44), (104, 10, 30), (255, 196, 130)), "waves", "wood",
         ((0.105, 0.125), (0.897, 0.090), (0.925, 0.905), (0.080, 0.880))),
    Card("abc-debit.png", (640, 405), "6228480000000000000", "中国农业银行",
         "AGRICULTURAL BANK OF CHINA", "青禾借记卡", "debit", "借记卡  DEBIT", "08/2031",
         "LI SI", ((38, 150, 118), (6, 74, 72), (210, 246, 190)), "hills", "linen",
         ((0.085, 0.090), (0.905, 0.120), (0.930, 0.890), (0.070, 0.905)), glare=0.28),
    Card("ccb-credit.jpg", (1200, 760), "6259650000000007", "中国建设银行",
         "CHINA CONSTRUCTION BANK", "星河信用卡", "credit", "信用卡  CREDIT", "03/2029",
         "WANG WU", ((52, 60, 84), (12, 14, 28), (160, 190, 255)), "rings", "slate",
         ((0.085, 0.110), (0.925, 0.125), (0.905, 0.885), (0.100, 0.905)), ink=(232, 206, 150)),
    Card("comm-quasi-credit.bmp", (400, 250), "6222540000000004", "交通银行",
         "BANK OF COMMUNICATIONS", "蓝鲸准贷记卡", "quasi_credit", "准贷记卡", "11/2028",
         "ZHAO LIU", ((44, 96, 190), (18, 30, 108), (190, 220, 255)), "lattice", "linen",
         ((0.075, 0.080), (0.925, 0.080), (0.925, 0.925), (0.075, 0.915)), glare=0.2),
    Card("boc-prepaid-glare.jpg", (1200, 760), "6200400000000000006", "中国银行",
         "BANK OF CHINA", "拾光预付卡", "prepaid", "预付卡  PREPAID", "06/2027",
         "SUN QI", ((236, 226, 208), (198, 176, 150), (150, 60, 60)), "lattice", "slate",
         ((0.120, 0.100), (0.905, 0.135), (0.880, 0.920), (0.085, 0.860)), ink=(70, 36, 36),
         embossed=False, glare=1.0, glare_at=(0.30, 0.30), clarity=64, warnings=["-9112"]),
    Card("ccb-debit-large.jpg", (3000, 1900), "6217000000000000004", "中国建设银行",
         "CHINA CONSTRUCTION BANK", "云帆借记卡", "debit", "借记卡  DEBIT", "09/2032",
         "ZHOU BA", ((66, 130, 214), (20, 42, 118), (214, 236, 255)), "waves", "wood",
         ((0.120, 0.105), (0.905, 0.135), (0.880, 0.895), (0.090, 0.885)),
         bytes_between=(1_900_000, 2_000_000)),
]


def seed_of(text):
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


def luhn_ok(number):
    total = 0
    for i, ch in enumerate(reversed(number)):
        d = int(ch)
        if i % 2:
            d = d * 2 - (9 if d > 4 else 0)
        total += d
    return total % 10 == 0


def check_digit_complete(stem):
    """The number made of `stem` and the digit that satisfies the Luhn check."""
    return next(stem + str(d) for d in range(10) if luhn_ok(stem + str(d)))


# --- small numpy helpers -----------------------------------------------------


def smooth_noise(rng, h, w, cells_y, cells_x):
    """Noise in 0..1 with the given number of cells, interpolated."""
    grid = rng.random((max(2, cells_y), max(2, cells_x)), dtype=np.float32)
    img = Image.fromarray(grid).resize((w, h), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(img, dtype=np.float32), 0, 1)


def fractal(rng, h, w, cells, octaves, stretch=1.0):
    out = np.zeros((h, w), np.float32)
    weight, total = 1.0, 0.0
    for octave in range(octaves):
        n = cells * 2 ** octave
        out += weight * smooth_noise(rng, h, w, int(n), int(n * stretch * w / h))
        total += weight
        weight *= 0.55
    return out / total


def blur(a, radius):
    # Pillow blurs 8-bit pictures only: masks lose nothing by it.
    img8 = Image.fromarray(np.clip(a * 255, 0, 255).astype(np.uint8))
    return np.asarray(img8.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255


def mix(base, colour, alpha):
    colour = np.asarray(colour, np.float32)
    return base * (1 - alpha[..., None]) + colour * alpha[..., None]


def grid_of(h, w):
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    return y / h, x / h


# --- the face of a card ------------------------------------------------------


def line_work(card, h, w, rng):
    """Share of line colour at each point of the face."""
    y, x = grid_of(h, w)
    px = 1.0 / h
    if card.art == "waves":
        bend = 0.10 * np.sin(3.1 * x + 0.6) + 0.05 * np.sin(7.3 * x - 1.9 * y)
        phase = (y + bend * (0.4 + y)) * 46
        lines = np.clip(1 - np.abs(((phase % 1) - 0.5)) / (px * 46 * 1.3), 0, 1)
        band = np.clip(1.2 - np.abs(y - 0.62 - 0.16 * np.sin(2.2 * x)) * 3.2, 0, 1)
        return 0.55 * lines * band + 0.10 * band
    if card.art == "hills":
        out = np.zeros((h, w), np.float32)
        for k in range(5):
            ridge = 0.60 + 0.085 * k - 0.10 * np.sin(2.0 * x + 1.3 * k) - 0.03 * np.sin(6.1 * x + 2.4 * k)
            out += 0.075 * np.clip((y - ridge) / (px * 1.5), 0, 1)
            out += 0.30 * np.clip(1 - np.abs(y - ridge) / (px * 1.8), 0, 1)
        sun = np.hypot(x - 1.28, y - 0.36)
        out += 0.22 * np.clip((0.15 - sun) / (px * 1.5), 0, 1) * (0.45 + 0.55 * np.clip((0.5 - y) * 4, 0, 1))
        return np.clip(out, 0, 0.6)
    if card.art == "rings":
        out = np.zeros((h, w), np.float32)
        for k in range(26):
            cx, cy, tilt = 1.18, 0.50, 0.12 * k
            u = (x - cx) * math.cos(tilt) + (y - cy) * math.sin(tilt)
            v = -(x - cx) * math.sin(tilt) + (y - cy) * math.cos(tilt)
            r = np.sqrt((u / 0.66) ** 2 + (v / 0.27) ** 2)
            out += 0.26 * np.clip(1 - np.abs(r - 1) * 0.33 / (px * 1.4), 0, 1)
        stars = np.zeros((h, w), np.float32)
        for _ in range(170):
            sy, sx = int(rng.random() * (h - 4)), int(rng.random() * (w - 4))
            stars[sy:sy + 3, sx:sx + 3] = 0.2 + 0.6 * rng.random()
        return np.clip(out + stars * 0.6, 0, 0.75)
    # A window lattice: nested squares set on a grid.
    cell = 0.115
    u, v = np.abs((x / cell) % 1 - 0.5), np.abs((y / cell) % 1 - 0.5)
    square, diamond = np.maximum(u, v), u + v
    wide = px / cell * 1.6
    out = 0.0
    for edge in (0.47, 0.30):
        out = out + np.clip(1 - np.abs(square - edge) / wide, 0, 1)
    out = out + np.clip(1 - np.abs(diamond - 0.42) / wide, 0, 1)
    fade = np.clip((x - 0.55) / 0.9, 0, 1)
    return 0.34 * np.clip(out, 0, 1) * fade


def draw_chip(face, s):
    """A gold contact chip at its ISO/IEC 7816-2 place."""
    box_w, box_h = int(250 * s), int(196 * s)
    ss = 3
    chip = Image.new("RGBA", (box_w * ss, box_h * ss), (0, 0, 0, 0))
    d = ImageDraw.Draw(chip)
    w, h = chip.size
    d.rounded_rectangle((0, 0, w - 1, h - 1), radius=int(34 * s * ss), fill=(214, 178, 104, 255))
    dark, lw = (128, 96, 44, 255), max(1, int(4 * s * ss))
    for fy in (0.335, 0.665):
        d.line((0, h * fy, w * 0.34, h * fy), fill=dark, width=lw)
        d.line((w * 0.66, h * fy, w, h * fy), fill=dark, width=lw)
    d.rounded_rectangle((w * 0.34, h * 0.17, w * 0.66, h * 0.83), radius=int(26 * s * ss), outline=dark, width=lw)
    d.line((w * 0.5, 0, w * 0.5, h * 0.17), fill=dark, width=lw)
    d.line((w * 0.5, h * 0.83, w * 0.5, h), fill=dark, width=lw)
    d.rounded_rectangle((0, 0, w - 1, h - 1), radius=int(34 * s * ss), outline=(112, 84, 40, 255), width=lw)
    a = np.asarray(chip.resize((box_w, box_h), Image.Resampling.LANCZOS), np.float32)
    y, x = np.mgrid[0:box_h, 0:box_w].astype(np.float32)
    sheen = 1 + 0.16 * np.sin((x / box_w * 2.2 + y / box_h) * 3.0 + 0.8)
    top, left = int(356 * s), int(150 * s)
    region = face[top:top + box_h, left:left + box_w]
    alpha = a[..., 3] / 255
    face[top:top + box_h, left:left + box_w] = (
        region * (1 - alpha[..., None]) + a[..., :3] * sheen[..., None] * alpha[..., None])


@functools.cache
def font(spec, size):
    return ImageFont.truetype(spec[0], max(5, int(round(size))), index=spec[1])


def text_mask(h, w, items, s):
    """A mask of texts; an item is (x, y, text, font, size, tracking, anchor)."""
    img = Image.new("L", (w, h), 0)
    d = ImageDraw.Draw(img)
    for x, y, text, spec, size, tracking, anchor in items:
        f = font(spec, size * s)
        step = tracking * s
        width = sum(f.getlength(ch) + step for ch in text) - step
        cx = x * s - (width if anchor == "right" else 0)
        for ch in text:
            d.text((cx, y * s), ch, font=f, fill=255, anchor="ls")
            cx += f.getlength(ch) + step
    return np.asarray(img, np.float32) / 255


def emboss(face, mask, ink, s, height):
    """Raises the mask out of the face: a lit and a shaded flank, and foil on top."""
    hill = blur(mask, 3.2 * s)
    gy, gx = np.gradient(hill)
    flank = -(gx + gy) * height / s
    shadow = np.roll(blur(mask, 5 * s), (int(6 * s), int(5 * s)), (0, 1)) * (1 - mask)
    face *= (1 - 0.38 * shadow)[..., None]
    face += (flank * 26)[..., None]
    y, x = grid_of(*mask.shape)
    foil = 0.90 + 0.10 * np.sin(5 * x + 7 * y)
    top = np.asarray(ink, np.float32) * foil[..., None] + (flank * 42)[..., None]
    face[:] = face * (1 - mask[..., None]) + top * mask[..., None]


def render_face(card, s):
    h, w = int(FACE_H * s), int(FACE_W * s)
    rng = seed_of(card.file + "/face")
    y, x = grid_of(h, w)
    t = np.clip((x / (w / h) * 0.65 + y * 0.55), 0, 1)[..., None]
    first, last, line = (np.asarray(c, np.float32) for c in card.colours)
    face = first * (1 - t) + last * t
    glow = np.exp(-(((x - 0.45) / 0.7) ** 2 + ((y - 0.1) / 0.5) ** 2))
    face += (glow * 22)[..., None]
    face = mix(face, line, line_work(card, h, w, rng))
    face += (rng.standard_normal((h, w)).astype(np.float32) * 1.6)[..., None]

    groups = "  ".join(card.number[i:i + 4] for i in range(0, len(card.number), 4))
    long_number = len(card.number) > 16
    printed = text_mask(h, w, [
        (118, 186, card.issuer, SERIF_CJK, 104, 10, "left"),
        (122, 246, card.issuer_latin, SANS, 33, 4, "left"),
        (FACE_W - 118, 170, card.name, SERIF_CJK, 60, 8, "right"),
        (FACE_W - 118, 480, card.kind_label, SANS_CJK, 46, 3, "right"),
        (640, 838, "VALID", SANS, 21, 2, "left"),
        (640, 864, "THRU", SANS, 21, 2, "left"),
        (640, 790, "月/年  MONTH/YEAR", SANS_CJK, 22, 2, "left"),
        (FACE_W - 118, 996, "样卡 · SPECIMEN", SANS_CJK, 34, 4, "right"),
    ], s)
    ink = card.ink if card.embossed else tuple(int(c * 0.9) for c in card.ink)
    face = mix(face, ink if card.art != "rings" else (226, 228, 236), printed * 0.95)

    size = 82 if long_number else 96
    valid = card.valid[:2] + "/" + card.valid[-2:]
    raised = text_mask(h, w, [
        (128, 722, groups, MONO, size, 0.5 if long_number else 2.0, "left"),
        (740, 862, valid, MONO, 60, 4, "left"),
        (128, 990, card.cardholder, MONO, 56, 6, "left"),
    ], s)
    draw_chip(face, s)
    if card.embossed:
        emboss(face, raised, card.ink, s, 9.0)
    else:
        face = mix(face, card.ink, raised * 0.96)
    return np.clip(face, 0, 255)


def rounded_alpha(h, w, s):
    img = Image.new("L", (w, h), 0)
    ImageDraw.Draw(img).rounded_rectangle((1, 1, w - 2, h - 2), radius=int(CORNER * s), fill=255)
    return np.asarray(img, np.float32) / 255


# --- the scene ---------------------------------------------------------------


def table_of(kind, h, w, rng):
    y, x = grid_of(h, w)
    if kind == "wood":
        # Rings of a trunk, sawn lengthwise, with pores along the grain.
        warp = fractal(rng, h, w, 2, 4, 0.5)
        rings = (y * 9 + warp * 5.5 + 0.35 * np.sin(x * 1.7))
        grain = 0.5 + 0.5 * np.sin(rings * 2 * math.pi)
        fibre = smooth_noise(rng, h, w, h // 3, max(3, w // 130))
        fine = smooth_noise(rng, h, w, h // 2, max(3, w // 40))
        tone = 0.45 * grain + 0.35 * fibre + 0.2 * fine
        board = np.floor(y * 2.15 + 0.32)
        gap = np.clip(1 - np.abs((y * 2.15 + 0.32) % 1 - 0.004) * h / 2.15 / 2.2, 0, 1)
        tone = tone + 0.08 * np.sin(board * 2.4)
        dark, light = np.array([104, 68, 42], np.float32), np.array([190, 142, 96], np.float32)
        out = dark * (1 - tone[..., None]) + light * tone[..., None]
        return out * (1 - 0.62 * gap)[..., None]
    if kind == "linen":
        pitch = 7.0 * max(1.0, h / 760)
        yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
        wob = fractal(rng, h, w, 24, 3) * 9
        weft = 0.5 + 0.5 * np.sin((yy + wob) * 2 * math.pi / pitch)
        warp = 0.5 + 0.5 * np.sin((xx + wob) * 2 * math.pi / pitch)
        thread = 0.5 * smooth_noise(rng, h, w, h // 3, 8) + 0.5 * smooth_noise(rng, h, w, 8, w // 3)
        tone = 0.35 * weft + 0.35 * warp + 0.5 * thread
        dark, light = np.array([150, 142, 128], np.float32), np.array([222, 216, 202], np.float32)
        return dark * (1 - tone[..., None]) + light * tone[..., None]
    stone = fractal(rng, h, w, 3, 7)
    vein = np.clip(1 - np.abs(fractal(rng, h, w, 2, 5) - 0.5) * 26, 0, 1)
    speck = rng.random((h, w), dtype=np.float32)
    tone = np.clip((stone - 0.3) * 1.6, 0, 1)
    out = np.array([52, 55, 60], np.float32) + tone[..., None] * np.array([66, 66, 66], np.float32)
    out += (vein * 26 * tone)[..., None]
    return out + ((speck > 0.985) * 22 - (speck < 0.03) * 12)[..., None]


def perspective(corners, w, h, fw, fh):
    """Coefficients that take a point of the photo back to a point of the face."""
    rows, rhs = [], []
    for (px, py), (fx, fy) in zip(corners, ((0, 0), (fw, 0), (fw, fh), (0, fh))):
        px, py = px * w, py * h
        rows.append([px, py, 1, 0, 0, 0, -fx * px, -fx * py])
        rhs.append(fx)
        rows.append([0, 0, 0, px, py, 1, -fy * px, -fy * py])
        rhs.append(fy)
    return np.linalg.solve(np.array(rows, np.float64), np.array(rhs, np.float64)).tolist()


def photograph(card):
    w, h = card.size
    ss = 2 if w <= 1500 else 1
    sw, sh = w * ss, h * ss
    rng = seed_of(card.file + "/scene")
    s = sw * 0.86 / FACE_W
    face = render_face(card, s)
    fh, fw = face.shape[:2]
    coeffs = perspective(card.corners, sw, sh, fw, fh)

    def warp(a):
        return np.asarray(Image.fromarray(np.clip(a, 0, 255).astype(np.uint8)).transform(
            (sw, sh), Image.Transform.PERSPECTIVE, coeffs, Image.Resampling.BICUBIC), np.float32)

    alpha = warp(rounded_alpha(fh, fw, s) * 255) / 255
    laid = warp(face)
    scene = table_of(card.table, sh, sw, rng)

    contact = blur(np.roll(alpha, (int(sh * 0.004), int(sw * 0.002)), (0, 1)), sh * 0.006)
    cast = blur(np.roll(alpha, (int(sh * 0.024), int(sw * 0.012)), (0, 1)), sh * 0.022)
    scene *= (1 - 0.45 * contact)[..., None]
    scene *= (1 - 0.42 * cast)[..., None]
    # The card's edge catches the lamp on its upper side.
    inner = blur(alpha, 1.6 * ss)
    gy, _ = np.gradient(inner)
    laid = laid + (np.clip(gy, 0, 1) * 260 * alpha)[..., None]
    scene = scene * (1 - alpha[..., None]) + laid * alpha[..., None]

    y, x = np.mgrid[0:sh, 0:sw].astype(np.float32)
    y, x = y / sh, x / sw
    lamp = 1.10 - 0.30 * np.hypot((x - card.glare_at[0]) * 1.2, y - card.glare_at[1])
    vignette = 1 - 0.30 * np.clip(np.hypot(x - 0.5, y - 0.5) - 0.32, 0, 1)
    scene *= (lamp * vignette)[..., None]

    gx, gy = card.glare_at
    along = (x - gx) * 0.82 + (y - gy) * 0.57
    across = -(x - gx) * 0.57 + (y - gy) * 0.82
    spot = np.exp(-((along / 0.30) ** 2 + (across / 0.085) ** 2))
    halo = np.exp(-((along / 0.55) ** 2 + (across / 0.24) ** 2))
    shine = np.clip(card.glare * (0.62 * spot + 0.26 * halo), 0, 0.97) * alpha
    scene = mix(scene, (255, 250, 238), shine)

    img = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8)).resize((w, h), Image.Resampling.LANCZOS)
    img = img.filter(ImageFilter.GaussianBlur(0.45 * max(1, w / 1600)))
    out = np.asarray(img, np.float32)
    light = out.mean(axis=2, keepdims=True)
    # Shot noise grows in the shadows once the camera has applied its tone curve.
    sigma = 2.0 + 2.4 * (1 - light / 255)
    out = out + rng.standard_normal(out.shape).astype(np.float32) * sigma * 0.7
    out = out + rng.standard_normal(light.shape).astype(np.float32) * sigma * 0.6
    return Image.fromarray(np.clip(out, 0, 255).astype(np.uint8))


# --- files -------------------------------------------------------------------


def jpeg_with_comment(jpeg, comment):
    """Puts a COM segment after the APP0 segment, which JFIF wants first."""
    at = 4 + struct.unpack(">H", jpeg[4:6])[0]
    return jpeg[:at] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[at:]


def encode_jpeg(img, comment, between):
    """The best quality whose file length lies in the wanted range."""
    low, high = between
    for quality in range(97, 40, -1):
        for subsampling in (0, 2):
            buf = io.BytesIO()
            img.save(buf, "JPEG", quality=quality, subsampling=subsampling, optimize=True)
            data = jpeg_with_comment(buf.getvalue(), comment)
            if low <= len(data) <= high:
                return data
    raise SystemExit(f"no quality gives a file of {low} to {high} bytes")


def encode_png(img, comment):
    buf = io.BytesIO()
    img.save(buf, "PNG", optimize=True)
    data = buf.getvalue()
    body = b"tEXt" + b"Comment\0" + comment
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]


def encode_bmp(img, comment):
    buf = io.BytesIO()
    img.save(buf, "BMP")
    data = bytearray(buf.getvalue() + comment)
    struct.pack_into("<I", data, 2, len(data))
    return bytes(data)


def encode(card, img):
    comment = card.marker()
    if card.file.endswith(".jpg"):
        return encode_jpeg(img, comment, card.bytes_between)
    return encode_png(img, comment) if card.file.endswith(".png") else encode_bmp(img, comment)


def negatives():
    """Pictures that no card is read from: file name -> (bytes, what it is)."""
    gif = io.BytesIO()
    Image.new("P", (64, 40), 3).save(gif, "GIF")
    webp_payload = b"VP8 " + struct.pack("<I", 10) + b"\x30\x01\x00\x9d\x01\x2a\x40\x00\x28\x00"
    webp = b"RIFF" + struct.pack("<I", 4 + len(webp_payload)) + b"WEBP" + webp_payload
    answers = {"answer": {"tencent_kyc": "-9011", "wechat": "101001", "aliyun_bankocr": "-4"}}
    whole = io.BytesIO()
    photo = Image.open(HERE / "icbc-debit.jpg").convert("RGB").resize((600, 380), Image.Resampling.LANCZOS)
    photo.save(whole, "JPEG", quality=80)
    marked = jpeg_with_comment(whole.getvalue(), MARKER + json.dumps(answers, separators=(",", ":")).encode())
    return {
        "not-supported.gif": (gif.getvalue(), "a GIF: a picture, but in a format that no vendor takes"),
        "truncated.webp": (webp, "the header of a WebP picture, without the picture"),
        "text.jpg": (b"This is a text file; only its name says that it is a picture.\n", "text under a JPEG's name"),
        "truncated.jpg": (marked[:len(marked) // 3], "the first third of a JPEG: header and dimensions are whole, "
                          "the scan breaks off"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", help="render these files only; cards.json is written over all files")
    only = parser.parse_args().only
    for card in CARDS:
        if not luhn_ok(card.number):
            raise SystemExit(f"{card.file}: {card.number} should be {check_digit_complete(card.number[:-1])}")
        if only is None or card.file in only:
            data = encode(card, photograph(card))
            (HERE / card.file).write_bytes(data)
            print(f"{card.file}: {len(data)} bytes")
    listing = {"cards": {}, "negatives": {}}
    for card in CARDS:
        data = (HERE / card.file).read_bytes()
        listing["cards"][card.file] = {
            "number": card.number, "issuer": card.issuer, "card_name": card.name, "kind": card.kind,
            "valid_thru": card.valid, "cardholder": card.cardholder, "clarity": card.clarity,
            "warnings": card.warnings, "width": card.size[0], "height": card.size[1],
            "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(),
        }
    for name, (data, what) in negatives().items():
        (HERE / name).write_bytes(data)
        listing["negatives"][name] = {
            "what": what, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (HERE / "cards.json").write_text(json.dumps(listing, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
