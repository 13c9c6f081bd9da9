#!/usr/bin/env bash
# usage: check_openapi.sh VENV [SECONDS [PATH_TO_SCHEMATHESIS]]
# schemathesis on every operation of a real server, as a device and as an administrator: no answer of 500 or more.
# Without a path it is installed into a venv of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1/bin/python
seconds=${2:-20}
scratch=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server" 2>/dev/null; rm -rf "$scratch"' EXIT
if [ -n "${3:-}" ]; then
  fuzzer=$3
else
  python3 -m venv "$scratch/venv"
  "$scratch/venv/bin/python" -m pip install --quiet 'schemathesis>=4'
  fuzzer=$scratch/venv/bin/schemathesis
fi
export PYTHONPATH=$PWD PAVEMENT_KEEP_FREE_MB=1 PAVEMENT_WRONG_KEYS_PER_MINUTE=1000000
mapfile -t askers < <("$python" -m tests.openapi_target "$scratch/data")
port=$("$python" -c 'from tests.api.live import free_port; print(free_port())')
"$python" tests/api/fragile_server.py "$scratch/data" "$port" 0 2>"$scratch/log" &
server=$!
for _ in $(seq 100); do
  "$python" docker/healthcheck.py "http://127.0.0.1:$port" 2>/dev/null && break
  sleep 0.3
done
cat >"$scratch/hooks.py" <<'END'
import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
END
export SCHEMATHESIS_HOOKS=hooks
fuzz() { # SECONDS OPTION…
  (cd "$scratch" && "$fuzzer" run "http://127.0.0.1:$port/api/v1/openapi.json" --checks not_a_server_error \
    --phases fuzzing --max-time "$1" --continue-on-failure --no-color --warnings off "${@:2}")
}
for asker in "${askers[@]}"; do
  echo "as ${asker%% *}"
  fuzz "$seconds" --header "$asker" --header "Sec-Fetch-Site: same-origin" --exclude-path /api/v1/session
done
fuzz 5 --include-path /api/v1/session # logs in and out, so as nobody
if grep -q Traceback "$scratch/log"; then
  tail -60 "$scratch/log"
  exit 1
fi
