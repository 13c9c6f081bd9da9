"""How fast results are read where a whole prefecture is adopted: python -m tests.bench_results NETWORK FOLDER.

Cuts the network into its sections, adopts invented values for every segment and block, asks the API as staff do.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from pavement.networks import read_network
from pavement.sections import sections_of
from pavement.store.adopted_tables import ADOPTED, SECTIONS
from pavement.store.database import Database
from pavement.store.revision import raise_revision
from pavement.store.sections import write_sections
from tests.api.builders import server

YEAR = 2026
COPIED = [column.name for column in ADOPTED.c if column.name in SECTIONS.c]


def adopt_invented(database: Database, share: float = 1.0, seed: int = 0) -> int:
    """Adopted rows with invented values for a share of all sections; how many."""
    chance = random.Random(seed)
    with database.reading() as connection:
        rows = connection.execute(select(*(SECTIONS.c[name] for name in COPIED))).all()
    made = 0
    for start in range(0, len(rows), 5000):
        with database.writing() as connection:
            revision = raise_revision(connection)
            some = [
                _invented(dict(row._mapping), chance) | {"revision": revision}
                for row in rows[start : start + 5000]
                if chance.random() < share
            ]
            connection.execute(insert(ADOPTED), some)
            made += len(some)
    return made


def _invented(section: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    crack, rut = round(chance.expovariate(1 / 14), 1), round(chance.gauss(12, 4), 1)
    rating = "Ⅲ" if crack >= 40 else "Ⅱ" if crack >= 20 or rut >= 20 else None
    flags = "要確認;推定" if rating is None else "少なくとも;推定"
    values: dict[str, Any] = {
        "crack_pct": crack,
        "rut_mm": max(rut, 0.0),
        "rut_se_mm": 1.5,
        "potholes": int(chance.random() < 0.02),
    }
    values |= {"mci": 5.0, "rating": rating, "rating_basis": "ひび割れ率;わだち掘れ量", "coverage_pct": 95.0}
    values |= {"frames": 20, "flags": flags, "surveyed_on": date(YEAR, 7, 1), "position_sd_m": 2.0, "photos": ""}
    return {**section, **values, "fiscal_year": YEAR}


def questions(database: Database) -> Iterator[tuple[str, str]]:
    """What is asked, in words, and the address."""
    road = (SECTIONS.c.road_type, SECTIONS.c.route_no, SECTIONS.c.branch_no, SECTIONS.c.kind)
    with database.reading() as connection:
        segments = SECTIONS.c.level == "segment"
        count = select(*road).where(segments).group_by(*road).order_by(func.count().desc()).limit(1)
        longest = connection.execute(count).one()
        same = [column == value for column, value in zip(road, longest, strict=True)]
        query = select(*road, SECTIONS.c.place, SECTIONS.c.from_kp_km).where(segments, *same)
        first = connection.execute(query.order_by(SECTIONS.c.from_kp_km).limit(1)).one()
    key = f"road_type={first.road_type}&route_no={first.route_no}&branch_no={first.branch_no}&kind={first.kind}"
    yield "segments of the longest road", f"/segments?{key}&limit=10000"
    part = f"direction=下り&to_kp={first.from_kp_km + 10}"
    yield "its blocks, 10 km 下り", f"/segments?{key}&level=block&{part}&limit=10000"
    yield "one segment", f"/segments/{first.place}"
    yield "the 100 worst", "/segments?order=-crack_pct&limit=100"
    yield "要確認, 100", "/segments?flag=要確認&limit=100"
    yield "未点検, 100", "/segments?uninspected=true&limit=100"
    yield "roads", "/routes"
    yield "years", "/years"
    yield "a kilopost", f"/kilopost?text={first.road_type}{first.route_no}号 {first.from_kp_km}"


def main(network: Path, folder: Path) -> None:
    """Print a line a question."""
    with server(folder) as running:
        database = running.service.database
        begun = time.process_time()
        made = write_sections(database, "bench", sections_of(read_network(network)))
        print(f"{made} sections: {time.process_time() - begun:.1f} s of CPU")
        print(f"{adopt_invented(database)} adopted")
        staff = running.person("花子", "staff")
        for words, address in questions(database):
            times = []
            for _ in range(5):
                begun = time.process_time()
                answer = staff.get(address)
                times.append(1000 * (time.process_time() - begun))
            assert answer.status_code == 200, answer.text
            print(f"{words}: {min(times):.0f} ms of CPU, {len(answer.content) / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
