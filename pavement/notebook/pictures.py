"""Pictures of the notebooks by matplotlib, in the office's font and the colours of report and map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from exporters.fonts import font_file
from exporters.svg import RATING_COLORS, RATING_WORDS
from pavement.detection import CRACK, POTHOLE, SOUND
from pavement.fiscal_year import fiscal_year_label
from pavement.review.change import VERDICT_WORDS, Change, Verdict
from pavement.review.review import Review
from pavement.review.rows import RATINGS

UNSEEN, CLOSED = "未点検", "閉鎖等"
COLORS = {**RATING_COLORS, UNSEEN: "#c4cad0", CLOSED: "#6c757d"}
VERDICT_COLORS = {
    Verdict.WORSE: "#6a1b9a", Verdict.SUSPECT: "#c9a6e0", Verdict.BETTER: "#009e73", Verdict.REPAIRED: "#1f5f8b",
}  # fmt: skip
LABEL_COLORS = {CRACK: (240, 64, 36), POTHOLE: (255, 220, 0), SOUND: (0, 158, 115), 255: (120, 120, 120)}  #: RGB
LABEL_WORDS = {SOUND: "健全な車線", CRACK: "ひび割れ", POTHOLE: "ポットホール", 255: "不明（学習に使わない）"}


def use_style() -> None:
    """Japanese letters, plain axes, sizes that fit a page."""
    font_manager.fontManager.addfont(str(font_file()))
    mpl.rcParams.update(
        {
            "font.family": "IPAexGothic",
            "font.size": 10.5,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.unicode_minus": False,
            "legend.frameon": False,
            "figure.constrained_layout.use": True,
            "figure.dpi": 110,
        }
    )


def draw_rows(rows: Mapping[str, Sequence[float]], words: Sequence[str], colors: Sequence[str], unit: str) -> Figure:
    """A bar a name, the first on top, its parts one after the other; the legend above, sums at the ends."""
    figure, axis = plt.subplots(figsize=(9, 0.9 + 0.34 * max(len(rows), 1)))
    names, left = list(rows), np.zeros(len(rows))
    values = np.array([list(parts) for parts in rows.values()], float).reshape(len(rows), len(words))
    for k, (word, color) in enumerate(zip(words, colors, strict=True)):
        if values[:, k].any():
            axis.barh(names, values[:, k], left=left, color=color, label=word, height=0.72)
            left += values[:, k]
    for k, total in enumerate(left):
        axis.text(total, k, f" {total:,.1f}", va="center", fontsize=9, color="#444")
    axis.invert_yaxis()
    axis.set_xlabel(unit)
    axis.margins(x=0.08)
    axis.tick_params(axis="y", length=0)
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper left", ncols=len(words), fontsize=9.5)
    return figure


def draw_network(review: Review) -> Figure:
    """The diagnosis of every section on the map, 上り and 下り side by side, sections that became worse ringed."""
    lonlat, up = review.segments.lonlat, review.segments.up
    shrink = np.cos(np.radians(np.nanmean(lonlat[:, 1])))
    ends = [np.column_stack([lonlat[:, k] * shrink, lonlat[:, k + 1]]) for k in (0, 2)]
    along = ends[1] - ends[0]
    span = float(np.ptp(np.vstack(ends), axis=0).max())
    left = np.column_stack([-along[:, 1], along[:, 0]]) / np.maximum(np.hypot(*along.T), 1e-12)[:, None]
    aside = left * (np.where(up, -0.003, 0.003) * span)[:, None]
    lines = np.stack([ends[0] + aside, ends[1] + aside], axis=1)
    what = _what(review)
    wide, high = np.ptp(np.vstack(ends), axis=0).tolist()
    figure, axis = plt.subplots(figsize=(7.5, 0.9 + float(np.clip(7.5 * high / max(wide, 1e-9), 1.2, 8.0))))
    for name in (UNSEEN, CLOSED, "", "Ⅰ", "Ⅱ", "Ⅲ"):
        axis.add_collection(LineCollection(list(lines[what == name]), colors=COLORS[name], linewidths=2.2))
    worse = lines[review.worse_segments].mean(axis=1)
    axis.plot(*worse.T, "o", mfc="none", mec="#6a1b9a", ms=5, mew=1.0)
    axis.autoscale()
    axis.margins(0.03, 0.08)
    axis.set_aspect("equal", adjustable="datalim")
    axis.axis("off")
    shown = [name for name in COLORS if (what == name).any()]
    keys: list[Any] = [Line2D([], [], color=COLORS[name], lw=3, label=RATING_WORDS.get(name, name)) for name in shown]
    if len(worse):
        keys.append(Line2D([], [], ls="", marker="o", mfc="none", mec="#6a1b9a", label="悪化した区間"))
    figure.legend(handles=keys, loc="outside upper center", ncols=4, fontsize=9.5)
    return figure


def draw_change(review: Review, key: str = "crack_pct") -> Figure | None:
    """The change of every block along the road and direction that worsened most, the band of its errors, and the
    verdicts; None where there is nothing to compare.
    """
    change = review.change
    if change is None or key not in change.indicators:
        return None
    rows, blocks, one = _worst_chain(review, change), review.blocks, change.indicators[key]
    kp, verdict = blocks.from_kp_km[rows] + 0.01, change.verdict[rows]
    figure, axis = plt.subplots(figsize=(9, 3.6))
    band = 2 * np.nan_to_num(one.se[rows])
    axis.fill_between(kp, -band, band, color="#e3e7ea", step="mid", lw=0, label="測定のばらつき（±2標準誤差）")
    axis.step(kp, one.change[rows], where="mid", color="#78858f", lw=0.9, label="変化")
    for each, color in VERDICT_COLORS.items():
        if (verdict == each).any():
            axis.plot(kp[verdict == each], one.change[rows][verdict == each], "o", ms=4.5, color=color,
                      label=VERDICT_WORDS[each])  # fmt: skip
    repaired = np.flatnonzero(verdict == Verdict.REPAIRED)
    for k in repaired.tolist():
        axis.axvspan(kp[k] - 0.01, kp[k] + 0.01, color=VERDICT_COLORS[Verdict.REPAIRED], alpha=0.2, lw=0)
    way = "上り" if blocks.up[rows[0]] else "下り"
    axis.set(xlabel="距離標 (km)", ylabel=f"{one.indicator.name}の変化 ({one.indicator.unit})", xlim=(kp[0], kp[-1]))
    span = f"{fiscal_year_label(change.then_year)}→{fiscal_year_label(change.now_year)}"
    axis.set_title(f"{blocks.names[int(blocks.road[rows[0]])]} {way}：{span}", loc="left")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper right", ncols=5, fontsize=9.5)
    return figure


def draw_labels(pictures: Sequence[tuple[str, NDArray[np.uint8], NDArray[np.uint8]]], columns: int = 3) -> Figure:
    """Photos (h, w, 3) BGR with their class maps (h, w) laid over them, each under its title."""
    rows = max(-(-len(pictures) // columns), 1)
    figure, axes = plt.subplots(rows, columns, figsize=(3.1 * columns, 2.25 * rows + 0.3), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, image, classes) in zip(axes.flat, pictures, strict=False):
        shown = image[..., ::-1].astype(float)
        for code, color in LABEL_COLORS.items():
            weight = {SOUND: 0.15, 255: 0.35}.get(code, 0.6)
            here = classes == code
            shown[here] = (1 - weight) * shown[here] + weight * np.array(color)
        axis.imshow(shown.astype(np.uint8))
        axis.set_title(title, fontsize=9.5)
    colors = {code: (r / 255, g / 255, b / 255) for code, (r, g, b) in LABEL_COLORS.items()}
    keys = [Patch(color=colors[code], label=word) for code, word in LABEL_WORDS.items()]
    figure.legend(handles=keys, loc="outside lower center", ncols=4, fontsize=9.5)
    return figure


def _what(review: Review) -> NDArray[np.str_]:
    """(n,) what every segment shows, a name of `COLORS`."""
    rating = np.array(RATINGS)[review.year.rating]
    seen = np.where(review.year.inspected, rating, UNSEEN)
    return np.asarray(np.where(review.segments.closed.known, CLOSED, seen))


def _worst_chain(review: Review, change: Change) -> NDArray[np.intp]:
    """Blocks of the road and direction with most blocks that became worse."""
    ends = review.blocks.chains
    worse = (change.verdict == Verdict.WORSE).astype(int)
    counts = [int(worse[a:b].sum()) for a, b in pairwise(ends.tolist())]
    k = int(np.argmax(counts))
    return np.arange(ends[k], ends[k + 1])
