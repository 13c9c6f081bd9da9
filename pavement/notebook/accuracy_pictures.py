"""Bland-Altman and confusion of 精度確認 by matplotlib."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from exporters.svg import RATING_COLORS
from pavement.rating import Limits
from pavement.review.accuracy import LEVELS, level_of
from pavement.review.accuracy_run import SurveyCheck


def draw_agreement(check: SurveyCheck, limits: Limits | None = None) -> Figure:
    """Difference over mean of every indicator, coloured by the true class; bias and limits of agreement as lines."""
    found = [each for each in check.checks if each.agreement]
    figure, axes = plt.subplots(1, len(found), figsize=(3.4 * max(len(found), 1), 3.3), squeeze=False)
    for axis, each in zip(axes[0], found, strict=True):
        whole = each.agreement[0]
        level = level_of(each.theirs, getattr(limits or Limits(), each.key))
        for k, name in enumerate(LEVELS):
            here = level == k
            mean, apart = (each.ours + each.theirs)[here] / 2, (each.ours - each.theirs)[here]
            axis.plot(mean, apart, ".", ms=3.5, alpha=0.5, color=RATING_COLORS[name], label=f"真の区分 {name}")
        axis.axhline(0, color="#aab3ba", lw=0.8)
        for value, style in ((whole.bias, "-"), (whole.low, "--"), (whole.high, "--")):
            if value is not None:
                axis.axhline(value, color="#37474f", lw=1.1, ls=style)
        if whole.bias is not None and whole.low is not None and whole.high is not None:
            said = f"偏り {whole.bias:+.1f}、一致限界 {whole.low:+.1f}～{whole.high:+.1f}"
            axis.set_title(f"{each.name}（{each.unit}）\n{said}", fontsize=9.5)
        axis.set(xlabel="両者の平均", ylabel="本システム − 測定車" if axis is axes[0][0] else "")
    handles, words = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, words, loc="outside lower center", ncols=3, markerscale=3, fontsize=9.5)
    return figure


def draw_confusion(check: SurveyCheck) -> Figure:
    """Blocks by true and reported class, an indicator a panel; the colour is the share of the true class."""
    figure, axes = plt.subplots(1, len(check.checks), figsize=(2.5 * len(check.checks), 2.9), squeeze=False)
    for axis, each in zip(axes[0], check.checks, strict=True):
        table = np.array(each.confusion)
        share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
        axis.imshow(share, cmap="Blues", vmin=0, vmax=1.3)
        for i in range(len(LEVELS)):
            for j in range(len(LEVELS)):
                axis.text(j, i, f"{table[i, j]:,}", ha="center", va="center", fontsize=10)
        axis.set_xticks(range(len(LEVELS)), LEVELS)
        axis.set_yticks(range(len(LEVELS)), LEVELS)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        axis.set(title=each.name, xlabel="報告", ylabel="真" if axis is axes[0][0] else "")
    return figure
