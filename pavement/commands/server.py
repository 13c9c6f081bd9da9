"""The commands around the server: their arguments, and one call each. Nothing of the server is imported until then."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pavement.commands.common import Bars, Commands

if TYPE_CHECKING:
    from pavement.server_settings import ServerSettings
    from pavement.store.database import Database


def add_server_commands(commands: Commands) -> None:
    """Add serve, worker, upload, backup, restore and retention."""
    serve = commands.add_parser("serve", help="the HTTP server")
    add_data(serve)
    serve.add_argument("--network", type=Path, metavar="NET", help="what drives are analysed on")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--tls-cert", type=Path, metavar="F", help="certificate chain, PEM")
    serve.add_argument("--tls-key", type=Path, metavar="F", help="its key, PEM")
    serve.add_argument("--workers", type=int, default=1, metavar="N", help="worker processes here (default 1; 0: none)")
    serve.set_defaults(command=_serve)

    worker = commands.add_parser("worker", help="analyse what a server receives, on this or another machine")
    add_data(worker)
    worker.add_argument("--database-url", metavar="URL", help="default: PAVEMENT_DATABASE_URL")
    worker.add_argument("--processes", type=int, default=1, metavar="N", help="so many drives at a time (default 1)")
    worker.add_argument("--one", action="store_true", help=argparse.SUPPRESS)  # what the processes are started with
    worker.set_defaults(command=_worker)

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
    add_data(backup)
    backup.add_argument("--out", type=Path, required=True, metavar="FILE.tar")
    backup.set_defaults(command=_backup)
    restore = commands.add_parser("restore", help="a backup into a new, empty data folder")
    restore.add_argument("backup", type=Path, metavar="FILE.tar")
    add_data(restore)
    restore.set_defaults(command=_restore)

    retention = commands.add_parser("retention", help="delete what the settings no longer keep (hourly by itself)")
    add_data(retention)
    retention.add_argument("--dry-run", action="store_true", help="only say what would go")
    retention.set_defaults(command=_retention)


def add_data(parser: argparse.ArgumentParser) -> None:
    """The option of every command that opens a server's data."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="the server's data (default: PAVEMENT_DATA)")


def close_to_others() -> None:
    """Nobody else of this machine reads what is written from now on: originals are not masked."""
    import os

    os.umask(os.umask(0o027) | 0o027)


def _serve(parsed: argparse.Namespace, _bars: Bars) -> None:
    import os
    import sys

    from api.app import create_app
    from api.serving import check_certificate, serve
    from pavement.job_wiring import working
    from pavement.jobs import enqueue_analysis, progress_of
    from pavement.server_settings import ServerSettings
    from pavement.settings import Settings
    from pavement.site_settings import SiteSettings

    close_to_others()
    check_certificate(parsed.tls_cert, parsed.tls_key)
    if parsed.data is None and not os.environ.get("PAVEMENT_DATA"):
        print("pavement: without --data only the health checks are served", file=sys.stderr)
        server = None
    else:
        server = ServerSettings.from_environment(parsed.data, parsed.network)
    site = SiteSettings.from_environment()
    with working(server, parsed.workers):
        app = create_app(Settings.from_environment(), server, enqueue_analysis, progress_of, site)
        if server is not None:
            _say_how_to_enter(server)
        serve(app, parsed.host, parsed.port, parsed.tls_cert, parsed.tls_key, server.proxies if server else ())


def _say_how_to_enter(settings: ServerSettings) -> None:
    """One line where nobody can log in yet."""
    import sys

    from pavement.store.database import open_database
    from pavement.store.people import anybody

    database = open_database(settings.database_url)
    try:
        if not anybody(database):
            how = f"pavement user add NAME --role admin --data {settings.data}"
            print(f"pavement: nobody can log in yet; make an admin: {how}", file=sys.stderr, flush=True)
    finally:
        database.close()


def _worker(parsed: argparse.Namespace, _bars: Bars) -> None:
    import os

    from api.serving import log_as_json
    from pavement.job_wiring import open_workplace, run_worker, supervise_here
    from pavement.jobs.settings import JobSettings
    from pavement.server_settings import ServerSettings
    from pavement.settings import Settings

    close_to_others()
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
def server_database(parsed: argparse.Namespace) -> Iterator[Database]:
    """The server's database, its tables up to date."""
    from pavement.server_settings import ServerSettings
    from pavement.store.database import migrate, open_database

    close_to_others()
    settings = ServerSettings.from_environment(parsed.data)
    settings.data.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url)
    try:
        migrate(database)
        yield database
    finally:
        database.close()


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

    close_to_others()
    settings = ServerSettings.from_environment(parsed.data)
    made = back_up(settings, parsed.out)
    print(f"{parsed.out} ({made.files} files, {made.bytes:,} bytes)")


def _restore(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.server_settings import ServerSettings
    from pavement.store.backup import restore

    close_to_others()
    settings = ServerSettings.from_environment(parsed.data)
    made = restore(parsed.backup, settings)
    print(f"{settings.data} ({made.files} files, {made.bytes:,} bytes)")


def _retention(parsed: argparse.Namespace, bars: Bars) -> None:
    from pavement.server_settings import ServerSettings
    from pavement.site_settings import SiteSettings
    from pavement.store.audit import CONSOLE
    from pavement.store.blobs import open_blobs
    from pavement.store.retention import sweep

    settings, days = ServerSettings.from_environment(parsed.data), SiteSettings.from_environment().audit_days
    with server_database(parsed) as database:
        blobs, dry = open_blobs(settings.store_url), parsed.dry_run
        gone = sweep(database, blobs, settings.retention, audit_days=days, dry_run=dry, who=CONSOLE)
    print("消去の対象(何も消していません)" if dry else "消去しました")
    print(f"原本: {gone.originals_drives} 走行 {gone.originals_files} ファイル {gone.originals_bytes:,} バイト")
    if gone.originals_locked:
        print(f"  うち確定した区間のある {gone.originals_locked} 走行: 根拠となるぼかし済み写真・値は残ります")
    kept = f"人が判断した {gone.results_kept} 走行は残します、うち確定 {gone.results_locked}"
    print(f"結果: {gone.results_drives} 走行 ({kept})")
    print(f"監査記録: {gone.audit_lines} 行  書き出し: {gone.exports} 件")
