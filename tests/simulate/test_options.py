"""What the command line says of a drive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pavement.cli import main
from pavement.errors import BadInput
from pavement.simulate import Crown, DriveSpec, Markings, Reveal, Roughness, rut_course_spec, spec_of


def test_nothing_given_is_the_usual_drive() -> None:
    assert spec_of({}) == spec_of({"seed": None, "command": None}) == DriveSpec()


def test_every_option_reaches_its_place() -> None:
    spec = spec_of(
        {
            "rut_mm": "8,11.5",
            "rut_width_m": 0.9,
            "crown_pct": 2.0,
            "crown": "parabola",
            "step_mm": 20.0,
            "steps_per_km": 3.0,
            "roughness": "B",
            "markings": "none",
            "reveal": "all",
            "camera_height_m": 1.3,
            "pitch_deg": 10.0,
            "noise": 2.0,
            "jpeg_quality": 70,
            "exposure_ms": 4.0,
            "rolling_shutter_ms": 15.0,
            "shadows": 0.5,
            "car": "van",
        }
    )
    assert spec == replace(
        DriveSpec(),
        rut_mm=(8.0, 11.5),
        rut_width_m=0.9,
        crown_pct=2.0,
        crown=Crown.PARABOLA,
        step_mm=20.0,
        steps_per_km=3.0,
        roughness=Roughness.B,
        markings=Markings.NONE,
        reveal=Reveal.ALL,
        mount=replace(DriveSpec().mount, height_m=1.3, pitch_deg=10.0),
        noise=2.0,
        jpeg_quality=70,
        exposure_ms=4.0,
        rolling_shutter_ms=15.0,
        shadows=0.5,
        car="van",
    )


def test_the_focal_length_is_that_of_the_pictures_written() -> None:
    assert spec_of({"focal_px": 1400.0, "width_px": 1920, "height_px": 1080}).focal_px == pytest.approx(1400)


def test_a_rut_course_can_be_changed_in_part() -> None:
    assert spec_of({"rut_course": True}) == rut_course_spec()
    spec = spec_of({"rut_course": True, "seed": 3, "length_m": 300.0, "speed_kmh": 60.0, "roughness": "none"})
    assert spec == replace(rut_course_spec(3, 300.0), speed_kmh=60.0, roughness=Roughness.NONE)


def test_a_rut_course_has_all_depths_over_a_hundred_blocks() -> None:
    spec = rut_course_spec()
    assert spec.length_m / 20 >= 100
    depths = [stretch.rut_factor * spec.rut_mm[1] for stretch in spec.stretches]
    assert (min(depths), max(depths)) == (0, 50)
    assert spec.stretches[-1].to_m >= spec.length_m
    assert (
        min(sum(low <= depth < high for depth in depths) for low, high in ((0, 10), (10, 20), (20, 30), (30, 51))) > 4
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rut_mm": "deep"}, "--rut-mm must be a depth, or left,right, got 'deep'"),
        ({"rut_mm": "1,2,3"}, "--rut-mm must be"),
        ({"rut_mm": "8,-1"}, "rut_mm must be between 0 and 100, got -1"),
        ({"rut_mm": "nan"}, "rut_mm must be between"),
        ({"roughness": "F"}, "--roughness must be one of none, A, B, C, D, E, got 'F'"),
        ({"markings": "some"}, "--markings must be one of full, worn, none"),
        ({"reveal": "much"}, "--reveal must be one of nothing, lane_width, height, height_focal, all"),
        ({"car": "tank"}, "--car must be one of sedan"),
        ({"pitch_deg": 80.0}, "pitch_deg must be between -5 and 45, got 80"),
        ({"rolling_shutter_ms": -1.0}, "rolling_shutter_ms must be between 0 and 60"),
        ({"steps_per_km": 1e6}, "steps_per_km must be between"),
    ],
)
def test_what_cannot_be_is_named_in_one_line(given: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput) as error:
        spec_of(given)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_the_command_line_knows_the_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["simulate", "--out", str(tmp_path / "drive"), "--rut-course", "--rut-width", "0.8", "--crown-pct", "9"]
    assert main(arguments) == 2
    assert capsys.readouterr().err == "pavement: crown_pct must be between 0 and 5, got 9; choose another value\n"
    assert not (tmp_path / "drive").exists()
