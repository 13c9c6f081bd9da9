"""Feeling the road: what the phone's sensors tell goes to the passes."""

from __future__ import annotations

from collections.abc import Collection

from pavement.drive import Notice
from pavement.imu.travel import feel_runs
from pavement.matching import MatchedTrack
from pavement.passes import Pass
from pavement.stages.tools import DriveOnDisk


def feel_road(each: DriveOnDisk, matched: MatchedTrack, passes: Collection[Pass]) -> list[Notice]:
    """What the phone's sensors felt goes to the passes; what people should know of it."""
    imu = each.drive.imu
    if imu is None or imu.unfit():
        return []
    felt = feel_runs(imu, matched, each.vehicle)
    for run, road in felt:
        for passed in passes if road.pieces else ():
            if (passed.route.index, passed.direction) == (run.route.index, run.direction):
                passed.felt.append(road)
    if felt and not any(road.pieces for _, road in felt):
        return [Notice(f"{each.drive.name}/imu.csv", "GPS軌跡の時刻と重なる記録がなく、平坦性は測定できません")]
    return []
