"""What the server is started, watched and stopped with: units, compose file, certificate, logs, metrics, guide."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import re
import shutil
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import insert

from api.serving import JsonLines, check_certificate
from pavement.errors import BadInput
from pavement.office_ca import CA_DAYS, issue_certificate
from pavement.store.columns import utc_now
from pavement.store.gauges import read_gauges
from pavement.store.result_tables import ANALYSES, WORKERS
from tests.api.builders import server
from tests.check_compose import read_compose, read_variables
from tests.jobs.builders import Processes, add_drive, all_done, make_place, states, until

ROOT = Path(__file__).parents[1]
LINE = re.compile(r'^pavement_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?\d+(\.\d+)?$')


def test_the_server_process_is_light() -> None:
    """The pipeline, its libraries and the engine of the jobs are for worker processes: 200 MB less."""
    heavy = ["pavement.bootstrap", "pavement.pipeline", "pavement.matching", "exporters", "geopandas", "pandas"]
    heavy += ["openvino", "dbos", "openpyxl", "fpdf", "matplotlib", "scipy", "cv2", "PIL"]
    code = "import sys, api.app, api.serving, pavement.job_wiring, pavement.jobs; "
    code += f"print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_the_compose_file_is_whole() -> None:
    compose = read_compose(read_variables())
    services = compose["services"]
    assert {"api", "worker", "database", "files", "bucket"} == services.keys()
    named = {volume.split(":")[0] for each in services.values() for volume in each.get("volumes", [])}
    assert {name for name in named if not name.startswith(".")} == compose["volumes"].keys()
    for each in services.values():
        assert ":latest" not in each.get("image", "")
        for other, wanted in each.get("depends_on", {}).items():
            condition = wanted["condition"]
            assert condition != "service_healthy" or "test" in services[other]["healthcheck"]
    credentials = json.loads(compose["configs"]["s3"]["content"])["identities"][0]["credentials"][0]
    given = services["api"]["environment"]
    assert credentials == {"accessKey": given["AWS_ACCESS_KEY_ID"], "secretKey": given["AWS_SECRET_ACCESS_KEY"]}
    assert services["database"]["environment"]["POSTGRES_PASSWORD"] in given["PAVEMENT_DATABASE_URL"]
    with pytest.raises(KeyError):
        read_compose({})  # without passwords nothing starts


def test_the_image_has_what_the_compose_file_uses() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "PAVEMENT_DATA=/data" in image
    assert os.access(ROOT / "docker" / "entrypoint.sh", os.X_OK)
    for copied in ("docker/entrypoint.sh", "docker/healthcheck.py"):
        assert copied in image
        assert (ROOT / copied).is_file()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_the_units_are_sound(tmp_path: Path) -> None:
    """The program of the units is not installed here; everything else is as it is."""
    units = sorted((ROOT / "deploy" / "systemd").glob("*.[st]*e*"))
    units = [unit for unit in units if unit.suffix in (".service", ".timer")]
    for unit in units:
        text = unit.read_text(encoding="utf-8").replace("/opt/pavement/venv/bin/pavement", "/bin/true")
        (tmp_path / unit.name.replace("@", "@1")).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(each) for each in sorted(tmp_path.iterdir()))],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    own = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "pavement" in line]
    assert len(units) == 4
    assert (done.returncode, own) == (0, [])


def test_windows_scripts_say_what_is_there() -> None:
    """Every command they give exists, and their lines end as cmd wants them."""
    from pavement.cli import build_parser

    texts = {file.name: file.read_bytes() for file in (ROOT / "deploy" / "windows").iterdir() if file.suffix != ""}
    assert {"install.ps1", "update.ps1", "stop.ps1", "serve.cmd", "backup.cmd", "pavement.cmd"} <= texts.keys()
    for name, data in texts.items():
        assert data.isascii(), name
        assert data.count(b"\r\n") == data.count(b"\n") > 0, name
    serve = re.search(r"pavement\.cli (serve .*?) >>", texts["serve.cmd"].decode())
    assert serve is not None
    words = re.sub(r"%(PORT|WORKERS)%", "1", serve[1].replace('"', "")).split()
    assert build_parser().parse_args(words).workers == 1
    backup = re.search(r"pavement\.cli (backup .*?) >>", texts["backup.cmd"].decode())
    assert backup is not None
    assert build_parser().parse_args(backup[1].replace('"', "").split()).out.name.endswith("pavement-%TODAY%.tar")


def test_certificates_of_an_office(tmp_path: Path) -> None:
    made = issue_certificate(tmp_path / "証明", ["road-pc", "192.168.10.5"])
    check_certificate(made.certificate, made.key)
    authority = made.authority.read_bytes()
    assert made.until < datetime.now(UTC) + timedelta(days=825)  # iOS takes no more
    first = made.certificate.read_bytes()
    later = issue_certificate(tmp_path / "証明", ["road-pc"], datetime.now(UTC) + timedelta(days=CA_DAYS - 10))
    assert later.authority.read_bytes() == authority  # phones need nothing new
    assert later.certificate.read_bytes() != first
    context = ssl.create_default_context(cafile=str(made.authority))
    assert len(context.get_ca_certs()) == 1
    with pytest.raises(BadInput, match="has ended"):
        issue_certificate(tmp_path / "証明", ["road-pc"], datetime.now(UTC) + timedelta(days=CA_DAYS + 10))
    for wrong in ("road pc", "道路", "a/b", ""):
        with pytest.raises(BadInput, match="--host"):
            issue_certificate(tmp_path / "x", [wrong])
    (tmp_path / "証明" / "ca.key").unlink()
    with pytest.raises(BadInput, match="no authority that can be used"):
        issue_certificate(tmp_path / "証明", ["road-pc"])
    assert not (tmp_path / "x").exists()


def test_logs_tell_of_no_person(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """Vehicle, note, name of a device, names of files, addresses: none of them, also where something fails."""
    secret = "青森太郎"
    with caplog.at_level(logging.DEBUG, "pavement"), server(tmp_path / "data") as one:
        phone = one.phone(secret)
        drive = {"vehicle": secret, "started_at": "2026-05-01T09:00:00+09:00", "note": secret}
        head = {"Authorization": f"Bearer {phone.key}", "Idempotency-Key": "k"}
        made = phone.client.post("/api/v1/drives", json=drive, headers=head)
        phone.put(made.json()["id"], f"frames/{secret}.jpg", b"x")
        phone.client.get(f"/api/v1/drives/{made.json()['id']}", headers={"Authorization": "Bearer x"})
        try:
            with one.service.database.writing() as connection:  # a row that cannot be: the database quotes its values
                connection.execute(insert(ANALYSES).values(id=secret, drive_id=secret, number=1))
        except Exception as error:
            logging.getLogger("pavement.test").error("fault", exc_info=error)
        metrics = phone.client.get("/metrics").text
    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("pavement")]
    assert len(lines) >= 4
    for line in [*lines, metrics]:
        assert secret not in line
        assert phone.key not in line
        assert "127.0.0.1" not in line
    fault = next(json.loads(line) for line in lines if '"fault"' in line)
    assert fault["exception"][0]["kind"] == "IntegrityError"
    assert any("test_deploy.py" in at for at in fault["exception"][0]["at"])
    assert all({"at", "level", "what"} <= json.loads(line).keys() for line in lines)


def test_metrics_say_what_an_operator_asks(tmp_path: Path) -> None:
    with server(tmp_path / "data") as one:
        phone = one.phone()
        drive = phone.new_drive()
        phone.put_piece(drive, "video/a.mp4", b"x" * 9000, 0, 4000)
        now = utc_now()
        rows = [("a", "queued", 900), ("b", "queued", 60), ("c", "failed", 5), ("d", "done", 5)]
        with one.service.database.writing() as connection:
            for number, (name, state, age) in enumerate(rows):
                row = {"id": name, "drive_id": drive, "number": number, "queue": "patrol", "state": state, "run": 1}
                row |= {"claims": 0, "tries": 0, "marks": 0, "created_at": now - timedelta(seconds=age)}
                connection.execute(insert(ANALYSES).values(**row, finished_at=now if state == "done" else None))
            for name, state, age in (("w1", "live", 1), ("w2", "live", 600), ("w3", "gone", 1)):
                seen = now - timedelta(seconds=age)
                row = {"id": name, "host": "h", "state": state, "beats": 1, "started_at": seen, "seen_at": seen}
                connection.execute(insert(WORKERS).values(**row))
        text = phone.client.get("/metrics").text
        gauges = read_gauges(one.service.database, now)
    told = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert told['pavement_queue_length{queue="patrol"}'] == "2"
    assert told['pavement_queue_length{queue="batch"}'] == "0"
    assert told['pavement_analyses{state="failed"}'] == "1"
    assert told["pavement_workers_live"] == "1"
    assert told["pavement_uploads_open"] == "1"
    assert told["pavement_uploads_open_bytes"] == "4000"
    assert 900 <= float(told["pavement_queue_oldest_seconds"]) < 1000
    assert int(told["pavement_disk_free_bytes"]) > 0
    assert int(told["pavement_last_done_timestamp_seconds"].split(".")[0]) == int(now.timestamp())
    assert gauges.oldest_waiting_s == 900
    assert [line for line in text.splitlines() if not line.startswith("#") and not LINE.match(line)] == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no polite signal for a process without a window")
def test_a_worker_that_is_asked_to_end_puts_its_work_down(quick_drive: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "data", network=quick_drive / "network.gpkg")
    drive = add_drive(place, quick_drive)
    with Processes(tmp_path / "data", seconds=0.3) as processes:
        first = processes.start()
        assert until(lambda: states(place.database).get(drive) == "running"), processes.told()
        first.terminate()
        assert first.wait(30) == 0, processes.told()
        assert states(place.database)[drive] == "running"  # nobody lost it, nobody failed it
        processes.start()
        assert until(lambda: all_done(place.database, [drive]), 200), processes.told()
    place.database.close()


def load_guide() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_guide", ROOT / "docs" / "guide" / "make_guide.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_guide_has_two_pages_and_its_commands_exist() -> None:
    from pavement.cli import build_parser

    guide = load_guide()
    text = guide.SOURCE.read_text(encoding="utf-8")
    made = guide.render(text)
    assert made.output()[:5] == b"%PDF-"  # closes its fonts too
    assert made.page_no() == 2
    for word in ("入れる", "更新する", "バックアップ", "引き継ぐ"):
        assert word in text
    for command in re.findall(r"pavement\.cmd (user add|device add|upload|restore|certificate|user password)", text):
        with pytest.raises(SystemExit) as ended:
            build_parser().parse_args([*command.split(), "--help"])
        assert ended.value.code == 0
    for script in re.findall(r"(?:C:\\pavement\\|-File )(\w+\.(?:ps1|cmd))", text):
        known = {file.name.removesuffix(".example") for file in (ROOT / "deploy" / "windows").iterdir()}
        assert script in known
