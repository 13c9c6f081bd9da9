"""Things that do not belong to a road's surface, drawn or cut out of other photos and stood on it: plates, faces,
people, cars, boxes, anything. Only for training the guard and for proving the masks; nobody real is in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

Image = np.ndarray
Rng = np.random.Generator

FOREIGN = 5  #: their value in a class map
SKINS = ((180, 205, 240), (150, 180, 225), (105, 140, 190), (60, 85, 125), (45, 60, 90))  # BGR
FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_COMPLEX)


@dataclass(frozen=True)
class Thing:
    """A picture (h, w, 3) BGR and where it covers what is behind it (h, w) bool."""

    image: Image
    cover: Image


def draw_thing(width: int, others: list[Image], rng: Rng) -> Thing:
    """Something `width` pixels wide; `others`: photos that cuttings may come from."""
    draw = rng.choice(6, p=(0.32, 0.18, 0.12, 0.14, 0.12, 0.12))
    if draw == 0:
        return plate(width, rng)
    if draw == 1:
        return face(width, rng)
    if draw == 2:
        return person(width, rng)
    if draw == 3:
        return car(width, rng)
    if draw == 4 or not others:
        return scrap(width, rng)
    return cutting(width, others, rng)


def colour(rng: Rng) -> tuple[int, int, int]:
    """Any colour."""
    b, g, r = (int(v) for v in rng.integers(0, 256, 3))
    return b, g, r


def plate(width: int, rng: Rng) -> Thing:
    """A number plate of some country: dark on light or light on dark."""
    height = max(int(width * rng.choice((0.5, 0.5, 0.23, 0.33))), 8)
    image = np.empty((height * 4, width * 4, 3), np.uint8)
    pairs = (
        ((240, 245, 245), (50, 90, 20)),
        ((55, 95, 20), (245, 245, 245)),
        ((40, 195, 240), (20, 20, 20)),
        ((20, 20, 20), (40, 190, 235)),
        ((235, 235, 235), (30, 30, 30)),
        ((235, 240, 240), (140, 50, 30)),
        ((130, 130, 130), (30, 30, 30)),
    )
    ground, ink = pairs[rng.integers(len(pairs))] if rng.random() < 0.8 else (colour(rng), colour(rng))
    image[:] = ground
    font = int(rng.choice(FONTS))
    digits = "".join(rng.choice(list("0123456789ABCDEFGHKLMNPRSTUX"), rng.integers(2, 5)))
    text = f"{rng.integers(10, 99)}-{rng.integers(10, 99)}" if rng.random() < 0.6 else digits + str(rng.integers(1000))
    tall = 0.62 if height * 3 > width else 0.9
    scale = min(height * 4 * tall / 32, width * 4 * 0.92 / max(cv2.getTextSize(text, font, 1, 2)[0][0], 1))
    thick = max(int(scale * rng.uniform(2.5, 4.5)), 2)
    cv2.putText(image, text, (int(width * 0.15), int(height * 4 * 0.92)), font, scale, ink, thick, cv2.LINE_AA)
    if tall < 0.9:
        word = "".join(rng.choice(list("ABCDEKMNORST"), 3)) + f" {rng.integers(300, 600)}"
        cv2.putText(image, word, (width, int(height * 1.2)), font, scale * 0.4, ink, max(thick // 2, 1), cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.rectangle(image, (3, 3), (width * 4 - 4, height * 4 - 4), ink, max(width // 30, 2))
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return Thing(small, np.ones(small.shape[:2], bool))


def face(width: int, rng: Rng) -> Thing:
    """A face with hair, eyes, nose and mouth."""
    w, h = width * 3, int(width * 3 * rng.uniform(1.1, 1.45))
    image, cover = np.zeros((h, w, 3), np.uint8), np.zeros((h, w), np.uint8)
    grey = rng.random() < 0.1
    skin = np.array(SKINS[rng.integers(len(SKINS))]) * rng.uniform(0.8, 1.1)
    hair = tuple(
        int(v)
        for v in rng.uniform(0.6, 1.4)
        * np.array(((20, 20, 25), (30, 40, 60), (110, 115, 120), (60, 110, 160))[rng.integers(4)])
    )

    def oval(centre: tuple[float, float], axes: tuple[float, float], fill: object) -> None:
        place = (int(w * centre[0]), int(h * centre[1])), (max(int(w * axes[0]), 1), max(int(h * axes[1]), 1))
        cv2.ellipse(image, *place, 0, 0, 360, tuple(int(v) for v in np.clip(fill, 0, 255)), -1, cv2.LINE_AA)
        cv2.ellipse(cover, *place, 0, 0, 360, 255, -1)

    if rng.random() < 0.85:
        oval((0.5, 0.42), (0.46, 0.42), hair)
    oval((0.5, 0.55), (rng.uniform(0.36, 0.42), 0.44), skin)
    for x in (0.34, 0.66):
        oval((x, 0.5), (0.08, 0.035), (245, 245, 245))
        oval((x, 0.5), (0.035, 0.035), (30, 30, 35))
        oval((x, 0.43), (0.1, 0.012), hair)
    oval((0.5, 0.63), (0.04, 0.06), skin * 0.85)
    oval((0.5, 0.78), (rng.uniform(0.08, 0.16), rng.uniform(0.015, 0.05)), (80, 70, 170))
    if rng.random() < 0.2:
        oval((0.5, 0.78), (0.3, 0.14), (235, 235, 235))  # a mask, worn
    if grey:
        image[:] = image.mean(2, keepdims=True).astype(np.uint8)
    size = (width, max(h // 3, 4))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return Thing(small, cv2.resize(cover, size, interpolation=cv2.INTER_AREA) > 127)


def person(width: int, rng: Rng) -> Thing:
    """Somebody who stands or walks."""
    w, h = width, int(width * rng.uniform(2.2, 3.2))
    image, cover = np.zeros((h, w, 3), np.uint8), np.zeros((h, w), np.uint8)
    shirt, trousers = (
        colour(rng) if rng.random() < 0.6 else (int(g := rng.integers(20, 230)), int(g), int(g)) for _ in range(2)
    )
    for place, fill in (
        (((0.2, 0.2), (0.8, 0.6)), shirt),
        (((0.05, 0.22), (0.22, 0.58)), shirt),
        (((0.78, 0.22), (0.95, 0.58)), shirt),
        (((0.22, 0.55), (0.47, 1.0)), trousers),
        (((0.53, 0.55), (0.78, 1.0)), trousers),
    ):
        a, b = ((int(x * w), int(y * h)) for x, y in place)
        cv2.rectangle(image, a, b, fill, -1)
        cv2.rectangle(cover, a, b, 255, -1)
    head = face(max(int(w * 0.45), 6), rng)
    height = min(head.image.shape[0], int(h * 0.25))
    x = int(w * 0.28)
    part = slice(0, height), slice(x, x + head.image.shape[1])
    seen = head.cover[:height]
    image[part][seen], cover[part][seen] = head.image[:height][seen], 255
    noise = rng.normal(0, rng.uniform(2, 12), image.shape[:2])[..., None]
    return Thing(np.clip(image + noise, 0, 255).astype(np.uint8), cover > 0)


def car(width: int, rng: Rng) -> Thing:
    """The back of a car, with its plate."""
    w, h = width * 2, int(width * 2 * rng.uniform(0.65, 0.95))
    image, cover = np.zeros((h, w, 3), np.uint8), np.zeros((h, w), np.uint8)
    grey = int(rng.integers(15, 240))
    paint = colour(rng) if rng.random() < 0.4 else (grey, grey, grey)
    dark = tuple(int(v * 0.3) for v in paint)

    def box(x0: float, y0: float, x1: float, y1: float, fill: tuple[int, ...]) -> None:
        cv2.rectangle(image, (int(x0 * w), int(y0 * h)), (int(x1 * w), int(y1 * h)), fill, -1)
        cv2.rectangle(cover, (int(x0 * w), int(y0 * h)), (int(x1 * w), int(y1 * h)), 255, -1)

    box(0.02, 0.32, 0.98, 0.88, paint)
    box(0.12, 0.02, 0.88, 0.4, paint)
    box(0.17, 0.07, 0.83, 0.34, (70, 60, 50) if rng.random() < 0.6 else (190, 180, 170))
    box(0.06, 0.82, 0.22, 1.0, (25, 25, 25))
    box(0.78, 0.82, 0.94, 1.0, (25, 25, 25))
    box(0.04, 0.42, 0.16, 0.56, (40, 30, 190))
    box(0.84, 0.42, 0.96, 0.56, (40, 30, 190))
    box(0.04, 0.74, 0.96, 0.84, dark)
    sign = plate(max(int(w * 0.24), 8), rng).image
    y, x = int(h * 0.58), int(w * 0.38)
    part = image[y : y + sign.shape[0], x : x + sign.shape[1]]
    part[:] = sign[: part.shape[0], : part.shape[1]]
    sheen = np.linspace(rng.uniform(0.7, 1.0), rng.uniform(1.0, 1.3), w)[None, :, None]
    image = np.clip(cv2.GaussianBlur(image, (0, 0), 1.2) * sheen, 0, 255).astype(np.uint8)
    size = (width, max(h // 2, 4))
    return Thing(
        cv2.resize(image, size, interpolation=cv2.INTER_AREA),
        cv2.resize(cover, size, interpolation=cv2.INTER_AREA) > 127,
    )


def scrap(width: int, rng: Rng) -> Thing:
    """Any patch: a polygon with stripes, blotches or letters of any colours."""
    h = max(int(width * rng.uniform(0.4, 2.0)), 6)
    image = np.empty((h, width, 3), np.uint8)
    image[:] = colour(rng)
    for _ in range(rng.integers(1, 7)):
        a, b = (tuple(int(v) for v in rng.integers(0, (width, h))) for _ in range(2))
        kind = rng.integers(4)
        if kind == 0:
            cv2.rectangle(image, a, b, colour(rng), -1)
        elif kind == 1:
            cv2.line(image, a, b, colour(rng), int(rng.integers(1, 2 + width // 6)))
        elif kind == 2:
            cv2.circle(image, a, int(rng.integers(2, 3 + width // 3)), colour(rng), -1)
        else:
            word = "".join(rng.choice(list("ABEGHKMRSTWX0123456789"), 4))
            cv2.putText(image, word, (2, b[1]), cv2.FONT_HERSHEY_SIMPLEX, width / 90, colour(rng), 1 + width // 60)
    points = np.array(
        [
            (rng.uniform(0, width * 0.3), rng.uniform(0, h * 0.3)),
            (rng.uniform(width * 0.7, width), rng.uniform(0, h * 0.3)),
            (rng.uniform(width * 0.7, width), rng.uniform(h * 0.7, h)),
            (rng.uniform(0, width * 0.3), rng.uniform(h * 0.7, h)),
        ]
    )
    cover = np.zeros((h, width), np.uint8)
    cv2.fillPoly(cover, [points.astype(np.int32)], 255)
    return Thing(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.5)), cover > 0)


def cutting(width: int, others: list[Image], rng: Rng) -> Thing:
    """A piece of another photo's verge: leaves, soil, walls, fences."""
    photo = others[rng.integers(len(others))]
    h = max(int(width * rng.uniform(0.5, 1.8)), 6)
    y = int(rng.integers(0, max(photo.shape[0] - h, 1)))
    x = int(rng.integers(0, max(photo.shape[1] - width, 1)))
    piece = photo[y : y + h, x : x + width]
    cover = np.zeros(piece.shape[:2], np.uint8)
    middle = (piece.shape[1] // 2, piece.shape[0] // 2)
    cv2.ellipse(cover, middle, middle, 0, 0, 360, 255, -1)
    return Thing(piece.copy(), cover > 0)


def stand(image: Image, mask: Image, thing: Thing, rng: Rng, *, on: Image | None = None) -> tuple[int, int] | None:
    """Put a thing into a photo at a place of `on` (default: the lane), lit as the photo; its upper left corner.

    The class map gets FOREIGN there. None where it finds no room.
    """
    h, w = thing.image.shape[:2]
    rows, columns = np.nonzero((mask > 0) & (mask < 4) if on is None else on)
    if not len(rows):
        return None
    pick = rng.integers(len(rows))
    y = int(np.clip(rows[pick] - h // 2, 0, max(mask.shape[0] - h, 0)))
    x = int(np.clip(columns[pick] - w // 2, 0, max(mask.shape[1] - w, 0)))
    part = slice(y, min(y + h, mask.shape[0])), slice(x, min(x + w, mask.shape[1]))
    seen = thing.cover[: part[0].stop - y, : part[1].stop - x]
    bright = np.clip(np.percentile(image[::8, ::8], 90) / 230, 0.35, 1.15) * rng.uniform(0.75, 1.15)
    if rng.random() < 0.3:  # hardly brighter or darker than the road behind it
        own = float(thing.image[: seen.shape[0], : seen.shape[1]][seen].mean()) if seen.any() else 0.0
        bright = float(image[part].mean()) * rng.uniform(0.85, 1.25) / max(own, 20.0)
    lit = np.clip(thing.image[: seen.shape[0], : seen.shape[1]] * bright + rng.normal(0, 2, (*seen.shape, 1)), 0, 255)
    if rng.random() < 0.7:  # a shadow on the road below it
        foot = min(part[0].stop, mask.shape[0] - 2)
        deep = image[foot : foot + max(h // 12, 2), part[1]]
        deep[:] = (deep * rng.uniform(0.4, 0.8)).astype(np.uint8)
    soft = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), rng.uniform(0.4, 1.0))[..., None] * seen[..., None]
    image[part] = (image[part] * (1 - soft) + lit * soft).astype(np.uint8)
    mask[part][seen] = FOREIGN
    return x, y
