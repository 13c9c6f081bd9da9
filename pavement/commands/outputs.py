"""show, export, import: what a finished run gives, and what comes back."""

from __future__ import annotations

import argparse
from pathlib import Path

from pavement.commands.common import Bars, Commands, OneLineParser, add_form
from pavement.commands.earlier import add_import_survey
from pavement.errors import BadInput

EXPORTS = (
    *("form-a", "national", "photo-book", "images", "gis", "csv", "report"),
    *("photo-ledger", "photo-folder", "repair-request"),
    *("geojson", "shapefile", "pmtiles", "open-data"),
)


def add_output_commands(commands: Commands) -> None:
    """The parsers of show, export and import."""
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
    add_form(export)
    export.add_argument("--template", type=Path, metavar="X.xlsx", help="form-a: your own blank, filled in place")
    either = argparse.BooleanOptionalAction
    export.add_argument("--per-route", action=either, help="form-a: one sheet per route, or one for all")
    export.add_argument("--turn-up", action=either, help="form-a: 上り rows start at the higher kilopost")
    export.add_argument("--per-page", type=int, choices=(3, 6), help="photo-book: photos a page")
    export.add_argument("--defect", action="append", metavar="ID", help="repair-request: of defects.csv; repeatable")
    export.set_defaults(command=_export)

    bring_back = commands.add_parser("import", help="corrected sheets and survey vehicles' results")
    kinds = bring_back.add_subparsers(required=True, metavar="WHAT", parser_class=OneLineParser)
    add_import_survey(kinds)
    sheet = kinds.add_parser("form-a", help="様式A as .xlsx or .csv against the result that it was made from")
    sheet.add_argument("sheet", type=Path, metavar="SHEET")
    sheet.add_argument("--result", type=Path, required=True, metavar="DIR", help="output folder of a finished run")
    sheet.add_argument("--out", type=Path, metavar="changes.csv")
    add_form(sheet)
    sheet.set_defaults(command=_import_form)


def _show_block(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap
    from pavement.road import Direction, RoadKey

    road = RoadKey(parsed.road_type, parsed.route, parsed.branch, parsed.kind)
    bootstrap.show_block(parsed.result, road, Direction(parsed.direction), parsed.kp, parsed.out)
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
