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
EXPORTS = (
    *("form-a", "national", "photo-book", "images", "gis", "csv", "report"),
    *("photo-ledger", "photo-folder", "repair-request"),
    *("geojson", "shapefile", "pmtiles", "open-data"),
)


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
    simulate.add_argument("--speed-change", type=float, help="share of the speed by which traffic changes it")
    simulate.add_argument("--clock-offset-s", type=float, help="to be added to the frames' times to get the track's")
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
    simulate.add_argument(
        "--reveal", metavar="nothing|lane_width|height|height_focal|all", help="what drive.toml tells"
    )
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

    network = commands.add_parser("network", help="bring in and check the routes and their kiloposts").add_subparsers(
        required=True, metavar="WHAT", parser_class=OneLineParser
    )
    bring = network.add_parser(
        "import", help="距離標 CSV, GIS layers, OpenStreetMap extracts, ledgers (CSV, Excel) into a network of one 年度"
    )
    bring.add_argument("sources", nargs="+", type=Path, metavar="SOURCE", help="files, or folders of them")
    bring.add_argument("--out", type=Path, required=True, metavar="NET.gpkg", help="made, or updated by key")
    bring.add_argument("--year", type=int, help="年度 (default: that of --out, else today's)")
    bring.add_argument("--base", type=Path, metavar="NET.gpkg", help="an earlier year's network to start from")
    bring.add_argument("--kind", metavar="routes|kiloposts|roads|attributes|municipalities", help="what they are")
    bring.add_argument("--encoding", help="of their texts: cp932, utf-8")
    bring.add_argument("--crs", metavar="EPSG:6668", help="of sources that declare none")
    bring.add_argument("--map", type=Path, metavar="mapping.toml", help="columns and values of your own tables")
    bring.add_argument("--source", metavar="NAME", help="kept with every row: where the data come from")
    bring.set_defaults(command=_network_import)
    check = network.add_parser("check", help="what a network, or a table of posts, contradicts")
    check.add_argument("network", type=Path, metavar="NET", help="GeoPackage, folder, or CSV of posts")
    check.add_argument("--out", type=Path, metavar="report.csv")
    check.add_argument("--json", type=Path, metavar="report.json")
    check.add_argument("--encoding", help="of a table's texts: cp932, utf-8")
    check.add_argument("--map", type=Path, metavar="mapping.toml", help="columns and values of a table of your own")
    check.set_defaults(command=_network_check)

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

    redact = commands.add_parser("redact", help="a drive's safe twin: of its frames only the road's pixels")
    redact.add_argument("drive", type=Path, help="folder or ZIP of a drive")
    redact.add_argument("--out", type=Path, required=True, help="folder of the safe twin")
    redact.add_argument("--originals", choices=("keep", "delete", "seal"), default="keep", help="what becomes of them")
    redact.add_argument("--key", type=Path, help="seal.public, for --originals seal")
    redact.set_defaults(command=_redact)

    keys = commands.add_parser("keys", help="a pair of keys for sealing originals")
    keys.add_argument("folder", type=Path)
    keys.set_defaults(command=_keys)

    unseal = commands.add_parser("unseal", help="open a sealed original")
    unseal.add_argument("sealed", type=Path)
    unseal.add_argument("--key", type=Path, required=True, help="seal.private")
    unseal.add_argument("--out", type=Path, required=True)
    unseal.set_defaults(command=_unseal)

    export = commands.add_parser("export", help="make sheets, books and layers of a finished run anew")
    export.add_argument("what", choices=EXPORTS, metavar="WHAT", help=", ".join(EXPORTS))
    export.add_argument("result", type=Path, help="output folder of a finished run")
    export.add_argument("--out", type=Path, help="folder to write to (default: the result's own)")
    _add_form(export)
    export.add_argument("--template", type=Path, metavar="X.xlsx", help="form-a: your own blank, filled in place")
    either = argparse.BooleanOptionalAction
    export.add_argument("--per-route", action=either, help="form-a: one sheet per route, or one for all")
    export.add_argument("--turn-up", action=either, help="form-a: 上り rows start at the higher kilopost")
    export.add_argument("--per-page", type=int, choices=(3, 6), help="photo-book: photos a page")
    export.add_argument("--defect", action="append", metavar="ID", help="repair-request: of defects.csv; repeatable")
    export.set_defaults(command=_export)

    bring_back = commands.add_parser("import", help="read a corrected sheet back and say what it changes")
    sheet = bring_back.add_subparsers(required=True, metavar="WHAT", parser_class=OneLineParser).add_parser(
        "form-a", help="様式A as .xlsx or .csv against the result that it was made from"
    )
    sheet.add_argument("sheet", type=Path, metavar="SHEET")
    sheet.add_argument("--result", type=Path, required=True, metavar="DIR", help="output folder of a finished run")
    sheet.add_argument("--out", type=Path, metavar="changes.csv")
    _add_form(sheet)
    sheet.set_defaults(command=_import_form)

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
    privacy = what.add_parser("privacy", help="what masking keeps of the road, and hides of vehicles, plates and faces")
    privacy.add_argument("data", type=Path, help="labelled photos: folder with index.csv")
    privacy.add_argument("--split", default="val")
    privacy.add_argument("--street", type=Path, help="folder of street photos")
    privacy.add_argument("--vehicles", type=Path, help="JSON of the vehicles' outlines in them, by file name")
    privacy.add_argument("--out", type=Path, help="folder for evaluation.md, evaluation.json and a picture")
    privacy.set_defaults(command=_evaluate_privacy)
    gate = what.add_parser("gate", help="the quality gate on sound photos, and on the same photos made unfit")
    gate.add_argument("data", type=Path, help="photos, or labelled photos (their val split is used)")
    gate.add_argument("--out", type=Path, help="folder for gate.png, evaluation.md and evaluation.json")
    gate.set_defaults(command=_evaluate_photos, what="gate", split="")
    cracks = what.add_parser("crack-ratio", help="ひび割れ率 of a drive of labelled photos, predicted against labelled")
    cracks.add_argument("drive", type=Path, help="a drive whose frames are copies of labelled photos")
    cracks.add_argument("--network", type=Path, required=True)
    cracks.add_argument("--labels", type=Path, required=True, help="index.csv, <split>/images, <split>/masks")
    cracks.add_argument("--split", default="val")
    cracks.add_argument("--out", type=Path, help="folder for evaluation.md and evaluation.json")
    cracks.set_defaults(command=_evaluate_cracks)
    twice = what.add_parser("rut-repeatability", help="rut depth of photos in a row, twice from disjoint frame pairs")
    twice.add_argument("data", type=Path, help="index.csv (section, chainage_m in metres) and <split>/images")
    twice.add_argument("--sections", dest="split", default="RS_", metavar="NAME", help="those whose names begin so")
    twice.add_argument("--out", type=Path, help="folder for evaluation.md, .json and profile-01.png …")
    twice.set_defaults(command=_evaluate_photos, what="rut-repeatability")
    _add_device(demo, run, detect, detector, patches, frames, gate, cracks, twice)
    imu = what.add_parser("imu", help="推定 IRI and steps of simulated cars with a phone, against their roads")
    imu.add_argument("--out", type=Path, help="folder for evaluation.md and evaluation.json")
    imu.set_defaults(command=_evaluate_imu)
    assignment = what.add_parser("assignment", help="matching of patrol drives through a made-up prefecture, by length")
    assignment.add_argument("--routes", type=int, default=300, help="12 km, 17 junctions and 200 posts each")
    assignment.add_argument("--background", type=int, default=0, metavar="N", help="edges of other roads; 1000000")
    assignment.add_argument("--km", type=float, default=500.0, help="of patrol drives")
    assignment.add_argument("--seed", type=int, default=1, help="of the prefecture")
    assignment.add_argument("--every", default="1,5", metavar="S,S", help="seconds between fixes, a row each")
    assignment.add_argument("--out", type=Path, help="folder for evaluation.md, .json, reliability.svg, network.gpkg")
    assignment.set_defaults(command=_evaluate_assignment)
    driven = what.add_parser("match", help="a track by itself against the way that was really driven")
    driven.add_argument(
        "data",
        type=Path,
        help="a drive or track with --network and --truth; or a folder of *.arcs *.nodes *.route *.track (Kubička et "
        "al. 2015), or of reference.csv and *.pos (RTKLIB), whose driven way becomes the route",
    )
    driven.add_argument("--network", type=Path, help="without --truth: what of DATA is put on these routes by mistake")
    driven.add_argument("--truth", type=Path, help="table of file or utc, kp_km, and columns of the key")
    driven.add_argument("--every", default="1", metavar="N,N", help="use each N-th fix, a row each")
    driven.add_argument("--out", type=Path, help="folder for evaluation.md and evaluation.json")
    driven.set_defaults(command=_evaluate_match)
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


