"""An S3 bucket of the tests' own: moto's server on loopback, and a proxy before it that can answer 500."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.api.live import free_port

BUCKET = "s3://pavement/data"
PASSED_ON = ("content-type", "content-length", "etag", "last-modified", "content-range", "accept-ranges")


def moto() -> str | None:
    """The S3 stand-in, in this environment or on the PATH."""
    return shutil.which("moto_server", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))


@contextmanager
def private_bucket(program: str) -> Iterator[int]:
    """The port of a running stand-in that has the bucket."""
    port = free_port()
    command = [program, "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                request = urllib.request.Request(f"http://127.0.0.1:{port}/pavement", method="PUT")
                with urllib.request.urlopen(request, timeout=5):
                    break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def environment(port: int) -> dict[str, str]:
    """What a process needs to find the bucket."""
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
    return {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", **keys}


@dataclass
class Proxy:
    """A way to the bucket that can be ill."""

    port: int
    ill: bool = False  #: answers 500
    refused: int = 0


@contextmanager
def proxy_to(bucket: int) -> Iterator[Proxy]:
    """A proxy before the bucket's port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if proxy.ill:
                proxy.refused += 1
                self.send_response(500)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            there = http.client.HTTPConnection("127.0.0.1", bucket, timeout=30)
            there.request(self.command, self.path, body, dict(self.headers))
            answer = there.getresponse()
            data = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() in PASSED_ON and (name.lower() != "content-length" or self.command == "HEAD"):
                    self.send_header(name, value)
            if self.command != "HEAD":
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            there.close()

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = pass_on  # noqa: N815 (http.server's names)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that went away."""

    server = Server(("127.0.0.1", 0), Handler)
    proxy = Proxy(server.server_port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
