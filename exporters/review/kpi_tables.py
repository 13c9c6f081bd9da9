"""KPI as tables: all periods for the book, where each series stands now for report and PDF."""

from __future__ import annotations

from exporters.review.table import Cell, Head, Table
from pavement.review.kpi import Kpi
from pavement.review.review import Review

KINDS = ("年度", "四半期", "月")


def kpi(review: Review) -> Table:
    """KPI series; periods without any value are left out."""
    heads: tuple[Head, ...] = (
        Head("指標", width=44),
        Head("単位", width=8),
        Head("種別", width=8),
        Head("期間", width=20),
    )
    heads += (
        Head("値", 2),
        Head("前期からの増減", 2, 15),
        Head("目標", 2),
        Head("指数(目標=100)", 1, 15),
        Head("速報", width=6),
    )
    rows = [
        (e.name, e.unit, e.kind, e.period, e.value, e.change, e.target, e.index, "速報" if e.provisional else "")
        for e in review.kpi
        if e.value is not None
    ]
    said = "率は各年度4月1日からの累計。前期の値がない期間の増減は空欄。"
    said += "費用は年度のみで、自前の走行で点検した延長（上下線計）に対する額。"
    return Table("KPI", heads, rows, said)


def kpi_now(review: Review) -> Table:
    """The newest period with a value of each series, by 年度, quarter and month."""
    heads: tuple[Head, ...] = (Head("指標", width=44), Head("期間", width=20), Head("値", 1), Head("単位", width=8))
    heads += (Head("前期からの増減", 1, 15), Head("目標", 1), Head("指数(目標=100)", 0, 15))
    newest: dict[tuple[str, str], Kpi] = {}
    for each in review.kpi:
        if each.value is not None:
            newest[each.name, each.kind] = each
    names = list(dict.fromkeys(each.name for each in review.kpi))
    found = [newest[name, kind] for name in names for kind in KINDS if (name, kind) in newest]
    rows: list[tuple[Cell, ...]] = [
        (
            *(e.name, e.period + ("（途中）" if e.provisional else ""), e.value, e.unit),
            *(e.change, e.target, e.index),
        )
        for e in found
    ]
    return Table(
        "KPI", heads, rows, "目標を100とした指数（100以上で達成）。月・四半期・年度のすべてはExcelとkpi.csvにあります。"
    )
