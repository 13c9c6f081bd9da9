"""What all parts of `make bench` share: measured rows, processes of their own, slopes, and the one table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Row:
    """One line of the table. None = not measured.

    `work` in `unit` took `core_s` core-seconds and `wall_s` by the clock; `ratio` is its speed as a share of
    `against`: the engine's limit or a peer in the same run. `slope`: of log cost over log work; 1 = grows with it.
    """

    part: str
    stage: str
    work: float | None = None
    unit: str = ""
    core_s: float | None = None
    wall_s: float | None = None
    peak_mb: float | None = None
    against: str = ""
    ratio: float | None = None
    slope: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Child:
    """What a process of its own used, what it printed, and the JSON on its last line (None: that is none)."""

    core_s: float
    wall_s: float
    peak_mb: float
    answer: Any
    told: str = ""


def run_child(module: str, *arguments: object, environment: Mapping[str, str] | None = None) -> Child:
    """`python -m module arguments`, its peak memory its own; raises CalledProcessError where it fails."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    )
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, told)
    core_s = used.ru_utime + used.ru_stime
    return Child(core_s, time.perf_counter() - started, used.ru_maxrss / 1024, _last_json(told), told)


def _last_json(told: str) -> Any:
    try:
        return json.loads((told.strip().splitlines() or [""])[-1])
    except ValueError:
        return None


def tell(rows: Iterable[Row]) -> None:
    """Print the rows of a part, on the last line, for `make bench`."""
    print(json.dumps([asdict(row) for row in rows], ensure_ascii=False))


def slope(works: Sequence[float], costs: Sequence[float]) -> float:
    """Of log cost over log work, a straight line through all points.

    >>> round(slope([1, 10, 100], [2, 20, 200]), 6)
    1.0
    """
    return float(np.polyfit(np.log(works), np.log(costs), 1)[0])


def to_markdown(rows: Iterable[Row]) -> str:
    """The table; share is of the core-time of a row's part."""
    rows = list(rows)
    whole: dict[str, float] = {}
    for row in rows:
        whole[row.part] = whole.get(row.part, 0.0) + (row.core_s or 0.0)
    lines = [
        "| part | stage | work | a core-second | core-s | share | wall s | peak MB | ratio | slope | |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        rate = row.work / row.core_s if row.work and row.core_s else None
        share = f"{100 * row.core_s / whole[row.part]:.0f} %" if row.core_s else ""
        ratio = f"{row.ratio:.2f} of {row.against}" if row.ratio is not None else row.against
        cells = (
            *(
                row.part,
                row.stage,
                f"{_number(row.work)} {row.unit}".strip(),
                _number(rate),
                _number(row.core_s),
                share,
            ),
            *(_number(row.wall_s), _number(row.peak_mb, 0), ratio, _number(row.slope), row.note),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def write_table(rows: Sequence[Row], out: Path) -> None:
    """`bench.md` and `bench.json` in a folder."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "bench.md").write_text(to_markdown(rows), encoding="utf-8")
    text = json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1)
    (out / "bench.json").write_text(text, encoding="utf-8")


def _number(value: float | None, decimals: int = 2) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or decimals == 0 else f"{value:.{decimals}f}"
