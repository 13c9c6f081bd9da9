"""Texture that moved between two pictures of the plane is found again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from pavement.motion import block_shifts, level, whole_shift


def texture(rows: int, columns: int, seed: int = 1) -> np.ndarray:
    """Grey road with grain of a few cells."""
    return np.asarray(120 + 30 * ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(rows, columns)), 1.2))


def test_a_known_shift_is_found_whole_and_by_blocks() -> None:
    road = texture(420, 200)
    earlier, later = level(road[:320, 20:180]), level(road[60:380, 23:183])
    assert (found := whole_shift(earlier, later, (10, 200))) is not None
    assert found[:2] == (60, 3)
    assert found[2] > 0.9
    middles, moved = block_shifts(earlier, later, 62, 2)  # two rows and one column off: within the search
    assert len(middles) > 60
    assert np.median(moved, axis=0) == pytest.approx([60, 3], abs=0.1)


def test_other_roads_and_plain_grey_do_not_match() -> None:
    a, b = level(texture(320, 160)), level(texture(320, 160, seed=2))
    assert whole_shift(a, b, (10, 200)) is None
    assert whole_shift(np.zeros((320, 160)), np.zeros((320, 160)), (10, 200)) is None
    assert whole_shift(a, a, (10, 12)) is None


def test_a_plain_patch_in_the_picture_is_level_not_nan() -> None:
    grey = texture(320, 160) * 7
    grey[100:220, 40:120] = 91.3
    assert np.isfinite(level(grey)).all()
