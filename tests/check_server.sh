#!/usr/bin/env bash
# usage: check_server.sh VENV   The container's entrypoint starts the server, its health check passes.
set -euo pipefail
port=${PORT:-8765}
root=$(cd "$(dirname "$0")/.." && pwd)
PATH="$1/bin:$PATH" sh "$root/docker/entrypoint.sh" serve --port "$port" &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
for _ in $(seq 50); do
  "$1/bin/python" "$root/docker/healthcheck.py" "http://127.0.0.1:$port" 2>/dev/null && ok=1 && break
  sleep 0.3
done
test "${ok:-}" = 1
echo "the server is healthy"
