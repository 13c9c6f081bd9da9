"""The commands around the server: their arguments, and one call each. Nothing of the server is imported until then."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pavement.commands.common import Bars, Commands

if TYPE_CHECKING:
    from pavement.store.database import Database


def add_server_commands(commands: Commands) -> None:
    """Add serve, device, upload, backup and restore."""
    serve = commands.add_parser("serve", help="the HTTP server")
    _add_data(serve)
    serve.add_argument("--network", type=Path, metavar="NET", help="what drives are analysed on")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--tls-cert", type=Path, metavar="F", help="certificate chain, PEM")
    serve.add_argument("--tls-key", type=Path, metavar="F", help="its key, PEM")
    serve.add_argument("--workers", type=int, default=1, metavar="N", help="worker processes here (default 1; 0: none)")
    serve.set_defaults(command=_serve)

    worker = commands.add_parser("worker", help="analyse what a server receives, on this or another machine")
    _add_data(worker)
    worker.add_argument("--database-url", metavar="URL", help="default: PAVEMENT_DATABASE_URL")
    worker.add_argument("--processes", type=int, default=1, metavar="N", help="so many drives at a time (default 1)")
    worker.add_argument("--one", action="store_true", help=argparse.SUPPRESS)  # what the processes are started with
    worker.set_defaults(command=_worker)

    device = commands.add_parser("device", help="phones and intake PCs that may send drives").add_subparsers(
        required=True, metavar="WHAT", parser_class=type(serve)
    )
    add = device.add_parser("add", help="a new device; its key is printed once")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--manager", help="管理者")
    add.add_argument("--office", help="事務所")
    add.set_defaults(command=_add_device)
    revoke = device.add_parser("revoke", help="its key opens nothing any more; what it sent stays")
    revoke.add_argument("name", metavar="NAME")
    revoke.set_defaults(command=_revoke_device)
    listing = device.add_parser("list", help="all devices")
    listing.set_defaults(command=_list_devices)
    for each in (add, revoke, listing):
        _add_data(each)

    upload = commands.add_parser("upload", help="send drives to a server; goes on where it was stopped")
    upload.add_argument("drives", nargs="*", type=Path, metavar="DRIVE", help="a drive's folder, ZIP or MP4")
    upload.add_argument("--all", type=Path, metavar="DIR", help="every drive in a folder or on a USB stick")
    upload.add_argument("--server", required=True, metavar="URL", help="the device's key is PAVEMENT_KEY")
    upload.add_argument("--vehicle", metavar="NAME", help="default: that of drive.toml, else the drive's name")
    upload.add_argument("--note")
    upload.add_argument("--tls-ca", type=Path, metavar="F", help="the office's own CA, PEM")
    upload.add_argument("--delete-after-receipt", action="store_true", help="delete here what the server has checked")
    upload.set_defaults(command=_upload)

    backup = commands.add_parser("backup", help="database and files of a server into one file, while it runs")
    _add_data(backup)
    backup.add_argument("--out", type=Path, required=True, metavar="FILE.tar")
    backup.set_defaults(command=_backup)
    restore = commands.add_parser("restore", help="a backup into a new, empty data folder")
    restore.add_argument("backup", type=Path, metavar="FILE.tar")
    _add_data(restore)
    restore.set_defaults(command=_restore)


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="the server's data (default: PAVEMENT_DATA)")


def _serve(parsed: argparse.Namespace, _bars: Bars) -> None:
    import os
    import sys

    from api.app import create_app
    from api.serving import check_certificate, serve
    from pavement.job_wiring import working
    from pavement.jobs import enqueue_analysis, progress_of
    from pavement.server_settings import ServerSettings
    from pavement.settings import Settings

    check_certificate(parsed.tls_cert, parsed.tls_key)
    if parsed.data is None and not os.environ.get("PAVEMENT_DATA"):
        print("pavement: without --data only the health checks are served", file=sys.stderr)
        server = None
    else:
        server = ServerSettings.from_environment(parsed.data, parsed.network)
    with working(server, parsed.workers):
        hooks = (None, None) if server is None else (enqueue_analysis, progress_of)
        app = create_app(Settings.from_environment(), server, *hooks)
        serve(app, parsed.host, parsed.port, parsed.tls_cert, parsed.tls_key)


def _worker(parsed: argparse.Namespace, _bars: Bars) -> None:
    import os

    from api.serving import log_as_json
    from pavement.job_wiring import open_workplace, run_worker, supervise_here
    from pavement.jobs.settings import JobSettings
    from pavement.server_settings import ServerSettings
    from pavement.settings import Settings

    if parsed.database_url:
        os.environ["PAVEMENT_DATABASE_URL"] = parsed.database_url  # for the processes that this one starts
    server = ServerSettings.from_environment(parsed.data)
    log_as_json()
    if parsed.one:
        run_worker(open_workplace(server, Settings.from_environment(), JobSettings.from_environment()))
    else:
        JobSettings.from_environment()  # a wrong setting is said once, here
        supervise_here(server, parsed.processes)


@contextmanager
def _database(parsed: argparse.Namespace) -> Iterator[Database]:
    """The server's database, its tables up to date."""
    from pavement.server_settings import ServerSettings
    from pavement.store.database import migrate, open_database

    settings = ServerSettings.from_environment(parsed.data)
    settings.data.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url)
    try:
        migrate(database)
        yield database
    finally:
        database.close()


