"""Who may do what: one line a route, and the real requests of everybody to their own things and to others'.

Everything that is asked for belongs to the office 北 of the manager 県. Whoever may and reaches 北 gets through;
whoever may, but elsewhere, sees no more than of a thing that does not exist (404); whoever may not is told so (401,
403). A new route has no line and fails the first test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import insert, select, update

from api.deps import COOKIE
from api.pages import PAGES
from pavement.site_settings import SiteSettings
from pavement.store.columns import utc_now
from pavement.store.devices import add_device, device_of_key
from pavement.store.people import Person, add_person
from pavement.store.result_tables import ALERTS, ANALYSES, PHOTOS
from pavement.store.scope import Grant, Place, Role
from pavement.store.sessions import begin_session
from pavement.store.tables import DRIVES
from tests.api.builders import API, NEW_DRIVE, Client, Server, digest_of, server
from tests.store.results_builders import ROAD, adopted, analysed, blocks, photo, pothole, segment

NORTH, SOUTH, CITY, WHOLE, ALL = Place("県", "北"), Place("県", "南"), Place("市", "土木"), Place("県"), Place()
PLACES = {"north": NORTH, "south": SOUTH, "city": CITY, "whole": WHOLE, "all": ALL}
NOWHERE = {
    "place": "0" * 16,
    "defect": "none",
    "photo": "none",
    "correction": "00000000-0000-7000-8000-000000000000",
}
NO_ID = "00000000-0000-7000-8000-000000000000"
FRAME = b"frame"
YEAR = "2026"


@dataclass(frozen=True)
class May:
    """A line of the table."""

    who: str  #: anybody, or the least role of a person
    of: str | None = None  #: what is named, of the office 北: in the path, or where THING stands in query or body
    device: bool = False  #: a device may too: with its own drives and what was found on them
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    empty: str | None = None  #: words of a 404 for who got in: the thing is theirs, and there is nothing of that kind
    shows: str | None = None  #: what stands in the answer for whoever reaches 北


def read(of: str | None = None, shows: str | None = None, **query: str) -> May:
    return May("patrol", of, shows=shows, query=query)


UPLOAD = {"Digest": digest_of(FRAME)}
TUS = {"Tus-Resumable": "1.0.0"}
DRAWN = {"photo_id": "THING", "box": [0.1, 0.1, 0.2, 0.2], "category": "pothole"}
GRANT = {"role": "patrol", "manager": "県", "office": "北"}
TABLE: dict[tuple[str, str], May] = {
    # health, pages
    ("GET", "/healthz"): May("anybody"),
    ("GET", "/readyz"): May("anybody"),
    ("GET", "/metrics"): May("anybody"),
    # logging in
    ("GET", "/settings"): May("anybody"),
    ("POST", "/session"): May("anybody", body={"name": "nobody", "password": "x"}),
    ("GET", "/session"): May("person"),
    ("DELETE", "/session"): May("anybody"),
    ("GET", "/session/oidc"): May("anybody"),
    ("GET", "/session/oidc/callback"): May("anybody"),
    # people, devices
    ("GET", "/people"): May("admin", shows="person"),
    ("POST", "/people"): May("admin", body={"name": "NEW", "grants": [GRANT]}),
    ("PATCH", "/people/{person_id}"): May("admin", "person", body={"display_name": "別名"}),
    ("POST", "/people/{person_id}/password"): May("admin", "person", body={"generate": True}),
    ("GET", "/audit"): May("admin"),
    ("GET", "/devices"): May("admin", shows="device"),
    ("POST", "/devices"): May("admin", body={"name": "NEW", "manager": "県", "office": "北"}),
    ("POST", "/devices/{device_id}/revoke"): May("admin", "device"),
    ("POST", "/pairings"): May("admin", body={"name": "NEW", "manager": "県", "office": "北"}),
    ("POST", "/pairings/claim"): May("anybody", body={"code": "ABCD-EFGH-JKLM"}),
    # sending: of a drive that the device of 北 sends
    ("POST", "/drives"): May("patrol", device=True, body=NEW_DRIVE, headers={"Idempotency-Key": "1"}),
    ("PUT", "/drives/{drive_id}/files/{path:path}"): May("sender", "sent", True, content=FRAME, headers=UPLOAD),
    ("HEAD", "/drives/{drive_id}/files/{path:path}"): May("sender", "sent", True),
    ("POST", "/drives/{drive_id}/complete"): May("sender", "sent", True, body={"files": []}),
    ("POST", "/drives/{drive_id}/tus"): May("sender", "sent", True, headers={**TUS, "Upload-Length": "5"}),
    ("HEAD", "/drives/{drive_id}/tus/{path:path}"): May("sender", "sent", True, headers=TUS),
    ("PATCH", "/drives/{drive_id}/tus/{path:path}"): May(
        "sender",
        "sent",
        True,
        content=FRAME,
        headers={**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
    ),
    ("DELETE", "/drives/{drive_id}/tus/{path:path}"): May("sender", "sent", True, headers=TUS),
    ("POST", "/drives/{drive_id}/tus/{path:path}"): May("sender", "sent", True, headers=TUS),
    ("OPTIONS", "/drives/{drive_id}/tus"): May("anybody"),
    ("OPTIONS", "/drives/{drive_id}/tus/{path:path}"): May("anybody"),
    # drives, cars, work
    ("GET", "/drives"): read(shows="drive"),
    ("GET", "/drives/{drive_id}"): May("patrol", "drive", device=True, shows="drive"),
    ("POST", "/drives/{drive_id}/cancel"): May("staff", "drive"),
    ("POST", "/drives/{drive_id}/retry"): May("staff", "drive"),
    ("POST", "/drives/{drive_id}/again"): May("staff", "drive"),
    ("GET", "/vehicles"): read(shows="vehicle"),
    ("GET", "/workers"): May("staff"),
    ("GET", "/alerts"): read(shows="defect"),
    ("PATCH", "/alerts/{defect_id}"): May("staff", "defect", body={"event": "confirmed"}),
    ("GET", "/coverage"): read(year=YEAR),
    # results
    ("GET", "/years"): read(),
    ("GET", "/routes"): read(),
    ("GET", "/kilopost"): read(text="4号 112K300"),
    ("GET", "/segments"): May("patrol", device=True, query={"year": YEAR}, shows="place"),
    ("GET", "/segments/{place}"): read("place", "place", year=YEAR),
    ("GET", "/segments/{place}/profile"): read("place", year=YEAR),
    ("GET", "/segments/{place}/mesh"): May("patrol", "place", query={"year": YEAR}, empty="no mesh is kept"),
    ("PATCH", "/segments/{place}"): May("staff", "place", body={"values": {"crack_pct": 3.0}}, query={"year": YEAR}),
    ("POST", "/segments/{place}/accept"): May("staff", "place", query={"year": YEAR}),
    ("POST", "/segments/{place}/lock"): May("reviewer", "place", query={"year": YEAR}),
    ("POST", "/segments/{place}/unlock"): May("reviewer", "place", query={"year": YEAR}),
    ("POST", "/segments/bulk"): May("staff", body={"places": ["PLACE"], "year": 2026, "action": "accept"}),
    ("GET", "/corrections"): read("place", place="THING"),
    ("GET", "/corrections/export"): May("admin", query={"year": YEAR}),
    ("POST", "/corrections/{correction_id}/undo"): May("staff", "correction"),
    ("POST", "/corrections/undo"): May("staff", body={"ids": [NO_ID]}),  # of others: tests/api/test_corrections.py
    ("GET", "/defects"): May("patrol", device=True, query={"year": YEAR}, shows="defect"),
    ("POST", "/defects"): May("staff", "photo", body=DRAWN),
    ("POST", "/defects/bulk"): May("staff", body={"ids": ["DEFECT"], "state": "経過観察"}),
    ("GET", "/defects/{defect_id}"): read("defect", "defect"),
    ("PATCH", "/defects/{defect_id}"): May("staff", "defect", body={"state": "経過観察"}),
    ("GET", "/photos/{photo_id}"): May("patrol", "photo", device=True),
    ("PATCH", "/photos/{photo_id}"): May("staff", "photo", body={"unusable": False}),
    # sheets and books
    ("POST", "/exports"): May("staff", body={"what": "csv", "year": 2026}),
    ("GET", "/exports"): May("staff"),
    ("GET", "/exports/jobs/{job_id}"): May("its maker", "job"),
    ("GET", "/exports/jobs/{job_id}/file"): May("its maker", "job"),
    ("GET", "/exports/{what}"): May("patrol", "drive", device=True, query={"drive": "THING"}),
    # map, review
    ("GET", "/tiles/revision"): read(),
    ("GET", "/tiles/{year}/lengths"): read(),
    ("GET", "/tiles/{year}/{z}/{x}/{y}.mvt"): read(),
    ("GET", "/review"): May("staff", query={"year": YEAR}, empty="nothing was inspected"),
    ("GET", "/accuracy"): May("staff"),
    ("PUT", "/accuracy"): May("reviewer", query={"year": YEAR, "name": "a.csv"}, content=FRAME),
    ("GET", "/accuracy/{check_id}"): May("staff", empty="no such check"),
    ("POST", "/accuracy/{check_id}/undo"): May("reviewer", empty="no such check"),
    ("GET", "/surveys"): May("staff"),
    ("DELETE", "/surveys/{survey_id}"): May("admin", empty="no such survey"),
    ("GET", "/public/review"): May("anybody", query={"year": YEAR}, empty="nothing was inspected"),
}
PAGE_ROUTES = {"/", "/patrol", "/patrol/{rest:path}", "/assets/{name}", "/{name:page}", f"{API}/openapi.json"}
PAGE_ROUTES |= {f"/{name}" for name in PAGES} | {f"/{name}/{{rest:path}}" for name in PAGES}


@dataclass(frozen=True)
class Asker:
    """Somebody with a key, a session, or neither."""

    label: str
    headers: dict[str, str]
    role: Role | None = None
    place: Place | None = None
    device: str | None = None  #: "own": it sent the drive of 北; "other"
    person: Person | None = None

    @property
    def reaches(self) -> bool:
        """Whether what is of 北 is not hidden from them."""
        return self.device == "own" or (self.place is not None and self.place.holds("県", "北"))


@dataclass
class World:
    """A server with two offices' things, and everybody who may ask."""

    running: Server
    ids: dict[str, str]
    askers: list[Asker]

    @property
    def client(self) -> Client:
        return self.running.client

    def ask(self, asker: Asker, method: str, path: str, line: May, thing: str) -> httpx.Response:
        """The request of a line, with `thing` where the path or the body names one."""
        self.client.forget()
        file = f"{method}{'-tus' * ('tus' in path)}.jpg"
        named = {"path": file, "year": YEAR, "z": "14", "x": "14594", "y": "6174", "what": "run"}
        url = re.sub(r"\{(\w+)(:path)?\}", lambda found: named.get(found[1], thing), path)
        prefix = "" if path in ("/healthz", "/readyz", "/metrics") else API
        query = {name: thing if value == "THING" else value for name, value in line.query.items()}
        more: dict[str, Any] = {"params": query, "headers": {**asker.headers, **line.headers}}
        if line.body is not None:
            more["json"] = self._filled(line.body, asker, thing)
        if line.content is not None:
            more["content"] = line.content
        return self.client.request(method, prefix + url, **more)

    def _filled(self, body: Any, asker: Asker, thing: str) -> Any:
        words = {"NEW": f"new {asker.label}", "THING": thing, "PLACE": self.ids["place"], "DEFECT": self.ids["defect"]}
        if isinstance(body, dict):
            return {name: self._filled(value, asker, thing) for name, value in body.items()}
        if isinstance(body, list):
            return [self._filled(value, asker, thing) for value in body]
        return words.get(body, body) if isinstance(body, str) else body


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("roles")
    site = SiteSettings(public_review=True)
    with server(folder, site=site, wrong_keys_per_minute=10**6) as running:
        yield fill(running)


