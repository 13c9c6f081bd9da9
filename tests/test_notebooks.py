"""The notebooks run from top to bottom: on made data, and on a finished run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pavement.survey_file import read_survey

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
OVER_RESULTS = ("全線点検結果とりまとめ", "判定基準値の検討")
RUN = (
    "import nbclient, nbformat, sys;"
    "book = nbformat.read(sys.argv[1], 4);"
    "book.cells[1].source += '\\n' + sys.argv[2];"
    "nbclient.NotebookClient(book, timeout=300).execute();"
    "nbformat.write(book, sys.argv[1])"
)


def execute(name: str, folder: Path, result: Path, settings: str = "") -> dict[int, list[dict[str, object]]]:
    """The outputs by cell of a copy of a notebook, its first cell followed by `settings`."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    environment = {**os.environ, "PAVEMENT_RESULT": str(result)}
    environment.pop("MPLBACKEND", None)  # so that pictures come into the notebook, as where people run it
    command = [sys.executable, "-W", "ignore", "-c", RUN, f"{name}.ipynb", settings]
    subprocess.run(command, check=True, env=environment, cwd=folder, stderr=subprocess.DEVNULL)
    book = json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
    return {k: cell.get("outputs", []) for k, cell in enumerate(book["cells"])}


def pictures(outputs: dict[int, list[dict[str, object]]]) -> int:
    """How many pictures there are."""
    return sum("image/png" in str(each) for cell in outputs.values() for each in cell)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_runs(name: str, tiny_result: Path, tmp_path: Path) -> None:
    outputs = execute(name, tmp_path, tiny_result)
    assert pictures(outputs) >= 1
    assert not any("Glyph" in str(cell) for cell in outputs.values())  # letters that the font lacks


@pytest.mark.parametrize("name", OVER_RESULTS)
def test_runs_over_a_result_folder(name: str, tiny_result: Path, tmp_path: Path) -> None:
    settings = f"年度, 結果フォルダ = {read_survey(tiny_result).year}, [{str(tiny_result)!r}]"
    outputs = execute(name, tmp_path, tiny_result, settings)
    assert "結果フォルダ 1 件" in str(outputs[2])
    assert "見本データ" not in str(outputs)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_is_kept_without_outputs_and_defines_nothing(name: str) -> None:
    book = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)
    assert not any(line.startswith(("def ", "class ")) for cell in code for line in cell["source"])