def _add_device(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.devices import add_device

    with _database(parsed) as database:
        print(add_device(database, parsed.name, parsed.manager, parsed.office))


def _revoke_device(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.devices import revoke_device

    with _database(parsed) as database:
        revoke_device(database, parsed.name)


def _list_devices(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.devices import list_devices

    with _database(parsed) as database:
        for each in list_devices(database):
            state = "revoked" if each.revoked_at else "active"
            print(each.name, each.manager or "-", each.office or "-", f"{each.created_at:%Y-%m-%d}", state, sep="\t")


def _upload(parsed: argparse.Namespace, bars: Bars) -> None:
    import os

    from pavement.errors import BadInput
    from pavement.upload_client import Connection, find_drives, open_local_drive, send_drive
    from pavement.upload_client.journal import open_journal

    key = os.environ.get("PAVEMENT_KEY", "")
    if not key:
        raise BadInput("PAVEMENT_KEY is not set", do="set it to the key that 'pavement device add' printed")
    places = [*parsed.drives, *(find_drives(parsed.all) if parsed.all else [])]
    if not places:
        raise BadInput("no drive is given", do="give drives, or --all DIR")
    connection = Connection(parsed.server, key, authority=parsed.tls_ca)
    try:
        for place in places:
            drive = open_local_drive(place)
            journal = open_journal(place, connection.server)
            done = send_drive(
                connection,
                drive,
                journal,
                bars,
                vehicle=parsed.vehicle,
                note=parsed.note,
                delete=parsed.delete_after_receipt,
            )
            bars.close()
            deleted = f", {done.deleted} deleted here" if parsed.delete_after_receipt else ""
            print(f"{place}: {done.status} as {done.drive_id} ({done.files} files, {done.sent} sent now{deleted})")
    finally:
        connection.close()


def _backup(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.server_settings import ServerSettings
    from pavement.store.backup import back_up

    settings = ServerSettings.from_environment(parsed.data)
    made = back_up(settings, parsed.out)
    print(f"{parsed.out} ({made.files} files, {made.bytes:,} bytes)")


def _restore(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.server_settings import ServerSettings
    from pavement.store.backup import restore

    settings = ServerSettings.from_environment(parsed.data)
    made = restore(parsed.backup, settings)
    print(f"{settings.data} ({made.files} files, {made.bytes:,} bytes)")
