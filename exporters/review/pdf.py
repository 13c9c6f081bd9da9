"""全線点検結果とりまとめ_令和N年度.pdf: a few pages to hand round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from exporters.pdf_pages import GREY, INK, MARGIN, PALE, TOP, WIDTH, Box, Color, Pages
from exporters.report.projection import WIDTH as MAP_WIDTH
from exporters.review.change_tables import crossings, rates
from exporters.review.map import COLORS, ORDER, WORSE, WORSE_COLOR, NetworkMap, network_map
from exporters.review.report import cards, managers
from exporters.review.table import Cell, Table, first_rows
from exporters.review.tables import candidates, lengths, patrols, summary
from exporters.svg import RATING_COLORS, RATING_WORDS
from exporters.wording import JST
from pavement.files import whole_file
from pavement.fiscal_year import fiscal_year_days
from pavement.review.review import Review
from pavement.review.rows import RATINGS
from pavement.review.to_json import notes

LINE, SIZE, BOTTOM = 5.4, 8.5, 280.0  #: mm, points, mm
MOST_ROWS = 38
MOST_BARS = 12


def export_pdf(review: Review, out: Path) -> Path:
    """The report in `out`."""
    path = out / f"全線点検結果とりまとめ_{review.label}.pdf"
    day = review.made_on or fiscal_year_days(review.fiscal_year)[1]
    moment = datetime(day.year, day.month, day.day, tzinfo=JST)
    pages = Pages(f"全線点検結果とりまとめ {review.label}", managers(review), moment)
    _front(pages, review)
    _table(pages, "総括", summary(review), None, (84, 18, 40, 40))
    found = network_map(review)
    if found is not None:
        _map_page(pages, found)
    groups = review.coverage.by_office or review.coverage.by_route
    _table(pages, "点検実施延長率", lengths("", groups), None, (58, 24, 24, 24, 24, 28))
    rows: tuple[str, ...]
    if review.change is not None:
        rows = ("路線", "方向", "起点", "終点", "延長(m)", "前回", "確かさ", "事務所")
        _table(pages, "Ⅲへ移行した区間", crossings(review), rows, (40, 14, 22, 22, 18, 14, 26, 26))
        rows = ("指標", "区分", "延長(km)", "1年あたりの変化", "下限(95%)", "上限(95%)", "単位")
        _table(pages, "劣化速度", rates(review), rows, (30, 40, 22, 28, 20, 20, 22))
    rows = ("順位", "路線", "方向", "起点", "終点", "延長(m)", "区分", "MCI", "候補とする措置")
    _table(pages, "修繕候補区間", candidates(review), rows, (11, 34, 12, 20, 20, 16, 11, 12, 46))
    rows = ("巡回", "事務所", "巡回計(km)", "路線", "方向", "起点", "終点", "延長(km)")
    _table(pages, "未点検区間の巡回計画", patrols(review), rows, (12, 26, 22, 42, 14, 22, 22, 22))
    with whole_file(path) as temporary:
        pages.output(str(temporary))
    return path


def _front(pages: Pages, review: Review) -> None:
    """Figures, what to know, diagnosis by office."""
    pages.add_page()
    width, height, y = (WIDTH - 8) / 3, 20.0, TOP
    for k, (name, value, unit, said) in enumerate(cards(review)):
        box = Box(MARGIN + k % 3 * (width + 4), y + k // 3 * (height + 4), width, height)
        pages.frame(box, PALE)
        pages.write_at(box.x + 3, box.y + 5, name, 8, GREY, width - 6)
        pages.write_at(box.x + 3, box.y + 13, f"{value} {unit}", 15, INK, width - 6)
        pages.write_at(box.x + 3, box.y + 18, said, 7, GREY, width - 6)
    y += 2 * (height + 4) + 6
    for words in notes(review):
        pages.write_at(MARGIN, y, f"・{words}", 7.5, GREY, WIDTH)
        y += 4.4
    _bars(pages, review, y + 6)


def _bars(pages: Pages, review: Review, y: float) -> None:
    """Diagnosis by office (by class or route where there is none) as stacked bars."""
    found = review.condition
    groups = found.by_office or found.by_class or found.by_route
    if not groups:
        return
    order = (*RATINGS[1:], "")
    pages.write_at(MARGIN, y, "健全性の診断（延長 km）", 10, INK, WIDTH)
    x = MARGIN + 62
    for name in order:
        pages.frame(Box(x, y - 2.8, 3.2, 3.2), rgb(RATING_COLORS[name]))
        pages.write_at(x + 4.5, y, RATING_WORDS[name], 7, GREY, 34)
        x += 36 if name == "Ⅱ" else 25
    most = max(each.km for each in groups.values())
    for name, each in list(groups.items())[:MOST_BARS]:
        y += 6
        pages.write_at(MARGIN, y + 1.2, name, 8, INK, 34)
        x = MARGIN + 36
        for rating in order:
            km = each.by_rating_km[RATINGS.index(rating)]
            if km > 0:
                pages.frame(Box(x, y - 2, km / most * 125, 4.2), rgb(RATING_COLORS[rating]))
                x += km / most * 125
        pages.write_at(x + 2, y + 1.2, f"{each.km:,.1f}", 7.5, GREY, 20)


def _map_page(pages: Pages, found: NetworkMap) -> None:
    pages.add_page()
    pages.write_at(MARGIN, TOP + 2, "路線網の健全性", 12, INK, WIDTH)
    scale = min(WIDTH / MAP_WIDTH, 215.0 / found.project.height)
    box = Box(MARGIN, TOP + 6, WIDTH, found.project.height * scale)
    pages.frame(box, (251, 251, 249))
    pages.set_line_width(0.35)
    for name in ORDER:
        pages.set_draw_color(*rgb(COLORS[name]))
        for points in found.lines[name]:
            pages.polyline([(box.x + x * scale, box.y + y * scale) for x, y in points.tolist()])
    pages.set_fill_color(*rgb(WORSE_COLOR))
    for across, down in sorted({(round(x), round(y)) for x, y in found.worse}):
        pages.ellipse(box.x + across * scale - 0.4, box.y + down * scale - 0.4, 0.8, 0.8, style="F")
    left, y = MARGIN, box.y + box.h + 6
    for words, color in {**{RATING_WORDS.get(n, n): COLORS[n] for n in ORDER}, f"{WORSE}した区間": WORSE_COLOR}.items():
        pages.frame(Box(left, y - 2.8, 3.2, 3.2), rgb(color))
        pages.write_at(left + 4.5, y, words, 7.5, INK, 40)
        left += pages.width_of(words, 7.5) + 9


def _table(pages: Pages, title: str, table: Table, names: Sequence[str] | None, widths: Sequence[float]) -> None:
    """A table on a page of its own; nothing where it has no rows."""
    if table.rows:
        pages.add_page()
        _lines(pages, title, table, names, widths, TOP + 2)


def _lines(
    pages: Pages, title: str, table: Table, names: Sequence[str] | None, widths: Sequence[float], y: float
) -> None:
    """The first rows that fit, and how many there are."""
    names = names or [head.name for head in table.heads]
    heads, rows = first_rows(table, names, MOST_ROWS)
    decimals = {head.name: head.decimals for head in table.heads}
    pages.write_at(MARGIN, y, title, 11, INK, WIDTH)
    y += 7
    pages.frame(Box(MARGIN, y - 3.8, sum(widths), LINE), PALE)
    _row(pages, heads, [None] * len(heads), widths, y)
    shown = 0
    for row in rows:
        y += LINE
        if y > BOTTOM:
            break
        _row(pages, [_cell(c, decimals[n]) for c, n in zip(row, heads, strict=True)], row, widths, y)
        pages.rule(MARGIN, y + 1.6, MARGIN + sum(widths), y + 1.6)
        shown += 1
    if shown < len(table.rows):
        pages.write_at(MARGIN, min(y + LINE, BOTTOM + 2), f"全 {len(table.rows):,} 件のうち {shown} 件", 7, GREY, WIDTH)


def _row(pages: Pages, cells: Sequence[str], values: Sequence[Cell], widths: Sequence[float], y: float) -> None:
    x = MARGIN
    for cell, value, width in zip(cells, values, widths, strict=True):
        right = isinstance(value, int | float)
        indent = max(width - 2 - pages.width_of(cell, SIZE), 1.0) if right else 1.0
        pages.write_at(x + indent, y, cell, SIZE if values[0] is not None else SIZE - 1, INK, width - 2)
        x += width


def _cell(cell: Cell, decimals: int | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{cell:,.{decimals or 0}f}" if isinstance(cell, float) else str(cell)


def rgb(color: str) -> Color:
    """#rrggbb as numbers.

    >>> rgb("#1f5f8b")
    (31, 95, 139)
    """
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
