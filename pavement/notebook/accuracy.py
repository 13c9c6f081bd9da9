"""精度確認 as a notebook runs it: looked at only; `pavement evaluate survey --data` keeps it and decides on 推定."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.bootstrap.earlier import read_mapping
from pavement.earlier.cells import Cell
from pavement.earlier.reading import read_vehicle_survey
from pavement.earlier.record import MeasuredRow, VehicleSurvey
from pavement.errors import BadInput
from pavement.notebook.made_year import made_material
from pavement.place import Level, place_id
from pavement.rating import Limits
from pavement.review.accuracy import INDICATORS, LEVELS, CheckSettings, IndicatorCheck
from pavement.review.accuracy_run import SurveyCheck, check_survey, places_of
from pavement.road import Direction, RoadKey

Values = Mapping[str, NDArray[np.float64]]
MADE_ROADS = 3
MADE_ERRORS = {"crack_pct": (-1.0, 3.5), "rut_mm": (-0.8, 1.8), "iri_mm_per_m": (-0.1, 0.3)}  #: bias, sd


def check_accuracy(
    against: Path | str | None = None,
    result: Path | str | None = None,
    data: Path | str | None = None,
    year: int = 2026,
    mapping: Path | str | None = None,
    limits: Limits | None = None,
    settings: CheckSettings | None = None,
) -> SurveyCheck:
    """The ministry's test of a `result` folder, or of `data` (the server's) in a 年度, `against` a survey vehicle's CSV
    or Excel of 20 m rows; made data where nothing is given.
    """
    if against is None:
        if result or data:
            raise BadInput("a survey vehicle's file is missing", do="give 測定車 its CSV or Excel file of 20 m rows")
        survey, places, values = _made(year)
        return check_survey(survey, places_of(survey), places, values, limits, settings)
    if (result is None) == (data is None):
        raise BadInput("it is not said what to check", do="give a result folder or the server's data, one of them")
    file, columns = Path(against), read_mapping(Path(mapping) if mapping else None)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadInput("cannot be read", file=file, do="give a CSV or Excel file") from error
    if result is not None:
        roads, places, values = _of_result(Path(result))
        survey = read_vehicle_survey(content, file.name, roads, columns)
        return check_survey(survey, places_of(survey), places, values, limits, settings)
    from pavement.server_settings import ServerSettings
    from pavement.store.existing import existing_database
    from pavement.store.surveys import blocks_of_places, known_roads

    with existing_database(ServerSettings.from_environment(Path(str(data)))) as database:
        survey = read_vehicle_survey(content, file.name, known_roads(database), columns)
        cells: dict[str, Cell] = places_of(survey)
        places, values = blocks_of_places(database, year, cells)
    return check_survey(survey, cells, places, values, limits, settings)


def verdict_frame(check: SurveyCheck) -> pd.DataFrame:
    """検出率 and 的中率 with rank and 95 % interval, a row an indicator and class."""
    rows = [
        {
            "指標": each.name,
            "区分": test.name,
            "ブロック": each.blocks,
            "真": test.truly,
            "報告": test.reported,
            "検出率(%)": _percent(test.detection_pct, test.detection_interval),
            "検出率の区分": test.detection_rank,
            "的中率(%)": _percent(test.precision_pct, test.precision_interval),
            "的中率の区分": test.precision_rank,
            "判定": test.verdict,
        }
        for each in check.checks
        for test in each.tests
    ]
    return pd.DataFrame(rows).set_index(["指標", "区分"])


def confusion_frame(one: IndicatorCheck) -> pd.DataFrame:
    """Blocks by true (rows) and reported class."""
    return pd.DataFrame(one.confusion, index=[f"真 {each}" for each in LEVELS], columns=[f"報告 {x}" for x in LEVELS])


def _percent(share: float | None, interval: tuple[float, float] | None) -> str:
    return "" if share is None or interval is None else f"{share:.0f}（{interval[0]:.0f}～{interval[1]:.0f}）"


def _of_result(folder: Path) -> tuple[dict[RoadKey, str], list[str], Values]:
    """Roads by name, and places and values of the blocks as the result has them."""
    from pavement.survey_file import read_survey

    measured = read_survey(folder)
    roads = {each.road: "" for each in measured.blocks} | {shape.road: shape.name for shape in measured.routes}
    places = [place_id(Level.BLOCK, each.road, each.direction, each.start.kp_km) for each in measured.blocks]
    return roads, places, {n: np.array([getattr(each, n) for each in measured.blocks], float) for n in INDICATORS}


def _made(year: int) -> tuple[VehicleSurvey, list[str], Values]:
    """The made-up year, and a made-up survey vehicle on some of its roads."""
    material = made_material(year)
    blocks, found = material.blocks, material.block_years[-1]
    rng = np.random.default_rng(5)
    theirs = {
        name: np.clip(getattr(found, name) + bias + rng.normal(0, sd, len(blocks)), 0.0, None).round(2)
        for name, (bias, sd) in MADE_ERRORS.items()
    }
    rows = [
        MeasuredRow(
            k + 2,
            blocks.roads[int(blocks.road[k])],
            Direction.UP if blocks.up[k] else Direction.DOWN,
            float(blocks.from_kp_km[k]),
            float(blocks.to_kp_km[k]),
            crack_pct=float(theirs["crack_pct"][k]),
            rut_mm=float(theirs["rut_mm"][k]),
            iri_mm_per_m=float(theirs["iri_mm_per_m"][k]),
        )
        for k in np.flatnonzero((blocks.road < MADE_ROADS) & np.isfinite(found.crack_pct)).tolist()
    ]
    survey = VehicleSurvey("見本の測定車（実在しません）", "", rows, (), ())
    return survey, blocks.place.tolist(), {name: getattr(found, name) for name in INDICATORS}
