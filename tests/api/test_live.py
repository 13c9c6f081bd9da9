"""The server as a process: memory, a slow end, sudden ends, a dead connection's file, TLS."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.builders import API, NEW_DRIVE, content, digest_of
from tests.api.live import LiveServer

BLOCK = content(1024 * 1024)
MB = 1024 * 1024


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path / "data", light=True)
    server.start()
    server.wait()
    yield server
    server.kill()


def device(live: LiveServer, name: str = "phone") -> httpx.Client:
    headers = {"Authorization": f"Bearer {live.new_key(name)}"}
    return httpx.Client(base_url=live.url + API, headers=headers, timeout=120)


def new_drive(client: httpx.Client) -> str:
    return str(client.post("/drives", json=NEW_DRIVE, headers={"Idempotency-Key": "k"}).json()["id"])


def blocks(number: int) -> Iterator[bytes]:
    for _ in range(number):
        yield BLOCK


def digest_of_blocks(number: int) -> str:
    digest = hashlib.sha256()
    for _ in range(number):
        digest.update(BLOCK)
    return "sha-256=" + base64.b64encode(digest.digest()).decode()


def test_a_long_video_needs_no_memory(live: LiveServer) -> None:
    megabytes = 300
    with device(live) as client:
        url = f"/drives/{new_drive(client)}/files/video/a.mp4"
        headers = {"Digest": digest_of_blocks(megabytes), "Content-Length": str(megabytes * MB)}
        client.get("/drives/x")
        before = live.peak_mb()
        answer = client.put(url, content=blocks(megabytes), headers=headers)
        assert answer.status_code == 201, answer.text
        after = live.peak_mb()
    if before is None or after is None:
        pytest.skip("this system does not tell a process's peak memory")
    assert after - before < 30


def test_what_was_sent_before_a_kill_is_there_after_it(live: LiveServer) -> None:
    megabytes = 40
    digest = digest_of_blocks(megabytes)
    with device(live) as client:
        url = f"/drives/{new_drive(client)}/files/video/a.mp4"
        headers = {"Digest": digest, "Content-Length": str(megabytes * MB)}

        def cut() -> Iterator[bytes]:
            yield from blocks(35)
            part = next(live.data.glob("incoming/*/*.part"))
            while part.stat().st_size < 32 * MB:  # the last that came may be in the process's hands
                pass
            live.kill()
            yield BLOCK

        with pytest.raises(httpx.TransportError):
            client.put(url, content=cut(), headers=headers)
        live.start()
        live.wait()
        offset = int(client.head(url).headers["Upload-Offset"])
        assert offset >= 16 * MB  # the last checkpoint
        headers = {"Digest": digest, "Content-Range": f"bytes {offset}-{megabytes * MB - 1}/{megabytes * MB}"}
        rest = (BLOCK * megabytes)[offset:]
        assert client.put(url, content=rest, headers=headers).status_code == 201


def test_a_dead_connection_does_not_hold_its_file(live: LiveServer) -> None:
    with device(live) as client:
        drive = new_drive(client)
        auth = client.headers["Authorization"]
        with socket.create_connection(("127.0.0.1", live.port)) as hanging:
            head = f"PUT {API}/drives/{drive}/files/a.zip HTTP/1.1\r\nHost: x\r\nAuthorization: {auth}\r\n"
            head += f"Digest: {digest_of(BLOCK)}\r\nContent-Length: {MB}\r\n\r\n"
            hanging.sendall(head.encode() + BLOCK[: MB // 2])  # and then never anything
            while not list(live.data.glob("incoming/*/*.part")):
                pass
            first = client.put(f"/drives/{drive}/files/a.zip", content=BLOCK, headers={"Digest": digest_of(BLOCK)})
            offset = int(client.head(f"/drives/{drive}/files/a.zip").headers["Upload-Offset"])
            assert (first.status_code, first.json()["received"]) == (409, offset)  # the other's bytes are kept
            span = f"bytes {offset}-{MB - 1}/{MB}"
            headers = {"Digest": digest_of(BLOCK), "Content-Range": span}
            last = client.put(f"/drives/{drive}/files/a.zip", content=BLOCK[offset:], headers=headers)
            assert last.status_code == 201


@pytest.mark.skipif(os.name == "nt", reason="Windows has no polite signal for a process without a window")
def test_a_polite_stop_lets_a_body_end(live: LiveServer) -> None:
    started, answers = threading.Event(), []

    def slow() -> Iterator[bytes]:
        yield BLOCK
        started.set()
        while live.process is not None and not refuses(live.port):
            pass
        yield BLOCK

    with device(live) as client:
        url = f"/drives/{new_drive(client)}/files/a.zip"
        headers = {"Digest": digest_of_blocks(2), "Content-Length": str(2 * MB)}
        sending = threading.Thread(target=lambda: answers.append(client.put(url, content=slow(), headers=headers)))
        sending.start()
        started.wait()
        live.stop()
        sending.join()
    assert [answer.status_code for answer in answers] == [201]


def refuses(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return False
    except OSError:
        return True


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_the_command_serves_tls_by_an_office_ca_and_stops_when_asked(tmp_path: Path) -> None:
    certificate, key = tmp_path / "証明書.pem", tmp_path / "鍵.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key)]
    command += ["-out", str(certificate)]
    command += ["-subj", "/CN=office", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run(command, check=True, capture_output=True)
    server = LiveServer(tmp_path / "data", options=("--tls-cert", str(certificate), "--tls-key", str(key)))
    server.start()
    try:
        server.wait()
        drive = tmp_path / "走行.zip"
        drive.write_bytes(content(1000))
        command = server.pavement("upload", str(drive), "--server", server.url, "--tls-ca", str(certificate))
        environment = {**server.surroundings, "PAVEMENT_KEY": server.new_key()}
        done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
        assert (done.returncode, "queued" in done.stdout) == (0, True), done.stderr
        assert "strict-transport-security" in httpx.get(server.url + "/healthz", verify=False).headers
        if os.name != "nt":
            assert server.stop() == 0
    finally:
        server.kill()
