"""The ruts of one drive along one line: the profiles of all its frame pairs, asked for any stretch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pavement.rut.average import Placed
from pavement.rut.bow import Bow, estimate_bow
from pavement.rut.fuse import Rut, fuse
from pavement.rut.lowering import Lowering, estimate_lowering
from pavement.rut.view import Floats

BLOCK_M = 20.0
MOST_BLOCKS = 300  #: from which the bow and the camera's lowering are estimated
FAR_M = 50.0  #: before and after a block, beyond which no pair matters to it


@dataclass(frozen=True)
class RutRoad:
    """Placed profiles and what is known of the camera; `height_sd`: relative 1 sigma of the camera's height."""

    placed: Sequence[Placed]
    height_sd: float
    lens_given: bool = False

    @cached_property
    def bow(self) -> Bow:
        """What the lens bends in all profiles."""
        return estimate_bow(self.placed, self._blocks, lens_given=self.lens_given) if self.placed else Bow()

    @cached_property
    def lowering(self) -> Lowering:
        """What the ruts make of the camera's height."""
        return estimate_lowering(self.placed, self._blocks, self.bow)

    @cached_property
    def _blocks(self) -> list[tuple[float, float]]:
        """Stretches spread over all that was seen."""
        low = min((each.from_m for each in self.placed), default=0.0)
        high = max((each.to_m for each in self.placed), default=0.0)
        count = int((high - low) // BLOCK_M)
        every = max(count // MOST_BLOCKS, 1)
        return [(low + BLOCK_M * index, low + BLOCK_M * (index + 1)) for index in range(0, count, every)]

    def rut(self, from_m: float, to_m: float) -> Rut:
        """The rut depth between two places along the line."""
        first, last = np.searchsorted(self._middles, (from_m - FAR_M, to_m + FAR_M)).tolist()
        return fuse(
            self._sorted[first:last], from_m, to_m, bow=self.bow, height_sd=self.height_sd, lowering=self.lowering
        )

    @cached_property
    def _sorted(self) -> list[Placed]:
        """The pairs in the order of the road."""
        return sorted(self.placed, key=lambda each: each.from_m + each.to_m)

    @cached_property
    def _middles(self) -> Floats:
        """Where the middles of `_sorted` lie: a block's pairs are found without looking at all."""
        return np.array([(each.from_m + each.to_m) / 2 for each in self._sorted])
