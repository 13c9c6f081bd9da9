"""The road's surface as pictures seen from above, made chunk by chunk and kept at four levels of detail.

Rows run along s, columns from the left edge (across = +half width) to the right. Two pictures of each chunk:
`ground` (BGR uint8, all that is wider than a few centimetres) and `detail` (4 channels uint8: crack, spalled edge,
paint, pothole). A level is coarser along s than across, as the road is seen at that distance.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.simulate.detail import detail_picture
from pavement.simulate.ground import Ground, ground_picture
from pavement.simulate.relief import height_m

Image = NDArray[np.uint8]
Floats32 = NDArray[np.float32]
Pixels = TypeVar("Pixels", NDArray[np.uint8], NDArray[np.float32])

CHUNK_M = 10.0
DETAIL_HALF_M = 4.0
GROUND_HALF_M = 14.0
HEIGHT_RES_M = 0.02
FAR_M = 70.0  #: the texture ends this far ahead; what lies beyond takes its last row
KEPT_CHUNKS = 11


@dataclass(frozen=True)
class Level:
    """A level of detail: the ground up to `until_m` from the camera; metres per pixel along and across."""

    until_m: float
    detail_m: tuple[float, float]
    ground_m: tuple[float, float]
    grain_m: tuple[float, float]


LEVELS = (
    Level(4.2, (0.005, 0.004), (0.02, 0.016), (0.0025, 0.0025)),
    Level(8.0, (0.020, 0.004), (0.02, 0.016), (0.010, 0.0025)),
    Level(16.0, (0.050, 0.008), (0.05, 0.016), (0.040, 0.005)),
    Level(np.inf, (0.200, 0.016), (0.20, 0.032), (0.160, 0.010)),
)


@dataclass(frozen=True)
class Chunk:
    """`CHUNK_M` of road: `detail` and `ground` by level, and the height in metres (rows of `HEIGHT_RES_M`)."""

    detail: tuple[Image, ...]
    ground: tuple[Image, ...]
    height: Floats32


@dataclass(frozen=True)
class Strip(Generic[Pixels]):
    """A picture of a stretch that starts at arc length `start_m`."""

    picture: Pixels
    start_m: float


def _shrink(picture: Image, half_m: float, size_m: tuple[float, float]) -> Image:
    """The picture at another resolution."""
    rows, columns = round(CHUNK_M / size_m[0]), round(2 * half_m / size_m[1])
    if picture.shape[:2] == (rows, columns):
        return picture
    return np.asarray(cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def make_chunk(ground: Ground, index: int) -> Chunk:
    """The chunk from `index` * CHUNK_M on."""
    s0 = index * CHUNK_M
    rows, columns = round(CHUNK_M / HEIGHT_RES_M), round(2 * DETAIL_HALF_M / HEIGHT_RES_M)
    s = s0 + (np.arange(-1, rows + 1, dtype=float) + 0.5) * HEIGHT_RES_M
    across = (np.arange(columns, dtype=float) + 0.5) * HEIGHT_RES_M - DETAIL_HALF_M
    height = height_m(ground.world, s, across)[:, ::-1].astype(np.float32)
    detail = detail_picture(ground, s0, CHUNK_M, DETAIL_HALF_M, LEVELS[0].detail_m)
    wide = ground_picture(ground, s0, CHUNK_M, GROUND_HALF_M, LEVELS[0].ground_m, (height, DETAIL_HALF_M))
    details, wides = [detail], [wide]
    for level in LEVELS[1:]:
        details.append(_shrink(details[-1], DETAIL_HALF_M, level.detail_m))
        wides.append(_shrink(wides[-1], GROUND_HALF_M, level.ground_m))
    return Chunk(tuple(details), tuple(wides), height[1:-1])


class Textures:
    """Chunks on demand; the last `KEPT_CHUNKS` are kept, so memory is bounded however long the road is."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._chunks: OrderedDict[int, Chunk] = OrderedDict()

    def chunk(self, index: int) -> Chunk:
        """The chunk from `index` * CHUNK_M on."""
        if index not in self._chunks:
            self._chunks[index] = make_chunk(self.ground, index)
            while len(self._chunks) > KEPT_CHUNKS:
                self._chunks.popitem(last=False)
        self._chunks.move_to_end(index)
        return self._chunks[index]

    def _strip(self, s0: float, s1: float, size_m: float, pick: Callable[[Chunk], Pixels]) -> Strip[Pixels]:
        """The rows from s0 to s1 of one picture, joined over chunks; s0 is rounded down to a row."""
        first, last = int(np.floor(s0 / CHUNK_M)), int(np.floor(s1 / CHUNK_M))
        rows = round(CHUNK_M / size_m)
        from_row = int((s0 - first * CHUNK_M) / size_m)
        to_row = min(int((s1 - last * CHUNK_M) / size_m) + 2, rows)
        pieces: list[Pixels] = []
        for index in range(first, last + 1):
            begin, end = from_row if index == first else 0, to_row if index == last else rows
            pieces.append(pick(self.chunk(index))[begin:end])
        picture = pieces[0] if len(pieces) == 1 else cast(Pixels, np.concatenate(pieces))
        return Strip(picture, first * CHUNK_M + from_row * size_m)

    def detail(self, level: int, s0: float, s1: float) -> Strip[Image]:
        """The detail picture (rows, columns, 4) from s0 to s1."""
        return self._strip(s0, s1, LEVELS[level].detail_m[0], lambda chunk: chunk.detail[level])

    def wide(self, level: int, s0: float, s1: float) -> Strip[Image]:
        """The ground picture (rows, columns, 3) from s0 to s1."""
        return self._strip(s0, s1, LEVELS[level].ground_m[0], lambda chunk: chunk.ground[level])

    def height(self, s0: float, s1: float) -> Strip[Floats32]:
        """Height in metres (rows, columns) from s0 to s1."""
        return self._strip(s0, s1, HEIGHT_RES_M, lambda chunk: chunk.height)
