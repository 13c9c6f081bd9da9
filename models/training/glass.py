"""What stands between lens and road: drops on the windscreen, the dashboard's reflection, the wiper."""

from __future__ import annotations

import cv2
import numpy as np

Image = np.ndarray
Rng = np.random.Generator


def rain_on_glass(image: Image, rng: Rng) -> Image:
    """Drops on the windscreen: each shows the scene turned over and blurred. Few, so that the road can be judged."""
    height, width = image.shape[:2]
    drops = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(3, 40)):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        radius = width * float(np.exp(rng.uniform(np.log(0.003), np.log(0.02))))
        axes = (max(int(radius), 1), max(int(radius * rng.uniform(1, 1.5)), 1))
        cv2.ellipse(drops, centre, axes, float(rng.uniform(-20, 20)), 0, 360, 255, -1)
    seen = cv2.GaussianBlur(image[::-1], (0, 0), width / 100) * np.float32(rng.uniform(0.8, 1.25))
    soft = cv2.GaussianBlur(drops, (0, 0), width / 600).astype(np.float32)[..., None] / 255
    return np.clip(image * (1 - soft) + seen * soft, 0, 255).astype(np.uint8)


def reflect_dashboard(image: Image, rng: Rng) -> Image:
    """The dashboard and what lies on it, mirrored in the windscreen: pale shapes that add light."""
    height, width = image.shape[:2]
    shapes = np.zeros((height, width), np.float32)
    for _ in range(rng.integers(1, 5)):
        middle = rng.uniform(0, 1, 2) * (width, height)
        corners = middle + rng.normal(0, (0.2 * width, 0.1 * height), (int(rng.integers(3, 7)), 2))
        cv2.fillConvexPoly(shapes, cv2.convexHull(corners.astype(np.int32)), float(rng.uniform(0.3, 1)))
    shapes = cv2.GaussianBlur(shapes, (0, 0), width * float(rng.uniform(0.002, 0.02)))
    added = shapes[..., None] * (rng.uniform(0.08, 0.35) * rng.uniform(0.85, 1, 3)).astype(np.float32)
    return np.clip(image + (255 - image) * added, 0, 255).astype(np.uint8)


def draw_wiper(image: Image, mask: Image, rng: Rng) -> None:
    """A wiper's arm from the bottom edge: no road is seen there. Changes both arrays."""
    start, angle = rng.uniform(0, 1), rng.uniform(0.15, np.pi - 0.15)
    reach, thick, grey = rng.uniform(0.3, 1.0), rng.uniform(0.008, 0.03), int(rng.uniform(5, 50))
    for picture, colour in ((image, (grey, grey, grey)), (mask, 0)):
        height, width = picture.shape[:2]
        foot = np.array([start * width, height])
        tip = foot + reach * width * np.array([np.cos(angle), -np.sin(angle)])
        line = [tuple(int(value) for value in point) for point in (foot, tip)]
        cv2.line(picture, line[0], line[1], colour, max(int(thick * width), 1))
