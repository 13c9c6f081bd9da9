"""Fills the table of sections from the network in use."""

from __future__ import annotations

from pathlib import Path

from pavement.networks import read_network
from pavement.rating import Rules
from pavement.sections import sections_of
from pavement.store.blobs import Blobs
from pavement.store.database import Database
from pavement.store.earlier import adopt_earlier
from pavement.store.networks import fetch_network, newest_network
from pavement.store.new_network import readopt_of_network
from pavement.store.sections import has_sections, write_sections


def fill(database: Database, blobs: Blobs, folder: Path, rules: Rules | None = None) -> bool:
    """Cut the newest network into its sections, where that was not done, and give what was adopted before its manager,
    office, municipality and road class; whether it was cut now.

    `folder`: where networks are kept while they are read. Several processes may do so at once: the last one wins, with
    the same rows. One that is killed goes on at the next start.
    """
    adopt_earlier(database, rules)
    cut = _cut(database, blobs, folder)
    readopt_of_network(database, rules)
    return cut


def _cut(database: Database, blobs: Blobs, folder: Path) -> bool:
    network_id = newest_network(database)
    if network_id is None or has_sections(database, network_id):
        return False
    network = read_network(fetch_network(database, blobs, network_id, folder))
    if has_sections(database, network_id):  # another was first
        return False
    write_sections(database, network_id, sections_of(network))
    return True
