"""Exit 0 when the server at the given address (default: the container's own) lives and is ready."""

import ssl
import sys
import urllib.error
import urllib.request

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
unchecked = ssl._create_unverified_context()  # whether it answers is asked here, on its own machine; not who it is
for path in ("/healthz", "/readyz"):
    try:
        with urllib.request.urlopen(address + path, timeout=5, context=unchecked) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        sys.exit(f"{path}: {error.status} {error.read().decode()}")
    except OSError as error:
        sys.exit(f"{path}: {error}")
