"""Import of sources into a network of one 年度: read, understand row by row, merge by key, account for every row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import geopandas as gpd
import pandas as pd

from pavement import __version__
from pavement.errors import BadInput
from pavement.networks.columns import LAYERS, ColumnMap, find_columns, read_mapping
from pavement.networks.intake import Intake
from pavement.networks.keys import KnownRoads
from pavement.networks.osm import read_osm
from pavement.networks.rows import Taken, guess_layer, take
from pavement.networks.sheets import (
    EXCEL_SUFFIXES,
    OSM_SUFFIXES,
    TEXT_SUFFIXES,
    VECTOR_SUFFIXES,
    Sheet,
    read_sheets,
)
from pavement.networks.values import plain
from pavement.networks.writer import (
    DEFAULTS,
    META,
    ROAD,
    WGS84,
    Frames,
    merge,
    merge_meta,
    read_frames,
    with_ids,
    write_frames,
    year_of,
)
from pavement.road import RoadKey

JST = timezone(timedelta(hours=9))
FISCAL_YEAR_FROM_MONTH = 4
YEARS = range(1950, 2200)


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    out: Path
    year: int
    intakes: tuple[Intake, ...]
    rows: dict[str, int]  #: layer → rows in the network now
    replaced: dict[str, int] = field(default_factory=dict)  #: layer → rows that gave way to new ones of the same key

    def text(self) -> str:
        """For people."""
        lines = [f"{self.out}: {self.year}年度の路線網"]
        for intake in self.intakes:
            lines += intake.lines()
        lines.append("今の内容: " + "、".join(f"{name} {n}" for name, n in self.rows.items()))
        changed = "、".join(f"{name} {n}" for name, n in self.replaced.items() if n)
        lines += [f"同じキーの行を置き換えた: {changed}"] if changed else []
        lines += ["注 routes（路線の線）がまだない: 照合にはこれが要る"] if not self.rows.get("routes") else []
        return "\n".join(lines)


def fiscal_year(now: datetime) -> int:
    """年度 (1 April to 31 March, Japan).

    >>> fiscal_year(datetime(2027, 3, 31, 14, tzinfo=UTC)), fiscal_year(datetime(2027, 3, 31, 15, tzinfo=UTC))
    (2026, 2027)
    """
    here = now.astimezone(JST)
    return here.year - (here.month < FISCAL_YEAR_FROM_MONTH)


def import_network(
    sources: Sequence[Path],
    out: Path,
    *,
    year: int | None = None,
    base: Path | None = None,
    kind: str | None = None,
    encoding: str | None = None,
    crs: str | None = None,
    mapping: Path | None = None,
    source: str | None = None,
    now: datetime | None = None,
) -> Imported:
    """Bring `sources` into the network `out` (a GeoPackage), on top of what it or `base` holds.

    Rows whose key is there already replace those that were there; so a second import changes nothing. Raises BadInput.
    """
    now = now or datetime.now(UTC)
    if out.suffix.lower() != ".gpkg":
        raise BadInput("is no .gpkg", file=out, do="give --out NETWORK.gpkg")
    if kind is not None and kind not in LAYERS:
        raise BadInput(f"--kind {kind} is no layer", do=f"use {', '.join(LAYERS)}")
    columns = read_mapping(mapping)
    frames = starting_frames(out, base)
    year = year_to_write(frames, out, base, year, now)
    known = KnownRoads()
    known.add(roads_in(frames.get("routes")))
    files = list(dict.fromkeys(file.resolve() for each in sources for file in source_files(each)))
    sheets = [sheet for file in files if not is_osm(file) for sheet in read_sheets(file, encoding, crs)]
    brought: dict[str, list[pd.DataFrame]] = {}
    intakes: list[tuple[Path, Intake]] = []
    for sheet in lines_first(sheets, kind, columns):
        taken, intake = take(sheet, kind, columns, known, source)
        intakes.append((sheet.file, intake))
        if taken.records:
            frame = as_frame(taken)
            brought.setdefault(intake.layer, []).append(frame)
            if intake.layer == "routes":
                known.add(roads_in(frame))
    for file in filter(is_osm, files):
        roads, intake = read_osm(file)
        intakes.append((file, intake))
        brought.setdefault("roads", []).append(roads)
    if not any(intake.rows_taken for _, intake in intakes):
        told = " / ".join(line.strip() for _, intake in intakes for line in intake.lines())
        raise BadInput(f"採用できる行がない: {told}", do="上の理由を直す")
    replaced = {layer: bring(frames, layer, parts) for layer, parts in brought.items()}
    frames[META] = merge_meta(frames.get(META), [meta_row(file, each, year, now, source) for file, each in intakes])
    write_frames(out, frames)
    rows = {name: len(frames[name]) for name in LAYERS if name in frames}
    return Imported(out, year, tuple(each for _, each in intakes), rows, replaced)


def bring(frames: Frames, layer: str, parts: Sequence[pd.DataFrame]) -> int:
    """Put new rows into a layer; how many rows gave way."""
    new = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    twice = 0
    if layer == "roads":  # two extracts that overlap hold the same roads
        new = with_ids(gpd.GeoDataFrame(new, geometry="geometry", crs=WGS84))
        same = pd.DataFrame({"id": new["id"], "shape": new.geometry.to_wkb()}).duplicated()
        new, twice = new[~same].reset_index(drop=True), int(same.sum())
    frames[layer], gone = merge(frames.get(layer), new, layer)
    return gone + twice


def starting_frames(out: Path, base: Path | None) -> Frames:
    """What the import starts from: the network that is there, else `base`, else nothing."""
    if out.exists():
        return read_frames(out)
    if base is None:
        return {}
    if not base.exists():
        raise BadInput("does not exist", file=base, do="give --base an earlier year's network")
    return read_frames(base)


def year_to_write(frames: Frames, out: Path, base: Path | None, year: int | None, now: datetime) -> int:
    """The 年度: the given one, that of the network that is there, or today's; a network holds one year only."""
    if year is not None and year not in YEARS:
        raise BadInput(f"--year {year} is no year", do="give the 年度 as --year 2026")
    there = year_of(frames)
    if not out.exists():
        year = year or fiscal_year(now)
        if there is not None and year < there:
            raise BadInput(f"is the network of {there}年度", file=base, do=f"give --year {there} or later")
        return year
    if year is not None and there is not None and there != year:
        raise BadInput(
            f"is the network of {there}年度", file=out, do=f"give another --out with --base {out.name} for {year}年度"
        )
    if base is not None and there is None:
        raise BadInput("exists already", file=out, do="leave --base out, or give another --out")
    return year or there or fiscal_year(now)


