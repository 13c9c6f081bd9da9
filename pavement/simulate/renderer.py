"""From a pose to a photograph and its class map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.simulate.background import Panorama
from pavement.simulate.camera import Camera
from pavement.simulate.car import Pose
from pavement.simulate.exposure import Exposure
from pavement.simulate.ground import Ground
from pavement.simulate.motion import STILL, Motion
from pavement.simulate.noise import speckle
from pavement.simulate.path import Route
from pavement.simulate.sampling import Where, blend, classes_of, darkening, fold, grain_level, sample, span
from pavement.simulate.shutter import exposed, row_times, turn
from pavement.simulate.spec import CentreLine, Roughness
from pavement.simulate.texture import DETAIL_HALF_M, GROUND_HALF_M, HEIGHT_RES_M, LEVELS, Textures
from pavement.simulate.world import lane_middle

Image = NDArray[np.uint8]
Floats32 = NDArray[np.float32]

BLEND_ROWS = 0.06  #: of a level's rows are mixed with the next level
RELIEF_MARGIN_M = 0.6  #: the relief moves what near rays meet by less
HORIZON_SLOPE = 0.012  #: rays flatter than this see the background
RELIEF_LEVELS = 3  #: beyond the nearest levels ruts and holes move nothing by a pixel
WHITE = np.array([0.80, 0.82, 0.81], np.float32)
YELLOW = np.array([0.17, 0.58, 0.83], np.float32)
HAZE = np.array([0.88, 0.85, 0.80], np.float32)
GOLDEN = 0.6180339887  #: of the tile's width: how far each repetition of the grain is shifted aside


@dataclass(frozen=True)
class View:
    """A rendered frame: BGR picture (h, w, 3) and class map (h, w), 0 outside the own lane … 3 pothole."""

    picture: Image
    classes: Image


class Renderer:
    """Renders frames of one drive."""

    def __init__(self, ground: Ground, route: Route) -> None:
        self.ground, self.route, self.spec = ground, route, ground.spec
        self.camera = Camera.of(self.spec)
        self.textures = Textures(ground)
        self.panorama = Panorama(self.spec.seed)
        self.exposure = Exposure(self.spec)
        grain = speckle(1600, 1600, np.random.default_rng([self.spec.seed, 9]))
        self.grain = [grain_level(grain, level.grain_m) for level in LEVELS]
        self.normalised = self.camera.normalised()
        self.rows = self._level_rows()
        world = ground.world
        flat = not (world.crown_pct or world.cross_fall_pct or world.steps) and world.roughness is Roughness.NONE
        self.relief_levels = RELIEF_LEVELS if flat else len(LEVELS)
        self.iterations = 2 if flat else 3

    def _level_rows(self) -> list[tuple[int, int]]:
        """The rows (first, last + 1) of each level, nearest first; they overlap where levels are mixed."""
        height = self.spec.height_px
        edges = [height, *(self.camera.row_of(level.until_m) for level in LEVELS[:-1]), 0]
        cuts = [int(np.clip(edge, 0, height)) for edge in edges]
        rows = []
        for lower, upper in pairwise(cuts):
            overlap = int((lower - upper) * BLEND_ROWS) + 4
            rows.append((max(upper - overlap, 0), lower))
        return rows

    def view(self, pose: Pose, camera: Camera, index: int, motion: Motion = STILL) -> View:
        """The frame that `camera` takes at `pose` of a car that moves as `motion` says."""
        rays, height, ahead = self._exposure_rows(camera, motion)
        depth = np.full(rays.shape[1:], np.inf, np.float32)
        picture = np.empty((*rays.shape[1:], 3), np.float32)
        far = self.rows[-1][1]
        picture[:far] = self.panorama.look(rays[:, :far], pose.yaw)
        classes = np.zeros(rays.shape[1:], np.uint8)
        lane = None if pose.direction is None else lane_middle(pose.direction, self.spec.lane_width_m)
        done = 0
        for level in reversed(range(len(LEVELS))):
            first, last = self.rows[level]
            if last <= first:
                continue
            band = rays[:, first:last]
            rows = slice(first, last)
            where = self._ground(band, pose, height[rows], level < self.relief_levels, ahead[rows])
            colour, cracks = self._colour(level, where, pose)
            sees_ground = (band[2] < -HORIZON_SLOPE)[..., None]
            colour = np.where(sees_ground, colour, picture[first:last])
            blend(picture, colour, first, last, done)
            depth[done:last] = np.where(sees_ground[..., 0], where.reach, np.inf)[done - first :]
            done = last
            if lane is not None:
                seen = classes_of(where, cracks, lane, self.spec.lane_width_m)
                classes[first:last] = np.where(sees_ground[..., 0], seen, 0)
        if self.spec.exposure_ms > 0:
            axes = motion.axes() @ camera.axes()
            foe = axes[0, :2] / axes[0, 2] * camera.focal_px + camera.centre_px
            picture = exposed(picture, depth, motion, self.spec, foe)
        return View(self.exposure.develop(picture, index), classes)

    def _exposure_rows(self, camera: Camera, motion: Motion) -> tuple[Floats32, Floats32, Floats32]:
        """Rays (3, h, w) over the level road, the camera's height and how far it is beyond the pose, both (h, 1)."""
        body = motion.axes()
        rays = camera.rays(self.normalised, body)
        time_s = row_times(self.spec)
        rise, lean = motion.turned(time_s)
        if rise.any() or lean.any():
            rays = turn(rays, rise, lean)
        height = motion.height_m + motion.height_rate * time_s + body[2, 2] * camera.height_m
        ahead = motion.speed_mps * time_s + body[0, 2] * camera.height_m
        return rays, height.astype(np.float32)[:, None], ahead.astype(np.float32)[:, None]

    def _ground(
        self, rays: Floats32, pose: Pose, height_m: Floats32 | float, near: bool, ahead_m: Floats32 | float = 0.0
    ) -> Where:
        """Where rays (3, h, w) meet the road: its relief if `near`, else the plane."""
        slope = np.maximum(-rays[2], HORIZON_SLOPE)
        reach = height_m / slope
        where = self._on_road(rays, reach, pose, ahead_m)
        if not near:
            return where
        low, high = span(where.along)
        strip = self.textures.height(pose.s + low - RELIEF_MARGIN_M, pose.s + high + RELIEF_MARGIN_M)
        for _ in range(self.iterations):
            relief = sample(strip, where, pose.s, (HEIGHT_RES_M, HEIGHT_RES_M), DETAIL_HALF_M)
            where = self._on_road(rays, (height_m - relief) / slope, pose, ahead_m)
        return where

    def _on_road(self, rays: Floats32, reach: Floats32, pose: Pose, ahead_m: Floats32 | float) -> Where:
        """Points `reach` along the rays in road coordinates; the road's bend is taken as a parabola."""
        ahead, left = rays[0] * reach + ahead_m, rays[1] * reach
        cos, sin = np.float32(np.cos(pose.yaw)), np.float32(np.sin(pose.yaw))
        along = ahead * cos - left * sin
        bend = np.float32(self.route.line.curvature_at(pose.s + 8 * float(cos)))
        across = np.float32(pose.across) + ahead * sin + left * cos - bend / 2 * np.square(along)
        along *= 1 + bend * np.clip(across, -GROUND_HALF_M, GROUND_HALF_M)
        return Where(along, across, ahead, reach)

    def _colour(self, level: int, where: Where, pose: Pose) -> tuple[Floats32, Image]:
        """BGR 0-1 (h, w, 3) and the detail picture (h, w, 4) as seen."""
        sizes = LEVELS[level]
        low, high = span(where.along)
        wide = self.textures.wide(level, pose.s + low, pose.s + high)
        folded = replace(where, across=fold(where.across)) if level >= 2 else where
        seen = sample(wide, folded, pose.s, sizes.ground_m, GROUND_HALF_M)
        fine = self.textures.detail(level, pose.s + low, pose.s + high)
        detail = sample(fine, where, pose.s, sizes.detail_m, DETAIL_HALF_M)
        grain = self._grain(level, where, pose)
        colour = seen.astype(np.float32) * np.float32(1 / 255)
        self._paint(colour, detail[..., 2], where.across)
        colour *= darkening(detail, grain)[..., None]
        if level == len(LEVELS) - 1:
            haze = np.float32(0.3) * np.clip(where.ahead / 250, 0, 1)[..., None]
            colour += (HAZE - colour) * haze
        return colour, detail

    def _grain(self, level: int, where: Where, pose: Pose) -> Floats32:
        """The grain's tile, shifted aside from one repetition to the next: no texture matches itself down the road."""
        tile, size = self.grain[level], LEVELS[level].grain_m
        gone, start = divmod(pose.s, tile.shape[0] * size[0])
        y = (where.along + np.float32(start)) * np.float32(1 / size[0]) - np.float32(0.5)
        repetition = np.floor((y + np.float32(0.5)) * np.float32(1 / tile.shape[0])) + np.float32(gone % 1024)
        shift = repetition * np.float32(GOLDEN) % 1 * np.float32(tile.shape[1])
        x = (GROUND_HALF_M - where.across) * np.float32(1 / size[1]) - np.float32(0.5) + shift
        return np.asarray(cv2.remap(tile, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32)

    def _paint(self, colour: Floats32, cover: Image, across: Floats32) -> None:
        """Mix the lines' colour into `colour` where there is paint."""
        at = np.nonzero(cover)
        share = (cover[at] * np.float32(1 / 255))[:, None]
        centre = np.abs(across[at]) < 1.0
        yellow = centre & (self.spec.centre_line is CentreLine.YELLOW)
        paint = np.where(yellow[:, None], YELLOW, WHITE)
        shaded = np.clip(colour[at].mean(axis=1, keepdims=True) / 0.34, 0.35, 1.12)
        colour[at] += (paint * shaded - colour[at]) * share


def bounced(camera: Camera, rng: np.random.Generator, amount: float) -> Camera:
    """The camera as the car's springs move it: pitch 0.15°, roll 0.12°, height 6 mm (standard deviations)."""
    pitch, roll, height = (float(part) for part in rng.normal(0, 1, 3) * amount)
    return replace(
        camera,
        pitch_deg=camera.pitch_deg + 0.15 * pitch,
        roll_deg=camera.roll_deg + 0.12 * roll,
        height_m=camera.height_m + 0.006 * height,
    )
