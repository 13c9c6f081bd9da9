"""A made-up network with two years of results: no real road, no real figure; for looking at what a notebook shows."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta

import numpy as np

from pavement.evaluation.change_years import NetworkSpec, NoiseSpec, along, make_sections, make_years
from pavement.notebook.limits import rated
from pavement.place import Level, place_id
from pavement.rating import Rules, mci
from pavement.review.building import road_words
from pavement.review.pothole import Pothole
from pavement.review.review import Material
from pavement.review.rows import NO_DAY, Bools, Floats, Labels, Sections, Year
from pavement.road import Direction, RoadKey

SOURCE = "見本データ（実在の道路ではありません）"
OFFICES = ("東", "西", "南", "北")
TOWNS = ("見本市", "例示町", "仮村")
PASSES = 24  #: drives of each year: a patrol car passes its roads every week
OF_SEGMENT = 5  #: blocks
KM_IN_DEGREES = 1 / 111.0


def made_material(year: int = 2026, roads: int = 9, blocks: int = 400, seed: int = 3) -> Material:
    """`roads` of `blocks` 20 m blocks in both directions, decay planted between `year` - 1 and `year`."""
    spec = NetworkSpec(roads=roads, blocks=blocks, share=0.015, seed=seed)
    plain = make_sections(spec)
    then, now, _ = make_years(plain, PASSES, NoiseSpec(), spec)
    rng = np.random.default_rng([seed, roads, blocks])
    of_blocks = _dress(plain, Level.BLOCK, blocks)
    of_segments = _dress(_whole(plain), Level.SEGMENT, blocks // OF_SEGMENT)
    rest = _Rest.of(spec, rng)
    block_years = [
        _complete(of_blocks, replace(each, fiscal_year=label), label == year, rest)
        for label, each in ((year - 1, then), (year, now))
    ]
    segment_years = [_of_segments(of_segments, each) for each in block_years]
    potholes = {label: _potholes(of_segments, label, year, rng) for label in (year - 1, year)}
    return Material(of_segments, of_blocks, segment_years, block_years, potholes, SOURCE)


def _whole(blocks: Sections) -> Sections:
    """The segments of blocks."""
    first = np.arange(0, len(blocks), OF_SEGMENT)
    last = first + OF_SEGMENT - 1
    whole = blocks.take(first)
    return replace(whole, to_kp_km=blocks.to_kp_km[last], length_m=whole.length_m * OF_SEGMENT)


def _dress(plain: Sections, level: Level, count: int) -> Sections:
    """With ids, names, offices, and lines that look like roads; `count` sections a direction."""
    kinds = ("一般国道", "主要地方道", "一般県道")
    keys = tuple(
        RoadKey(kinds[i * 3 // len(plain.roads)], str(901 + i), "000", "現道") for i in range(len(plain.roads))
    )
    up = [Direction.UP if each else Direction.DOWN for each in plain.up]
    kp = plain.from_kp_km.tolist()
    places = [place_id(level, keys[r], d, k) for r, d, k in zip(plain.road.tolist(), up, kp, strict=True)]
    towns = [TOWNS[int(k // 3) % len(TOWNS)] for k in kp]
    winter = (plain.road == len(keys) - 1) & (plain.from_kp_km >= plain.from_kp_km[count - 1] - 1.5)
    return replace(
        plain,
        place=np.array(places, "U16"),
        lonlat=np.column_stack([_line(plain.road, at, len(keys)) for at in (plain.from_kp_km, plain.to_kp_km)]),
        manager=Labels.of(["見本県"] * len(plain)),
        office=Labels.of([OFFICES[r % len(OFFICES)] for r in plain.road.tolist()]),
        municipality=Labels.of(towns),
        road_class=Labels.of(["BBBCCCCDD"[r % 9] for r in plain.road.tolist()]),
        closed=Labels.of(["冬期閉鎖" if each else None for each in winter.tolist()]),
        roads=keys,
        names=tuple(road_words(key, "") for key in keys),
    )


def _line(road: np.ndarray, kp: Floats, roads: int) -> Floats:
    """(n, 2) lon and lat: each road leaves the middle in its own direction, winding."""
    heading = 2 * np.pi * road / roads + 0.5 * np.sin(0.7 * kp + road)
    reach = (1.0 + kp) * KM_IN_DEGREES
    return np.column_stack([140.7 + reach * np.cos(heading) / np.cos(np.radians(40.8)), 40.8 + reach * np.sin(heading)])


class _Rest:
    """What does not come from the made cracks: unevenness along the road, the same in both years."""

    def __init__(self, rut: Floats, iri: Floats) -> None:
        self.rut, self.iri = rut, iri

    @classmethod
    def of(cls, spec: NetworkSpec, rng: np.random.Generator) -> _Rest:
        shape = (spec.roads * 2, spec.blocks, 40)
        return cls(along(rng, *shape).ravel(), along(rng, *shape).ravel())


def _complete(sections: Sections, year: Year, last: bool, rest: _Rest) -> Year:
    """With ruts, IRI, ledger, days, and the places that were not seen."""
    n = len(sections)
    rng = np.random.default_rng([year.fiscal_year, n])
    mended = last & (sections.road == 2) & (sections.from_kp_km >= 3.0) & (sections.from_kp_km < 3.8)
    crack = np.clip(year.crack_pct * 1.1 - 4.0, 0.0, 100.0) * np.where(mended, 0.05, 1.0)
    young = sections.road % 4 == 1
    month = 6 + (sections.road + (sections.from_kp_km // 4).astype(int)) % 5
    days = np.array([np.datetime64(date(year.fiscal_year, int(m), 10), "D") for m in month])
    low = rng.random(n // OF_SEGMENT).repeat(OF_SEGMENT) < 0.01
    missed = last & (sections.road == 5) & sections.up & (sections.from_kp_km >= 2.0)
    seen = ~(missed | sections.closed.known)
    found = replace(
        year,
        inspected=seen & ~low,
        day=np.where(seen, days, NO_DAY),
        crack_pct=crack,
        rut_mm=np.clip(9.0 + 4.0 * rest.rut + 0.14 * crack + rng.normal(0, 0.4, n), 0, None),
        rut_se_mm=np.full(n, 1.0),
        iri_mm_per_m=np.clip(1.9 + 0.5 * rest.iri + 0.03 * crack + rng.normal(0, 0.08, n), 0.6, None),
        iri_se_mm_per_m=np.full(n, 0.2),
        potholes=(rng.random(n) < 0.0006 * crack).astype(float),
        coverage_pct=np.where(low, 45.0, 94.0),
        paved_on=np.where(young, np.datetime64("2024-10-01"), np.datetime64("2013-10-01")).astype("datetime64[D]"),
        repaired_on=np.where(mended, np.datetime64(f"{year.fiscal_year - 1}-11-20"), NO_DAY).astype("datetime64[D]"),
        design_life_years=np.full(n, 13.0),
        lane_width_m=np.where(sections.road < 3, 3.25, 3.0),
        drive=Labels(
            np.where(seen, sections.road, -1).astype(np.int32), tuple(f"d{k}" for k in range(len(sections.roads)))
        ),
    )
    return _diagnosed(sections, _blank(found, seen))


def _of_segments(sections: Sections, blocks: Year) -> Year:
    """The year on segments: means of their blocks, sums of potholes."""
    first = blocks.take(np.arange(0, len(blocks), OF_SEGMENT))
    means = {
        name: getattr(blocks, name).reshape(-1, OF_SEGMENT).mean(axis=1)
        for name in ("crack_pct", "rut_mm", "iri_mm_per_m")
    }
    holes = blocks.potholes.reshape(-1, OF_SEGMENT).sum(axis=1)
    return _diagnosed(sections, replace(first, **means, potholes=holes))


def _diagnosed(sections: Sections, year: Year) -> Year:
    """With MCI and diagnosis by the ministry's limits."""
    columns = zip(year.crack_pct.tolist(), year.rut_mm.tolist(), year.iri_mm_per_m.tolist(), strict=True)
    indices = [np.nan if np.isnan(c) else mci(c, d, i) for c, d, i in columns]
    return rated(sections, replace(year, mci=np.array(indices, float)), Rules())


