"""Ready-made drives: the demo, the tests' drive, and a course for evaluating rut depth."""

from __future__ import annotations

import numpy as np

from pavement.road import Direction
from pavement.simulate.spec import Damage, DriveSpec, Mount, Roughness, Stretch

COURSE_STRETCH_M = 60.0  #: of one depth: three blocks, the middle one of them all in it
COURSE_DEPTHS_MM = (0, 2, 5, 8, 11, 14, 17, 19, 21, 24, 27, 30, 34, 38, 42, 46, 50)


def demo_spec() -> DriveSpec:
    """300 m both ways, about 140 frames and imu.csv: sound, cracked and worn-out segments, ruts, potholes, patches."""
    down, up = Direction.DOWN, Direction.UP
    return DriveSpec(
        seed=7,
        length_m=300.0,
        step_m=5.0,
        both_directions=True,
        stretches=(
            Stretch(down, 0, 80, Damage.GOOD, 0.7),
            Stretch(down, 80, 105, Damage.LIGHT),
            Stretch(down, 105, 165, Damage.LINEAR),
            Stretch(down, 165, 200, Damage.MIXED, 1.5),
            Stretch(down, 200, 290, Damage.ALLIGATOR, 2.2),
            Stretch(down, 290, 310, Damage.LIGHT),
            Stretch(up, 0, 60, Damage.LIGHT),
            Stretch(up, 60, 100, Damage.MIXED, 1.4),
            Stretch(up, 100, 200, Damage.GOOD, 0.8),
            Stretch(up, 200, 310, Damage.LINEAR, 1.2),
        ),
        potholes_per_km=9.0,
        patches_per_km=8.0,
        roughness=Roughness.A,
    )


def tiny_spec() -> DriveSpec:
    """120 m of 下り in small pictures, for tests."""
    down = Direction.DOWN
    return DriveSpec(
        seed=3,
        length_m=120.0,
        width_px=640,
        height_px=400,
        stretches=(
            Stretch(down, 0, 40, Damage.GOOD),
            Stretch(down, 40, 80, Damage.LINEAR),
            Stretch(down, 80, 125, Damage.ALLIGATOR, 2.0),
        ),
        potholes_per_km=20.0,
        patches_per_km=10.0,
    )


def rut_course_spec(seed: int = 11, length_m: float = 2200.0) -> DriveSpec:
    """下り with every 60 m another rut depth of 0-50 mm (right wheel path; left 0.85 of it), a picture each 2 m.

    Everything that makes ruts hard to measure is on: crown, unevenness and a car that moves on it, steps, rolling
    shutter, exposure blur, lens distortion, noise, JPEG, shade, cracks, potholes and patches. Every 17 stretches
    have all depths, in an order of their own.
    """
    rng = np.random.default_rng([seed, 20])
    depths: list[int] = []
    while len(depths) * COURSE_STRETCH_M < length_m + 20:
        depths += rng.permutation(COURSE_DEPTHS_MM).tolist()
    damages = rng.choice(list(Damage), len(depths), p=(0.45, 0.25, 0.15, 0.1, 0.05))
    course = zip(depths, damages, strict=True)
    stretches = tuple(
        Stretch(
            Direction.DOWN,
            number * COURSE_STRETCH_M,
            (number + 1) * COURSE_STRETCH_M,
            Damage(str(damage)),
            depth / 10,
            float(rng.uniform(0.6, 1.6)),
        )
        for number, (depth, damage) in enumerate(course)
        if number * COURSE_STRETCH_M < length_m + 20
    )
    return DriveSpec(
        seed=seed,
        length_m=length_m,
        step_m=2.0,
        stretches=stretches,
        mount=Mount(k1=-0.03, k2=0.004),
        rut_mm=(8.5, 10.0),
        crown_pct=2.0,
        roughness=Roughness.A,
        steps_per_km=5.0,
        manholes_per_km=5.0,
        shadows=0.3,
        exposure_ms=3.0,
        rolling_shutter_ms=15.0,
        jpeg_quality=85,
    )
