"""Exporters: what people and other systems get from a survey. Each takes the record and a folder."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Protocol

from pavement.record import Survey


class Exporter(Protocol):
    """Writes its files into `out`, each whole or not at all, and says which."""

    def __call__(self, survey: Survey, out: Path) -> list[Path]:
        """Write the survey to `out`."""


def _loaded_when_called(module: str, name: str) -> Exporter:
    """An exporter whose libraries are loaded when it is asked for: a sheet needs no GIS, and 80 MB less."""

    def export(survey: Survey, out: Path) -> list[Path]:
        exporter: Exporter = getattr(import_module(f"exporters.{module}"), name)
        return exporter(survey, out)

    return export


EXPORTERS: dict[str, Exporter] = {
    "csv": _loaded_when_called("tables", "export_tables"),
    "gis": _loaded_when_called("gis", "export_gis"),
    "form-a": _loaded_when_called("form_a", "export_form_a"),
    "national": _loaded_when_called("national", "export_national"),
    "images": _loaded_when_called("image_set", "export_images"),
    "photo-book": _loaded_when_called("photo_book", "export_photo_book"),
    "mesh": _loaded_when_called("mesh", "export_meshes"),
    "profiles": _loaded_when_called("profiles", "export_profiles"),
    "report": _loaded_when_called("report", "export_report"),
}
#: made only when asked for: large, or wanted by few
ON_DEMAND: dict[str, Exporter] = {
    "geojson": _loaded_when_called("gis", "export_geojson"),
    "shapefile": _loaded_when_called("gis", "export_shapefile"),
    "pmtiles": _loaded_when_called("gis", "export_pmtiles"),
    "open-data": _loaded_when_called("open_data", "export_open_data"),
    "photo-ledger": _loaded_when_called("photo_ledger", "export_photo_ledger"),
    "photo-folder": _loaded_when_called("delivery_photos", "export_delivery_photos"),
}
