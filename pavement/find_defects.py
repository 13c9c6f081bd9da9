"""Defects from the meshes: potholes, one object each however many drives saw it, and the larger pieces of crack."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import erf, sqrt

from pavement.defect import Category, Defect, Orientation
from pavement.identity import Sighting, same_objects
from pavement.imu.steps import Step
from pavement.passes import SEGMENT_M, Part, Pass, distinct_passes, stretch_of
from pavement.road import Direction, Network, RoadKey
from pavement.segment import Segment
from pavement.surface import Patch

DEEP_MM = 20.0  #: ruts from here on are defects of their own
TOUCHING_KM = 0.001
SEEN_AHEAD_M, SEEN_AROUND_M = 8.0, 10.0  #: a frame sees best what lies so far ahead of it, give or take
MIN_CRACK_CELLS = 6  #: smaller pieces of crack count in the ratio but are no defects of their own


@dataclass(frozen=True)
class KnownDefect:
    """A defect of an earlier run."""

    defect_id: str
    category: Category
    road: RoadKey
    direction: Direction
    seen: Sighting


def find_defects(
    passes: Sequence[Pass],
    chosen: Mapping[tuple[RoadKey, Direction, int], Sequence[Part]],
    network: Network,
    known: Sequence[KnownDefect] = (),
) -> list[Defect]:
    """The defects of the rows that were `chosen` from `passes`, in their order; the same object keeps a `known` id."""
    objects = Objects(passes)
    found: list[Defect] = []
    done: set[int] = set()
    for (_, _, index), parts in chosen.items():
        here = []
        for passed in distinct_passes(parts):
            for number, (kp, hole) in enumerate(passed.potholes):
                if int(stretch_of(kp, SEGMENT_M)) != index:
                    continue
                seen_by = objects.members(passed, number)
                if id(seen_by) in done:
                    continue
                done.add(id(seen_by))
                defect = to_defect(Category.POTHOLE, hole, passed, network)
                frames = sum(each.potholes[n][1].sightings for each, n in seen_by)
                here.append(replace(defect, frames=frames, drives=len({each.drive for each, _ in seen_by})))
        for part in parts:
            here += find_cracks(part, network)
        here += [
            step_defect(kp, step, passed, network)
            for passed in distinct_passes(parts)
            for kp, step in passed.steps
            if int(stretch_of(kp, SEGMENT_M)) == index
        ]
        found += sorted(here, key=lambda d: (d.kp_km, d.category))
    return keep_ids(found, known)


def find_ruts(blocks: Sequence[Segment], limit_mm: float = DEEP_MM) -> list[Defect]:
    """Stretches of neighbouring blocks whose ruts are deep, each one defect; its depth is that of the worst block."""
    stretches: list[list[Segment]] = []
    for block in blocks:
        if block.rut_mm is None or block.rut_mm < limit_mm:
            continue
        last = stretches[-1][-1] if stretches else None
        joined = last is not None and (last.road, last.direction) == (block.road, block.direction)
        if joined and last is not None and abs(last.end.kp_km - block.start.kp_km) < TOUCHING_KM:
            stretches[-1].append(block)
        else:
            stretches.append([block])
    return [rut_defect(each) for each in stretches]


def rut_defect(blocks: Sequence[Segment]) -> Defect:
    """One stretch of deep ruts."""
    first, last = blocks[0], blocks[-1]
    middle = blocks[len(blocks) // 2]
    kp = (first.start.kp_km + last.end.kp_km) / 2
    worst = max(blocks, key=lambda block: block.rut_mm or 0.0)
    sure = 0.5 * (1 + erf(((worst.rut_mm or 0.0) - DEEP_MM) / max(worst.rut_se_mm or 0.0, 0.1) / sqrt(2)))
    place = f"{first.road.slug()}|{first.direction}|{Category.RUT}|{round(first.start.kp_km * 1000)}"
    return Defect(
        defect_id=hashlib.sha256(place.encode()).hexdigest()[:12],
        category=Category.RUT,
        road=first.road,
        direction=first.direction,
        kp_km=kp,
        lon=(middle.start.lon + middle.end.lon) / 2,
        lat=(middle.start.lat + middle.end.lat) / 2,
        length_m=sum(block.length_m for block in blocks),
        width_m=None,
        area_m2=None,
        depth_mm=worst.rut_mm,
        score=sure,
        frames=sum(block.frames for block in blocks),
        photo=None,
    )


def find_cracks(part: Part, network: Network) -> list[Defect]:
    """The larger pieces of crack of some rows."""
    found = []
    for crack in part.passed.surface.cracks(part.rows):
        if crack.cells >= MIN_CRACK_CELLS:
            category = Category.CRACK_ALLIGATOR if crack.pattern_share >= 0.5 else Category.CRACK_LINEAR
            found.append(to_defect(category, crack, part.passed, network))
    return found


class Objects:
    """The potholes of several drives as objects: each is the list of its members (pass, number of the pothole)."""

    def __init__(self, passes: Sequence[Pass]) -> None:
        self._object: dict[tuple[int, int], list[tuple[Pass, int]]] = {}
        lines: dict[tuple[RoadKey, Direction], list[Pass]] = defaultdict(list)
        for passed in passes:
            lines[passed.route.road, passed.direction].append(passed)
            for number in range(len(passed.potholes)):
                self._object[id(passed), number] = [(passed, number)]
        for together in lines.values():
            for first, second in combinations(together, 2):
                for i, j in same_objects(_sightings(first), _sightings(second)):
                    self._merge((id(first), i), (id(second), j))

    def members(self, passed: Pass, number: int) -> list[tuple[Pass, int]]:
        """All members of the object that a pothole belongs to; the same list for each of them."""
        return self._object[id(passed), number]

    def _merge(self, a: tuple[int, int], b: tuple[int, int]) -> None:
        ours, theirs = self._object[a], self._object[b]
        if ours is theirs or {id(p) for p, _ in ours} & {id(p) for p, _ in theirs}:
            return  # two holes of one mesh never are one object
        ours += theirs
        for passed, number in theirs:
            self._object[id(passed), number] = ours


def _sightings(passed: Pass) -> list[Sighting]:
    return [Sighting(kp * 1000, hole.across_m, hole.area_m2) for kp, hole in passed.potholes]


def keep_ids(found: Sequence[Defect], known: Sequence[KnownDefect]) -> list[Defect]:
    """The defects, those that an earlier run knew under their old ids."""
    ids: dict[int, str] = {}
    groups: dict[tuple[Category, RoadKey, Direction], list[int]] = defaultdict(list)
    for index, defect in enumerate(found):
        groups[defect.category, defect.road, defect.direction].append(index)
    for key, own in groups.items():
        before = [each for each in known if (each.category, each.road, each.direction) == key]
        seen = [Sighting(found[i].kp_km * 1000, found[i].across_m or 0.0, found[i].area_m2 or 0.0) for i in own]
        for i, j in same_objects(seen, [each.seen for each in before]):
            ids[own[i]] = before[j].defect_id
    return [replace(defect, defect_id=ids.get(index, defect.defect_id)) for index, defect in enumerate(found)]


def step_defect(kp_km: float, step: Step, passed: Pass, network: Network) -> Defect:
    """A 段差 as a defect: place, height (mm), no area; the sensors felt it, so it counts no frames."""
    route = passed.route
    lon, lat = network.plane.to_degrees(route.point_at(step.along_m))[0]
    return Defect(
        defect_id=name_of(passed, Category.STEP, kp_km, 0.0),
        category=Category.STEP,
        road=route.road,
        direction=passed.direction,
        kp_km=kp_km,
        lon=float(lon),
        lat=float(lat),
        length_m=None,
        width_m=None,
        area_m2=None,
        depth_mm=abs(step.height_mm),
        score=step.score,
        frames=0,
        photo=None,
    )


def name_of(passed: Pass, category: Category, kp_km: float, across_m: float) -> str:
    """An id that depends on road, direction, category and place only."""
    place = f"{passed.route.road.slug()}|{passed.direction}|{category}|{round(round(kp_km, 4) * 1000)}|{across_m:.2f}"
    return hashlib.sha256(place.encode()).hexdigest()[:12]


def to_defect(category: Category, patch: Patch, passed: Pass, network: Network) -> Defect:
    """A patch of the mesh as a defect."""
    route = passed.route
    kp = float(route.scale.kp_at(patch.centre_m))
    lon, lat = network.plane.to_degrees(route.point_at(patch.centre_m))[0]
    seen_from_m = patch.centre_m - passed.direction.sign * SEEN_AHEAD_M
    return Defect(
        defect_id=name_of(passed, category, kp, patch.across_m),
        category=category,
        road=route.road,
        direction=passed.direction,
        kp_km=kp,
        lon=float(lon),
        lat=float(lat),
        length_m=patch.to_m - patch.from_m,
        width_m=patch.width_m,
        area_m2=patch.area_m2,
        depth_mm=None,
        score=patch.score,
        frames=patch.sightings
        if category is Category.POTHOLE
        else passed.frames_between(seen_from_m - SEEN_AROUND_M, seen_from_m + SEEN_AROUND_M),
        photo=None,
        orientation=Orientation.of(patch.slant_deg)
        if category is Category.CRACK_LINEAR and patch.slant_deg is not None
        else None,
        across_m=patch.across_m,
    )
