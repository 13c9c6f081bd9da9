"""The local plane is true to the metre where a network lies, and comes back to the same degrees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from pavement.geo import LocalPlane
from tests.builders import AOMORI, PLANE

metres = st.floats(-100_000, 100_000)


@given(metres, metres)
def test_degrees_and_metres_round_trip(x: float, y: float) -> None:
    lon, lat = PLANE.to_degrees([[x, y]])[0]
    assert PLANE.to_metres(lon, lat)[0] == pytest.approx([x, y], abs=1e-3)


@pytest.mark.parametrize("distance_m", [100.0, 50_000.0])
@pytest.mark.parametrize("azimuth", [0.0, 60.0, 90.0, 200.0])
def test_lengths_are_those_of_the_ellipsoid(distance_m: float, azimuth: float) -> None:
    lon, lat, _ = Geod(ellps="GRS80").fwd(*AOMORI, azimuth, distance_m)
    x, y = LocalPlane(*AOMORI).to_metres(lon, lat)[0]
    assert np.hypot(x, y) == pytest.approx(distance_m, rel=1e-4)
    assert np.degrees(np.arctan2(x, y)) % 360 == pytest.approx(azimuth, abs=0.01)
