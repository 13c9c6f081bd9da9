"""One measurement by itself: class maps, a matched track, IRI of a profile, a car's calibration."""

from __future__ import annotations

import csv
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pavement.bootstrap.models import open_model
from pavement.crop import CropDetector
from pavement.errors import BadInput
from pavement.files import whole_file, write_whole
from pavement.imu.calibration import LEAST_SECTIONS, Calibration, calibrate
from pavement.imu.travel import laps
from pavement.labelling import label_images
from pavement.match_table import write_matches
from pavement.matching import match_track
from pavement.networks import read_network
from pavement.pipeline import Progress
from pavement.road import Network
from pavement.roughness import sections, smooth
from pavement.settings import Settings
from pavement.sources import open_drive, read_track
from pavement.sources.imu_csv import read_imu_drive
from pavement.sources.iri_reference import read_iri_reference
from pavement.sources.profile import read_profile
from pavement.sources.vehicle_toml import format_vehicle


def detect(images: Path, out: Path, settings: Settings, progress: Progress) -> Path:
    """Class maps and detections.json of a folder of images."""
    return label_images(images, out, CropDetector(open_model(settings)), settings.gate, progress)


def match(track: Path, network: Path, out: Path) -> None:
    """The table of a matched track."""
    managed: Network = read_network(network)
    with whole_file(out) as temporary:
        write_matches(read_track(track), managed, temporary)


def iri(
    profile: Path,
    out: Path,
    *,
    segment_m: float,
    interval_m: float | None = None,
    start_m: float | None = None,
    moving_average: bool = False,
) -> float:
    """The table of a profile's IRI; the metres at its end that are no whole section and stay out."""
    read = read_profile(profile, interval_m)
    first = read.start_m if start_m is None else start_m
    if not segment_m >= read.step_m or not math.isfinite(segment_m):
        raise BadInput(f"--segment must be at least {read.step_m:g} m, got {segment_m:g}", do="give metres, as in 100")
    slack = read.step_m / 2
    if not read.start_m - slack <= first <= read.end_m + slack:
        what = f"runs from {read.start_m:g} to {read.end_m:g} m, --start {first:g} lies outside"
        raise BadInput(what, file=profile, do="give a place within it")
    heights = smooth(read.heights_m, read.step_m) if moving_average else read.heights_m
    found = sections(heights, read.step_m, read.start_m, segment_m, first)
    if not found:
        rest = max(read.end_m - first, 0.0)
        what = f"only {rest:g} m from {first:g} m on, shorter than one section of {segment_m:g} m"
        raise BadInput(what, file=profile, do="give a longer profile or a shorter --segment")
    with whole_file(out) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("from_m", "to_m", "iri_mm_per_m"))
        table.writerows((f"{s.from_m:.3f}", f"{s.to_m:.3f}", f"{s.iri_mm_per_m:.5f}") for s in found)
    return read.end_m - found[-1].to_m


def calibrate_imu(drives: Sequence[Path], network: Path, reference: Path, out: Path) -> Calibration:
    """The vehicle.toml of a car that drove over sections of known IRI."""
    managed: Network = read_network(network)
    known = read_iri_reference(reference)
    passed, names = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for path in drives:
            drive = read_imu_drive(open_drive(path, Path(scratch)))
            names.append(drive.vehicle)
            passed += laps(drive.imu.samples, match_track(drive.track.track, managed), known)
    found = calibrate(passed)
    if found is None:
        what = f"fewer than {LEAST_SECTIONS} of its {len(known)} sections were driven faster than 15 km/h"
        raise BadInput(what, file=reference, do="drive more of them, or check route_no, direction and kiloposts")
    drive_names = ", ".join(path.name for path in drives)
    write_whole(out, format_vehicle(found, names[0] if names else None, drive_names, reference.name).encode())
    return found
