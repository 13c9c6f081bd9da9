"""Two made-up years of a network's blocks with planted decay, under the measured noise of position and detection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.review.noise import crack_variance
from pavement.review.rows import NO_DAY, Floats, Ints, Labels, Sections, Year, empty_year
from pavement.road import RoadKey

PIECES = 4  #: a block's road is made of pieces of 5 m, so that a window can lie between two blocks
SMOOTH_BLOCKS = 25  #: over which a pass's position error stays about the same: 500 m
SHARED_BLOCKS = 5  #: over which light and shade stay the same
STRETCHES = (1, 3, 5, 10)  #: blocks of a planted stretch
CLASS_POINTS = 20.0  #: ひび割れ率 from one class to the next: Ⅰ < 20 ≤ Ⅱ < 40 ≤ Ⅲ


@dataclass(frozen=True)
class NoiseSpec:
    """Errors of one pass; where the figures come from is in docs/review.md."""

    detection_sd: float = 0.9  #: points of ひび割れ率 on a block near 0 %, anew in each pass
    detection_by_level: float = 1.3  #: more at higher levels: `crack_variance`
    drive_sd: float = 3.5  #: points that all blocks of a road and direction of a pass share: that day's lens and light
    drive_gain: float = 0.23  #: … and a share of the level
    shared_sd: float = 1.7  #: points that neighbouring blocks of a pass share: shade
    position_sd_m: float = 5.0
    rut_se_mm: float = 1.5
    year_bias: float = 3.0  #: points of the second year: another camera, another model
    ageing: float = 0.5  #: points by which every block became worse


#: what was measured, without the margin of 1.5 for other seasons, wetness, phones
WITHOUT_MARGIN = NoiseSpec(detection_sd=0.6, detection_by_level=0.86, drive_sd=2.3, drive_gain=0.15, shared_sd=1.1)
#: the errors against labels taken for errors of a pass, what repeats in every year among them: too dark a view
AGAINST_LABELS = NoiseSpec(detection_sd=5.5, detection_by_level=0.0, drive_sd=0.0, drive_gain=0.0, shared_sd=1.0)


@dataclass(frozen=True)
class NetworkSpec:
    """How much road."""

    roads: int = 300
    blocks: int = 600  #: of a road, in each direction
    share: float = 0.01  #: of the blocks in planted stretches of each length and kind
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Planted:
    """The truth: (n,) stretch length in blocks (0 = nothing planted) and points by which it became worse."""

    length: Ints
    points: Floats


def make_sections(spec: NetworkSpec) -> Sections:
    """A network of straight roads."""
    n = spec.roads * 2 * spec.blocks
    chain = np.repeat(np.arange(spec.roads * 2), spec.blocks)
    step = np.tile(np.arange(spec.blocks), spec.roads * 2)
    none = Labels(np.full(n, -1, np.int32), ())
    keys = tuple(RoadKey("一般県道", str(i + 1), "000", "現道") for i in range(spec.roads))
    kp = np.round(step * 0.02, 3)
    lon, lat = 140.0 + kp / 85, 40.0 + (chain // 2) / 111
    return Sections(
        place=np.char.mod("%016x", np.arange(n)),
        road=(chain // 2).astype(np.int32),
        up=chain % 2 == 1,
        from_kp_km=kp,
        to_kp_km=np.round(kp + 0.02, 3),
        length_m=np.full(n, 20.0),
        lonlat=np.column_stack([lon, lat, lon + 0.02 / 85, lat]),
        manager=none,
        office=none,
        municipality=none,
        road_class=none,
        closed=none,
        roads=keys,
        names=tuple(f"県道{key.route_no}号" for key in keys),
    )


def make_years(sections: Sections, passes: int, noise: NoiseSpec, spec: NetworkSpec) -> tuple[Year, Year, Planted]:
    """What `passes` drives of each year found, averaged, and what was planted between the years."""
    rng = np.random.default_rng([spec.seed, passes])
    chains = len(sections.chains) - 1
    true = true_road(chains, spec.blocks, rng)
    planted = plant(chains, spec, rng)
    after = true + np.repeat(planted.points.reshape(chains, spec.blocks), PIECES, axis=1) + noise.ageing
    then = _year(sections, 2025, true, passes, 0.0, noise, rng)
    now = _year(sections, 2026, after, passes, noise.year_bias, noise, rng)
    return then, now, planted


def true_road(chains: int, blocks: int, rng: np.random.Generator) -> Floats:
    """(chains, pieces) ひび割れ率 of 5 m pieces: sections paved together, within them wandering, at joints a jump."""
    pieces = blocks * PIECES
    level = rng.gamma(1.2, 12.0, (chains, blocks // 15 + 2))
    which = np.minimum(np.cumsum(rng.random((chains, pieces)) < 1 / (30 * PIECES), axis=1), level.shape[1] - 1)
    wander = along(rng, chains, pieces, 6 * PIECES)
    return np.clip(np.take_along_axis(level, which, axis=1) * (1 + 0.35 * wander), 0, 90)


def along(rng: np.random.Generator, chains: int, steps: int, length: float) -> Floats:
    """(chains, steps) of variance 1, correlated over `length` steps (first-order autoregression)."""
    keep = float(np.exp(-1 / length))
    fresh = rng.standard_normal((chains, steps)) * np.sqrt(1 - keep * keep)
    out = np.empty((chains, steps))
    state = rng.standard_normal(chains)
    for k in range(steps):
        state = keep * state + fresh[:, k]
        out[:, k] = state
    return out


def plant(chains: int, spec: NetworkSpec, rng: np.random.Generator) -> Planted:
    """Stretches of every length, of 5 points and of one rating class, that do not touch."""
    length, points = np.zeros((chains, spec.blocks), np.int32), np.zeros((chains, spec.blocks))
    for size in STRETCHES:
        for decay in (5.0, CLASS_POINTS):
            for _ in range(round(spec.share * chains * spec.blocks / size)):
                row, start = rng.integers(chains), rng.integers(spec.blocks - size)
                if not length[row, max(start - 2, 0) : start + size + 2].any():
                    length[row, start : start + size], points[row, start : start + size] = size, decay
    return Planted(length.ravel(), points.ravel())


def _year(
    sections: Sections, year: int, true: Floats, passes: int, bias: float, noise: NoiseSpec, rng: np.random.Generator
) -> Year:
    chains, pieces = true.shape
    blocks = pieces // PIECES
    total = np.zeros((chains, blocks))
    sums = np.concatenate([np.zeros((chains, 1)), np.cumsum(true, axis=1)], axis=1)
    edges = np.arange(blocks) * PIECES
    for _ in range(passes):
        shift = along(rng, chains, blocks, SMOOTH_BLOCKS) * noise.position_sd_m / 5.0
        seen = (_at(sums, edges + PIECES + shift) - _at(sums, edges + shift)) / PIECES
        sd = np.sqrt(crack_variance(seen, noise.detection_sd, noise.detection_by_level))
        gain, offset = rng.standard_normal((2, chains, 1))
        seen = seen * (1 + noise.drive_gain * gain) + noise.drive_sd * offset + sd * rng.standard_normal(seen.shape)
        seen += noise.shared_sd * along(rng, chains, blocks, SHARED_BLOCKS)
        total += np.clip(seen + bias, 0, 100)
    found = empty_year(year, len(sections))
    found.inspected[:] = True
    found.day[:] = np.datetime64(f"{year}-08-01")
    found.crack_pct[:] = (total / passes).ravel()
    found.coverage_pct[:] = 95.0
    found.position_sd_m[:] = noise.position_sd_m
    found.passes[:] = passes
    found.paved_on[:] = NO_DAY
    return found


def _at(sums: Floats, places: Floats) -> NDArray[np.float64]:
    """Running sums (chains, m + 1) at places between the pieces, linear."""
    last = sums.shape[1] - 1
    places = np.clip(places, 0, last - 1e-9)
    low = places.astype(np.int64)
    share = places - low
    left, right = np.take_along_axis(sums, low, 1), np.take_along_axis(sums, low + 1, 1)
    return np.asarray(left + share * (right - left))
