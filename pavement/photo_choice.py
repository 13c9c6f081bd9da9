"""Which frames go into the 画像集: one of every 100 m, and the best view of defects that get their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import exp
from pathlib import Path

import numpy as np

from pavement.defect import CATEGORY_JA, Category, Defect
from pavement.measurement import segment_index
from pavement.passes import SEGMENT_M, FramePlace, Pass, stretch_of
from pavement.photo_number import photo_numbers
from pavement.record import Photo
from pavement.road import Direction, Network, RoadKey
from pavement.row_ends import place_at
from pavement.segment import Place, Segment

VIEW_M = 7.0  #: a defect is seen best from so far
VIEW_SPREAD_M = 4.0  #: from so much nearer or farther, 0.6 as well
VIEW_REACH_M = 15.0  #: from farther it is not seen well
UNMARKED = 0.5  #: what a view counts in whose frame nothing of the kind was found, so that nothing would be drawn
WELL_LIT = (90.0, 170.0)  #: mean grey levels 0-255 of the road between which its light is good
CLEAR_SHARE = 0.85  #: of the clarity that a quarter of a section's frames reach: what is below is blurred or dark
LARGE_ALLIGATOR_M2 = 5.0  #: alligator cracks from here on get a photo of their own
OVERVIEW = "代表写真"
DEGREES: dict[Category, Callable[[Defect], str]] = {
    Category.POTHOLE: lambda d: f"面積 {d.area_m2 or 0:.2f} m²({d.length_m or 0:.1f} × {d.width_m or 0:.1f} m)",
    Category.STEP: lambda d: f"段差 {d.depth_mm or 0:.0f} mm(推定)",
    Category.RUT: lambda d: f"わだち掘れ量 {d.depth_mm or 0:.0f} mm(推定)・延長 {d.length_m or 0:.0f} m",
    Category.CRACK_ALLIGATOR: lambda d: (
        f"面積 {d.area_m2 or 0:.1f} m²(延長 {d.length_m or 0:.1f} m・幅 {d.width_m or 0:.1f} m)"
    ),
}  #: defects that get a photo of their own, and the words for how bad they are


@dataclass(frozen=True)
class Shot:
    """A frame chosen for a segment or for one defect of it."""

    number: str  #: 写真番号
    drive: str
    frame: str
    timestamp: datetime
    road: RoadKey
    direction: Direction
    lane: int | None
    segment: int
    place: Place
    subject: str
    degree: str
    defect_id: str | None = None

    @property
    def identity(self) -> str:
        """What the photo is of, the same in every run: the 100 m section of a road, or a defect."""
        subject = self.defect_id or f"{self.segment * SEGMENT_M}"
        return f"{self.road.slug()}|{self.direction}|{subject}"

    @property
    def name(self) -> str:
        """Of the files: kilopost of the defect, or of the section's start, and the photo's number."""
        metres = round(self.place.kp_km * 1000) if self.defect_id else self.segment * SEGMENT_M
        return f"{metres // 1000}K{metres % 1000:03d}_{self.number}"

    def photo(self, out: Path) -> Photo:
        """The photo that this shot becomes, at its place in the image set."""
        folder = f"images/{self.road.slug()}_{self.direction}"
        return Photo(
            number=self.number,
            file=f"{folder}/{self.name}.jpg",
            masked=out / folder / f"{self.name}.jpg",
            marked=out / folder / f"{self.name}_marked.jpg",
            drive=self.drive,
            frame=self.frame,
            road=self.road,
            direction=self.direction,
            lane=self.lane,
            place=self.place,
            timestamp=self.timestamp,
            subject=self.subject,
            degree=self.degree,
        )


def choose_shots(
    segments: Sequence[Segment], defects: Sequence[Defect], passes: Sequence[Pass], network: Network
) -> list[Shot]:
    """Per segment its overview, then its potholes, steps, deep ruts and large alligator cracks; in segments' order."""
    shots = []
    single: dict[tuple[RoadKey, Direction, int], list[Defect]] = defaultdict(list)
    for defect in filter(deserves_photo, defects):
        single[defect.road, defect.direction, int(stretch_of(defect.kp_km, SEGMENT_M))].append(defect)
    for segment in segments:
        mine = [
            p
            for p in passes
            if p.drive == segment.drive and p.route.road == segment.road and p.direction is segment.direction
        ]
        if best := best_overview(segment, mine):
            passed, frame = best
            crack = "ひび割れ率 未測定" if segment.crack_pct is None else f"ひび割れ率 {segment.crack_pct:.1f} %"
            shots.append(shoot(passed, frame, segment, frame.kp_km, network, OVERVIEW, crack))
        for defect in single[segment.road, segment.direction, segment_index(segment)]:
            if best := best_view(defect, mine):
                subject, degree = CATEGORY_JA[defect.category], DEGREES[defect.category](defect)
                shot = shoot(best[0], best[1], segment, defect.kp_km, network, subject, degree)
                shots.append(replace(shot, defect_id=defect.defect_id))
    distinct = {shot.identity: shot for shot in shots}
    numbers = photo_numbers(distinct)
    return [replace(shot, number=numbers[identity]) for identity, shot in distinct.items()]


