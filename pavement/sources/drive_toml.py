"""drive.toml: what people know of a drive. A mistake in it stops the drive, since every figure would hang on it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pavement.drive import CameraFacts, DriveFacts, Notice
from pavement.errors import BadInput
from pavement.sources.text import decode
from pavement.sources.times import parse_zone

SURFACES = ("アスファルト", "コンクリート")
_TEXTS = ("vehicle", "timezone", "surface")
_RANGES: dict[str, tuple[float, float]] = {"lane": (1, 99), "time_offset_s": (-1e6, 1e6)}
_CAMERA_RANGES: dict[str, tuple[float, float]] = {
    "height_m": (0.3, 5.0),
    "pitch_deg": (-45.0, 90.0),
    "roll_deg": (-45.0, 45.0),
    "yaw_deg": (-180.0, 180.0),
    "focal_px": (50.0, 50_000.0),
    "cx_px": (0.0, 50_000.0),
    "cy_px": (0.0, 50_000.0),
    "k1": (-2.0, 2.0),
    "lane_width_m": (2.0, 8.0),
}


_MAX_BYTES = 1_000_000


def read_drive_toml(path: Path) -> tuple[DriveFacts, tuple[Notice, ...]]:
    """The facts in drive.toml (the defaults where there is no such file), and notices of keys that nobody reads.

    Raises BadInput for a file that is no TOML and for a value of the wrong type, out of range or of no meaning.
    """
    if not path.is_file():
        return DriveFacts(), ()
    if path.stat().st_size > _MAX_BYTES:
        raise BadInput("is no drive.toml: it is too large", file=path, do="correct or remove the file")
    try:
        table = tomllib.loads(decode(path.read_bytes()).replace("\r\n", "\n"))
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror})", file=path, do="check its permissions") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"is no TOML ({error})", file=path, do="correct that line or remove the file") from error
    return parse_drive_facts(table, path)


def parse_drive_facts(table: Mapping[str, Any], file: Path) -> tuple[DriveFacts, tuple[Notice, ...]]:
    """Facts and notices of a parsed drive.toml; `file` is named in BadInput."""
    camera = table.get("camera", {})
    if not isinstance(camera, dict):
        raise BadInput(f"camera must be a table, got {camera!r}", file=file, do="write [camera] and its keys below")
    texts = {key: _text(key, table[key], file) for key in _TEXTS if key in table}
    if parse_zone(texts.get("timezone", "Asia/Tokyo")) is None:
        raise BadInput(f"unknown timezone {texts['timezone']!r}", file=file, do='write "Asia/Tokyo" or "+09:00"')
    if texts.get("surface", SURFACES[0]) not in SURFACES:
        raise BadInput(f"unknown surface {texts['surface']!r}", file=file, do=f"write one of {', '.join(SURFACES)}")
    numbers = {key: _number(key, table[key], _RANGES[key], file) for key in _RANGES if key in table}
    if not numbers.get("lane", 1.0).is_integer():
        raise BadInput(f"lane must be a whole number, got {table['lane']!r}", file=file, do="write 1, 2, …")
    facts = DriveFacts(
        vehicle=texts.get("vehicle"),
        timezone=texts.get("timezone", "Asia/Tokyo"),
        lane=int(numbers["lane"]) if "lane" in numbers else None,
        surface=texts.get("surface"),
        time_offset_s=numbers.get("time_offset_s", 0.0),
        time_offset_given="time_offset_s" in numbers,
        camera=CameraFacts(
            **{k: _number(f"camera.{k}", v, _CAMERA_RANGES[k], file) for k, v in camera.items() if k in _CAMERA_RANGES}
        ),
    )
    unknown = [key for key in table if key not in {*_TEXTS, *_RANGES, "camera"}]
    unknown += [f"camera.{key}" for key in camera if key not in _CAMERA_RANGES]
    if not unknown:
        return facts, ()
    return facts, (Notice("drive.toml", f"知らない項目 {', '.join(unknown)} は無視しました。綴りを確認してください"),)


def _text(key: str, value: object, file: Path) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{key} must be text, got {value!r}", file=file, do=f'write {key} = "…"')
    return value


def _number(key: str, value: object, limits: tuple[float, float], file: Path) -> float:
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"{key} must be a number, got {value!r}", file=file, do="write it without quotes and units")
    if not math.isfinite(value) or not low <= value <= high:
        raise BadInput(f"{key} must be {low:g} to {high:g}, got {value!r}", file=file, do="correct it or leave it out")
    return float(value)
