"""`pavement export form-a` and `pavement import form-a` on a finished run."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from pavement import bootstrap
from pavement.cli import main
from pavement.errors import BadInput
from pavement.survey_file import write_survey
from tests.exporters.builders import make_survey


@pytest.fixture
def result(tmp_path: Path) -> Path:
    folder = tmp_path / "結果"
    write_survey(make_survey(tmp_path), folder)
    (folder / "run.json").write_text("{}", "utf-8")
    return folder


def test_a_sheet_is_made_anew_corrected_and_read_back(
    result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["export", "form-a", str(result), "--out", str(out), "--no-per-route", "--turn-up"]) == 0
    book = load_workbook(out / "様式A.xlsx")
    assert (book["様式A_R8"]["N5"].value, book["様式A_R8"]["S5"].value) == (600, 500)  # 上り, turned
    book["様式A_R8"]["AD4"] = 48
    book.save(out / "様式A.xlsx")
    capsys.readouterr()
    changes = str(tmp_path / "changes.csv")
    assert main(["import", "form-a", str(out / "様式A.xlsx"), "--result", str(result), "--out", changes]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "様式A_R8 4行 ひび割れ率(%): 47 → 48",
        f"相違 1件: {changes}",
    ]
    assert len(Path(changes).read_text("utf-8-sig").splitlines()) == 2


def test_the_environment_names_the_table_and_a_bad_one_is_refused_before_the_work(
    result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "form.toml"
    table.write_text('title="点検表"\n[[columns]]\nnumber="1"\nheader="路線番号"\ntype="数値"\nmark="C"\n', "utf-8")
    monkeypatch.setenv("PAVEMENT_FORM_A", str(table))
    assert bootstrap.chosen_form().title == "点検表"
    assert main(["export", "form-a", str(result), "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "点検表.xlsx").exists()
    table.write_text("[template]\nfile='none.xlsx'\n" + table.read_text("utf-8").partition("\n")[2], "utf-8")
    with pytest.raises(BadInput, match=r"none\.xlsx"):
        bootstrap.chosen_form()


def test_options_of_the_form_are_refused_elsewhere(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "csv", str(result), "--turn-up"]) == 2
    assert "are for form-a" in capsys.readouterr().err
