#!/usr/bin/env bash
# usage: check_training.sh SCRATCH   A tiny training from made-up photos: a few steps, a checkpoint, an ONNX that agrees;
# then the engines' tests, which need ONNX Runtime and torch.
set -euo pipefail
scratch=$1
root=$(cd "$(dirname "$0")/.." && pwd)
python3 -m venv "$scratch/train"
"$scratch/train/bin/python" -m pip install --quiet --upgrade pip
"$scratch/train/bin/python" -m pip install --quiet --no-compile -c "$root/models/training/constraints.txt" "$root[train]"
"$scratch/train/bin/python" "$root/models/training/smoke.py" "$scratch/smoke"
"$scratch/train/bin/python" -m pip install --quiet pytest hypothesis
cd "$root"
"$scratch/train/bin/python" -m pytest tests/detectors/test_engines.py
