"""Masking: outside the kept road nothing finer than a mosaic tile's mean survives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from pavement.detection import CRACK, POTHOLE
from pavement.redact import COLOURS, TILES, keep_mask, mark_photo, mask_photo

Bools = NDArray[np.bool_]
Image = NDArray[np.uint8]


def noise(height: int, width: int, seed: int = 0) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def lower_half(height: int, width: int) -> Bools:
    keep = np.zeros((height, width), bool)
    keep[height // 2 :] = True
    return keep


@settings(max_examples=40)
@given(st.integers(40, 200), st.integers(64, 300), st.integers(0, 2**32 - 1), st.integers(2, 20))
def test_pixels_outside_the_mask_depend_on_tile_means_only(height: int, width: int, seed: int, grain: int) -> None:
    rng = np.random.default_rng(seed)
    coarse = rng.random((height // grain + 1, width // grain + 1)) < 0.9
    keep = np.kron(coarse, np.ones((grain, grain), bool))[:height, :width].astype(bool)
    image = noise(height, width, seed)
    masked = mask_photo(image, keep)
    size = max(width // TILES, 8)
    if masked is None:
        return
    assert masked.shape == image.shape
    untouched = (masked == image).all(2)
    for top in range(0, height, size):
        for left in range(0, width, size):
            tile = np.s_[top : top + size, left : left + size]
            coarse_only = masked[tile][~keep[tile]]
            assert len(np.unique(coarse_only, axis=0)) <= 1  # one colour for all that is not road in a tile
    strictly_inside = ndimage.minimum_filter(keep, 3, mode="nearest")
    assert not (untouched & ~strictly_inside & (np.abs(image.astype(int) - masked).max(2) > 0)).any()


@pytest.mark.parametrize("width", [640, 1920, 4032])
def test_a_single_pixel_outside_the_road_is_not_kept(width: int) -> None:
    """A plate in the lane is a hole in the mask; in wide pictures one pixel is a small part of the margin's window."""
    height = width // 4
    keep = np.ones((height, width), bool)
    keep[height // 2, width // 2] = False
    image = np.zeros((height, width, 3), np.uint8)
    image[height // 2, width // 2] = 255
    masked = mask_photo(image, keep)
    assert masked is not None
    assert masked.max() <= 3  # 255 in a tile of at least 22 × 22 px; in one of 484 px it is below 1


def test_the_road_itself_stays_as_it_is() -> None:
    image, keep = noise(160, 256), lower_half(160, 256)
    masked = mask_photo(image, keep)
    assert masked is not None
    assert (masked[81:] == image[81:]).all()  # margin: 256 / 256 = 1 px
    assert (masked[:80] != image[:80]).any()


@pytest.mark.parametrize("rows", [0, 2])
def test_without_road_there_is_no_photo(rows: int) -> None:
    keep = np.zeros((160, 256), bool)
    keep[:rows] = True  # 2 of 160 rows are 1.3 %, and the margin takes them
    assert mask_photo(noise(160, 256), keep) is None


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(160, 256\), got \(80, 128\)"):
        mask_photo(noise(160, 256), np.ones((80, 128), bool))


def test_what_stands_on_the_lane_goes_with_its_surroundings() -> None:
    foreign = np.zeros((40, 64), bool)
    foreign[20, 30] = foreign[20, 32] = True
    keep = keep_mask(np.ones((160, 256), bool), foreign)
    assert not keep[4 * 20 : 4 * 21, 4 * 29 : 4 * 34].any()  # a cell beside them, and what lies between
    assert not keep[4 * 19 : 4 * 22, 4 * 30 : 4 * 31].any()
    assert keep[4 * 23 :].all()
    assert keep[4 : 4 * 18].all()
    assert not keep[:4].any()  # what only reaches in from above


def test_a_piece_of_road_behind_something_goes_too() -> None:
    foreign = np.zeros((40, 64), bool)
    foreign[2, 28:36] = True
    foreign[0:3, 28] = foreign[0:3, 35] = True
    keep = keep_mask(np.ones((160, 256), bool), foreign)
    assert not keep[:12, 4 * 27 : 4 * 36].any()  # what looks like road within a car's outline


def test_marks_are_drawn_where_the_damage_is() -> None:
    photo = np.full((160, 256, 3), 100, np.uint8)
    classes = np.ones((160, 256), np.uint8)
    classes[100:120, 50:80] = CRACK
    classes[130:150, 150:170] = POTHOLE
    marked = mark_photo(photo, classes)
    assert tuple(marked[100, 50]) == COLOURS[CRACK]
    assert tuple(marked[130, 150]) == COLOURS[POTHOLE]
    assert (marked[110, 60] != photo[110, 60]).any()
    assert (marked[classes == 1] == 100).all()
    assert (photo == 100).all()
