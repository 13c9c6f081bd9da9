"""The road surface as a mesh of 0.5 m cells along a line and across the own lane (メッシュ法).

Frames are laid on it; a cell seen several times takes what the nearest views say. A cell that nothing saw is a hole,
not sound road.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pavement.camera import CameraEstimate
from pavement.detection import COLUMNS, Cells

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CELL_M = 0.5
ONE_CRACK_M2 = 0.15  #: area that one crack in a cell counts for
MANY_CRACKS_M2 = 0.25  #: two or more, or alligator cracking (面状)
PATTERN_CELLS = 2.5  #: more rows of cracked pixels than one crack makes: 面状
MAX_ALONG_M = 1.2  #: a picture cell that covers more than this along the road is too far away
PARTS = 3  #: points of a picture cell, one below the other, so that a far one fills all mesh rows that it covers
POTHOLE_SHARE = 0.25  #: of a mesh cell
LONG_AXIS = 0.5  #: variance across a piece's axis over that along it, above which it has no direction

UNSEEN, SOUND, CRACK, PATTERN, POTHOLE = range(5)  #: verdicts on a cell


@dataclass(frozen=True)
class View:
    """Where the picture cells of one camera meet the road: forward and right (rows · PARTS, 64) m, NaN = not used."""

    forward_m: Floats
    right_m: Floats
    across: Floats  #: (rows · PARTS, 64) picture cells per mesh cell across, at that distance

    @classmethod
    def of(cls, estimate: CameraEstimate, cell_px: float, rows: int) -> View:
        """The view of a drive's camera."""
        beside, below = np.arange(COLUMNS) + 0.5, (np.arange(rows * PARTS) + 0.5) / PARTS
        u, v = np.meshgrid(beside * cell_px, below * cell_px)
        forward, right = estimate.camera.ground(u, v)
        middle = (np.floor(v / cell_px) + 0.5) * cell_px
        nearer, _ = estimate.camera.ground(u, middle + cell_px / 2)
        farther, _ = estimate.camera.ground(u, middle - cell_px / 2)
        with np.errstate(invalid="ignore"):
            usable = (farther - nearer <= MAX_ALONG_M) & np.isfinite(farther)
        forward = np.where(usable, forward, np.nan)
        width = np.abs(np.gradient(right, axis=1))
        return cls(forward, right, CELL_M / np.maximum(width, 1e-3))

    @cached_property
    def usable(self) -> Bools:
        """(rows · PARTS, 64)."""
        return np.isfinite(self.forward_m)


