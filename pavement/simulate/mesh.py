"""ひび割れ率 of the true cracks by the 0.5 m mesh (舗装調査・試験法便覧's rule as the domain notes give it)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pavement.simulate.cracks import Crack
from pavement.simulate.world import Patch, World

Floats = NDArray[np.float64]

CELL_M = 0.5
CELL_AREA_M2 = CELL_M * CELL_M
ONE_CRACK_M2, MORE_CRACKS_M2 = 0.15, 0.25
PATCHED_FROM, PATCHED_WHOLE = 0.25, 0.75
PART_PATCH_M2 = 0.125


def crack_area_m2(world: World, s_m: tuple[float, float], across_m: tuple[float, float]) -> float:
    """Area in m² that counts as cracked between arc lengths `s_m` within the lane `across_m` (low, high).

    Cells start at the low corner; the cells that the far edges cut off count by the share that is inside.
    """
    rows, columns = (int(np.ceil((high - low) / CELL_M - 1e-6)) for low, high in (s_m, across_m))
    cracked = _by_cracks(world.cracks_between(*s_m), s_m, across_m, (rows, columns))
    area = np.maximum(cracked, _by_patches(world.patches, s_m, across_m, (rows, columns)))
    return float((area * _inside(s_m, rows)[:, None] * _inside(across_m, columns)[None, :]).sum())


def _inside(limits: tuple[float, float], count: int) -> Floats:
    """Share (count,) of each cell's length that lies within the limits."""
    return np.clip((limits[1] - limits[0]) / CELL_M - np.arange(count), 0, 1)


def _by_cracks(
    cracks: Iterable[Crack], s_m: tuple[float, float], across_m: tuple[float, float], shape: tuple[int, int]
) -> Floats:
    """Cracked area in m² (rows, columns) of whole cells."""
    seen: set[tuple[int, int]] = set()
    network = np.zeros(shape, bool)
    for crack in cracks:
        cells = _cells(crack.points, s_m, across_m, shape[1])
        seen.update((cell, crack.family) for cell in cells)
        if crack.network:
            network.reshape(-1)[list(cells)] = True
    count = np.zeros(shape[0] * shape[1], int)
    for cell, _ in seen:
        count[cell] += 1
    count = np.where(network, 2, count.reshape(shape))
    return np.select([count >= 2, count == 1], [MORE_CRACKS_M2, ONE_CRACK_M2], 0.0)


def _cells(points: Floats, s_m: tuple[float, float], across_m: tuple[float, float], columns: int) -> set[int]:
    """Numbers of the cells that polylines (m, k, 2) run through, looked at on their points and half way between."""
    at = np.concatenate([points.reshape(-1, 2), ((points[:, 1:] + points[:, :-1]) / 2).reshape(-1, 2)])
    s, across = at.T
    inside = (s >= s_m[0]) & (s < s_m[1]) & (across >= across_m[0]) & (across < across_m[1])
    row = ((s[inside] - s_m[0]) / CELL_M).astype(int)
    column = ((across[inside] - across_m[0]) / CELL_M).astype(int)
    return set((row * columns + column).tolist())


def _by_patches(
    patches: Iterable[Patch], s_m: tuple[float, float], across_m: tuple[float, float], shape: tuple[int, int]
) -> Floats:
    """Area in m² (rows, columns) that patches count as."""
    area = np.zeros(shape)
    for patch in patches:
        covered = np.outer(_covered(patch.s_m, s_m[0], shape[0]), _covered(patch.across_m, across_m[0], shape[1]))
        counted = np.select([covered >= PATCHED_WHOLE, covered >= PATCHED_FROM], [CELL_AREA_M2, PART_PATCH_M2], 0.0)
        area = np.maximum(area, counted)
    return area


def _covered(limits: tuple[float, float], origin: float, count: int) -> Floats:
    """Share (count,) of each cell's length that lies within `limits`."""
    low = origin + CELL_M * np.arange(count)
    metres: Floats = np.clip(np.minimum(low + CELL_M, limits[1]) - np.maximum(low, limits[0]), 0, None)
    return metres / CELL_M
