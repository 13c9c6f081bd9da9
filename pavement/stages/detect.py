"""Detecting: the answer for every frame, chunk by chunk; what an earlier run finished is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pavement.detection import Detection
from pavement.detection_arrays import pack, unpack
from pavement.overlap import batches, detect_each
from pavement.quality import MEASURING
from pavement.stages.tools import CHUNK, DriveOnDisk, Tools, step_by_step, step_key


def detect(each: DriveOnDisk, files: Sequence[str], tools: Tools) -> Iterator[tuple[str, Detection | None]]:
    """(file, detection) of every frame in order, chunk by chunk; None = the picture cannot be read."""
    model = tools.detector.sha256
    steps = [(step_key(each.drive.fingerprint, model, MEASURING, chunk), chunk) for chunk in batches(files, CHUNK)]

    def work(left: list[str]) -> Iterator[Detection | None]:
        return detect_each(tools.detector, tools.read_images(each.folder, left), lambda _, detection: detection)

    done = 0
    found = step_by_step(steps, work, tools.store, pack, unpack)
    for (_, chunk), detections in zip(steps, found, strict=True):
        done += len(chunk)
        tools.progress(f"detect {each.drive.name}", done, len(files))
        yield from zip(chunk, detections, strict=True)
