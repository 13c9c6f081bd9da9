"""QGIS styles (.qml) of the layers: colours by diagnosis, defects by kind, Japanese names of the columns.

Segments are drawn beside the road, each direction on the left of travel: lines run in rising kilopost, and QGIS offsets
to the right where the value is positive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from exporters.dictionary import entry_of
from exporters.svg import POTHOLE_COLOR, RATING_COLORS, RATING_WORDS
from exporters.tables import Column
from pavement.defect import CATEGORY_JA, Category

STYLE_NAME = "舗装点検"
ASIDE_MM = 0.7
DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
DEFECT_COLORS = {
    Category.POTHOLE: POTHOLE_COLOR,
    Category.CRACK_ALLIGATOR: "#b71c1c",
    Category.CRACK_LINEAR: "#78909c",
    Category.RUT: "#5d4037",
    Category.STEP: "#0072b2",
    Category.PATCH: "#8d6e63",
}
FRAME_COLORS = {"used": ("使った画像", "#0072b2"), "rejected": ("使わなかった画像", "#b0b7bd")}


@dataclass(frozen=True)
class Class:
    """One class of a legend: the value ("" = all others), its words and colour."""

    value: str
    label: str
    color: str
    size_mm: float


@dataclass(frozen=True)
class Legend:
    """What a layer is coloured by: an expression, its classes, lines or points."""

    by: str
    columns: tuple[str, ...]  #: columns that the expression and the offset use
    classes: tuple[Class, ...]
    lines: bool = False


LEGENDS: Mapping[str, Legend] = {
    "segments": Legend(
        'left("rating", 1)',
        ("rating", "direction"),
        tuple(Class(key, words, RATING_COLORS[key], 1.2) for key, words in RATING_WORDS.items()),
        lines=True,
    ),
    "defects": Legend(
        '"category"',
        ("category",),
        tuple(
            Class(each.value, CATEGORY_JA[each], color, 2.6 if each is Category.POTHOLE else 1.6)
            for each, color in DEFECT_COLORS.items()
        ),
    ),
    "frames": Legend(
        '"status"',
        ("status",),
        tuple(Class(value, words, color, 1.0) for value, (words, color) in FRAME_COLORS.items()),
    ),
}


def layer_style(layer: str, columns: Sequence[Column], names: Mapping[str, str] | None = None) -> str:
    """The .qml text of a layer; `names`: names of its columns in the file where they had to be cut."""
    legend = LEGENDS[layer]
    known = {column.name: (names or {}).get(column.name, column.name) for column in columns}
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology|Fields|MapTips")
    root.append(_renderer(legend, known))
    aliases = ET.SubElement(root, "aliases")
    for index, (column, name) in enumerate(known.items()):
        ET.SubElement(aliases, "alias", field=name, index=str(index), name=entry_of(layer, column).title)
    ET.SubElement(root, "mapTip").text = _map_tip(layer, known)
    ET.SubElement(root, "layerGeometryType").text = "1" if legend.lines else "0"
    ET.indent(root, " ")
    return DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _renderer(legend: Legend, known: Mapping[str, str]) -> ET.Element:
    """Categories, the first drawn last: Ⅲ comes over Ⅱ by symbol levels."""
    by = legend.by
    for column in legend.columns:
        by = by.replace(f'"{column}"', f'"{known[column]}"')
    renderer = ET.Element("renderer-v2", type="categorizedSymbol", attr=by, symbollevels="1", enableorderby="0")
    categories, symbols = ET.SubElement(renderer, "categories"), ET.SubElement(renderer, "symbols")
    for number, each in enumerate(legend.classes):
        facts = {"value": each.value, "label": each.label, "symbol": str(number), "render": "true", "type": "string"}
        ET.SubElement(categories, "category", facts)
        level = number + 1 if each.value else 0  # what has no diagnosis lies at the bottom
        kind = "line" if legend.lines else "marker"
        symbol = ET.SubElement(symbols, "symbol", type=kind, name=str(number), alpha="1", clip_to_extent="1")
        symbol.append(_line(each, level, known["direction"]) if legend.lines else _marker(each, level))
    return renderer


def _line(each: Class, level: int, direction: str) -> ET.Element:
    options = {
        "line_color": _rgba(each.color),
        "line_width": f"{each.size_mm:g}",
        "line_width_unit": "MM",
        "line_style": "solid",
        "capstyle": "flat",
        "joinstyle": "round",
        "offset": "0",
        "offset_unit": "MM",
    }
    layer = _symbol_layer("SimpleLine", level, options)
    aside = f"if(\"{direction}\" = '下り', -{ASIDE_MM:g}, {ASIDE_MM:g})"
    layer.append(_data_defined("offset", aside))
    return layer


def _marker(each: Class, level: int) -> ET.Element:
    options = {
        "name": "circle",
        "color": _rgba(each.color),
        "outline_color": "255,255,255,255",
        "outline_width": "0.2",
        "outline_width_unit": "MM",
        "size": f"{each.size_mm:g}",
        "size_unit": "MM",
    }
    return _symbol_layer("SimpleMarker", level, options)


def _symbol_layer(kind: str, level: int, options: Mapping[str, str]) -> ET.Element:
    """A layer of a symbol; its properties in the new and in the old writing (before QGIS 3.20)."""
    layer = ET.Element("layer", {"class": kind, "enabled": "1", "locked": "0", "pass": str(level)})
    table = ET.SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(table, "Option", name=name, value=value, type="QString")
    for name, value in options.items():
        ET.SubElement(layer, "prop", k=name, v=value)
    return layer


def _data_defined(name: str, expression: str) -> ET.Element:
    """A property of a symbol that an expression gives."""
    properties = ET.Element("data_defined_properties")
    table = ET.SubElement(properties, "Option", type="Map")
    ET.SubElement(table, "Option", name="name", value="", type="QString")
    entries = ET.SubElement(table, "Option", name="properties", type="Map")
    entry = ET.SubElement(entries, "Option", name=name, type="Map")
    ET.SubElement(entry, "Option", name="active", value="true", type="bool")
    ET.SubElement(entry, "Option", name="expression", value=expression, type="QString")
    ET.SubElement(entry, "Option", name="type", value="3", type="int")
    ET.SubElement(table, "Option", name="type", value="collection", type="QString")
    return properties


def _map_tip(layer: str, known: Mapping[str, str]) -> str:
    """HTML that QGIS shows over a feature: the names and values of its columns that are not empty."""
    lines = [
        f"[% if(\"{name}\" is null, '', '{entry_of(layer, column).title}: ' || \"{name}\" || '<br>') %]"
        for column, name in known.items()
        if column not in ("from_lon", "from_lat", "to_lon", "to_lat", "lon", "lat", "photos")
    ]
    return "".join(lines)


def _rgba(color: str) -> str:
    """#rrggbb as QGIS writes colours.

    >>> _rgba("#009e73")
    '0,158,115,255'
    """
    return ",".join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"
