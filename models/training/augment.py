"""What phones, weather and mounts do to a photo, done to labelled photos (the label counts per cell, not per pixel)."""

from __future__ import annotations

import cv2
import numpy as np
from glass import draw_wiper, rain_on_glass, reflect_dashboard
from synthetic import Hole, add_stain, lay_patch, paint_marking, paste_holes, seal_cracks

Image = np.ndarray
Rng = np.random.Generator

UNHARMED = 0.4  #: share of the photos to which neither weather nor camera does anything


def augment(
    image: Image, mask: Image, size: tuple[int, int], holes: list[Hole] | None, rng: Rng
) -> tuple[Image, Image]:
    """A photo of `size` (w, h) and its class map at the label's own resolution, changed alike.

    `holes`: potholes to move in, and with them patches, seals, stains, lids and markings; None = nothing is added to
    the road.
    """
    image, mask = image.copy(), mask.copy()
    if holes is not None:
        if rng.random() < 0.25:
            lay_patch(image, mask, rng)
        if rng.random() < 0.15:
            seal_cracks(image, mask, rng)
        if rng.random() < 0.2:
            add_stain(image, mask, rng)
        if rng.random() < 0.15:
            paint_marking(image, mask, rng)
        if holes and rng.random() < 0.35:
            paste_holes(image, mask, holes, rng)
    if rng.random() < 0.5:
        image, mask = image[:, ::-1], mask[:, ::-1]
    image, mask = np.ascontiguousarray(image), np.ascontiguousarray(mask)
    if rng.random() < UNHARMED:  # as it comes, only moved a little and lit a little otherwise
        image, mask = move(image, mask, size, 0.5, rng)
        return light(image, 0.5, rng), mask
    if rng.random() < 0.35:
        image, mask = compose_horizon(image, mask, rng)
    image, mask = move(image, mask, size, 1.0, rng)
    if rng.random() < 0.4:
        image = cast_shadow(image, rng)
    image = light(image, 0.8, rng)
    if rng.random() < 0.25:
        bonnet(image, mask, rng)
    if rng.random() < 0.08:
        image = reflect_dashboard(image, rng)
    if rng.random() < 0.08:
        image = rain_on_glass(image, rng)
    if rng.random() < 0.05:
        draw_wiper(image, mask, rng)
    return degrade(image, rng), mask


def move(image: Image, mask: Image, size: tuple[int, int], strength: float, rng: Rng) -> tuple[Image, Image]:
    """Another mount: turned, scaled, shifted and stretched; what comes in from outside is unknown (255)."""
    height, width = mask.shape
    angle = np.deg2rad(rng.normal(0, 2.5 * strength))
    zoom = np.exp(rng.normal(0, 0.14 * strength))
    stretch = np.exp(rng.normal(0, 0.06 * strength))
    shift = rng.normal(0, 0.05 * strength, 2) * (width, height)
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
    turn = np.array([[cos * stretch, -sin, 0], [sin, cos / stretch, 0]])
    centre = np.array([width / 2, height / 2])
    turn[:, 2] = centre + shift - turn[:, :2] @ centre
    scale = np.diag([size[0] / width, size[1] / height])
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    to_small = scale @ turn[:, :2] @ np.linalg.inv(scale)
    flags, border = cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101
    picture = cv2.warpAffine(small, np.c_[to_small, scale @ turn[:, 2]], size, flags=flags, borderMode=border)
    labels = cv2.warpAffine(
        mask, turn, (width, height), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=255
    )
    return picture, labels


