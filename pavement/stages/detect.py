"""Detecting: the answer for every frame, chunk by chunk; what an earlier run finished is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pavement.detection import Detection
from pavement.detection_arrays import pack, unpack
from pavement.overlap import detect_each
from pavement.quality import MEASURING
from pavement.stages.tools import CHUNK, DriveOnDisk, Tools, step_key


def detect(each: DriveOnDisk, files: Sequence[str], tools: Tools) -> Iterator[tuple[str, Detection | None]]:
    """(file, detection) of every frame in order, chunk by chunk; None = the picture cannot be read."""
    for start in range(0, len(files), CHUNK):
        chunk = list(files[start : start + CHUNK])
        key = step_key(each.drive.fingerprint, tools.detector.sha256, MEASURING, chunk)
        done = tools.store.load(key)
        detections = unpack(done) if done else detect_chunk(each.folder, chunk, tools)
        if done is None:
            tools.store.save(key, pack(detections))
        tools.progress(f"detect {each.drive.name}", start + len(chunk), len(files))
        yield from zip(chunk, detections, strict=True)


def detect_chunk(folder: Path, files: Sequence[str], tools: Tools) -> list[Detection | None]:
    """Detections of some frames; only a few pictures are held at a time."""
    return list(detect_each(tools.detector, tools.read_images(folder, files), lambda _, detection: detection))
