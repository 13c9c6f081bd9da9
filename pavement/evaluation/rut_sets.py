"""The ruts of a section of photos three times: from all frame pairs, and from two sets of them that share none.

The pairs go to the sets in turn of their later photo. Each set goes through the product's whole stage by itself: its
own lens and crown, its own fusion, its own gate. Of photos 5 m apart neighbouring pairs share one; no pair is in both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import hypot

from pavement.camera import CameraEstimate
from pavement.detection import Detector, Gate
from pavement.drive import CameraFacts
from pavement.evaluation.photo_sequence import PhotoSequence, straight_pass
from pavement.passes import Pass
from pavement.rut import Rut
from pavement.rut.pair import Refusal
from pavement.rut.road import RutRoad
from pavement.rutting import Profile, pairs_of, profiles_of, rut_road

CHUNK = 40  #: pairs between two steps of the progress

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Block:
    """A stretch with at least one frame in it: its ruts from all pairs, and from each of the two sets."""

    section: str
    from_m: float
    to_m: float
    whole: Rut
    sets: tuple[Rut, Rut]

    @property
    def difference_mm(self) -> float | None:
        """Of the sets' depths; None where the gate refuses one of them."""
        first, second = (each.rut_mm for each in self.sets)
        return None if first is None or second is None else first - second

    @property
    def error_mm(self) -> float:
        """1 sigma of that difference, as the sets state it."""
        return hypot(*(each.rut_se_mm or 0.0 for each in self.sets))


@dataclass(frozen=True)
class MeasuredSection:
    """A section's pass and camera, its roads from all pairs and from the two sets, and why pairs were refused."""

    sequence: PhotoSequence
    passed: Pass
    camera: CameraEstimate
    whole: RutRoad
    sets: tuple[RutRoad, RutRoad]
    pairs: int
    refused: Counter[str]

    def blocks(self, size_m: float) -> list[Block]:
        """The blocks of a length that hold a frame."""
        numbers = sorted({int(frame.along_m // size_m) for frame in self.passed.frames})
        stretches = [(size_m * number, size_m * (number + 1)) for number in numbers]
        return [
            Block(self.sequence.section, a, b, self.whole.rut(a, b), (self.sets[0].rut(a, b), self.sets[1].rut(a, b)))
            for a, b in stretches
        ]


def measure_section(
    sequence: PhotoSequence, detector: Detector, gate: Gate, facts: CameraFacts, progress: Progress
) -> MeasuredSection:
    """The ruts of one section."""
    passed, camera = straight_pass(sequence, detector, gate, facts)
    pairs = pairs_of(passed, camera)
    found: list[Profile] = []
    for start in range(0, len(pairs), CHUNK):
        found += profiles_of(pairs[start : start + CHUNK], camera, sequence.read_images)
        progress(f"ruts {sequence.section}", len(found), len(pairs))
    order = {file: number for number, file in enumerate(dict.fromkeys(later.file for _, later in pairs))}
    first, second = (
        [index for index, (_, later) in enumerate(pairs) if order[later.file] % 2 == turn] for turn in (0, 1)
    )

    def road(of: Sequence[int]) -> RutRoad:
        return rut_road(passed, [pairs[index] for index in of], [found[index] for index in of], camera)

    return MeasuredSection(
        sequence,
        passed,
        camera,
        road(range(len(pairs))),
        (road(first), road(second)),
        len(pairs),
        Counter(each.value for each in found if isinstance(each, Refusal)),
    )
