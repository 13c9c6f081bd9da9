"""What was not inspected and why, and the patrols to come, as tables."""

from __future__ import annotations

from exporters.review.table import Cell, Head, Table
from exporters.wording import kp_text
from pavement.review.review import Review


def missing(review: Review) -> Table:
    """未点検 with its reason."""
    heads: tuple[Head, ...] = (
        Head("路線", width=20),
        Head("方向", width=6),
        Head("起点", width=10),
        Head("終点", width=10),
    )
    heads += (Head("延長(km)", 3), Head("事務所", width=14), Head("理由", width=18), Head("分母", width=8))
    rows = [
        (
            m.name,
            m.direction.value,
            kp_text(m.from_kp_km),
            kp_text(m.to_kp_km),
            m.km,
            m.office,
            m.reason,
            _counted(m.closed),
        )
        for m in review.coverage.missing
    ]
    return Table("未点検区間", heads, rows, "閉鎖等は理由を付けて分母に含めない。")


def patrols(review: Review) -> Table:
    """The plan: drive by drive what to inspect."""
    heads: tuple[Head, ...] = (
        Head("巡回", 0, 6),
        Head("事務所", width=14),
        Head("巡回計(km)", 1),
        Head("路線", width=20),
    )
    heads += (Head("方向", width=6), Head("起点", width=10), Head("終点", width=10), Head("延長(km)", 2))
    rows = [
        (p.number, p.office, p.km, m.name, m.direction.value, kp_text(m.from_kp_km), kp_text(m.to_kp_km), m.km)
        for p in review.coverage.plan
        for m in p.stretches
    ]
    said = "未点検区間を事務所ごとに1回の巡回で点検できる延長にまとめた案。回送距離は含まない。"
    return Table("巡回計画", heads, rows, said + _left_out(review))


def patrol_routes(review: Review) -> Table:
    """The plan in short: drive by drive the routes and how many kilometres of each."""
    heads: tuple[Head, ...] = (Head("巡回", 0, 6), Head("事務所", width=14), Head("巡回計(km)", 1))
    heads += (Head("路線", width=20), Head("区間数", 0), Head("延長(km)", 1))
    rows: list[tuple[Cell, ...]] = []
    for plan in review.coverage.plan:
        of_route: dict[str, list[float]] = {}
        for each in plan.stretches:
            of_route.setdefault(each.name, []).append(each.km)
        rows += [(plan.number, plan.office, plan.km, name, len(kms), sum(kms)) for name, kms in of_route.items()]
    said = "事務所ごとに1回で点検できる延長にまとめた案。区間ごとの距離標はExcelにあります。"
    return Table("巡回計画", heads, rows, said + _left_out(review))


def _left_out(review: Review) -> str:
    """Remnants that are no reason to drive."""
    left = review.coverage.left_out
    if not left:
        return ""
    km, least = sum(each.km for each in left), review.coverage.least_m
    return f"{least:g} m 未満の端数 {len(left):,} 区間（計 {km:,.2f} km）は計画に含めない（未点検区間には含む）。"


def _counted(closed: bool) -> str:
    return "対象外" if closed else "対象"
