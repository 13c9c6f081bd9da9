"""report.html: one file that opens offline, with everything that a road office asks of a run first."""

from __future__ import annotations

from html import escape
from pathlib import Path

from exporters.report.accuracy import banner, draw_accuracy, reading_notes
from exporters.report.conditions import draw_cameras, draw_conditions
from exporters.report.coverage import draw_coverage
from exporters.report.map import draw_map, legend
from exporters.report.positions import draw_positions, notices
from exporters.report.strips import draw_strips
from exporters.report.summary import draw_cards, draw_ratings, draw_roads, survey_days
from exporters.report.whole_page import whole_page
from exporters.report.worst import worst_sections
from exporters.wording import display_name, fiscal_year, shapes_by_road
from pavement.files import write_whole
from pavement.record import Survey

MOST_NAMES = 6  #: roads named below the title


def export_report(survey: Survey, out: Path) -> list[Path]:
    """report.html in `out`."""
    path = out / "report.html"
    write_whole(path, render_report(survey).encode("utf-8"))
    return [path]


def render_report(survey: Survey) -> str:
    """The report as HTML without a single outside reference."""
    shapes = shapes_by_road(survey.routes)
    parts = {
        "title": escape(f"舗装点検 結果報告 {fiscal_year(survey.year)}"),
        "subtitle": escape(" | ".join(_about(survey))),
        "banner": banner(survey),
        "cards": draw_cards(survey),
        "ratings": draw_ratings(survey.segments),
        "roads": draw_roads(survey, shapes),
        "map": draw_map(survey, shapes),
        "legend": legend(),
        "strips": draw_strips(survey, shapes),
        "worst": worst_sections(survey, shapes),
        "coverage": draw_coverage(survey),
        "positions": draw_positions(survey, shapes),
        "notices": notices(survey),
        "cameras": draw_cameras(survey),
        "accuracy": draw_accuracy(survey),
        "conditions": draw_conditions(survey),
        "notes": reading_notes(survey),
        "footer": escape(f"路面は車載スマートフォンの画像から解析しました。{_versions(survey)}"),
    }
    return whole_page(Path(__file__).with_name("page.html"), parts)


def _about(survey: Survey) -> list[str]:
    """Manager, roads, days."""
    shapes = shapes_by_road(survey.routes)
    roads = list(dict.fromkeys(display_name(segment.road, shapes) for segment in survey.segments))
    names = "・".join(roads[:MOST_NAMES]) + (f" ほか {len(roads) - MOST_NAMES} 路線" if len(roads) > MOST_NAMES else "")
    about = [next((r.manager for r in survey.routes if r.manager), ""), names, survey_days(survey)]
    return [words for words in about if words]


def _versions(survey: Survey) -> str:
    """Names and versions of the software that ran."""
    versions = survey.run.get("versions") or {}
    return " ".join(f"{name} {version}" for name, version in list(versions.items())[:4])
