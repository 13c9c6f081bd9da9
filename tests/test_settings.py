"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from pavement.errors import BadInput
from pavement.settings import Settings


def test_without_an_environment_the_defaults_hold() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings().rules.default.min_coverage_pct == 80


def test_the_environment_is_read() -> None:
    settings = Settings.from_environment({"PAVEMENT_MODEL": "own", "PAVEMENT_MIN_COVERAGE_PCT": "62.5"})
    assert (settings.model, settings.rules.default.min_coverage_pct) == ("own", 62.5)
    assert settings.rules.by_class["A"].min_coverage_pct == 62.5


@pytest.mark.parametrize("text", ["eighty", "80 %", "nan", "-1", "101"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=f"PAVEMENT_MIN_COVERAGE_PCT is '{text}'"):
        Settings.from_environment({"PAVEMENT_MIN_COVERAGE_PCT": text})


def test_the_model_and_its_device_are_set_and_pickles_are_never_trusted() -> None:
    given = {"PAVEMENT_MODELS": "/srv/models", "PAVEMENT_DEVICE": "cuda"}
    settings = Settings.from_environment(given)
    assert (settings.models, settings.device, settings.trust_pickles) == ("/srv/models", "cuda", False)
    with pytest.raises(BadInput, match="'tpu'; use one of auto, cpu, cuda"):
        Settings.from_environment({"PAVEMENT_DEVICE": "tpu"})


def test_the_limits_of_the_diagnosis_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "rating.toml"
    file.write_text(
        """
[default]
crack_pct = [15, 35]
[class.C]
rut_mm = [30, 50]
[manager."青森県"]
iri_mm_per_m = [4, 9]
[manager."青森県".class.D]
min_coverage_pct = 60
""",
        encoding="utf-8-sig",
    )
    rules = Settings.from_environment({"PAVEMENT_RATING": str(file)}).rules
    assert rules.limits_of("B", None).crack_pct == (15, 35)
    assert rules.limits_of("C", None).rut_mm == (30, 50)
    assert rules.limits_of("A", None).rut_mm == (25, 25)
    assert rules.limits_of("C", "青森県").rut_mm == (20, 40)  # a manager's own table comes before the class's
    ours = rules.limits_of("D", "青森県")
    assert (ours.crack_pct, ours.iri_mm_per_m, ours.min_coverage_pct) == ((15, 35), (4, 9), 60)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[default", "is no TOML"),
        ("[standard]", r"\[standard\] is not known; use \[default\]"),
        ("[default]\ncracks = [1, 2]", r"\[default\]: cracks is not known"),
        ("[class.B]\nrut_mm = [40, 20]", r"\[class.B\]: rut_mm is \[40, 20\]; give the number for Ⅱ first"),
        ("[class]\nB = 3", r"\[class.B\] is no table"),
        ("[default]\nrut_mm = ['a', 'b']", "give two numbers"),
    ],
)
def test_a_file_of_limits_that_is_wrong_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "rating.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=complaint):
        Settings.from_environment({"PAVEMENT_RATING": str(file)})
    with pytest.raises(BadInput, match="cannot be read"):
        Settings.from_environment({"PAVEMENT_RATING": str(tmp_path)})
