"""The coarse picture of a chunk: tone of the asphalt, wheel paths, patches, shoulder, grass, shading and shade."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.road import Direction
from pavement.simulate.noise import NoiseBank, window, zoomed
from pavement.simulate.relief import LID_RADIUS_M
from pavement.simulate.spec import DriveSpec
from pavement.simulate.world import WHEEL_M, Step, World, lane_middle

Image = NDArray[np.uint8]
Floats32 = NDArray[np.float32]

SHOULDER_M = 0.6  #: paved, outside the edge line
GRAVEL_M = 0.7
YARD_HALF_M = 9.0  #: of the paved place where cars turn
ROAD_ZONE_M = 5.6  #: beyond this from the centre line there is only grass
TONE = np.array([0.375, 0.375, 0.37], np.float32)  #: BGR of asphalt, 0-1
GRAVEL = np.array([0.40, 0.45, 0.49], np.float32)
SUN = (0.55, -0.62, 0.75)  #: direction to the sun: along s, to the left, up


@dataclass(frozen=True)
class Ground:
    """All that the pictures of the ground are made from. `yard_m`: arc length of the turning place."""

    spec: DriveSpec
    world: World
    noise: NoiseBank
    yard_m: tuple[float, float]


@dataclass(frozen=True)
class _Zone:
    """A window of the ground picture: its first row in the noise, arc lengths (rows, 1), across (columns,)."""

    row: int
    s: Floats32
    across: Floats32

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.s), len(self.across)


def ground_picture(
    ground: Ground,
    s0: float,
    length_m: float,
    half_m: float,
    size_m: tuple[float, float],
    relief: tuple[Floats32, float],
) -> Image:
    """BGR (rows, columns, 3) from s0 on; `relief`: height in metres with a row before and after, and its half width."""
    rows, columns = round(length_m / size_m[0]), round(2 * half_m / size_m[1])
    row = round(s0 / size_m[0])
    across = half_m - (np.arange(columns, dtype=np.float32) + 0.5) * size_m[1]
    s = (s0 + (np.arange(rows) + 0.5) * size_m[0]).astype(np.float32)[:, None]
    picture = _grass(ground, row, rows, columns)
    yard = ground.yard_m[0] - 12 < s0 + length_m and s0 < ground.yard_m[1] + 12
    zone = np.abs(across) < (YARD_HALF_M + 2 if yard else ROAD_ZONE_M)
    first, last = int(np.argmax(zone)), columns - int(np.argmax(zone[::-1]))
    part = _Zone(row, s, across[first:last])
    road = _asphalt(ground, part)
    road *= _shading(relief, half_m, (rows, columns))[:, first:last, None]
    outer = np.flatnonzero(np.abs(part.across) > ground.spec.lane_width_m + 0.2)
    verge = picture[:, first + outer].astype(np.float32) * np.float32(1 / 255)
    road[:, outer] = _sides(ground, _Zone(row, s, part.across[outer]), road[:, outer], verge)
    picture[:, first:last] = np.clip(road * 255, 0, 255)
    if ground.spec.shadows > 0:
        shade = _shade(ground, row, rows, across)
        if shade.min() < 1:
            picture = (picture * shade[..., None]).astype(np.uint8)
    return picture


def _grass(ground: Ground, row: int, rows: int, columns: int) -> Image:
    """BGR (rows, columns, 3) of grass everywhere."""
    tile = ground.noise.grass
    at, across = np.arange(row, row + rows) % tile.shape[0], np.arange(columns) % tile.shape[1]
    return np.asarray(tile[at[:, None], across[None, :]], np.uint8)


def _asphalt(ground: Ground, zone: _Zone) -> Floats32:
    """BGR 0-1 (rows, columns, 3) of the road's surface, patches and potholes' insides included."""
    rows, columns = zone.shape
    noise = ground.noise
    patchy = window(noise.patchy, zone.row, rows, columns)
    streaky = window(noise.streaky, zone.row, rows, columns)
    rough = window(noise.rough, zone.row, rows, columns)
    tone = 1 + 0.030 * patchy + 0.035 * streaky + 0.013 * rough
    tone *= 1 - _worn(ground, zone.across)[None, :] * (1 + 0.35 * patchy)
    for patch in ground.world.patches:
        _lay_patch(tone, zone, patch.s_m, patch.across_m, patch.tone, rough)
    for step in ground.world.steps:
        _lay_joint(tone, zone, step)
    colour: Floats32 = tone[..., None] * TONE
    for hole in ground.world.potholes:
        _dig(colour, zone, hole.s, hole.across, hole.half_s_m, hole.half_across_m, hole.seed, rough)
    return colour


def _worn(ground: Ground, across: Floats32) -> Floats32:
    """How much darker (columns,) the wheel paths and the oily middle of each lane are."""
    darker = np.zeros_like(across)
    for direction in Direction:
        middle = lane_middle(direction, ground.spec.lane_width_m)
        for wheel in (middle - WHEEL_M, middle + WHEEL_M):
            darker += 0.13 * np.exp(-((across - wheel) ** 2) / (2 * 0.26**2))
        darker += 0.07 * np.exp(-((across - middle) ** 2) / (2 * 0.2**2))
    darker += 0.05 * (np.abs(across) < ground.spec.lane_width_m) * (across > 0)
    return darker.astype(np.float32)


def _lay_patch(
    tone: Floats32, zone: _Zone, s_m: tuple[float, float], across_m: tuple[float, float], factor: float, rough: Floats32
) -> None:
    """Change the tone within a rectangle, darker along its sealed edge."""
    inside_s = np.minimum(zone.s - s_m[0], s_m[1] - zone.s)
    inside_y = np.minimum(zone.across - across_m[0], across_m[1] - zone.across)[None, :]
    if inside_s.max() < -0.1:
        return
    inside = np.minimum(inside_s, inside_y) + 0.012 * rough
    sealed = np.clip(1 - np.abs(inside) / 0.03, 0, 1)
    tone *= np.where(inside > 0, factor, 1.0) * (1 - 0.3 * sealed)


def _lay_joint(tone: Floats32, zone: _Zone, step: Step) -> None:
    """Darken a joint's seam, or a manhole's lid."""
    rows = np.flatnonzero(np.abs(zone.s[:, 0] - step.s) < 0.5)
    if not len(rows):
        return
    along = zone.s[rows] - step.s
    distance = (
        np.hypot(along, zone.across[None, :] - step.across) - LID_RADIUS_M if step.manhole else np.abs(along) - 0.02
    )
    tone[rows] *= 1 - 0.45 * np.clip(0.5 - distance / 0.02, 0, 1)


def _dig(
    colour: Floats32,
    zone: _Zone,
    s: float,
    across: float,
    half_s: float,
    half_across: float,
    seed: int,
    rough: Floats32,
) -> None:
    """Loose, stony, dusty ground inside a hole; crumbs around it."""
    rows = np.flatnonzero(np.abs(zone.s[:, 0] - s) < 2.2 * half_s)
    columns = np.flatnonzero(np.abs(zone.across - across) < 2.2 * half_across)
    if not len(rows) or not len(columns):
        return
    place = np.ix_(rows, columns)
    distance = np.hypot((zone.s[rows] - s) / half_s, (zone.across[columns][None, :] - across) / half_across)
    dusty = np.array([0.36, 0.40, 0.43]) if seed % 2 else np.array([0.27, 0.28, 0.29])
    inner = dusty * (1 + 0.22 * rough[place])[..., None]
    share = np.clip((1.25 - distance) / 0.35, 0, 1)[..., None]
    crumbs = 1 + 0.10 * np.clip(1 - np.abs(distance - 1.4) / 0.6, 0, 1) * (rough[place] > 0.8)
    colour[place] = (colour[place] * crumbs[..., None]) * (1 - share) + inner * share


def _sides(ground: Ground, zone: _Zone, road: Floats32, grass: Floats32) -> Floats32:
    """Road, then gravel, then grass, with ragged borders."""
    rows, columns = zone.shape
    ragged = 0.10 * window(ground.noise.patchy, zone.row, rows, columns, 300)
    ragged = ragged + 0.05 * window(ground.noise.rough, zone.row, rows, columns, 100)
    half = np.full((rows, 1), ground.spec.lane_width_m + SHOULDER_M, np.float32)
    into_yard = np.minimum(zone.s - ground.yard_m[0], ground.yard_m[1] - zone.s)
    half += np.clip(into_yard / 6 + 1, 0, 1) * (YARD_HALF_M - half)
    out = np.abs(zone.across)[None, :] + ragged - half
    rough = window(ground.noise.rough, zone.row, rows, columns, 400)
    gravel = GRAVEL * (1 + 0.2 * rough)[..., None]
    to_gravel = np.clip(out / 0.06, 0, 1)[..., None]
    to_grass = np.clip((out - GRAVEL_M) / 0.25, 0, 1)[..., None]
    edge: Floats32 = road * (1 - to_gravel) + gravel * to_gravel
    edge += (grass - edge) * to_grass
    return edge


def _shading(relief: tuple[Floats32, float], half_m: float, shape: tuple[int, int]) -> Floats32:
    """Brightness (rows, columns) by the surface's slope against the sun; 1 outside the relief."""
    height, relief_half = relief
    step = 2 * relief_half / height.shape[1]
    slope_s = (height[2:] - height[:-2]) / (2 * step)
    slope_left = -np.gradient(height[1:-1], step, axis=1)
    light = 1 - 0.85 * (slope_s * SUN[0] + slope_left * SUN[1]) / SUN[2]
    factor = np.ones(shape, np.float32)
    columns = round(shape[1] * relief_half / half_m)
    left = (shape[1] - columns) // 2
    small = cv2.resize(light.astype(np.float32), (columns, shape[0]), interpolation=cv2.INTER_AREA)
    factor[:, left : left + columns] = np.clip(small, 0.45, 1.35)
    return factor


def _shade(ground: Ground, row: int, rows: int, across: Floats32) -> Floats32:
    """Brightness (rows, columns) under the trees beside the road; dappled towards its middle."""
    columns = np.arange(len(across), dtype=float)
    broad = zoomed(ground.noise.patchy, (row + np.arange(rows)) / 6.0, columns / 6 + 500)
    leaves = window(ground.noise.patchy, row, rows, len(across), 200)
    nearer = np.clip((-across - 1.0) / 5, -0.6, 1.2)[None, :]  # the trees stand right of the road, towards the sun
    depth = broad + 0.45 * leaves + 1.1 * nearer - 2.6 * (1 - ground.spec.shadows)
    return (1 - 0.55 * np.clip(depth * 2.2, 0, 1)).astype(np.float32)
