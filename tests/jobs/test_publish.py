"""What a run's records become in the tables."""

from __future__ import annotations

from pathlib import Path

from pavement.defect import Category
from pavement.jobs.publish import alert_rows
from tests.exporters.builders import make_defect, make_photo_record, make_survey


def test_an_alert_is_of_when_the_photo_was_taken(tmp_path: Path) -> None:
    photo = make_photo_record(tmp_path)
    holes = {"category": Category.POTHOLE, "area_m2": 0.3}
    defects = [make_defect(photo=photo.number, **holes), make_defect(photo=None, **holes)]
    seen, unseen = alert_rows(make_survey(defects=defects, photos=[photo]), {}, 0.1)
    assert seen["found_at"] == photo.timestamp
    assert "found_at" not in unseen  # then it is the time of writing
