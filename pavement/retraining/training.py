"""Starts models/training/train.py in a Python that has torch: it lies beside the program, not in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pavement.detectors.registry import ROOT
from pavement.errors import BadInput, Fault

SCRIPT = ROOT / "models" / "training" / "train.py"
NEEDED = "import torch, ultralytics, onnx, onnxruntime"
INSTALL = "python -m venv runs/.venv && runs/.venv/bin/pip install -c models/training/constraints.txt '.[train]'"


def find_training_python(given: Path | None = None) -> Path | None:
    """The Python to train with: the given one, else this one or that of `make weights`; None where it lacks torch."""
    own = (Path(sys.executable), *(ROOT / "runs" / ".venv" / each for each in ("bin/python", "Scripts/python.exe")))
    for python in (given,) if given else own:
        if python.exists() and subprocess.run([python, "-c", NEEDED], capture_output=True).returncode == 0:
            return python
    return None


def train(
    config: Path, data: Sequence[Path], out: Path, python: Path, *, steps: int | None = None, start: Path | None = None
) -> Path:
    """Train by a configuration on data sets, going on where it was; the ONNX file. `start`: YOLOv8n's state dict."""
    if not SCRIPT.exists():
        raise BadInput(
            "is missing", file=SCRIPT, do="train in a checkout of the repository: the package lacks models/training"
        )
    command = [str(python), str(SCRIPT), str(config), "--data", *map(str, data), "--out", str(out)]
    command += [] if start is None else ["--init", str(start)]
    command += [] if steps is None else ["--steps", str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    made = sorted(out.glob("*.onnx"))
    if done.returncode or not made:
        raise Fault(f"the training failed: {done.stderr.strip().splitlines()[-1:] or ['no ONNX file']}")
    return Path(done.stdout.strip().splitlines()[-1])
