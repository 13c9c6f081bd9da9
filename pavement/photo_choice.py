"""Which frames go into the 画像集: the worst of every segment, and the best view of its potholes, steps and ruts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pavement.defect import CATEGORY_JA, Category, Defect
from pavement.measurement import place_at, segment_index
from pavement.passes import SEGMENT_M, FramePlace, Pass, stretch_of
from pavement.record import Photo
from pavement.road import Direction, Network, RoadKey
from pavement.segment import Place, Segment

VIEW_M = 7.0  #: a defect is seen best from so far
VIEW_REACH_M = 15.0
OVERVIEW = "代表写真"
DEGREES: dict[Category, Callable[[Defect], str]] = {
    Category.POTHOLE: lambda d: f"面積 {d.area_m2 or 0:.2f} m²({d.length_m or 0:.1f} × {d.width_m or 0:.1f} m)",
    Category.STEP: lambda d: f"段差 {d.depth_mm or 0:.0f} mm(推定)",
    Category.RUT: lambda d: f"わだち掘れ量 {d.depth_mm or 0:.0f} mm(推定)・延長 {d.length_m or 0:.0f} m",
}  #: defects that get a photo of their own, and the words for how bad they are


@dataclass(frozen=True)
class Shot:
    """A frame chosen for a segment or for one defect of it."""

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

    def photo(self, number: int, out: Path) -> Photo:
        """The photo that this shot becomes: numbered, with its place in the image set."""
        label = f"P{number:05d}"
        kp = round(self.place.kp_km * 1000)
        name = f"{kp // 1000}K{kp % 1000:03d}_{label}"
        folder = f"images/{self.road.slug()}_{self.direction}"
        return Photo(
            number=label,
            file=f"{folder}/{name}.jpg",
            masked=out / folder / f"{name}.jpg",
            marked=out / folder / f"{name}_marked.jpg",
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
    """Per segment its most damaged frame, then its potholes, steps and deep ruts, in the segments' order."""
    shots = []
    single: dict[tuple[RoadKey, Direction, int], list[Defect]] = defaultdict(list)
    for defect in defects:
        if defect.category in DEGREES:
            single[defect.road, defect.direction, int(stretch_of(defect.kp_km, SEGMENT_M))].append(defect)
    for segment in segments:
        mine = [
            p
            for p in passes
            if p.drive == segment.drive and p.route.road == segment.road and p.direction is segment.direction
        ]
        index = segment_index(segment)
        frames = [(p, f) for p in mine for f in p.frames_by(SEGMENT_M).get(index, ())]
        if frames:
            middle = (segment.start.kp_km + segment.end.kp_km) / 2
            passed, frame = max(
                frames, key=lambda x: (x[1].crack_share + 3 * x[1].pothole_share, -abs(x[1].kp_km - middle))
            )
            crack = "ひび割れ率 未測定" if segment.crack_pct is None else f"ひび割れ率 {segment.crack_pct:.1f} %"
            shots.append(shoot(passed, frame, segment, frame.kp_km, network, OVERVIEW, crack))
        for defect in single[segment.road, segment.direction, index]:
            if best := best_view(defect, mine):
                subject, degree = CATEGORY_JA[defect.category], DEGREES[defect.category](defect)
                shot = shoot(best[0], best[1], segment, defect.kp_km, network, subject, degree)
                shots.append(replace(shot, defect_id=defect.defect_id))
    return shots


def shoot(
    passed: Pass, frame: FramePlace, segment: Segment, kp_km: float, network: Network, subject: str, degree: str
) -> Shot:
    """The shot of a frame for a segment."""
    return Shot(
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


def best_view(defect: Defect, passes: Iterable[Pass]) -> tuple[Pass, FramePlace] | None:
    """The frame taken about `VIEW_M` before the defect."""
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
                found.append((abs(ahead - VIEW_M), frame.file, passed, frame))
    best = min(found, key=lambda x: x[:2], default=None)
    return (best[2], best[3]) if best else None


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
