"""The 0.5 m meshes as files: mesh/index.csv and one .npz a drive, line and direction; how to find a block in them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pavement.errors import BadInput
from pavement.files import whole_file
from pavement.record import MeshRecord, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import BLOCK_KM

FOLDER = "mesh"
COLUMNS = ("file", "drive", "road_type", "route_no", "branch_no", "kind", "direction", "from_kp_km", "to_kp_km")


@dataclass(frozen=True)
class BlockMesh:
    """One block of one drive: verdicts (rows, columns) on its cells, rows in the direction of travel, and their kp."""

    drive: str
    road: RoadKey
    direction: Direction
    kp_km: NDArray[np.float64]
    cells: NDArray[np.uint8]


def export_meshes(survey: Survey, out: Path) -> list[Path]:
    """Write every mesh, and the index."""
    written: list[Path] = []
    rows = []
    for number, mesh in enumerate(survey.meshes, start=1):
        path = out / FOLDER / f"{number:03d}_{mesh.road.slug()}_{mesh.direction}.npz"
        with whole_file(path) as temporary:
            np.savez_compressed(temporary, kp_km=mesh.kp_km, cells=mesh.cells, first_row=mesh.first_row)
        written.append(path)
        rows.append((path.name, mesh.drive, *vars_of(mesh.road), mesh.direction, *ends_of(mesh)))
    with (
        whole_file(out / FOLDER / "index.csv") as temporary,
        open(temporary, "w", encoding="utf-8-sig", newline="") as f,
    ):
        csv.writer(f).writerows([COLUMNS, *rows])
    return [*written, out / FOLDER / "index.csv"]


def vars_of(road: RoadKey) -> tuple[str, str, str, str]:
    """The key's four parts."""
    return road.road_type, road.route_no, road.branch_no, road.kind


def ends_of(mesh: MeshRecord) -> tuple[str, str]:
    """Lowest and highest kilopost as text; empty where no row has one."""
    known = mesh.kp_km[~np.isnan(mesh.kp_km)]
    return (f"{known.min():.4f}", f"{known.max():.4f}") if len(known) else ("", "")


def find_block(out: Path, road: RoadKey, direction: Direction, kp_km: float) -> list[BlockMesh]:
    """The meshes of a finished run that hold cells of the block at a kilopost, one a drive.

    Raises BadInput where the run has no meshes, or none there.
    """
    index = out / FOLDER / "index.csv"
    if not index.is_file():
        raise BadInput("has no mesh/index.csv", file=out, do="give the output folder of a finished `pavement run`")
    with open(index, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    low = np.floor(round(kp_km / BLOCK_KM, 3)) * BLOCK_KM
    found = []
    for row in rows:
        key = RoadKey(row["road_type"], row["route_no"], row["branch_no"], row["kind"])
        if (key, row["direction"]) != (road, direction.value):
            continue
        with np.load(out / FOLDER / row["file"]) as stored:
            kp, cells = stored["kp_km"], stored["cells"]
        inside = np.flatnonzero((kp >= low - 1e-9) & (kp < low + BLOCK_KM - 1e-9))
        if len(inside):
            order = inside if direction is Direction.DOWN else inside[::-1]
            found.append(BlockMesh(row["drive"], key, direction, kp[order], cells[order]))
    if not found:
        there = sorted({f"{row['route_no']} {row['direction']} {row['from_kp_km']}-{row['to_kp_km']}" for row in rows})
        raise BadInput(f"no mesh there; it has {'; '.join(there) or 'none'}", file=out, do="choose another place")
    return found
