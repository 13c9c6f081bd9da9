#!/usr/bin/env bash
# usage: check_server.sh VENV   The server starts, answers its health checks and stops.
set -euo pipefail
port=${PORT:-8765}
"$1/bin/pavement" serve --port "$port" &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
for _ in $(seq 50); do
  "$1/bin/python" "$(dirname "$0")/../docker/healthcheck.py" "http://127.0.0.1:$port" 2>/dev/null && ok=1 && break
  sleep 0.3
done
test "${ok:-}" = 1
echo "the server is healthy"
