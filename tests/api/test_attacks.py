"""Attacks that once worked, or nearly: each a request or a file that somebody hostile would send."""

from __future__ import annotations

import asyncio
import csv
import os
import socket
import tarfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
import uvicorn
from fastapi import FastAPI

from api import connections, middleware
from api.sending import ORIGINALS
from exporters.form_a.findings import Findings, Level
from exporters.open_data import export_open_data
from pavement.commands.server import close_to_others
from pavement.errors import BadInput
from pavement.export_choice import Choice
from pavement.server_settings import Retention, ServerSettings
from pavement.site_settings import SiteSettings
from pavement.store import retention
from pavement.store.analyses import add_analysis
from pavement.store.backup import back_up, restore
from pavement.store.blobs import NoKey, open_blobs
from pavement.store.corrections import correct, lock
from pavement.store.exports import add_export
from pavement.store.history import history_of
from pavement.store.pairing import begin_pairing, claim
from pavement.store.people import change_person, find_person
from pavement.store.retention import sweep
from pavement.store.scope import Grant, Place, Role, Scope
from pavement.store.subjects import Locked
from tests.api.builders import API, Server, server
from tests.exporters.builders import TOWN, make_defect, make_segment, make_survey
from tests.store.results_builders import add_drive, adopted, analysed, blocks, photo, photo_ids, segment

HERE, THERE = Place("青森県", "東青"), Place("青森県", "中南")


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path / "data") as made:
        yield made


def test_addresses_that_are_too_much_are_refused_not_failed_at(one: Server) -> None:
    assert one.client.get("/" + "a" * 5000).status_code == 404
    staff = one.person("a", "staff")
    many = "&".join(["rating=x"] * 3000)
    for path in (
        f"/segments?{many}",
        f"/defects?{many.replace('rating', 'state')}",
        f"/tiles/{10**20}/1/1/1.mvt",
        f"/tiles/{10**20}/lengths",
        f"/tiles/revision?year={10**20}",
    ):
        assert staff.get(path).status_code == 422, path
    for order in ("' OR 1=1--", "people.name", "-place;drop table people"):
        assert staff.get(f"/segments?order={quote(order)}").json() == {"total": 0, "items": []}


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://test.evil.example", "evil://test", "http://test", "", "https://"]
)
def test_an_older_browser_on_another_page_changes_nothing(one: Server, origin: str) -> None:
    staff = one.person("a", "staff")
    headers = {"Cookie": f"__Host-pavement_session={staff.token}", "Origin": origin, "Host": "test"}
    answer = one.client.post(f"https://test{API}/exports", json={"what": "csv", "year": 2026}, headers=headers)
    assert answer.status_code == 403
    headers["Origin"] = "https://test"
    answer = one.client.post(f"https://test{API}/exports", json={"what": "csv", "year": 2026}, headers=headers)
    assert answer.status_code == 202


def test_an_export_of_roads_that_one_lost_is_not_handed_out(one: Server) -> None:
    staff, database = one.person("a", "staff", "青森県", "東青"), one.service.database
    job = add_export(database, staff.person.who, "csv", Choice(2026), Scope((HERE,)))
    assert staff.get(f"/exports/jobs/{job}").status_code == 200
    change_person(database, staff.person.id, grants=[Grant(Role.STAFF, THERE)])
    assert staff.get(f"/exports/jobs/{job}").status_code == 404
    assert staff.get(f"/exports/jobs/{job}/file").status_code == 404


def test_what_one_admin_takes_another_does_not_give_back(one: Server) -> None:
    database = one.service.database
    person = one.person("a", "staff", "青森県", "東青").person
    change_person(database, person.id, grants=[Grant(Role.STAFF, HERE), Grant(Role.STAFF, THERE)])
    change_person(database, person.id, grants=[], inside=Scope((THERE,)))
    change_person(database, person.id, grants=[Grant(Role.PATROL, HERE)], inside=Scope((HERE,)))
    found = find_person(database, person.id)
    assert found is not None
    assert found.grants == (Grant(Role.PATROL, HERE),)
    with pytest.raises(BadInput, match="needs a role"):
        change_person(database, person.id, grants=[], inside=Scope((HERE,)))


