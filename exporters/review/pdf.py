"""全線点検結果とりまとめ_令和N年度.pdf: a few pages to hand round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from exporters.pdf_pages import GREY, INK, MARGIN, PALE, TOP, WIDTH, Box, Color, Pages
from exporters.report.projection import WIDTH as MAP_WIDTH
from exporters.review.change_tables import change_by_route, crossings, potholes, rates, worse_stretches
from exporters.review.kpi_tables import kpi_now
from exporters.review.map import COLORS, ORDER, WORSE, WORSE_COLOR, NetworkMap, network_map
from exporters.review.patrol_tables import patrol_routes
from exporters.review.report import cards, managers
from exporters.review.table import Cell, Table, first_rows
from exporters.review.tables import candidates, conditions, lengths, summary
from exporters.svg import RATING_COLORS, RATING_WORDS
from exporters.wording import JST
from pavement.files import whole_file
from pavement.fiscal_year import fiscal_year_days
from pavement.review.change import Change
from pavement.review.notes import notes
from pavement.review.review import Review
from pavement.review.rows import RATINGS

LINE, SIZE, BOTTOM = 5.4, 8.5, 280.0  #: mm, points, mm
MOST_ROWS = 38  #: of a table
LEAST_ROWS = 6  #: a table that has not room for so many begins on a new page
CONDITION = ("区分", "点検済(km)", "Ⅰ(km)", "Ⅱ(km)", "Ⅲ(km)", "未判定(km)", "Ⅲの率(%)", "ひび割れ率(%)", "MCI")
WORSE_WIDTHS = (22, 40, 12, 22, 22, 16, 20, 28)
CROSSINGS = ("路線", "方向", "起点", "終点", "延長(m)", "前回", "確かさ", "事務所")
RATES = ("指標", "区分", "延長(km)", "1年あたりの変化", "下限(95%)", "上限(95%)", "単位", "年度の数", "求め方")
CANDIDATES = ("順位", "路線", "方向", "起点", "終点", "延長(m)", "区分", "MCI", "候補とする措置")
POTHOLES = ("路線", "方向", "距離標", "状況", "面積(m2)", "初めて発見", "補修", "日数")
MOST_BARS = 12


def export_pdf(review: Review, out: Path) -> Path:
    """The report in `out`."""
    path = out / f"全線点検結果とりまとめ_{review.label}.pdf"
    day = review.made_on or fiscal_year_days(review.fiscal_year)[1]
    moment = datetime(day.year, day.month, day.day, tzinfo=JST)
    pages = Pages(f"全線点検結果とりまとめ {review.label}", managers(review), moment)
    _front(pages, review)
    flow = Flow(pages)
    flow.table("総括", summary(review), None, (104, 18, 30, 30))
    flow.table("指標（KPI）", kpi_now(review), None, (64, 34, 18, 14, 18, 16, 18))
    groups = review.coverage.by_office or review.coverage.by_route
    flow.table("点検実施延長率", lengths("", groups), None, (58, 24, 24, 24, 24, 28))
    kinds = review.condition.by_office or review.condition.by_route
    flow.table("健全性と平均値", conditions("", kinds), CONDITION, (42, 20, 18, 18, 18, 20, 16, 18, 18))
    if review.change is not None:
        flow.table("経年変化（路線別）", change_by_route(review), None, (38, 18, 24, 18, 28, 18, 20, 18))
        flow.table("悪化区間", worse_stretches(review), _worse_heads(review.change), WORSE_WIDTHS)
        flow.table("Ⅲへ移行した区間", crossings(review), CROSSINGS, (40, 14, 22, 22, 18, 14, 26, 26))
        flow.table("劣化速度", rates(review), RATES, (20, 26, 15, 22, 15, 15, 18, 13, 38))
    flow.table("修繕候補区間", candidates(review), CANDIDATES, (11, 34, 12, 20, 20, 16, 11, 12, 46))
    flow.table("ポットホール", potholes(review), POTHOLES, (38, 12, 20, 34, 18, 24, 22, 14))
    flow.table("未点検区間の巡回計画", patrol_routes(review), None, (14, 38, 28, 50, 26, 26))
    with whole_file(path) as temporary:
        pages.output(str(temporary))
    return path


def _worse_heads(change: Change) -> tuple[str, ...]:
    """Columns of 悪化区間 on a page: of the indicators the first one."""
    first = next((each.indicator for each in change.indicators.values()), None)
    told = f"{first.name}の変化 平均({first.unit})" if first else "変化 平均"  # no place was measured in both years
    return ("判定", "路線", "方向", "起点", "終点", "延長(m)", "うち悪化(m)", told)


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
    y = _bars(pages, review, y + 6)
    found = network_map(review)
    if found is not None:
        _map(pages, found, y + 12)


def _bars(pages: Pages, review: Review, y: float) -> float:
    """Diagnosis by office (by route where there is none) as stacked bars; where they end."""
    found = review.condition
    groups = found.by_office or found.by_route
    if not groups:
        return y
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
    return y


def _map(pages: Pages, found: NetworkMap, y: float) -> None:
    """The map below `y` where it is still half as large there as on a page of its own, else on one."""
    whole = min(WIDTH / MAP_WIDTH, 215.0 / found.project.height)
    scale = min(whole, (BOTTOM - 18 - y) / found.project.height)
    if scale < 0.5 * whole:
        pages.add_page()
        scale, y = whole, TOP + 2
    pages.write_at(MARGIN, y, "路線網の健全性", 10, INK, WIDTH)
    box = Box(MARGIN, y + 4, MAP_WIDTH * scale, found.project.height * scale)
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


class Flow:
    """Tables one below the other; what does not fit goes on the next page."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._y = BOTTOM  #: the next line; at the bottom: a page is to come

    def table(self, title: str, whole: Table, names: Sequence[str] | None, widths: Sequence[float]) -> None:
        """The first rows, and how many there are; nothing where there are none."""
        if not whole.rows:
            return
        heads, rows = first_rows(whole, names or [head.name for head in whole.heads], MOST_ROWS)
        decimals = {head.name: head.decimals for head in whole.heads}
        numbers = [decimals[name] is not None for name in heads]
        if self._y + (min(len(rows), LEAST_ROWS) + 4) * LINE > BOTTOM:
            self._page()
        self._pages.write_at(MARGIN, self._y, title, 11, INK, WIDTH)
        if whole.note and self._pages.width_of(whole.note, 6.8) <= 1.1 * WIDTH:
            self._y += 4.6
            self._pages.write_at(MARGIN, self._y, whole.note, 6.8, GREY, WIDTH)
        self._y += 6.4
        self._heads(heads, numbers, widths)
        for row in rows:
            self._y += LINE
            if self._y > BOTTOM:
                self._page()
                self._heads(heads, numbers, widths)
                self._y += LINE
            cells = [_cell(c, decimals[n]) for c, n in zip(row, heads, strict=True)]
            _row(self._pages, cells, numbers, widths, self._y, SIZE)
            self._pages.rule(MARGIN, self._y + 1.6, MARGIN + sum(widths), self._y + 1.6)
        if len(rows) < len(whole.rows):
            self._y += LINE
            said = f"全 {len(whole.rows):,} 件のうち {len(rows)} 件。すべては Excel にあります。"
            self._pages.write_at(MARGIN, self._y, said, 7, GREY, WIDTH)
        self._y += 12

    def _page(self) -> None:
        self._pages.add_page()
        self._y = TOP + 2

    def _heads(self, heads: Sequence[str], numbers: Sequence[bool], widths: Sequence[float]) -> None:
        self._pages.frame(Box(MARGIN, self._y - 3.8, sum(widths), LINE), PALE)
        _row(self._pages, heads, numbers, widths, self._y, SIZE - 1)


def _row(
    pages: Pages, cells: Sequence[str], numbers: Sequence[bool], widths: Sequence[float], y: float, size: float
) -> None:
    x = MARGIN
    for cell, right, width in zip(cells, numbers, widths, strict=True):
        indent = max(width - 2 - pages.width_of(cell, size), 1.0) if right else 1.0
        pages.write_at(x + indent, y, cell, size, INK, width - 2)
        x += width


def _cell(cell: Cell, decimals: int | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{round(cell, decimals or 0) + 0.0:,.{decimals or 0}f}" if isinstance(cell, float) else str(cell)


def rgb(color: str) -> Color:
    """#rrggbb as numbers.

    >>> rgb("#1f5f8b")
    (31, 95, 139)
    """
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
