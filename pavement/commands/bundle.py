"""bundle: results from where drives are analysed into an inner network, one way."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pavement.commands.common import Bars, Commands
from pavement.errors import BadInput


def add_bundle_commands(commands: Commands) -> None:
    """The parsers of bundle export, import and keys."""
    bundle = commands.add_parser("bundle", help="results in one file, into a network that gives nothing out")
    what = bundle.add_subparsers(required=True, metavar="WHAT", parser_class=type(bundle))

    export = what.add_parser("export", help="what is analysed here into a file; never frames that are not masked")
    export.add_argument("--out", type=Path, required=True, metavar="FILE.bundle")
    export.add_argument("--since", metavar="YYYY-MM-DD[THH:MM]", help="only what was finished then or later (JST)")
    export.add_argument("--sign", type=Path, metavar="bundle.private", help="so that the other side knows whose it is")
    export.set_defaults(command=_export)

    take_in = what.add_parser("import", help="a file into this server; what is there already, and corrections, stay")
    take_in.add_argument("bundle", type=Path, metavar="FILE.bundle")
    take_in.add_argument("--signed-by", type=Path, metavar="bundle.public", help="refuse what this key did not sign")
    take_in.set_defaults(command=_import)

    keys = what.add_parser("keys", help="a pair of keys: bundle.private stays outside, bundle.public goes inside")
    keys.add_argument("folder", type=Path)
    keys.set_defaults(command=_keys)
    for each in (export, take_in):
        each.add_argument("--data", type=Path, metavar="DIR", help="the server's data (default: PAVEMENT_DATA)")


def _export(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.job_wiring import export_results
    from pavement.server_settings import ServerSettings

    server = ServerSettings.from_environment(parsed.data)
    made = export_results(server, parsed.out, _time(parsed.since), parsed.sign)
    gone = f", {made.missing} files are not kept any more" if made.missing else ""
    print(
        f"{parsed.out} (analyses: {made.analyses}, rows: {made.rows}, files: {made.files}, {made.bytes:,} bytes{gone})"
    )


def _import(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.job_wiring import import_results
    from pavement.server_settings import ServerSettings

    server = ServerSettings.from_environment(parsed.data)
    new = import_results(server, parsed.bundle, parsed.signed_by)
    print(f"{server.data} (new analyses: {new.analyses}, rows: {new.rows}, files: {new.files})")


def _keys(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.bundle import make_signing_keys

    for path in make_signing_keys(parsed.folder):
        print(path)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--since is '{text}'", do="give a date as in 2026-11-22") from error
    return time if time.tzinfo else time.replace(tzinfo=ZoneInfo("Asia/Tokyo"))
