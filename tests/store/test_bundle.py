"""A bundle brings results in, once, whole or not at all, and never a frame that is not masked."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from pavement.cli import main
from pavement.errors import BadInput
from pavement.store.adopted_tables import ADOPTED, SECTIONS
from pavement.store.blobs import Blobs, open_blobs
from pavement.store.bundle import Imported, export_bundle, import_bundle, make_signing_keys
from pavement.store.bundle.rows import from_line, to_line
from pavement.store.database import Database, migrate, open_database
from pavement.store.result_tables import ALERTS, ANALYSES, DEFECTS, NETWORKS, PHOTOS, SEGMENTS
from pavement.store.tables import AUDIT, DEVICES, DRIVES, FILES

CARRIED = (NETWORKS, DRIVES, ANALYSES, SEGMENTS, DEFECTS, PHOTOS, ALERTS)
ROAD = {"road_type": "一般国道", "route_no": "4", "branch_no": "000", "kind": "現道"}
UNMASKED = b"a face and a plate"


def day(number: int) -> datetime:
    return datetime(2026, 11, number, 3, tzinfo=UTC)


def fill(database: Database, blobs: Blobs, number: int) -> None:
    """One drive, analysed on the `number`th; its frames, which are not masked, lie in the store beside its results."""
    analysis, drive, results = f"analysis{number}", f"drive{number}", f"results/analysis{number}"
    outputs = {"様式A.csv": b"sheet %d" % number, "images/4/1.jpg": b"masked", "images/4/1_marked.jpg": b"marked"}
    for name, data in outputs.items():
        blobs.put(f"{results}/{name}", data)
    blobs.put(f"drives/{drive}/raw", UNMASKED)
    blobs.put("networks/net.gpkg", b"network")
    rows: list[tuple[Any, dict[str, Any]]] = [
        (DRIVES, {"id": drive, "device_id": "phone", "idempotency_key": drive, "vehicle": "八戸1", "bytes": 5}),
        (FILES, {"drive_id": drive, "path": "a.jpg", "folded": "a.jpg", "size": 18, "sha256": "0", "received": 18}),
        (ANALYSES, {"id": analysis, "drive_id": drive, "number": 1, "queue": "patrol", "state": "done", "run": 1}),
        *((SEGMENTS, {"analysis_id": analysis, "level": "segment", **ROAD, "direction": "下り"}) for _ in range(2)),
        (DEFECTS, {"analysis_id": analysis, "defect_id": f"d{number}", "category": "pothole", **ROAD, "kp_km": 1.25}),
        (PHOTOS, {"analysis_id": analysis, "number": "1", "id": f"photo{number}", "timestamp": day(number), **ROAD}),
        (ALERTS, {"defect_id": f"d{number}", "analysis_id": analysis, "facts": {"面積": 0.1}, "found_at": day(number)}),
    ]
    rows[0][1].update(started_at=day(number), status="done", created_at=day(number), completed_at=day(number))
    rows[1][1].update(stored=True, blob_key=f"drives/{drive}/raw", changed_at=day(number))
    kept = {name: {"key": f"{results}/{name}", "size": len(data)} for name, data in outputs.items()}
    rows[2][1].update(claims=1, tries=1, marks=9, worker="outside", network_id="net", counts={"in": 3}, outputs=kept)
    rows[2][1].update(created_at=day(number), finished_at=day(number), model_sha256="5" * 64)
    rows[3][1].update(from_kp_km=1.2, crack_pct=12.5, surveyed_on=date(2026, 11, number), attributes={"車線": 2})
    rows[4][1].update(from_kp_km=1.3)
    rows[3][1].update(place=f"place{number}", segment_place=f"place{number}", fiscal_year=2026)
    rows[5][1].update(
        direction="下り", segment_place=f"place{number}", fiscal_year=2026, seen_on=date(2026, 11, number)
    )
    rows[6][1].update(masked_key=f"{results}/images/4/1.jpg", marked_key=f"{results}/images/4/1_marked.jpg")
    with database.writing() as connection:
        if connection.execute(select(DEVICES)).first() is None:
            phone = {"id": "phone", "name": "南部 太郎", "key_hash": "secret", "office": "八戸", "created_at": day(1)}
            phone["person_id"] = "p1"
            connection.execute(insert(DEVICES).values(**phone))
            net = {"id": "net", "name": "n.gpkg", "blob_key": "networks/net.gpkg", "created_at": day(1)}
            connection.execute(insert(NETWORKS).values(**net))
        for table, row in rows:
            connection.execute(insert(table).values(**row))


@pytest.fixture
def outside(tmp_path: Path) -> tuple[Database, Blobs]:
    """Where drives are analysed; three are."""
    database, blobs = open_database(f"sqlite:///{tmp_path / 'outside.sqlite'}"), open_blobs(str(tmp_path / "outside"))
    migrate(database)
    for number in (1, 2, 3):
        fill(database, blobs, number)
    return database, blobs


@pytest.fixture
def inside(open_empty: Callable[[], Database], tmp_path: Path) -> tuple[Database, Blobs]:
    """The inner network's server, on SQLite and on PostgreSQL."""
    database = open_empty()
    migrate(database)
    return database, open_blobs(str(tmp_path / "inside"))


