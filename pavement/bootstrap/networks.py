"""Networks made and checked."""

from __future__ import annotations

from pathlib import Path

from pavement.files import write_whole
from pavement.networks.check_report import to_csv, to_json, to_text
from pavement.networks.checking import check_network as check_network_file
from pavement.networks.importing import import_network as import_network


def check_network(
    network: Path, report: Path | None, data: Path | None, encoding: str | None, mapping: Path | None
) -> tuple[str, str | None]:
    """What a network contradicts, as text, and why it cannot be used (None where it can); also as CSV and JSON."""
    checked = check_network_file(network, encoding=encoding, mapping=mapping)
    if report:
        write_whole(report, to_csv(checked))
    if data:
        write_whole(data, to_json(checked))
    return to_text(checked), checked.unusable
