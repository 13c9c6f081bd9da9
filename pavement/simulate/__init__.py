"""`pavement simulate`: made-up drives whose truth is known to the millimetre."""

from pavement.simulate.drive_writer import simulate_drive
from pavement.simulate.spec import CentreLine, Damage, DriveSpec, Markings, Mount, Reveal, Stretch, demo_spec, tiny_spec

__all__ = [
    "CentreLine",
    "Damage",
    "DriveSpec",
    "Markings",
    "Mount",
    "Reveal",
    "Stretch",
    "demo_spec",
    "simulate_drive",
    "tiny_spec",
]
