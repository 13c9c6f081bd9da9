"""Exporters: what people and other systems get from a survey. Each takes the record and a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from exporters.form_a import export_form_a
from exporters.gis import export_gis
from exporters.image_set import export_images
from exporters.mesh import export_meshes
from exporters.photo_book import export_photo_book
from exporters.profiles import export_profiles
from exporters.report import export_report
from exporters.tables import export_tables
from pavement.record import Survey


class Exporter(Protocol):
    """Writes its files into `out`, each whole or not at all, and says which."""

    def __call__(self, survey: Survey, out: Path) -> list[Path]:
        """Write the survey to `out`."""


EXPORTERS: dict[str, Exporter] = {
    "csv": export_tables,
    "gis": export_gis,
    "form-a": export_form_a,
    "images": export_images,
    "photo-book": export_photo_book,
    "mesh": export_meshes,
    "profiles": export_profiles,
    "report": export_report,
}
