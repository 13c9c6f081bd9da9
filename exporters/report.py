"""report.html: one file that opens offline, with everything that a road office asks of a run first."""

from __future__ import annotations

from html import escape
from importlib import resources
from pathlib import Path
from string import Template

from exporters.camera_sheet import camera_sheets
from exporters.report_map import draw_map, legend
from exporters.report_strips import draw_strips
from exporters.report_summary import draw_cards, draw_ratings, survey_days
from exporters.report_tables import conditions, notices, reading_notes, rejected_frames, worst_sections
from exporters.wording import display_name, fiscal_year, shapes_by_road
from pavement.files import write_whole
from pavement.record import Survey


def export_report(survey: Survey, out: Path) -> list[Path]:
    """report.html in `out`."""
    path = out / "report.html"
    write_whole(path, render_report(survey).encode("utf-8"))
    return [path]


def render_report(survey: Survey) -> str:
    """The report as HTML without a single outside reference."""
    shapes = shapes_by_road(survey.routes)
    roads = dict.fromkeys(display_name(segment.road, shapes) for segment in survey.segments)
    about = [next((r.manager for r in survey.routes if r.manager), ""), "・".join(roads), survey_days(survey)]
    template = Template((resources.files("exporters") / "report.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(f"舗装点検 結果報告 {fiscal_year(survey.year)}"),
        subtitle=escape(" | ".join(words for words in about if words)),
        cards=draw_cards(survey),
        ratings=draw_ratings(survey.segments),
        map=draw_map(survey),
        legend=legend(),
        strips=draw_strips(survey),
        worst=worst_sections(survey),
        rejected=rejected_frames(survey),
        notices=notices(survey),
        conditions=camera_sheets(survey) + conditions(survey),
        notes=reading_notes(survey),
        footer=escape(f"路面は車載スマートフォンの画像から解析しました。{_versions(survey)}"),
    )


def _versions(survey: Survey) -> str:
    """Names and versions of the software that ran."""
    versions = survey.run.get("versions") or {}
    return " ".join(f"{name} {version}" for name, version in list(versions.items())[:4])
