"""Lines that look like roads: smooth, winding in hills, with hairpins where it is steep."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.ndimage import gaussian_filter1d

from pavement.simulate.prefecture.spec import Curve, Floats

STEP_M = 4.0
KEEP_M = 0.25  #: vertices that move a line by less are left out
PLAIN_WAVES = ((420.0, 6.0), (900.0, 25.0), (2100.0, 70.0))  #: wavelength, amplitude in metres
HILL_WAVES = ((190.0, 9.0), (420.0, 22.0), (900.0, 45.0))


def along(xy: Floats) -> Floats:
    """Metres along a line at its vertices, (n,)."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])


def normals(xy: Floats) -> Floats:
    """Unit vectors (n, 2) to the left of a line at its vertices."""
    tangent = np.gradient(xy, axis=0)
    tangent /= np.maximum(np.hypot(*tangent.T), 1e-9)[:, None]
    return np.column_stack([-tangent[:, 1], tangent[:, 0]])


def evenly(xy: Floats, step_m: float = STEP_M) -> Floats:
    """The line with a vertex every `step_m`."""
    s = along(xy)
    even = np.linspace(0, s[-1], max(round(s[-1] / step_m), 2) + 1)
    return np.column_stack([np.interp(even, s, xy[:, 0]), np.interp(even, s, xy[:, 1])])


def smoothed(xy: Floats, sigma_m: float, step_m: float = STEP_M) -> Floats:
    """An even line with its corners rounded; the ends stay."""
    result: Floats = xy + _rounded(xy, sigma_m / step_m)
    return result


def _rounded(xy: Floats, sigma: float) -> Floats:
    mirrored = np.vstack([2 * xy[0] - xy[:0:-1], xy, 2 * xy[-1] - xy[-2::-1]])  # point-symmetric: the ends stay
    even = gaussian_filter1d(mirrored, sigma, axis=0)[len(xy) - 1 : 2 * len(xy) - 1]
    return np.asarray(even - xy)


def hermite(a: Floats, b: Floats, tangent_a: Floats, tangent_b: Floats, count: int) -> Floats:
    """A cubic from `a` to `b` that leaves along unit vector `tangent_a` and arrives along `tangent_b`."""
    t = np.linspace(0, 1, count)[:, None]
    reach = np.hypot(*(b - a))
    result: Floats = (
        (2 * t**3 - 3 * t**2 + 1) * a
        + (t**3 - 2 * t**2 + t) * reach * tangent_a
        + (-2 * t**3 + 3 * t**2) * b
        + (t**3 - t**2) * reach * tangent_b
    )
    return result


def winding(base: Floats, hilliness: float, rng: np.random.Generator) -> Floats:
    """The line with waves to both sides that vanish at its ends; `hilliness` 0 = plain, 1 = mountains."""
    s = along(base)
    length = s[-1]
    window = np.sin(np.pi * np.clip(np.minimum(s, length - s) / min(600.0, length / 2), 0, 1) / 2) ** 2
    aside = np.zeros(len(s))
    for waves, weight in ((PLAIN_WAVES, 1.0), (HILL_WAVES, hilliness)):
        for wavelength, amplitude in waves:
            if wavelength < length:
                phase, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 1.0) * weight
                aside += strength * amplitude * np.sin(2 * np.pi * s / wavelength + phase)
    return np.asarray(base + normals(base) * (aside * window)[:, None])


def with_hairpins(line: Floats, chord_m: float, loops: int, rng: np.random.Generator) -> Floats:
    """The line with `chord_m` of its middle replaced by a sine-generated curve (Langbein & Leopold 1966)."""
    s = along(line)
    first, last = (int(np.searchsorted(s, s[-1] / 2 + side * chord_m / 2)) for side in (-1, 1))
    phase = np.linspace(0, 2 * np.pi * loops, 120 * loops)
    ramp = np.clip(np.minimum(phase, phase[-1] - phase) / np.pi, 0, 1)
    heading = rng.uniform(1.8, 2.05) * ramp * np.sin(phase)
    way = np.cumsum(np.exp(1j * heading))
    way -= way[0]
    a, b = complex(*line[first]), complex(*line[last])
    placed = a + way * (b - a) / way[-1]
    return np.vstack([line[:first], np.column_stack([placed.real, placed.imag]), line[last + 1 :]])


def bulge(length_m: float, count: int, ramp_m: float) -> Floats:
    """(count,) 0 at both ends, 1 between, with smooth ramps."""
    s = np.linspace(0, length_m, count)
    rise = np.clip(np.minimum(s, length_m - s) / ramp_m, 0, 1)
    return np.asarray(rise * rise * (3 - 2 * rise))


def beside(curve: Curve, aside_m: Floats | float) -> Curve:
    """The line moved to the left by `aside_m` (n,), with the same centre-line metres."""
    moved = curve.xy + normals(curve.xy) * np.broadcast_to(np.asarray(aside_m, float), (len(curve.xy),))[:, None]
    return thinned(Curve(np.asarray(moved), curve.s))


def thinned(curve: Curve) -> Curve:
    """The curve without the vertices that it does not need (Douglas & Peucker)."""
    kept = shapely.get_coordinates(shapely.simplify(shapely.LineString(curve.xy), KEEP_M))
    code = curve.xy[:, 0] + 1j * curve.xy[:, 1]
    index = np.flatnonzero(np.isin(code, kept[:, 0] + 1j * kept[:, 1]))
    return Curve(curve.xy[index], curve.s[index])


def centre(xy: Floats) -> Curve:
    """A centre line of even vertices: thinned, and measured by itself."""
    xy = thinned(Curve(xy, along(xy))).xy
    return Curve(xy, along(xy))


def dense(curve: Curve, step_m: float = STEP_M) -> Curve:
    """The same line with a vertex every `step_m` of centre line."""
    s = np.linspace(curve.s[0], curve.s[-1], max(round(abs(curve.s[-1] - curve.s[0]) / step_m), 2) + 1)
    return Curve(curve.at(s), s)


def tightest_m(xy: Floats) -> float:
    """The smallest radius of an even line."""
    heading = np.unwrap(np.arctan2(*np.diff(xy, axis=0).T[::-1]))
    step = np.hypot(*np.diff(xy, axis=0).T)[1:]
    return float(1 / max(np.abs(np.diff(heading) / np.maximum(step, 1e-6)).max(), 1e-9))
