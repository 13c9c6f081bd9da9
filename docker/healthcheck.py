"""Exit 0 when the server at the given address (default: the container's own) lives and is ready."""

import sys
import urllib.request

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
for path in ("/healthz", "/readyz"):
    with urllib.request.urlopen(address + path, timeout=5) as answer:
        if answer.status != 200:
            sys.exit(f"{path}: {answer.status}")
