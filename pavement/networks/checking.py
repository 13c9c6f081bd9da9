"""A network, or a plain list of posts, read for a check: what cannot be read is a finding, not an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pavement.errors import BadInput
from pavement.geo import LocalPlane
from pavement.network_check import Fault, Finding, Post, Severity, Survey, check_survey
from pavement.networks.columns import read_mapping
from pavement.networks.keys import KnownRoads
from pavement.networks.reader import read_network
from pavement.networks.rows import take
from pavement.networks.sheets import EXCEL_SUFFIXES, TEXT_SUFFIXES, read_sheets
from pavement.networks.survey_reader import read_survey
from pavement.networks.writer import ROAD
from pavement.road import Carriageway, RoadKey

PLANE_DEGREES = 2  #: planes of lists stand so far apart: lengths are true to 0.05 % within 200 km


@dataclass(frozen=True)
class Located:
    """A finding and where it is on the earth."""

    finding: Finding
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class Checked:
    """The result of a check; `unusable` says why `read_network` refuses the network, None where it does not."""

    path: Path
    findings: tuple[Located, ...]
    posts: int
    lines: int
    unusable: str | None = None


def check_network(path: Path, *, encoding: str | None = None, mapping: Path | None = None) -> Checked:
    """Check a network (GeoPackage or folder), or the posts in a CSV or Excel table. Raises BadInput."""
    if not path.exists():
        raise BadInput("does not exist", file=path, do="give a network, or a CSV of posts")
    if path.suffix.lower() in TEXT_SUFFIXES | EXCEL_SUFFIXES:
        return check_list(path, encoding, mapping)
    survey = read_survey(path)
    found = locate(check_survey(survey), survey.plane)
    unusable = None
    try:
        if survey.with_lines or not survey.posts:  # posts alone are checked as a list
            read_network(path)
    except BadInput as error:
        unusable = str(error)
        if not any(each.finding.severity is Severity.SERIOUS for each in found):
            refused = Finding(Severity.SERIOUS, Fault.UNREADABLE, unusable, "直すまで使えない")
            found = [Located(refused, None, None), *found]
    return Checked(path, tuple(found), len(survey.posts), len(survey.lines), unusable)


def check_list(path: Path, encoding: str | None, mapping: Path | None) -> Checked:
    """The posts of a table, without lines; every road in a plane near it, so that a country fits."""
    found: list[Located] = []
    places: dict[RoadKey, list[tuple[Post, float, float]]] = {}
    for sheet in read_sheets(path, encoding):
        taken, intake = take(sheet, "kiloposts", read_mapping(mapping), KnownRoads(), None)
        for each in intake.refused:
            what = f"{each.row}行: {each.why}" + (f"「{each.value}」" if each.value else "")
            found.append(Located(Finding(Severity.CAUTION, Fault.UNREADABLE, what, each.do), None, None))
        for record, shape in zip(taken.records, taken.shapes, strict=True):
            road = RoadKey(*(record[name] for name in ROAD))
            post = Post(road, Carriageway(record["carriageway"]), record["kp_km"], 0.0, 0.0, record["source"])
            places.setdefault(road, []).append((post, shape.x, shape.y))
    if not places:
        first = found[0].finding if found else None
        raise BadInput(
            f"holds no post that can be read ({first.what if first else 'no rows'})",
            file=path,
            do="give columns 路線番号, 距離標, 経度, 緯度 (docs/network.md)",
        )
    planes: dict[tuple[int, int], LocalPlane] = {}
    for road in sorted(places):
        lon, lat = (np.array([each[i] for each in places[road]]) for i in (1, 2))
        middle = (PLANE_DEGREES * round(np.median(lon) / PLANE_DEGREES), round(float(np.median(lat))))
        plane = planes.get(middle) or planes.setdefault(middle, LocalPlane(*middle))
        rows = zip(places[road], plane.to_metres(lon, lat), strict=True)
        posts = [replace(post, x=float(x), y=float(y)) for (post, _, _), (x, y) in rows]
        found += locate(check_survey(Survey(plane, posts=posts, with_lines=False)), plane)
    order = list(Severity)
    found.sort(key=lambda each: order.index(each.finding.severity))
    return Checked(path, tuple(found), sum(len(rows) for rows in places.values()), 0)


def locate(findings: Sequence[Finding], plane: LocalPlane) -> list[Located]:
    """Findings with lon and lat."""
    places = [None if each.xy is None else plane.to_degrees(each.xy)[0].tolist() for each in findings]
    return [Located(f, *(place or (None, None))) for f, place in zip(findings, places, strict=True)]
