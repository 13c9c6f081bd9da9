"""Survey vehicles' results: into the store, into a result of their own, and 精度確認 against them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pavement.bootstrap.evaluating import keep_evaluation
from pavement.earlier.cells import diagnose, spread
from pavement.earlier.columns import ColumnMapping, mapping_from_table
from pavement.earlier.reading import read_vehicle_survey
from pavement.earlier.record import VehicleSurvey
from pavement.errors import BadInput
from pavement.files import read_toml, write_whole
from pavement.place import Level, place_id
from pavement.rating import Measured, Rules
from pavement.record import RouteShape, Survey
from pavement.review.settings import ReviewSettings
from pavement.road import Direction, Network, RoadKey
from pavement.segment import Flag, Place, Segment
from pavement.server_settings import ServerSettings
from pavement.settings import Settings
from pavement.survey_file import read_survey, write_survey

if TYPE_CHECKING:
    from pavement.store.database import Database


def read_mapping(path: Path | None) -> ColumnMapping:
    """The mapping of a TOML file; without one everything is guessed."""
    if path is None:
        return ColumnMapping()
    return read_toml(path, mapping_from_table, do="give a TOML file, see docs/review.md")


def import_survey(
    file: Path, data: Path, year: int, mapping: ColumnMapping, network: Path | None, settings: ReviewSettings
) -> list[str]:
    """Into the server's store as results of a 年度; what to tell. `network`: the one that its kiloposts are of."""
    from pavement.networks import read_network
    from pavement.sections import sections_of
    from pavement.store.existing import existing_database
    from pavement.store.sections import section_rows
    from pavement.store.surveys import keep_survey, known_roads

    with existing_database(ServerSettings.from_environment(data)) as database:
        sections: dict[str, Mapping[str, Any]] | None = None
        roads = known_roads(database)
        if network is not None:
            old = read_network(network)
            sections = {row["place"]: row for row in section_rows("", list(sections_of(old)))}
            roads = _roads(old)
        if not roads:
            raise BadInput("the store holds no sections of a network", do="start the server once with --network NET")
        survey = read_vehicle_survey(_bytes(file), file.name, roads, mapping, year)
        kept = keep_survey(
            database, survey, year, Settings.from_environment().rules, settings.adoption, sections=sections
        )
    lines = [f"採用: 100 m 区間 {kept.segments}、20 m ブロック {kept.blocks}（{year}年度、{survey.maker}）"]
    if kept.off_network:
        lines.append(f"路線網の区間にない: {kept.off_network} 区間")
    return [*account(survey), *lines]


def surveys_of(data: Path) -> list[str]:
    """The imported surveys of a server, a line each."""
    from pavement.store.existing import existing_database
    from pavement.store.survey_list import list_surveys

    with existing_database(ServerSettings.from_environment(data)) as database:
        found = list_surveys(database)
    return [
        f"{each['id']}  {each['fiscal_year']}年度  {each['name']}  {each['maker']}  100 m 区間 {each['segments']}"
        f"（うち採用 {each['adopted']}）  20 m ブロック {each['blocks']}"
        for each in found
    ] or ["取り込んだ測定結果はありません"]


def delete_survey_of(data: Path, identity: str, settings: ReviewSettings) -> str:
    """Take an imported survey of a server back; what to tell."""
    from pavement.store.adopted import store_rules
    from pavement.store.audit import CONSOLE
    from pavement.store.existing import existing_database
    from pavement.store.subjects import NoSuchResult
    from pavement.store.survey_list import delete_survey

    rules = store_rules(Settings.from_environment().rules, settings.adoption)
    with existing_database(ServerSettings.from_environment(data)) as database:
        try:
            gone = delete_survey(database, identity, CONSOLE, rules=rules)
        except NoSuchResult:
            raise BadInput(f"there is no survey '{identity}'", do="take an id of `pavement survey list`") from None
    return f"取り消し: 100 m 区間 {gone['segments']}、精度確認 {gone['checks']} 件（推定に戻ります）"


def import_survey_result(file: Path, network_file: Path, out: Path, year: int, mapping: ColumnMapping) -> list[str]:
    """Into a result folder of its own, for `pavement review RESULT …`."""
    from pavement.networks import read_network

    network = read_network(network_file)
    survey = read_vehicle_survey(_bytes(file), file.name, _roads(network), mapping, year)
    found = survey_of_rows(survey, network, year, Settings.from_environment().rules)
    out.mkdir(parents=True, exist_ok=True)
    account_of = {"survey": {"name": survey.name, "sha256": survey.sha256, "maker": survey.maker}, "year": year}
    write_survey(found, out)
    write_whole(out / "run.json", json.dumps(account_of, ensure_ascii=False, indent=1).encode())
    return [*account(survey), f"{out}: 100 m 区間 {len(found.segments)}、20 m ブロック {len(found.blocks)}"]


def account(survey: VehicleSurvey) -> list[str]:
    """What was assumed, used and refused, a line each."""
    lines = [f"推測: {each}" for each in survey.assumed]
    lines.append(f"{survey.name}: {survey.rows_in} 行のうち {len(survey.rows)} 行を使用")
    return [*lines, *(f"使えない行: {reason} {count} 行" for reason, count in survey.reasons().items())]


