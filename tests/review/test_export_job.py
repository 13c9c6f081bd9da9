"""The review as an export: one ZIP that people can file, of the asker's roads only."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pavement.errors import BadInput
from pavement.export_choice import Choice
from pavement.jobs.make_export import make_export
from pavement.store.blobs import open_blobs
from pavement.store.database import migrate, open_database
from pavement.store.scope import EVERYTHING, Place, Scope
from tests.review.builders import fill_store


def test_one_zip_of_the_scopes_roads(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{(tmp_path / 'pavement.sqlite').as_posix()}")
    migrate(database)
    fill_store(database, roads=6, km=0.4, passes=1)
    blobs = open_blobs(str(tmp_path / "store"))
    said: list[str] = []

    def make(year: int, scope: Scope, name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        return make_export(database, blobs, "review", Choice(year), scope, folder, lambda *at: said.append(at[0]))

    file = make(2026, EVERYTHING, "all")
    assert file.name.startswith("全線点検結果とりまとめ")
    with zipfile.ZipFile(file) as packed:
        kinds = {Path(name).suffix for name in packed.namelist()}
    assert {".xlsx", ".pdf", ".html", ".gpkg"} <= kinds
    assert "作成" in said
    small = make(2026, Scope((Place("青森県", "東青"),)), "part")
    assert small.stat().st_size < file.stat().st_size
    with pytest.raises(BadInput, match="点検結果"):
        make(2030, EVERYTHING, "none")
    database.close()
