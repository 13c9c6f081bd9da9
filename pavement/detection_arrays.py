"""Detections as plain arrays, and back: what a finished step keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple

import numpy as np

from pavement.detection import Detection
from pavement.quality import MEASURES, Quality


def pack(detections: Sequence[Detection | None]) -> dict[str, np.ndarray]:
    """Arrays of a step: logits one after the other (m,), shapes (n, 3), photo sizes (n, 2), quality (n, measures)."""
    known = [d for d in detections if d is not None]
    flat = np.concatenate([d.logits.ravel() for d in known]) if known else np.empty(0, np.uint8)
    return {
        "logits": flat,
        "shapes": np.array([(0, 0, 0) if d is None else d.logits.shape for d in detections], np.int32).reshape(-1, 3),
        "sizes": np.array([(0, 0) if d is None else (d.width, d.height) for d in detections], np.int32).reshape(-1, 2),
        "quality": np.array(
            [(0.0,) * len(MEASURES) if d is None else astuple(d.quality) for d in detections], np.float64
        ).reshape(-1, len(MEASURES)),
    }


def unpack(arrays: Mapping[str, np.ndarray]) -> list[Detection | None]:
    """The inverse of `pack`; None = the frame could not be read."""
    result: list[Detection | None] = []
    logits, at = arrays["logits"], 0
    for shape, size, measured in zip(arrays["shapes"], arrays["sizes"], arrays["quality"], strict=True):
        count = int(np.prod(shape))
        if count == 0:
            result.append(None)
            continue
        values = logits[at : at + count].reshape(shape)
        result.append(Detection(values, int(size[0]), int(size[1]), Quality(*(float(q) for q in measured))))
        at += count
    return result
