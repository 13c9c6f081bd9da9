"""The container of tiles: PMTiles 3, one file of which a map reads the parts that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from pavement.vector_tiles.grid import TileKey

E7 = 10_000_000


@dataclass(frozen=True)
class About:
    """What a map is told of the tiles."""

    name: str  #: of the file and its one layer
    description: str
    fields: Mapping[str, str]  #: name -> "String" or "Number"
    zooms: tuple[int, int]
    bounds: tuple[float, float, float, float]  #: west, south, east, north in degrees


def write_archive(path: Path, about: About, tiles: Iterable[tuple[TileKey, bytes]]) -> None:
    """Gzipped vector tiles in the order of `tile_number`; the same tiles make the same bytes."""
    west, south, east, north = about.bounds
    first, last = about.zooms
    header = {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_zoom": first,
        "max_zoom": last,
        "min_lon_e7": round(west * E7),
        "min_lat_e7": round(south * E7),
        "max_lon_e7": round(east * E7),
        "max_lat_e7": round(north * E7),
        "center_zoom": first,
        "center_lon_e7": round((west + east) / 2 * E7),
        "center_lat_e7": round((south + north) / 2 * E7),
    }
    with open(path, "wb") as file:
        writer = Writer(file)
        for key, data in tiles:
            writer.write_tile(tile_number(key), data)
        writer.finalize(header, _metadata(about))


def tile_number(key: TileKey) -> int:
    """The tile's place in the file."""
    number: int = zxy_to_tileid(key.z, key.x, key.y)
    return number


def _metadata(about: About) -> dict[str, object]:
    first, last = about.zooms
    layer = {"id": about.name, "description": about.description, "fields": dict(about.fields)}
    return {
        "name": about.name,
        "description": about.description,
        "type": "overlay",
        "minzoom": str(first),
        "maxzoom": str(last),
        "vector_layers": [{**layer, "minzoom": first, "maxzoom": last}],
    }
