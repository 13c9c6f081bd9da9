"""Vector tiles: ours say the same as those of the library's own encoder."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pavement.vector_tiles.encoding import Table, encode_layers, encode_table
from pavement.vector_tiles.grid import EXTENT

spot = st.tuples(st.integers(-200, EXTENT + 200), st.integers(-200, EXTENT + 200))
line = st.lists(spot, min_size=2, max_size=5)
shape = st.one_of(
    spot.map(shapely.Point),
    line.map(shapely.LineString),
    st.lists(line, min_size=1, max_size=3).map(shapely.MultiLineString),
)
value = st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False), st.text(max_size=5))
feature = st.fixed_dictionaries(
    {"geometry": shape, "properties": st.dictionaries(st.sampled_from("abcd"), value, max_size=4)}
)


def read(data: bytes) -> Any:
    layers = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})
    found = [(name, [(each["geometry"], each["properties"]) for each in of["features"]]) for name, of in layers.items()]
    return repr(found)  # tells True, 1 and 1.0 apart


@given(st.lists(feature, min_size=1, max_size=6), st.lists(feature, min_size=1, max_size=3))
def test_it_reads_as_the_librarys(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    layers = [("sections", some), ("defects", others)]
    named = [{"name": name, "features": features} for name, features in layers]
    theirs = mapbox_vector_tile.encode(named, default_options={"y_coord_down": True, "extents": EXTENT})
    assert read(encode_layers(layers)) == read(theirs)


@given(st.lists(shape, min_size=1, max_size=6), st.data())
def test_rows_of_a_table_read_as_their_features(shapes: list[shapely.Geometry], data: st.DataObject) -> None:
    column = st.lists(st.one_of(st.none(), st.text(max_size=2)), min_size=9, max_size=9)
    columns: dict[str, list[Any]]
    columns = {"name": data.draw(column), "kp_km": data.draw(st.lists(st.floats(0, 9), min_size=9, max_size=9))}
    rows = data.draw(st.lists(st.integers(0, 8), min_size=len(shapes), max_size=len(shapes)))
    packed = np.empty(len(shapes), dtype=object)
    packed[:] = shapes
    features = [
        {"geometry": each, "properties": {k: v[row] for k, v in columns.items() if v[row] is not None}}
        for each, row in zip(shapes, rows, strict=True)
    ]
    encoded = encode_table("segments", packed, Table.of(columns.items()), np.array(rows))
    assert read(encoded) == read(encode_layers([("segments", features)]))
