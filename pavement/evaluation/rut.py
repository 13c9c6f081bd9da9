"""Rut depth of a finished run against a truth table of blocks: error, standard error, and the ministry's classes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pavement.errors import BadInput
from pavement.evaluation.table import Figures

KEY = ("road_type", "route_no", "branch_no", "kind", "direction")
NEEDED = {"from_kp_km", "rut_mm"}
CLASSES_MM = (20.0, 40.0)
RANKS = ((0.8, "A"), (0.6, "B"), (0.4, "C"), (0.2, "D"))


@dataclass(frozen=True)
class BlockPair:
    """A block's depth, found (None = refused) with its standard error, and true; mm."""

    found_mm: float | None
    se_mm: float | None
    true_mm: float


def evaluate_rut(result: Path, truth: Path) -> dict[str, Figures]:
    """Figures of `result` (a run's folder or its blocks.csv) against `truth` (blocks.csv of the simulator's form).

    Raises BadInput where a table is missing or lacks its columns.
    """
    table = result / "blocks.csv" if result.is_dir() else result
    found, true = read_blocks(table), read_blocks(truth)
    pairs = []
    for key, row in true.items():
        if not row["rut_mm"]:
            continue
        mine = found.get(key, {})
        pairs.append(BlockPair(_number(mine.get("rut_mm")), _number(mine.get("rut_se_mm")), float(row["rut_mm"])))
    return rut_figures(pairs)


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def read_blocks(path: Path) -> dict[tuple[str, ...], dict[str, str]]:
    """The rows of a table of blocks by road, direction and kilopost."""
    if not path.is_file():
        raise BadInput("is missing", file=path, do="give the folder of a finished run, and a truth table of blocks")
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not set(rows[0]) >= NEEDED:
        raise BadInput(f"lacks the columns {', '.join(sorted(NEEDED))}", file=path, do="give a table of blocks")
    return {(*(row.get(name) or "" for name in KEY), f"{float(row['from_kp_km']):.3f}"): row for row in rows}


def rut_figures(blocks: Sequence[BlockPair]) -> dict[str, Figures]:
    """Errors in mm of the blocks with a value, then 検出率 and 的中率 of each class with their ranks."""
    given = [block for block in blocks if block.found_mm is not None]
    error = np.array([float(block.found_mm or 0) - block.true_mm for block in given])
    sure = [
        abs(miss) <= 2 * block.se_mm
        for miss, block in zip(error.tolist(), given, strict=True)
        if block.se_mm is not None
    ]
    some = len(given) > 0
    figures: dict[str, Figures] = {
        "rut depth": {
            "n": len(blocks),
            "refused": len(blocks) - len(given),
            "mean error mm": float(np.abs(error).mean()) if some else None,
            "bias mm": float(error.mean()) if some else None,
            "error p95 mm": float(np.percentile(np.abs(error), 95)) if some else None,
            "within 2 se": float(np.mean(sure)) if sure else None,
        }
    }
    for limit in CLASSES_MM:
        figures[f"≥ {limit:g} mm"] = _class_figures(given, limit)
    return figures


def _class_figures(given: Sequence[BlockPair], limit: float) -> Figures:
    """The confusion of one class among blocks with a value."""
    true = [block.true_mm >= limit for block in given]
    found = [(block.found_mm or 0.0) >= limit for block in given]
    both = sum(a and b for a, b in zip(true, found, strict=True))
    recall = both / sum(true) if any(true) else None
    precision = both / sum(found) if any(found) else None
    return {
        "n": len(given),
        "true": sum(true),
        "found": sum(found),
        "both": both,
        "検出率": recall,
        "検出率 rank": rank(recall),
        "的中率": precision,
        "的中率 rank": rank(precision),
    }


def rank(share: float | None) -> str | None:
    """The ministry's rank of a share.

    >>> rank(0.8), rank(0.79), rank(0.1), rank(None)
    ('A', 'B', '–', None)
    """
    if share is None:
        return None
    return next((name for limit, name in RANKS if share >= limit), "–")
