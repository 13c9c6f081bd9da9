"""report.html: one file, nothing from outside, nothing unescaped, nothing claimed that was not measured."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from exporters import EXPORTERS
from exporters.report import export_report, render_report
from exporters.report.figures import quantile
from exporters.report.layout import bars_of, layout_of
from exporters.report.limits import rules_of
from exporters.report.worst import severity
from exporters.svg import nice_step
from pavement.drive import Notice
from pavement.rating import Rules
from pavement.road import Direction
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
    assert all(reference.startswith(("data:image/jpeg;base64,", "#")) for reference in page.references)
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


def test_everything_is_estimated_until_a_comparison_is_passed() -> None:
    page = render_report(make_survey())
    assert "すべて推定です" in page
    assert page.count("未実施 → <b>推定</b>") == 5
    check = {"crack_pct": {"passed": True, "against": "測定車", "detection_pct": 85}, "rut_mm": {"passed": False}}
    page = render_report(make_survey(run={"accuracy_check": check}))
    assert "精度確認に合格した指標: ひび割れ率。ほかの値は推定です。" in page
    assert "<b>合格</b><br>比較対象 測定車<br>検出率 85 %" in page
    assert "不合格 → <b>推定</b>" in page


def test_the_limits_are_those_of_the_run() -> None:
    table = {"crack_pct": [15.0, 35.0], "rut_mm": [25.0, 25.0], "iri_mm_per_m": [3.0, 8.0], "min_coverage_pct": 70.0}
    run = {"settings": {"rules": {"default": table, "by_manager": {"青森県": {**table, "crack_pct": [11.0, 33.0]}}}}}
    assert rules_of({}) == Rules()
    assert rules_of(run).by_manager["青森県"].crack_pct == (11.0, 33.0)
    page = render_report(make_survey(run=run))
    assert ">33</text>" in page
    assert "70 % 以上(Ⅰと判定できる)" in page


def test_worst_is_what_lies_farthest_beyond_its_limit() -> None:
    cracked, rutted = make_segment(crack_pct=45.0, rating="Ⅲ"), make_segment(112.6, rut_mm=70.0, rating="Ⅲ")
    ranks = [severity(segment, Rules(), {}) for segment in (make_segment(), cracked, rutted)]
    assert ranks == sorted(ranks)


def test_notices_of_the_network_stand_with_the_positions() -> None:
    told = [Notice("network", "距離標 <620K> の間隔"), Notice("drive-1/track.gpx", "測位の欠落")]
    page = render_report(make_survey(notices=told))
    positions, drives = page.index('id="positions"'), page.index("走行データのお知らせ")
    assert positions < page.index("距離標 &lt;620K&gt; の間隔") < drives < page.index("測位の欠落", drives)


def test_a_network_is_drawn_compactly_and_grows_slowly() -> None:
    """2,400 segments: under 400 bytes each, both directions of 20 km in one figure."""
    down = [make_segment(round(100 + i / 10, 1), rut_mm=5.0, iri_mm_per_m=2.0) for i in range(1200)]
    up = [replace(segment, direction=Direction.UP) for segment in down]
    survey = make_survey(segments=[*down, *up], blocks=[], defects=[])
    layout = layout_of(survey)
    assert (layout.row_km, layout.together) == (20.0, 1)
    page = render_report(survey)
    assert page.count("<figure class='pair'>") == 6
    glyphs = page.index("format('woff')")
    assert len(page) - glyphs < 400 * len(survey.segments)


def test_bars_of_several_segments_show_the_worst() -> None:
    segments = [make_segment(112.5, crack_pct=None), make_segment(112.6, crack_pct=30.0), make_segment(112.9)]
    first, second = bars_of(segments, 2)
    assert (first.low, first.high, first.crack_pct) == (112.5, 112.7, 30.0)
    assert (second.low, second.rut_mm) == (112.9, None)


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_a_value_that_the_share_does_not_exceed(values: list[float], share: float) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


def test_the_page_carries_the_glyphs_that_it_needs() -> None:
    page = render_report(empty_survey())
    data = re.search(r"font/woff;base64,([^']+)'", page)
    assert data is not None
    with TTFont(io.BytesIO(base64.b64decode(data[1]))) as font:
        assert set(map(ord, "舗装点検結果報告Ⅰ")) <= set(font.getBestCmap())


@pytest.mark.parametrize(("span", "most", "step"), [(2, 12, 0.2), (0.1, 12, 0.01), (5, 12, 0.5), (950, 4, 500)])
def test_steps_are_round(span: float, most: int, step: float) -> None:
    assert nice_step(span, most) == step


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_exporter_takes_an_empty_survey_and_names_whole_files(tmp_path: Path, name: str) -> None:
    paths = EXPORTERS[name](empty_survey(), tmp_path)
    assert paths
    assert all(path.stat().st_size for path in paths)
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]