def test_of_many_claims_of_one_code_one_gets_a_key(one: Server) -> None:
    code = begin_pairing(one.service.database, "phone", HERE, "person:1").code
    keys: list[object] = []
    claims = [threading.Thread(target=lambda: keys.append(claim(one.service.database, code))) for _ in range(8)]
    for each in claims:
        each.start()
    for each in claims:
        each.join()
    assert len(keys) == 8
    assert sum(key is not None for key in keys) == 1


def test_nothing_is_corrected_behind_a_lock(one: Server) -> None:
    database = one.service.database
    analysed(database, add_drive(database), [segment(), *blocks()])
    place = adopted(database)[0]["place"]

    def change(value: float) -> None:
        with suppress(Locked):
            correct(database, place, 2026, {"rut_mm": value}, "person:1")

    changes = [threading.Thread(target=change, args=(float(n),)) for n in range(8)]
    for number, each in enumerate(changes):
        each.start()
        if number == 3:
            lock(database, place, 2026, "person:2")
    for each in changes:
        each.join()
    assert history_of(database, place, 2026)[0]["field"] == "locked"  # the newest


def test_a_drive_that_is_analysed_again_is_not_swept(one: Server) -> None:
    database = one.service.database
    drive = add_drive(database)
    analysed(database, drive, [segment(), *blocks()])
    policy, late = Retention(results_years=1), datetime(2040, 1, 1, tzinfo=UTC)
    add_analysis(database, drive, again=True)
    retention._drop_drive(database, one.service.blobs, drive, "retention")
    assert sweep(database, one.service.blobs, policy, now=late).results_drives == 0
    assert adopted(database)


def test_an_original_is_not_sent_even_where_a_row_names_it(one: Server) -> None:
    drive, phone, database = add_drive(one.service.database), one.phone(), one.service.database
    mine = phone.new_drive()
    assert phone.put(mine, "frames/a.jpg", b"unmasked").status_code == 201
    key = next(key for key, _ in one.service.blobs.list())
    assert key.startswith(ORIGINALS)
    analysed(database, drive, [segment(), *blocks()], photos=[photo(masked_key=key, marked_key=key)])
    staff = one.person("a", "admin")
    for marked in (0, 1):
        answer = staff.get(f"/photos/{photo_ids(database)[0]}?marked={marked}")
        assert (answer.status_code, b"unmasked" in answer.content) == (404, False)


def test_a_provider_is_asked_over_tls() -> None:
    given = {"PAVEMENT_OIDC_CLIENT_ID": "a", "PAVEMENT_OIDC_CLIENT_SECRET": "b"}
    with pytest.raises(BadInput, match="https"):
        SiteSettings.from_environment({**given, "PAVEMENT_OIDC_ISSUER": "http://id.example"})
    assert SiteSettings.from_environment({**given, "PAVEMENT_OIDC_ISSUER": "https://id.example"}).oidc is not None


def test_a_revoked_phone_sends_nothing_more(one: Server) -> None:
    admin, phone = one.person("a", "admin"), one.phone()
    drive = phone.new_drive()
    assert phone.put_piece(drive, "a.mp4", b"abcdef", 0, 3).status_code == 202
    device = admin.get("/devices").json()[0]["id"]
    assert admin.post(f"/devices/{device}/revoke").status_code == 200
    assert phone.put_piece(drive, "a.mp4", b"abcdef", 3, 6).status_code == 401


