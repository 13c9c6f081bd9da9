"""An .xlsx file as what it is, a ZIP of parts: sheets are filled in place, every other part is copied."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from exporters.form_a.fields import Value
from exporters.form_a.sheet_rows import Spot, fill
from exporters.form_a.sheet_xml import SheetXml, read_sheet_xml

_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True)
class Filling:
    """Rows for one sheet. Without `count` they are gathered first."""

    sheet: SheetXml
    spots: Sequence[Spot]
    first_row: int
    rows: Iterable[Sequence[Value]]
    count: int | None
    keep: bool = True
    date1904: bool = False


def sheet_parts(book: zipfile.ZipFile) -> dict[str, str]:
    """The part of every worksheet by its title, in the workbook's order; KeyError or ParseError where it is none."""
    root = next(target for kind, target in _relations(book, "").values() if kind.endswith("/officeDocument"))
    relations = _relations(book, root)
    sheets = [e for e in ElementTree.fromstring(book.read(root)).iter() if e.tag.endswith("}sheet")]
    found = ((sheet.attrib["name"], relations[sheet.attrib[_ID]]) for sheet in sheets)
    return {name: part for name, (kind, part) in found if kind.endswith("/worksheet")}


def _relations(book: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Type and target (a path in the ZIP) of each relation of a part; "" = of the whole."""
    folder, name = posixpath.split(part)
    listed = ElementTree.fromstring(book.read(posixpath.join(folder, "_rels", f"{name}.rels")))
    return {
        each.attrib["Id"]: (
            each.attrib["Type"],
            posixpath.normpath(posixpath.join("/", folder, each.attrib["Target"])).lstrip("/"),
        )
        for each in listed.iter(_RELATION)
        if each.attrib.get("TargetMode") != "External"
    }


def read_part(book: zipfile.ZipFile, part: str) -> SheetXml:
    """A worksheet's XML."""
    return read_sheet_xml(book.read(part))


def write_package(blank: IO[bytes] | Path, out: Path, fillings: Mapping[str, Filling], stamp: datetime | None) -> None:
    """Copy `blank` to `out` with the sheets filled, part by part in its order.

    `stamp`: the time of every part and of the document; None leaves them as they are.
    """
    with zipfile.ZipFile(blank) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        new.comment = old.comment
        for info in old.infolist():
            member = _member(info, stamp)
            if info.filename not in fillings:
                data = old.read(info)
                new.writestr(
                    member, data if stamp is None else _stamped(info.filename, data, stamp), info.compress_type
                )
                continue
            with new.open(member, "w") as part:
                for piece in _pieces(fillings[info.filename]):
                    part.write(piece)


def _pieces(filling: Filling) -> Iterable[bytes]:
    rows, count = filling.rows, filling.count
    if count is None:
        rows = list(rows)
        count = len(rows)
    return fill(
        filling.sheet, filling.spots, filling.first_row, rows, count, keep=filling.keep, date1904=filling.date1904
    )


def _member(info: zipfile.ZipInfo, stamp: datetime | None) -> zipfile.ZipInfo:
    """The part's entry in the new ZIP."""
    when = info.date_time if stamp is None else (stamp.year, stamp.month, stamp.day, 0, 0, 0)
    member = zipfile.ZipInfo(info.filename, when)
    member.compress_type, member.external_attr = info.compress_type, info.external_attr
    return member


def _stamped(name: str, data: bytes, stamp: datetime) -> bytes:
    """The document's own times set to `stamp`."""
    if name != "docProps/core.xml":
        return data
    text = f"{stamp.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}".encode()
    return re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*(</dcterms)", rb"\g<1>" + text + rb"\g<2>", data)
