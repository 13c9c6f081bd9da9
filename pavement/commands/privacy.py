"""redact, keys, unseal: what may be kept of a drive."""

from __future__ import annotations

import argparse
from pathlib import Path

from pavement.commands.common import Bars, Commands, settings_of


def add_privacy_commands(commands: Commands) -> None:
    """The parsers of redact, keys and unseal."""
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


def _redact(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement import bootstrap

    kept, left_out = bootstrap.redact(parsed.drive, parsed.out, parsed.originals, parsed.key, settings_of(parsed), bars)
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
