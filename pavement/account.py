"""The account of a finished run in a few lines for the terminal."""

from __future__ import annotations

import json
from pathlib import Path

from pavement.drive import REASON_JA, Reason

RESULTS = (("様式A", "様式A.xlsx"), ("画像集", "画像集.pdf"), ("報告書", "report.html"), ("GIS", "segments.gpkg"))


def summary(out: Path) -> str:
    """What became of the frames, and where the results are."""
    done = json.loads((out / "run.json").read_text(encoding="utf-8"))
    counts = done["counts"]
    lines = [
        f"画像 {counts['frames_in']} 枚: 使用 {counts['frames_used']}、不使用 {sum(counts['frames_rejected'].values())}"
    ]
    lines += [f"  {REASON_JA[Reason(reason)]}: {number}" for reason, number in counts["frames_rejected"].items()]
    if not counts["frames_used"]:
        lines.append("使用できる画像がないため、評価区間はありません。")
    lines += [f"{label}: {out / name}" for label, name in RESULTS]
    return "\n".join(lines)