def fill(running: Server) -> World:
    """Two offices that each have driven and found something, and a person of every role in every place."""
    database = running.service.database
    ids: dict[str, str] = {}
    askers = [Asker("nobody", {}), Asker("a wrong key", {"Authorization": "Bearer x"})]
    for label, place, kp in (("own", NORTH, 112.3), ("other", SOUTH, 200.3)):
        phone = running.phone(f"phone of {label}", place.manager, place.office)
        drive, sent = phone.new_drive("done", vehicle=f"car of {label}"), phone.new_drive("sent")
        for name in ("HEAD", "HEAD-tus", "PATCH-tus", "DELETE-tus"):
            phone.put_piece(sent, f"{name}.jpg", FRAME, 0, 2)
        with database.writing() as connection:
            connection.execute(update(DRIVES).where(DRIVES.c.id == drive).values(status="queued"))
        whose: dict[str, Any] = {"manager": place.manager, "office": place.office}
        photos = [photo(kp + 0.05, f"P-{label}", drive, **whose)]
        defect = f"defect-of-{label}"
        rows = [segment(kp, **whose), *blocks(kp, **whose)]
        analysis = analysed(database, drive, rows, [pothole(kp + 0.05, defect, **whose)], photos)
        outputs = {"run.json": {"key": f"results/{label}", "size": 5}}
        with database.writing() as connection:
            connection.execute(update(ANALYSES).where(ANALYSES.c.id == analysis).values(outputs=outputs))
            row = {"defect_id": defect, "analysis_id": analysis, "facts": {**ROAD, "kp_km": kp}, "found_at": utc_now()}
            connection.execute(insert(ALERTS).values(**row, **whose))
        askers.append(Asker(f"device {label}", phone.auth, device=label))
        if label == "own":
            ids |= {"drive": drive, "sent": sent, "defect": defect, "vehicle": f"car of {label}"}
            with database.reading() as connection:
                ids["photo"] = str(connection.execute(select(PHOTOS.c.id)).scalar_one())
            ids["place"] = str(adopted(database)[0]["place"])
    for key in ("photo", "defect"):
        assert ids[key]
    with database.reading() as connection:
        masked = connection.execute(select(PHOTOS.c.masked_key).where(PHOTOS.c.id == ids["photo"])).scalar_one()
    picture = running.service.settings.data / "picture.jpg"
    for blob in (str(masked), "results/own", "results/other"):
        picture.write_bytes(b"jpeg")
        running.service.blobs.put_file(blob, picture)
    device = device_of_key(database, add_device(database, "spare phone", NORTH.manager, NORTH.office))
    assert device is not None
    ids["device"] = device.id
    ids["person"] = add_person(database, "of the north", [Grant(Role.STAFF, NORTH)]).id
    for name, place in PLACES.items():
        for role in Role:
            person = add_person(database, f"{role} {name}", [Grant(role, place)])
            session = {"Cookie": f"{COOKIE}={begin_session(database, person)}", "Sec-Fetch-Site": "same-origin"}
            askers.append(Asker(f"{role} of {name}", session, role, place, person=person))
    return World(running, ids, askers)


