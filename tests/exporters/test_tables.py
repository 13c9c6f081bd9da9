"""The CSV tables and the GIS layers: the contract's columns, blanks instead of zeros, values that come back."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas
import pyogrio
import pytest

from exporters.gis import export_gis
from exporters.tables import export_tables
from pavement.record import RouteShape
from tests.exporters.builders import R4, empty_survey, make_survey

CONTRACT = {
    "segments": "road_type,route_no,branch_no,kind,direction,lane,from_kp_km,from_post_km,from_offset_m,to_kp_km,"
    "to_post_km,to_offset_m,from_lon,from_lat,to_lon,to_lat,length_m,crack_pct,rut_mm,rut_se_mm,iri_mm_per_m,potholes,"
    "mci,rating,rating_basis,coverage_pct,frames,position_sd_m,flags",
    "frames": "drive,file,timestamp,time_source,status,reason,road_type,route_no,branch_no,kind,direction,kp_km,lon,"
    "lat,position_sd_m,crack_share,pothole_share",
    "defects": "defect_id,category,road_type,route_no,branch_no,kind,direction,kp_km,lon,lat,length_m,width_m,area_m2,"
    "depth_mm,score,frames,photo",
}
CONTRACT["blocks"] = CONTRACT["segments"]


def read(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", CONTRACT)
def test_columns_are_the_contracts_in_its_order(tmp_path: Path, name: str) -> None:
    export_tables(empty_survey(), tmp_path)
    header = (tmp_path / f"{name}.csv").read_text("utf-8")
    columns = CONTRACT[name].split(",")
    assert header.strip().split(",")[: len(columns)] == columns


def test_segments_keep_blanks_and_precision(tmp_path: Path) -> None:
    export_tables(make_survey(), tmp_path)
    rows = read(tmp_path / "segments.csv")
    measured, unmeasured = rows[1], rows[3]
    assert (measured["from_kp_km"], measured["from_offset_m"], measured["from_lon"]) == (
        "112.5000",
        "500.0",
        "141.2000000",
    )
    assert (measured["crack_pct"], measured["potholes"], measured["rut_mm"]) == ("25.0", "0", "")
    assert (measured["flags"], measured["photos"], measured["surveyed_on"]) == (
        "要確認;少なくとも",
        "P0001",
        "2026-06-03",
    )
    empty = ("crack_pct", "rut_mm", "iri_mm_per_m", "potholes", "mci", "rating", "position_sd_m", "surveyed_on")
    assert all(unmeasured[name] == "" for name in empty)
    assert (unmeasured["coverage_pct"], unmeasured["frames"]) == ("0.0", "0")


def test_frames_say_what_became_of_each(tmp_path: Path) -> None:
    export_tables(make_survey(), tmp_path)
    rows = read(tmp_path / "frames.csv")
    assert [(r["status"], r["reason"]) for r in rows[1:4]] == [
        ("used", ""),
        ("rejected", "blurred"),
        ("rejected", "unreadable"),
    ]
    assert rows[1]["timestamp"] == "2026-06-03T01:15:01.400Z"
    assert (rows[1]["crack_share"], rows[2]["crack_share"]) == ("0.01235", "")
    assert (rows[3]["timestamp"], rows[3]["road_type"], rows[3]["kp_km"]) == ("", "", "")


def test_defects_come_back(tmp_path: Path) -> None:
    export_tables(make_survey(), tmp_path)
    first, second = read(tmp_path / "defects.csv")
    assert (first["category"], first["area_m2"], first["depth_mm"], first["score"]) == ("pothole", "0.167", "", "0.876")
    assert (second["category"], second["photo"]) == ("crack_alligator", "")


def test_layers_hold_the_records_where_they_lie(tmp_path: Path) -> None:
    path, *_ = export_gis(make_survey(), tmp_path)
    assert [name for name, _ in pyogrio.list_layers(path)] == ["segments", "defects", "frames", "layer_styles"]
    segments = geopandas.read_file(path, layer="segments")
    assert segments.crs.to_epsg() == 4326
    assert segments.crack_pct.isna().tolist() == [False, False, False, True, False]
    assert segments.potholes.tolist()[0] == 2
    assert segments.geometry[1].coords[0] == pytest.approx((141.2, 40.6))
    frames = geopandas.read_file(path, layer="frames")
    assert len(frames) == 9  # the one without a place is not drawn
    assert frames.reason[2] == "blurred"


def test_segments_follow_their_route_where_it_bends(tmp_path: Path) -> None:
    bend = [(141.2, 40.59), (141.2, 40.6), (141.2003, 40.6004), (141.2002, 40.6009), (141.2002, 40.61)]
    path, *_ = export_gis(make_survey(routes=[RouteShape(R4, "国道4号", bend)]), tmp_path)
    line = geopandas.read_file(path, layer="segments").geometry[1]
    assert list(line.coords) == [pytest.approx(pair) for pair in bend[1:4]]


def test_an_empty_survey_has_layers_with_typed_columns(tmp_path: Path) -> None:
    path, *_ = export_gis(empty_survey(), tmp_path)
    info = pyogrio.read_info(path, layer="segments")
    types = dict(zip(info["fields"], info["dtypes"], strict=True))
    assert (info["features"], info["geometry_type"]) == (0, "LineString")
    assert (types["crack_pct"], types["potholes"], types["rating"]) == ("float64", "int64", "object")


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    runs = [
        [path.read_bytes() for export in (export_tables, export_gis) for path in export(make_survey(), tmp_path / run)]
        for run in "ab"
    ]
    assert runs[0] == runs[1]