def rows_of(database: Database, tables: tuple[Any, ...] = CARRIED) -> dict[str, list[dict[str, Any]]]:
    left = {"bytes", "worker", "cut_at"}
    with database.reading() as connection:
        return {
            table.name: sorted(
                ({k: v for k, v in row._mapping.items() if k not in left} for row in connection.execute(select(table))),
                key=str,
            )
            for table in tables
        }


def state_of(server: tuple[Database, Blobs]) -> object:
    return rows_of(server[0], (*CARRIED, DEVICES, AUDIT)), sorted(server[1].list())


def test_what_was_analysed_outside_is_inside_and_only_that(
    outside: tuple[Database, Blobs], inside: tuple[Database, Blobs], tmp_path: Path
) -> None:
    made = export_bundle(*outside, tmp_path / "out" / "十一月.bundle")
    assert (made.analyses, made.files, made.missing) == (3, 10, 0)
    assert UNMASKED not in (tmp_path / "out" / "十一月.bundle").read_bytes()
    for word in ("secret", "南部 太郎"):
        assert word.encode() not in (tmp_path / "out" / "十一月.bundle").read_bytes()
    adopted: list[str] = []
    new = import_bundle(*inside, tmp_path / "out" / "十一月.bundle", then=lambda _, ids: adopted.extend(ids))
    assert (new.analyses, new.rows, new.files) == (3, made.rows, 10)
    assert adopted == ["analysis1", "analysis2", "analysis3"]
    assert rows_of(inside[0]) == rows_of(outside[0])
    assert {key for key, _ in inside[1].list()} == {key for key, _ in outside[1].list() if key[:6] != "drives"}
    assert inside[1].read("results/analysis2/様式A.csv") == b"sheet 2"
    with inside[0].reading() as connection:
        (device,) = connection.execute(select(DEVICES)).all()
        assert connection.execute(select(FILES)).all() == []
    assert (device.name, device.office, device.key_hash, device.person_id) == ("職員", "八戸", "bundle:phone", None)
    assert device.revoked_at is not None


def test_twice_leaves_one_row_and_more_days_come_later(
    outside: tuple[Database, Blobs], inside: tuple[Database, Blobs], tmp_path: Path
) -> None:
    first, second = tmp_path / "1.bundle", tmp_path / "2.bundle"
    export_bundle(*outside, first)
    fill(*outside, 4)
    import_bundle(*inside, first)
    with inside[0].writing() as connection:  # a person's work inside
        connection.execute(update(ALERTS).values(repaired_at=day(9)))
    before = rows_of(inside[0])
    assert import_bundle(*inside, first) == Imported(0, 0, 0)
    assert rows_of(inside[0]) == before
    made = export_bundle(*outside, second, since=day(3))
    assert made.analyses == 2
    new = import_bundle(*inside, second)
    assert (new.analyses, new.files) == (1, 3)
    with inside[0].reading() as connection:
        times = {row.defect_id: row.repaired_at for row in connection.execute(select(ALERTS))}
    assert times == {"d1": day(9), "d2": day(9), "d3": day(9), "d4": None}


