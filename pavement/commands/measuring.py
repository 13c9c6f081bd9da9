"""iri, calibrate-imu: profiles and cars."""

from __future__ import annotations

import argparse
from pathlib import Path

from pavement.commands.common import Bars, Commands


def add_measuring_commands(commands: Commands) -> None:
    """The parsers of iri and calibrate-imu."""
    iri = commands.add_parser("iri", help="IRI of a longitudinal profile (ASTM E1926), whole sections only")
    iri.add_argument("profile", type=Path, help="columns z (with --interval), x z, or x_m,z_m; metres")
    iri.add_argument("--segment", type=float, required=True, metavar="M", help="length of a section")
    iri.add_argument("--interval", type=float, metavar="M", help="metres between the heights of a file of one column")
    iri.add_argument("--start", type=float, metavar="X", help="where the first section begins (default: at the start)")
    iri.add_argument("--moving-average", action="store_true", help="even the profile out over 250 mm first")
    iri.add_argument("--out", type=Path, required=True, metavar="FILE.csv")
    iri.set_defaults(command=_iri)

    calibrate = commands.add_parser("calibrate-imu", help="a car's answer to the road, from sections of known IRI")
    calibrate.add_argument("drives", nargs="+", type=Path, metavar="DRIVE", help="a drive with imu.csv and a track")
    calibrate.add_argument("--network", type=Path, required=True)
    calibrate.add_argument("--reference", type=Path, required=True, metavar="FILE.csv")
    calibrate.add_argument("--out", type=Path, required=True, metavar="vehicle.toml")
    calibrate.set_defaults(command=_calibrate_imu)


def _iri(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    rest = bootstrap.iri(
        parsed.profile,
        parsed.out,
        segment_m=parsed.segment,
        interval_m=parsed.interval,
        start_m=parsed.start,
        moving_average=parsed.moving_average,
    )
    print(parsed.out if rest < 0.01 else f"{parsed.out} (the last {rest:.2f} m are no whole section and are left out)")


def _calibrate_imu(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    found = bootstrap.calibrate_imu(parsed.drives, parsed.network, parsed.reference, parsed.out)
    print(f"{parsed.out} (sections: {found.sections}, median error on them: {100 * found.error:.1f} %)")
