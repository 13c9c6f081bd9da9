"""The camera's check sheet: lines where the camera says, numbers with error and source, no photo but a masked one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from exporters.camera_sheet import MOST_SHEETS, camera_of, camera_sheets, draw_view, numbers
from pavement.camera import estimate_camera
from pavement.drive import CameraFacts, Notice
from tests.exporters.builders import make_photo, make_survey
from tests.test_camera import PHONE, seen_from

FACTS = estimate_camera([seen_from(PHONE)] * 6, CameraFacts(focal_px=860, lane_width_m=3.3)).report()


def test_the_camera_of_run_json_is_the_estimate() -> None:
    camera = camera_of(FACTS)
    assert (camera.width, camera.height, camera.focal_px) == (1024, 640, 860)
    assert abs(camera.height_m - 1.4) < 0.05


def test_the_view_has_horizon_edges_and_a_line_every_five_metres() -> None:
    svg = draw_view(FACTS, None)
    assert svg.count("<polyline") == 1 + 2 + 8
    assert "10 m" in svg
    assert "<image" not in svg
    horizon = re.search(r'points="([^"]+)"[^>]*stroke-dasharray', svg)
    assert horizon is not None
    level = float(PHONE.pixel(1e9, 0.0)[1])
    assert all(abs(float(point.split(",")[1]) - level) < 6 for point in horizon[1].split())
    assert "data:image/jpeg;base64,AA" in draw_view(FACTS, "data:image/jpeg;base64,AA")


def test_every_number_says_where_it_comes_from() -> None:
    table = numbers(FACTS)
    assert "860 px</td><td>設定値" in table
    assert "俯角" in table
    assert "±" in table
    assert "仮定" in table  # roll: no pairs


def test_a_mount_that_looks_far_down_says_where_its_horizon_is() -> None:
    steep = replace(estimate_camera([seen_from(PHONE)] * 6, CameraFacts(focal_px=860, pitch_deg=25)))
    assert "水平線は画像の上端より" in draw_view(steep.report(), None)


def test_a_later_mounting_is_shown_by_its_own_photo(tmp_path: Path) -> None:
    cameras = {"drive-1": FACTS, "drive-1 (frames/IMG_00050.jpg 以降)": FACTS}
    early, late = (
        make_photo(tmp_path, n, k, frame=f"frames/IMG_{f}.jpg")
        for n, k, f in (("P1", 1.1, "00001"), ("P2", 1.2, "00060"))
    )
    survey = make_survey(photos=[early], run={"camera": cameras})
    assert camera_sheets(survey).count("<image") == 1
    assert camera_sheets(replace(survey, photos=[early, late])).count("<image") == 2


def test_many_drives_show_those_with_a_notice_first() -> None:
    cameras = {f"drive-{i}": FACTS for i in range(20)}
    survey = make_survey(notices=[Notice("drive-17/camera", "向きが変わった")], run={"camera": cameras})
    sheets = camera_sheets(survey)
    assert sheets.count("<figure") == MOST_SHEETS
    assert sheets.index("drive-17:") < sheets.index("drive-0:")
    assert "ほか 14 件" in sheets
