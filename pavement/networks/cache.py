"""What reading a network made, kept for the next time: arrays that are mapped into memory instead of read.

The file lies beside the network (`.NAME.pavement`), or in the user's cache folder where that cannot be written to, or
in a folder that is asked for. It holds for one content of the network and one `FORMAT`; a damaged or stale one counts
as none.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pavement.networks.array_file import read_arrays, read_facts, write_arrays
from pavement.networks.packing import pack, unpack
from pavement.road import Network

FORMAT = 1  #: raise it when reading makes something else of the same file
LEAST_BYTES = 4_000_000  #: smaller networks are read as quickly as a cache
PARTS, PART_BYTES = 16, 65536  #: of a file whose size and time have not changed so much is compared


def fingerprint(path: Path, folder: Path | None = None) -> str:
    """SHA-256 over the network's files; taken from the cache where these have not changed."""
    files = files_of(path)
    seen = glance(files)
    for place in places(path, folder):
        facts = read_facts(place)
        if isinstance(facts, dict) and facts.get("glance") == seen and isinstance(facts.get("fingerprint"), str):
            return str(facts["fingerprint"])
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode())
        with open(file, "rb") as content:
            while block := content.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def load(path: Path, key: str, folder: Path | None = None) -> Network | None:
    """The network as it was kept for this fingerprint, or None."""
    for place in places(path, folder):
        facts = read_facts(place)
        if not isinstance(facts, dict) or (facts.get("format"), facts.get("fingerprint")) != (FORMAT, key):
            continue
        found = read_arrays(place)
        if found is None:
            continue
        try:
            return unpack(found[0]["network"], found[1], key)
        except (KeyError, ValueError, TypeError, IndexError):
            continue
    return None


def save(path: Path, network: Network, folder: Path | None = None) -> bool:
    """Keep a network where it is worth it and somewhere can be written; whether it was: not being able to is no
    fault.
    """
    files = files_of(path)
    if sum(file.stat().st_size for file in files) < LEAST_BYTES:
        return False
    facts, arrays = pack(network)
    header = {"format": FORMAT, "fingerprint": network.fingerprint, "glance": glance(files), "network": facts}
    for place in places(path, folder):
        try:
            write_arrays(place, header, arrays)
        except OSError:
            continue
        return True
    return False


def places(path: Path, folder: Path | None = None) -> Iterator[Path]:
    """Where the cache of a network may lie, the best first."""
    path = path.absolute()
    if folder is None:
        yield path.with_name(f".{path.name}.pavement")
        folder = Path.home() / ("AppData/Local/pavement" if os.name == "nt" else ".cache/pavement")
    yield folder / f"{path.name}.{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.pavement"


def files_of(path: Path) -> list[Path]:
    """The network's files."""
    return sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]


def glance(files: list[Path]) -> list[list[Any]]:
    """What tells at once that files are the same: name, size, time of change and a hash of some parts."""
    return [[file.name, (stat := file.stat()).st_size, stat.st_mtime_ns, _parts(file, stat.st_size)] for file in files]


def _parts(file: Path, size: int) -> str:
    digest = hashlib.sha256()
    with open(file, "rb") as content:
        for k in range(PARTS):
            content.seek(max(size - PART_BYTES, 0) * k // (PARTS - 1))
            digest.update(content.read(PART_BYTES))
    return digest.hexdigest()
