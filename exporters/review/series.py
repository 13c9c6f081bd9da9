"""kpi.csv, kpi.json and review.json: open figures for machines."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from pavement.files import whole_file, write_whole
from pavement.review.review import Review
from pavement.review.to_json import kpi_json, review_json

KPI_COLUMNS = (
    *("name", "unit", "kind", "period", "first_day"),
    *("value", "change", "target", "index", "provisional"),
)


def export_series(review: Review, out: Path) -> list[Path]:
    """The files in `out`."""
    rows = [kpi_json(each) for each in review.kpi]
    with whole_file(out / "kpi.csv") as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, KPI_COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    _json(out / "kpi.json", rows)
    _json(out / "review.json", review_json(review))
    return [out / "kpi.csv", out / "kpi.json", out / "review.json"]


def _json(path: Path, data: object) -> None:
    write_whole(path, json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False).encode())
