"""Taking the chosen photos: masked before they touch the disk, each with its marked twin; without a mask no photo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pavement.detection import Detection, class_map
from pavement.overlap import in_order
from pavement.photo_choice import Shot
from pavement.record import Photo
from pavement.redact import mark_photo, mask_photo, road_mask
from pavement.stages.detect import detect
from pavement.stages.tools import DriveOnDisk, Tools, step_key

Numbered = tuple[Photo, Shot]


@dataclass(frozen=True)
class Source:
    """A drive, and the frames of it that were detected, in order."""

    each: DriveOnDisk
    usable: Sequence[str]


def take_photos(shots: Sequence[Shot], sources: Mapping[str, Source], tools: Tools, out: Path) -> list[Numbered]:
    """The photos that could be taken, in the order of `shots`, whose numbers they bear."""
    wanted: dict[str, dict[str, list[Photo]]] = defaultdict(lambda: defaultdict(list))
    photos = [shot.photo(out) for shot in shots]
    for photo in photos:
        wanted[photo.drive][photo.frame].append(photo)
    kept: dict[str, float] = {}
    for drive, frames in wanted.items():
        for taken in in_order(lambda job: take(*job, tools), jobs(sources[drive], frames, tools)):
            kept |= taken
            tools.progress("photos", len(kept), len(photos))
    return [
        (replace(photo, kept_share=kept[photo.number]), shot)
        for photo, shot in zip(photos, shots, strict=True)
        if photo.number in kept
    ]


def jobs(
    source: Source, frames: Mapping[str, Sequence[Photo]], tools: Tools
) -> Iterator[tuple[DriveOnDisk, Detection, Sequence[Photo]]]:
    """The wanted frames of a drive with their detections, as the store gives them."""
    for file, detection in detect(source.each, source.usable, tools):
        if file in frames and detection is not None:
            yield source.each, detection, frames[file]


def take(each: DriveOnDisk, detection: Detection, photos: Sequence[Photo], tools: Tools) -> dict[str, float]:
    """Mask one frame and write it as the photos that show it: by number, the share of the picture that stays.

    Empty where too little road is left, or the picture cannot be read any more.
    """
    first = photos[0]
    models = tools.detector.sha256, tools.guard.sha256
    key = step_key("photo", each.drive.fingerprint, first.frame, models, [photo.file for photo in photos])
    done = tools.store.load(key)
    if done is not None and all(photo.masked.exists() and photo.marked.exists() for photo in photos):
        return {photo.number: float(done["kept"]) for photo in photos}
    _, image = next(iter(tools.read_images(each.folder, [first.frame])), (first.frame, None))
    if image is None:
        return {}
    thresholds = tools.detector.thresholds
    (foreign,) = tools.guard.foreign([image])
    keep = road_mask(detection, thresholds, foreign, tools.guard.threshold)
    masked = mask_photo(image, keep)
    if masked is None:
        return {}
    marked = mark_photo(masked, np.where(keep, class_map(detection, thresholds), 0).astype(np.uint8))
    for photo in photos:
        tools.write_photo(photo.marked, marked)
        tools.write_photo(photo.masked, masked)
    share = round(float(keep.mean()), 4)
    tools.store.save(key, {"kept": np.array(share)})
    return {photo.number: share for photo in photos}
