"""network import, network check."""

from __future__ import annotations

import argparse
from pathlib import Path

from pavement.commands.common import Bars, Commands, OneLineParser
from pavement.errors import BadInput


def add_network_commands(commands: Commands) -> None:
    """The parsers of network import and check."""
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
