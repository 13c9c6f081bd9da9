"""Layers for the office's GIS: GeoPackage with its QGIS style, GeoJSON, Shapefile, PMTiles."""

from __future__ import annotations

from exporters.gis.geojson import export_geojson
from exporters.gis.geopackage import export_gis, write_geopackage
from exporters.gis.shapefile import export_shapefile
from exporters.gis.styles import layer_style
from exporters.gis.tiles import export_pmtiles

__all__ = ["export_geojson", "export_gis", "export_pmtiles", "export_shapefile", "layer_style", "write_geopackage"]
