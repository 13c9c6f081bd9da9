"""Finished steps of a run on disk: what is there is whole and is not done again."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np

from pavement.detection import Detection
from pavement.files import write_whole
from pavement.quality import MEASURES, Quality

DIGEST_SIZE = hashlib.sha256().digest_size


class DetectionFiles:
    """Detections by step key, one file a step: the content's SHA-256, then arrays (npz).

    None in a step = the frame could not be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str) -> list[Detection | None] | None:
        """The detections of a finished step, or None where it is not done (or its file is damaged)."""
        try:
            whole = self._file(key).read_bytes()
        except OSError:
            return None
        digest, content = whole[:DIGEST_SIZE], whole[DIGEST_SIZE:]
        if hashlib.sha256(content).digest() != digest:
            return None
        with np.load(io.BytesIO(content), allow_pickle=False) as data:
            return unpack(data["logits"], data["shapes"], data["sizes"], data["quality"])

    def save(self, key: str, detections: Sequence[Detection | None]) -> None:
        """Keep the detections of a step."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **pack(detections))
        content = buffer.getvalue()
        write_whole(self._file(key), hashlib.sha256(content).digest() + content)

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.step"


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


def unpack(logits: np.ndarray, shapes: np.ndarray, sizes: np.ndarray, quality: np.ndarray) -> list[Detection | None]:
    """The inverse of `pack`."""
    result: list[Detection | None] = []
    at = 0
    for shape, size, measured in zip(shapes, sizes, quality, strict=True):
        count = int(np.prod(shape))
        if count == 0:
            result.append(None)
            continue
        values = logits[at : at + count].reshape(shape)
        result.append(Detection(values, int(size[0]), int(size[1]), Quality(*(float(q) for q in measured))))
        at += count
    return result
