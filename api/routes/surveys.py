"""測定結果: other makers' results that were imported; an administrator of their roads takes one back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from api.deps import AdminDep, ServiceDep, StaffDep
from api.errors import Refusal
from api.results_deps import RulesDep
from api.schemas import Items
from pavement.store.subjects import NoSuchResult
from pavement.store.survey_list import NotAllOfIt, delete_survey, list_surveys

router = APIRouter(prefix="/surveys", tags=["accuracy"])
SurveyId = Annotated[str, Path(max_length=80)]


@router.get("")
def get_surveys(service: ServiceDep, person: StaffDep) -> Items:
    """The imported surveys on the person's roads: how many segments and blocks, and how many stand as results."""
    return Items(items=list_surveys(service.database, person.scope))


@router.delete("/{survey_id}")
def delete_one(survey_id: SurveyId, service: ServiceDep, person: AdminDep, rules: RulesDep) -> dict[str, Any]:
    """Take a survey back: what it stood for is adopted anew, 精度確認 against it decide nothing any more.

    409 where a result that rests on it is 確定.
    """
    try:
        return {"id": survey_id, **delete_survey(service.database, survey_id, person.who, person.scope, rules)}
    except NoSuchResult:
        raise Refusal(404, "no such survey") from None
    except NotAllOfIt:
        raise Refusal(403, "it has roads of others too; this needs the role admin for all of them") from None
