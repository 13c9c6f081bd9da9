"""What became of roads and potholes since an earlier year, as tables."""

from __future__ import annotations

from collections.abc import Mapping

from exporters.review.table import Cell, Head, Table
from exporters.wording import kp_text
from pavement.fiscal_year import fiscal_year_label
from pavement.review.building import road_words
from pavement.review.change import VERDICT_WORDS, Change, Verdict
from pavement.review.pothole import Fate, PotholeFate
from pavement.review.review import Review
from pavement.review.to_json import verdict_km
from pavement.road import RoadKey

#: what has to be done first
FATES = (Fate.AGAIN, Fate.GROWN, Fate.STILL, Fate.UNSEEN, Fate.NEW, Fate.FIRST, Fate.VANISHED, Fate.REPAIRED)


def change_by_route(review: Review) -> Table:
    """Kilometres by verdict and route."""
    change = review.change
    assert change is not None
    km = review.blocks.length_m / 1000
    heads: tuple[Head, ...] = (
        Head("路線", width=20),
        *(Head(f"{word}(km)", 2, 18) for word in VERDICT_WORDS),
        Head("季節が異なる(km)", 2, 16),
    )
    rows: list[tuple[Cell, ...]] = []
    for code, name in enumerate(review.blocks.names):
        members = review.blocks.road == code
        other = members & ~change.same_season & (change.verdict != Verdict.NOT_COMPARED)
        rows.append((name, *verdict_km(change, km, members).values(), float(km[other].sum())))
    return Table(
        "経年変化_路線別",
        heads,
        rows,
        f"{_span(change)}。20 m ブロックごとの判定の集計。",
    )


def worse_stretches(review: Review) -> Table:
    """Stretches that became worse for sure, and suspected ones."""
    assert review.change is not None
    heads = [Head("判定", width=12), Head("路線", width=20), Head("方向", width=6)]
    heads += [Head("起点", width=10), Head("終点", width=10), Head("延長(m)", 0), Head("うち悪化(m)", 0, 13)]
    heads += [Head("うち疑い(m)", 0, 13)]
    for one in review.change.indicators.values():
        words, unit = one.indicator.name, one.indicator.unit
        heads += [Head(f"{words}の変化 平均({unit})", 1, 27), Head(f"{words}の変化 最大({unit})", 1, 27)]
    heads += [Head("事務所", width=14), Head("市町村", width=14), Head("季節", width=14)]
    rows: list[tuple[Cell, ...]] = [
        (
            *(each.verdict, each.name, each.direction.value, kp_text(each.from_kp_km), kp_text(each.to_kp_km)),
            *(each.length_m, each.worse_m, each.suspect_m),
            *(None if v is None else round(v, 1) + 0.0 for one in each.changes for v in (one.mean, one.most)),
            *(each.office, each.municipality, "" if each.same_season else "季節が異なる"),
            *(each.lonlat[1], each.lonlat[0]),
        )
        for each in review.worse
    ]
    said = f"隣り合うブロックを1つの区間にまとめたもの（最長 {review.settings.work.greatest_length_m:,.0f} m）。"
    said += "変化：年度間の偏りと位置ずれを除き、前後のブロックと合わせて見積もった推定値。"
    return Table(
        "悪化区間",
        [*heads, Head("起点緯度", 6), Head("起点経度", 6)],
        rows,
        said + "判定ごとに変化の大きい順。ブロックごとの値はGISファイル（worse_blocks）にある。",
    )


def crossings(review: Review) -> Table:
    """Sections that came to Ⅲ."""
    heads: tuple[Head, ...] = (
        Head("路線", width=20),
        Head("方向", width=6),
        Head("起点", width=10),
        Head("終点", width=10),
        Head("延長(m)", 0),
    )
    heads += (
        Head("事務所", width=14),
        Head("前回", width=6),
        Head("確かさ", width=16),
        Head("悪化ブロック(個)", 0, 15),
        Head("比較ブロック(個)", 0, 15),
    )
    rows = [
        (
            *(c.name, c.direction.value, kp_text(c.from_kp_km), kp_text(c.to_kp_km), c.length_m, c.office),
            *(c.before, c.certainty, c.worse_blocks, c.blocks),
        )
        for c in review.crossings
    ]
    return Table(
        "Ⅲへ移行した区間",
        heads,
        rows,
        "確かさ：悪化と判定したブロックを含むか。「ばらつきの範囲」は測定の差で説明できるもの。",
    )


def rates(review: Review) -> Table:
    """劣化速度."""
    heads: tuple[Head, ...] = (Head("指標", width=16), Head("区分", width=22), Head("ブロック", 0), Head("延長(km)", 1))
    heads += (Head("1年あたりの変化", 2, 16), Head("下限(95%)", 2), Head("上限(95%)", 2), Head("単位", width=12))
    heads += (Head("年度の数", 0, 9), Head("求め方", width=46))
    rows = [
        (
            *(r.indicator, r.group, r.blocks, r.km, r.per_year, r.low, r.high, f"{r.unit}/年", r.years),
            "各ブロックの回帰直線（年度間の偏りは区間に含む）"
            if r.years > 2
            else "網全体の中央値との差（全体に一様な劣化は含まない）"
            if r.relative
            else "2年度の差（新しい舗装で偏りを除く）",
        )
        for r in review.rates
    ]
    return Table("劣化速度", heads, rows, "修繕済の区間を除く。2年度の差と3年度以上の直線とは求め方が違う。")


def potholes(review: Review) -> Table:
    """Potholes with their fate."""
    heads: tuple[Head, ...] = (
        Head("番号", width=26),
        Head("路線", width=20),
        Head("方向", width=6),
        Head("距離標", width=10),
    )
    heads += (
        Head("状況", width=24),
        Head("面積(m2)", 2),
        Head("前回(m2)", 2),
        Head("前回の年度", width=11),
        Head("初めて発見", width=12),
        Head("補修", width=12),
    )
    heads += (Head("日数", 0), Head("事務所", width=14), Head("緯度", 6), Head("経度", 6))
    names = dict(zip(review.segments.roads, review.segments.names, strict=True))
    order = sorted(review.potholes, key=lambda each: (FATES.index(each.fate), -(each.pothole.area_m2 or 0.0)))
    rows = [_pothole(each, names) for each in order]
    said = "同じ番号、または地上の同じ位置（12 m 以内、同じ進行方向）のものを同じとみなし、過年度すべてと比べる。"
    return Table("ポットホール", heads, rows, said + "自動検出の候補を含む。")


def _pothole(one: PotholeFate, names: Mapping[RoadKey, str]) -> tuple[Cell, ...]:
    p, fate, before = one.pothole, one.fate, one.before_m2
    days = (p.repaired_on - p.found_on).days if p.repaired_on and p.found_on else None
    road = (p.id, names.get(p.road) or road_words(p.road, ""), p.direction.value, kp_text(p.kp_km))
    seen_in = fiscal_year_label(one.seen_in) if one.seen_in else None
    return (*road, fate.value, p.area_m2, before, seen_in, p.found_on, p.repaired_on, days, p.office, p.lat, p.lon)


def _span(change: Change) -> str:
    return f"{fiscal_year_label(change.then_year)}から{fiscal_year_label(change.now_year)}"
