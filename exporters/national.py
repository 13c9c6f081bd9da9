"""舗装DB.csv: the rows under the keys by which the national database joins, through the engine of 様式A.

A row of lane 91 (車道部全体) never joins with rows of lanes 1, 2, …: each row says what it is, and where both cover
one stretch both are flagged, for counting them together counts the road twice.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from exporters.form_a.csv_pair import open_csv_pair
from exporters.form_a.export import Rows, make_sheets, tell
from exporters.form_a.findings import Findings
from exporters.form_a.table import read_form
from pavement.record import Survey

TABLE = "national.toml"
HEADER_ROWS = 1


def export_national(survey: Survey, out: Path) -> list[Path]:
    """舗装DB.csv (UTF-8 with BOM), 舗装DB_cp932.csv and 舗装DB_検査.csv."""
    form, findings = read_form(name=TABLE), Findings()
    rows, number = Rows(survey, form, findings), HEADER_ROWS + 1
    with open_csv_pair(form, out, findings) as table:
        for sheet in make_sheets(survey, form):
            sheet = replace(sheet, title=f"{form.title}.csv")
            number += sum(1 for _ in rows.values(sheet, number, table))
    return [out / f"{form.title}.csv", out / f"{form.title}_cp932.csv", tell(findings, form, out)]
