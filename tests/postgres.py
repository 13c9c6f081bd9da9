"""A PostgreSQL of the tests' own, where its programs are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACES = "usr/lib/postgresql/*/bin"  #: Debian keeps the server's own programs out of PATH


def program(name: str) -> str | None:
    """Where one of PostgreSQL's programs is."""
    places = sorted(Path("/").glob(PLACES), reverse=True)
    return shutil.which(name, path=os.pathsep.join([*map(str, places), os.environ.get("PATH", "")]))


@contextmanager
def private_postgres(folder: Path) -> Iterator[str]:
    """A running server below `folder` (short: sockets lie in it): postgresql://…/%s for the database's name."""
    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    assert initdb is not None
    assert pg_ctl is not None
    as_user: list[str] = []
    folder.mkdir(mode=0o755)
    if os.geteuid() == 0:  # it refuses to run as root
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
    make: list[str | Path] = [
        initdb,
        "-D",
        data,
        "-U",
        "tester",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-locale",
        "--no-sync",
    ]
    start: list[str | Path] = [pg_ctl, "-D", data, "-w", "-l", folder / "log", "-o", options, "start"]
    try:
        for command in (make, start):
            subprocess.run([*as_user, *command], check=True, capture_output=True, cwd="/")
        yield f"postgresql://tester@/%s?host={folder}"
    finally:
        stop: list[str | Path] = [pg_ctl, "-D", data, "-w", "-m", "immediate", "stop"]
        subprocess.run([*as_user, *stop], check=False, capture_output=True, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


def new_database(address: str, name: str) -> str:
    """The address of a new, empty database."""
    import psycopg

    with psycopg.connect(address % "postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return address % name