def deserves_photo(defect: Defect) -> bool:
    """Whether a defect gets a photo of its own."""
    if defect.category is Category.CRACK_ALLIGATOR:
        return (defect.area_m2 or 0.0) >= LARGE_ALLIGATOR_M2
    return defect.category in DEGREES


def shoot(
    passed: Pass, frame: FramePlace, segment: Segment, kp_km: float, network: Network, subject: str, degree: str
) -> Shot:
    """The shot of a frame for a segment, still without its number."""
    return Shot(
        number="",
        drive=passed.drive,
        frame=frame.file,
        timestamp=frame.timestamp,
        road=passed.route.road,
        direction=passed.direction,
        lane=passed.lane,
        segment=segment_index(segment),
        place=place_at(passed.route, kp_km, network),
        subject=subject,
        degree=degree,
    )


def clarity(frame: FramePlace) -> float:
    """How clearly a frame shows the road, by sharpness and light: 1 = edges one pixel wide, well lit."""
    dark, bright = WELL_LIT
    light = min(frame.brightness / dark, 1.0, (255 - frame.brightness) / (255 - bright))
    return frame.sharpness * max(light, 0.0)


def best_overview(segment: Segment, passes: Iterable[Pass]) -> tuple[Pass, FramePlace] | None:
    """The most damaged of a section's clear frames; of equals the clearest, then the one nearest to the middle."""
    index = segment_index(segment)
    frames = [(p, f) for p in passes for f in p.frames_by(SEGMENT_M).get(index, ())]
    if not frames:
        return None
    clear = CLEAR_SHARE * float(np.quantile([clarity(frame) for _, frame in frames], 0.75))
    middle = (segment.start.kp_km + segment.end.kp_km) / 2

    def worth(each: tuple[Pass, FramePlace]) -> tuple[float, float, float]:
        frame = each[1]
        return frame.crack_share + 3 * frame.pothole_share, clarity(frame), -abs(frame.kp_km - middle)

    return max((each for each in frames if clarity(each[1]) >= clear), key=worth)


def best_view(defect: Defect, passes: Iterable[Pass]) -> tuple[Pass, FramePlace] | None:
    """The clearest frame of those that saw a defect before them, a view from about `VIEW_M` counting most."""
    found = []
    for passed in passes:
        along = passed.route.scale.along_at(defect.kp_km)
        if along is None:
            continue
        near = passed.frames_by(SEGMENT_M)
        here = int(stretch_of(defect.kp_km, SEGMENT_M))
        for frame in (f for index in (here - 1, here, here + 1) for f in near.get(index, ())):
            ahead = passed.direction.sign * (along - frame.along_m)
            if 0 < ahead < VIEW_REACH_M:
                view = exp(-(((ahead - VIEW_M) / VIEW_SPREAD_M) ** 2) / 2)
                view *= 1.0 if shows(frame, defect.category) else UNMARKED
                found.append((clarity(frame) * view, -abs(ahead - VIEW_M), frame.file, passed, frame))
    best = max(found, key=lambda each: each[:3], default=None)
    return (best[3], best[4]) if best else None


def shows(frame: FramePlace, category: Category) -> bool:
    """Whether something of a defect's kind was found in a frame; of steps and ruts a frame tells nothing."""
    match category:
        case Category.POTHOLE:
            return frame.pothole_share > 0
        case Category.CRACK_ALLIGATOR | Category.CRACK_LINEAR:
            return frame.crack_share > 0
        case _:
            return True


def assign_photos(
    segments: Sequence[Segment], defects: Sequence[Defect], photos: Sequence[tuple[Photo, Shot]]
) -> tuple[list[Segment], list[Defect]]:
    """Segments and defects with the numbers of their photos."""
    of_segment: dict[tuple[RoadKey, Direction, int], list[str]] = {}
    of_defect: dict[str, str] = {}
    for photo, shot in photos:
        of_segment.setdefault((shot.road, shot.direction, shot.segment), []).append(photo.number)
        if shot.defect_id:
            of_defect[shot.defect_id] = photo.number
    return (
        [replace(s, photos=tuple(of_segment.get((s.road, s.direction, segment_index(s)), ()))) for s in segments],
        [replace(d, photo=of_defect.get(d.defect_id)) for d in defects],
    )
