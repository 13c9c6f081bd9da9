"""corrections: people's decisions as training data, without a browser."""

from __future__ import annotations

import argparse
from pathlib import Path

from pavement.commands.common import Bars, Commands, add_device, settings_of
from pavement.errors import BadInput


def add_corrections_commands(commands: Commands) -> None:
    """The parsers of corrections export and dataset."""
    corrections = commands.add_parser("corrections", help="people's corrections as training data for a model")
    what = corrections.add_subparsers(required=True, metavar="WHAT", parser_class=type(corrections))

    export = what.add_parser("export", help="the decisions of a 年度 and the masked photos they are about, as a ZIP")
    export.add_argument("--data", type=Path, metavar="DIR", help="the server's data (default: PAVEMENT_DATA)")
    export.add_argument("--year", type=int, required=True, metavar="Y", help="年度: 2026 = 令和8年度 (April to March)")
    export.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
    export.set_defaults(command=_export)

    dataset = what.add_parser("dataset", help="such a ZIP as a training set: index.csv and <split>/images, masks")
    dataset.add_argument("archive", type=Path, metavar="FILE.zip")
    dataset.add_argument("--out", type=Path, required=True, metavar="DATA")
    dataset.add_argument(
        "--every", type=int, default=5, metavar="N", help="each N-th stretch of road is for validation"
    )
    add_device(dataset)
    dataset.set_defaults(command=_dataset)


def _export(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.files import whole_file
    from pavement.server_settings import ServerSettings
    from pavement.store.blobs import open_blobs
    from pavement.store.existing import existing_database
    from pavement.store.scope import EVERYTHING
    from pavement.store.training import training_zip

    server = ServerSettings.from_environment(parsed.data)
    with existing_database(server) as database, whole_file(parsed.out) as temporary, open(temporary, "wb") as file:
        file.writelines(training_zip(database, open_blobs(server.store_url), parsed.year, EVERYTHING))
    print(f"{parsed.out} ({parsed.out.stat().st_size:,} bytes)")


def _dataset(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.detectors import open_detector
    from pavement.retraining import write_dataset

    if parsed.every < 2:
        raise BadInput(f"--every is {parsed.every}", do="give 2 or more")
    settings = settings_of(parsed)
    detector = open_detector(settings.model, device=settings.device, models=settings.models)
    written = write_dataset(parsed.archive, parsed.out, detector, parsed.every, bars)
    bars.close()
    for words, counts in (("photos", written.photos), ("taught by", written.taught_by), ("left out", written.left_out)):
        print(f"{words}: {', '.join(f'{name} {count}' for name, count in counts.items()) or 'none'}")
    print(written.folder)
