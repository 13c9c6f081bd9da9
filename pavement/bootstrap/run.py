"""Drives through the pipeline into a folder of outputs: what `pavement run` and the workers do."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from exporters import EXPORTERS
from exporters.form_a import (
    Form,
    export_form_a,
)
from pavement import __version__
from pavement.bootstrap.drives import load_drives
from pavement.bootstrap.models import Models, open_models
from pavement.bootstrap.outputs import chosen_form
from pavement.checkpoints import StepFiles
from pavement.encoding import write_photo
from pavement.files import write_whole
from pavement.find_defects import KnownDefect
from pavement.known_defects import read_known_defects
from pavement.networks import read_network
from pavement.pipeline import DriveOnDisk, Progress, Tools, step_key, survey
from pavement.quality import MEASURING
from pavement.record import Survey
from pavement.settings import Settings
from pavement.sources import iter_images
from pavement.sources.vehicle_toml import read_vehicle
from pavement.survey_file import write_survey

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


def forget_originals(work: Path) -> None:
    """Delete the unmasked pictures that were unpacked from ZIPs: a finished run keeps none."""
    shutil.rmtree(work / "unpacked", ignore_errors=True)


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


def is_complete(out: Path, key: str) -> bool:
    """Whether `out` holds every output of the run that `key` stands for."""
    try:
        done = json.loads((out / DONE).read_text(encoding="utf-8"))
        return done["key"] == key and all((out / name).exists() for name in done["outputs"])
    except (OSError, ValueError, KeyError):
        return False