def test_texts_of_files_are_no_formulas_in_tables_that_people_open(tmp_path: Path) -> None:
    segment = make_segment(0.0, TOWN, attributes={"municipality": "@SUM(1)"})
    export_open_data(make_survey(segments=[segment], defects=[make_defect(defect_id="-2+3", road=TOWN)]), tmp_path)
    findings = Findings()
    findings.add(Level.NOTE, "=cmd|x", 1, "+1+1", "@x")
    findings.write(tmp_path / "findings.csv")
    for path in tmp_path.rglob("*.csv"):
        cells = [cell for row in csv.reader(path.read_text("utf-8-sig").splitlines()) for cell in row]
        dangerous = [
            cell for cell in cells if cell[:1] in ("=", "+", "@", "-") and not cell[1:].replace(".", "").isdigit()
        ]
        assert dangerous == [], path.name
        assert any(cell.startswith("'") for cell in cells) or "dictionary" in path.name


def hostile(good: Path, out: Path, name: str, data: bytes) -> Path:
    """The backup with one member more, or another one, and no list of sums of it."""
    with tarfile.open(good) as tar, tarfile.open(out, "w") as made:
        for info in tar:
            member = tar.extractfile(info)
            assert member is not None
            if info.name != name:
                made.addfile(info, BytesIO(member.read()))
        info = tarfile.TarInfo(name)
        info.size = len(data)
        made.addfile(info, BytesIO(data))
    return out


def test_a_hostile_backup_writes_nowhere_else_and_is_bad_input(tmp_path: Path) -> None:
    with server(tmp_path / "old") as one:
        one.person("a", "admin")
        begin_pairing(one.service.database, "phone", HERE, "person:1")
        back_up(one.service.settings, tmp_path / "good.tar")
    with tarfile.open(tmp_path / "good.tar") as tar:
        assert not {"rows/sessions.jsonl", "rows/pairings.jsonl"} & set(tar.getnames())
    members = {
        "store/../../evil": b"x",
        "store/..\\..\\evil": b"x",
        "store/C:evil": b"x",
        "rows/../evil.jsonl": b"[]",
        "backup.json": b"[]",
    }
    for number, (name, data) in enumerate(members.items()):
        settings = ServerSettings.from_environment(tmp_path / f"new{number}", environment={})
        with pytest.raises(BadInput):
            restore(hostile(tmp_path / "good.tar", tmp_path / "bad.tar", name, data), settings)
    assert not list(tmp_path.rglob("*evil*"))
    with pytest.raises(NoKey):
        open_blobs(str(tmp_path / "store")).put("..\\x", b"")


def test_others_of_the_machine_read_nothing(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        close_to_others()
        with server(tmp_path / "data"):
            modes = {path.name: path.stat().st_mode for path in (tmp_path / "data").rglob("*")}
    finally:
        os.umask(before)
    if os.name != "nt":
        assert not [name for name, mode in modes.items() if mode & 0o007]


def test_senders_that_never_end_are_sent_away(one: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connections.HEAD_S <= 30
    assert middleware.PATIENCE_S <= 60
    monkeypatch.setattr(middleware, "PATIENCE_S", 0.2)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    began = time.monotonic()
    headers = {"Content-Length": "2", "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    assert one.client.post(f"{API}/session", content=slow(), headers=headers).status_code == 408
    assert time.monotonic() - began < 4


def test_a_head_that_never_ends_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    config = uvicorn.Config(FastAPI(), port=0, log_config=None, http=connections.PromptProtocol)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        while not running.started:
            time.sleep(0.01)
        port = running.servers[0].sockets[0].getsockname()[1]
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as prompt:
            for pause in (1.0, 0.0):  # kept alive, and asked again
                prompt.request("GET", "/x")
                answer = prompt.getresponse()
                assert (answer.status, answer.read()) == (404, b'{"detail":"Not Found"}')
                time.sleep(pause)
            assert prompt.sock is not None
        for head in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n"):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
                slow.sendall(head)
                assert slow.recv(100) == b""
    finally:
        running.should_exit = True
        thread.join()
