"""Of a section's 20 m blocks the transverse profile with its ruts, and the picture of the 0.5 m mesh."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response

from api.deps import PatrolDep, ServiceDep
from api.errors import Refusal
from api.results_deps import REFUSED, Place, YearDep
from api.service import Service
from pavement.errors import BadInput
from pavement.road import Direction, RoadKey
from pavement.store.run_files import fetch_run_files
from pavement.store.sections_reading import ROAD
from pavement.store.subjects import adopted_blocks

if TYPE_CHECKING:
    from exporters.profiles import Profile

router = APIRouter(prefix="/segments", tags=["results"])
PROFILES = "profiles.csv"


@router.get("/{place}/profile", responses=REFUSED)
def get_profile(place: Place, year: YearDep, person: PatrolDep, service: ServiceDep) -> dict[str, Any]:
    """The transverse profile of each block: mm across (right of the lane's middle) and mm of height; why where none."""
    from exporters.profiles import read_profiles  # 30 MB that a server needs for this page only

    blocks = adopted_blocks(service.database, place, year, person.scope)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for block in blocks:
            out = _files(service, block, Path(folder), PROFILES)
            road, direction, kp = _at(block)
            profiles = [_shown(each) for each in read_profiles(out, road, direction, kp)]
            names = ("place", "from_kp_km", "to_kp_km", "rut_mm", "rut_se_mm")
            found.append({**{name: block[name] for name in names}, "profiles": profiles})
    return {"place": place, "blocks": found}


@router.get("/{place}/mesh", response_class=Response, responses={**REFUSED, 200: {"content": {"image/png": {}}}})
def get_mesh(place: Place, year: YearDep, person: PatrolDep, service: ServiceDep) -> Response:
    """The mesh of a block (of a segment: its first one that was seen) with its profile below, as a PNG."""
    from exporters.mesh import find_block
    from exporters.mesh_picture import draw_block
    from exporters.profiles import read_profiles

    with tempfile.TemporaryDirectory() as folder:
        for block in adopted_blocks(service.database, place, year, person.scope):
            out = _files(service, block, Path(folder), PROFILES, "mesh/index.csv", _mesh_of(block))
            try:
                picture = draw_block(find_block(out, *_at(block)), read_profiles(out, *_at(block)))
            except BadInput:  # the run left no mesh there
                continue
            written = BytesIO()
            picture.save(written, "PNG")
            return Response(written.getvalue(), media_type="image/png", headers={"Cache-Control": "private, no-cache"})
    raise Refusal(404, "no mesh is kept of it")


def _files(service: Service, block: dict[str, Any], folder: Path, *endings: str) -> Path:
    """The folder with those files of the run that adopted the block; fetched once."""
    out = folder / str(block["analysis_id"])
    if not out.exists():
        out.mkdir()
        fetch_run_files(service.database, service.blobs, block["analysis_id"], lambda name: name.endswith(endings), out)
    return out


def _mesh_of(block: dict[str, Any]) -> str:
    return f"_{RoadKey(*(block[name] for name in ROAD)).slug()}_{block['direction']}.npz"


def _at(block: dict[str, Any]) -> tuple[RoadKey, Direction, float]:
    middle = (block["from_kp_km"] + block["to_kp_km"]) / 2
    return RoadKey(*(block[name] for name in ROAD)), Direction(block["direction"]), middle


def _shown(profile: Profile) -> dict[str, Any]:
    return {
        "drive": profile.drive,
        "across_mm": profile.across_mm.round(1).tolist(),
        "height_mm": profile.height_mm.round(1).tolist(),
        "rut_mm": profile.rut_mm,
        "rut_se_mm": profile.rut_se_mm,
        "refused": profile.refused or None,
        "pairs": profile.pairs,
    }
