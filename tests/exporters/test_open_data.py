"""Open data: everything explained, nothing that leads to a person, a vehicle or a photo, a publisher and a licence."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import geopandas
import pytest

from exporters.open_data import Profile, export_open_data, read_profile
from exporters.open_data.columns import TABLES
from exporters.tables import DEFECTS, SEGMENTS
from pavement.errors import BadInput
from pavement.record import Survey
from tests.exporters.builders import empty_survey, make_frames, make_photo, make_survey

SECRETS = ("drive-1", "IMG_", "P0001", "P0002", ".jpg", "青森800", "10:15", "01:15", "T01:")


def secretive(folder: Path) -> Survey:
    """A survey whose photos, frames and run tell much."""
    run = {"drives": [{"name": "drive-1", "vehicle": "青森800さ1234"}]}
    return make_survey(photos=[make_photo(folder)], frames=make_frames(), run=run)


def text_of(path: Path) -> str:
    """The bytes of any file, as far as they are text."""
    return path.read_bytes().decode("utf-8", "ignore")


def test_nothing_leads_to_a_drive_a_photo_or_a_time(tmp_path: Path) -> None:
    written = export_open_data(secretive(tmp_path / "photos"), tmp_path / "out")
    for path in written:
        for secret in SECRETS:
            assert secret not in text_of(path), path.name
        if path.suffix in (".csv", ".geojson"):
            assert not re.search(r"\d\dT\d\d:", text_of(path)), path.name


def test_columns_are_a_keep_list() -> None:
    left_out = {"segments": {"frames", "photos"}, "defects": {"frames", "photo", "drives"}}
    technical = {"from_post_km", "from_offset_m", "to_post_km", "to_offset_m", "across_m"}
    for name, columns in (("segments", SEGMENTS), ("defects", DEFECTS)):
        missing = {column.name for column in columns} - {column.name for column in TABLES[name]}
        assert left_out[name] <= missing <= left_out[name] | technical


def test_csv_geojson_and_geopackage_hold_the_same(tmp_path: Path) -> None:
    survey = make_survey()
    export_open_data(survey, tmp_path)
    folder = tmp_path / "open-data"
    assert (folder / "segments.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with open(folder / "segments.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    features = json.loads((folder / "segments.geojson").read_text("utf-8"))["features"]
    layer = geopandas.read_file(folder / "pavement.gpkg", layer="segments")
    assert len(rows) == len(features) == len(layer) == len(survey.segments)
    assert rows[1]["municipality"] == features[1]["properties"]["municipality"] == layer.municipality[1] == "十和田市"
    assert (rows[3]["crack_pct"], features[3]["properties"]["crack_pct"]) == ("", None)
    assert rows[1]["route_name"] == "国道4号"


def test_the_package_tells_every_column_of_its_tables(tmp_path: Path) -> None:
    export_open_data(make_survey(), tmp_path)
    folder = tmp_path / "open-data"
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        with open(folder / resource["path"], encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == header
        for field, values in zip(fields, zip(*rows, strict=True), strict=True):
            kind = {"integer": int, "number": float}.get(field["type"], str)
            assert all(kind(value) is not None for value in values if value)
            allowed = field.get("constraints", {}).get("enum")
            assert allowed is None or {value for value in values if value} <= set(allowed)
    with open(folder / "data_dictionary.csv", encoding="utf-8-sig", newline="") as file:
        told = [(row["table"], row["column"]) for row in csv.DictReader(file)]
    assert told == [(name, column.name) for name, columns in TABLES.items() for column in columns]


def test_publisher_licence_and_attribution(tmp_path: Path) -> None:
    export_open_data(make_survey(), tmp_path)
    words = (tmp_path / "open-data" / "README.txt").read_text("utf-8-sig")
    for part in ("公開者: 青森県", "CC-BY-4.0", "(令和8年度)", "すべて推定", "空欄は未測定"):
        assert part in words
    own = tmp_path / "own.toml"
    own.write_text('publisher = "弘前市"\nnotes = ["試行"]\n[license]\nname = "PDL-1.0"\n', "utf-8")
    profile = read_profile(own)
    assert (profile.publisher, profile.license.name, profile.notes) == ("弘前市", "PDL-1.0", ("試行",))
    export_open_data(make_survey(), tmp_path, profile)
    assert "出典の表示: 弘前市「" in (tmp_path / "open-data" / "README.txt").read_text("utf-8-sig")


def test_without_a_publisher_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nobody is known to publish"):
        export_open_data(empty_survey(), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1", "x is not known"),
        ("title = 3", "title is no text"),
        ("notes = [1]", "notes is no text"),
        ("license = 3", "license is no table"),
        ("[license]\nx = 'a'", "license.x is not known"),
        ("title = ", "is no TOML"),
    ],
)
def test_a_wrong_profile_is_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=told):
        read_profile(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_profile(tmp_path / "none.toml")


def test_the_shipped_profile_is_whole() -> None:
    assert isinstance(read_profile(), Profile)
