"""The one place that wires adapters to the pipeline; each function is one thing that a user can ask for."""

from __future__ import annotations

import csv
import json
import math
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

from exporters import EXPORTERS, ON_DEMAND
from exporters.form_a import (
    Change,
    Findings,
    Form,
    export_form_a,
    import_form_a,
    open_template,
    read_form,
    write_changes,
)
from exporters.mesh import find_block
from exporters.mesh_picture import draw_block
from exporters.photo_book import export_photo_book
from exporters.profiles import read_profiles
from exporters.repair_request import export_repair_requests
from pavement import __version__
from pavement.checkpoints import StepFiles
from pavement.crop import CropDetector
from pavement.detection import Detector
from pavement.detectors import ModelDetector, open_detector, open_guard
from pavement.encoding import write_photo
from pavement.errors import BadInput
from pavement.evaluation import (
    Report,
    evaluate_assignment,
    evaluate_blocks,
    evaluate_crack_ratio,
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
from pavement.files import whole_file, write_whole
from pavement.find_defects import KnownDefect
from pavement.imu.calibration import LEAST_SECTIONS, Calibration, calibrate
from pavement.imu.travel import laps
from pavement.imu.vehicle import VehicleModel
from pavement.known_defects import read_known_defects
from pavement.labelling import find_images, label_images
from pavement.match_table import write_matches
from pavement.matching import match_track
from pavement.networks import read_network
from pavement.networks.check_report import to_csv, to_json, to_text
from pavement.networks.checking import check_network as check_network_file
from pavement.networks.importing import import_network as import_network
from pavement.pipeline import DriveOnDisk, Progress, Tools, step_key, survey
from pavement.quality import MEASURING
from pavement.record import Survey
from pavement.redact import Guard
from pavement.road import Direction, Network, RoadKey
from pavement.roughness import sections, smooth
from pavement.safe_drive import Masking, Originals, put_away, redact_drive
from pavement.settings import Settings
from pavement.simulate import DriveSpec, demo_spec, simulate_drive
from pavement.simulate.prefecture import PrefectureSpec
from pavement.sources import iter_images, open_drive, read_drive, read_track
from pavement.sources.imu_csv import read_imu_drive
from pavement.sources.iri_reference import read_iri_reference
from pavement.sources.profile import read_profile
from pavement.sources.vehicle_toml import format_vehicle, read_vehicle
from pavement.survey_file import read_survey, write_survey

VEHICLE = "vehicle.toml"  #: beside a drive's files
WORK = ".work"  #: below the output folder: finished steps, unpacked ZIPs; may be deleted when a run is done
DONE = "run.json"  #: written last: where it is, the run is complete


def run(
    drives: Sequence[Path],
    network: Path,
    out: Path,
    settings: Settings,
    progress: Progress,
    previous: Path | None = None,
    vehicle: Path | None = None,
) -> Path:
    """Analyse drives and write every output below `out`; what an earlier, interrupted run finished is not repeated.

    `previous`: the output folder of an earlier survey, whose defects keep their ids where they are seen again.
    `vehicle`: the car's vehicle.toml, from `calibrate_imu`.
    """
    known = (lambda _: read_known_defects(previous)) if previous else None
    return analyse(drives, network, out, settings, progress, vehicle=vehicle, known=known)


def analyse(
    drives: Sequence[Path],
    network: Path,
    out: Path,
    settings: Settings,
    progress: Progress,
    *,
    models: Callable[[Settings], Models] | None = None,
    vehicle: Path | None = None,
    known: Callable[[Sequence[DriveOnDisk]], Sequence[KnownDefect]] | None = None,
) -> Path:
    """What `run` does, with any models, and with known defects that may be chosen by where the drives went."""
    work = out / WORK
    form = chosen_form()  # before the long work: a table or a blank that cannot be used is refused now
    managed = read_network(network)
    loaded = load_drives(drives, work, progress, read_vehicle(vehicle) if vehicle else None)
    tool = (models or open_models)(settings)
    fingerprints = [(each.drive.fingerprint, each.vehicle) for each in loaded]
    before = list(known(loaded)) if known else []
    weights = tool.detector.sha256, tool.guard.sha256
    key = step_key(__version__, MEASURING, managed.fingerprint, weights, asdict(settings), fingerprints, before)
    if is_complete(out, key):
        forget_originals(work)
        return out / DONE
    (out / DONE).unlink(missing_ok=True)
    tools = Tools(tool.detector, tool.guard, StepFiles(work / "steps"), iter_images, write_photo, progress)
    found = survey(
        loaded,
        managed,
        tools,
        work / "photos" / key,
        rules=settings.rules,
        gate=settings.gate,
        known=before,
        ruts=settings.ruts,
        run=account(key, loaded, network, settings) | {"engine": tool.engine},
    )
    done = publish(found, out, progress, form)
    forget_originals(work)
    return done


@dataclass(frozen=True)
class Models:
    """The networks of a run, and what runs them."""

    detector: Detector
    guard: Guard
    engine: str


def open_models(settings: Settings) -> Models:
    """The detector and the guard that the settings ask for."""
    detector = open_model(settings)
    return Models(detector, open_guard(device=settings.device, models=settings.models), detector.engine.label)


def open_model(settings: Settings) -> ModelDetector:
    """The detector that the settings ask for."""
    return open_detector(
        settings.model, device=settings.device, models=settings.models, trust_pickles=settings.trust_pickles
    )


def forget_originals(work: Path) -> None:
    """Delete the unmasked pictures that were unpacked from ZIPs: a finished run keeps none."""
    shutil.rmtree(work / "unpacked", ignore_errors=True)


def load_drives(
    paths: Sequence[Path], work: Path, progress: Progress, vehicle: VehicleModel | None = None
) -> list[DriveOnDisk]:
    """The drives, read; one given twice is refused, two of one name are told apart.

    `vehicle`: the car of all of them; else the one that lies beside a drive's files as vehicle.toml.
    """
    loaded: list[DriveOnDisk] = []
    for path in paths:
        folder = open_drive(path, work / "unpacked")
        car = vehicle or (read_vehicle(folder / VEHICLE) if (folder / VEHICLE).is_file() else None)
        drive = read_drive(folder, progress=lambda done, total: progress("read", done, total))
        if any(each.drive.fingerprint == drive.fingerprint for each in loaded):
            raise BadInput("is given twice", file=path, do="name every drive once")
        same = sum(each.drive.name == drive.name for each in loaded)
        loaded.append(DriveOnDisk(replace(drive, name=f"{drive.name}-{same + 1}") if same else drive, folder, car))
    return loaded


def account(key: str, loaded: Sequence[DriveOnDisk], network: Path, settings: Settings) -> dict[str, object]:
    """What run.json says of the run itself."""
    return {
        "key": key,
        "versions": {
            "pavement": __version__,
            "python": platform.python_version(),
            "openvino": version("openvino"),
            "opencv": version("opencv-python-headless"),
        },
        "settings": asdict(settings),
        "network": network.name,
        "drives": [
            {"name": each.drive.name, "vehicle": each.drive.facts.vehicle, "fingerprint": each.drive.fingerprint}
            for each in loaded
        ],
    }


def publish(found: Survey, out: Path, progress: Progress, form: Form | None = None) -> Path:
    """Write all exports and, last of all, run.json."""
    shutil.rmtree(out / "images", ignore_errors=True)
    written: list[Path] = []
    for number, (name, export) in enumerate(EXPORTERS.items(), start=1):
        progress(f"write {name}", number, len(EXPORTERS))
        written += export_form_a(found, out, form) if name == "form-a" else export(found, out)
    written.append(write_survey(found, out))
    outputs = sorted(path.relative_to(out).as_posix() for path in written)
    text = json.dumps({**found.run, "notices": len(found.notices), "outputs": outputs}, ensure_ascii=False, indent=1)
    write_whole(out / DONE, text.encode())
    return out / DONE


def redact(
    path: Path, out: Path, originals: str, key: Path | None, settings: Settings, progress: Progress
) -> tuple[int, int]:
    """A drive's safe twin, and the policy for its originals; (frames kept, frames left out)."""
    policy = Originals(originals)
    if policy is Originals.SEAL and key is None:
        raise BadInput("--originals seal needs --key", do="make a pair with `pavement keys FOLDER`")
    if policy is not Originals.KEEP and not path.is_dir():
        raise BadInput("is no folder: its originals cannot be put away", file=path, do="unpack it, or keep them")
    detector, guard = open_model(settings), open_guard(device=settings.device, models=settings.models)
    with tempfile.TemporaryDirectory() as scratch:
        (each,) = load_drives([path], Path(scratch), progress)
        counts = redact_drive(each.drive, each.folder, out, Masking(detector, guard, settings.gate), progress)
        put_away(each.drive, each.folder, out, policy, key)
    return counts


def export(what: str, result: Path, out: Path) -> list[Path]:
    """One kind of output of a finished run, made anew below `out`."""
    found = read_survey(result)
    if what == "open-data":
        from exporters.open_data import export_open_data, read_profile  # here: a sheet needs no GIS

        named = os.environ.get("PAVEMENT_OPEN_DATA")
        return export_open_data(found, out, read_profile(Path(named) if named else None))
    return (EXPORTERS | ON_DEMAND)[what](found, out)


def export_book(result: Path, out: Path, per_page: int) -> list[Path]:
    """画像集 of a finished run, made anew below `out` with so many photos a page."""
    return export_photo_book(read_survey(result), out, per_page)


def request_repairs(result: Path, out: Path, defect_ids: Sequence[str]) -> list[Path]:
    """補修依頼書 for some defects of a finished run."""
    return export_repair_requests(read_survey(result), out, defect_ids)


def chosen_form(
    table: Path | None = None,
    template: Path | None = None,
    per_route: bool | None = None,
    turn_up: bool | None = None,
) -> Form:
    """The form of a table (else PAVEMENT_FORM_A, else the shipped one) with what a command says instead."""
    named = os.environ.get("PAVEMENT_FORM_A")
    form = read_form(table or (Path(named) if named else None)).adjusted(template, per_route, turn_up)
    if form.template is not None:
        open_template(form.template, form, Findings())
    return form


def export_form(result: Path, out: Path, form: Form) -> list[Path]:
    """様式A of a finished run, made anew below `out` as the form has it."""
    return export_form_a(read_survey(result), out, form)


def import_form(sheet: Path, result: Path, form: Form, out: Path | None) -> tuple[list[Change], Findings]:
    """What people changed in a sheet of a finished run, and what could not be compared; in `out` as a table."""
    changes, findings = import_form_a(sheet, read_survey(result), form)
    if out is not None:
        write_changes(changes, out)
    return changes, findings


def is_complete(out: Path, key: str) -> bool:
    """Whether `out` holds every output of the run that `key` stands for."""
    try:
        done = json.loads((out / DONE).read_text(encoding="utf-8"))
        return done["key"] == key and all((out / name).exists() for name in done["outputs"])
    except (OSError, ValueError, KeyError):
        return False


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


def evaluate(
    what: str, subject: Path, against: Path | str, out: Path | None, settings: Settings, progress: Progress
) -> str:
    """Accuracy as Markdown, and in `out` with JSON and pictures.

    `what`: position, blocks or rut (result, truth), detector (data, split), patches, frames or gate (folder, nothing),
    rut-repeatability (data, beginning of the sections' names).
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
        case "rut-repeatability":
            return evaluate_rut_repeatability(subject, part, detector, settings.gate, progress)
        case _:
            return evaluate_frames(subject, find_images(subject), detector, settings.gate, progress)


def check_network(
    network: Path, report: Path | None, data: Path | None, encoding: str | None, mapping: Path | None
) -> tuple[str, str | None]:
    """What a network contradicts, as text, and why it cannot be used (None where it can); also as CSV and JSON."""
    checked = check_network_file(network, encoding=encoding, mapping=mapping)
    if report:
        write_whole(report, to_csv(checked))
    if data:
        write_whole(data, to_json(checked))
    return to_text(checked), checked.unusable


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


def show_block(result: Path, road: RoadKey, direction: Direction, kp_km: float, out: Path) -> None:
    """A picture of one block's mesh and transverse profile, of every drive that has it."""
    picture = draw_block(find_block(result, road, direction, kp_km), read_profiles(result, road, direction, kp_km))
    with whole_file(out) as temporary:
        picture.save(temporary)


def keep_evaluation(out: Path | None, text: str, data: Mapping[str, object], pictures: Mapping[str, bytes]) -> str:
    """Write an evaluation below `out`, where one is given; its text."""
    if out:
        for name, picture in pictures.items():
            write_whole(out / name, picture)
        write_whole(out / "evaluation.md", text.encode() + b"\n")
        write_whole(out / "evaluation.json", json.dumps(data, ensure_ascii=False, indent=1).encode())
    return text


def simulate(out: Path, spec: DriveSpec, progress: Progress) -> None:
    """A made-up drive with its network and truth."""
    simulate_drive(out, spec, progress=lambda done, total: progress("simulate", done, total))


def demo(out: Path, settings: Settings, progress: Progress) -> Path:
    """A simulated drive through the whole pipeline; the drive is made once."""
    drive = out / "drive"
    if not (drive / "truth" / "segments.csv").exists():
        shutil.rmtree(drive, ignore_errors=True)
        simulate(drive, demo_spec(), progress)
    return run([drive], drive / "network.gpkg", out / "result", settings, progress)
