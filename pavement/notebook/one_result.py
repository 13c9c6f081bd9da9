"""One finished run: its segments as a table in the office's words, its blocks and lines as pictures."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from exporters.svg import RATING_COLORS
from exporters.wording import kp_text
from pavement.errors import BadInput
from pavement.review.building import road_words
from pavement.road import RoadKey
from pavement.segment import Flag

DEMO = Path("../demo-output/result")  #: of `make demo`
TEXTS = dict.fromkeys(("road_type", "route_no", "branch_no", "kind", "direction", "rating", "flags"), str)
LIMITS = (20.0, 40.0)  #: % of ひび割れ率: Ⅱ, Ⅲ
UNSEEN = "#c4cad0"
HEADS = {
    "road": "路線",
    "direction": "方向",
    "from": "起点",
    "to": "終点",
    "length_m": "延長(m)",
    "crack_pct": "ひび割れ率(%)",
    "rut_mm": "わだち掘れ量(mm)",
    "iri_mm_per_m": "IRI(mm/m)",
    "potholes": "ポットホール(件)",
    "mci": "MCI",
    "rating": "診断",
    "coverage_pct": "有効測定率(%)",
    "flags": "備考",
}


def open_result(folder: Path | str | None = None) -> Path:
    """The folder of a finished run: the given one, PAVEMENT_RESULT, or that of `make demo`; raises BadInput."""
    found = Path(folder or os.environ.get("PAVEMENT_RESULT") or DEMO)
    if not (found / "segments.csv").is_file():
        raise BadInput(f"{found} holds no result", do="give the output folder of pavement run, or run make demo first")
    return found


def read_rows(folder: Path, level: str = "segments") -> pd.DataFrame:
    """Rows of `segments` or `blocks` as they lie in the file, with the road in words."""
    rows = pd.read_csv(folder / f"{level}.csv", dtype=TEXTS)
    keys = zip(*(rows[name].fillna("") for name in ("road_type", "route_no", "branch_no", "kind")), strict=True)
    rows["road"] = [road_words(RoadKey(*key), "") for key in keys]
    return rows


def segment_frame(folder: Path) -> pd.DataFrame:
    """The segments in words, those that look worst first; what was not measured is blank."""
    rows = read_rows(folder)
    rows["from"], rows["to"] = rows["from_kp_km"].map(kp_text), rows["to_kp_km"].map(kp_text)
    rows["flags"] = rows["flags"].fillna("").str.replace(";", "、")
    rows["length_m"] = rows["length_m"].round().astype("Int64")
    rows["potholes"] = rows["potholes"].astype("Int64")
    rows = rows.sort_values("crack_pct", ascending=False, kind="stable")
    return rows[list(HEADS)].round(1).rename(columns=HEADS).reset_index(drop=True)


def draw_blocks(folder: Path) -> Figure:
    """ひび割れ率 of the 20 m blocks along roads and directions, in the colour of its limits; unmeasured ones grey."""
    rows = read_rows(folder, "blocks")
    groups = list(rows.groupby(["road", "direction"]))
    figure, axes = plt.subplots(max(len(groups), 1), 1, figsize=(9, 2.1 * max(len(groups), 1) + 0.5), squeeze=False)
    top = max(50.0, float(rows["crack_pct"].max(skipna=True) or 0.0) * 1.05) if len(rows) else 50.0
    for axis, ((road, direction), part) in zip(axes[:, 0], groups, strict=False):
        width = part["to_kp_km"] - part["from_kp_km"]
        known = part["crack_pct"].notna()
        axis.bar(part["from_kp_km"][~known], top, width[~known], align="edge", color=UNSEEN, alpha=0.4)
        colors = crack_colors(part[known])
        axis.bar(part["from_kp_km"][known], part["crack_pct"][known], width[known] * 0.9, align="edge", color=colors)
        for limit, name in zip(LIMITS, ("Ⅱ", "Ⅲ"), strict=True):
            axis.axhline(limit, ls="--", lw=1, color=RATING_COLORS[name])
        axis.set(ylabel="ひび割れ率 (%)", ylim=(0, top), xlim=(part["from_kp_km"].min(), part["to_kp_km"].max()))
        axis.set_title(f"{road} {direction}", loc="left", fontsize=10.5)
    axes[-1, 0].set_xlabel("距離標 (km)")
    _key(figure)
    return figure


def draw_lines(folder: Path) -> Figure:
    """The segments on the map, in the colour of ひび割れ率; a panel a direction, since their lines may be one."""
    layer = geopandas.read_file(folder / "segments.gpkg", layer="segments")
    parts = list(layer.groupby("direction")) if len(layer) else []
    figure, axes = plt.subplots(1, max(len(parts), 1), figsize=(9, 4.5), squeeze=False)
    for axis in axes[0]:
        axis.axis("off")
    for axis, (direction, part) in zip(axes[0], parts, strict=False):
        part.plot(ax=axis, color=crack_colors(part), linewidth=4)
        axis.set_title(direction, fontsize=10.5)
    _key(figure)
    return figure


def crack_colors(rows: pd.DataFrame) -> list[str]:
    """A colour a row: below, between, above the limits; grey where too little or nothing was measured."""
    unknown = rows["crack_pct"].isna() | rows["flags"].fillna("").str.contains(Flag.LOW_COVERAGE)
    levels = np.searchsorted(LIMITS, rows["crack_pct"].astype(float).fillna(0), side="right")
    names = [RATING_COLORS[each] for each in ("Ⅰ", "Ⅱ", "Ⅲ")]
    return [UNSEEN if blank else names[k] for k, blank in zip(levels.tolist(), unknown.tolist(), strict=True)]


def _key(figure: Figure) -> None:
    words = ("20 %未満", "20 %以上", "40 %以上")
    keys = [Patch(color=RATING_COLORS[name], label=word) for name, word in zip(("Ⅰ", "Ⅱ", "Ⅲ"), words, strict=True)]
    figure.legend(
        handles=[*keys, Patch(color=UNSEEN, label="測定なし・不足")], loc="outside upper right", ncols=4, fontsize=9.5
    )
