"""Whether new weights should be used: two reports of `pavement evaluate detector` on the same labelled photos."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pavement.errors import BadInput

LEAST_PHOTOS = 100  #: below which a difference tells little of roads that were not looked at
FIGURES = {  #: key of the report: words, and whether more is better
    "crack F1": ("ひび割れセルのF1", True),
    "crack F1 tolerant": ("同（隣のセルまで許容）", True),
    "share error": ("ひび割れ面積率の平均誤差", False),
    "pothole F1": ("ポットホールセルのF1", True),
    "lane IoU": ("自車線のIoU", True),
}
SLACK = 0.01  #: a figure that is worse by more than this is a reason against
DRAWS, SEED = 2000, 1


@dataclass(frozen=True)
class Judgement:
    """The figures beside each other, and what speaks against the new weights; none: they may be tried."""

    rows: Mapping[str, tuple[float | None, float | None]]  #: words → present, new
    fewer_wrong: tuple[float, float, float]  #: wrong cells a photo, present less new: mean and 95 % interval
    photos: int
    reasons: tuple[str, ...]

    @property
    def may_be_used(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons


def judge(present: Path, new: Path, *, taught_by_model: bool) -> Judgement:
    """Compare two folders of `pavement evaluate detector --out`; `taught_by_model`: the labels were made with the help
    of the present model (a set made of corrections), so that they favour it and cannot prove anything alone.
    """
    a, b = (_read(folder) for folder in (present, new))
    wrong_a, wrong_b = (_wrong(report) for report in (a, b))
    if set(wrong_a) != set(wrong_b):
        raise BadInput("the two evaluations are not of the same photos", file=new, do="evaluate both on one data set")
    fewer = np.array([wrong_a[name] - wrong_b[name] for name in sorted(wrong_a)], float)
    draws = np.random.default_rng(SEED).choice(fewer, (DRAWS, len(fewer))).mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975)).tolist()
    old, now = a["roads"]["all"], b["roads"]["all"]
    rows = {words: (old.get(key), now.get(key)) for key, (words, _) in FIGURES.items()}
    reasons = []
    if len(fewer) < LEAST_PHOTOS:
        reasons.append(f"評価の写真が{len(fewer)}枚しかない（{LEAST_PHOTOS}枚以上で判断する）")
    if taught_by_model:
        reasons.append(
            "評価のラベルが現行モデルの答えから作られている（人が描いた正解、または別の道路の正解で確かめる）"
        )
    for key, (words, more) in FIGURES.items():
        if old.get(key) is not None and now.get(key) is not None:
            worse = (old[key] - now[key]) * (1 if more else -1)
            if worse > SLACK:
                reasons.append(f"{words}が悪くなった（{old[key]:.3f} → {now[key]:.3f}）")
    if low <= 0:
        reasons.append(
            f"誤りの減少がばらつきの範囲（1枚あたり {fewer.mean():+.1f} セル、95 % 区間 {low:+.1f}～{high:+.1f}）"
        )
    return Judgement(rows, (float(fewer.mean()), low, high), len(fewer), tuple(reasons))


def _read(folder: Path) -> dict[str, Any]:
    path = folder / "evaluation.json"
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        _ = report["roads"]["all"], report["photos"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            "is no report of a detector", file=path, do="run `pavement evaluate detector DATA --out`"
        ) from error
    return dict(report)


def _wrong(report: Mapping[str, Any]) -> dict[str, int]:
    """Photo → false and missed cells."""
    return {row["name"]: row["false"] + row["missed"] for row in report["photos"]}
