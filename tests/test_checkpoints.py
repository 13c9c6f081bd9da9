"""Finished steps: what is loaded is what was saved, or nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.checkpoints import StepFiles
from pavement.detection import Detection
from pavement.detection_arrays import pack, unpack
from pavement.quality import MEASURES, Quality
from tests.builders import grid, make_detection

positive = st.floats(0, 255)


@st.composite
def detections(draw: st.DrawFn) -> Detection | None:
    if draw(st.booleans()):
        return None
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    logits = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 256, (3, rows, columns), np.uint8)
    quality = Quality(*(draw(positive) for _ in MEASURES))
    return Detection(logits, draw(st.integers(1, 9000)), draw(st.integers(1, 9000)), quality)


def same(a: Detection | None, b: Detection | None) -> bool:
    if a is None or b is None:
        return a is b
    return (a.logits == b.logits).all() and (a.width, a.height, a.quality) == (b.width, b.height, b.quality)


@given(st.lists(detections(), max_size=6))
def test_packing_round_trip(found: list[Detection | None]) -> None:
    again = unpack(pack(found))
    assert len(again) == len(found)
    assert all(same(a, b) for a, b in zip(found, again, strict=True))


@pytest.fixture
def saved(tmp_path: Path) -> tuple[StepFiles, Path, list[Detection | None]]:
    """A store with one step of three frames, and that step's file."""
    lane = grid()
    lane[10:30, 20:40] = np.random.default_rng(1).random((20, 20)) < 0.7
    found = [make_detection(lane), None, make_detection(~lane, lane)]
    store = StepFiles(tmp_path / "steps")
    store.save("key", pack(found))
    (file,) = (tmp_path / "steps").iterdir()
    return store, file, found


def test_a_step_comes_back(saved: tuple[StepFiles, Path, list[Detection | None]]) -> None:
    store, _, found = saved
    loaded = store.load("key")
    assert loaded is not None
    assert all(same(a, b) for a, b in zip(found, unpack(loaded), strict=True))
    assert store.load("another") is None


@given(data=st.data())
def test_a_damaged_step_is_not_done(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever byte a dying disk changed or cut off: the step is done again, or what is loaded is right."""
    folder = tmp_path_factory.getbasetemp() / "damaged"
    store = StepFiles(folder)
    lane = grid()
    lane[10:30, 20:40] = True
    store.save("key", pack([make_detection(lane)]))
    path = folder / "key.step"
    good = path.read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    cut = data.draw(st.booleans())
    path.write_bytes(
        good[:at] if cut else good[:at] + bytes([good[at] ^ data.draw(st.integers(1, 255))]) + good[at + 1 :]
    )
    loaded = store.load("key")
    assert loaded is None or same(unpack(loaded)[0], make_detection(lane))
