"""The transverse profile and the mesh picture of a section, from the files that its run left."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from sqlalchemy import update

from exporters.mesh import COLUMNS as MESH_COLUMNS
from exporters.profiles import COLUMNS
from pavement.place import place_id
from pavement.store.blobs import Blobs
from pavement.store.result_tables import ANALYSES
from tests.api.builders import server
from tests.builders import NATIONAL_4
from tests.store.results_builders import add_drive, analysed, blocks, segment

ROAD = ("一般国道", "4", "000", "現道", "下り")


def write_run(folder: Path) -> list[Path]:
    """profiles.csv of one block, and the mesh around it."""
    row = dict.fromkeys((column.name for column in COLUMNS), "")
    row |= dict(zip(("road_type", "route_no", "branch_no", "kind", "direction"), ROAD, strict=True))
    row |= {"drive": "d", "from_kp_km": "112.3200", "to_kp_km": "112.3400", "pairs": "4", "rut_mm": "12.5"}
    row |= {"rut_se_mm": "1.0", "across_mm": "-500.0;0.0;500.0", "height_mm": "0.0;-12.5;0.0"}
    with open(folder / "profiles.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    mesh = folder / "mesh"
    mesh.mkdir()
    name = "001_一般国道_4_000_現道_下り.npz"
    kp = 112.32 + np.arange(40) * 0.0005
    np.savez_compressed(mesh / name, kp_km=kp, cells=np.ones((40, 7), np.uint8), first_row=0)
    with open(mesh / "index.csv", "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([MESH_COLUMNS, (name, "d", *ROAD, "112.32", "112.34")])
    return [folder / "profiles.csv", mesh / name, mesh / "index.csv"]


def keep(blobs: Blobs, folder: Path, files: list[Path]) -> dict[str, dict[str, object]]:
    """Put a run's files into the store, as a worker does."""
    outputs: dict[str, dict[str, object]] = {}
    for number, file in enumerate(files):
        name, size = file.relative_to(folder).as_posix(), file.stat().st_size
        blobs.put_file(f"results/{number}", file)
        outputs[name] = {"key": f"results/{number}", "size": size}
    return outputs


def test_profiles_and_mesh_of_a_segment(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    with server(tmp_path / "data") as running:
        service = running.service
        analysis = analysed(service.database, add_drive(service.database), [segment(), *blocks()])
        outputs = keep(service.blobs, run, write_run(run))
        with service.database.writing() as connection:
            connection.execute(update(ANALYSES).where(ANALYSES.c.id == analysis).values(outputs=outputs))
        staff = running.person("花子", "staff", "青森県", "東青")
        place = place_id("segment", NATIONAL_4, "下り", 112.3)
        found = staff.get(f"/segments/{place}/profile").json()["blocks"]
        assert [len(block["profiles"]) for block in found] == [0, 1, 0, 0, 0]
        (profile,) = found[1]["profiles"]
        assert (profile["across_mm"], profile["height_mm"]) == ([-500.0, 0.0, 500.0], [0.0, -12.5, 0.0])
        assert (profile["rut_mm"], profile["refused"], profile["pairs"]) == (12.5, None, 4)
        picture = staff.get(f"/segments/{found[1]['place']}/mesh")
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        assert picture.content[:4] == b"\x89PNG"
        assert staff.get(f"/segments/{found[0]['place']}/mesh").status_code == 404
        other = running.person("次郎", "staff", "青森県", "上北")
        assert other.get(f"/segments/{place}/profile").status_code == 404
