"""A made-up network in the store: sections, two years of adopted values with planted decay, potholes with times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Table, insert

from pavement.evaluation.change_years import NetworkSpec, NoiseSpec, Planted, make_sections, make_years
from pavement.place import Level, place_id
from pavement.rating import mci
from pavement.review.rows import Sections, Year
from pavement.road import Direction, RoadKey
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, DEFECT_STATES, SECTIONS
from pavement.store.database import Database

OFFICES = ("東青", "中南", "三八", "西北", "上北", "下北")
TOWNS = ("青森市", "弘前市", "八戸市", "五所川原市", "十和田市", "むつ市", "平内町")
KINDS = ("一般国道", "主要地方道", "一般県道")
SOME = 5000
LEDGER = ('{"paved_on": "2012-10", "design_life_years": "13"}', '{"paved_on": "2024-06", "design_life_years": "13"}')


@dataclass(frozen=True)
class Filled:
    """What was written, beside the blocks' rows."""

    blocks: Sections
    then: Year
    now: Year
    planted: Planted


def fill_store(database: Database, roads: int = 6, km: float = 4.0, passes: int = 3, seed: int = 1) -> Filled:
    """Roads of `km`, in both directions; one road in ten is closed in winter, one in eight was not driven this year."""
    spec = NetworkSpec(roads=roads, blocks=round(km * 50), share=0.01, seed=seed)
    blocks = make_sections(spec)
    then, now, planted = make_years(blocks, passes, NoiseSpec(), spec)
    keys = [RoadKey(KINDS[i % 3], str(i + 1), "000", "現道") for i in range(roads)]
    _insert(database, SECTIONS, (row for level in Level for row in _sections(blocks, keys, level)))
    for year, values in ((2025, then), (2026, now)):
        _insert(database, ADOPTED, (row for level in Level for row in _adopted(blocks, keys, values, year, level)))
    _insert_potholes(database, keys, km)
    return Filled(replace(blocks, roads=tuple(keys)), then, now, planted)


def block_places(filled: Filled) -> Iterator[tuple[int, str]]:
    """Row and id of every block."""
    for k, _, _, _, place in _places(filled.blocks, filled.blocks.roads, Level.BLOCK):
        yield k, place


def _places(blocks: Sections, keys: Sequence[RoadKey], level: Level) -> Iterator[tuple[int, RoadKey, str, float, str]]:
    """First block, road, direction, kilopost and id of every section of a level."""
    step = 1 if level is Level.BLOCK else 5
    for k in range(0, len(blocks), step):
        direction = "上り" if blocks.up[k] else "下り"
        road, kp = keys[blocks.road[k]], round(float(blocks.from_kp_km[k]), 3)
        yield k, road, direction, kp, place_id(level, road, direction, kp)


