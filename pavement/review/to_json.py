"""The review as JSON: what the page, review.json and open data hold. Numbers are rounded; None is blank, never 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from enum import Enum
from typing import Any

import numpy as np

from pavement.inspected_length import InspectedLength
from pavement.place import segment_place
from pavement.review.change import VERDICT_WORDS, Change
from pavement.review.condition import MCI_BANDS, Condition, Conditions
from pavement.review.coverage import Coverage
from pavement.review.kpi import Kpi
from pavement.review.notes import notes
from pavement.review.pothole import PotholeFate
from pavement.review.review import Review
from pavement.review.rows import RATINGS
from pavement.road import RoadKey

MOST_ROWS = 2000  #: of a list in JSON; the book has all
PUBLIC = ("fiscal_year", "label", "made_on", "coverage", "condition", "change", "potholes", "rates", "kpi", "notes")


def review_json(review: Review, most: int = MOST_ROWS) -> dict[str, Any]:
    """Everything; lists are cut at `most` rows, with their true number beside them."""
    coverage = review.coverage
    patrols = [{**plain(each), "stretches": [plain(part) for part in each.stretches]} for each in coverage.plan[:most]]
    return {
        "fiscal_year": review.fiscal_year,
        "label": review.label,
        "before": None if review.before is None else review.before.fiscal_year,
        "made_on": None if review.made_on is None else review.made_on.isoformat(),
        "source": review.source,
        "coverage": {
            **length_json(coverage.total),
            "both_directions_pct": rounded(coverage.both_directions_pct),
            "by_office": _lengths(coverage.by_office),
            "by_route": _lengths(coverage.by_route),
            "by_class": _lengths(coverage.by_class),
            "by_municipality": _lengths(coverage.by_municipality),
            "closed_by_reason_km": {name: rounded(km, 3) for name, km in coverage.closed_by_reason_km.items()},
        },
        "missing": _rows(coverage.missing, most),
        "patrol_plan": {"total": len(coverage.plan), "items": patrols, "left_out": _left_out(coverage)},
        "condition": _conditions(review.condition),
        "condition_before": None if review.condition_before is None else _conditions(review.condition_before),
        "change": None if review.change is None else change_json(review, review.change),
        "worse_stretches": {
            "total": len(review.worse),
            "items": [
                {
                    **plain(each),
                    "place": segment_place(each.road, each.direction, each.from_kp_km),
                    "changes": [plain(one) for one in each.changes],
                }
                for each in review.worse[:most]
            ],
        },
        "crossings": _rows(review.crossings, most),
        "potholes": {
            "counts": dict(_counts(str(each.fate.value) for each in review.potholes)),
            "days_to_repair": plain(review.pothole_days),
            "total": len(review.potholes),
            "items": [_pothole(each) for each in review.potholes[:most]],
        },
        "candidates": {
            "total": len(review.candidates),
            "budget": review.settings.work.budget,
            "items": [
                {**plain(each), "place": segment_place(each.road, each.direction, each.from_kp_km)}
                for each in review.candidates[:most]
            ],
        },
        "rates": [plain(each) for each in review.rates],
        "kpi": [kpi_json(each) for each in review.kpi],
        "accuracy_check": {key: dict(said) for key, said in review.check.items()},
        "notes": notes(review),
    }


def public_json(review: Review) -> dict[str, Any]:
    """For everyone: sums and series, no list of places, no cost."""
    whole = review_json(review, 0)
    kept: dict[str, Any] = {name: whole[name] for name in PUBLIC}
    kept["potholes"] = {name: kept["potholes"][name] for name in ("counts", "days_to_repair")}
    kept["kpi"] = [row for row in kept["kpi"] if "費用" not in row["name"]]
    return kept


def change_json(review: Review, change: Change) -> dict[str, Any]:
    """Lengths by verdict, whole and by route, and what was found of bias and noise."""
    km = review.blocks.length_m / 1000
    by_route: dict[str, dict[str, float]] = {}
    for code, name in enumerate(review.blocks.names):
        rows = review.blocks.road == code
        if rows.any():
            by_route[name] = verdict_km(change, km, rows)
    return {
        "then": change.then_year,
        "now": change.now_year,
        "km": verdict_km(change, km, np.ones(len(km), bool)),
        "by_route_km": by_route,
        "same_season_km": rounded(float(km[change.same_season].sum()), 3),
        "indicators": {
            key: {
                "name": one.indicator.name,
                "unit": one.indicator.unit,
                "worse_blocks": int(one.worse.sum()),
                "suspect_blocks": int(one.suspect.sum()),
                "better_blocks": int(one.better.sum()),
                "bias": rounded(float(np.median(one.bias))),
                "bias_from": one.bias_from,
                "error_sd": rounded(float(np.median(one.se[np.isfinite(one.raw)]))),
                "error_learnt": one.noise.learnt,
            }
            for key, one in change.indicators.items()
        },
    }


def verdict_km(change: Change, km: Any, rows: Any) -> dict[str, float]:
    """Kilometres of every verdict among some rows."""
    sums = np.bincount(change.verdict[rows], km[rows], minlength=len(VERDICT_WORDS))
    return {word: round(float(each), 3) for word, each in zip(VERDICT_WORDS, sums, strict=True)}


def length_json(length: InspectedLength) -> dict[str, float | None]:
    """Kilometres, and the share in %."""
    return {
        "network_km": rounded(length.network_m / 1000, 3),
        "inspected_km": rounded(length.inspected_m / 1000, 3),
        "uninspected_km": rounded(length.uninspected_m / 1000, 3),
        "closed_km": rounded(length.closed_m / 1000, 3),
        "inspected_pct": rounded(length.share_pct),
    }


def condition_json(condition: Condition) -> dict[str, Any]:
    """Of one group."""
    return {
        "km": rounded(condition.km, 3),
        "rating_km": {
            name or "未判定": rounded(km, 3) for name, km in zip(RATINGS, condition.by_rating_km, strict=True)
        },
        "rating_pct": {name: rounded(condition.share_pct(name)) for name in RATINGS[1:]},
        "mci_km": {name: rounded(km, 3) for name, km in zip(MCI_BANDS, condition.mci_km, strict=True)},
        **{name: rounded(getattr(condition, name)) for name in ("crack_pct", "rut_mm", "iri_mm_per_m", "mci")},
        "potholes": condition.potholes,
    }


def kpi_json(kpi: Kpi) -> dict[str, Any]:
    """One figure of one period."""
    return {name: rounded(value) if isinstance(value, float) else value for name, value in plain(kpi).items()}


def plain(record: Any) -> dict[str, Any]:
    """A record as JSON: keys of roads spelled out, dates as ISO texts, numbers rounded."""
    found: dict[str, Any] = {}
    for name, value in vars(record).items():
        if isinstance(value, RoadKey):
            found |= asdict(value)
        elif not isinstance(value, tuple) or all(isinstance(each, int | float) for each in value):
            found[name] = _simple(value)
    return found


def _simple(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return rounded(value, 7 if abs(value) > 100 else 4)
    return [_simple(each) for each in value] if isinstance(value, tuple) else value


def rounded(value: float | None, digits: int = 2) -> float | None:
    """None stays None."""
    return None if value is None or not np.isfinite(value) else round(float(value), digits) + 0.0


def _lengths(groups: Mapping[str, InspectedLength]) -> dict[str, Any]:
    return {name: length_json(each) for name, each in groups.items()}


def _conditions(found: Conditions) -> dict[str, Any]:
    groups = {"by_route": found.by_route, "by_office": found.by_office}
    groups |= {"by_municipality": found.by_municipality, "by_class": found.by_class}
    return {
        "total": condition_json(found.total),
        **{key: {name: condition_json(each) for name, each in group.items()} for key, group in groups.items()},
    }


def _pothole(one: PotholeFate) -> dict[str, Any]:
    said = {"fate": one.fate.value, "before_m2": rounded(one.before_m2, 3), "seen_in": one.seen_in}
    return {**plain(one.pothole), **said}


def _rows(records: tuple[Any, ...], most: int) -> dict[str, Any]:
    return {"total": len(records), "items": [plain(each) for each in records[:most]]}


def _left_out(coverage: Coverage) -> dict[str, Any]:
    """What the plan has not: so many remnants, together so long."""
    km = sum(each.km for each in coverage.left_out)
    return {"count": len(coverage.left_out), "km": rounded(km, 3), "least_m": coverage.least_m}


def _counts(words: Iterable[str]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts
