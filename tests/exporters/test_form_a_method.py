"""点検方法: what a person gave is told from what the machine measured."""

from __future__ import annotations

from typing import Any

import pytest

from exporters.form_a.fields import FIELDS, make_row
from pavement.segment import Flag
from tests.exporters.builders import UNMEASURED, make_segment


@pytest.mark.parametrize(
    ("changes", "method", "remark"),
    [
        ({}, "機器(新技術)", ""),
        ({"flags": (Flag.SURVEY_VEHICLE,)}, "機器(測定車)", ""),
        ({"crack_pct": 12.0, "by_person": ("crack_pct",)}, "目視", "職員の値: ひび割れ率"),
        ({"rut_mm": 12.0, "by_person": ("rut_mm",)}, "機器(新技術)", "職員の値: わだち掘れ量"),
        ({**UNMEASURED, "rut_mm": 12.0, "by_person": ("rut_mm",)}, "目視", "職員の値: わだち掘れ量"),
        (UNMEASURED, None, ""),
    ],
)
def test_method(changes: dict[str, Any], method: str | None, remark: str) -> None:
    row = make_row(make_segment(**changes), None)
    assert FIELDS["method"](row) == method
    assert [each for each in str(FIELDS["remarks"](row)).split(";") if "職員" in each] == ([remark] if remark else [])
