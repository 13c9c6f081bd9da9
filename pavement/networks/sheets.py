"""Sources as raw tables: CSV, Excel, and vector files with their shapes in lon/lat. Nothing is understood here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from pavement.errors import BadInput
from pavement.networks.columns import OF_HEADER, bare
from pavement.networks.values import plain

TEXT_SUFFIXES = {".csv", ".tsv", ".txt"}
EXCEL_SUFFIXES = {".xlsx", ".xlsm"}
VECTOR_SUFFIXES = {".gpkg", ".shp", ".geojson", ".json", ".kml", ".kmz"}
KML_SUFFIXES = {".kml", ".kmz"}
OSM_SUFFIXES = {".osm", ".pbf"}
#: what GDAL's KML drivers add of their own
KML_COLUMNS = {
    *("description", "Description", "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility"),
    *("drawOrder", "icon", "snippet"),
}
HEADER_WITHIN = 15  #: rows above the header: titles, dates
LDID_JAPANESE = 0x13  #: byte 29 of a .dbf: Shift_JIS
WGS84 = 4326


@dataclass(frozen=True)
class Sheet:
    """One table of a source: `rows` are cells as they stand in the file, `numbers` the rows' numbers in it."""

    file: Path
    name: str  #: of the layer or sheet; "" where the file has one only
    header: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    numbers: Sequence[int]
    shapes: NDArray[np.object_] | None = None  #: lon/lat; None = a table without geometry

    @property
    def cuts_names(self) -> bool:
        """Whether the format cuts the names of columns (a Shapefile: after ten bytes)."""
        return self.file.suffix.lower() == ".shp"

    @property
    def title(self) -> str:
        """For people: file, and layer or sheet."""
        return f"{self.file.name} [{self.name}]" if self.name else self.file.name


def read_sheets(path: Path, encoding: str | None = None, crs: str | None = None) -> list[Sheet]:
    """The tables of a source; raises BadInput with the file, what is wrong and what to do."""
    if not path.exists():
        raise BadInput("does not exist", file=path, do="give a file")
    suffix = path.suffix.lower()
    if suffix in TEXT_SUFFIXES:
        return [text_sheet(path, encoding)]
    if suffix in EXCEL_SUFFIXES:
        return excel_sheets(path)
    if suffix in VECTOR_SUFFIXES:
        return vector_sheets(path, encoding, crs)
    raise BadInput(
        f"has the unknown kind '{suffix}'",
        file=path,
        do="give CSV, xlsx, GeoPackage, Shapefile, GeoJSON, KML or OSM (an old .xls: save it as .xlsx)",
    )


def decode(data: bytes, path: Path, encoding: str | None) -> str:
    """Text in the given encoding, else UTF-8, UTF-16 with a BOM, or CP932."""
    tried = [encoding] if encoding else ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp932"]
    for each in tried:
        try:
            return data.decode("utf-8-sig" if each.lower().replace("-", "") == "utf8" else each)
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise BadInput(f"'{each}' is no encoding", do="give --encoding cp932 or utf-8") from None
    raise BadInput(f"is not in {' or '.join(tried)}", file=path, do="give the right --encoding")


def text_sheet(path: Path, encoding: str | None) -> Sheet:
    """A CSV (or tab-separated) file."""
    text = decode(path.read_bytes(), path, encoding)
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if first.count("\t") > first.count(",") else ",")
    lines: list[list[object]] = []
    numbers: list[int] = []
    try:
        for line in reader:
            if any(cell.strip() for cell in line):
                lines.append(list(line))
                numbers.append(reader.line_num)
    except csv.Error as error:
        raise BadInput(f"line {reader.line_num} cannot be read ({error})", file=path, do="export it again") from error
    return with_header(path, "", lines, numbers)


