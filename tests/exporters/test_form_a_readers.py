"""Other programs read the sheets without loss: LibreOffice opens and saves them, a second library reads them."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from exporters.form_a import export_form_a, import_form_a, read_form
from tests.exporters.builders import make_survey
from tests.exporters.customer_form import SHEET, make_customer_form

pytestmark = pytest.mark.filterwarnings("ignore:Data Validation extension")  # openpyxl, reading what we wrote


def cells(path: Path, sheet: str) -> list[list[Any]]:
    return [[_known(value) for value in row] for row in load_workbook(path)[sheet].iter_rows(values_only=True)]


def _known(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our book, the filled blank, and below office/ both as LibreOffice saves them without a screen."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    folder = tmp_path_factory.mktemp("様式")
    export_form_a(make_survey(), folder)
    (folder / "様式A.xlsx").rename(folder / "ours.xlsx")
    export_form_a(make_survey(), folder, read_form().adjusted(template=make_customer_form(folder / "白紙.xlsx")))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]
    books = [folder / "ours.xlsx", folder / "様式A.xlsx"]
    done = subprocess.run(
        [*command, folder / "office", *books], capture_output=True, text=True, timeout=120, check=False
    )
    assert all((folder / "office" / book.name).exists() for book in books), done.stderr
    return folder


def test_libreoffice_opens_and_saves_the_book_without_loss(folder: Path) -> None:
    path, saved = folder / "ours.xlsx", folder / "office" / "ours.xlsx"
    ours, theirs = load_workbook(path), load_workbook(saved)
    assert theirs.sheetnames == ours.sheetnames
    assert theirs["コード"].sheet_state == "hidden"
    for sheet in ours.sheetnames:
        assert cells(saved, sheet) == cells(path, sheet)
    assert len(theirs["国道4号_R8"].data_validations.dataValidation) == 10
    assert import_form_a(saved, make_survey(), read_form())[0] == []


def test_libreoffice_opens_the_filled_blank_with_its_drop_downs(folder: Path) -> None:
    page: Any = load_workbook(folder / "office" / "様式A.xlsx", data_only=True)[SHEET]
    assert [page.cell(row, 1).value for row in range(7, 11)] == [1, 2, 3, 4]  # the customer's formula was calculated
    assert [page.cell(row, 21).value for row in range(7, 11)] == ["Ⅱ", "Ⅲ-1", "Ⅱ", None]
    rules = {str(rule.sqref) for rule in page.data_validations.dataValidation}
    assert {"N7:N10", "O7:O10", "U7:U10"} <= rules


def test_a_second_library_reads_the_same_cells(tmp_path: Path) -> None:
    calamine = pytest.importorskip("python_calamine", reason="python-calamine is not installed")
    export_form_a(make_survey(), tmp_path)
    book = calamine.CalamineWorkbook.from_path(tmp_path / "様式A.xlsx")
    for sheet in book.sheet_names:
        theirs = [[None if v == "" else v for v in row] for row in book.get_sheet_by_name(sheet).to_python()]
        assert theirs == cells(tmp_path / "様式A.xlsx", sheet)
    assert isinstance(book.get_sheet_by_name("国道4号_R8").to_python()[2][27], date)
