#!/usr/bin/env bash
# usage: check_training.sh SCRATCH   A tiny training from made-up photos: a few steps, a checkpoint, an ONNX that agrees.
set -euo pipefail
scratch=$1
root=$(cd "$(dirname "$0")/.." && pwd)
python3 -m venv "$scratch/train"
"$scratch/train/bin/python" -m pip install --quiet --upgrade pip
"$scratch/train/bin/python" -m pip install --quiet -c "$root/models/training/constraints.txt" "$root[train]"
"$scratch/train/bin/python" "$root/models/training/smoke.py" "$scratch/smoke"
