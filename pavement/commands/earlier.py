"""import survey, evaluate survey, survey list | delete: results of survey vehicles."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pavement.commands.common import Bars, Commands
from pavement.errors import BadInput

if TYPE_CHECKING:
    from pavement.review.settings import ReviewSettings


def add_import_survey(what: Commands) -> None:
    """The parser of `import survey`."""
    survey = what.add_parser("survey", help="a survey vehicle's results (CSV, Excel) as those of an earlier 年度")
    survey.add_argument("file", type=Path, metavar="FILE")
    survey.add_argument("--year", type=int, required=True, metavar="Y", help="年度 of the survey: 2021 = 令和3年度")
    survey.add_argument(
        "--mapping", type=Path, metavar="M.toml", help="which column is what; else it is guessed, and told"
    )
    survey.add_argument("--data", type=Path, metavar="DIR", help="into the server's store")
    survey.add_argument("--out", type=Path, metavar="RESULT", help="into a result folder of its own, for `review`")
    survey.add_argument("--network", type=Path, help="the network of that year; needed with --out")
    add_settings(survey)
    survey.set_defaults(command=_import)


def add_evaluate_survey(what: Commands) -> None:
    """The parser of `evaluate survey`."""
    survey = what.add_parser("survey", help="精度確認: 検出率 and 的中率 of 20 m blocks against a survey vehicle")
    survey.add_argument("result", nargs="?", type=Path, help="output folder of a finished run")
    survey.add_argument("--data", type=Path, metavar="DIR", help="the server's store instead; the check is kept there")
    survey.add_argument("--against", type=Path, required=True, metavar="SURVEY", help="CSV or Excel with 20 m rows")
    survey.add_argument(
        "--mapping", type=Path, metavar="M.toml", help="which column is what; else it is guessed, and told"
    )
    survey.add_argument("--year", type=int, metavar="Y", help="with --data: the 年度 to check (default: the newest)")
    survey.add_argument("--manager", metavar="NAME", help="with --data: whose roads (default: all)")
    survey.add_argument("--out", type=Path, help="folder for evaluation.md, evaluation.json and the pictures")
    add_settings(survey)
    survey.set_defaults(command=_evaluate)


def add_earlier_commands(commands: Commands) -> None:
    """The parsers of `survey list` and `survey delete`."""
    survey = commands.add_parser("survey", help="the survey vehicles' results that were imported")
    what = survey.add_subparsers(required=True, metavar="WHAT", parser_class=type(survey))
    shown = what.add_parser("list", help="which there are")
    shown.set_defaults(command=_list)
    delete = what.add_parser("delete", help="take one back: its places are adopted anew, its 精度確認 withdrawn")
    delete.add_argument("id", metavar="ID", help="as `survey list` says it")
    add_settings(delete)
    delete.set_defaults(command=_delete)
    for each in (shown, delete):
        each.add_argument("--data", type=Path, required=True, metavar="DIR", help="the server's data")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """The option of commands that adopt, compare or price."""
    parser.add_argument(
        "--settings", type=Path, metavar="review.toml", help="rules, prices, targets (default: PAVEMENT_REVIEW)"
    )


def review_settings(path: Path | None) -> ReviewSettings:
    """The settings of --settings, else of the environment."""
    from pavement.review.settings import read_settings

    given = os.environ.get("PAVEMENT_REVIEW")
    return read_settings(path or (Path(given) if given else None))


def _year(year: int | None) -> int | None:
    if year is not None and not 1990 <= year <= 2200:
        raise BadInput(f"--year is {year}", do="give the 年度 as in --year 2021 (令和3年度)")
    return year


def _import(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.bootstrap import earlier

    if bool(parsed.data) == bool(parsed.out):
        raise BadInput("it is not said where the results go", do="give --data DIR of the server or --out RESULT")
    year = _year(parsed.year)
    mapping = earlier.read_mapping(parsed.mapping)
    if parsed.data:
        settings = review_settings(parsed.settings)
        lines = earlier.import_survey(parsed.file, parsed.data, year or 0, mapping, parsed.network, settings)
    elif parsed.network is None:
        raise BadInput("--out needs the network", do="give --network NET")
    else:
        lines = earlier.import_survey_result(parsed.file, parsed.network, parsed.out, year or 0, mapping)
    for line in lines:
        print(line)


def _evaluate(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.bootstrap import earlier

    if bool(parsed.result) == bool(parsed.data):
        raise BadInput("it is not said what to check", do="give a result folder, or --data DIR of the server")
    mapping, settings = earlier.read_mapping(parsed.mapping), review_settings(parsed.settings)
    places = parsed.result, parsed.data, _year(parsed.year)
    print(earlier.evaluate_survey(parsed.against, *places, mapping, settings, parsed.manager, parsed.out))


def _list(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.bootstrap import earlier

    for line in earlier.surveys_of(parsed.data):
        print(line)


def _delete(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.bootstrap import earlier

    print(earlier.delete_survey_of(parsed.data, parsed.id, review_settings(parsed.settings)))
