"""Times and clocks' shifts in the words that people read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

JST = timezone(timedelta(hours=9), "JST")


def shift_ja(shift_s: float | None) -> str:
    """A shift in words.

    >>> shift_ja(32400.0), shift_ja(-18.0), shift_ja(-1024 * 7 * 86400.0)
    ('9時間進んで', '18秒遅れて', '1024週遅れて')
    """
    return "ずれて" if shift_s is None else f"{size_ja(shift_s)}{'進んで' if shift_s > 0 else '遅れて'}"


def size_ja(shift_s: float) -> str:
    """How big a shift is.

    >>> size_ja(19800.0), size_ja(47.26), size_ja(-600.0)
    ('5.5時間', '47.3秒', '10分')
    """
    size = abs(shift_s)
    if size > 3600 and size % 3600 and size % 1800 < 0.05:
        return f"{size / 3600:g}時間"
    for unit, word in ((7 * 86400, "週"), (86400, "日"), (3600, "時間"), (60, "分")):
        if size >= unit and abs(size / unit - round(size / unit)) * unit < 0.05:
            return f"{size / unit:.0f}{word}"
    return f"{size:,.1f}秒".replace(".0秒", "秒")


def about_ja(duration_s: float) -> str:
    """A duration in words, roughly.

    >>> about_ja(431987.0), about_ja(5400.0), about_ja(40.0)
    ('約5日', '約1.5時間', '約40秒')
    """
    for unit, word in ((86400, "日"), (3600, "時間"), (60, "分")):
        if duration_s >= 0.95 * unit:
            return f"約{round(duration_s / unit, 1):g}{word}"
    return f"約{duration_s:.0f}秒"


def span_ja(times: Sequence[float] | NDArray[np.float64]) -> str:
    """First and last of some times, in Japan's time."""
    begin, end = (datetime.fromtimestamp(float(t), UTC).astimezone(JST) for t in (min(times), max(times)))
    return f"{begin:%Y-%m-%d %H:%M:%S}~{end:{'' if begin.date() == end.date() else '%Y-%m-%d '}%H:%M:%S} JST"