def all_routes(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of every route of the application."""
    routes = iter_route_contexts(app.routes)
    return {(method, str(each.path)) for each in routes for method in getattr(each, "methods", None) or ()}


def test_every_route_has_a_line_and_every_line_a_route(world: World) -> None:
    found = all_routes(world.running.app)
    asked = {(method, path.removeprefix(API)) for method, path in found if path not in PAGE_ROUTES}
    assert asked - {("HEAD", path) for method, path in asked if method == "GET"} == set(TABLE)
    pages = {(method, path) for method, path in found if path in PAGE_ROUTES}
    assert {method for method, _ in pages} <= {"GET", "HEAD"}
    assert {path for _, path in pages} == PAGE_ROUTES


def expected(line: May, asker: Asker) -> set[str]:
    """What may become of a request for a thing of 北: in, nobody (401), may not (403), no such thing (404)."""
    if line.who == "anybody":
        return {"in"}
    if asker.device is not None:
        if not line.device:
            return {"nobody"}
        return {"in"} if asker.device == "own" or line.of is None else {"no such thing"}
    if asker.role is None:
        return {"nobody"}
    if line.who in ("sender", "its maker"):  # a person's own are asked for in a test of their own
        return {"no such thing", "may not"} if line.who == "its maker" else {"no such thing"}
    if line.who != "person" and not asker.role.includes(Role(line.who)):
        return {"may not"}
    if line.of is None or asker.reaches:
        return {"in"}
    return {"no such thing"}


def became(answer: httpx.Response, line: May | None = None) -> str:
    """A status in the table's words."""
    assert answer.status_code < 500, answer.text
    if answer.status_code == 404 and line is not None and line.empty and line.empty in answer.text:
        return "in"
    return {401: "nobody", 403: "may not", 404: "no such thing"}.get(answer.status_code, "in")


ELSEWHERE_FORBIDDEN = {("POST", "/people"), ("POST", "/devices"), ("POST", "/pairings")}  #: the body names 北
WORDS_OF_THEIR_OWN = {("POST", "/session"), ("GET", "/session/oidc"), ("GET", "/session/oidc/callback")}
WORDS_OF_THEIR_OWN |= {("POST", "/pairings/claim"), ("DELETE", "/session"), ("POST", "/defects")}
WORDS_OF_THEIR_OWN |= {("PUT", "/accuracy")}  # for a manager's whole roads: tests/api/test_accuracy.py


@pytest.mark.parametrize(("method", "path"), sorted(TABLE), ids=lambda each: str(each))
def test_who_may(world: World, method: str, path: str) -> None:
    line = TABLE[method, path]
    if (method, path) in WORDS_OF_THEIR_OWN - {("POST", "/defects")}:
        return  # 401 and 404 mean something else there: tests/api/test_people*.py
    kind = line.of
    thing = world.ids.get(kind or "", NO_ID)
    if kind == "job":  # of the one who asked for it: its test is below
        return
    wrong: list[tuple[object, ...]] = []
    for asker in world.askers:
        if kind == "correction":
            thing = a_correction(world)
        answer = world.ask(asker, method, path, line, thing)
        wanted = expected(line, asker)
        if (method, path) in ELSEWHERE_FORBIDDEN and wanted == {"in"} and not asker.reaches:
            wanted = {"may not"}
        if became(answer, line) not in wanted:
            wrong.append((asker.label, answer.status_code, sorted(wanted), answer.text[:200]))
        if became(answer, line) == "no such thing" and asker.role is not None:
            nowhere = world.ask(asker, method, path, line, NOWHERE.get(kind or "", NO_ID))
            same = (nowhere.status_code, nowhere.content) == (answer.status_code, answer.content)
            if not same:
                wrong.append((asker.label, "is told apart from none", answer.text[:100], nowhere.text[:100]))
        if line.shows and became(answer, line) == "in":
            shown = world.ids[line.shows] in answer.text
            if shown != asker.reaches:
                wrong.append((asker.label, "shown" if shown else "not shown", line.shows, answer.text[:200]))
        if not asker.reaches:
            said = answer.request.content.decode() if line.body is not None else ""  # what they know already
            leaks = [name for name, each in world.ids.items() if each in answer.text and each not in said]
            if leaks:
                wrong.append((asker.label, "learns of", leaks, answer.text[:200]))
    assert wrong == []


def a_correction(world: World) -> str:
    """The id of a correction in 北 that can be undone."""
    chief = next(asker for asker in world.askers if asker.label == "admin of north")
    line = May("admin", body={"values": {"rut_mm": 4.0}}, query={"year": YEAR})
    assert world.ask(chief, "PATCH", "/segments/{place}", line, world.ids["place"]).status_code == 200
    rows = world.ask(chief, "GET", "/corrections", read("place", place="THING"), world.ids["place"]).json()["items"]
    return str(next(row["id"] for row in rows if row["undone_at"] is None))


def test_a_person_sends_their_own_drive_and_nobody_elses(world: World) -> None:
    lines = {route: line for route, line in TABLE.items() if line.who == "sender"}
    for asker in world.askers:
        if asker.role is None:
            continue
        made = world.ask(asker, "POST", "/drives", May("patrol", body=NEW_DRIVE, headers={"Idempotency-Key": "2"}), "")
        drive = made.json()["id"]
        put = May("sender", content=FRAME[:2], headers={**UPLOAD, "Content-Range": "bytes 0-1/5"})
        for name in ("HEAD", "HEAD-tus", "PATCH-tus", "DELETE-tus"):
            path = f"/drives/{drive}/files/{name}.jpg"
            assert world.ask(asker, "PUT", path, put, "").status_code == 202, asker.label
        for (method, path), line in lines.items():
            answer = world.ask(asker, method, path, line, drive)
            assert became(answer, line) == "in", (asker.label, method, path, answer.text)
        assert world.ask(asker, "GET", "/drives/{drive_id}", May("patrol"), drive).status_code == 200


def test_an_export_is_its_makers(world: World) -> None:
    makers = [asker for asker in world.askers if asker.role == Role.STAFF]
    ask = TABLE["POST", "/exports"]
    jobs = {maker.label: str(world.ask(maker, "POST", "/exports", ask, "").json()["id"]) for maker in makers}
    for maker in makers:
        for label, job in jobs.items():
            for path in ("/exports/jobs/{job_id}", "/exports/jobs/{job_id}/file"):
                answer = world.ask(maker, "GET", path, May("staff"), job)
                assert became(answer) == ("in" if label == maker.label else "no such thing"), (maker.label, label)
    for asker in world.askers:
        for path in ("/exports/jobs/{job_id}", "/exports/jobs/{job_id}/file"):
            answer = world.ask(asker, "GET", path, May("staff"), jobs["staff of north"])
            wanted = {None: "nobody", Role.PATROL: "may not"}.get(asker.role, "no such thing")
            assert became(answer) == ("in" if asker.label == "staff of north" else wanted), asker.label


def test_a_role_here_is_none_there(world: World) -> None:
    """Staff of 南 who is also on patrol in 北 sees what is of 北 and changes nothing of it."""
    database = world.running.service.database
    both = add_person(database, "both", [Grant(Role.ADMIN, SOUTH), Grant(Role.PATROL, NORTH)])
    session = {"Cookie": f"{COOKIE}={begin_session(database, both)}", "Sec-Fetch-Site": "same-origin"}
    asker = Asker("both", session, Role.PATROL, NORTH, person=both)
    wrong = []
    for (method, path), line in TABLE.items():
        if line.of is None or line.of in ("sent", "job", "correction") or line.who == "anybody":
            continue
        answer = world.ask(asker, method, path, line, world.ids[line.of])
        wanted = "in" if line.who == "patrol" else "no such thing"
        if became(answer, line) != wanted:
            wrong.append((method, path, answer.status_code, answer.text[:200]))
    assert wrong == []


def test_another_sites_page_changes_nothing(world: World) -> None:
    """Every route that changes something refuses a session's request that the browser says comes from elsewhere."""
    chief = next(asker for asker in world.askers if asker.label == "admin of all")
    evil = Asker("evil", {**chief.headers, "Sec-Fetch-Site": "cross-site"}, chief.role, chief.place)
    for (method, path), line in TABLE.items():
        if method in ("GET", "HEAD", "OPTIONS") or path == "/pairings/claim":
            continue
        answer = world.ask(evil, method, path, line, world.ids.get(line.of or "", NO_ID))
        assert answer.status_code == 403, (method, path, answer.text)
