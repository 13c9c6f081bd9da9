"""A kilometre of national route 4 that was driven: photos to look at, a pothole, and three segments to be checked."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pavement.sections import sections_of
from pavement.store.blobs import Blobs, open_blobs
from pavement.store.database import Database, migrate, open_database
from pavement.store.people import add_person
from pavement.store.scope import Grant, Role
from pavement.store.sections import write_sections
from tests.builders import make_network, make_route
from tests.store.results_builders import WHOSE, add_drive, analysed, blocks, photo, pothole, segment

WORST: dict[str, Any] = {"crack_pct": 45.0, "rating": "Ⅲ", "flags": "要確認;少なくとも;推定"}


def fill_inspected(data: Path, password: str) -> None:
    """Write it; `tester` signs off, `clerk` corrects, `driver` only looks."""
    database = open_database(f"sqlite:///{(data / 'pavement.sqlite').as_posix()}")
    migrate(database)
    for name, role, shown in (
        ("tester", Role.REVIEWER, "試験 太郎"),
        ("clerk", Role.STAFF, "弘前 次郎"),
        ("driver", Role.PATROL, "八戸 三郎"),
    ):
        add_person(database, name, [Grant(role)], password, shown)
    posts = {1000.0 * k: 112.0 + k for k in range(2)}
    road = make_route([(0, 0), (1000, 0)], posts, facts={**WHOSE, "road_class": "B"})
    write_sections(database, "n", sections_of(make_network(road)))
    _drive(database, open_blobs(str(data / "store")))
    database.close()


def _drive(database: Database, blobs: Blobs) -> None:
    rows = [segment(112.3), *blocks(112.3), segment(112.4, **WORST), *blocks(112.4), segment(112.5), *blocks(112.5)]
    pictures = [photo(112.32, "P01"), photo(112.36, "P02"), photo(112.45, "P03")]
    for each in pictures:
        for key, colour in ((each["masked_key"], 90), (each["marked_key"], 150)):
            blobs.put(key, _jpeg(colour))
    holes = [pothole(112.36, photo="P02"), pothole(112.45, "h2", photo="P03")]
    analysed(database, add_drive(database), rows, holes, pictures)


def _jpeg(grey: int) -> bytes:
    """A grey road with some grain."""
    chance = np.random.default_rng(grey)
    pixels: Any = np.clip(chance.normal(grey, 12, (360, 640, 3)), 0, 255).astype(np.uint8)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "JPEG")
    return written.getvalue()
