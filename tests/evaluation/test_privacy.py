"""How masks are judged: what is hidden counts as hidden, what is shown as readable; and the shipped guard."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pavement.detectors import open_detector, open_guard
from pavement.evaluation.drawn_people import draw_face, draw_plate
from pavement.evaluation.privacy import Kept, Masker, insert, likeness, read_outlines, visible
from pavement.redact import mask_photo, mosaic

VEHICLES = Path(__file__).parents[1] / "data" / "street_vehicles.json"


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("draw", [draw_plate, draw_face])
def test_what_is_shown_is_readable_and_what_is_masked_is_not(draw: object) -> None:
    photo = np.full((640, 1024, 3), 120, np.uint8)
    drawn = draw_plate(120, rng()) if draw is draw_plate else draw_face(120, rng())
    put = insert(photo, drawn, np.ones((640, 1024), bool), rng())
    assert put is not None
    composed, (y, x), lit = put
    assert likeness(composed, composed, lit.cover, y, x) > 0.99
    assert likeness(composed, mosaic(composed), lit.cover, y, x) < 0.4


def test_nothing_is_inserted_where_there_is_no_room() -> None:
    assert insert(np.zeros((160, 256, 3), np.uint8), draw_plate(60, rng()), np.zeros((160, 256), bool), rng()) is None


def test_the_share_of_an_outline_that_stays() -> None:
    keep = np.zeros((100, 100), bool)
    keep[:, :50] = True
    assert visible(keep, [[0, 0], [99, 0], [99, 99], [0, 99]]) == pytest.approx(0.5)


def test_kept_lane_and_lost_cracks() -> None:
    classes = np.ones((160, 256), np.uint8)
    classes[80:84, 100:104] = 2
    keep = np.ones((160, 256), bool)
    keep[80:84, 100:104] = False
    kept = Kept()
    kept.add(keep, classes)
    figures = kept.rows()["own lane"]
    assert figures["kept"] == pytest.approx(1 - 16 / (160 * 256))
    assert (figures["cracked cells"], figures["cracked cells lost"]) == (1, 1.0)


@pytest.mark.shared
def test_no_pixel_of_a_labelled_vehicle_stays(shared: Path) -> None:
    masker = Masker(open_detector(), open_guard())
    for name, outlines in read_outlines(VEHICLES).items():
        photo = np.asarray(cv2.imread(str(next((shared / "data" / "street-frames").rglob(name)))), np.uint8)
        done = masker(photo)
        assert [visible(done.keep, outline) for outline in outlines] == [0.0] * len(outlines), name


def test_plates_on_a_road_are_hidden_by_the_shipped_guard() -> None:
    guard = open_guard()
    noise = np.random.default_rng(0).normal(0, 14, (640, 1024, 1))
    road = np.clip(cv2.GaussianBlur(110 + noise, (0, 0), 0.8)[..., None] + np.zeros(3), 0, 255).astype(np.uint8)
    put = insert(road, draw_plate(150, rng()), np.ones((640, 1024), bool), rng())
    assert put is not None
    composed, (y, x), _ = put
    (foreign,) = guard.foreign([composed])
    part = foreign[y * 40 // 640 : (y + 75) * 40 // 640, x * 64 // 1024 : (x + 150) * 64 // 1024]
    assert (part >= guard.threshold).mean() > 0.9
    assert mask_photo(composed, np.zeros((640, 1024), bool)) is None
