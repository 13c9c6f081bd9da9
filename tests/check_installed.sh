#!/usr/bin/env bash
# usage: check_installed.sh VENV FOLDER   An installed wheel does the demo from any folder, and imports without libGL.
set -euo pipefail
venv=$1 folder=$2
mkdir -p "$folder" && cd "$folder"
"$venv/bin/pavement" --version
"$venv/bin/python" - <<'PY'
import sys
import cv2
needed = open("/proc/self/maps").read() if sys.platform == "linux" else ""
assert "libGL.so" not in needed, "cv2 loads libGL: a slim machine has none"
import api, exporters, pavement
for name in ("models", "notebooks", "tests"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    raise SystemExit(f"{name} must not be importable from an installation")
print("imports are clean")
PY
"$venv/bin/pavement" demo --out demo >/dev/null
test -s demo/result/様式A.xlsx
echo "the installed wheel works from another folder"
