"""全線点検結果とりまとめ_令和N年度.html: one file that opens offline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from html import escape
from pathlib import Path

import numpy as np

from exporters.report.html import bullets, none, shown, table
from exporters.report.whole_page import whole_page
from exporters.review.change_tables import change_by_route, crossings, potholes, rates, worse_stretches
from exporters.review.charts import month_line, stacked_bars, swatches
from exporters.review.kpi_tables import kpi_now
from exporters.review.map import COLORS, WORSE, WORSE_COLOR, draw_map, network_map
from exporters.review.patrol_tables import patrols
from exporters.review.table import Cell, Table, first_rows
from exporters.review.tables import candidates, lengths
from exporters.svg import RATING_COLORS, RATING_WORDS
from exporters.wording import wareki_date
from pavement.files import write_whole
from pavement.review.change import VERDICT_WORDS
from pavement.review.condition import MCI_BANDS, Condition
from pavement.review.notes import notes
from pavement.review.review import Review
from pavement.review.rows import RATINGS
from pavement.review.to_json import verdict_km

MOST_ROWS = 20
POTHOLE_HEADS = (
    "路線",
    "方向",
    "距離標",
    "状況",
    "面積(m2)",
    "前回(m2)",
    "前回の年度",
    "初めて発見",
    "補修",
    "日数",
    "事務所",
)
MOST_BARS = 25
RATE_HEADS = ("指標", "区分", "延長(km)", "1年あたりの変化", "下限(95%)", "上限(95%)", "単位", "年度の数", "求め方")
CHANGE_COLORS = ("#e3e7ea", "#c4cad0", WORSE_COLOR, RATING_COLORS["Ⅰ"], "#1f5f8b", "#e6b455")


def export_report(review: Review, out: Path) -> Path:
    """The report in `out`."""
    path = out / f"全線点検結果とりまとめ_{review.label}.html"
    write_whole(path, render(review).encode("utf-8"))
    return path


def render(review: Review) -> str:
    """The report as HTML without a single outside reference."""
    made = "" if review.made_on is None else f"{wareki_date(review.made_on)} 作成"
    parts = {
        "title": escape(f"全線点検結果とりまとめ {review.label}"),
        "subtitle": escape(" | ".join(words for words in (managers(review), made, review.source) if words)),
        "notes": bullets(notes(review)),
        "cards": _cards(review),
        "coverage": _coverage(review),
        "condition": _condition(review),
        "map": _map(review),
        "change": _change(review),
        "kpi": _shown(kpi_now(review), ("指標", "期間", "値", "単位", "前期からの増減", "目標", "指数(目標=100)")),
        "potholes": _fates(review) + _shown(potholes(review), POTHOLE_HEADS),
        "candidates": _candidates(review),
        "patrol": _shown(patrols(review), ("巡回", "事務所", "巡回計(km)", "路線", "方向", "起点", "終点", "延長(km)")),
    }
    return whole_page(Path(__file__).with_name("page.html"), parts)


def managers(review: Review) -> str:
    """Who manages the roads."""
    return "・".join(review.segments.manager.names[:3])


def cards(review: Review) -> list[tuple[str, str, str, str]]:
    """The figures of the head: name, value, unit, remark."""
    length, total = review.coverage.total, review.condition.total
    change = review.change
    worse = verdict_km(change, review.blocks.length_m / 1000, np.ones(len(review.blocks), bool)) if change else {}
    repair = total.by_rating_km[RATINGS.index("Ⅲ")]
    return [
        (
            "点検実施延長率",
            shown(length.share_pct, 1, "－"),
            "%",
            f"{length.inspected_m / 1000:,.1f} / {length.network_m / 1000:,.1f} km",
        ),
        ("上下線とも点検", shown(review.coverage.both_directions_pct, 1, "－"), "%", "延長の率"),
        ("健全性 Ⅲ", shown(repair, 1), "km", f"判定延長の {shown(total.share_pct('Ⅲ'), 1, '－')} %"),
        ("悪化した延長", shown(worse.get("悪化"), 1, "－"), "km", "測定のばらつきを除く"),
        (
            "補修までの日数",
            shown(review.pothole_days.median_days, 0, "－"),
            "日",
            f"未補修 {review.pothole_days.open} 件",
        ),
        ("修繕候補区間", f"{len(review.candidates):,}", "件", f"Ⅲへ移行 {len(review.crossings):,} 件"),
    ]


def _cards(review: Review) -> str:
    return "".join(
        f"<div class='card'><b>{escape(name)}</b><strong>{value}<small>{unit}</small></strong>"
        f"<span>{escape(said)}</span></div>"
        for name, value, unit, said in cards(review)
    )


def _coverage(review: Review) -> str:
    months = [(k.period[5:] + "月", k.value) for k in review.kpi if k.kind == "月" and "点検実施延長率" in k.name]
    targets = [k.target for k in review.kpi if "点検実施延長率" in k.name]
    groups = review.coverage.by_office or review.coverage.by_route
    heads = ("区分", "管理延長(km)", "点検済(km)", "未点検(km)", "対象外(km)", "点検実施延長率(%)")
    closed = [f"{name} {km:,.1f} km" for name, km in review.coverage.closed_by_reason_km.items()]
    reasons = f"<p>分母に含めない区間：{escape('、'.join(closed))}</p>" if closed else ""
    chart = month_line(months[-12:], targets[0] if targets else None)
    return f"<h3>月ごとの累計</h3>{chart}{_shown(lengths('', groups), heads)}{reasons}"


def _condition(review: Review) -> str:
    order = [*RATINGS[1:], ""]
    parts = []
    found = review.condition
    for words, groups in (
        ("事務所別", found.by_office),
        ("分類別", found.by_class),
        ("市町村別", found.by_municipality),
        ("路線別（Ⅲの長い順）", found.by_route),
    ):
        longest = sorted(groups.items(), key=lambda item: -item[1].by_rating_km[RATINGS.index("Ⅲ")])
        chosen = dict(longest[:MOST_BARS]) if "路線" in words else groups
        rows = {name: [c.by_rating_km[RATINGS.index(rating)] for rating in order] for name, c in chosen.items()}
        if len(rows) < 2 and "路線" not in words:
            continue  # the whole again
        chart = stacked_bars(
            rows, [RATING_COLORS[each] for each in order], [RATING_WORDS[each] for each in order], "km"
        )
        parts.append(f"<h3>{words}</h3>{chart}" if chart else "")
    means = _means([("全体", found.total), *found.by_class.items(), *found.by_office.items()])
    return swatches({RATING_WORDS[name]: RATING_COLORS[name] for name in order}) + "".join(parts) + means


def _means(groups: Sequence[tuple[str, Condition]]) -> str:
    heads = (
        "区分",
        "ひび割れ率 %",
        "わだち掘れ量 mm",
        "IRI mm/m",
        "MCI",
        *(f"MCI {band} km" for band in MCI_BANDS),
        "ポットホール 件",
    )
    rows = [
        (
            *(escape(name), shown(c.crack_pct), shown(c.rut_mm), shown(c.iri_mm_per_m, 2), shown(c.mci)),
            *(*(shown(km, 1) for km in c.mci_km), f"{c.potholes:,}"),
        )
        for name, c in groups
    ]
    return f"<h3>平均値</h3>{table(heads, rows, range(1, len(heads)))}"


def _map(review: Review) -> str:
    found = network_map(review)
    if found is None:
        return none("地図に描く位置がありません。")
    words = {RATING_WORDS.get(name, name): color for name, color in COLORS.items()}
    return draw_map(found) + swatches({**words, f"{WORSE}した区間": WORSE_COLOR})


def _change(review: Review) -> str:
    change = review.change
    if change is None:
        return none("比較する過年度の結果がありません。")
    by_route = change_by_route(review)
    rows = {str(row[0]): [float(v or 0) for v in row[1:7]] for row in by_route.rows}  # type: ignore[arg-type]
    chosen = dict(sorted(rows.items(), key=lambda item: -item[1][2])[:MOST_BARS])
    chart = stacked_bars(chosen, CHANGE_COLORS, VERDICT_WORDS, "km")
    stretches = worse_stretches(review)
    means = [head.name for head in stretches.heads if "の変化 平均" in head.name]
    first = ("判定", "路線", "方向", "起点", "終点", "延長(m)", "うち悪化(m)", *means, "事務所", "季節")
    parts = [
        f"<h3>路線別（悪化の長い順）</h3>{swatches(dict(zip(VERDICT_WORDS, CHANGE_COLORS, strict=True)))}{chart}",
        f"<h3>悪化区間</h3>{_shown(stretches, first)}",
        "<h3>Ⅲへ移行した区間</h3>",
        _shown(crossings(review), ("路線", "方向", "起点", "終点", "延長(m)", "前回", "確かさ", "事務所")),
        "<h3>劣化速度（年あたり、95 % 信頼区間）</h3>",
        _shown(rates(review), RATE_HEADS),
    ]
    return "".join(parts)


def _fates(review: Review) -> str:
    counts = Counter(each.fate.value for each in review.potholes)
    return f"<p>{escape('、'.join(f'{name} {count:,} 件' for name, count in counts.items()))}</p>" if counts else ""


def _candidates(review: Review) -> str:
    heads = (
        "順位",
        "路線",
        "方向",
        "起点",
        "終点",
        "延長(m)",
        "面積(m2)",
        "区分",
        "MCI",
        "主な指標",
        "候補とする措置",
        "理由",
    )
    names = heads if not any(c.cost is not None for c in review.candidates) else (*heads, "概算(円)", "予算内")
    return _shown(candidates(review), names)


def _shown(whole: Table, names: Sequence[str]) -> str:
    """Some columns of the first rows, and how many rows there are."""
    if not whole.rows:
        return none("該当なし。")
    heads, rows = first_rows(whole, names, MOST_ROWS)
    decimals = {head.name: head.decimals for head in whole.heads}
    numbers = [k for k, name in enumerate(heads) if decimals[name] is not None]
    cells = [[_cell(cell, decimals[name]) for cell, name in zip(row, heads, strict=True)] for row in rows]
    more = f"<p class='hint'>全 {len(whole.rows):,} 件のうち {MOST_ROWS} 件。すべては Excel にあります。</p>"
    said = f"<p class='hint'>{escape(whole.note)}</p>" if whole.note else ""
    return (
        said + table([escape(head) for head in heads], cells, numbers) + (more if len(whole.rows) > MOST_ROWS else "")
    )


def _cell(cell: Cell, decimals: int | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int):
        return f"{cell:,}"
    return escape(cell) if isinstance(cell, str) else shown(round(cell, decimals or 0) + 0.0, decimals or 0)
