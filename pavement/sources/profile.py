"""A road's longitudinal profile as people keep it: heights in a column, with or without their places."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pavement.errors import BadInput
from pavement.roughness import STEP_LIMIT_M
from pavement.sources.text import decode

Floats = NDArray[np.float64]

X, Z = "x_m", "z_m"
UNEVEN = 0.02  #: relative: a step that differs more from the usual one is not even
_SEPARATORS = (";", "\t", ",")  #: the first that a line holds; else white space


@dataclass(frozen=True)
class Profile:
    """Heights (n,) in metres, `step_m` apart, the first at `start_m` of the profile's own chainage."""

    start_m: float
    step_m: float
    heights_m: Floats

    @property
    def end_m(self) -> float:
        """Place of the last height."""
        return self.start_m + (len(self.heights_m) - 1) * self.step_m


@dataclass(frozen=True)
class _Row:
    number: int  #: of the line in the file
    cells: list[str]


def read_profile(path: Path, interval_m: float | None = None) -> Profile:
    """The profile in a file of one column z (then `interval_m` is needed), two columns x z, or with a header x_m,z_m.

    Raises BadInput, naming the line where one is at fault, also for heights more than `STEP_LIMIT_M` apart.
    """
    try:
        text = decode(path.read_bytes())
    except FileNotFoundError as error:
        raise BadInput("no such file", file=path, do="check the path of the profile") from error
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror})", file=path, do="give a text file") from error
    if interval_m is not None and not (math.isfinite(interval_m) and interval_m > 0):
        raise BadInput(
            f"--interval must be a length in metres, got {interval_m:g}", do="give the metres between heights"
        )
    rows = list(_rows(text))
    header = rows.pop(0) if rows and _number(rows[0].cells[0]) is None else None
    if not rows:
        raise BadInput("no height in it", file=path, do="give one column z, two columns x z, or a header x_m,z_m")
    x_column, z_column = _columns(header, rows, path)
    heights = np.array([_value(row, z_column, path) for row in rows])
    if x_column is None:
        if interval_m is None:
            raise BadInput("has one column of heights", file=path, do="give the metres between them by --interval")
        profile = Profile(0.0, interval_m, heights)
    else:
        places = np.array([_value(row, x_column, path) for row in rows])
        finest = min(_rounding(row.cells[x_column]) for row in rows)
        step = _even_step(places, finest, [row.number for row in rows], header is not None, path)
        if interval_m is not None and abs(interval_m - step) > max(UNEVEN * step, finest):
            what = f"--interval {interval_m:g} contradicts the file, whose heights are {step:g} m apart"
            raise BadInput(what, file=path, do="leave --interval out")
        profile = Profile(float(places[0]), step, heights)
    if profile.step_m > STEP_LIMIT_M + 1e-9:
        what = f"heights {profile.step_m:g} m apart say too little for an IRI"
        raise BadInput(what, file=path, do=f"give a profile sampled every {STEP_LIMIT_M:g} m or closer")
    return profile


def _rows(text: str) -> Iterator[_Row]:
    """The lines that hold something, cut into cells; what follows a # is left out."""
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        separator = next((each for each in _SEPARATORS if each in line), None)
        cells = [cell.strip().strip('"') for cell in (line.split(separator) if separator else line.split())]
        while len(cells) > 1 and not cells[-1]:
            cells.pop()  # a separator at the end of the line
        yield _Row(number, cells)


def _columns(header: _Row | None, rows: Sequence[_Row], path: Path) -> tuple[int | None, int]:
    """Which column is x (None = there is none) and which z."""
    width = len((header or rows[0]).cells)
    for row in rows:
        if len(row.cells) != width:
            raise BadInput(
                f"line {row.number} has {len(row.cells)} values, expected {width}", file=path, do="correct it"
            )
    if header is not None:
        names = [name.lower() for name in header.cells]
        if Z not in names:
            what = f"line {header.number}: no numbers, and as a header '{' '.join(header.cells)[:60]}' has no {Z}"
            raise BadInput(what, file=path, do=f"name the columns {X} and {Z}, or remove the line")
        return (names.index(X) if X in names else None), names.index(Z)
    if width > 2:
        raise BadInput(f"line {rows[0].number} has {width} values", file=path, do="give z, x z, or a header x_m,z_m")
    return (None, 0) if width == 1 else (0, 1)


def _even_step(places: Floats, finest: float, lines: Sequence[int], named: bool, path: Path) -> float:
    """The metres between heights whose places rise evenly, give or take how they are rounded."""
    do = "resample the profile evenly" if named else "put the even, rising x first, or give a header x_m,z_m"
    if len(places) < 2:
        raise BadInput("has one height only", file=path, do="give a longer profile")
    steps = np.diff(places)
    usual = float(np.median(steps))
    if usual <= 0:
        first = int(np.flatnonzero(steps <= 0)[0])
        raise BadInput(f"line {lines[first + 1]}: x does not increase", file=path, do=do)
    slack = 0.999 * finest  # places of even steps, once rounded, differ by less than their last digit
    near = np.abs(steps - usual) <= max(usual / 2 + 1e-9, slack)
    step = float(steps[near].mean())
    off = np.abs(steps - step)
    wrong = np.flatnonzero(off > max(UNEVEN * step, slack))
    wrong = wrong[off[wrong] > 0.9 * off.max()]  # the worst of them, the first of these
    if not len(wrong):
        drift = np.abs(places - places[0] - step * np.arange(len(places)))
        wrong = np.flatnonzero(drift > step / 2 + finest)[:1] - 1
    if len(wrong):
        at, size = int(wrong[0]), float(steps[wrong[0]])
        what = "x does not increase" if size <= 0 else "a gap" if size > 1.5 * step else "x is not even"
        says = f"line {lines[at + 1]}: {what} (from {places[at]:g} to {places[at + 1]:g} m, elsewhere {step:g} m)"
        raise BadInput(says, file=path, do=do)
    return float(places[-1] - places[0]) / (len(places) - 1)


def _value(row: _Row, column: int, path: Path) -> float:
    value = _number(row.cells[column])
    if value is None or not math.isfinite(value):
        what = f"line {row.number}: '{row.cells[column][:40]}' is no number of metres"
        raise BadInput(what, file=path, do="correct it, or cut the profile there")
    return value


def _number(text: str) -> float | None:
    """The number that `text` says, NaN and infinity too; None where it says none."""
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None


def _rounding(text: str) -> float:
    """What the last digit of a number is worth.

    >>> _rounding("478.2500"), _rounding("12")
    (0.0001, 1.0)
    """
    match = re.fullmatch(r"[-+]?\d*(?:\.(\d*))?", text)
    return float(10.0 ** -len(match[1] or "")) if match else 0.0