def _blank(year: Year, seen: Bools) -> Year:
    """Nothing is known where nothing was seen."""
    for each in fields(year):
        value = getattr(year, each.name)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            value[~seen] = np.nan
    return replace(year, passes=np.where(seen, year.passes, 0))


def _potholes(segments: Sections, label: int, year: int, rng: np.random.Generator) -> list[Pothole]:
    """36 places; some of both years, some new, some gone; most of the first repaired."""
    found = []
    for k in range(36):
        if (k >= 24 and label < year) or (k < 8 and label == year):
            continue
        row = k * 97 % len(segments)
        area = 0.05 + 0.02 * (k % 9) + (0.15 if label == year and k % 5 == 0 else 0.0)
        seen = date(year - 1 if k < 24 else year, 6 + k % 5, 3 + k % 20)
        days = 5 + 3 * (k % 12)
        lon, lat = segments.lonlat[row, :2].tolist()
        found.append(
            Pothole(
                f"made{k:02d}",
                segments.roads[int(segments.road[row])],
                Direction.UP if segments.up[row] else Direction.DOWN,
                float(segments.from_kp_km[row]) + 0.03,
                lon,
                lat,
                round(area, 2),
                found_on=seen,
                repaired_on=seen + timedelta(days=days) if label == year and k % 3 else None,
                office=segments.office.text(row),
            )
        )
    return found
