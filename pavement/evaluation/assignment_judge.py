"""One matched patrol drive against its truth, place by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.drive import Reason
from pavement.matching import CERTAIN, Located, MatchedTrack, Status
from pavement.road import Direction, RoadKey
from pavement.simulate.prefecture import PatrolDrive

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Answer = tuple[RoadKey, Direction] | None  #: None = on no managed road

SAMPLE_M = 5.0
FIX_NEAR_S = 3.0  #: without a fix so near in time a sample lies in a hole of the track
JUNCTION_M = 15.0  #: half of a junction's box
FAR_M = 30.0  #: a kilopost so far off must be flagged


@dataclass(frozen=True)
class Judged:
    """Samples every `SAMPLE_M` of way; arrays (n,). NaN where there is nothing to compare."""

    right: Bools  #: the best guess, flagged or not
    flagged: Bools  #: doubtful, or no position given
    in_hole: Bools
    at_change: Bools  #: within `JUNCTION_M` of where the true road changes
    confidence: Floats
    error_m: Floats  #: of the kilopost, where the road is right and located
    sd_m: Floats
    primary: Floats  #: 1 / 0: the declared primary route of a 重複 was chosen
    complete: Floats  #: 1 / 0: all routes of a 重複 are attached
    scene: NDArray[np.object_]
    cases: tuple[dict[str, object], ...]  #: the stretches that are wrong and not flagged
    far: tuple[dict[str, object], ...] = ()  #: the stretches on the right road with a kilopost over `FAR_M` off


def judge(drive: PatrolDrive, fix_s: Floats, matched: MatchedTrack, seed: int) -> Judged:
    """Compare a matched drive with its truth."""
    at = np.arange(SAMPLE_M / 2, drive.driven_m[-1], SAMPLE_M)
    sample = np.searchsorted(drive.driven_m, at)
    time_s = np.interp(at, drive.driven_m, drive.time_s)
    n = len(at)
    right, flagged, confidence = np.zeros(n, bool), np.zeros(n, bool), np.full(n, np.nan)
    error, sd, primary, complete = (np.full(n, np.nan) for _ in range(4))
    answers: list[Answer] = []
    for k in range(n):
        place = int(drive.place[sample[k]])
        true = drive.places[place] if place >= 0 else ()
        located = matched.locate(float(time_s[k]))
        answer, sure, doubtful = answer_of(located, matched, float(time_s[k]))
        answers.append(answer)
        right[k] = answer in true if true else answer is None
        flagged[k], confidence[k] = doubtful, sure
        if isinstance(located, Located) and right[k] and answer is not None:
            column = true.index(answer)
            if located.kp_km is not None:
                error[k] = 1000 * (located.kp_km - drive.kp_km[sample[k], column])
                sd[k] = located.position_sd_m
            if len(true) > 1:
                attached = {answer[0], *(route.road for route in getattr(located, "also", ()))}
                complete[k] = attached == {road for road, _ in true}
                primary[k] = answer == true[0] if drive.declared[place] else np.nan
    nearest = np.abs(fix_s[np.clip(np.searchsorted(fix_s, time_s), 0, len(fix_s) - 1)] - time_s)
    before = np.abs(fix_s[np.clip(np.searchsorted(fix_s, time_s) - 1, 0, len(fix_s) - 1)] - time_s)
    usual = float(np.median(np.diff(fix_s))) if len(fix_s) > 1 else 1.0
    hole = np.minimum(nearest, before) > max(FIX_NEAR_S, usual)
    change = at[:-1][np.diff(drive.place[sample]) != 0] + SAMPLE_M / 2
    close = np.abs(at[:, None] - change[None]).min(1) <= JUNCTION_M if len(change) else np.zeros(n, bool)
    silent, far = ~right & ~flagged, np.nan_to_num(np.abs(error)) > FAR_M
    cases, far_off = (tuple(cases_of(drive, sample, time_s, answers, each, close, seed)) for each in (silent, far))
    scene = drive.scene[sample]
    return Judged(right, flagged, hole, close, confidence, error, sd, primary, complete, scene, cases, far_off)


def answer_of(located: Located | Reason, matched: MatchedTrack, time_s: float) -> tuple[Answer, float, bool]:
    """Best guess, its confidence (NaN where no position is given) and whether it is flagged."""
    if isinstance(located, Located):
        return (located.route.road, located.direction), located.confidence, located.confidence < CERTAIN
    if located is Reason.NO_POSITION:
        return None, np.nan, True
    after = int(np.clip(np.searchsorted(matched.time_s, time_s), 0, len(matched.time_s) - 1))
    before = max(after - 1, 0)
    nearest = after if matched.time_s[after] - time_s < time_s - matched.time_s[before] else before
    sure, doubtful = float(matched.confidence[nearest]), matched.status[nearest] == Status.DOUBTFUL
    if located is Reason.OFF_NETWORK:
        return None, sure, doubtful
    guess = matched.guess(time_s)
    return None if guess is None else (guess.route.road, guess.direction), sure, True


def cases_of(
    drive: PatrolDrive,
    sample: NDArray[np.intp],
    time_s: Floats,
    answers: Sequence[Answer],
    wrong: Bools,
    close: Bools,
    seed: int,
) -> Sequence[dict[str, object]]:
    """The stretches where `wrong` holds, so that one can look at them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], wrong.astype(int), [0]])))
    found: list[dict[str, object]] = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        middle = (first + last) // 2
        place = int(drive.place[sample[middle]])
        true = drive.places[place] if place >= 0 else ()
        found.append(
            {
                "drive": seed,
                "metres": (last - first) * SAMPLE_M,
                "from_s": round(float(time_s[first]), 1),
                "to_s": round(float(time_s[last - 1]), 1),
                "x": round(float(drive.xy[sample[middle], 0])),
                "y": round(float(drive.xy[sample[middle], 1])),
                "scene": str(drive.scene[sample[middle]]),
                "true": [f"{road.slug()} {direction}" for road, direction in true],
                "found": None if (answer := answers[middle]) is None else f"{answer[0].slug()} {answer[1]}",
                "beside a junction": bool(close[first:last].all()),
            }
        )
    return found
