"""A drive of 10,000 small frames through upload and analysis: seconds, and the peak memory of server and worker.

python -m tests.bench_long [--frames 10000]     (fake models, as in tests/jobs)

The tiny simulated drive is driven again and again, each pass a minute after the one before.
"""

from __future__ import annotations

import argparse
import csv
import re
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import cv2

from pavement.jobs import progress_of
from pavement.simulate import simulate_drive, tiny_spec
from pavement.sources import read_photo
from pavement.upload_client import Connection, open_local_drive, send_drive
from pavement.upload_client.journal import open_journal
from tests.api.live import LiveServer
from tests.jobs.builders import Processes, make_place, until

WIDTH, HEIGHT = 320, 200
TIME = re.compile(r"<time>([^<]+)</time>")


def again_and_again(drive: Path, out: Path, frames: int) -> int:
    """Write passes of `drive` until there are `frames` frames; how many there are."""
    with open(drive / "frames.csv", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    head, points, tail = re.split(r"(?s)(<trkpt.*</trkpt>)", (drive / "track.gpx").read_text(encoding="utf-8"))
    (out / "frames").mkdir(parents=True)
    small = {}
    for row in rows:
        image = read_photo(drive / row["file"])
        assert image is not None
        small[row["file"]] = cv2.imencode(".jpg", cv2.resize(image, (WIDTH, HEIGHT)))[1].tobytes()
    lines, track, number = ["file,timestamp"], [], 0
    while number < frames:
        later = timedelta(minutes=number // len(rows))
        for row in rows:
            name = f"IMG_{number:06}.jpg"
            # what follows a picture's end is not looked at; it makes each frame's bytes its own
            (out / "frames" / name).write_bytes(small[row["file"]] + number.to_bytes(8))
            lines.append(f"{name},{_shift(row['timestamp'], later)}")
            number += 1
        pieces = TIME.split(points)  # every second piece is a time
        pieces[1::2] = [f"<time>{_shift(each, later)}</time>" for each in pieces[1::2]]
        track.append("".join(pieces))
    (out / "frames.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (out / "track.gpx").write_text(head + "".join(track) + tail, encoding="utf-8")
    (out / "drive.toml").write_bytes((drive / "drive.toml").read_bytes())
    return number


def _shift(text: str, later: timedelta) -> str:
    return (datetime.fromisoformat(text) + later).isoformat().replace("+00:00", "Z")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        simulate_drive(folder / "tiny", tiny_spec())
        number = again_and_again(folder / "tiny", folder / "走行", given.frames)
        place = make_place(folder / "data", network=folder / "tiny" / "network.gpkg")
        server = LiveServer(folder / "data", light=True)
        server.start()
        server.wait()
        connection = Connection(server.url, server.new_key())
        local = open_local_drive(folder / "走行")
        began = time.monotonic()
        drive = send_drive(connection, local, open_journal(local.place, server.url), lambda *_: None).drive_id
        sent, api = time.monotonic() - began, server.peak_mb()
        print(f"{number} frames sent in {sent:.0f} s, server's peak {api or 0:.0f} MB", flush=True)
        with Processes(folder / "data") as processes:
            worker = processes.start()
            began = time.monotonic()
            ended = until(lambda: (progress_of(place.database, drive) or {}).get("status") in ("done", "failed"), 3600)
            report = progress_of(place.database, drive) or {}
            status = Path(f"/proc/{worker.pid}/status").read_text(encoding="ascii")
            peak = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
        print(f"{report['status'] if ended else 'not ended'} in {time.monotonic() - began:.0f} s, peak {peak:.0f} MB")
        print(report["counts"], report["error"] or "")
        connection.close()
        server.kill()
        place.database.close()


if __name__ == "__main__":
    main()
