"""certificate: HTTPS on a network of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from pavement.commands.common import Bars, Commands


def add_certificate_command(commands: Commands) -> None:
    """The parser of certificate."""
    parser = commands.add_parser("certificate", help="a server's certificate by the office's own authority, for HTTPS")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="holds or gets the authority too")
    parser.add_argument(
        "--host", action="append", required=True, metavar="NAME", help="name or address; may be repeated"
    )
    parser.set_defaults(command=_certificate)


def _certificate(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.office_ca import issue_certificate

    made = issue_certificate(parsed.out, parsed.host)
    print(f"{made.certificate} {made.key} (until {made.until:%Y-%m-%d})")
    print(f"{made.authority}: install it on phones and PCs; keep ca.key where nobody else comes")
