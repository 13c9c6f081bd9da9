"""Meshes as files, and a block found in them and drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from exporters.mesh import export_meshes, find_block
from exporters.mesh_picture import COLORS, draw_block, figures
from pavement.errors import BadInput
from pavement.record import MeshRecord
from pavement.road import Direction
from pavement.surface import CRACK, PATTERN, POTHOLE, SOUND, UNSEEN
from tests.exporters.builders import R4, make_survey


def make_mesh(direction: Direction = Direction.DOWN) -> MeshRecord:
    """112.500 to 112.560, 0.5 m a row, 6 cells across; block 112.520 has one of each at its start, unseen beyond."""
    kp = np.asarray(112.5 + (np.arange(120) + 0.5) * 0.0005, np.float64)
    cells = np.full((120, 6), SOUND, np.uint8)
    cells[40, :4] = UNSEEN, CRACK, PATTERN, POTHOLE
    cells[60:] = UNSEEN
    return MeshRecord("2026-06-03-a", R4, direction, 400, kp, cells)


def test_a_block_is_found_again(tmp_path: Path) -> None:
    other = replace(make_mesh(), drive="2026-06-04-b")
    written = export_meshes(make_survey(meshes=[make_mesh(), make_mesh(Direction.UP), other]), tmp_path)
    assert len(written) == 4
    assert all(path.exists() for path in written)
    first, second = find_block(tmp_path, R4, Direction.DOWN, 112.5399)
    assert (first.drive, second.drive) == ("2026-06-03-a", "2026-06-04-b")
    assert first.cells.shape == (40, 6)
    assert first.cells[0].tolist() == [UNSEEN, CRACK, PATTERN, POTHOLE, SOUND, SOUND]


def test_rows_go_with_the_travel(tmp_path: Path) -> None:
    export_meshes(make_survey(meshes=[make_mesh(Direction.UP)]), tmp_path)
    (block,) = find_block(tmp_path, R4, Direction.UP, 112.52)
    assert block.cells[-1, 3] == POTHOLE
    assert np.all(np.diff(block.kp_km) < 0)


def test_what_was_not_seen_is_not_sound(tmp_path: Path) -> None:
    export_meshes(make_survey(meshes=[make_mesh()]), tmp_path)
    (seen,) = find_block(tmp_path, R4, Direction.DOWN, 112.52)
    crack, coverage = figures(seen)
    assert crack == pytest.approx(100 * (0.15 + 0.25) / (119 * 0.25))
    assert coverage == pytest.approx(100 * 119 / 240)
    (unseen,) = find_block(tmp_path, R4, Direction.DOWN, 112.55)
    assert figures(unseen) == (None, 0.0)


def test_the_picture_shows_every_verdict(tmp_path: Path) -> None:
    export_meshes(make_survey(meshes=[make_mesh()]), tmp_path)
    picture = draw_block(find_block(tmp_path, R4, Direction.DOWN, 112.52))
    colors = {color for _, color in picture.getcolors(1 << 24) or ()}
    assert set(COLORS.values()) <= colors


def test_a_place_without_mesh_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="finished `pavement run`"):
        find_block(tmp_path, R4, Direction.DOWN, 112.52)
    export_meshes(make_survey(meshes=[make_mesh()]), tmp_path)
    with pytest.raises(BadInput, match=r"it has 4 下り 112\.50.*; choose another place"):
        find_block(tmp_path, R4, Direction.DOWN, 99.0)
