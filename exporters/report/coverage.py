"""有効測定率 of the inspected length, and the frames that were not used, by reason."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from exporters.report.figures import km
from exporters.report.html import none, table
from exporters.report.limits import rules_of
from pavement.drive import REASON_JA, Reason, count_rejections
from pavement.record import Survey
from pavement.segment import Segment

HALF = 50.0  #: percent


def draw_coverage(survey: Survey) -> str:
    """Both tables as HTML, side by side."""
    return (
        f"<div class='columns'><div><h3>有効測定率</h3>{coverage(survey)}</div>"
        f"<div><h3>使わなかった画像とその理由</h3>{rejected_frames(survey)}</div></div>"
    )


def coverage(survey: Survey) -> str:
    """Length by 有効測定率, the share from which a Ⅰ can be given first."""
    total = km(survey.segments)
    if total <= 0:
        return none("区間がありません。")
    enough = rules_of(survey.run).default.min_coverage_pct
    half = min(HALF, enough)

    def length(low: float, high: float) -> float:
        return km(s for s in survey.segments if s.frames and low <= s.coverage_pct < high)

    unseen: Sequence[Segment] = [s for s in survey.segments if not s.frames]
    parts = [
        (f"{enough:g} % 以上(Ⅰと判定できる)", length(enough, float("inf"))),
        (f"{half:g}～{enough:g} %", length(half, enough)),
        (f"{half:g} % 未満", length(float("-inf"), half)),
        ("未点検(使える画像がない)", km(unseen)),
    ]
    rows = [(escape(words), f"{value:,.2f}", f"{100 * value / total:.1f}") for words, value in parts]
    rows.append(("<b>合計</b>", f"<b>{total:,.2f}</b>", "<b>100.0</b>"))
    words = "有効測定率は、車線の面積のうち画像に写り判定できた割合です。"
    return table(("有効測定率", "延長 km", "割合 %"), rows, (1, 2)) + none(words)


def rejected_frames(survey: Survey) -> str:
    """Frames in = used + rejected, by reason."""
    counts = count_rejections(frame.rejected for frame in survey.frames)
    if not counts:
        return none("除外した画像はありません。")
    total = len(survey.frames)
    rows = [
        (escape(REASON_JA[Reason(name)]), f"<code>{escape(name)}</code>", f"{n:,}", f"{100 * n / total:.1f}")
        for name, n in sorted(counts.items(), key=lambda item: -item[1])
    ]
    rejected = sum(counts.values())
    rows.append((f"<b>合計</b>(全 {total:,} 枚)", "", f"<b>{rejected:,}</b>", f"<b>{100 * rejected / total:.1f}</b>"))
    return table(("理由", "記号", "枚数", "割合 %"), rows, (2, 3))
