"""The managed network that drives are measured on, kept with the files, so that a worker elsewhere finds it."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from sqlalchemy import insert, select, update

from pavement.errors import Fault
from pavement.store.blobs import Blobs
from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.result_tables import NETWORKS

PACKED = ".folder.zip"  #: a network that is a folder of files


def keep_network(database: Database, blobs: Blobs, network: Path) -> str:
    """Make a network file or folder the one that drives are measured on from now on; its id."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / (network.name + (PACKED if network.is_dir() else ""))
        if network.is_dir():
            shutil.make_archive(str(copy.with_suffix("")), "zip", network)
        else:
            shutil.copyfile(network, copy)
        identity = hashlib.sha256()
        for file in sorted(network.rglob("*")) if network.is_dir() else [network]:
            if file.is_file():
                identity.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
        network_id = identity.hexdigest()[:24]
        key = f"networks/{network_id}{'.zip' if network.is_dir() else network.suffix}"
        if not blobs.exists(key):
            blobs.put_file(key, copy)
    with database.writing() as connection:
        values = {"name": copy.name, "blob_key": key, "created_at": utc_now()}
        known = update(NETWORKS).where(NETWORKS.c.id == network_id).values(**values)
        if not connection.execute(known).rowcount:
            connection.execute(insert(NETWORKS).values(id=network_id, **values))
    return network_id


def newest_network(database: Database) -> str | None:
    """The id of the network that drives are measured on now; None where there is none yet."""
    with database.reading() as connection:
        query = select(NETWORKS.c.id).order_by(NETWORKS.c.created_at.desc()).limit(1)
        return connection.execute(query).scalar_one_or_none()


def fetch_network(database: Database, blobs: Blobs, network_id: str, folder: Path) -> Path:
    """The network as a file or folder below `folder`; fetched only where it is not there yet."""
    with database.reading() as connection:
        row = connection.execute(select(NETWORKS).where(NETWORKS.c.id == network_id)).one_or_none()
    if row is None:
        raise Fault(f"network {network_id} is not in the database any more")
    name = str(row.name).removesuffix(PACKED)
    kept = folder / network_id
    if not (kept / name).exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:  # several workers of one host may do so at once
            file = blobs.fetch(row.blob_key, Path(scratch) / "kept" / row.name)
            if row.name != name:
                shutil.unpack_archive(file, file.with_name(name), "zip")
                file.unlink()
            with suppress(OSError):  # another was first
                file.parent.rename(kept)
    return kept / name
