#!/bin/sh
# The container's command: the server, or any pavement command given instead.
set -e
if [ $# -eq 0 ]; then set -- serve --host 0.0.0.0 --port 8000; fi
exec pavement "$@"
