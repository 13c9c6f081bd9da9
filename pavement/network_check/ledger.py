"""Rows of `attributes`: outside the road's kiloposts, of no road, or on top of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from pavement.network_check.finding import Fault, Finding, Severity, Stretch
from pavement.road import RoadKey

TOUCHING_KM = 1e-3
BEYOND_KM = 0.1  #: a ledger may go on a little beyond the last post


def check_ledger(stretches: Sequence[Stretch], ranges: Mapping[RoadKey, tuple[float, float] | None]) -> list[Finding]:
    """`ranges`: the roads with their lowest and highest kilopost, None where it is not known."""
    found = []
    unknown: dict[RoadKey, list[Stretch]] = {}
    for each in stretches:
        if each.road not in ranges:
            unknown.setdefault(each.road, []).append(each)
            continue
        reach = ranges[each.road]
        if reach and not (reach[0] - BEYOND_KM <= each.from_kp_km and each.to_kp_km <= reach[1] + BEYOND_KM):
            what = f"台帳 {_words(each)} が路線の範囲 {reach[0]:g}〜{reach[1]:g} km の外に出る"
            found.append(_finding(Severity.CAUTION, Fault.LEDGER_OUTSIDE, what, "起終点の距離標を確かめる", each))
    for road, rows in unknown.items():
        what = f"台帳 {len(rows)} 行の道路 {road.slug()} が routes にない"
        do = "道路種別・路線番号・枝番・区分を合わせるか、線を加える"
        found.append(_finding(Severity.CAUTION, Fault.LEDGER_OUTSIDE, what, do, rows[0]))
    return found + overlaps(stretches)


def overlaps(stretches: Sequence[Stretch]) -> list[Finding]:
    """Rows of one attribute that cover the same stretch from the same day."""

    def same(each: Stretch) -> tuple[object, ...]:
        return (each.road, each.name, each.valid_from)

    found = []
    ordered = sorted(stretches, key=lambda s: (*same(s), s.from_kp_km, s.to_kp_km))
    for _, rows in groupby(ordered, key=same):
        reach: list[Stretch] = []
        for row in rows:
            reach = [each for each in reach if each.to_kp_km > row.from_kp_km + TOUCHING_KM]
            for each in reach:
                if not each.carriageway.carries(row.carriageway):
                    continue
                differ = each.value != row.value
                what = f"台帳 {_words(each)} と {_words(row)} が重なる" + ("（値が違う）" if differ else "（値は同じ）")
                do = "後の行が優先される。区間を分けるか適用日（valid_from）を書く"
                found.append(
                    _finding(Severity.CAUTION if differ else Severity.NOTE, Fault.LEDGER_OVERLAP, what, do, row)
                )
            reach.append(row)
    return found


def _words(each: Stretch) -> str:
    return f"{each.name}={each.value} {each.from_kp_km:g}〜{each.to_kp_km:g} km"


def _finding(severity: Severity, fault: Fault, what: str, do: str, each: Stretch) -> Finding:
    source = f"（{each.source}）" if each.source else ""
    return Finding(severity, fault, what + source, do, each.road, each.carriageway, each.from_kp_km, each.to_kp_km)
