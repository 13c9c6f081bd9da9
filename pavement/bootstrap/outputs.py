"""Outputs of a finished run made anew, and 様式A read back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from exporters import EXPORTERS, ON_DEMAND
from exporters.form_a import (
    Change,
    Findings,
    Form,
    export_form_a,
    import_form_a,
    open_template,
    read_form,
    write_changes,
)
from exporters.mesh import find_block
from exporters.mesh_picture import draw_block
from exporters.photo_book import export_photo_book
from exporters.profiles import read_profiles
from exporters.repair_request import export_repair_requests
from pavement.files import whole_file
from pavement.road import Direction, RoadKey
from pavement.survey_file import read_survey


def export(what: str, result: Path, out: Path) -> list[Path]:
    """One kind of output of a finished run, made anew below `out`."""
    found = read_survey(result)
    if what == "open-data":
        from exporters.open_data import export_open_data, read_profile  # here: a sheet needs no GIS

        named = os.environ.get("PAVEMENT_OPEN_DATA")
        return export_open_data(found, out, read_profile(Path(named) if named else None))
    return (EXPORTERS | ON_DEMAND)[what](found, out)


def export_book(result: Path, out: Path, per_page: int) -> list[Path]:
    """画像集 of a finished run, made anew below `out` with so many photos a page."""
    return export_photo_book(read_survey(result), out, per_page)


def request_repairs(result: Path, out: Path, defect_ids: Sequence[str]) -> list[Path]:
    """補修依頼書 for some defects of a finished run."""
    return export_repair_requests(read_survey(result), out, defect_ids)


def chosen_form(
    table: Path | None = None,
    template: Path | None = None,
    per_route: bool | None = None,
    turn_up: bool | None = None,
) -> Form:
    """The form of a table (else PAVEMENT_FORM_A, else the shipped one) with what a command says instead."""
    named = os.environ.get("PAVEMENT_FORM_A")
    form = read_form(table or (Path(named) if named else None)).adjusted(template, per_route, turn_up)
    if form.template is not None:
        open_template(form.template, form, Findings())
    return form


def export_form(result: Path, out: Path, form: Form) -> list[Path]:
    """様式A of a finished run, made anew below `out` as the form has it."""
    return export_form_a(read_survey(result), out, form)


def import_form(sheet: Path, result: Path, form: Form, out: Path | None) -> tuple[list[Change], Findings]:
    """What people changed in a sheet of a finished run, and what could not be compared; in `out` as a table."""
    changes, findings = import_form_a(sheet, read_survey(result), form)
    if out is not None:
        write_changes(changes, out)
    return changes, findings


def show_block(result: Path, road: RoadKey, direction: Direction, kp_km: float, out: Path) -> None:
    """A picture of one block's mesh and transverse profile, of every drive that has it."""
    picture = draw_block(find_block(result, road, direction, kp_km), read_profiles(result, road, direction, kp_km))
    with whole_file(out) as temporary:
        picture.save(temporary)
