"""report.html: one file, nothing from outside, nothing unescaped, nothing claimed that was not measured."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from exporters import EXPORTERS
from exporters.report import export_report, render_report
from exporters.svg import nice_step
from pavement.segment import Flag
from tests.exporters.builders import empty_survey, make_segment, make_survey

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Balance(HTMLParser):
    """Checks that every element is closed, and collects what the page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_refers_to_nothing_outside(tmp_path: Path) -> None:
    (path,) = export_report(make_survey(tmp_path), tmp_path)
    page = Balance()
    page.feed(path.read_text("utf-8"))
    assert page.open == []
    assert page.references
    assert all(reference.startswith("data:image/jpeg;base64,") for reference in page.references)
    assert not re.search(r"https?://|@import|<script", path.read_text("utf-8"))


def test_the_page_says_what_was_found(tmp_path: Path) -> None:
    page = render_report(make_survey(tmp_path))
    for words in (
        "令和8年度",
        "112K500～112K600",
        "少なくともⅡ",
        "ポットホール",
        "画像が壊れている",
        "ぶれ・ぼけ",
        "1.32",
    ):
        assert words in page
    assert "&lt;髙田&gt;線" in page
    assert "<髙田>" not in page
    assert "測位 &lt;3 点&gt; を除いた" in page


def test_rut_and_iri_panels_stand_only_where_measured() -> None:
    cracks_only = make_survey(segments=[make_segment()])
    assert "未測定: わだち掘れ量・IRI" in render_report(cracks_only)
    assert "IRI</text>" not in render_report(cracks_only)
    assert "IRI</text>" in render_report(make_survey(segments=[make_segment(iri_mm_per_m=2.0)], blocks=[]))


def test_a_segment_without_diagnosis_is_never_drawn_as_sound() -> None:
    sound_looking = make_segment(crack_pct=3.0, rating=None, flags=(Flag.REVIEW,))
    page = render_report(make_survey(segments=[sound_looking], blocks=[]))
    drawn = page[page.index("<svg viewBox") :]
    legend = "<i style='background:#009e73'></i>Ⅰ 健全"
    assert "#009e73" not in drawn.replace(legend, "")


def test_a_long_road_is_drawn_in_rows() -> None:
    segments = [make_segment(round(100 + i / 10, 1)) for i in range(120)]  # 12 km: 5 + 5 + 2
    assert render_report(make_survey(segments=segments, blocks=[])).count("<figure>") == 3


def test_an_empty_survey_has_a_report() -> None:
    page = render_report(empty_survey())
    for words in ("判定する区間がありません", "地図に描く位置がありません", "除外した画像はありません"):
        assert words in page


def test_run_may_say_nothing() -> None:
    assert "記録なし" in render_report(replace(make_survey(), run={}))


@pytest.mark.parametrize(("span", "most", "step"), [(2, 12, 0.2), (0.1, 12, 0.01), (5, 12, 0.5), (950, 4, 500)])
def test_steps_are_round(span: float, most: int, step: float) -> None:
    assert nice_step(span, most) == step


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_exporter_takes_an_empty_survey_and_names_whole_files(tmp_path: Path, name: str) -> None:
    paths = EXPORTERS[name](empty_survey(), tmp_path)
    assert paths
    assert all(path.stat().st_size for path in paths)
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]
