"""The review's tables as values: the book has all their rows, report and PDF the first ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from exporters.review.change_tables import change_by_route, crossings, potholes, rates, worse_stretches
from exporters.review.kpi_tables import kpi
from exporters.review.patrol_tables import missing, patrols
from exporters.review.table import Cell, Head, Table
from exporters.wording import kp_text
from pavement.fiscal_year import fiscal_year_label
from pavement.inspected_length import InspectedLength
from pavement.review.change import VERDICT_WORDS
from pavement.review.condition import MCI_BANDS, Condition
from pavement.review.notes import accuracy_words, notes
from pavement.review.review import Review
from pavement.review.rows import RATINGS
from pavement.review.to_json import verdict_km


def all_tables(review: Review) -> list[Table]:
    """The sheets of the book, in their order."""
    condition, coverage = review.condition, review.coverage
    groups = [
        lengths("点検実施_事務所別", coverage.by_office),
        lengths("点検実施_路線別", coverage.by_route),
        lengths("点検実施_市町村別", coverage.by_municipality),
        lengths("点検実施_分類別", coverage.by_class),
        conditions("健全性_事務所別", condition.by_office),
        conditions("健全性_路線別", condition.by_route),
        conditions("健全性_市町村別", condition.by_municipality),
        conditions("健全性_分類別", condition.by_class),
    ]
    tables = [
        summary(review),
        *(each for each in groups if each.rows),  # a network without offices needs no empty sheet of them
        kpi(review),
        candidates(review),
        missing(review),
        patrols(review),
    ]
    if review.change is not None:
        tables += [change_by_route(review), worse_stretches(review), crossings(review), rates(review)]
    return [*tables, potholes(review), legend(review)]


def summary(review: Review) -> Table:
    """総括: the figures that people ask for first, beside those of the year before."""
    total, before = review.condition.total, review.condition_before.total if review.condition_before else None
    length = review.coverage.total
    rows: list[tuple[Cell, ...]] = [
        ("管理延長（上下線計、閉鎖区間を除く）", "km", length.network_m / 1000, None),
        ("点検済延長", "km", length.inspected_m / 1000, before.km if before else None),
        ("未点検延長", "km", length.uninspected_m / 1000, None),
        ("閉鎖等で対象外の延長", "km", length.closed_m / 1000, None),
        ("点検実施延長率", "%", length.share_pct, _before(review, "点検実施延長率")),
        ("上下線とも点検した延長の率", "%", review.coverage.both_directions_pct, _before(review, "上下線とも")),
    ]
    rows += [(f"健全性 {name} の延長", "km", _rating_km(total, name), _rating_km(before, name)) for name in RATINGS[1:]]
    rows.append(("判定できない延長（要確認）", "km", total.by_rating_km[0], before.by_rating_km[0] if before else None))
    rows += [
        (
            f"健全性 {name} の率（判定できた延長に対する）",
            "%",
            total.share_pct(name),
            before.share_pct(name) if before else None,
        )
        for name in RATINGS[1:]
    ]
    rows += [
        (f"MCI {band} の延長", "km", km, before.mci_km[k] if before else None)
        for k, (band, km) in enumerate(zip(MCI_BANDS, total.mci_km, strict=True))
    ]
    names = (("平均ひび割れ率", "%", "crack_pct"), ("平均わだち掘れ量", "mm", "rut_mm"))
    for words, unit, name in (*names, ("平均IRI", "mm/m", "iri_mm_per_m"), ("平均MCI", "", "mci")):
        rows.append((words, unit, getattr(total, name), getattr(before, name) if before else None))
    rows += [
        (
            "ポットホール（今年度に確認、誤検出を除く、自動検出の候補を含む）",
            "件",
            review.pothole_days.repaired + review.pothole_days.open,
            None,
        ),
        ("発見から補修までの日数（中央値）", "日", review.pothole_days.median_days, None),
        ("修繕候補区間", "件", len(review.candidates), None),
        ("Ⅲへ移行した区間（0.1 km）", "件", len(review.crossings) if review.before else None, None),
    ]
    if review.change is not None:
        sums = verdict_km(review.change, review.blocks.length_m / 1000, np.ones(len(review.blocks), bool))
        rows += [(f"過年度からの変化：{name}", "km", sums[name], None) for name in VERDICT_WORDS]
        sure = sum(each.verdict == "悪化" for each in review.worse)
        rows += [("悪化区間", "件", sure, None), ("悪化の疑いの区間", "件", len(review.worse) - sure, None)]
    earlier = "前回" if review.before is None else fiscal_year_label(review.before.fiscal_year)
    heads: tuple[Head, ...] = (
        Head("項目", width=44),
        Head("単位", width=8),
        Head(review.label, 2, 14),
        Head(earlier, 2, 14),
    )
    said = "空欄は測定していない、または分からないもの（0ではない）。"
    return Table("総括", heads, rows, said + "".join(accuracy_words(review)))


def lengths(title: str, groups: Mapping[str, InspectedLength]) -> Table:
    """点検実施延長率 by group."""
    heads: tuple[Head, ...] = (
        Head("区分", width=28),
        *(Head(n, 2, 16) for n in ("管理延長(km)", "点検済(km)", "未点検(km)", "対象外(km)")),
    )
    rows = [
        (name, e.network_m / 1000, e.inspected_m / 1000, e.uninspected_m / 1000, e.closed_m / 1000, e.share_pct)
        for name, e in groups.items()
    ]
    return Table(
        title, (*heads, Head("点検実施延長率(%)", 1, 18)), rows, "延長は上下線の合計。閉鎖区間は分母に含めない。"
    )


def conditions(title: str, groups: Mapping[str, Condition]) -> Table:
    """Lengths by diagnosis and MCI, and means."""
    order = (1, 2, 3, 0)
    heads = [Head("区分", width=28), Head("点検済(km)", 2)]
    heads += [Head(f"{RATINGS[k] or '未判定'}(km)", 2) for k in order] + [Head("Ⅲの率(%)", 1)]
    heads += [Head(f"MCI {name}(km)", 2, 15) for name in MCI_BANDS]
    heads += [Head("ひび割れ率(%)", 1, 14), Head("わだち掘れ量(mm)", 1, 16), Head("IRI(mm/m)", 2), Head("MCI", 1, 8)]
    rows = [
        (
            *(name, e.km, *(e.by_rating_km[k] for k in order), e.share_pct("Ⅲ"), *e.mci_km),
            *(e.crack_pct, e.rut_mm, e.iri_mm_per_m, e.mci, e.potholes),
        )
        for name, e in groups.items()
    ]
    said = "Ⅲの率は判定できた延長に対する率。平均は延長で重みを付けたもの。ポットホールは点検済の区間のもの。"
    return Table(title, [*heads, Head("ポットホール(件)", 0, 15)], rows, said)


def candidates(review: Review) -> Table:
    """修繕候補区間, the most urgent first."""
    heads: tuple[Head, ...] = (
        Head("順位", 0, 6),
        Head("路線", width=20),
        Head("方向", width=6),
        Head("起点", width=10),
        Head("終点", width=10),
    )
    heads += (
        Head("延長(m)", 0),
        Head("うちⅢ(m)", 0),
        Head("面積(m2)", 0),
        Head("事務所", width=14),
        Head("市町村", width=14),
    )
    heads += (Head("区分", width=6), Head("MCI", 1, 7), Head("ひび割れ率(%)", 1, 14), Head("わだち掘れ量(mm)", 1, 16))
    heads += (
        Head("IRI(mm/m)", 2),
        Head("主な指標", width=14),
        Head("候補とする措置", width=36),
        Head("理由", width=56),
    )
    heads += (Head("舗設後年数", 1, 11), Head("使用目標年数", 0, 12), Head("悪化", width=6), Head("概算(円)", 0, 14))
    heads += (Head("予算内", width=8), Head("幅員", width=8))
    rows = [
        (
            *(c.rank, c.name, c.direction.value, kp_text(c.from_kp_km), kp_text(c.to_kp_km), c.length_m, c.repair_m),
            *(c.area_m2, c.office, c.municipality, c.rating, c.mci, c.crack_pct, c.rut_mm, c.iri_mm_per_m),
            *(c.indicator, c.work, c.reason, c.age_years, c.design_life_years, "悪化" if c.worse else "", c.cost),
            *({True: "○", False: "×", None: ""}[c.within_budget], "仮定" if c.width_assumed else ""),
        )
        for c in review.candidates
    ]
    said = "Ⅲは詳細調査（FWD・コア）のうえで工法を決める。単価・予算は設定（review.toml）によるもので、未設定は空欄。"
    said += f"長い区間は {review.settings.work.greatest_length_m:,.0f} m 以下に分けた。"
    said += "点検の後に工事のあった区間は含めない。"
    return Table("修繕候補区間", heads, rows, said)


def legend(review: Review) -> Table:
    """How to read it."""
    change = review.settings.change
    rows: list[tuple[Cell, ...]] = [("注意", words) for words in notes(review)]
    rows += [
        ("採用", "1つの年度に複数回走った区間は、有効性・鮮明さ・季節・日付の順で最もよい走行を採用する。"),
        ("点検済", "有効測定率が設定値以上の区間。点検実施延長率は点検済延長÷（管理延長−閉鎖等の延長）。"),
        ("比較", "20 m ブロックの比較には、同じ季節の有効な走行が複数あればその平均を用いる。"),
        ("悪化", f"誤りの割合（FDR）が平均 {100 * change.most_wrong:g} % 以下となるブロック。"),
        ("悪化の疑い", f"変化のないブロックのうち平均 {100 * change.most_alarms:g} % までが含まれる。再点検の対象。"),
        ("修繕済", "前回と今回の点検の間に舗装工事履歴（舗設・補修）がある。劣化速度に含めない。"),
        ("出典", review.source),
    ]
    return Table("凡例", (Head("語", width=14), Head("意味", width=110)), rows)


def _before(review: Review, name: str) -> float | None:
    """A KPI of the whole year that this one is compared with, on today's network."""
    label = None if review.before is None else fiscal_year_label(review.before.fiscal_year)
    return next(
        (k.value for k in review.kpi if k.kind == "年度" and k.period == label and k.name.startswith(name)), None
    )


def _rating_km(condition: Condition | None, name: str) -> float | None:
    return None if condition is None else condition.by_rating_km[RATINGS.index(name)]