def _sections(blocks: Sections, keys: Sequence[RoadKey], level: Level) -> Iterator[dict[str, Any]]:
    size = level.size_m / 1000
    for k, road, direction, kp, place in _places(blocks, keys, level):
        number = int(blocks.road[k])
        lon, lat = 140.5 + (number % 17) * 0.05 + kp / 85, 40.4 + (number // 17) * 0.05 + 0.004 * np.sin(kp)
        end = (lon + size / 85, 40.4 + (number // 17) * 0.05 + 0.004 * np.sin(kp + size))
        yield {
            **_road(road, direction),
            **{"place": place, "network_id": "n", "level": level.value, "from_kp_km": kp},
            "segment_place": place_id(Level.SEGMENT, road, direction, kp),
            **{"to_kp_km": round(kp + size, 3), "length_m": 1000 * size, "name": "", "manager": "青森県"},
            **{"office": OFFICES[number % 6], "municipality": TOWNS[int(kp) % 7], "road_class": "ABCD"[number % 4]},
            "closed": "冬期閉鎖" if number % 10 == 9 and kp < 1 else None,
            **{"attributes": None, "from_lon": lon, "from_lat": lat, "to_lon": end[0], "to_lat": end[1]},
            "geometry": shapely.to_wkb(shapely.LineString([(lon, lat), end])),
            **{"west": lon, "south": min(lat, end[1]), "east": end[0], "north": max(lat, end[1])},
        }


def _adopted(
    blocks: Sections, keys: Sequence[RoadKey], year: Year, label: int, level: Level
) -> Iterator[dict[str, Any]]:
    size, step = level.size_m / 1000, 1 if level is Level.BLOCK else 5
    for k, road, direction, kp, place in _places(blocks, keys, level):
        number = int(blocks.road[k])
        if label == 2026 and number % 8 == 7 and direction == "上り":
            continue
        crack = float(year.crack_pct[k : k + step].mean())
        rut, iri = 6.0 + number % 5 + 0.1 * crack, 2.0 + 0.03 * crack
        rating = "Ⅲ" if crack >= 40 else "Ⅱ" if crack >= 20 else "Ⅰ"
        low = number % 5 == 4 and kp < 0.4
        month = 6 + number % 5
        yield {
            **_road(road, direction),
            **{"fiscal_year": label, "level": level.value, "place": place, "from_kp_km": kp},
            "segment_place": place_id(Level.SEGMENT, road, direction, kp),
            **{"to_kp_km": round(kp + size, 3), "length_m": 1000 * size, "crack_pct": round(crack, 2)},
            **{
                "rut_mm": rut,
                "rut_se_mm": 1.5,
                "iri_mm_per_m": iri,
                "iri_se_mm_per_m": 0.4,
                "mci": mci(crack, rut, iri),
            },
            **{"potholes": int(k % 997 == 0), "rating": rating, "coverage_pct": 40.0 if low else 93.0},
            **{"position_sd_m": 5.0, "flags": "推定;有効測定率不足" if low else "推定", "frames": 20, "revision": 1},
            **{"surveyed_on": date(label, month, 10), "drive_id": f"d{number}", "analysis_id": "a"},
            "attributes": {"paved_on": "2024-06"}
            if number % 6 == 5
            else {"paved_on": "2012-10", "design_life_years": "13"},
            **{"manager": "青森県", "office": OFFICES[number % 6]},
        }


def _insert_potholes(database: Database, keys: Sequence[RoadKey], km: float) -> None:
    """Of 30: 10 in both years (5 of them grown), 10 vanished, 10 new; half of the first repaired in 20 days."""
    rows, states = [], []
    for i in range(30):
        road, kp = keys[i % len(keys)], round((0.1 + 0.37 * i) % km, 3)
        direction, name = "下り", f"p{i:02d}"
        for year in (2025, 2026):
            if (i >= 20) == (year == 2025) and not i < 10:
                continue
            grown = 3.0 if i < 5 and year == 2026 else 1.0
            rows.append(
                {
                    **_road(road, direction),
                    **{"fiscal_year": year, "defect_id": name, "category": "pothole", "kp_km": kp},
                    **{"lon": 140.5 + kp / 85, "lat": 40.4, "area_m2": 0.1 * grown, "office": OFFICES[i % 6]},
                    **{"manager": "青森県", "state": "未確認", "seen_on": date(year, 7, 1), "revision": 1},
                    "segment_place": place_id(Level.SEGMENT, road, direction, kp),
                }
            )
        if i < 5:
            mended = datetime(2026, 7, 1, 3, tzinfo=UTC) + timedelta(days=20)
            states.append({"defect_id": name, "state": "本補修済", "who": "x", "at": mended, "repaired_at": mended})
    _insert(database, ADOPTED_DEFECTS, iter(rows))
    _insert(database, DEFECT_STATES, iter(states))


def _road(road: RoadKey, direction: str | Direction) -> dict[str, str]:
    return {**vars(road), "direction": str(direction)}


def _insert(database: Database, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    some: list[dict[str, Any]] = []
    with database.writing() as connection:
        for row in rows:
            some.append(row)
            if len(some) == SOME:
                connection.execute(insert(table), some)
                some = []
        if some:
            connection.execute(insert(table), some)
