"""Accuracy against truth."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pavement.bootstrap.drives import load_drives
from pavement.bootstrap.models import open_model
from pavement.checkpoints import StepFiles
from pavement.crop import CropDetector
from pavement.detectors import open_guard
from pavement.encoding import write_photo
from pavement.evaluation import (
    Report,
    evaluate_assignment,
    evaluate_blocks,
    evaluate_crack_ratio,
    evaluate_crack_repeatability,
    evaluate_detector,
    evaluate_frames,
    evaluate_gate,
    evaluate_imu,
    evaluate_match,
    evaluate_patches,
    evaluate_position,
    evaluate_rut,
    evaluate_rut_repeatability,
    to_markdown,
)
from pavement.evaluation.labelled import list_photos
from pavement.evaluation.privacy import Masker, evaluate_privacy, read_outlines
from pavement.files import write_whole
from pavement.labelling import find_images
from pavement.networks import read_network
from pavement.pipeline import Progress, Tools
from pavement.settings import Settings
from pavement.simulate.prefecture import PrefectureSpec
from pavement.sources import iter_images


def evaluate(
    what: str, subject: Path, against: Path | str, out: Path | None, settings: Settings, progress: Progress
) -> str:
    """Accuracy as Markdown, and in `out` with JSON and pictures.

    `what`: position, blocks or rut (result, truth), detector (data, split), patches, frames or gate (folder, nothing),
    rut-repeatability or crack-repeatability (data, beginning of the sections' names).
    """
    if what in ("position", "blocks", "rut"):
        judge = {"position": evaluate_position, "blocks": evaluate_blocks, "rut": evaluate_rut}[what]
        figures = judge(subject, Path(against))
        return keep_evaluation(out, to_markdown(figures), figures, {})
    report = evaluate_answers(what, subject, str(against), settings, progress)
    return keep_evaluation(out, report.to_markdown(), report.to_json(), report.pictures)


def evaluate_sensors(out: Path | None) -> str:
    """推定 IRI and 段差 of simulated cars and phones, as Markdown; in `out` with JSON."""
    figures = evaluate_imu()
    return keep_evaluation(out, to_markdown(figures), figures, {})


def evaluate_cracks(
    drive: Path, network: Path, labels: tuple[Path, str], out: Path | None, settings: Settings, progress: Progress
) -> str:
    """ひび割れ率 of a drive of labelled photos (folder, split) against that of the labels; as `evaluate`."""
    managed = read_network(network)
    with tempfile.TemporaryDirectory() as scratch:
        (loaded,) = load_drives([drive], Path(scratch), progress)
        guard = open_guard(device=settings.device, models=settings.models)
        store = StepFiles(Path(scratch) / "steps")
        tools = Tools(open_model(settings), guard, store, iter_images, write_photo, progress)
        report = evaluate_crack_ratio(loaded, managed, list_photos(*labels), tools, settings.gate)
    return keep_evaluation(out, report.to_markdown(), report.to_json(), report.pictures)


def evaluate_matching(
    spec: PrefectureSpec, km: float, every: Sequence[int], out: Path | None, progress: Progress
) -> str:
    """The matching of made-up patrol drives against their truth; as `evaluate`. With `out` the network stays there."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = out or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        report = evaluate_assignment(spec, km, every, folder, lambda done, total: progress("assignment", done, total))
    return keep_evaluation(out, report.to_markdown(), report.to_json(), report.pictures)


def evaluate_track(data: Path, network: Path | None, truth: Path | None, every: Sequence[int], out: Path | None) -> str:
    """A matched track against the way that was really driven, as of `evaluate_match`; as `evaluate`."""
    figures = evaluate_match(data, network, truth, every)
    return keep_evaluation(out, to_markdown(figures), figures, {})


def evaluate_answers(what: str, subject: Path, part: str, settings: Settings, progress: Progress) -> Report:
    """What the detector says of the photos in a folder; `part`: a split, cities (a,b), or a section."""
    detector = open_model(settings)
    match what:
        case "detector":
            return evaluate_detector(subject, part, detector, progress)
        case "patches":
            cities = part.split(",") if part else []
            return evaluate_patches(subject, find_images(subject), CropDetector(detector), progress, cities)
        case "gate":
            photos = subject / "val" / "images"  # of labelled photos those that training did not see
            photos = photos if photos.is_dir() else subject
            return evaluate_gate(photos, find_images(photos), detector, settings.gate, progress)
        case "crack-repeatability":
            return evaluate_crack_repeatability(subject, part, detector, settings.gate, progress)
        case "rut-repeatability":
            return evaluate_rut_repeatability(subject, part, detector, settings.gate, progress)
        case _:
            return evaluate_frames(subject, find_images(subject), detector, settings.gate, progress)


def evaluate_masks(
    data: Path,
    split: str,
    street: tuple[Path | None, Path | None],
    out: Path | None,
    settings: Settings,
    progress: Progress,
) -> str:
    """What masking keeps of the road and hides; `street`: a folder of photos and the outlines of vehicles in them."""
    masker = Masker(open_model(settings), open_guard(device=settings.device, models=settings.models))
    vehicles = read_outlines(street[1]) if street[1] else {}
    report = evaluate_privacy(list_photos(data, split), street[0], vehicles, masker, progress)
    return keep_evaluation(out, report.to_markdown(), report.to_json(), report.pictures)


def keep_evaluation(out: Path | None, text: str, data: Mapping[str, object], pictures: Mapping[str, bytes]) -> str:
    """Write an evaluation below `out`, where one is given; its text."""
    if out:
        for name, picture in pictures.items():
            write_whole(out / name, picture)
        write_whole(out / "evaluation.md", text.encode() + b"\n")
        write_whole(out / "evaluation.json", json.dumps(data, ensure_ascii=False, indent=1).encode())
    return text
