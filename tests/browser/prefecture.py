"""A made-up prefecture in a store: routes, their sections, and what was found on most of them in two 年度."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import insert

from pavement.place import Level, place_id
from pavement.road import RoadKey
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, SECTIONS
from pavement.store.database import Database
from pavement.store.revision import raise_revision

WEST, SOUTH, EAST, NORTH = 139.9, 40.3, 141.6, 41.4
OFFICES = ("東青", "中南", "三八", "西北", "上北", "下北")
TOWNS = ("青森市", "弘前市", "八戸市", "五所川原市", "十和田市", "むつ市")
YEARS = (2025, 2026)
STEP_M = 20.0
OF_SECTIONS_ONLY = {"network_id", "name", "closed", "geometry", "west", "south", "east", "north"}


@dataclass(frozen=True)
class Line:
    """A road with a point every 20 m, and what its surface is like there: 0 good … 1 bad."""

    road: RoadKey
    name: str
    office: str
    points: NDArray[np.float64]  #: (n + 1, 2) lon, lat
    wear: NDArray[np.float64]  #: (n,)


def fill_prefecture(database: Database, routes: int = 300, km: float = 12.0, blocks: int = 300) -> int:
    """Write it, with blocks of so many of the routes; the number of segments of both directions."""
    chance = np.random.default_rng(7)
    lines = [make_line(chance, number, round(km * 1000 / STEP_M)) for number in range(routes)]
    count = 0
    with database.writing() as connection:
        for number, line in enumerate(lines):
            found = list(sections_of(line, number < blocks))
            connection.execute(insert(SECTIONS), found)
            count += sum(each["level"] == "segment" for each in found)
            for year in YEARS:
                shown = found if year == YEARS[-1] else [each for each in found if each["level"] == "segment"]
                if values := list(values_of(line, shown, year, chance)):
                    connection.execute(insert(ADOPTED), values)
            if defects := list(defects_of(line, values, chance)):
                connection.execute(insert(ADOPTED_DEFECTS), defects)
        raise_revision(connection)
    return count


def make_line(chance: np.random.Generator, number: int, steps: int) -> Line:
    """A winding road somewhere in the prefecture."""
    heading = chance.uniform(0, 2 * math.pi) + np.cumsum(chance.normal(0, 0.03, steps))
    middle = np.array([chance.uniform(WEST + 0.15, EAST - 0.15), chance.uniform(SOUTH + 0.1, NORTH - 0.1)])
    metres = np.cumsum(np.column_stack([np.cos(heading), np.sin(heading)]) * STEP_M, axis=0)
    metres = np.vstack([[0.0, 0.0], metres])
    metres -= metres.mean(axis=0)
    points = middle + metres / [111_320 * math.cos(math.radians(40.8)), 110_940]
    swings = np.convolve(chance.normal(0, 1, steps + 49), np.ones(50) / 7, "valid")  # of a kilometre
    wear = np.clip(0.26 + 0.2 * swings + chance.normal(0, 0.15), 0, 1)
    kinds = ("一般国道", "主要地方道", "一般県道")
    place = number % len(OFFICES)
    road = RoadKey(kinds[number % 3], str(number + 4), "000", "現道")
    return Line(road, f"{kinds[number % 3]}{number + 4}号", OFFICES[place], points, wear)


def sections_of(line: Line, blocks: bool) -> Iterator[dict[str, Any]]:
    """Rows of `sections`, both directions; roads of 13 km and every 17th closed in winter."""
    steps = len(line.points) - 1
    for direction in ("下り", "上り"):
        for level, size in ((Level.SEGMENT, 5), (Level.BLOCK, 1)):
            if level is Level.BLOCK and not blocks:
                continue
            for start in range(0, steps, size):
                end = min(start + size, steps)
                shape = shapely.LineString(line.points[start : end + 1])
                west, south, east, north = shape.bounds
                from_kp, to_kp = start * STEP_M / 1000, end * STEP_M / 1000
                yield {
                    "place": place_id(level, line.road, direction, from_kp),
                    "segment_place": place_id(Level.SEGMENT, line.road, direction, from_kp),
                    "network_id": "prefecture",
                    "level": str(level),
                    **key_of(line.road),
                    "direction": direction,
                    "from_kp_km": from_kp,
                    "to_kp_km": to_kp,
                    "length_m": (end - start) * STEP_M,
                    "name": line.name,
                    "manager": "青森県",
                    "office": line.office,
                    "municipality": TOWNS[OFFICES.index(line.office)],
                    "road_class": "B",
                    "closed": "冬期閉鎖" if int(line.road.route_no) % 17 == 0 and from_kp > 10 else None,
                    "from_lon": line.points[start, 0],
                    "from_lat": line.points[start, 1],
                    "to_lon": line.points[end, 0],
                    "to_lat": line.points[end, 1],
                    "geometry": shape.wkb,
                    **{"west": west, "south": south, "east": east, "north": north},
                }


def values_of(
    line: Line, sections: list[dict[str, Any]], year: int, chance: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """Rows of `adopted`; the last year lacks 7 of 8 routes' ends and the year before every other route."""
    number = int(line.road.route_no)
    for row in sections:
        start = round(row["from_kp_km"] * 1000 / STEP_M)
        driven = number % 2 == 0 if year == YEARS[0] else row["from_kp_km"] < 9 or number % 8 == 0
        if row["closed"] or not driven:
            continue
        wear = float(line.wear[start : start + 5].mean()) * (0.85 if year == YEARS[0] else 1.0)
        crack, rut = round(60 * wear**1.5, 1), round(4 + 30 * wear, 1)
        iri = None if number % 5 == 0 else round(1.0 + 5 * wear, 2)
        rating = "Ⅲ-1" if crack >= 40 else "Ⅱ" if max(crack, rut) >= 20 or (iri or 0) >= 3 else None
        rating = rating or ("Ⅰ" if iri is not None else None)
        yield {
            **{name: value for name, value in row.items() if name not in OF_SECTIONS_ONLY},
            "fiscal_year": year,
            "crack_pct": crack,
            "rut_mm": rut,
            "rut_se_mm": 1.2,
            "iri_mm_per_m": iri,
            "potholes": int(chance.poisson(wear)) if row["level"] == "segment" and wear > 0.7 else 0,
            "mci": round(max(0.0, 10 - 1.51 * crack**0.3 - 0.3 * rut**0.7), 1),
            "rating": rating,
            "coverage_pct": round(float(chance.uniform(70, 100)), 0),
            "flags": "推定" if rating else "要確認;推定",
            "surveyed_on": date(year, 6, 1 + number % 28),
            "revision": 1,
        }


def defects_of(line: Line, values: list[dict[str, Any]], chance: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Rows of `adopted_defects`: the potholes of the last year's segments."""
    for row in values:
        for number in range(row["potholes"]):
            share = float(chance.uniform())
            yield {
                **{name: row[name] for name in ("fiscal_year", "road_type", "route_no", "branch_no", "kind")},
                **{name: row[name] for name in ("direction", "segment_place", "manager", "office")},
                "defect_id": f"{row['place']}-{number}",
                "category": "pothole",
                "kp_km": row["from_kp_km"] + share / 10,
                "lon": row["from_lon"] + share * (row["to_lon"] - row["from_lon"]),
                "lat": row["from_lat"] + share * (row["to_lat"] - row["from_lat"]),
                "area_m2": round(float(chance.uniform(0.02, 0.4)), 2),
                "depth_mm": None,
                "state": "未確認",
                "revision": 1,
            }


def key_of(road: RoadKey) -> dict[str, str]:
    """The columns of a road's key."""
    return {"road_type": road.road_type, "route_no": road.route_no, "branch_no": road.branch_no, "kind": road.kind}