def test_a_broken_bundle_changes_nothing(
    outside: tuple[Database, Blobs], inside: tuple[Database, Blobs], tmp_path: Path
) -> None:
    good = tmp_path / "good.bundle"
    export_bundle(*outside, good)
    whole, before = good.read_bytes(), state_of(inside)
    sheet, word = whole.index(b"sheet 2"), whole.index("八戸1".encode())
    for number, bad in enumerate(
        (
            whole[:sheet] + b"S" + whole[sheet + 1 :],
            whole[:word] + b"\xff" + whole[word + 1 :],
            whole[: len(whole) // 2],
            whole[:2000],
            b"",
            b"nothing of the kind" * 100,
        )
    ):
        file = tmp_path / f"{number}.bundle"
        file.write_bytes(bad)
        with pytest.raises(BadInput, match=r"\d\.bundle: is damaged or was altered; have it"):
            import_bundle(*inside, file)
        assert state_of(inside) == before
    with pytest.raises(BadInput, match="is missing"):
        import_bundle(*inside, tmp_path / "none.bundle")


def forge(good: Path, bad: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """A bundle with other members, whose sums agree."""
    members: dict[str, bytes] = {}
    with tarfile.open(good) as tar:
        for info in tar:
            member = tar.extractfile(info)
            assert member is not None
            members[info.name] = member.read()
    members.pop("SHA256SUMS")
    change(members)
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in members.items())
    with tarfile.open(bad, "w") as tar:
        for name, data in {**members, "SHA256SUMS": sums.encode()}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def replace(old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        assert old.encode() in members["rows.jsonl"]
        members["rows.jsonl"] = members["rows.jsonl"].replace(old.encode(), new.encode())

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (replace('"masked_key":"results/analysis2/images/4/1.jpg"', '"masked_key":"drives/drive2/raw"'), "damaged"),
        (replace('"masked_key":"results/analysis2/', '"masked_key":"results/analysis1/'), "damaged"),
        (replace('"blob_key":"networks/net.gpkg"', '"blob_key":"networks/../drives/x"'), "damaged"),
        (replace('"table":"alerts"', '"table":"people"'), "rows of 'people'"),
        (replace('"vehicle":', '"fuel":"x","vehicle":'), "drives.fuel, which this version"),
        (replace('{"id":"phone"', '{"key_hash":"mine","id":"phone"'), "devices.key_hash, which this version"),
        (replace('"drive_id":"drive3"', '"drive_id":"nowhere"'), "do not belong together"),
        (lambda members: members.update({"store/drives/drive1/raw": b"x"}), "damaged"),
        (lambda members: members.update({"store/results/analysis1/more": b"x"}), "which no row names"),
        (lambda members: members.update({"store/../../evil": b"x"}), "damaged"),
        (lambda members: members.update({"evil": b"x"}), "which no bundle has"),
        (lambda members: members.update({"bundle.json": b'{"format":2,"software":"9"}'}), "format 2"),
    ],
)
def test_a_forged_bundle_is_refused(
    change: Callable[[dict[str, bytes]], None],
    says: str,
    outside: tuple[Database, Blobs],
    inside: tuple[Database, Blobs],
    tmp_path: Path,
) -> None:
    export_bundle(*outside, tmp_path / "good.bundle")
    before = state_of(inside)
    forge(tmp_path / "good.bundle", tmp_path / "bad.bundle", change)
    with pytest.raises(BadInput, match=says) as refused:
        import_bundle(*inside, tmp_path / "bad.bundle")
    assert "bad.bundle" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert state_of(inside) == before


def test_signatures(outside: tuple[Database, Blobs], inside: tuple[Database, Blobs], tmp_path: Path) -> None:
    private, public = make_signing_keys(tmp_path / "keys")
    _, other = make_signing_keys(tmp_path / "others")
    signed, plain, forged = tmp_path / "s.bundle", tmp_path / "p.bundle", tmp_path / "f.bundle"
    export_bundle(*outside, signed, private=private)
    export_bundle(*outside, plain)
    for file, key in ((plain, public), (signed, other)):
        with pytest.raises(BadInput, match="is not signed with this key"):
            import_bundle(*inside, file, key)
    forge(plain, forged, replace('"crack_pct":12.5', '"crack_pct":0.5'))
    with pytest.raises(BadInput, match="is not signed with this key"):
        import_bundle(*inside, forged, public)
    assert import_bundle(*inside, signed, public).analyses == 3
    with pytest.raises(BadInput, match="exists already"):
        make_signing_keys(tmp_path / "keys")
    with pytest.raises(BadInput, match="no public key"):
        import_bundle(*inside, signed, plain)
    with pytest.raises(BadInput, match="no private key"):
        export_bundle(*outside, signed, private=plain)


