"""The notebooks run from top to bottom on a finished run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
RUN = "import nbclient, nbformat, sys; nbclient.NotebookClient(nbformat.read(sys.argv[1], 4), timeout=300).execute()"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(notebook: Path, tiny_result: Path) -> None:
    environment = {**os.environ, "PAVEMENT_RESULT": str(tiny_result), "MPLBACKEND": "Agg"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", RUN, str(notebook)], check=True, env=environment)
