from __future__ import annotations

from pathlib import Path

import pytest

from pavement.errors import BadInput
from pavement.evaluation.rut import evaluate_rut

HEAD = "road_type,route_no,branch_no,kind,direction,from_kp_km,rut_mm,rut_se_mm\n"


def write_blocks(path: Path, rows: list[tuple[float, str, str]]) -> Path:
    lines = [f"主要地方道,101,000,現道,下り,{kp:.3f},{rut},{se}" for kp, rut, se in rows]
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def test_errors_and_classes(tmp_path: Path) -> None:
    found = write_blocks(
        tmp_path / "blocks.csv",
        [(1.0, "19", "1"), (1.02, "25", "1"), (1.04, "44", "2"), (1.06, "", ""), (1.08, "0", "1")],
    )
    truth = write_blocks(
        tmp_path / "truth.csv", [(1.0, "20", ""), (1.02, "22", ""), (1.04, "45", ""), (1.06, "30", ""), (1.08, "0", "")]
    )
    figures = evaluate_rut(found, truth)
    depth = figures["rut depth"]
    assert (depth["n"], depth["refused"]) == (5, 1)
    assert depth["mean error mm"] == pytest.approx((1 + 3 + 1 + 0) / 4)
    assert depth["bias mm"] == pytest.approx((-1 + 3 - 1 + 0) / 4)
    assert depth["within 2 se"] == pytest.approx(3 / 4)  # 3 mm is more than 2 · 1
    assert figures["≥ 20 mm"]["検出率"] == pytest.approx(2 / 3)
    assert figures["≥ 20 mm"]["検出率 rank"] == "B"
    assert figures["≥ 20 mm"]["的中率"] == pytest.approx(1.0)
    assert figures["≥ 40 mm"]["both"] == 1


def test_a_folder_of_a_run_will_do(tmp_path: Path) -> None:
    truth = write_blocks(tmp_path / "blocks.csv", [(1.0, "20", "")])
    assert evaluate_rut(tmp_path, truth)["rut depth"]["bias mm"] == 0


def test_missing_tables_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is missing"):
        evaluate_rut(tmp_path, tmp_path / "truth.csv")
