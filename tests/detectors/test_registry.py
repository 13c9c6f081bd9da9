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


def make_models(folder: Path, weights: bytes | None = WEIGHTS, entry: str = ENTRY) -> Path:
    folder.mkdir(parents=True)
    (folder / "registry.toml").write_text(entry, encoding="utf-8")
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


def test_a_folder_of_ones_own_is_asked_before_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "PLACES", (make_models(tmp_path / "shipped"),))
    own = make_models(tmp_path / "自前", entry=ENTRY.replace("[road]", "[own]").replace("768", "1024"))
    assert registry.find_model("own", own).input_width == 1024
    assert registry.find_model("road", str(own)).path == tmp_path / "shipped/road.onnx"
    with pytest.raises(BadInput, match=r"no model 'x'; use one of own, road"):
        registry.find_model("x", own)


def test_an_entry_says_all_that_is_known_of_a_model(tmp_path: Path) -> None:
    more = """
classes = ["patch", "own lane", "crack", "pothole"]
licence = "AGPL-3.0"
format = "torch"
engine = "torch"
precision = "f32"
scores = { crack_f1 = 0.74, photos = 200 }
card = "road.md"
"""
    entry = registry.find_model("road", make_models(tmp_path / "own", entry=ENTRY + more))
    assert (entry.format, entry.engine, entry.precision, entry.licence) == ("torch", "torch", "f32", "AGPL-3.0")
    assert entry.classes == ("patch", "own lane", "crack", "pothole")
    assert entry.scores == {"crack_f1": 0.74, "photos": 200}


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ('file = "road.onnx"', "", "[road] lacks file"),
        ("input_width = 768", "input_width = 700", "input_width is 700; give a multiple of 32"),
        ("input_width = 768", "input_width = '768'", "input_width is '768'; give a whole number"),
        ("input_width = 768", "input_width = true", "input_width is True"),
        ("lane = 0.5", "lane = 50", "between 0 and 1"),
        ("lane = 0.5", "lane = '0.5'", "lane is '0.5'; give a number"),
        ("lane = 0.5", "line = 0.5", "give lane, crack and pothole"),
        ("input_width", "format = 'pickle'\ninput_width", "format is 'pickle'; use one of onnx, torch"),
        ("input_width", "classes = ['crack']\ninput_width", "own lane, crack, pothole among them"),
        ("input_width", "scores = 3\ninput_width", "scores is 3; give a table"),
        ("[road]", "[road", "is no TOML"),
        (ENTRY, "road = 3", "[road] is no table"),
    ],
)
def test_an_entry_that_says_nonsense_is_refused_in_one_line(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    folder = make_models(tmp_path / "own", entry=ENTRY.replace(right, wrong))
    with pytest.raises(BadInput) as refusal:
        registry.find_model("road", folder)
    assert says in str(refusal.value)
    assert str(folder / "registry.toml") in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_shipped_registry_holds_for_every_model_in_it() -> None:
    for name in registry.read_registry(registry.models_folder() / "registry.toml"):
        maps = registry.GUARD_MAPS if name == "guard" else registry.MAPS
        assert registry.find_model(name, maps=maps).licence
