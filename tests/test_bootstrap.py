"""`pavement run` from end to end on a tiny simulated drive: the contract's files, resuming, kills at any moment."""

from __future__ import annotations

import csv
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from PIL import Image

from pavement import bootstrap
from pavement.errors import BadInput
from pavement.settings import Settings

CONTRACT = (
    *("segments.csv", "segments.gpkg", "blocks.csv", "frames.csv", "defects.csv"),
    *("様式A.xlsx", "様式A.csv", "様式A_cp932.csv", "画像集.pdf", "images/index.csv", "report.html", "run.json"),
)
TEXTS = {
    "segments": """road_type,route_no,branch_no,kind,direction,lane,from_kp_km,from_post_km,from_offset_m,to_kp_km,
        to_post_km,to_offset_m,from_lon,from_lat,to_lon,to_lat,length_m,crack_pct,rut_mm,rut_se_mm,iri_mm_per_m,potholes,
        mci,rating,rating_basis,coverage_pct,frames,position_sd_m,flags""",
    "frames": """drive,file,timestamp,time_source,status,reason,road_type,route_no,branch_no,kind,direction,kp_km,lon,
        lat,position_sd_m,crack_share,pothole_share""",
    "defects": """defect_id,category,road_type,route_no,branch_no,kind,direction,kp_km,lon,lat,length_m,width_m,area_m2,
        depth_mm,score,frames,photo""",
}
COLUMNS = {name: "".join(text.split()).split(",") for name, text in TEXTS.items()}


def run(drive: Path, out: Path, *more: Path, settings: Settings | None = None) -> dict[str, Any]:
    """What run.json says after a run."""
    network = drive / "network.gpkg"
    path = bootstrap.run([drive, *more], network, out, settings or Settings(), lambda stage, done, total: None)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def silent(stage: str, done: int, total: int) -> None:
    """No progress bar."""


