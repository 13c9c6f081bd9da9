"""精度確認 of the store's results: read, compared, kept; what the command line and the page share."""

from __future__ import annotations

from pavement.earlier.columns import ColumnMapping
from pavement.earlier.reading import read_vehicle_survey
from pavement.rating import Limits
from pavement.review.accuracy import CheckSettings
from pavement.review.accuracy_run import SurveyCheck, check_survey, places_of
from pavement.store.database import Database
from pavement.store.scope import Scope
from pavement.store.survey_checks import keep_check
from pavement.store.surveys import blocks_of_places, known_roads


def check_and_keep(
    database: Database,
    data: bytes,
    name: str,
    year: int,
    mapping: ColumnMapping,
    settings: CheckSettings,
    limits: Limits,
    who: str,
    scope: Scope,
    manager: str | None,
    *,
    counts: bool = True,
) -> tuple[SurveyCheck, str]:
    """The check of a 年度's blocks within the scope against a file, and the id under which it is kept; `manager`: for
    whose roads it decides on 推定 (None: all), where it `counts`. Raises BadInput where there is nothing to compare.
    """
    survey = read_vehicle_survey(data, name, known_roads(database, scope), mapping)
    cells = places_of(survey)
    places, values = blocks_of_places(database, year, cells, scope)
    found = check_survey(survey, cells, places, values, limits, settings)
    against = (survey.name, survey.sha256)
    identity = keep_check(database, who, manager, year, against, found.verdicts(), found.to_json(), counts=counts)
    return found, identity