def test_files_that_are_not_kept_any_more(
    outside: tuple[Database, Blobs], inside: tuple[Database, Blobs], tmp_path: Path
) -> None:
    outside[1].delete("results/analysis1/images/4/1.jpg")
    assert export_bundle(*outside, tmp_path / "a.bundle").missing == 1
    assert import_bundle(*inside, tmp_path / "a.bundle").files == 9


def test_a_store_that_fails_half_way_leaves_nothing(
    outside: tuple[Database, Blobs],
    inside: tuple[Database, Blobs],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    export_bundle(*outside, tmp_path / "a.bundle")
    before = state_of(inside)
    puts: list[str] = []
    put_file = Blobs.put_file

    def full(self: Blobs, key: str, source: Path) -> None:
        puts.append(key)
        if len(puts) == 5:
            raise OSError(28, "No space left on device")
        put_file(self, key, source)

    monkeypatch.setattr(Blobs, "put_file", full)
    with pytest.raises(OSError, match="No space"):
        import_bundle(*inside, tmp_path / "a.bundle")
    assert state_of(inside) == before


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(TEXT, st.none() | st.floats(allow_nan=False, allow_infinity=False), st.none() | st.dates(), st.datetimes())
def test_a_row_survives_its_line(text: str, value: float | None, on: date | None, at: datetime) -> None:
    row = {"analysis_id": "a", "level": "segment", "route_no": text, "crack_pct": value, "surveyed_on": on}
    table, read = from_line(to_line(SEGMENTS, {column.name: row.get(column.name) for column in SEGMENTS.c}))
    assert table is SEGMENTS
    assert read == {name: given for name, given in row.items() if given is not None}
    drive = {column.name: None for column in DRIVES.c} | {"id": "d", "started_at": at.replace(tzinfo=UTC), "note": text}
    assert from_line(to_line(DRIVES, drive))[1]["started_at"] == at.replace(tzinfo=UTC)


def test_commands(
    tiny_drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PAVEMENT_DATABASE_URL", "PAVEMENT_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    outer, inner, file = tmp_path / "外", tmp_path / "内", tmp_path / "結果.bundle"
    outer.mkdir()
    database = open_database(f"sqlite:///{outer / 'pavement.sqlite'}")
    migrate(database)
    blobs = open_blobs(str(outer / "store"))
    fill(database, blobs, 1)
    blobs.put("networks/net.gpkg", (tiny_drive / "network.gpkg").read_bytes())
    database.close()
    assert main(["bundle", "keys", str(tmp_path / "keys")]) == 0
    private, public = str(tmp_path / "keys" / "bundle.private"), str(tmp_path / "keys" / "bundle.public")
    assert main(["bundle", "export", "--data", str(outer), "--out", str(file), "--sign", private]) == 0
    assert "analyses: 1" in capsys.readouterr().out
    take_in = ["bundle", "import", str(file), "--data", str(inner), "--signed-by", public]
    assert main(take_in) == 0
    assert "new analyses: 1" in capsys.readouterr().out
    assert main(take_in) == 0
    assert "new analyses: 0, rows: 0, files: 0" in capsys.readouterr().out
    database = open_database(f"sqlite:///{inner / 'pavement.sqlite'}")
    with database.reading() as connection:  # the map and the lists read these
        adopted = {tuple(row) for row in connection.execute(select(ADOPTED.c.analysis_id, ADOPTED.c.crack_pct))}
        assert connection.execute(select(func.count()).select_from(SECTIONS)).scalar_one() > 0
    database.close()
    assert ("analysis1", 12.5) in adopted
    later = ["bundle", "export", "--data", str(outer), "--out", str(file), "--since"]
    assert main([*later, "2026-11-02"]) == 0
    assert "analyses: 0" in capsys.readouterr().out
    assert main([*later, "yesterday"]) == 2
    file.write_bytes(json.dumps({}).encode())
    assert main(take_in) == 2
    assert capsys.readouterr().err.count("\n") == 2
