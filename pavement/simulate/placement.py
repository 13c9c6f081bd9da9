"""Puts damage on the road, stretch by stretch: cracks, alligator networks, potholes and patches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pavement.road import Direction
from pavement.simulate.cracks import Crack, Network, linear
from pavement.simulate.path import Route
from pavement.simulate.spec import Damage, DriveSpec, Stretch
from pavement.simulate.world import WHEEL_M, Patch, Pothole, Step, World, lane_middle

PIECE_M = 6.0  #: networks are placed in pieces of about this length


class _Builder:
    """Collects damage while a road is being made."""

    def __init__(self, lane_width_m: float, rng: np.random.Generator) -> None:
        self.lane_m = lane_width_m
        self.rng = rng
        self.cracks: list[Crack] = []
        self.networks: list[Network] = []
        self.potholes: list[Pothole] = []
        self.patches: list[Patch] = []
        self.steps: list[Step] = []
        self.families = 0

    def family(self) -> int:
        self.families += 1
        return self.families

    def wheels(self, direction: Direction) -> tuple[float, float]:
        middle = lane_middle(direction, self.lane_m)
        return middle - WHEEL_M, middle + WHEEL_M

    def line(self, start: tuple[float, float], end: tuple[float, float], width_mm: float) -> None:
        self.cracks += linear(start, end, width_mm, self.family(), self.rng)

    def along(self, s0: float, s1: float, across: float, width_mm: float) -> None:
        """A longitudinal crack, broken into lengths of up to 12 m that overlap or miss each other slightly."""
        at = s0
        while at < s1 - 0.3:
            end = min(at + self.rng.uniform(5, 12), s1)
            shift = self.rng.normal(0, 0.06, 2)
            self.line((at, across + shift[0]), (end, across + shift[1]), width_mm * self.rng.uniform(0.7, 1.3))
            at = end + self.rng.uniform(-0.4, 0.5)

    def across_lane(self, s: float, direction: Direction, share: float, width_mm: float) -> None:
        """A transverse crack over `share` of the lane."""
        middle, half = lane_middle(direction, self.lane_m), self.lane_m / 2
        start = self.rng.uniform(-half, half - share * self.lane_m + 1e-9)
        slant = self.rng.normal(0, 0.15)
        self.line((s, middle + start), (s + slant, middle + start + share * self.lane_m), width_mm)

    def network(self, s0: float, s1: float, across: float, half_m: float) -> None:
        at = s0
        while at < s1 - 0.5:
            end = min(at + PIECE_M * self.rng.uniform(0.8, 1.2), s1)
            half = half_m * self.rng.uniform(0.9, 1.1)
            middle = across + self.rng.normal(0, 0.04)
            seed = tuple(int(part) for part in self.rng.integers(1, 2**31, 2))
            cell = float(self.rng.uniform(0.09, 0.17))
            width = float(self.rng.uniform(3.0, 5.5))
            self.networks.append(
                Network((at - 0.15, end + 0.15), (middle - half, middle + half), cell, width, seed, self.family())
            )
            at = end


def _fill(build: _Builder, stretch: Stretch) -> None:
    """Put the cracks of one stretch on the road."""
    s0, s1, rng = stretch.from_m, stretch.to_m, build.rng
    near, far = build.wheels(stretch.direction)
    length, damage = s1 - s0, stretch.damage
    every_m = {Damage.GOOD: 90.0, Damage.LIGHT: 16.0, Damage.LINEAR: 9.0, Damage.MIXED: 11.0, Damage.ALLIGATOR: 14.0}
    for _ in range(rng.poisson(length / every_m[damage])):
        width = rng.uniform(2.5, 4.5) if damage is Damage.GOOD else rng.uniform(3, 7)
        build.across_lane(rng.uniform(s0, s1), stretch.direction, rng.uniform(0.3, 1.0), width)
    if damage is Damage.LIGHT:
        for _ in range(max(1, int(length / 20))):
            start = rng.uniform(s0, max(s1 - 5, s0))
            build.along(start, min(start + rng.uniform(3, 8), s1), rng.choice([near, far]), 4.5)
    elif damage is Damage.LINEAR:
        build.along(s0, s1, near + rng.normal(0, 0.1), 5.5)
        build.along(s0, s1, far + rng.normal(0, 0.1), 6.5)
    elif damage is Damage.MIXED:
        worse, better = (near, far) if rng.random() < 0.5 else (far, near)
        build.network(s0, s1, worse, 0.42)
        build.along(s0, s1, better, 6.0)
    elif damage is Damage.ALLIGATOR:
        build.network(s0, s1, near, 0.44)
        build.network(s0, s1, far, 0.40)


def _holes(build: _Builder, direction: Direction, s0: float, s1: float, per_km: float) -> None:
    """Potholes in the wheel paths, evenly spread with jitter, most of them in a nest of cracks."""
    count, rng = round(per_km * (s1 - s0) / 1000), build.rng
    for index in range(count):
        s = s0 + (s1 - s0) * (index + rng.uniform(0.2, 0.8)) / count
        across = rng.choice(build.wheels(direction)) + rng.normal(0, 0.12)
        half = rng.uniform(0.13, 0.26)
        build.potholes.append(
            Pothole(s, across, half * rng.uniform(0.9, 1.5), half, rng.uniform(25, 60), int(rng.integers(2**31)))
        )
        if rng.random() < 0.6:
            build.network(s - rng.uniform(0.6, 1.4), s + rng.uniform(0.6, 1.4), across, 0.42)


def _repairs(build: _Builder, direction: Direction, s0: float, s1: float, per_km: float) -> None:
    """Rectangular patches within the lane."""
    rng, middle, half = build.rng, lane_middle(direction, build.lane_m), build.lane_m / 2
    count = round(per_km * (s1 - s0) / 1000)
    for index in range(count):
        s = s0 + (s1 - s0) * (index + rng.uniform(0.1, 0.9)) / count
        width = rng.uniform(0.8, build.lane_m - 0.5)
        left = middle + rng.uniform(-half + 0.15, half - 0.15 - width)
        tone = rng.uniform(0.62, 0.84) if rng.random() < 0.8 else rng.uniform(1.1, 1.25)
        build.patches.append(
            Patch((s, s + rng.uniform(1.2, 5.0)), (left, left + width), tone, int(rng.integers(2**31)))
        )


def _joints(spec: DriveSpec, s0: float, s1: float, rng: np.random.Generator) -> list[Step]:
    """Steps over the whole road, up and down in turn: onto a bridge and off it."""
    count = round(spec.steps_per_km * (s1 - s0) / 1000)
    places = s0 + (s1 - s0) * (np.arange(count) + rng.uniform(0.2, 0.8, count)) / max(count, 1)
    return [Step(float(s), 0.0, spec.step_mm * (1 if i % 2 == 0 else -1), False) for i, s in enumerate(places)]


def _manholes(
    spec: DriveSpec, direction: Direction, s0: float, s1: float, wheels: tuple[float, float], rng: np.random.Generator
) -> list[Step]:
    """Lids in the wheel paths, two in three too low."""
    count = round(spec.manholes_per_km * (s1 - s0) / 1000)
    places = s0 + (s1 - s0) * (np.arange(count) + rng.uniform(0.2, 0.8, count)) / max(count, 1)
    heights = spec.step_mm * np.where(rng.random(count) < 2 / 3, -1.0, 1.0)
    sides = rng.choice(wheels, count)
    return [Step(float(s), float(y), float(h), True) for s, y, h in zip(places, sides, heights, strict=True)]


def _draw_stretches(direction: Direction, length_m: float, severity: float, rng: np.random.Generator) -> list[Stretch]:
    """A random plan: stretches of 20-70 m, worse as `severity` goes from 0 to 1."""
    kinds = list(Damage)
    level = np.arange(len(kinds)) / (len(kinds) - 1)
    weight = np.exp(-((level - severity) ** 2) / (2 * 0.28**2))
    plan, at = [], 0.0
    while at < length_m:
        end = min(at + rng.uniform(20, 70), length_m)
        damage = kinds[int(rng.choice(len(kinds), p=weight / weight.sum()))]
        plan.append(Stretch(direction, at, end, damage, float(0.8 + 0.3 * kinds.index(damage) * rng.uniform(0.6, 1.2))))
        at = end
    return plan


def make_world(route: Route, spec: DriveSpec) -> World:
    """The damage of the road of `spec`, on both lanes however many directions are driven."""
    rng = np.random.default_rng([spec.seed, 4])
    build = _Builder(spec.lane_width_m, rng)
    s0, s1 = route.start_m, route.end_m
    stretches: list[Stretch] = []
    for direction in Direction:
        given = [stretch for stretch in spec.stretches if stretch.direction is direction]
        plan = given or _draw_stretches(direction, s1 - s0 + 20, spec.crack_severity, rng)
        moved = [replace(stretch, from_m=stretch.from_m + s0, to_m=stretch.to_m + s0) for stretch in plan]
        for stretch in moved:
            _fill(build, stretch)
        _holes(build, direction, s0, s1, spec.potholes_per_km)
        _repairs(build, direction, s0, s1, spec.patches_per_km)
        stretches += moved
    steps = np.random.default_rng([spec.seed, 24])  # their own, so that steps change no other damage
    build.steps += _joints(spec, s0, s1, steps)
    for direction in spec.directions:
        build.steps += _manholes(spec, direction, s0, s1, build.wheels(direction), steps)
    return World(
        tuple(build.cracks),
        tuple(build.networks),
        tuple(build.potholes),
        tuple(build.patches),
        tuple(stretches),
        spec.rut_mm,
        spec.seed,
        spec.lane_width_m,
        spec.rut_width_m,
        spec.crown_pct,
        spec.crown,
        spec.cross_fall_pct,
        spec.roughness,
        tuple(build.steps),
    )
