"""What degradations are painted with: kernels, patches, clouds, and the way back to a photo."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.detection import Image

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Random = np.random.Generator

REFERENCE_PX = 1024  #: width at which lengths are given


def recompress(image: Image, quality: int) -> Image:
    """A photo that went through JPEG."""
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def to_bytes(values: NDArray[np.floating] | Floats) -> Image:
    """Grey levels as bytes."""
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def disc(radius: float) -> Floats:
    """The kernel of a defocused point."""
    size = int(np.ceil(radius)) * 2 + 1
    y, x = np.mgrid[0:size, 0:size] - size // 2
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return np.asarray(kernel / kernel.sum(), np.float32)


def filtered(image: Image, kernel: Floats) -> Image:
    """The photo folded with a kernel."""
    return np.asarray(cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT), np.uint8)


def clouds(h: int, w: int, rng: Random, *, scale: float) -> Floats:
    """Smooth noise (h, w) of mean 0 and spread 1 whose lumps are `scale` of the width."""
    small = max(int(w / 8), 16)
    white = rng.normal(0, 1, (max(int(h / 8), 10), small)).astype(np.float32)
    noise = cv2.GaussianBlur(white, (0, 0), scale * small)
    noise = (noise - noise.mean()) / max(float(noise.std()), 1e-6)
    return np.asarray(cv2.resize(noise, (w, h), interpolation=cv2.INTER_CUBIC), np.float32)


def patches(h: int, w: int, rng: Random, *, scale: float, cover: float) -> Floats:
    """A mask 0-1 (h, w) of patches with soft edges on `cover` of the picture."""
    field = clouds(h, w, rng, scale=scale) + 0.35 * clouds(h, w, rng, scale=scale / 4)
    return np.asarray(np.clip((field - np.quantile(field, 1 - cover)) * 5 + 0.5, 0, 1), np.float32)
