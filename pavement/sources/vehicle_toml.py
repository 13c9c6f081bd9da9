"""A car's calibration as a file: written by `pavement calibrate-imu`, read by whoever measures with that car again.

[vehicle]
name = "青森800さ1234"
[response]              # the car and the phone's place in it: calibrate again when the mount, tyres or springs change
body_hz = 1.498
damping = 0.328
hop_hz = 11.54
gain = 0.829
[trust]                 # relative, 1 sigma; kilometres per hour
spread = 0.05
spread_100m = 0.036
speed_kmh = [11.0, 69.0]
[made]
sections = 19
median_error = 0.024
reference = "reference.csv"
drive = "走行01"
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from pavement.errors import BadInput
from pavement.imu.calibration import Calibration
from pavement.imu.vehicle import VehicleModel
from pavement.sources.text import decode

_RESPONSE: dict[str, tuple[float, float]] = {
    "body_hz": (0.5, 4.0),
    "damping": (0.05, 1.5),
    "hop_hz": (4.0, 30.0),
    "gain": (0.1, 5.0),
}
_TRUST: dict[str, tuple[float, float]] = {"spread": (0.0, 2.0), "spread_100m": (0.0, 2.0)}


def read_vehicle(path: Path) -> VehicleModel:
    """The calibrated car in a vehicle.toml; raises BadInput for anything else."""
    try:
        table = tomllib.loads(decode(path.read_bytes()).replace("\r\n", "\n"))
    except FileNotFoundError as error:
        raise BadInput("no such file", file=path, do="make it by 'pavement calibrate-imu'") from error
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror})", file=path, do="check its permissions") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"is no TOML ({error})", file=path, do="make it again by 'pavement calibrate-imu'") from error
    response = {name: _number(table, "response", name, limits, path) for name, limits in _RESPONSE.items()}
    trust = {name: _number(table, "trust", name, limits, path) for name, limits in _TRUST.items()}
    speed = table["trust"].get("speed_kmh")
    if not (isinstance(speed, list) and len(speed) == 2 and all(isinstance(each, int | float) for each in speed)):
        raise BadInput("trust.speed_kmh must be two numbers", file=path, do="make it again by 'pavement calibrate-imu'")
    return VehicleModel(**response, **trust, speed_kmh=(float(speed[0]), float(speed[1])), calibrated=True)


def _number(table: dict[str, Any], part: str, name: str, limits: tuple[float, float], path: Path) -> float:
    section = table.get(part)
    value = section.get(name) if isinstance(section, dict) else None
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        what = f"{part}.{name} must be {low:g} to {high:g}, got {value!r}"
        raise BadInput(what, file=path, do="make it again by 'pavement calibrate-imu'")
    return float(value)


def format_vehicle(found: Calibration, name: str | None, drive: str, reference: str) -> str:
    """The text of a vehicle.toml."""
    car = found.vehicle
    lines = ["[vehicle]", f"name = {_quoted(name or '')}", "", "[response]"]
    lines += [f"{each} = {getattr(car, each):.4f}" for each in _RESPONSE]
    lines += ["", "[trust]", *(f"{each} = {getattr(car, each):.4f}" for each in _TRUST)]
    lines += [f"speed_kmh = [{car.speed_kmh[0]:.1f}, {car.speed_kmh[1]:.1f}]", "", "[made]"]
    lines += [f"sections = {found.sections}", f"median_error = {found.error:.4f}"]
    lines += [f"reference = {_quoted(reference)}", f"drive = {_quoted(drive)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")  # a TOML basic string is a JSON string