def excel_sheets(path: Path) -> list[Sheet]:
    """Every sheet of a workbook that holds anything."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise BadInput(f"is no readable Excel file ({error})", file=path, do="save it as .xlsx again") from error
    found = []
    for each in book.worksheets:
        rows = [(i, list(row)) for i, row in enumerate(each.iter_rows(values_only=True), 1)]
        rows = [(i, row) for i, row in rows if any(plain(cell) for cell in row)]
        if rows:
            found.append(with_header(path, each.title, [row for _, row in rows], [i for i, _ in rows]))
    book.close()
    if not found:
        raise BadInput("is empty", file=path, do="give a table with a header")
    return found


def with_header(path: Path, name: str, lines: Sequence[Sequence[object]], numbers: Sequence[int]) -> Sheet:
    """The table below its header: the line (or two joined lines) among the first that most known columns stand in."""
    best = (0, 0, 1, tuple(plain(cell) for cell in lines[0]) if lines else ())
    for i in range(min(HEADER_WITHIN, len(lines))):
        one = tuple(plain(cell) for cell in lines[i])
        two = joined(one, [plain(cell) for cell in lines[i + 1]]) if i + 1 < len(lines) else ()
        for taken, header in ((1, one), (2, two)):
            known = len({OF_HEADER[bare(cell)] for cell in header if bare(cell) in OF_HEADER})
            if (known, -taken) > best[:2]:  # a header of one line where two tell no more
                best = (known, -taken, i + taken, header)
    *_, start, header = best
    return Sheet(path, name, header, [list(line) for line in lines[start:]], numbers[start:])


def joined(top: Sequence[str], bottom: Sequence[str]) -> tuple[str, ...]:
    """One header of two lines: 起点 over KP becomes 起点KP, a merged cell counts for the columns below it."""
    header, above = [], ""
    for i in range(max(len(top), len(bottom))):
        upper, lower = (line[i] if i < len(line) else "" for line in (top, bottom))
        above = upper or above
        if not lower:
            header.append(upper)
        elif bare(above + lower) in OF_HEADER or bare(lower) not in OF_HEADER:
            header.append(above + lower)
        else:
            header.append(lower)
    return tuple(header)


def vector_sheets(path: Path, encoding: str | None, crs: str | None) -> list[Sheet]:
    """Every layer of a vector file."""
    if path.suffix.lower() == ".shp":
        encoding = shapefile_encoding(path, encoding)
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    except Exception as error:
        raise BadInput(f"cannot be opened ({error})", file=path, do="export it again") from error
    own = [name for name in layers if name != "meta"]
    return [vector_sheet(path, name, name if len(own) > 1 else "", encoding, crs) for name in own]


def vector_sheet(path: Path, layer: str, name: str, encoding: str | None, crs: str | None) -> Sheet:
    """One layer with its shapes in lon/lat; its CRS is the declared one, else the given one."""
    try:
        frame = read_frame(path, layer, encoding)
    except UnicodeError as error:
        raise BadInput("its texts are not in the declared encoding", file=path, do="give --encoding cp932") from error
    except Exception as error:
        raise BadInput(f"layer '{layer}' cannot be read ({error})", file=path, do="export it again") from error
    numbers = [int(fid) for fid in frame.index]
    if not isinstance(frame, gpd.GeoDataFrame):
        return Sheet(path, name, tuple(map(str, frame.columns)), cells(frame), numbers)
    frame = placed(frame, path, layer, crs)
    ignored = KML_COLUMNS if path.suffix.lower() in KML_SUFFIXES else set()
    table = pd.DataFrame(frame.drop(columns=[frame.geometry.name, *(c for c in frame.columns if c in ignored)]))
    shapes = np.asarray(shapely.force_2d(frame.geometry.to_numpy()), object)
    return Sheet(path, name, tuple(map(str, table.columns)), cells(table), numbers, shapes)


def read_frame(path: Path, layer: str, encoding: str | None) -> Any:
    """A layer as a frame; names of columns that were cut within a letter lose that letter. Raises UnicodeError."""
    try:
        frame = pyogrio.read_dataframe(path, layer=layer, encoding=encoding, fid_as_index=True)
    except UnicodeDecodeError as error:
        if path.suffix.lower() != ".shp":
            raise
        codec = encoding or error.encoding
        frame = pyogrio.read_dataframe(path, layer=layer, encoding="ISO-8859-1", fid_as_index=True)
        for name in frame.columns[[pd.api.types.is_string_dtype(dtype) for dtype in frame.dtypes]]:
            frame[name] = frame[name].map(lambda cell: cell.encode("latin-1").decode(codec), na_action="ignore")
        frame = frame.rename(columns={n: n.encode("latin-1").decode(codec, errors="ignore") for n in frame.columns})
    return frame.dropna(axis="columns", how="all") if path.suffix.lower() in KML_SUFFIXES else frame


def cells(table: pd.DataFrame) -> list[list[object]]:
    """Rows of plain objects; None for what is missing."""
    columns: Iterable[list[Any]] = (
        table[name].astype(object).where(table[name].notna(), None).tolist() for name in table
    )
    return [list(row) for row in zip(*columns, strict=True)] if len(table.columns) else [[] for _ in range(len(table))]


def placed(frame: gpd.GeoDataFrame, path: Path, layer: str, crs: str | None) -> gpd.GeoDataFrame:
    """The frame in lon/lat."""
    if frame.crs is None:
        if crs is None:
            raise BadInput(
                f"layer '{layer}' declares no coordinate system",
                file=path,
                do="give --crs (JGD2011 degrees: EPSG:6668, plane system X in Aomori: EPSG:6678)",
            )
        try:
            frame = frame.set_crs(crs)
        except CRSError as error:
            raise BadInput(f"--crs {crs} is no coordinate system", do="give one as EPSG:6668") from error
    return frame.to_crs(WGS84)


def shapefile_encoding(path: Path, given: str | None) -> str | None:
    """The encoding of a Shapefile's texts: given, declared (.cpg, or the .dbf's language byte); never guessed."""
    if given or any(path.with_suffix(suffix).exists() for suffix in (".cpg", ".CPG")):
        return given
    table = next((path.with_suffix(s) for s in (".dbf", ".DBF") if path.with_suffix(s).exists()), None)
    if table is None:
        raise BadInput("has no .dbf beside it", file=path, do="copy all files of the Shapefile")
    data = table.read_bytes()
    if len(data) > 29 and data[29] == LDID_JAPANESE:
        return "cp932"
    if re.search(rb"[\x80-\xff]", data[32:]):
        raise BadInput("declares no encoding (.cpg is missing)", file=path, do="give --encoding cp932 (or utf-8)")
    return None
