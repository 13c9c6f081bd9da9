"""Telling people of potholes: once a defect, by webhook and e-mail, with the times kept."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pavement.errors import BadInput, Fault
from pavement.jobs.notify import tell, text
from pavement.jobs.settings import Channel, JobSettings, Mail, read_channels
from pavement.jobs.work import Workplace
from pavement.store import workers
from pavement.store.alerts import Moment, NoSuchAlert, find_alert, list_alerts, note_alert, untold
from pavement.store.analyses import Claim, add_analysis, claim
from pavement.store.columns import utc_now
from pavement.store.result_tables import ALERTS, DEFECTS, DELIVERIES, SEGMENTS
from pavement.store.results import Found, NoLongerOurs, write_results
from pavement.store.scope import Place, Scope
from pavement.store.tables import AUDIT
from tests.builders import write_jpeg
from tests.jobs.builders import Processes, add_drive, all_done, make_place, states, until

ROAD = {"road_type": "主要地方道", "route_no": "101", "branch_no": "000", "kind": "現道", "direction": "下り"}
HOLE: dict[str, Any] = {**ROAD, "defect_id": "abc", "category": "pothole", "kp_km": 12.364, "lon": 140.74, "lat": 40.82}
HOLE |= {"area_m2": 0.21, "length_m": 0.6, "width_m": 0.35}
ALERT = {"defect_id": "abc", "manager": "青森県", "office": "東青", "facts": HOLE}


def write_hole(place: Workplace, tmp_path: Path) -> Claim:
    """A drive that found a pothole."""
    write_jpeg(tmp_path / "走行" / "frames" / "a.jpg")
    drive = add_drive(place, tmp_path / "走行")
    workers.enter(place.database, drive, "here")
    held = claim(place.database, add_analysis(place.database, drive), 1, drive)
    assert held is not None
    segment = {**ROAD, "level": "segment", "from_kp_km": 12.3, "surveyed_on": datetime(2026, 6, 3, tzinfo=UTC).date()}
    write_results(place.database, held, Found([segment], [HOLE], [], [ALERT]))
    return held


@contextmanager
def receiver(answers: list[int]) -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """A webhook that answers so, and what it got."""
    got: list[tuple[str, dict[str, Any]]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["Idempotency-Key"], json.loads(body)))
            self.send_response(answers.pop(0))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_results_are_written_once_and_only_while_the_claim_counts(place: Workplace, tmp_path: Path) -> None:
    held = write_hole(place, tmp_path)
    with pytest.raises(NoLongerOurs):
        write_results(place.database, held, Found([], [], [], []))
    with place.database.reading() as connection:
        assert len(connection.execute(select(SEGMENTS)).all()) == len(connection.execute(select(DEFECTS)).all()) == 1
    write_hole(place, tmp_path)  # another drive sees it too
    with place.database.reading() as connection:
        assert len(connection.execute(select(DEFECTS)).all()) == 2
        assert len(connection.execute(select(ALERTS)).all()) == 1
    assert untold(place.database) == ["abc"]


def test_a_webhook_is_told_once(place: Workplace, tmp_path: Path) -> None:
    write_hole(place, tmp_path)
    with receiver([503, 200]) as (url, got):
        channel = Channel("道路課", webhook=url)
        with pytest.raises(Fault, match="503"):
            tell(place.database, "abc", channel, None)
        alert = find_alert(place.database, "abc")
        assert alert is not None
        assert alert.notified_at is None
        for _ in range(3):
            tell(place.database, "abc", channel, None)
    assert [key for key, _ in got] == ["abc", "abc"]
    assert got[1][1]["kp_km"] == 12.364
    assert got[1][1]["office"] == "東青"
    assert untold(place.database) == []
    with place.database.reading() as connection:
        row = connection.execute(select(DELIVERIES)).one()
    assert (row.tries, row.error) == (2, None)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_an_e_mail_says_where(place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_hole(place, tmp_path)
    sent: list[Any] = []

    class Server:
        def __init__(self, host: str, port: int, timeout: float) -> None:
            assert (host, port) == ("mail", 587)

        def __enter__(self) -> Server:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def starttls(self, context: ssl.SSLContext) -> None:
            assert context.check_hostname
            sent.append("tls")

        def login(self, user: str, password: str) -> None:
            sent.append((user, password))

        def send_message(self, letter: object) -> None:
            sent.append(letter)

    monkeypatch.setattr("smtplib.SMTP", Server)
    mail = Mail("mail", "road@example.jp", 587, "u", "p", tls=True)
    tell(place.database, "abc", Channel("担当", email=("a@example.jp", "b@example.jp")), mail)
    assert sent[:2] == ["tls", ("u", "p")]
    letter = sent[2]
    assert letter["Message-ID"] == "<abc@example.jp>"
    assert letter["To"] == "a@example.jp, b@example.jp"
    assert "12.364 KP" in letter.get_content()
    alert = find_alert(place.database, "abc")
    assert alert is not None
    assert alert.notified_at is not None
    assert "面積 0.21 m²" in text(alert)


def test_times_until_the_repair_are_kept_with_who(place: Workplace, tmp_path: Path) -> None:
    write_hole(place, tmp_path)
    at = datetime(2025, 6, 4, 1, tzinfo=UTC)  # before its drive was analysed: a crew that passed by
    for moment in (Moment.CONFIRMED, Moment.PATCHED, Moment.PATCHED, Moment.REPAIRED):
        assert len(list_alerts(place.database, office="東青", open_only=True)) == 1
        note_alert(place.database, "abc", moment, "person:1", at)
    assert list_alerts(place.database, open_only=True) == []
    alert = find_alert(place.database, "abc")
    assert alert is not None
    assert alert.confirmed_at == alert.patched_at == alert.repaired_at == at
    with place.database.reading() as connection:
        log = connection.execute(select(AUDIT).where(AUDIT.c.subject == "abc").order_by(AUDIT.c.id)).all()
    assert [row.what for row in log] == [f"alert.{n}_at" for n in ("confirmed", "patched", "patched", "repaired")]
    assert json.loads(log[2].detail)["before"] == at.isoformat()
    with pytest.raises(NoSuchAlert):
        note_alert(place.database, "xyz", Moment.PATCHED, "person:1")
    with pytest.raises(BadInput, match="still to come"):
        note_alert(place.database, "abc", Moment.PATCHED, "person:1", utc_now() + timedelta(hours=1))
    with pytest.raises(NoSuchAlert):  # another office's
        note_alert(place.database, "abc", Moment.PATCHED, "person:1", scope=Scope((Place("青森県", "上北"),)))


def test_a_worker_tells_of_each_pothole_once_though_the_receiver_is_away(quick_drive: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "data", network=quick_drive / "network.gpkg")
    drives = [add_drive(place, quick_drive) for _ in range(2)]  # both see the same
    with receiver([503, 503, *[200] * 1000]) as (url, got):
        settings = ("alert_m2=0.001", f"webhook={url}")
        with Processes(tmp_path / "data", settings=settings) as processes:
            first = processes.start()
            assert until(lambda: "done" in states(place.database).values()), processes.told()
            processes.kill(first)
            processes.start()
            assert until(lambda: all_done(place.database, drives)), processes.told()
            assert until(
                lambda: list_alerts(place.database, open_only=True) != [] and untold(place.database) == [], 60
            ), processes.told()
    told = [alert.defect_id for alert in list_alerts(place.database, open_only=True)]
    assert sorted({key for key, _ in got}) == sorted(told)
    assert len(got) <= len(told) + 2 + 1  # two refused; one may have been on its way when its worker was killed
    place.database.close()


def test_channels_are_read_and_matched(tmp_path: Path) -> None:
    file = tmp_path / "通報.toml"
    file.write_text(
        '[mail]\nhost = "mail"\nsender = "road@example.jp"\n'
        '[[channel]]\nname = "東青"\noffice = "東青"\nemail = ["a@example.jp"]\n'
        '[[channel]]\nname = "本庁"\nwebhook = "http://127.0.0.1/"\n',
        encoding="utf-8",
    )
    settings = JobSettings.from_environment({"PAVEMENT_ALERTS": str(file), "PAVEMENT_ALERT_M2": "0.1"})
    assert [c.name for c in settings.channels if c.is_for("青森県", "東青")] == ["東青", "本庁"]
    assert [c.name for c in settings.channels if c.is_for("青森県", "三八")] == ["本庁"]
    assert settings.alert_m2 == 0.1
    assert JobSettings.from_environment({"PAVEMENT_DEAD_AFTER_S": "8"}).heartbeat_s == 2.0
    for bad, why in (
        ('[[channel]]\nname = "a"\nemail = ["x@y"]', "e-mails need"),
        ('[[channel]]\nname = "a"\n[[channel]]\nname = "a"', "one name"),
        ('[[channel]]\nnom = "a"', "no table of channels"),
        ("[[", "no table of channels"),
    ):
        file.write_text(bad, encoding="utf-8")
        with pytest.raises(BadInput, match=why):
            read_channels(file)
    with pytest.raises(BadInput, match="cannot be read"):
        read_channels(tmp_path / "none.toml")
    with pytest.raises(BadInput, match="PAVEMENT_STALL_S is '-1'"):
        JobSettings.from_environment({"PAVEMENT_STALL_S": "-1"})
