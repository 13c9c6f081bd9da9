"""evaluate: accuracy against truth."""

from __future__ import annotations

import argparse
from pathlib import Path

from pavement.commands.common import Bars, Commands, OneLineParser, add_device, settings_of
from pavement.commands.earlier import add_evaluate_survey
from pavement.commands.review import add_evaluate_change
from pavement.errors import BadInput


def add_evaluate_commands(commands: Commands) -> None:
    """The parsers of evaluate."""
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
    again = what.add_parser(
        "crack-repeatability", help="ひび割れ率 of unchanged blocks, between two independent passes"
    )
    again.add_argument("data", type=Path, help="index.csv (section, chainage_m in metres) and <split>/images")
    again.add_argument("--sections", dest="split", default="RS_386", metavar="NAME", help="those whose names begin so")
    again.add_argument("--out", type=Path, help="folder for evaluation.md and evaluation.json")
    again.set_defaults(command=_evaluate_photos, what="crack-repeatability")
    add_device(detector, patches, frames, gate, cracks, twice, again)
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
    add_evaluate_change(what)
    add_evaluate_survey(what)
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


def _evaluate_photos(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    text = bootstrap.evaluate(parsed.what, parsed.data, parsed.split, parsed.out, settings_of(parsed), bars)
    bars.close()
    print(text)


def _evaluate_cracks(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    labels = (parsed.labels, parsed.split)
    text = bootstrap.evaluate_cracks(parsed.drive, parsed.network, labels, parsed.out, settings_of(parsed), bars)
    bars.close()
    print(text)


def _evaluate_privacy(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    street = parsed.street, parsed.vehicles
    text = bootstrap.evaluate_masks(parsed.data, parsed.split, street, parsed.out, settings_of(parsed), bars)
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
