"""Settings from the environment."""

from __future__ import annotations

import pytest

from pavement.errors import BadInput
from pavement.settings import Settings


def test_without_an_environment_the_defaults_hold() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings().limits.min_coverage_pct == 80


def test_the_environment_is_read() -> None:
    settings = Settings.from_environment({"PAVEMENT_MODEL": "own", "PAVEMENT_MIN_COVERAGE_PCT": "62.5"})
    assert (settings.model, settings.limits.min_coverage_pct) == ("own", 62.5)


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
