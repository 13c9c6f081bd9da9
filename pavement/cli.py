"""The command line: parse, call one function, map errors to exit codes (0 done, 2 bad usage or input, 1 a fault)."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

from pavement import __version__
from pavement.errors import BadInput, PavementError

if TYPE_CHECKING:
    from pavement.settings import Settings

DEMO_FOLDER = Path("demo-output")
EXPORTS = ("form-a", "photo-book", "images", "gis", "csv", "report")


class OneLineParser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is; exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see '{self.prog} --help'\n")


class Bars:
    """Progress of long work on stderr: one bar a stage; silent where nobody watches."""

    def __init__(self) -> None:
        self._bar: tqdm[NoReturn] | None = None
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` are done in `stage`."""
        if stage != self._stage:
            self.close()
            self._stage = stage
            self._bar = tqdm(total=total, desc=stage, unit="", disable=None, leave=True)
        if self._bar is not None:
            self._bar.update(max(done - self._bar.n, 0))

    def close(self) -> None:
        """End the current bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    for stream in (sys.stdout, sys.stderr):  # a Japanese name must not kill a batch on a cp1252 console
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    parsed = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    bars = Bars()
    try:
        command: Callable[[argparse.Namespace, Bars], None] = parsed.command
        command(parsed, bars)
    except BadInput as error:
        bars.close()
        print(f"pavement: {error}", file=sys.stderr)
        return 2
    except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        bars.close()
        print(f"pavement: {error.filename2 or error.filename}: {error.strerror}; choose another --out", file=sys.stderr)
        return 2
    except (PavementError, OSError) as error:
        bars.close()
        print(f"pavement: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        bars.close()
        print("pavement: stopped; run the same command again to go on", file=sys.stderr)
        return 130
    finally:
        bars.close()
    return 0


def build_parser() -> argparse.ArgumentParser:
    """All commands."""
    parser = OneLineParser(prog="pavement", description=f"Road pavement inspection from a smartphone, {__version__}")
    parser.add_argument("--version", action="version", version=f"pavement {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=OneLineParser)

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

    simulate = commands.add_parser("simulate", help="a made-up drive with its network and truth")
    simulate.add_argument("--out", type=Path, required=True)
    simulate.add_argument("--seed", type=int)
    simulate.add_argument("--length-m", type=float)
    simulate.add_argument("--step-m", type=float)
    simulate.add_argument("--speed-kmh", type=float)
    simulate.add_argument("--crack-severity", type=float, help="0 = new road, 1 = worn out")
    simulate.add_argument("--potholes-per-km", type=float)
    simulate.add_argument("--both-directions", action="store_true", default=None)
    simulate.add_argument("--rut-course", action="store_true", default=None, help="2.2 km of ruts of 0-50 mm")
    simulate.add_argument("--rut-mm", metavar="L,R", help="mean depth of the left and the right wheel path")
    simulate.add_argument("--rut-width", type=float, dest="rut_width_m", metavar="M", help="of one trough")
    simulate.add_argument("--crown-pct", type=float, help="fall from the centre line to both sides")
    simulate.add_argument("--crown", metavar="roof|parabola", help="shape of the crown")
    simulate.add_argument("--cross-fall-pct", type=float, help="fall of the whole road to the right of 下り")
    simulate.add_argument("--step-mm", type=float, help="height of joints' and manholes' steps")
    simulate.add_argument("--steps-per-km", type=float, help="joints over the whole road")
    simulate.add_argument("--manholes-per-km", type=float)
    simulate.add_argument("--roughness", metavar="none|A|B|C|D|E", help="unevenness, class of ISO 8608; with imu.csv")
    simulate.add_argument("--markings", metavar="full|worn|none")
    simulate.add_argument("--shadows", type=float, help="0 = none, 1 = half of the road")
    simulate.add_argument("--reveal", metavar="nothing|lane_width|height|all", help="what drive.toml tells")
    simulate.add_argument("--width-px", type=int)
    simulate.add_argument("--height-px", type=int)
    simulate.add_argument("--focal-px", type=float)
    simulate.add_argument("--camera-height-m", type=float)
    for angle in ("--pitch-deg", "--roll-deg", "--yaw-deg", "--k1", "--k2"):
        simulate.add_argument(angle, type=float)
    simulate.add_argument("--noise", type=float, help="of the sensor; 1 = a phone in daylight")
    simulate.add_argument("--jpeg-quality", type=int)
    simulate.add_argument("--exposure-ms", type=float, help="blurs by the car's motion")
    simulate.add_argument("--rolling-shutter-ms", type=float, help="from the first row's readout to the last one's")
    simulate.add_argument("--bounce", type=float, help="0 = the phone does not tremble")
    simulate.add_argument("--gps-sigma-m", type=float)
    simulate.add_argument("--car", metavar="sedan|van|kei|soft", help="how it rides")
    simulate.set_defaults(command=_simulate)

    show = commands.add_parser("show", help="pictures of a finished run")
    block = show.add_subparsers(required=True, metavar="WHAT", parser_class=OneLineParser).add_parser(
        "block", help="the 0.5 m mesh of the 20 m block at a kilopost"
    )
    block.add_argument("result", type=Path, help="the output folder of `pavement run`")
    block.add_argument("--road-type", default="一般国道")
    block.add_argument("--route", required=True, help="route_no of the network")
    block.add_argument("--branch", default="000")
    block.add_argument("--kind", default="現道")
    block.add_argument("--direction", choices=("下り", "上り"), default="下り")
    block.add_argument("--kp", type=float, required=True, metavar="KM", help="a kilopost inside the block: 112.34")
    block.add_argument("--out", type=Path, required=True, help="a .png file")
    block.set_defaults(command=_show_block)

    export = commands.add_parser("export", help="make sheets, books and layers of a finished run anew")
    export.add_argument("what", choices=EXPORTS, metavar="WHAT", help=", ".join(EXPORTS))
    export.add_argument("result", type=Path, help="output folder of a finished run")
    export.add_argument("--out", type=Path, help="folder to write to (default: the result's own)")
    export.set_defaults(command=_export)

    evaluate = commands.add_parser("evaluate", help="accuracy against truth, as Markdown and JSON")
    what = evaluate.add_subparsers(required=True, metavar="WHAT", parser_class=OneLineParser)
    detector = what.add_parser(
        "detector", help="the model on labelled photos (index.csv, <split>/images, <split>/masks)"
    )
    detector.add_argument("data", type=Path)
    detector.add_argument("--split", default="val")
    detector.add_argument("--out", type=Path, help="folder for evaluation.md, .json, curves.svg and failures.png")
    detector.set_defaults(command=_evaluate_photos, what="detector")
    patches = what.add_parser("patches", help="small crops in folders by class (RDD2018: D00 … D44)")
    patches.add_argument("data", type=Path)
    patches.add_argument("--out", type=Path, help="folder for evaluation.md and evaluation.json")
    patches.add_argument("--cities", dest="split", default="", help="only these, as in adachi,chiba: not trained on")
    patches.set_defaults(command=_evaluate_photos, what="patches")
    frames = what.add_parser("frames", help="photos without labels, as contact sheets for looking")
    frames.add_argument("data", type=Path)
    frames.add_argument("--out", type=Path, required=True, help="folder for frames-01.png … and evaluation.md, .json")
    frames.set_defaults(command=_evaluate_photos, what="frames", split="")
    gate = what.add_parser("gate", help="the quality gate on sound photos, and on the same photos made unfit")
    gate.add_argument("data", type=Path, help="photos, or labelled photos (their val split is used)")
    gate.add_argument("--out", type=Path, help="folder for gate.png, evaluation.md and evaluation.json")
    gate.set_defaults(command=_evaluate_photos, what="gate", split="")
    _add_device(demo, run, detect, detector, patches, frames, gate)
    imu = what.add_parser("imu", help="推定 IRI and steps of simulated cars with a phone, against their roads")
    imu.add_argument("--out", type=Path, help="folder for evaluation.md and evaluation.json")
    imu.set_defaults(command=_evaluate_imu)
    for name, text, table in (
        ("position", "road, direction, kilopost of a finished run's frames", "frames: file,kp_km,…"),
        ("blocks", "crack share per 20 m block of a finished run's frames", "frames: file,kp_km,…"),
        ("rut", "rut depth per 20 m block of a finished run", "blocks: the key, from_kp_km, rut_mm"),
    ):
        part = what.add_parser(name, help=text)
        part.add_argument("result", type=Path)
        part.add_argument("--truth", type=Path, required=True, help=f"table of {table}")
        part.add_argument("--out", type=Path, help="folder for evaluation.md and evaluation.json")
        part.set_defaults(command=_evaluate_drive, what=name)

    serve = commands.add_parser("serve", help="the HTTP server")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.set_defaults(command=_serve)
    return parser


def _add_device(*parsers: argparse.ArgumentParser) -> None:
    """The option of every command that opens a model."""
    for parser in parsers:
        parser.add_argument("--device", metavar="auto|cpu|cuda", help="where the model runs (default: PAVEMENT_DEVICE)")


def _settings(parsed: argparse.Namespace) -> Settings:
    """The environment's settings and --device; who types a command may use a model of their own in torch's format."""
    from pavement.settings import Settings

    settings = replace(Settings.from_environment(), trust_pickles=True)
    return replace(settings, device=parsed.device) if parsed.device else settings


def _demo(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    bootstrap.demo(parsed.out, _settings(parsed), bars)
    _tell(parsed.out / "result", bars)


def _run(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    bootstrap.run(parsed.drives, parsed.network, parsed.out, _settings(parsed), bars, parsed.previous, parsed.vehicle)
    _tell(parsed.out, bars)


def _tell(out: Path, bars: Bars) -> None:
    """Where the results are, and what became of the frames."""
    from pavement.account import summary

    bars.close()
    print(summary(out))


def _detect(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    written = bootstrap.detect(parsed.images, parsed.out, _settings(parsed), bars)
    bars.close()
    print(written)


def _match(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    bootstrap.match(parsed.track, parsed.network, parsed.out)
    print(parsed.out)


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


def _simulate(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap
    from pavement.simulate import spec_of

    bootstrap.simulate(parsed.out, spec_of(vars(parsed)), bars)
    bars.close()
    print(parsed.out)


def _show_block(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap
    from pavement.road import Direction, RoadKey

    road = RoadKey(parsed.road_type, parsed.route, parsed.branch, parsed.kind)
    bootstrap.show_block(parsed.result, road, Direction(parsed.direction), parsed.kp, parsed.out)
    print(parsed.out)


def _export(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    for path in bootstrap.export(parsed.what, parsed.result, parsed.out or parsed.result):
        print(path)


def _evaluate_photos(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    text = bootstrap.evaluate(parsed.what, parsed.data, parsed.split, parsed.out, _settings(parsed), bars)
    bars.close()
    print(text)


def _evaluate_drive(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap
    from pavement.settings import Settings

    print(bootstrap.evaluate(parsed.what, parsed.result, parsed.truth, parsed.out, Settings.from_environment(), bars))


def _evaluate_imu(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    print(bootstrap.evaluate_sensors(parsed.out))


def _serve(parsed: argparse.Namespace, bars: Bars) -> None:
    from api.app import serve
    from pavement.settings import Settings

    serve(parsed.host, parsed.port, Settings.from_environment())


if __name__ == "__main__":
    sys.exit(main())