def table(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def results(out: Path) -> dict[str, bytes]:
    """The content of what must not depend on how often a run was interrupted."""
    tables = [out / name for name in ("segments.csv", "blocks.csv", "frames.csv", "defects.csv")]
    files = [*tables, *sorted((out / "images").rglob("*.*"))]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def test_every_file_of_the_contract_is_there(tiny_result: Path) -> None:
    assert [name for name in CONTRACT if not (tiny_result / name).stat().st_size] == []
    assert not [path for path in tiny_result.rglob("*") if ".tmp" in path.name]
    assert {name for name, _ in pyogrio.list_layers(tiny_result / "segments.gpkg")} >= {"segments", "defects", "frames"}
    for name, columns in (COLUMNS | {"blocks": COLUMNS["segments"]}).items():
        rows = table(tiny_result / f"{name}.csv")
        assert list(rows[0])[: len(columns)] == columns


def test_frames_in_are_used_or_rejected(tiny_result: Path, tiny_drive: Path) -> None:
    done = json.loads((tiny_result / "run.json").read_text(encoding="utf-8"))
    counts = done["counts"]
    frames = table(tiny_result / "frames.csv")
    assert counts["frames_in"] == len(frames) == len(list((tiny_drive / "frames").iterdir()))
    assert counts["frames_in"] == counts["frames_used"] + sum(counts["frames_rejected"].values())
    assert counts["frames_used"] == sum(row["status"] == "used" for row in frames)
    assert {"versions", "model", "settings", "camera", "timings"} <= set(done)
    assert set(done["model"]) == {"name", "sha256"}


def test_the_measured_segment_is_where_the_truth_is(tiny_result: Path, tiny_drive: Path) -> None:
    (truth,) = table(tiny_drive / "truth" / "segments.csv")[:1]
    rows = {row["from_kp_km"]: row for row in table(tiny_result / "segments.csv")}
    row = rows["12.3000"]
    for name in ("road_type", "route_no", "branch_no", "kind", "direction", "lane"):
        assert row[name] == truth[name]
    assert float(row["length_m"]) == pytest.approx(float(truth["length_m"]), abs=0.5)
    for name in ("from_lon", "from_lat", "to_lon", "to_lat"):
        assert float(row[name]) == pytest.approx(float(truth[name]), abs=1e-5)
    assert float(row["coverage_pct"]) > 80
    assert row["rut_mm"] == row["iri_mm_per_m"] == ""  # not measured is blank
    assert row["rating"] != "Ⅰ"


def test_photos_and_rows_lead_to_each_other(tiny_result: Path) -> None:
    index = table(tiny_result / "images" / "index.csv")
    pictures = sorted((tiny_result / "images").rglob("*.jpg"))
    assert len(pictures) == 2 * len(index) > 0
    for path in pictures:
        with Image.open(path) as image:
            assert image.format == "JPEG"
            assert not image.getexif()
    numbers = {number for row in table(tiny_result / "segments.csv") for number in row["photos"].split(";") if number}
    assert numbers == {path.stem.rsplit("_", 1)[1] for path in pictures if not path.stem.endswith("_marked")}


def test_a_finished_run_is_not_repeated(tiny_result: Path, tiny_drive: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tiny_result.rglob("*") if path.is_file()}
    text = (tiny_result / "run.json").read_bytes()
    run(tiny_drive, tiny_result)
    assert {path: path.stat().st_mtime_ns for path in tiny_result.rglob("*") if path.is_file()} == before
    assert (tiny_result / "run.json").read_bytes() == text


def test_a_lost_output_or_another_setting_is_a_new_run(tiny_result: Path, tiny_drive: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(tiny_result, out)
    (out / "segments.csv").unlink()
    shutil.rmtree(out / "images")
    run(tiny_drive, out)
    assert results(out) == results(tiny_result)
    strict = Settings.from_environment({"PAVEMENT_MIN_COVERAGE_PCT": "99.9"})
    assert run(tiny_drive, out, settings=strict)["settings"]["rules"]["default"]["min_coverage_pct"] == 99.9
    for row in table(out / "segments.csv"):
        assert ("有効測定率不足" in row["flags"]) == (float(row["coverage_pct"]) < 99.9)


def test_a_track_of_another_day_gives_no_rows_and_says_why(tiny_drive: Path, tmp_path: Path) -> None:
    drive, out = tmp_path / "drive", tmp_path / "out"
    shutil.copytree(tiny_drive, drive)
    rows = table(drive / "frames.csv")
    lines = [f"{r['file']},{(datetime.fromisoformat(r['timestamp']) + timedelta(days=5)).isoformat()}" for r in rows]
    (drive / "frames.csv").write_text("\n".join(["file,timestamp", *lines]), encoding="utf-8")
    done = run(drive, out)
    assert done["counts"]["frames_rejected"] == {"no_position": len(rows)}
    assert done["notices"] >= 1
    assert "間は約5日" in (out / "report.html").read_text(encoding="utf-8")
    assert [name for name in CONTRACT if not (out / name).exists()] == []
    assert table(out / "segments.csv") == table(out / "defects.csv") == []
    assert len(table(out / "frames.csv")) == len(rows)


def test_a_drive_given_twice_is_refused(tiny_drive: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="given twice"):
        run(tiny_drive, tmp_path / "out", tiny_drive)


def appears(out: Path, pattern: str) -> Callable[[], bool]:
    return lambda: next(out.glob(pattern), None) is not None


def moments(out: Path) -> Iterator[Callable[[], bool]]:
    """Four moments of a run: a step is kept, photos are being taken, the exports begin, they go on."""
    yield appears(out, ".work/detections/*")
    yield appears(out, ".work/photos/**/*_marked.jpg")
    yield appears(out, "segments.csv")
    yield appears(out, "images/*")


def test_defects_keep_the_ids_of_an_earlier_survey(tiny_result: Path, tiny_drive: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_result, tmp_path / "first")
    own = tmp_path / "first" / "defects.csv"
    renamed = own.read_text(encoding="utf-8")
    ids = [row["defect_id"] for row in table(own)]
    for number, each in enumerate(ids):
        renamed = renamed.replace(each, f"OLD-{number}")
    own.write_text(renamed, encoding="utf-8")
    network = tiny_drive / "network.gpkg"
    bootstrap.run(
        [tiny_drive], network, tmp_path / "again", Settings(), lambda stage, done, total: None, tmp_path / "first"
    )
    assert [row["defect_id"] for row in table(tmp_path / "again" / "defects.csv")] == [
        f"OLD-{number}" for number in range(len(ids))
    ]
    own.write_text(renamed.replace("pothole", "hole"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"defects.csv: line \d+: 'hole' is not a valid Category"):
        bootstrap.run(
            [tiny_drive], network, tmp_path / "third", Settings(), lambda stage, done, total: None, tmp_path / "first"
        )
    with pytest.raises(BadInput, match=r"has no defects.csv"):
        bootstrap.run([tiny_drive], network, tmp_path / "x", Settings(), lambda stage, done, total: None, tmp_path)


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_files(
    tiny_result: Path, tiny_drive: Path, tmp_path: Path
) -> None:
    out, draw = tmp_path / "out", random.Random(20260603)
    network = str(tiny_drive / "network.gpkg")
    command = [sys.executable, "-m", "pavement.cli", "run", str(tiny_drive), "--network", network, "--out", str(out)]
    killed = 0
    for reached in moments(out):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not reached() and process.poll() is None:
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        if (out / "run.json").exists():  # written last: where it is, everything is
            assert all((out / name).exists() for name in json.loads((out / "run.json").read_text("utf-8"))["outputs"])
    assert killed >= 2
    finished = subprocess.run(command, capture_output=True, check=True)
    assert b"Traceback" not in finished.stderr
    assert results(out) == results(tiny_result)
    assert not [path for path in out.rglob("*") if ".tmp" in path.name]


def test_the_safe_twin_of_a_drive_gives_the_same_rows_as_the_drive(
    tiny_drive: Path, tiny_result: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_drive, tmp_path / "drive")
    kept, left_out = bootstrap.redact(tmp_path / "drive", tmp_path / "safe", "delete", None, Settings(), silent)
    assert (kept, left_out) == (26, 0)
    assert not list((tmp_path / "drive" / "frames").glob("*.jpg"))  # the originals, by policy
    bootstrap.run([tmp_path / "safe"], tiny_drive / "network.gpkg", tmp_path / "out", Settings(), silent)
    before, after = table(tiny_result / "blocks.csv"), table(tmp_path / "out" / "blocks.csv")
    assert [row["from_kp_km"] for row in after] == [row["from_kp_km"] for row in before]
    for old, new in zip(before, after, strict=True):
        assert (old["crack_pct"] == "") == (new["crack_pct"] == "")
        assert float(new["coverage_pct"]) == pytest.approx(float(old["coverage_pct"]), abs=10)
        if old["crack_pct"]:  # smooth averages beside the lane change what the detector says a little
            assert float(new["crack_pct"]) == pytest.approx(float(old["crack_pct"]), abs=10)
