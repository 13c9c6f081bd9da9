"""The registry of models: nothing is loaded whose hash differs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pavement.detection import Thresholds
from pavement.detectors import registry
from pavement.errors import BadInput, Fault

WEIGHTS = b"weights"
ENTRY = f"""
[road]
file = "road.onnx"
sha256 = "{hashlib.sha256(WEIGHTS).hexdigest()}"
input_width = 768
thresholds = {{ lane = 0.5, crack = 0.35, pothole = 0.4 }}
"""


def make_models(folder: Path, weights: bytes | None = WEIGHTS) -> Path:
    folder.mkdir(parents=True)
    (folder / "registry.toml").write_text(ENTRY, encoding="utf-8")
    if weights is not None:
        (folder / "road.onnx").write_bytes(weights)
    return folder


def test_the_first_place_that_has_a_registry_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, checkout = tmp_path / "site-packages" / "_models", tmp_path / "模型"
    monkeypatch.setattr(registry, "PLACES", (wheel, checkout))
    with pytest.raises(Fault, match=r"registry\.toml is missing"):
        registry.find_model("road")
    make_models(checkout)
    entry = registry.find_model("road")
    assert entry.path == checkout / "road.onnx"
    assert (entry.input_width, entry.thresholds) == (768, Thresholds(0.5, 0.35, 0.4))
    make_models(wheel)
    assert registry.find_model("road").path == wheel / "road.onnx"


@pytest.mark.parametrize(
    ("name", "weights", "says"),
    [
        ("road", b"other weights", "has sha256"),
        ("road", None, "is missing"),
        ("roads", WEIGHTS, "no model 'roads'"),
    ],
)
def test_what_is_not_the_registrys_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, weights: bytes | None, says: str
) -> None:
    monkeypatch.setattr(registry, "PLACES", (make_models(tmp_path / "models", weights),))
    with pytest.raises(BadInput) as refusal:
        registry.find_model(name)
    assert says in str(refusal.value)
    assert str(tmp_path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
