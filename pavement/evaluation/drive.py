"""A finished run against a truth table of its frames: file, route_no, kind, direction, kp_km, crack_share."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from pavement.errors import BadInput
from pavement.evaluation.table import Figures
from pavement.passes import BLOCK_M, stretch_of

NEEDED = {"file", "kp_km"}


def read_pairs(result: Path, truth: Path) -> list[tuple[dict[str, str], dict[str, str]]]:
    """(row of frames.csv, row of the truth) of every frame that is in both."""
    for path in (result / "frames.csv", truth):
        if not path.is_file():
            raise BadInput("is missing", file=path, do="give the folder of a finished run, and its truth table")
    with open(truth, encoding="utf-8-sig", newline="") as file:
        true = {row["file"]: row for row in csv.DictReader(file)}
    if not true or not set(next(iter(true.values()))) >= NEEDED:
        raise BadInput(f"lacks the columns {', '.join(sorted(NEEDED))}", file=truth, do="give a truth table of frames")
    with open(result / "frames.csv", encoding="utf-8-sig", newline="") as file:
        return [(row, true[row["file"]]) for row in csv.DictReader(file) if row["file"] in true]


def evaluate_position(result: Path, truth: Path) -> dict[str, Figures]:
    """Share of frames on the right road and direction, and the error of their kilopost in metres."""
    pairs = read_pairs(result, truth)
    keys = [key for key in ("route_no", "kind", "direction") if key in pairs[0][1]] if pairs else []
    right = [all(found[key] == true[key] for key in keys) for found, true in pairs if all(true[key] for key in keys)]
    errors = [abs(float(a["kp_km"]) - float(b["kp_km"])) * 1000 for a, b in pairs if a["kp_km"] and b["kp_km"]]
    spreads = [float(a["position_sd_m"]) for a, b in pairs if a["kp_km"] and b["kp_km"]]
    inside = [error <= 2 * spread for error, spread in zip(errors, spreads, strict=True)]
    return {
        "frames": {
            "n": len(pairs),
            "right road and direction": float(np.mean(right)) if right else None,
            "with kilopost": len(errors),
            "error p50 m": float(np.median(errors)) if errors else None,
            "error p95 m": float(np.percentile(errors, 95)) if errors else None,
            "error max m": float(max(errors)) if errors else None,
            "within 2 sd": float(np.mean(inside)) if inside else None,
        }
    }


def evaluate_blocks(result: Path, truth: Path) -> dict[str, Figures]:
    """Mean crack share of the frames of each 20 m block, found and true: correlation and error."""
    found: dict[int, list[float]] = defaultdict(list)
    true: dict[int, list[float]] = defaultdict(list)
    for row, known in read_pairs(result, truth):
        if row["kp_km"] and row["crack_share"]:
            found[int(stretch_of(float(row["kp_km"]), BLOCK_M))].append(float(row["crack_share"]))
        if known["kp_km"] and known["crack_share"]:
            true[int(stretch_of(float(known["kp_km"]), BLOCK_M))].append(float(known["crack_share"]))
    both = sorted(found.keys() & true.keys())
    a, b = (np.array([np.mean(shares[block]) for block in both]) for shares in (found, true))
    varied = len(both) > 1 and a.std() > 0 and b.std() > 0
    return {
        "blocks": {
            "n": len(both),
            "crack share r": float(np.corrcoef(a, b)[0, 1]) if varied else None,
            "mean error": float(np.abs(a - b).mean()) if both else None,
            "bias": float((a - b).mean()) if both else None,
            "true mean": float(b.mean()) if both else None,
        }
    }
