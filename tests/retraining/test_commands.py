"""`pavement corrections`: from a server's data to a training set."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pavement.cli import main
from pavement.evaluation.labelled import list_photos
from pavement.store.blobs import open_blobs
from pavement.store.corrections import correct
from pavement.store.database import migrate, open_database
from pavement.store.defect_states import draw_defect
from tests.store.results_builders import add_drive, adopted, analysed, photo, photo_ids, segment


@pytest.fixture
def data(tmp_path: Path, tiny_drive: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server's data: one drive, a pothole drawn on its photo, and a corrected ひび割れ率."""
    for name in ("PAVEMENT_DATABASE_URL", "PAVEMENT_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "data"
    folder.mkdir()
    database = open_database(f"sqlite:///{(folder / 'pavement.sqlite').as_posix()}")
    migrate(database)
    blobs = open_blobs(str(folder / "store"))
    blobs.put("results/a/P01.jpg", (tiny_drive / "frames" / "IMG_00018.jpg").read_bytes())
    analysed(database, add_drive(database), [segment()], photos=[photo()])
    (place,) = [row["place"] for row in adopted(database)]
    correct(database, place, 2026, {"crack_pct": 9.0}, "person:1")
    draw_defect(database, photo_ids(database)[0], [0.4, 0.7, 0.1, 0.1], {"category": "pothole"}, "person:1")
    database.close()
    return folder


def test_from_a_servers_data_to_a_training_set(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive, out = tmp_path / "訂正.zip", tmp_path / "学習"
    assert main(["corrections", "export", "--data", str(data), "--year", "2026", "--out", str(archive)]) == 0
    assert main(["corrections", "dataset", str(archive), "--out", str(out)]) == 0
    assert "taught by: 枠・ひび割れ率の訂正 1" in capsys.readouterr().out
    (one,) = list_photos(out, "train")
    label = one.read_label()
    picture = cv2.imdecode(np.fromfile(one.image, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert label.shape == picture.shape[:2]
    assert label[int(0.75 * label.shape[0]), int(0.45 * label.shape[1])] == 3


def test_a_folder_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [
        "corrections",
        "export",
        "--data",
        str(tmp_path / "x"),
        "--year",
        "2026",
        "--out",
        str(tmp_path / "a.zip"),
    ]
    assert main(command) == 2
    assert "does not exist" in capsys.readouterr().err
