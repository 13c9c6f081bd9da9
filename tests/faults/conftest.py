"""One installation that things happen to: a server process, a device, a drive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from pavement.jobs import progress_of
from pavement.jobs.work import Workplace
from tests.api.builders import API, NEW_DRIVE, digest_of, entry
from tests.api.live import LiveServer
from tests.jobs.builders import Processes, add_drive, all_done, found, make_place, until


@dataclass
class Office:
    """A server, its workers' place, and one drive that waits to be analysed."""

    place: Workplace
    drive: str
    live: LiveServer
    http: httpx.Client
    upload: str = ""
    sent: dict[str, bytes] = field(default_factory=dict)

    def begin_upload(self) -> None:
        """Another drive, which is being sent while things happen."""
        made = self.http.post("/drives", json=NEW_DRIVE, headers={"Idempotency-Key": "k"})
        self.upload = made.json()["id"]

    def put(self, name: str, data: bytes = b"a frame") -> httpx.Response:
        """Send a file of it."""
        answer = self.http.put(f"/drives/{self.upload}/files/{name}", content=data, headers={"Digest": digest_of(data)})
        if answer.status_code == 201:
            self.sent[name] = data
        return answer

    def put_piece(self, name: str, whole: bytes, piece: bytes, part: dict[str, str]) -> httpx.Response:
        """Send a piece of a file of it."""
        headers = {"Digest": digest_of(whole), **part}
        return self.http.put(f"/drives/{self.upload}/files/{name}", content=piece, headers=headers)

    def head(self, name: str) -> int:
        """How much of a file is kept."""
        return int(self.http.head(f"/drives/{self.upload}/files/{name}").headers["Upload-Offset"])

    def hours_off(self) -> float:
        """How far the server's clock is off."""
        told = parsedate_to_datetime(self.http.get(f"{self.live.url}/healthz").headers["Date"])
        return (told - datetime.now(UTC)).total_seconds() / 3600

    def said(self) -> str:
        """What people read of the drive's analysis."""
        return str((progress_of(self.place.database, self.drive) or {}).get("error") or "")

    def check_done(self, processes: Processes, calm: dict[str, object], seconds: float = 120) -> None:
        """The drive is analysed as if nothing had happened, and every receipt holds."""
        assert until(lambda: all_done(self.place.database, [self.drive]), seconds), processes.told()
        assert found(self.place)[self.drive] == calm
        if self.sent:
            files = [entry(name, data) for name, data in self.sent.items()]
            answer = self.http.post(f"/drives/{self.upload}/complete", json={"files": files})
            assert answer.status_code == 202, answer.text


Open = Callable[..., Office]


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path: Path, quick_drive: Path) -> Iterator[Open]:
    """Opens one; `data`: its folder; `url`, `store`: other places; `more`: of the server's environment."""
    opened: list[Office] = []

    def open_office(data: Path = tmp_path / "data", url: str = "", store: str = "", **more: str) -> Office:
        place = make_place(data, url=url or None, store=store or None, network=quick_drive / "network.gpkg")
        places = {"PAVEMENT_DATABASE_URL": url, "PAVEMENT_STORE_URL": store}
        drive = add_drive(place, quick_drive)
        live = LiveServer(data, {**places, **more}, light=True)
        live.start()
        request.addfinalizer(live.kill)
        live.wait()
        auth = {"Authorization": f"Bearer {live.new_key()}"}
        http = httpx.Client(base_url=live.url + API, headers=auth, timeout=60)
        opened.append(Office(place, drive, live, http))
        opened[-1].begin_upload()
        return opened[-1]

    yield open_office
    for each in opened:
        each.http.close()
        each.live.kill()
        each.place.database.close()