@dataclass
class Surface:
    """The mesh along one line in one direction of travel: arrays (rows of 0.5 m, cells across)."""

    length_m: float
    sign: int  #: +1 where travel is in the line's digitising direction
    lane_width_m: float
    weight: Floats = field(init=False)
    crack: Floats = field(init=False)  #: weighted share of views that saw a crack
    pattern: Floats = field(init=False)  #: … two or more cracks
    hole: Floats = field(init=False)  #: … pothole, by area
    sightings: NDArray[np.int32] = field(init=False)  #: views with a pothole
    _centre_m: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        shape = (int(np.ceil(self.length_m / CELL_M)), max(round(self.lane_width_m / CELL_M), 1))
        self.weight, self.crack, self.pattern, self.hole = (np.zeros(shape) for _ in range(4))
        self.sightings = np.zeros(shape, np.int32)

    def add(self, along_m: float, cells: Cells, view: View) -> None:
        """Lay a frame taken at `along_m` metres on the mesh."""
        parts = len(view.forward_m) // len(cells.lane)
        lane, crack, pothole = (each.repeat(parts, 0) for each in (cells.lane, cells.crack, cells.pothole))
        used = lane & view.usable
        if not used.any():
            return
        rows, columns = self.weight.shape
        right = view.right_m - self._lane_centre(lane & view.usable, view)
        row = np.floor((along_m + self.sign * view.forward_m) / CELL_M)
        column = np.floor((right + columns * CELL_M / 2) / CELL_M)
        used &= (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        if not used.any():
            return
        flat = (row[used] * columns + column[used]).astype(np.intp)
        here, index = np.unique(flat, return_inverse=True)
        count = np.bincount(index)

        def share(values: NDArray[np.generic]) -> Floats:
            return np.bincount(index, weights=values[used].astype(float)) / count

        cracked, holes = share(crack), share(pothole)
        limit = np.minimum(PATTERN_CELLS / share(view.across), 0.9)
        weight = 1 / share(view.forward_m) ** 2
        self.weight.ravel()[here] += weight
        self.crack.ravel()[here] += weight * (cracked > 0)
        self.pattern.ravel()[here] += weight * (cracked > limit)
        self.hole.ravel()[here] += weight * holes
        self.sightings.ravel()[here] += holes > 0

    def _lane_centre(self, lane: Bools, view: View) -> float:
        """Metres from the camera's axis to the middle of the own lane: where both edges are in the picture."""
        whole = lane.any(1) & ~lane[:, 0] & ~lane[:, -1]
        if whole.sum() >= 3:
            first = lane.argmax(1)[whole]
            last = lane.shape[1] - 1 - lane[:, ::-1].argmax(1)[whole]
            rows = np.flatnonzero(whole)
            self._centre_m.append(float(np.median((view.right_m[rows, first] + view.right_m[rows, last]) / 2)))
        return float(np.median(self._centre_m[-30:])) if self._centre_m else 0.0

    @property
    def seen(self) -> Bools:
        """(rows, columns) cells that were seen."""
        return self.weight > 0

    def _share(self, values: Floats) -> Floats:
        return values / np.maximum(self.weight, 1e-12)

    def classes(self) -> NDArray[np.uint8]:
        """(rows, columns) the verdict on each cell: UNSEEN, SOUND, CRACK, PATTERN or POTHOLE."""
        crack = self._share(self.crack) >= 0.5
        pattern = crack & (self._share(self.pattern) >= 0.5)
        found = np.where(pattern, PATTERN, np.where(crack, CRACK, SOUND))
        found[self._share(self.hole) >= POTHOLE_SHARE] = POTHOLE
        return np.where(self.seen, found, UNSEEN).astype(np.uint8)

    def crack_m2(self) -> Floats:
        """(rows,) area by the mesh rule."""
        crack = self.seen & (self._share(self.crack) >= 0.5)
        pattern = crack & (self._share(self.pattern) >= 0.5)
        return np.asarray(np.where(pattern, MANY_CRACKS_M2, np.where(crack, ONE_CRACK_M2, 0.0)).sum(1))

    def lane_m2(self) -> float:
        """Area of a full row."""
        return float(self.weight.shape[1] * CELL_M**2)

    def _across_m(self, columns: NDArray[np.intp]) -> float:
        return float((columns.mean() + 0.5 - self.weight.shape[1] / 2) * CELL_M)

    def potholes(self) -> list[Patch]:
        """Connected pieces of pothole."""
        return self._patches(self._share(self.hole), POTHOLE_SHARE, 0)

    def cracks(self, rows: slice) -> list[Patch]:
        """Connected pieces of cracked cells within a stretch of rows."""
        return self._patches(self._share(self.crack)[rows], 0.5, rows.start)

    def _patches(self, share: Floats, limit: float, first: int) -> list[Patch]:
        rows = slice(first, first + len(share))
        labels, _ = ndimage.label(self.seen[rows] & (share >= limit), structure=np.ones((3, 3)))
        pattern, sightings = (self._share(self.pattern) >= 0.5)[rows], self.sightings[rows]
        found = []
        for index, box in enumerate(ndimage.find_objects(labels), start=1):
            inside = labels[box] == index
            cell_share = share[box][inside]
            found.append(
                Patch(
                    from_m=(first + box[0].start) * CELL_M,
                    to_m=(first + box[0].stop) * CELL_M,
                    width_m=(box[1].stop - box[1].start) * CELL_M,
                    cells=int(inside.sum()),
                    area_m2=float(cell_share.sum() * CELL_M**2),
                    pattern_share=float(pattern[box][inside].mean()),
                    score=float(min(cell_share.mean(), 1.0)),
                    sightings=int(sightings[box][inside].max()),
                    slant_deg=slant_deg(inside),
                    across_m=self._across_m(box[1].start + np.nonzero(inside)[1]),
                )
            )
        return found


def slant_deg(inside: Bools) -> float | None:
    """Angle of a piece's long axis from the road's, 0-90°; None where it has none (rows along, columns across).

    >>> slant_deg(np.ones((8, 1), bool)), slant_deg(np.ones((1, 6), bool)), slant_deg(np.ones((4, 4), bool))
    (0.0, 90.0, None)
    """
    along, across = np.nonzero(inside)
    spread = np.cov(np.stack([along, across]), bias=True) + np.eye(2) / 12  # a cell is no point
    values, axes = np.linalg.eigh(spread)
    if values[0] > LONG_AXIS * values[1]:
        return None
    return float(np.degrees(np.arctan2(abs(axes[1, 1]), abs(axes[0, 1]))))


@dataclass(frozen=True)
class Patch:
    """A connected piece of damaged cells: metres along the line, sizes in metres."""

    from_m: float
    to_m: float
    width_m: float
    cells: int
    area_m2: float
    pattern_share: float
    score: float
    sightings: int
    slant_deg: float | None = None  #: of its long axis: 0 = along the road, 90 = across; None = as long as it is wide
    across_m: float = 0.0  #: of its middle, right of the lane's middle as the driver sees it

    @property
    def centre_m(self) -> float:
        """Middle along the line."""
        return (self.from_m + self.to_m) / 2
