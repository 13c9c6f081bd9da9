"""精度確認 as Markdown, JSON and pictures; in the words of those who run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporters.svg import element, line, text
from pavement.evaluation.table import Figures, Report, Section
from pavement.review.accuracy import LEVELS, CheckSettings, IndicatorCheck
from pavement.review.accuracy_json import check_json, points

SIDE, HIGH, LEFT, TOP = 520.0, 300.0, 64.0, 40.0


def survey_report(checks: Sequence[IndicatorCheck], facts: Mapping[str, object], settings: CheckSettings) -> Report:
    """Tables and pictures; `facts`: file, sha256, date, blocks on one side only."""
    sections = [
        Section(
            "verdict",
            "精度確認",
            {each.name: {"ブロック数": each.blocks, "判定": each.verdict} for each in checks},
            f"20 m ブロック。合格は検出率・的中率とも{settings.least_rank}以上（{'、'.join(settings.classes)}）、"
            f"比較{settings.least_blocks}ブロック以上、該当{settings.least_damaged}ブロック以上。",
        )
    ]
    for each in checks:
        rows: dict[str, Figures] = {
            test.name: {
                "真": test.truly,
                "報告": test.reported,
                "一致": test.both,
                "検出率 %": test.detection_pct,
                "検出率ランク": test.detection_rank,
                "的中率 %": test.precision_pct,
                "的中率ランク": test.precision_rank,
                "判定": test.verdict,
            }
            for test in each.tests
        }
        table: dict[str, Figures] = {
            f"真 {level}": {f"報告 {other}": each.confusion[i][j] for j, other in enumerate(LEVELS)}
            for i, level in enumerate(LEVELS)
        }
        sections += [
            Section(f"{each.key}_tests", f"{each.name}：検出率・的中率", rows),
            Section(f"{each.key}_confusion", f"{each.name}：混同行列（ブロック数）", table),
        ]
        if each.agreement:
            found: dict[str, Figures] = {
                row.group: {
                    "n": row.blocks,
                    "偏り": row.bias,
                    "標準偏差": row.sd,
                    "一致限界 下": row.low,
                    "一致限界 上": row.high,
                    "平均絶対誤差": row.mean_error,
                    "r": row.r,
                }
                for row in each.agreement
            }
            words = f"差 = 本システム − 測定車（{each.unit}）、真の区分ごと。"
            sections.append(Section(f"{each.key}_agreement", f"{each.name}：Bland-Altman", found, words))
    pictures = {f"bland-altman-{each.key}.svg": draw(each) for each in checks if each.agreement}
    return Report(sections, {"facts": dict(facts), "checks": check_json(checks)}, pictures)


def draw(check: IndicatorCheck) -> bytes:
    """Bland-Altman: difference over mean, with the bias and the limits of agreement."""
    dots = points(check)
    whole = check.agreement[0]
    across = max(1e-6, *(m for m, _ in dots))
    far = max(1e-6, *(abs(d) for _, d in dots), abs(whole.low or 0), abs(whole.high or 0)) * 1.05

    def place(mean: float, apart: float) -> tuple[float, float]:
        return LEFT + mean / across * SIDE, TOP + HIGH / 2 - apart / far * HIGH / 2

    parts = [text(LEFT, TOP - 16, f"{check.name}（{check.unit}）：差 = 本システム − 測定車、{check.blocks} ブロック")]
    parts.append(element("rect", x=LEFT, y=TOP, width=SIDE, height=HIGH, fill="none", stroke="#9aa7ae"))
    for share in (-1.0, -0.5, 0.0, 0.5, 1.0):
        _, y = place(0, share * far / 1.05)
        parts += [
            line(LEFT, y, LEFT + SIDE, y, stroke="#dde3e6"),
            text(LEFT - 6, y + 4, f"{share * far / 1.05:.1f}", text_anchor="end"),
        ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, _ = place(share * across, 0)
        parts.append(text(x, TOP + HIGH + 16, f"{share * across:.1f}", text_anchor="middle"))
    for mean, apart in dots:
        x, y = place(mean, apart)
        parts.append(element("circle", cx=round(x, 1), cy=round(y, 1), r=2.2, fill="#0b5c8a", fill_opacity=0.35))
    for value, name in ((whole.bias, "偏り"), (whole.low, "−1.96 SD"), (whole.high, "+1.96 SD")):
        if value is not None:
            _, y = place(0, value)
            parts.append(
                line(LEFT, y, LEFT + SIDE, y, stroke="#a50f15", stroke_dasharray="5 4" if name != "偏り" else "none")
            )
            parts.append(text(LEFT + SIDE + 6, y + 4, f"{name} {value:+.1f}", fill="#a50f15"))
    parts.append(text(LEFT + SIDE / 2, TOP + HIGH + 36, f"両者の平均（{check.unit}）", text_anchor="middle"))
    width, height = LEFT + SIDE + 120, TOP + HIGH + 50
    ground = element("rect", width=width, height=height, fill="#fff")
    return element(
        "svg",
        ground + "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        font_family="sans-serif",
        font_size=12,
        fill="#212b33",
    ).encode()
