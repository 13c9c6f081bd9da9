"""Fills the table of sections from the network in use."""

from __future__ import annotations

from pathlib import Path

from pavement.networks import read_network
from pavement.sections import sections_of
from pavement.store.blobs import Blobs
from pavement.store.database import Database
from pavement.store.earlier import adopt_earlier
from pavement.store.networks import fetch_network, newest_network
from pavement.store.sections import has_sections, write_sections


def fill(database: Database, blobs: Blobs, folder: Path) -> bool:
    """Cut the newest network into its sections, where that was not done; whether it was done now.

    `folder`: where networks are kept while they are read. Several processes may do so at once: the last one wins, with
    the same rows.
    """
    adopt_earlier(database)
    network_id = newest_network(database)
    if network_id is None or has_sections(database, network_id):
        return False
    network = read_network(fetch_network(database, blobs, network_id, folder))
    if has_sections(database, network_id):  # another was first
        return False
    write_sections(database, network_id, sections_of(network))
    return True
