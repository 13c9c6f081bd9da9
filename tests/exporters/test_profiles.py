"""profiles.csv: what is measured, what is refused and why, and a block found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from exporters.mesh import export_meshes, find_block
from exporters.mesh_picture import draw_block
from exporters.profiles import export_profiles, read_profiles
from pavement.record import ProfileRecord
from pavement.road import Direction
from pavement.rut.fuse import NoRut, Rut
from tests.exporters.builders import R4, make_survey
from tests.exporters.test_mesh import make_mesh

ACROSS = np.linspace(-1.4, 1.4, 8)
DEEP = Rut(9, None, 24.0, 2.5, 24.0, 11.0, ACROSS, -0.024 * np.exp(-((ACROSS + 0.8) ** 2)), 24.0, 2.5)
UNSURE = Rut(3, NoRut.UNSURE, estimate_mm=20.0, estimate_se_mm=7.0, across_m=ACROSS, height_m=0 * ACROSS)


def write(out: Path, *ruts: Rut) -> None:
    records = [
        ProfileRecord("2026-06-03-a", R4, Direction.DOWN, 112.5 + 0.02 * i, 112.52 + 0.02 * i, rut)
        for i, rut in enumerate(ruts)
    ]
    survey = make_survey(profiles=records, meshes=[make_mesh()])
    export_profiles(survey, out)
    export_meshes(survey, out)


def test_a_profile_is_found_again(tmp_path: Path) -> None:
    write(tmp_path, Rut(0, NoRut.FEW_PAIRS), DEEP)
    (found,) = read_profiles(tmp_path, R4, Direction.DOWN, 112.53)
    assert (found.rut_mm, found.rut_se_mm, found.refused, found.pairs) == (24.0, 2.5, "", 9)
    assert found.across_mm == pytest.approx(ACROSS * 1000)
    assert found.height_mm.min() == pytest.approx(-24, abs=1)
    assert read_profiles(tmp_path, R4, Direction.UP, 112.53) == []
    assert read_profiles(tmp_path / "elsewhere", R4, Direction.DOWN, 112.53) == []


def test_what_is_refused_is_blank_with_its_reason_and_its_chances(tmp_path: Path) -> None:
    write(tmp_path, Rut(0, NoRut.FEW_PAIRS), UNSURE)
    lines = (tmp_path / "profiles.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1].endswith(f",0,{NoRut.FEW_PAIRS},,,,,,,,")
    assert f",3,{NoRut.UNSURE},,,,,0.500,0.002," in lines[2]


@pytest.mark.parametrize("rut", [DEEP, UNSURE, Rut(0, NoRut.FEW_PAIRS)])
def test_the_picture_of_a_block_has_its_profile_below(tmp_path: Path, rut: Rut) -> None:
    write(tmp_path, Rut(0, NoRut.FEW_PAIRS), rut)
    mesh = find_block(tmp_path, R4, Direction.DOWN, 112.53)
    plain = draw_block(mesh)
    drawn = draw_block(mesh, read_profiles(tmp_path, R4, Direction.DOWN, 112.53))
    assert drawn.height > plain.height + 100
    assert len(drawn.crop((0, plain.height, drawn.width, drawn.height)).getcolors(1 << 24) or ()) > 3
