"""A PostgreSQL of the tests' own, where its programs are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

INITDB = ("-U", "tester", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
PLACES = "usr/lib/postgresql/*/bin"  #: Debian keeps the server's own programs out of PATH


def program(name: str) -> str | None:
    """Where one of PostgreSQL's programs is."""
    places = sorted(Path("/").glob(PLACES), reverse=True)
    return shutil.which(name, path=os.pathsep.join([*map(str, places), os.environ.get("PATH", "")]))


@dataclass(frozen=True)
class Server:
    """A server of the tests' own: stopped without warning, started again."""

    folder: Path  #: short: sockets lie in it
    user: tuple[str, ...]  #: the command before a command, since it refuses to run as root

    @property
    def address(self) -> str:
        """postgresql://…/%s for the database's name."""
        return f"postgresql://tester@/%s?host={self.folder}"

    def start(self) -> None:
        """Until it answers."""
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
        self.run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """As if its machine had lost power."""
        self.run("pg_ctl", "-w", "-m", "immediate", "stop", check=False)

    def run(self, name: str, *arguments: str, check: bool = True) -> None:
        """One of PostgreSQL's programs on this server's data."""
        where = program(name)
        assert where is not None
        command = [*self.user, where, "-D", str(self.folder / "data"), *arguments]
        subprocess.run(command, check=check, capture_output=True, cwd="/")


@contextmanager
def postgres_server(folder: Path) -> Iterator[Server]:
    """A running server below `folder`."""
    folder.mkdir(mode=0o755)
    server = Server(folder, ())
    if os.geteuid() == 0:
        server = Server(folder, ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"))
        shutil.chown(folder, "postgres", "postgres")
    try:
        server.run("initdb", *INITDB)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def private_postgres(folder: Path) -> Iterator[str]:
    """The address of a running server below `folder`."""
    with postgres_server(folder) as server:
        yield server.address


def new_database(address: str, name: str) -> str:
    """The address of a new, empty database."""
    import psycopg

    with psycopg.connect(address % "postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return address % name
