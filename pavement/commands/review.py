"""review: 全線点検結果とりまとめ of a 年度, from the server's store or from results' folders."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pavement.commands.common import Bars, Commands
from pavement.commands.earlier import add_settings, review_settings
from pavement.errors import BadInput

if TYPE_CHECKING:
    from pavement.review.review import Material
    from pavement.review.settings import ReviewSettings


def add_review_command(commands: Commands) -> None:
    """The parser of review."""
    review = commands.add_parser("review", help="全線点検結果とりまとめ of a 年度: book, report, GIS, KPI")
    review.add_argument("results", nargs="*", type=Path, metavar="RESULT", help="output folders of finished runs")
    review.add_argument("--data", type=Path, metavar="DIR", help="the server's data instead of folders")
    review.add_argument("--network", type=Path, help="with folders: the network, so that 未点検 is known")
    review.add_argument("--year", type=int, required=True, metavar="Y", help="年度: 2026 = 令和8年度 (April to March)")
    add_settings(review)
    review.add_argument("--out", type=Path, required=True, metavar="DIR")
    review.set_defaults(command=_review)


def _review(parsed: argparse.Namespace, bars: Bars) -> None:
    from exporters.review import export_review
    from pavement.fiscal_year import JST
    from pavement.review.review import make_review

    if bool(parsed.results) == bool(parsed.data):
        raise BadInput("it is not said what to review", do="give result folders, or --data DIR of the server, not both")
    if not 1990 <= parsed.year <= 2200:
        raise BadInput(f"--year is {parsed.year}", do="give the 年度 as in --year 2026 (令和8年度)")
    settings = review_settings(parsed.settings)
    material = _of_store(parsed, settings, bars) if parsed.data else _of_results(parsed, settings)
    found = make_review(material, settings, datetime.now(JST).date(), bars)
    paths = export_review(found, parsed.out, bars)
    bars.close()
    for path in paths:
        print(path)


def _of_store(parsed: argparse.Namespace, settings: ReviewSettings, bars: Bars) -> Material:
    from pavement.server_settings import ServerSettings
    from pavement.store.existing import existing_database
    from pavement.store.review_data import read_material

    if parsed.network:
        raise BadInput("--network is for result folders", do="the store has its own: leave it out")
    with existing_database(ServerSettings.from_environment(parsed.data)) as database:
        return read_material(database, parsed.year, rule=settings.adoption, progress=bars, lines=True)


def _of_results(parsed: argparse.Namespace, settings: ReviewSettings) -> Material:
    from pavement.networks import read_network
    from pavement.review_files import read_results

    network = read_network(parsed.network) if parsed.network else None
    return read_results(parsed.results, parsed.year, network, settings.adoption)


def add_evaluate_change(what: Commands) -> None:
    """The parser of `evaluate change`."""
    change = what.add_parser("change", help="planted decay between two made-up years against what a review reports")
    change.add_argument("--roads", type=int, default=150, help="12 km each, both directions")
    change.add_argument("--passes", default="1,3,6,12,24", metavar="N,N", help="drives a year, a row each")
    change.add_argument("--seeds", default="1", metavar="N,N", help="draws; the tables show their means and ranges")
    change.add_argument("--out", type=Path, help="folder for evaluation.md and evaluation.json")
    change.set_defaults(command=_evaluate_change)


def _evaluate_change(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.bootstrap.evaluating import keep_evaluation
    from pavement.evaluation.change import evaluate_change
    from pavement.evaluation.change_years import NetworkSpec

    passes = [int(each) for each in parsed.passes.split(",") if each.strip().isdigit() and int(each) > 0]
    if not passes or parsed.roads < 1:
        raise BadInput("--passes and --roads must be above 0", do="give whole numbers, as in --passes 1,12 --roads 50")
    seeds = [int(each) for each in parsed.seeds.split(",") if each.strip().isdigit()]
    if not seeds:
        raise BadInput(f"--seeds {parsed.seeds} names no draw", do="give whole numbers, as in --seeds 7,8,9")
    spec = NetworkSpec(roads=parsed.roads)
    report = evaluate_change(spec, passes=passes, seeds=seeds, progress=lambda done, total: bars("change", done, total))
    bars.close()
    print(keep_evaluation(parsed.out, report.to_markdown(), report.to_json(), report.pictures))
