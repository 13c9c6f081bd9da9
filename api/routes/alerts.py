"""通報: dangerous potholes with the times of 発見・通知・確認・応急・完了."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel

from api.deps import PatrolDep, ServiceDep, StaffDep
from api.results_deps import RulesDep
from api.schemas import Items, plausible
from pavement.store.alerts import Alert, Moment, deliveries_of, list_alerts, note_alert

router = APIRouter(prefix="/alerts", tags=["operations"])


class AlertEvent(BaseModel):
    """What was done with a pothole; `at` = now where it is not said."""

    event: Literal["confirmed", "patched", "repaired"]
    at: Annotated[AwareDatetime, AfterValidator(plausible)] | None = None


@router.get("")
def get_alerts(
    person: PatrolDep,
    service: ServiceDep,
    only_open: Annotated[
        bool, Query(alias="open", description="those that are not repaired, the oldest first")
    ] = False,
    office: str | None = None,
) -> Items:
    """Alerts of the person's roads with their times, who was told, and the hours from 発見 to 応急 and 完了."""
    alerts = list_alerts(service.database, person.scope, open_only=only_open, office=office)
    told = deliveries_of(service.database, [alert.defect_id for alert in alerts])
    return Items(items=[{**_shown(alert), "deliveries": told.get(alert.defect_id, [])} for alert in alerts])


@router.patch("/{defect_id}")
def patch_alert(
    defect_id: str, body: AlertEvent, person: StaffDep, service: ServiceDep, rules: RulesDep
) -> dict[str, Any]:
    """Note that it was confirmed, patched or repaired; who noted it is in the audit log. The defect's state follows."""
    moment = Moment[body.event.upper()]
    return _shown(note_alert(service.database, defect_id, moment, person.who, body.at, person.scope, rules))


def _shown(alert: Alert) -> dict[str, Any]:
    done = {"patched": alert.patched_at, "repaired": alert.repaired_at}
    hours = {
        f"hours_to_{name}": None if at is None else round((at - alert.found_at).total_seconds() / 3600, 1)
        for name, at in done.items()
    }
    return {**asdict(alert), **hours}
