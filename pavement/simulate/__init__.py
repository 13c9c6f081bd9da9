"""`pavement simulate`: made-up drives whose truth is known to the millimetre."""

from pavement.simulate.drive_writer import simulate_drive
from pavement.simulate.options import spec_of
from pavement.simulate.presets import demo_spec, rut_course_spec, tiny_spec
from pavement.simulate.relief import longitudinal_profile_m
from pavement.simulate.spec import (
    CentreLine,
    Crown,
    Damage,
    DriveSpec,
    Markings,
    Mount,
    Reveal,
    Roughness,
    Stretch,
)

__all__ = [
    "CentreLine",
    "Crown",
    "Damage",
    "DriveSpec",
    "Markings",
    "Mount",
    "Reveal",
    "Roughness",
    "Stretch",
    "demo_spec",
    "longitudinal_profile_m",
    "rut_course_spec",
    "simulate_drive",
    "spec_of",
    "tiny_spec",
]
