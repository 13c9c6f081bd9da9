"""The import contract of pyproject.toml holds, and a violation is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")


def test_the_contract_is_kept_and_a_violation_is_found(tmp_path: Path) -> None:
    for package in ("pavement", "api", "exporters"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    clean = lint(tmp_path)
    assert clean.returncode == 0, clean.stdout
    rating = tmp_path / "pavement" / "rating.py"
    rating.write_text(rating.read_text(encoding="utf-8") + "\nimport cv2\n", encoding="utf-8")
    planted = lint(tmp_path)
    assert planted.returncode != 0
    assert "pavement.rating -> cv2" in planted.stdout
