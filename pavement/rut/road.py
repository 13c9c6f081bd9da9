"""The ruts of one drive along one line: the profiles of all its frame pairs, asked for any stretch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pavement.rut.fuse import Bow, Placed, Rut, estimate_bow, fuse

BLOCK_M = 20.0


@dataclass(frozen=True)
class RutRoad:
    """Placed profiles and what is known of the camera; `height_sd`: relative 1 sigma of the camera's height."""

    placed: Sequence[Placed]
    height_sd: float
    lens_given: bool = False

    @cached_property
    def bow(self) -> Bow:
        """What the lens bends in all profiles."""
        if not self.placed:
            return Bow()
        low, high = min(each.from_m for each in self.placed), max(each.to_m for each in self.placed)
        count = int((high - low) // BLOCK_M)
        blocks = [(low + BLOCK_M * index, low + BLOCK_M * (index + 1)) for index in range(count)]
        return estimate_bow(self.placed, blocks, lens_given=self.lens_given)

    def rut(self, from_m: float, to_m: float) -> Rut:
        """The rut depth between two places along the line."""
        return fuse(self.placed, from_m, to_m, bow=self.bow, height_sd=self.height_sd)