def source_files(source: Path) -> list[Path]:
    """The files of a source: itself, or what a folder holds."""
    if not source.exists():
        raise BadInput("does not exist", file=source, do="give a file or a folder of files")
    if not source.is_dir():
        return [source]
    known = TEXT_SUFFIXES | EXCEL_SUFFIXES | VECTOR_SUFFIXES | OSM_SUFFIXES
    files = sorted(each for each in source.iterdir() if each.suffix.lower() in known)
    if not files:
        raise BadInput("holds no file that can be imported", file=source, do="see docs/network.md")
    return files


def is_osm(file: Path) -> bool:
    """Whether a file is an OpenStreetMap extract."""
    return file.suffix.lower() in OSM_SUFFIXES


def lines_first(sheets: Sequence[Sheet], kind: str | None, columns: ColumnMap) -> list[Sheet]:
    """The tables in the order in which they help each other: a ledger may name roads that another file brings."""
    order = {layer: i for i, layer in enumerate(LAYERS)}

    def place(sheet: Sheet) -> int:
        return order.get(
            guess_layer(sheet, find_columns(sheet.header, columns, sheet.cuts_names), columns.kind or kind) or "",
            len(order),
        )

    return sorted(sheets, key=place)


def roads_in(routes: pd.DataFrame | None) -> list[tuple[RoadKey, str]]:
    """The roads of a layer `routes` with their names."""
    if routes is None:
        return []
    return [
        (RoadKey(*(plain(row.get(n)) or DEFAULTS.get(n, "") for n in ROAD)), plain(row.get("name")))
        for row in routes.drop(columns="geometry", errors="ignore").to_dict("records")
    ]


def as_frame(taken: Taken) -> pd.DataFrame:
    """Rows as a frame, with shapes in lon/lat where the layer has them."""
    if taken.layer == "attributes":
        return pd.DataFrame(taken.records)
    frame: pd.DataFrame = gpd.GeoDataFrame(taken.records, geometry=taken.shapes, crs=WGS84)
    return frame


def meta_row(file: Path, intake: Intake, year: int, now: datetime, source: str | None) -> dict[str, object]:
    """A row of the table `meta`."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    name = f"{intake.source}（{source}）" if source else intake.source
    return {
        "year": year,
        "source": name,
        "layer": intake.layer,
        "rows_in": intake.rows_in,
        "rows_taken": intake.rows_taken,
        "rows_refused": len(intake.refused),
        "sha256": digest,
        "imported_at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "software": f"pavement {__version__}",
    }
