"""Taking the chosen photos: masked before they touch the disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pavement.detection import class_map, lane_mask
from pavement.photo_choice import Shot
from pavement.record import Photo
from pavement.redact import mark_photo, mask_photo
from pavement.stages.tools import DriveOnDisk, Tools


def take_photos(
    shots: Sequence[Shot], drives: dict[str, DriveOnDisk], tools: Tools, out: Path
) -> list[tuple[Photo, Shot]]:
    """The chosen frames, masked before they touch the disk, and their marked twins; without a mask no photo."""
    thresholds = tools.detector.thresholds
    taken = []
    for number, shot in enumerate(shots, start=1):
        photo = shot.photo(number, out)
        tools.progress("photos", number, len(shots))
        if not (photo.masked.exists() and photo.marked.exists()):
            each = drives[shot.drive]
            _, image = next(iter(tools.read_images(each.folder, [shot.frame])), (shot.frame, None))
            if image is None:
                continue
            (detection,) = tools.detector.detect([image])
            masked = mask_photo(image, lane_mask(detection, thresholds, *image.shape[:2]))
            if masked is None:
                continue
            tools.write_photo(photo.marked, mark_photo(masked, class_map(detection, thresholds)))
            tools.write_photo(photo.masked, masked)
        taken.append((photo, shot))
    return taken