def compose_horizon(image: Image, mask: Image, rng: Rng) -> tuple[Image, Image]:
    """The photo pushed down and a horizon, verge and sky put above it: how most phones look at the road."""
    height, width = mask.shape
    top = int(height * rng.uniform(0.1, 0.45))
    keep = height - top
    if rng.random() < 0.5:  # squeezed, or cut at the bottom
        low, low_mask = (
            cv2.resize(image, (width, keep), interpolation=cv2.INTER_AREA),
            cv2.resize(mask, (width, keep), interpolation=cv2.INTER_NEAREST),
        )
    else:
        low, low_mask = image[:keep], mask[:keep]
    sky = np.linspace(rng.uniform(120, 255, 3), rng.uniform(150, 255, 3), top)[:, None].repeat(width, 1)
    verge = np.zeros((top, width), np.float32)
    edge = top - np.abs(np.cumsum(rng.normal(0, 2.5, width))) - rng.uniform(0.05, 0.6) * top
    verge[np.arange(top)[:, None] > edge[None]] = 1
    tone = rng.uniform((10, 30, 10), (90, 130, 110))
    grain = cv2.resize(rng.normal(0, 30, (max(top // 6, 2), width // 6)).astype(np.float32), (width, top))
    land = tone + grain[..., None] + rng.normal(0, 12, (top, width, 1))
    above = np.where(verge[..., None] > 0, land, sky)
    picture = np.vstack([np.clip(above, 0, 255).astype(np.uint8), low])
    return picture, np.vstack([np.zeros((top, width), np.uint8), low_mask])


def cast_shadow(image: Image, rng: Rng) -> Image:
    """Shadows of poles, branches, leaves and buildings: hard or soft edges, faint to almost black, a little blue."""
    height, width = image.shape[:2]
    shade = np.zeros((height, width), np.uint8)
    if rng.random() < 0.4:  # leaves, or the dappled edge of a snow shed
        grain = int(rng.integers(8, 60))
        coarse = rng.normal(size=(height // grain + 2, width // grain + 2)).astype(np.float32)
        leaves = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        shade[leaves > rng.uniform(-0.3, 1.2)] = 255
    for _ in range(rng.integers(0, 8)):
        start = rng.uniform((-0.2, -0.2), (1.2, 1.2)) * (width, height)
        if rng.random() < 0.6:
            end = rng.uniform((-0.2, -0.2), (1.2, 1.2)) * (width, height)
            knots = np.linspace(start, end, 6) + rng.normal(0, width * 0.015, (6, 2))
            cv2.polylines(shade, [knots.astype(np.int32)], False, 255, int(rng.integers(2, 40)))
        else:
            corners = start + rng.normal(0, width * 0.2, (int(rng.integers(3, 7)), 2))
            cv2.fillConvexPoly(shade, cv2.convexHull(corners.astype(np.int32)), 255)
    blur = float(np.exp(rng.uniform(np.log(0.4), np.log(8))))
    soft = cv2.GaussianBlur(shade, (0, 0), blur).astype(np.float32)[..., None] / 255
    tint = np.float32(rng.uniform(0.25, 0.8)) * np.array([rng.uniform(0.85, 1), 1, 1], np.float32)
    return np.clip(image * (1 - soft * tint), 0, 255).astype(np.uint8)


def light(image: Image, strength: float, rng: Rng) -> Image:
    """Exposure, contrast, gamma, white balance, saturation, and a smooth gradient (lens tint, glare)."""
    table = np.linspace(0, 1, 256) ** np.exp(rng.normal(0, 0.3 * strength))
    table = (table - 0.5) * np.exp(rng.normal(0, 0.25 * strength)) + 0.5 + rng.normal(0, 0.08 * strength)
    tables = np.clip(table[:, None] * np.exp(rng.normal(0, 0.07 * strength, 3)) * 255, 0, 255).astype(np.uint8)
    image = cv2.LUT(image, tables[None])
    if rng.random() < 0.5:
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        colour = float(rng.uniform(0, 1.6))
        image = cv2.addWeighted(image, colour, grey, 1 - colour, 0)
    if rng.random() < 0.3:
        coarse = np.exp(rng.normal(0, 0.2, (3, 4, 1)) + rng.normal(0, 0.05, (3, 4, 3))).astype(np.float32)
        smooth = cv2.resize(coarse, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        image = np.clip(image * smooth, 0, 255).astype(np.uint8)
    return image


def bonnet(image: Image, mask: Image, rng: Rng) -> None:
    """The car's own bonnet (or a dashboard edge) at the bottom: no road there."""
    share = rng.uniform(0.04, 0.2)
    for picture, colour in ((image, tuple(int(c) for c in rng.uniform(5, 230, 3))), (mask, 0)):
        height, width = picture.shape[:2]
        centre = (width // 2, int(height * (1.6 - share)))
        cv2.ellipse(picture, centre, (int(width * 0.8), int(height * 0.6)), 0, 0, 360, colour, -1)


def degrade(image: Image, rng: Rng) -> Image:
    """Blur (also of motion), noise and JPEG."""
    if rng.random() < 0.25:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.3)))
    elif rng.random() < 0.15:
        length = int(rng.integers(2, 7))
        image = cv2.blur(image, (1, length))
    if rng.random() < 0.3:
        noise = rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(1, 9))
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = int(rng.integers(35, 92))
        image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return image
