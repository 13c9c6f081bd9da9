"""Setting the clock: the offset between a drive's camera and its receiver, from its pictures; applied where certain."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pavement.drive_clock import apply_offset, find_offset, measure_flow
from pavement.stages.tools import DriveOnDisk, Tools, step_key
from pavement.time_offset import PictureFlow, TimeOffset


def set_clock(each: DriveOnDisk, tools: Tools) -> tuple[DriveOnDisk, TimeOffset]:
    """The drive with its clock put right where the pictures prove it wrong, and what they tell; loaded where known."""
    drive = each.drive
    key = step_key("clock", drive.fingerprint, drive.facts.time_offset_s)
    done = tools.store.load(key)
    flow = PictureFlow(**done) if done else measure_flow(drive, partial(tools.read_images, each.folder))
    if done is None:
        tools.store.save(key, vars(flow))
    offset = find_offset(drive, flow)
    return replace(each, drive=apply_offset(drive, offset)), offset