def _add_form(parser: argparse.ArgumentParser) -> None:
    """The option of commands that read or write 様式A."""
    parser.add_argument("--form", type=Path, metavar="F.toml", help="form-a: its table (default: PAVEMENT_FORM_A)")


def _settings(parsed: argparse.Namespace) -> Settings:
    """The environment's settings and --device; who types a command may use a model of their own in torch's format."""
    from pavement.settings import Settings

    settings = replace(Settings.from_environment(), trust_pickles=True)
    device = getattr(parsed, "device", None)
    return replace(settings, device=device) if device else settings


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


def _network_import(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    options = {name: getattr(parsed, name) for name in ("year", "base", "kind", "encoding", "crs", "source")}
    print(bootstrap.import_network(parsed.sources, parsed.out, mapping=parsed.map, **options).text())


def _network_check(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    text, unusable = bootstrap.check_network(parsed.network, parsed.out, parsed.json, parsed.encoding, parsed.map)
    print(text)
    if unusable:
        raise BadInput(unusable)


def _show_block(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap
    from pavement.road import Direction, RoadKey

    road = RoadKey(parsed.road_type, parsed.route, parsed.branch, parsed.kind)
    bootstrap.show_block(parsed.result, road, Direction(parsed.direction), parsed.kp, parsed.out)
    print(parsed.out)


def _redact(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    kept, left_out = bootstrap.redact(parsed.drive, parsed.out, parsed.originals, parsed.key, _settings(parsed), bars)
    bars.close()
    print(f"{parsed.out} (frames kept: {kept}, without road or unreadable: {left_out})")


def _keys(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.sealing import make_keys

    for path in make_keys(parsed.folder):
        print(path)


def _unseal(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.sealing import unseal

    unseal(parsed.sealed, parsed.out, parsed.key)
    print(parsed.out)


def _export(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    out, options = parsed.out or parsed.result, (parsed.form, parsed.template, parsed.per_route, parsed.turn_up)
    if parsed.per_page and parsed.what != "photo-book":
        raise BadInput("--per-page is for photo-book", do="leave it out")
    if parsed.defect and parsed.what != "repair-request":
        raise BadInput("--defect is for repair-request", do="leave it out")
    if parsed.what == "repair-request":
        if not parsed.defect:
            raise BadInput("repair-request needs --defect ID", do="take ids from the result's defects.csv")
        paths = bootstrap.request_repairs(parsed.result, out, parsed.defect)
    elif parsed.per_page:
        paths = bootstrap.export_book(parsed.result, out, parsed.per_page)
    elif parsed.what == "form-a":
        paths = bootstrap.export_form(parsed.result, out, bootstrap.chosen_form(*options))
    elif options == (None,) * len(options):
        paths = bootstrap.export(parsed.what, parsed.result, out)
    else:
        raise BadInput("--form, --template, --per-route and --turn-up are for form-a", do="leave them out")
    for path in paths:
        print(path)


def _import_form(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    form = bootstrap.chosen_form(parsed.form)
    changes, findings = bootstrap.import_form(parsed.sheet, parsed.result, form, parsed.out)
    for change in changes:
        print(f"{change.sheet} {change.row}行 {change.column}: {change.old_text} → {change.new_text}")
    for line in findings:
        print(line)
    print(f"相違 {len(changes)}件" + (f": {parsed.out}" if parsed.out else ""))


def _evaluate_photos(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    text = bootstrap.evaluate(parsed.what, parsed.data, parsed.split, parsed.out, _settings(parsed), bars)
    bars.close()
    print(text)


def _evaluate_cracks(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    labels = (parsed.labels, parsed.split)
    text = bootstrap.evaluate_cracks(parsed.drive, parsed.network, labels, parsed.out, _settings(parsed), bars)
    bars.close()
    print(text)


def _evaluate_privacy(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    street = parsed.street, parsed.vehicles
    text = bootstrap.evaluate_masks(parsed.data, parsed.split, street, parsed.out, _settings(parsed), bars)
    bars.close()
    print(text)


def _evaluate_drive(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap
    from pavement.settings import Settings

    print(bootstrap.evaluate(parsed.what, parsed.result, parsed.truth, parsed.out, Settings.from_environment(), bars))


def _evaluate_assignment(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap
    from pavement.simulate.prefecture import spec_of_size

    every = [int(each) for each in parsed.every.split(",") if each.strip().isdigit() and int(each) > 0]
    if not every or not parsed.km > 0:
        raise BadInput("--every and --km must be above 0", do="give seconds and kilometres, as in --every 1,5 --km 500")
    spec = spec_of_size(parsed.routes, parsed.background, parsed.seed)
    text = bootstrap.evaluate_matching(spec, parsed.km, every, parsed.out, bars)
    bars.close()
    print(text)


def _evaluate_match(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    every = [int(each) for each in parsed.every.split(",") if each.strip().isdigit() and int(each) > 0]
    if not every:
        raise BadInput("--every must be above 0", do="give whole numbers, as in --every 1,10")
    print(bootstrap.evaluate_track(parsed.data, parsed.network, parsed.truth, every, parsed.out))


def _evaluate_imu(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    print(bootstrap.evaluate_sensors(parsed.out))


def _serve(parsed: argparse.Namespace, bars: Bars) -> None:
    from api.app import serve
    from pavement.settings import Settings

    serve(parsed.host, parsed.port, Settings.from_environment())


if __name__ == "__main__":
    sys.exit(main())
