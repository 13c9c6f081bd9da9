"""全線点検結果とりまとめ_令和N年度.gpkg: layers segments, worse_blocks, candidates and potholes, EPSG:4326.

Lines are the sections' own; a block is its part of its segment's line, a candidate the lines of its segments in one.
Where the material has no lines (result folders without a network) they run straight from end to end.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely

from exporters.review.lines import Lines, block_lines, segment_lines
from pavement.files import whole_file
from pavement.fiscal_year import fiscal_year_days
from pavement.review.change import VERDICT_WORDS, Verdict
from pavement.review.review import Review
from pavement.review.rows import RATINGS, Floats, Sections
from pavement.review.to_json import plain

CRS = "EPSG:4326"


def export_gis(review: Review, out: Path) -> Path:
    """The layers in `out`."""
    path = out / f"全線点検結果とりまとめ_{review.label}.gpkg"
    day = review.made_on or fiscal_year_days(review.fiscal_year)[1]
    layers = {"segments": _segments(review), "worse_blocks": _worse(review)}
    layers |= {"candidates": _candidates(review), "potholes": _potholes(review)}
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day:%Y-%m-%d}T00:00:00.000Z"})
    try:
        with whole_file(path) as temporary:
            for name, frame in layers.items():
                kind = "Point" if name == "potholes" else "MultiLineString"
                pyogrio.write_dataframe(frame, temporary, layer=name, driver="GPKG", geometry_type=kind)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return path


def _where(sections: Sections, rows: Any) -> dict[str, Any]:
    roads = [sections.roads[k] for k in sections.road[rows]]
    return {
        "place": sections.place[rows],
        **{name: [getattr(road, name) for road in roads] for name in ("road_type", "route_no", "branch_no", "kind")},
        "name": [sections.names[k] for k in sections.road[rows]],
        "direction": np.where(sections.up[rows], "上り", "下り"),
        "from_kp_km": np.round(sections.from_kp_km[rows], 4),
        "to_kp_km": np.round(sections.to_kp_km[rows], 4),
        "length_m": np.round(sections.length_m[rows], 2),
        "office": [sections.office.text(int(row)) for row in rows],
    }


def _segments(review: Review) -> geopandas.GeoDataFrame:
    sections, year = review.segments, review.year
    rows = np.arange(len(sections))
    columns = {
        **_where(sections, rows),
        "municipality": [sections.municipality.text(int(row)) for row in rows],
        "inspected": year.inspected,
        "closed": [sections.closed.text(int(row)) for row in rows],
        "rating": np.array(RATINGS)[year.rating],
        **{n: _round(getattr(year, n), 2) for n in ("crack_pct", "rut_mm", "iri_mm_per_m", "mci", "coverage_pct")},
        "became_worse": review.worse_segments,
    }
    return _frame(columns, segment_lines(review))


def _worse(review: Review) -> geopandas.GeoDataFrame:
    change = review.change
    found = np.empty(0, np.intp)
    if change is not None:
        found = np.flatnonzero(np.isin(change.verdict, (Verdict.WORSE, Verdict.SUSPECT)))
    columns = _where(review.blocks, found)
    if change is not None:
        columns["verdict"] = np.array(VERDICT_WORDS)[change.verdict[found]]
        columns["same_season"] = change.same_season[found]
        for key, one in change.indicators.items():
            columns[f"{key}_change"] = _round(one.change[found], 2)
            columns[f"{key}_probability"] = _round(one.runs.worse[found], 3)
    return _frame(columns, block_lines(review, found))


def _candidates(review: Review) -> geopandas.GeoDataFrame:
    rows = [plain(each) for each in review.candidates]
    names = list(rows[0]) if rows else ["rank"]
    columns = {name: [row[name] for row in rows] for name in names if name not in ("rows", "lonlat")}
    lines = segment_lines(review)
    joined = [shapely.line_merge(shapely.union_all(lines[a : b + 1])) for a, b in (c.rows for c in review.candidates)]
    return _frame(columns, np.array(joined, object))


def _potholes(review: Review) -> geopandas.GeoDataFrame:
    rows = [
        {**plain(each.pothole), "fate": each.fate.value, "before_m2": each.before_m2, "seen_in": each.seen_in}
        for each in review.potholes
    ]
    columns = {name: [row[name] for row in rows] for name in (list(rows[0]) if rows else ["id"])}
    points = [shapely.Point(each.pothole.lon, each.pothole.lat) for each in review.potholes]
    return geopandas.GeoDataFrame(pd.DataFrame(columns), geometry=geopandas.GeoSeries(points, crs=CRS))


def _frame(columns: dict[str, Any], lines: Lines) -> geopandas.GeoDataFrame:
    many = [shapely.MultiLineString([each]) if each.geom_type == "LineString" else each for each in lines]
    return geopandas.GeoDataFrame(pd.DataFrame(columns), geometry=geopandas.GeoSeries(many, crs=CRS))


def _round(values: Floats, digits: int) -> Floats:
    return np.asarray(np.round(values, digits), float)
