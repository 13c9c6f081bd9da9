"""What the command line says of a drive, as its spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pavement.errors import BadInput
from pavement.simulate.presets import rut_course_spec
from pavement.simulate.spec import Crown, DriveSpec, Markings, Reveal, Roughness
from pavement.simulate.suspension import CARS

MOUNT = {
    "focal_px": "focal_px",
    "camera_height_m": "height_m",
    "pitch_deg": "pitch_deg",
    "roll_deg": "roll_deg",
    "yaw_deg": "yaw_deg",
    "k1": "k1",
    "k2": "k2",
}
WORDS = {"markings": Markings, "reveal": Reveal, "roughness": Roughness, "crown": Crown}
PLAIN = (
    "seed",
    "length_m",
    "step_m",
    "speed_kmh",
    "speed_change",
    "clock_offset_s",
    "crack_severity",
    "potholes_per_km",
    "patches_per_km",
    "both_directions",
    "rut_width_m",
    "crown_pct",
    "cross_fall_pct",
    "step_mm",
    "steps_per_km",
    "manholes_per_km",
    "noise",
    "jpeg_quality",
    "exposure_ms",
    "rolling_shutter_ms",
    "shadows",
    "bounce",
    "gps_sigma_m",
    "width_px",
    "height_px",
)


def spec_of(given: Mapping[str, Any]) -> DriveSpec:
    """The drive that the options ask for; None = not given. `focal_px` is that of the pictures as they are written.

    Raises BadInput naming the option that cannot be.
    """
    options = {name: value for name, value in given.items() if value is not None}
    base = DriveSpec()
    if options.get("rut_course"):
        course = {name: options[name] for name in ("seed", "length_m") if name in options}
        base = rut_course_spec(**course)
    changes: dict[str, Any] = {name: options[name] for name in PLAIN if name in options}
    for name, kind in WORDS.items():
        if name in options:
            changes[name] = _word(name, options[name], [word.value for word in kind], kind)
    if "car" in options:
        changes["car"] = _word("car", options["car"], list(CARS), str)
    if "rut_mm" in options:
        changes["rut_mm"] = _pair(options["rut_mm"])
    mount = {field: options[name] for name, field in MOUNT.items() if name in options}
    if "focal_px" in mount:  # a mount's is that of 1024 pixels
        mount["focal_px"] = mount["focal_px"] * 1024 / changes.get("width_px", base.width_px)
    return replace(base, mount=replace(base.mount, **mount), **changes)


def _word(name: str, text: str, words: list[str], kind: Any) -> Any:
    if text not in words:
        option = "--" + name.replace("_", "-")
        raise BadInput(f"{option} must be one of {', '.join(words)}, got {text!r}", do="choose one of them")
    return kind(text)


def _pair(text: str) -> tuple[float, float]:
    """Depth of the left and right wheel path.

    >>> _pair("8,11.5"), _pair("10")
    ((8.0, 11.5), (10.0, 10.0))
    """
    try:
        parts = [float(part) for part in text.split(",")]
    except ValueError:
        parts = []
    if len(parts) not in (1, 2):
        raise BadInput(f"--rut-mm must be a depth, or left,right, got {text!r}", do="write it as in --rut-mm 8,11")
    return parts[0], parts[-1]
