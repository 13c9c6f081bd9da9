"""Renders guide.md as two A4 pages: `make guide`. The few marks of Markdown that it uses are read here."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from fpdf import FPDF

from exporters.fonts import font_file

SOURCE = Path(__file__).with_name("guide.md")
FONT = "IPAexGothic"
INK, BLUE, GREY, LINE = (30, 30, 30), (20, 70, 130), (240, 243, 246), (190, 198, 206)
MARGIN, WIDTH, STEP = 13.0, 184.0, 5.05  #: mm
SIZE, SMALL = 9.9, 8.6  #: points
SECOND_PAGE = "5"  #: the section that begins it
#: what is not broken: Latin words and names of files; a sign that begins no line stays with what is before it
WORDS = re.compile(r"[!-~]+[、。）」]*|[（「]?.[、。）」ー]*")
PAD = (0.2, 1.2)  #: mm, of a table's cell
LABEL = 46.0  #: mm, the first column of a table


class Guide(FPDF):
    """A4 with page numbers."""

    def footer(self) -> None:
        """The page's number."""
        self.set_y(-9)
        self.set_font(FONT, size=7)
        self.set_text_color(*INK)
        self.cell(0, 4, f"{self.page_no()} / 2", align="C")


def render(text: str) -> Guide:
    """The guide as a PDF."""
    pdf = Guide(format="A4")
    pdf.add_font(FONT, fname=str(font_file()))
    pdf.add_font(FONT, "B", str(font_file()))
    pdf.set_auto_page_break(auto=True, margin=11)
    pdf.set_margins(MARGIN, 10, MARGIN)
    pdf.c_margin = 0.0
    pdf.set_title("舗装点検システム 運用の手引き")
    pdf.add_page()
    before = ""
    for kind, body in blocks(text):
        pdf.set_text_color(*INK)
        pdf.set_x(MARGIN)
        draw(pdf, "names" if kind == "row" != before else kind, body)
        before = kind
    return pdf


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of every block of the source, in order."""
    code: list[str] | None = None
    for line in text.splitlines():
        if line.startswith("```"):
            if code is not None:
                yield "code", "\n".join(code)
            code = [] if code is None else None
        elif code is not None:
            code.append(line)
        elif found := re.match(r"(#{1,2}|-|\d+\.|\|) ?(.*)", line):
            mark, body = found.groups()
            yield {"#": "title", "##": "head", "-": "point", "|": "row"}.get(mark, mark), body
        elif line.strip():
            yield "text", line


def draw(pdf: Guide, kind: str, body: str) -> None:
    """One block below the last."""
    pdf.set_font(FONT, size=SIZE)
    match kind:
        case "title":
            pdf.set_text_color(*BLUE)
            pdf.set_font(FONT, size=15)
            pdf.cell(WIDTH, 9, body, new_x="LMARGIN", new_y="NEXT")
        case "head":
            if body.startswith(SECOND_PAGE):
                pdf.add_page()
            pdf.ln(2.2)
            pdf.set_fill_color(*BLUE)
            pdf.set_text_color(255, 255, 255)
            pdf.set_font(FONT, size=11)
            pdf.cell(WIDTH, 6.2, f" {body}", fill=True, new_x="LMARGIN", new_y="NEXT")
            pdf.ln(0.8)
        case "code":
            pdf.set_font(FONT, size=SMALL)
            pdf.set_fill_color(*GREY)
            pdf.set_x(MARGIN + 6)
            pdf.multi_cell(
                WIDTH - 6, STEP, body, fill=True, align="L", new_x="LMARGIN", new_y="NEXT", padding=(0.5, 1.5)
            )
            pdf.ln(0.5)
        case "row" | "names":
            row(pdf, kind == "names", [each.strip() for each in body.strip().removesuffix("|").split("|")])
        case "text":
            write(pdf, MARGIN, body)
        case _:
            pdf.cell(5, STEP, "・" if kind == "point" else kind, align="R")
            write(pdf, MARGIN + 6, body)


def write(pdf: Guide, left: float, body: str) -> None:
    """A paragraph from `left` (mm) to the right margin; **…** in blue."""
    pdf.set_x(left)
    for number, part in enumerate(body.split("**")):
        pdf.set_text_color(*(BLUE if number % 2 else INK))
        for word in WORDS.findall(part):
            if pdf.get_x() + pdf.get_string_width(word) > MARGIN + WIDTH:
                pdf.ln(STEP)
                pdf.set_x(left)
            pdf.cell(pdf.get_string_width(word), STEP, word)
    pdf.ln(STEP + 0.4)


def row(pdf: Guide, names: bool, cells: list[str]) -> None:
    """A table's row: a narrow column or two, the rest in the last; `names`: of the columns."""
    widths = [LABEL, WIDTH - 6 - LABEL] if len(cells) == 2 else [16.0, 42.0, WIDTH - 64]
    pdf.set_font(FONT, size=SMALL + 0.3)
    pdf.set_draw_color(*LINE)
    pdf.set_fill_color(*GREY)
    heights = [
        len(pdf.multi_cell(width, STEP, cell, dry_run=True, output="LINES", padding=PAD)) * STEP + 0.6
        for width, cell in zip(widths, cells, strict=True)
    ]
    top, left = pdf.get_y(), MARGIN + 6
    if pdf.will_page_break(max(heights)):
        pdf.add_page()
        top = pdf.get_y()
    for width, cell in zip(widths, cells, strict=True):
        pdf.set_xy(left, top)
        pdf.rect(left, top, width, max(heights), style="DF" if names else "D")
        pdf.multi_cell(width, STEP, cell, align="L", new_x="RIGHT", new_y="TOP", padding=PAD)
        left += width
    pdf.set_xy(MARGIN, top + max(heights))


if __name__ == "__main__":
    out = Path(sys.argv[1])
    made = render(SOURCE.read_text(encoding="utf-8"))
    made.output(str(out))
    print(f"{out} ({made.page_no()} pages)")
