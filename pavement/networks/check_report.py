"""Findings for people (one readable list), as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from pavement.harmless_text import harmless
from pavement.kilopost_text import format_kp
from pavement.network_check import Fault, Severity
from pavement.networks.checking import Checked, Located
from pavement.road import Carriageway

COLUMNS = (
    *("severity", "fault", "road_type", "route_no", "branch_no", "kind", "carriageway", "from_kp_km", "to_kp_km"),
    *("lon", "lat", "what", "do"),
)
WAYS = {Carriageway.BOTH: "上下共通", Carriageway.DOWN: "下り", Carriageway.UP: "上り"}
NOTES_IN_FULL = 3  #: more notes of one kind and road become one line
DEGREE_DECIMALS = 6  #: 0.1 m


def row_of(each: Located) -> dict[str, str | float | None]:
    """One finding under the columns' names."""
    finding, road = each.finding, each.finding.road
    return {
        "severity": finding.severity.value,
        "fault": finding.fault.value,
        "road_type": road.road_type if road else None,
        "route_no": road.route_no if road else None,
        "branch_no": road.branch_no if road else None,
        "kind": road.kind if road else None,
        "carriageway": finding.carriageway.value if finding.carriageway else None,
        "from_kp_km": finding.from_kp_km,
        "to_kp_km": finding.to_kp_km,
        "lon": None if each.lon is None else round(each.lon, DEGREE_DECIMALS),
        "lat": None if each.lat is None else round(each.lat, DEGREE_DECIMALS),
        "what": finding.what,
        "do": finding.do,
    }


def to_csv(checked: Checked) -> bytes:
    """UTF-8 with BOM, for a spreadsheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for each in checked.findings:
        writer.writerow(
            {name: harmless(cell) if isinstance(cell, str) else cell for name, cell in row_of(each).items()}
        )
    return text.getvalue().encode("utf-8-sig")


def to_json(checked: Checked) -> bytes:
    """Everything, for a program."""
    data = {
        "network": checked.path.name,
        "posts": checked.posts,
        "lines": checked.lines,
        "usable": checked.unusable is None and checked.lines > 0,
        "unusable_because": checked.unusable,
        "counts": counts(checked),
        "findings": [row_of(each) for each in checked.findings],
    }
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def counts(checked: Checked) -> dict[str, int]:
    """Findings by severity."""
    found = Counter(each.finding.severity for each in checked.findings)
    return {severity.value: found[severity] for severity in Severity}


def to_text(checked: Checked) -> str:
    """The worst first, under the road's name, a line a finding; many notes of one kind as one line; then the counts."""
    lines = [f"{checked.path.name}: 線 {checked.lines}、距離標 {checked.posts}"]
    for severity in Severity:
        those = [each for each in checked.findings if each.finding.severity is severity]
        if those:
            lines.append(f"■ {severity.value} {len(those)}件")
        for road, mine in groupby(those, key=lambda each: each.finding.road):
            lines.append(f"  {road.road_type} {road.route_no} 枝番{road.branch_no} {road.kind}" if road else "  全体")
            if severity is Severity.NOTE:
                lines += ["    " + line for line in note_lines(list(mine))]
            else:
                lines += ["    " + line_of(each) for each in mine]
    total = "、".join(f"{name} {n}" for name, n in counts(checked).items())
    return "\n".join([*lines, f"計 {len(checked.findings)}件（{total}）"])


def note_lines(notes: Sequence[Located]) -> list[str]:
    """Notes of one road; more than a few of one kind as a list of places."""
    by_fault: dict[Fault, list[Located]] = {}
    for each in notes:
        by_fault.setdefault(each.finding.fault, []).append(each)
    lines = []
    for fault, those in by_fault.items():
        if len(those) <= NOTES_IN_FULL:
            lines += [line_of(each) for each in those]
            continue
        places = "、".join(dict.fromkeys(place_of(each) for each in those))
        lines.append(f"[{fault.value}] {len(those)}か所: {places} → {those[0].finding.do}")
    return lines


def place_of(each: Located) -> str:
    """Kiloposts of a finding, "" where it has none."""
    finding = each.finding
    if finding.from_kp_km is None or finding.to_kp_km is None:
        return ""
    return "〜".join(dict.fromkeys(map(format_kp, (finding.from_kp_km, finding.to_kp_km))))


def line_of(each: Located) -> str:
    """One finding: place, what is wrong, what to do."""
    finding = each.finding
    parts = [WAYS[finding.carriageway]] if finding.carriageway not in (None, Carriageway.BOTH) else []
    parts += [place_of(each)] if place_of(each) else []
    if each.lon is not None and each.lat is not None:
        parts.append(f"({each.lon:.5f}, {each.lat:.5f})")
    place = " ".join(parts)
    return f"[{finding.fault.value}] {place}{': ' if place else ''}{finding.what} → {finding.do}"
