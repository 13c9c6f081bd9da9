"""Tracks as tables: `timestamp,lon,lat[,accuracy_m,speed_mps,heading_deg]`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import tzinfo

from pavement.sources.fix import Fix, Parsed, number
from pavement.sources.text import parse_table
from pavement.sources.times import parse_iso

_NEEDED = ("timestamp", "lon", "lat")


def parse_track_csv(text: str, file: str, zone: tzinfo, near_s: float = math.nan) -> Parsed:
    """The fixes of a table, one a row; times without an offset are in `zone`. `file`, `near_s` are not needed."""
    header, rows = parse_table(text)
    if missing := [name for name in _NEEDED if name not in header]:
        return Parsed(remarks=[f"列 {', '.join(missing)} がないため、軌跡として使いません"])
    return Parsed([_fix(row, zone) for row in rows])


def _fix(row: Mapping[str, str], zone: tzinfo) -> Fix:
    time = parse_iso(row["timestamp"], zone)
    lon, lat, *known = (number(row.get(name)) for name in ("lon", "lat", "accuracy_m", "speed_mps", "heading_deg"))
    return Fix(time.timestamp() if time else math.nan, lon, lat, known[0], known[1], known[2])