def survey_of_rows(survey: VehicleSurvey, network: Network, year: int, rules: Rules) -> Survey:
    """A survey vehicle's rows as the records of a run."""
    from datetime import date

    from pavement.sections import sections_of
    from pavement.store.sections import section_rows

    known = {row["place"]: row for row in section_rows("", list(sections_of(network)))}
    found: dict[Level, list[Segment]] = {level: [] for level in Level}
    for level in Level:
        for place, cell in sorted(spread(survey.rows, level).items(), key=lambda each: (*_order(each[1]), each[0])):
            row = known.get(place)
            if row is None:
                continue
            limits = rules.limits_of(row["road_class"], row["manager"])
            said = diagnose(cell, level, limits, Measured(road_class=row["road_class"]))
            flags = (*(flag for flag in Flag if flag in str(said["flags"]).split(";")), Flag.SURVEY_VEHICLE)
            values: dict[str, Any] = {n: said[n] for n in ("crack_pct", "rut_mm", "iri_mm_per_m", "mci", "rating")}
            ends = [
                Place(row[f"{s}_kp_km"], row[f"{s}_kp_km"], 0.0, row[f"{s}_lon"], row[f"{s}_lat"])
                for s in ("from", "to")
            ]
            found[level].append(
                Segment(
                    road=cell.road,
                    direction=cell.direction,
                    lane=cell.lane,
                    start=ends[0],
                    end=ends[1],
                    length_m=row["length_m"],
                    rut_se_mm=None,
                    potholes=None,
                    rating_basis=str(said["rating_basis"]),
                    coverage_pct=cell.coverage_pct(level),
                    frames=0,
                    position_sd_m=None,
                    flags=flags,
                    surveyed_on=cell.day or date(year, 4, 1),
                    drive=survey.name,
                    attributes=row["attributes"] or {},
                    **values,
                )
            )
    shapes = [_shape(route) for route in network.routes]
    return Survey(found[Level.SEGMENT], found[Level.BLOCK], [], [], [], shapes, [], year, run={"survey": survey.name})


def evaluate_survey(
    against: Path,
    result: Path | None,
    data: Path | None,
    year: int | None,
    mapping: ColumnMapping,
    settings: ReviewSettings,
    manager: str | None,
    out: Path | None,
) -> str:
    """精度確認 of a result or of the store; with the store it is kept, and decides on 推定."""
    from pavement.evaluation.survey_report import survey_report
    from pavement.review.accuracy_run import check_survey, places_of

    limits = Settings.from_environment().rules.default
    if data is None:
        assert result is not None
        measured = read_survey(result)
        roads = {shape.road: shape.name for shape in measured.routes}
        roads |= {each.road: "" for each in measured.blocks if each.road not in roads}
        survey = read_vehicle_survey(_bytes(against), against.name, roads, mapping)
        cells = places_of(survey)
        places = [place_id(Level.BLOCK, each.road, each.direction, each.start.kp_km) for each in measured.blocks]
        names = ("crack_pct", "rut_mm", "iri_mm_per_m")
        values = {n: np.array([getattr(each, n) for each in measured.blocks], float) for n in names}
        found = check_survey(survey, cells, places, values, limits, settings.accuracy)
    else:
        from pavement.store.existing import existing_database

        with existing_database(ServerSettings.from_environment(data)) as database:
            found = check_in_store(database, _bytes(against), against.name, year, mapping, settings, manager)
    report = survey_report(found.checks, found.facts, found.settings)
    return keep_evaluation(out, report.to_markdown(), report.to_json(), report.pictures)


def check_in_store(
    database: Database,
    data: bytes,
    name: str,
    year: int | None,
    mapping: ColumnMapping,
    settings: ReviewSettings,
    manager: str | None,
) -> Any:
    """Check the store's results of a 年度 against a file and keep what came of it; a SurveyCheck."""
    from pavement.store.audit import CONSOLE
    from pavement.store.scope import Place as Area
    from pavement.store.scope import Scope
    from pavement.store.sections_reading import newest_year
    from pavement.store.survey_checking import check_and_keep

    year = year if year is not None else newest_year(database)
    if year is None:
        raise BadInput("the store holds no results", do="analyse a drive first")
    scope = Scope((Area(manager),))
    limits = Settings.from_environment().rules.default
    found, _ = check_and_keep(database, data, name, year, mapping, settings.accuracy, limits, CONSOLE, scope, manager)
    return found


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput("cannot be read", file=file, do="give a CSV or Excel file") from error


def _roads(network: Network) -> dict[RoadKey, str]:
    return {route.road: route.name or "" for route in network.routes}


def _order(cell: Any) -> tuple[str, str, str, str, Direction, int]:
    road: RoadKey = cell.road
    return (road.road_type, road.route_no, road.branch_no, road.kind, cell.direction, cell.from_m)


def _shape(route: Any) -> RouteShape:
    import shapely

    facts = route.facts
    names = {name: facts.get(name) for name in ("road_class", "prefecture", "manager", "office")}
    lonlat = [(float(x), float(y)) for x, y in route.plane.to_degrees(shapely.get_coordinates(route.line))]
    return RouteShape(route.road, route.name or "", lonlat, **names)
