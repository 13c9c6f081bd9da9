"""demo, run, detect, match: analysing drives, images and tracks."""

from __future__ import annotations

import argparse
from pathlib import Path

from pavement.commands.common import Bars, Commands, add_device, settings_of, tell

DEMO_FOLDER = Path("demo-output")


def add_survey_commands(commands: Commands) -> None:
    """The parsers of demo, run, detect and match."""
    demo = commands.add_parser("demo", help="make a small drive and run the whole pipeline on it")
    demo.add_argument("--out", type=Path, default=DEMO_FOLDER)
    demo.set_defaults(command=_demo)

    run = commands.add_parser("run", help="analyse drives: 様式A, 画像集, GIS files and a report")
    run.add_argument("drives", nargs="+", type=Path, metavar="DRIVE", help="a drive's folder or ZIP")
    run.add_argument("--network", type=Path, required=True)
    run.add_argument("--out", type=Path, required=True)
    run.add_argument("--vehicle", type=Path, metavar="vehicle.toml", help="the car, as calibrate-imu wrote it")
    run.add_argument("--previous", type=Path, metavar="DIR", help="an earlier run's output: its defects keep their ids")
    run.set_defaults(command=_run)

    detect = commands.add_parser("detect", help="class maps of a folder of images")
    detect.add_argument("images", type=Path)
    detect.add_argument("--out", type=Path, required=True)
    detect.set_defaults(command=_detect)

    match = commands.add_parser("match", help="the fixes of a track on the network")
    match.add_argument("track", type=Path)
    match.add_argument("--network", type=Path, required=True)
    match.add_argument("--out", type=Path, required=True)
    match.set_defaults(command=_match)
    add_device(demo, run, detect)


def _demo(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    bootstrap.demo(parsed.out, settings_of(parsed), bars)
    tell(parsed.out / "result", bars)


def _run(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    bootstrap.run(parsed.drives, parsed.network, parsed.out, settings_of(parsed), bars, parsed.previous, parsed.vehicle)
    tell(parsed.out, bars)


def _detect(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    written = bootstrap.detect(parsed.images, parsed.out, settings_of(parsed), bars)
    bars.close()
    print(written)


def _match(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    bootstrap.match(parsed.track, parsed.network, parsed.out)
    print(parsed.out)
