"""`pavement redact`: a drive that may be kept and handed on: of its frames only the road's pixels, at full size.

It can be analysed again, with this model or a newer one; how near the result is: docs/accuracy.md, Masking.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import numpy as np

from pavement.detection import Detector, Gate, Image
from pavement.drive import Drive, Frame
from pavement.encoding import encode_photo
from pavement.errors import BadInput
from pavement.files import whole_file, write_whole
from pavement.overlap import in_order
from pavement.redact import Guard, grain, mask_photo, road_mask
from pavement.sealing import SUFFIX, seal
from pavement.sources import iter_images
from pavement.sources.frames_csv import SOUND
from pavement.track import Track

QUALITY = 95  #: JPEG, of pixels that will be measured again
COPIED = ("imu.csv", "drive.toml", "vehicle.toml")
AUDIT = "privacy.csv"  #: frame by frame what stayed; written last
COLUMNS = ("file", "original", "kept_share", "detector_sha256", "guard_sha256")


@dataclass(frozen=True)
class Masking:
    """What tells road from all else, and a frame that can be measured from others."""

    detector: Detector
    guard: Guard
    gate: Gate


class Originals(StrEnum):
    """What becomes of a drive's pictures once its safe twin is whole."""

    KEEP = "keep"
    DELETE = "delete"
    SEAL = "seal"  #: kept under a public key, then deleted


def redact_drive(
    drive: Drive,
    folder: Path,
    out: Path,
    masking: Masking,
    progress: Callable[[str, int, int], None],
) -> tuple[int, int]:
    """Write the drive's safe twin to `out`; (frames that stay, frames that show no road or cannot be read).

    A frame that shows hardly any road is left out: it could not be measured, and is not kept for anything else. What an
    interrupted run has written is not written again.
    """
    if out.resolve() == folder.resolve():
        raise BadInput("is the drive itself", file=out, do="give another folder with --out")
    timed = [frame for frame in drive.frames if frame.rejected is None]
    rows: list[tuple[str, str, str]] = []
    times: list[tuple[str, str, str]] = []

    def work(job: tuple[Frame, Image | None]) -> tuple[Frame, float | None, str]:
        frame, image = job
        return (frame, None, "") if image is None else (frame, *redact_frame(frame, image, out, masking))

    images = iter_images(folder, [frame.file for frame in timed])
    for number, (frame, share, verdict) in enumerate(in_order(work, paired(timed, images)), start=1):
        progress(f"redact {drive.name}", number, len(timed))
        name = safe_name(frame.file)
        rows.append((name if share else "", frame.file, "" if share is None else f"{share:.4f}"))
        if share and frame.timestamp is not None:
            times.append((name.removeprefix("frames/"), iso(frame.timestamp), verdict))
    write_table(out / "frames.csv", ("file", "timestamp", "verdict"), times)
    write_track(out / "track.csv", drive.track)
    for name in COPIED:
        if (folder / name).is_file():
            with whole_file(out / name) as temporary:
                shutil.copyfile(folder / name, temporary)
    rejected = [("", frame.file, "") for frame in drive.frames if frame.rejected is not None]
    models = masking.detector.sha256, masking.guard.sha256
    write_table(out / AUDIT, COLUMNS, [(*row, *models) for row in [*rows, *rejected]])
    return len(times), len(drive.frames) - len(times)


def put_away(drive: Drive, folder: Path, out: Path, originals: Originals, public: Path | None) -> int:
    """Do with the pictures of a drive, whose safe twin in `out` is whole, what the policy says; how many files."""
    if not (out / AUDIT).is_file():
        raise BadInput("has no whole safe twin yet", file=out, do="redact the drive first")
    files = sorted({folder / frame.file.partition("#")[0] for frame in drive.frames})
    if originals is Originals.KEEP:
        return 0
    for file in files:
        if originals is Originals.SEAL and public is not None:
            seal(file, out / "originals" / f"{file.relative_to(folder).as_posix()}{SUFFIX}", public)
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


def paired(frames: list[Frame], images: Iterator[tuple[str, Image | None]]) -> Iterator[tuple[Frame, Image | None]]:
    """Each frame with its picture."""
    for frame, (_, image) in zip(frames, images, strict=True):
        yield frame, image


def redact_frame(frame: Frame, image: Image, out: Path, masking: Masking) -> tuple[float, str]:
    """Write what is road of one frame; the share that stays (0: it is not kept), and the gate's verdict on it."""
    thresholds = masking.detector.thresholds
    (detection,) = masking.detector.detect([image])
    (foreign,) = masking.guard.foreign([image])
    keep = road_mask(detection, thresholds, foreign, masking.guard.threshold)
    masked = mask_photo(image, keep, grain)
    if masked is None:
        return 0.0, ""
    write_whole(out / safe_name(frame.file), encode_photo(masked, QUALITY), flush=False)
    return float(keep.mean()), masking.gate.judge(detection, thresholds) or SOUND


def safe_name(file: str) -> str:
    """Where a frame lies in the safe twin: video frames become photos.

    >>> safe_name("frames/a/IMG_1.JPG"), safe_name("video/a.mp4#000123"), safe_name("IMG_2.jpg")
    ('frames/a/IMG_1.jpg', 'frames/a.mp4_000123.jpg', 'frames/IMG_2.jpg')
    """
    inner = re.sub(r"\.jpe?g$", "", re.sub(r"^(frames|video)/", "", file), flags=re.IGNORECASE)
    return f"frames/{inner.replace('#', '_')}.jpg"


def write_track(path: Path, track: Track) -> None:
    """The fixes as a contract's CSV."""
    names = ("timestamp", "lon", "lat", "accuracy_m", "speed_mps", "heading_deg")
    columns = (track.lon, track.lat, track.accuracy_m, track.speed_mps, track.heading_deg)
    stamps = [iso(datetime.fromtimestamp(float(each), UTC)) for each in track.time_s]
    values = [["" if np.isnan(v) else repr(round(float(v), 9)) for v in column] for column in columns]
    write_table(path, names, list(zip(stamps, *values, strict=True)))


def iso(moment: datetime) -> str:
    """A time as in outputs, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_table(path: Path, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """A CSV, whole or not at all."""
    with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
