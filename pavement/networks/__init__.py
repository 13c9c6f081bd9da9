"""Networks as files: GeoPackage, or a folder of GeoJSON / Shapefiles."""

from pavement.networks.reader import read_network

__all__ = ["read_network"]
