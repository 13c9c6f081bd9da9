"""Logging in, people and their grants, devices, pairing and the log, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import httpx
import numpy as np
import pytest

from api.deps import COOKIE
from api.wrong_keys import WrongLogins
from pavement.errors import BadInput
from pavement.site_settings import SiteSettings
from pavement.store.audit import Asked, read_audit
from pavement.store.people import add_person, person_named
from pavement.store.scope import Grant, Place, Role
from tests.api.builders import API, NEW_DRIVE, Server, entry, server

GOOD = "雪国の道を毎日走る26"
FRAME = b"frame"
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as started:
        yield started


@pytest.fixture
def sato(one: Server) -> str:
    """The id of a person with a password."""
    return add_person(one.service.database, "sato", [Grant(Role.STAFF, Place("県", "北"))], GOOD, "佐藤").id


def log_in(one: Server, password: str = GOOD, name: str = "sato", **headers: str) -> httpx.Response:
    one.client.forget()
    return one.client.post(f"{API}/session", json={"name": name, "password": password}, headers={**SAME, **headers})


def held(one: Server, cookie: str) -> int:
    return one.client.get(f"{API}/session", headers={"Cookie": f"{COOKIE}={cookie}"}).status_code


def test_log_in_look_and_log_out(one: Server, sato: str) -> None:
    answer = log_in(one)
    assert answer.status_code == 200
    user = {"id": sato, "name": "sato", "display_name": "佐藤"}
    assert answer.json() == {"user": user, "grants": [{"role": "staff", "manager": "県", "office": "北"}]}
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    token = answer.cookies[COOKIE]
    headers = {"Cookie": f"{COOKIE}={token}"}
    assert one.client.get(f"{API}/session", headers=headers).json() == answer.json()
    gone = one.client.request("DELETE", f"{API}/session", headers={**headers, **SAME})
    assert gone.status_code == 204
    assert "max-age=0" in gone.headers["Set-Cookie"].lower()
    assert held(one, token) == 401
    assert one.client.request("DELETE", f"{API}/session", headers=SAME).status_code == 204


def test_over_tls_the_cookie_is_secure(one: Server, sato: str) -> None:
    body = {"name": "sato", "password": GOOD}
    answer = one.client.post(f"https://test{API}/session", json=body, headers=SAME)
    assert "secure" in answer.headers["Set-Cookie"].lower()
    own = f"__Host-{COOKIE}"  # browsers take it from this host only
    token = answer.cookies[own]
    asked = f"https://test{API}/session"
    assert one.client.get(asked, headers={"Cookie": f"{own}={token}"}).status_code == 200
    assert one.client.get(asked, headers={"Cookie": f"{COOKIE}={token}"}).status_code == 401  # a neighbour's could be
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_new_login_ends_the_browsers_old_session(one: Server, sato: str) -> None:
    first = log_in(one).cookies[COOKIE]
    second = log_in(one, Cookie=f"{COOKIE}={first}").cookies[COOKIE]
    assert (held(one, first), held(one, second)) == (401, 200)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://evil"},
        {"Origin": "null"},
        {"Origin": "http://test", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_what_another_site_causes_is_refused(one: Server, sato: str, headers: dict[str, str]) -> None:
    cookie = {"Cookie": f"{COOKIE}={log_in(one).cookies[COOKIE]}"}
    for method, path, body in (
        ("POST", "/session", {"name": "sato", "password": GOOD}),
        ("DELETE", "/session", None),
        ("POST", "/drives", NEW_DRIVE),
        ("POST", f"/people/{sato}/password", {"password": GOOD, "current": GOOD}),
    ):
        answer = one.client.request(method, API + path, json=body, headers={**cookie, **headers})
        assert answer.status_code == 403, path
        assert "own pages" in answer.json()["detail"]
    assert held(one, cookie["Cookie"].partition("=")[2]) == 200


def test_an_old_browser_says_it_by_origin(one: Server, sato: str) -> None:
    one.client.forget()
    answer = one.client.post(
        f"{API}/session", json={"name": "sato", "password": GOOD}, headers={"Origin": "http://test"}
    )
    assert answer.status_code == 200


def test_wrong_passwords_look_alike_and_are_slowed(tmp_path: Path) -> None:
    with server(tmp_path, site=SiteSettings(wrong_logins=3)) as one:
        add_person(one.service.database, "sato", [Grant(Role.STAFF)], GOOD)
        wrong, nobody = log_in(one, "x"), log_in(one, "x", name="nobody")
        assert wrong.status_code == nobody.status_code == 401
        assert wrong.content == nobody.content
        assert log_in(one).status_code == 200  # a right one between does not count
        assert [log_in(one, "x").status_code for _ in "1234"] == [401, 401, 429, 429]
        late = log_in(one)
        assert late.status_code == 429
        assert 0 < int(late.headers["Retry-After"]) <= 300
        assert log_in(one, "x", name="nobody").status_code == 401
        assert COOKIE not in late.cookies


def test_nobody_is_locked_out_for_good() -> None:
    now = [0.0]
    tried = WrongLogins(3, lambda: now[0])
    tried.forgive("sato", "office")
    for n in range(100):  # strangers from everywhere
        tried.begin("sato", f"10.0.0.{n}")
    assert tried.begin("sato", "elsewhere") > 0
    assert tried.begin("sato", "office") == 0  # where they came in before, they still may
    now[0] = 299.0
    assert 0 < tried.begin("sato", "elsewhere") <= 1
    now[0] = 301.0  # refused tries did not make it longer
    assert tried.begin("sato", "elsewhere") == 0
    for n in range(100):
        tried.begin(f"name{n}", "one address")
    assert tried.begin("abe", "one address") > 0


def test_wrong_passwords_are_in_the_log(one: Server, sato: str) -> None:
    log_in(one, "x")
    log_in(one, "x", name="nobody knows this")
    entries, total = read_audit(one.service.database, Asked(what="session"))
    assert [(each.what, each.subject) for each in entries] == [("session.refused", sato)]
    assert total == 1


def test_settings_need_no_login(tmp_path: Path) -> None:
    with server(tmp_path, site=SiteSettings(title="青森の道", public_review=True), base_map=None) as one:
        found = one.client.get(f"{API}/settings").json()
        assert found.pop("version")
        assert found == {"title": "青森の道", "base_map": None, "oidc": False, "public_review": True}


def test_answers_are_kept_by_no_cache(one: Server) -> None:
    staff = one.person("ito", "staff")
    assert staff.get("/session").headers["Cache-Control"] == "no-store"


def test_idle_sessions_end(tmp_path: Path) -> None:
    with server(tmp_path, site=SiteSettings(idle=timedelta(microseconds=1))) as one:
        assert one.person("ito", "staff").get("/session").status_code == 401


def test_one_changes_ones_own_password(one: Server, sato: str) -> None:
    token, other = log_in(one).cookies[COOKIE], log_in(one).cookies[COOKIE]
    headers = {"Cookie": f"{COOKIE}={token}", **SAME}

    def change(**body: object) -> httpx.Response:
        one.client.forget()
        return one.client.post(f"{API}/people/{sato}/password", json=body, headers=headers)

    assert change(password=GOOD + "!").status_code == 403
    assert change(password=GOOD + "!", current="x").status_code == 403
    assert change(password="short", current=GOOD).status_code == 422
    assert change(current=GOOD).status_code == 422
    done = change(password=GOOD + "!", current=GOOD)
    assert (done.status_code, done.json()) == (200, {"password": None})
    assert (held(one, token), held(one, other), held(one, done.cookies[COOKIE])) == (401, 401, 200)
    assert log_in(one).status_code == 401
    assert log_in(one, GOOD + "!").status_code == 200


def new(name: str = "ito", role: str = "staff", office: str | None = "北", **more: object) -> dict[str, object]:
    return {"name": name, "grants": [{"role": role, "manager": "県", "office": office}], **more}


def test_an_admin_makes_people_within_the_office(one: Server) -> None:
    admin = one.person("boss", "admin", "県", "北")
    made = admin.post("/people", new(generate=True, display_name="伊藤"))
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["display_name"], body["has_password"], body["manageable"]) == ("伊藤", True, True)
    assert log_in(one, body["password"], "ito").status_code == 200
    assert admin.post("/people", new()).status_code == 409
    for elsewhere in (new("a", office="南"), new("a", office=None), {"name": "a", "grants": [{"role": "patrol"}]}):
        assert admin.post("/people", elsewhere).status_code == 403
    for bad in (
        {"name": "a", "grants": []},
        {"name": "a"},
        new("a", role="king"),
        new("a", password="x"),
        new("a", ofice="北"),
        {"name": "a", "grants": [{"role": "staff", "manager": "県", "offise": "北"}]},
    ):
        assert admin.post("/people", bad).status_code == 422, bad
    assert [each["name"] for each in admin.get("/people").json()] == ["boss", "ito"]


def test_an_admin_sees_and_changes_nobody_elsewhere(one: Server) -> None:
    north, south = one.person("boss", "admin", "県", "北"), one.person("ito", "staff", "県", "南")
    whole = one.person("chief", "admin", "県")
    both = add_person(
        one.service.database, "abe", [Grant(Role.STAFF, Place("県", "北")), Grant(Role.ADMIN, Place("県", "南"))]
    )
    none = "00000000-0000-7000-8000-000000000000"
    for method, path, body in (
        ("PATCH", "/people/{}", {"disabled": True}),
        ("POST", "/people/{}/password", {"password": GOOD}),
    ):
        there, nowhere = (north.request(method, path.format(each), json=body) for each in (south.person.id, none))
        assert there.status_code == nowhere.status_code == 404
        assert there.content == nowhere.content
        assert north.request(method, path.format(both.id), json=body).status_code == 403
    seen = {each["name"]: each for each in north.get("/people").json()}
    assert seen.keys() == {"boss", "abe"}
    assert seen["abe"]["grants"] == [{"role": "staff", "manager": "県", "office": "北"}]
    assert not seen["abe"]["manageable"]
    patrol = {"grants": [{"role": "patrol", "manager": "県", "office": "北"}]}
    assert north.patch(f"/people/{both.id}", patrol).json()["grants"] == patrol["grants"]
    assert north.patch(f"/people/{both.id}", {"grants": []}).status_code == 200  # what they do elsewhere stays
    assert [each["name"] for each in north.get("/people").json()] == ["boss"]
    assert whole.get("/people").json()[-1]["grants"] == [{"role": "admin", "manager": "県", "office": "南"}]
    assert whole.patch(f"/people/{both.id}", {"disabled": True}).json()["disabled_at"] is not None


def test_nobody_changes_their_own_rights(one: Server) -> None:
    admin = one.person("boss", "admin")
    for change in ({"disabled": True}, {"grants": [{"role": "patrol"}]}):
        assert admin.patch(f"/people/{admin.person.id}", change).status_code == 422
    assert admin.patch(f"/people/{admin.person.id}", {"display_name": "部長"}).json()["display_name"] == "部長"
    other = one.person("ito", "staff")
    assert admin.patch(f"/people/{other.person.id}", {"grants": []}).status_code == 422
    assert admin.patch(f"/people/{other.person.id}", {"disabled": True}).status_code == 200
    assert other.get("/session").status_code == 401
    assert admin.patch(f"/people/{other.person.id}", {"disabled": False}).json()["disabled_at"] is None


def test_an_admin_gives_a_new_password(one: Server, sato: str) -> None:
    token = log_in(one).cookies[COOKIE]
    admin = one.person("boss", "admin", "県")
    given = admin.post(f"/people/{sato}/password", {"generate": True}).json()["password"]
    assert held(one, token) == 401
    assert log_in(one, given).status_code == 200
    assert one.person("ito", "reviewer", "県").post(f"/people/{sato}/password", {"generate": True}).status_code == 403


def test_devices_within_the_office(one: Server) -> None:
    north, south = one.person("n", "admin", "県", "北"), one.person("s", "admin", "県", "南")
    whole = one.person("w", "admin", "県")
    made = north.post("/devices", {"name": "号車1"})
    assert made.status_code == 201
    device = made.json()["device"]
    assert (device["manager"], device["office"]) == ("県", "北")
    assert (
        one.client.get(f"{API}/drives/x", headers={"Authorization": f"Bearer {made.json()['key']}"}).status_code == 404
    )
    assert north.post("/devices", {"name": "号車1"}).status_code == 422
    assert south.post("/devices", {"name": "号車1"}).status_code == 201
    assert north.post("/devices", {"name": "号車2", "office": "南"}).status_code == 403
    assert whole.post("/devices", {"name": "号車2", "office": "南"}).json()["device"]["office"] == "南"
    assert [len(each.get("/devices").json()) for each in (north, south, whole)] == [1, 2, 3]
    path = f"/devices/{device['id']}/revoke"
    assert south.post(path).content == south.post("/devices/none/revoke").content
    assert south.post(path).status_code == 404
    revoked = north.post(path).json()
    assert revoked["revoked_at"] is not None
    assert north.post(path).json() == revoked


def test_a_phone_is_paired_once(one: Server) -> None:
    admin = one.person("boss", "admin", "県", "北")
    shown = admin.post("/pairings", {"name": "号車1"})
    assert shown.status_code == 201
    pairing = shown.json()
    assert pairing["url"] == f"http://test/patrol#pair={pairing['code']}"
    one.client.forget()
    made = one.client.post(f"{API}/pairings/claim", json={"code": pairing["code"]})
    assert made.status_code == 201
    assert made.json()["device"]["office"] == "北"
    phone = {"Authorization": f"Bearer {made.json()['key']}", "Idempotency-Key": "1"}
    assert one.client.post(f"{API}/drives", json=NEW_DRIVE, headers=phone).status_code == 201
    for code in (pairing["code"], "ABCD-EFGH-JKLM", "x"):
        assert one.client.post(f"{API}/pairings/claim", json={"code": code}).status_code == 404
    statuses = {one.client.post(f"{API}/pairings/claim", json={"code": "x"}).status_code for _ in range(30)}
    assert statuses == {404, 429}
    assert admin.post("/pairings", {"name": "号車2", "office": "南"}).status_code == 403


def test_the_code_can_be_read(one: Server) -> None:
    pairing = one.person("boss", "admin").post("/pairings", {"name": "号車1"}).json()
    svg = ElementTree.fromstring(pairing["qr_svg"])
    size = int(svg.attrib["width"]) // 8
    picture = np.full((size, size), 255, np.uint8)
    path = next(each.attrib["d"] for each in svg.iter() if each.attrib.get("stroke"))
    x = y = 0.0
    for verb, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        given = [float(each) for each in numbers.split()]
        if verb == "M":
            x, y = given[0], given[1]
        elif verb == "m":
            x, y = x + given[0], y + given[1]
        else:
            picture[int(y), int(x) : int(x + given[0])] = 0
            x += given[0]
    text, *_ = cv2.QRCodeDetector().detectAndDecode(cv2.resize(picture, None, fx=8, fy=8, interpolation=0))
    assert text == pairing["url"]


def test_behind_a_proxy_the_phones_address_is_set(tmp_path: Path) -> None:
    with server(tmp_path, site=SiteSettings(public_url="https://road.example")) as one:
        shown = one.person("boss", "admin").post("/pairings", {"name": "号車1"}).json()
        assert shown["url"].startswith("https://road.example/patrol#pair=")


def test_the_log_of_the_office(one: Server) -> None:
    north, south = one.person("n", "admin", "県", "北"), one.person("s", "admin", "県", "南")
    north.post("/people", new())
    south.post("/devices", {"name": "号車9"})
    lines = north.get("/audit").json()
    assert [line["what"] for line in lines["items"]] == ["person.add", "session.begin"]
    assert (lines["total"], lines["items"][0]["name"]) == (2, "n")
    assert "号車9" not in north.get("/audit").text
    everything = one.person("all", "admin").get("/audit", params={"what": "device"}).json()
    assert [line["detail"]["name"] for line in everything["items"]] == ["号車9"]
    assert north.get("/audit", params={"limit": 0}).status_code == 422
    assert north.get("/audit", params={"since": "2100-01-01T00:00:00Z"}).json()["total"] == 0


def test_a_person_sends_a_drive(one: Server) -> None:
    patrol = one.person("ito", "patrol", "県", "北")
    made = patrol.post("/drives", NEW_DRIVE, headers={"Idempotency-Key": "1"})
    assert made.status_code == 201, made.text
    drive = made.json()["id"]
    assert patrol.post("/drives", NEW_DRIVE, headers={"Idempotency-Key": "1"}).json()["id"] == drive
    from tests.api.builders import digest_of

    put = patrol.request("PUT", f"/drives/{drive}/files/a.jpg", content=FRAME, headers={"Digest": digest_of(FRAME)})
    assert put.status_code == 201
    assert patrol.post(f"/drives/{drive}/complete", {"files": [entry("a.jpg", FRAME)]}).status_code == 202
    assert patrol.get(f"/drives/{drive}").json()["status"] == "queued"
    colleague, stranger = one.person("abe", "staff", "県", "北"), one.person("ono", "admin", "県", "南")
    assert colleague.get(f"/drives/{drive}").status_code == 200
    assert colleague.request("HEAD", f"/drives/{drive}/files/a.jpg").status_code == 404  # seen, but not theirs to send
    assert stranger.get(f"/drives/{drive}").status_code == 404
    assert one.person("chief", "patrol", "県").get(f"/drives/{drive}").status_code == 200
    entries, _ = read_audit(one.service.database, Asked(subject=drive))
    assert {each.who for each in entries} == {patrol.person.who}
    assert one.person("boss", "admin").get("/devices").json() == []  # the hidden device stays hidden


def test_security_headers(one: Server) -> None:
    for path in ("/", "/healthz", f"{API}/session", "/nowhere"):
        headers = one.client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "'unsafe-eval'" not in headers["Content-Security-Policy"]
        assert not re.search(r"script-src[^;]*unsafe-inline", headers["Content-Security-Policy"])


def test_a_login_body_is_small(one: Server) -> None:
    bodies: list[Any] = [{"name": "a", "password": "x" * 2_000_000}, {"name": "a" * 2000, "password": "x"}]
    for body in (*bodies, [], {"name": "a"}):
        assert one.client.post(f"{API}/session", json=body, headers=SAME).status_code in (413, 422)


def test_a_role_of_nowhere_opens_nothing(one: Server) -> None:
    person = one.person("ito", "staff")
    with one.service.database.writing() as connection:
        from pavement.store.people_tables import GRANTS

        connection.execute(GRANTS.delete())
    assert replace(person.person, grants=()) == person_named(one.service.database, "ito")
    assert person.get("/session").json()["grants"] == []
    assert person.get("/people").status_code == 403
    assert person.post("/drives", NEW_DRIVE, headers={"Idempotency-Key": "1"}).status_code == 403


def test_settings_of_the_environment() -> None:
    given = {"PAVEMENT_TITLE": "道", "PAVEMENT_PUBLIC_URL": "https://road.example/", "PAVEMENT_SESSION_IDLE_HOURS": "1"}
    oidc = {"PAVEMENT_OIDC_ISSUER": "https://id.example", "PAVEMENT_OIDC_CLIENT_ID": "a"}
    site = SiteSettings.from_environment({**given, **oidc, "PAVEMENT_OIDC_CLIENT_SECRET": "b"})
    assert (site.title, site.public_url, site.idle) == ("道", "https://road.example", timedelta(hours=1))
    assert site.oidc is not None
    assert SiteSettings.from_environment({}) == SiteSettings()
    for wrong in (
        oidc,
        {"PAVEMENT_PUBLIC_URL": "road.example"},
        {"PAVEMENT_PUBLIC_URL": "https://a;b"},
        {"PAVEMENT_SESSION_DAYS": "0"},
        {"PAVEMENT_WRONG_LOGINS": "x"},
    ):
        with pytest.raises(BadInput, match="PAVEMENT_"):
            SiteSettings.from_environment(wrong)
