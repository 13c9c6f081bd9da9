"""A layer to any of GDAL's formats, streamed: through a scratch GeoPackage, so that memory does not grow with it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from pyogrio.raw import open_arrow, write_arrow

from exporters.gis.layers import Layer, write_layer


def translate(layer: Layer, path: Path, driver: str, **options: Any) -> None:
    """Write the layer to `path`, alone in its file; `options` are GDAL's, and `encoding`."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".layer-") as folder:
        scratch = Path(folder) / "layer.gpkg"
        write_layer(scratch, layer, "GPKG")
        with open_arrow(scratch, layer=layer.name, use_pyarrow=False) as (facts, stream):
            write_arrow(
                stream,
                path,
                layer=layer.name,
                driver=driver,
                geometry_type=layer.geometry_type,
                geometry_name=facts["geometry_name"],
                crs=facts["crs"],
                **options,
            )
