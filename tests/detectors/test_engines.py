"""The engines behind one model: they agree on the same images, and what is missing says what to install.

Tolerances, in logits: engines that calculate in f32 differ by at most 0.01; bf16 (8 bits of mantissa) by at most 1 in
any place and 0.05 in the mean. A threshold of 0.6 lies at a logit of 0.4, and a logit is kept in steps of 1/16.
"""

from __future__ import annotations

import builtins
import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.detection import decide
from pavement.detectors import Engine, ModelDetector, ModelEntry, find_model, open_detector, open_engine
from pavement.errors import BadInput

Floats = NDArray[np.float32]
MOST = {"f32": (0.01, 0.001), "bf16": (1.0, 0.05)}  #: (largest, mean) difference of the logits by precision


def made_photos() -> list[NDArray[np.uint8]]:
    """Four textured lanes (480, 768, 3), two of them with dark lines."""
    rng = np.random.default_rng(3)
    photos = []
    for number in range(4):
        photo = cv2.GaussianBlur(rng.normal(115, 40, (480, 768, 3)), (0, 0), 1.2).clip(0, 255).astype(np.uint8)
        photo[: 60 * number] = (200, 180, 160)
        if number % 2:
            line = np.cumsum(rng.normal(0, 9, (40, 2)), axis=0) + np.linspace((300, 200), (420, 470), 40)
            cv2.polylines(photo, [line.astype(np.int32)], False, (45, 45, 45), 3)
        photos.append(photo)
    return photos


def needs(*packages: str) -> None:
    """Skip where a package is not installed."""
    for package in packages:
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed: the extra `train` brings it")


def differ(engine: Engine, entry: ModelEntry) -> tuple[float, float]:
    """Largest and mean difference of an engine's logits to OpenVINO's in f32."""
    photos = made_photos()
    expected = open_engine(replace(entry, precision="f32"), "cpu", "openvino").infer(photos)
    found = engine.infer(photos)
    assert found.shape == expected.shape == (4, 3, 60, 96)
    difference = np.abs(found - expected)
    return float(difference.max()), float(difference.mean())


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_engines_agree_on_the_shipped_model(engine: str) -> None:
    needs(engine)
    entry = find_model("road")
    opened = open_engine(entry, "cpu", engine)
    largest, mean = differ(opened, entry)
    print(f"{opened.label}: largest {largest:.4f}, mean {mean:.5f}")
    assert (largest, mean) <= MOST[opened.label.split()[-1]]
    assert mean <= MOST[opened.label.split()[-1]][1]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModelEntry]:
    """A network of one's own, as torch's pickle and as ONNX."""
    needs("torch", "onnx")
    import torch
    from torch import nn

    folder = tmp_path_factory.mktemp("モデル")
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 16, 8, 8), nn.SiLU(), nn.Conv2d(16, 3, 3, padding=1)).eval()
    torch.save({"model": network, "ema": None}, folder / "own.pt")
    torch.onnx.export(network, (torch.rand(1, 3, 64, 96),), folder / "own.onnx", dynamo=False, opset_version=17,
                      input_names=["image"], dynamic_axes={"image": {0: "n", 2: "h", 3: "w"}})  # fmt: skip

    def entry(format: str) -> ModelEntry:
        path = folder / ("own.pt" if format == "torch" else "own.onnx")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        (folder / "registry.toml").write_text(
            f'[own]\nfile = "{path.name}"\nsha256 = "{digest}"\ninput_width = 768\nformat = "{format}"\n'
            "thresholds = { lane = 0.5, crack = 0.5, pothole = 0.5 }\n",
            encoding="utf-8",
        )
        return find_model("own", folder)

    return entry


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_checkpoint_of_ones_own_agrees_with_its_export(own: Callable[[str], ModelEntry]) -> None:
    onnx, torch = own("onnx"), own("torch")
    opened = open_engine(torch, "cpu")
    assert opened.label.startswith("torch")
    photos = made_photos()
    expected = open_engine(replace(onnx, precision="f32"), "cpu").infer(photos)
    assert np.abs(opened.infer(photos) - expected).max() <= MOST["f32"][0]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_pickle_is_loaded_only_for_a_person(own: Callable[[str], ModelEntry]) -> None:
    folder = own("torch").path.parent
    with pytest.raises(BadInput, match=r"own\.pt.*executes code"):
        open_detector("own", models=folder)
    trusted = open_detector("own", models=folder, device="cpu", trust_pickles=True)
    (found,) = trusted.detect([np.zeros((640, 1024, 3), np.uint8)])
    assert found.logits.shape == (3, 60, 96)


def hide(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """Make packages look as if they were not installed."""
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] in packages:
            raise ImportError(f"No module named '{name}'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)


@pytest.mark.parametrize(
    ("device", "engine", "says"),
    [
        ("cuda", None, r"'pavement\[gpu\]'"),
        ("cpu", "onnxruntime", r"'pavement\[train\]'"),
        ("cpu", "torch", r"'pavement\[train\]'"),
        ("cuda", "openvino", "device 'cuda': OpenVINO runs on the CPU"),
    ],
)
def test_what_is_missing_is_one_line(
    monkeypatch: pytest.MonkeyPatch, device: str, engine: str | None, says: str
) -> None:
    hide(monkeypatch, "onnxruntime", "torch")
    with pytest.raises(BadInput, match=says) as refusal:
        open_engine(find_model("road"), device, engine)
    assert "\n" not in str(refusal.value)


def test_auto_is_the_cpu_where_there_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "onnxruntime", "torch")
    assert open_engine(find_model("road"), "auto").label.startswith("OpenVINO")


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_file_that_is_no_network_is_bad_input(tmp_path: Path, engine: str) -> None:
    needs(engine)
    path = tmp_path / "重み.onnx"
    path.write_bytes(b"no network")
    entry = replace(find_model("road"), path=path)
    with pytest.raises(BadInput, match=r"重み\.onnx"):
        open_engine(entry, "cpu", engine).infer(made_photos()[:1])


@pytest.mark.shared
def test_bf16_moves_crack_shares_less_than_anybody_sees(shared: Path) -> None:
    files = sorted((shared / "data/road-surface/val/images").glob("*.jpg"))[::40]
    photos = [np.asarray(cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR), np.uint8) for file in files]
    shares = []
    for precision in ("f32", "auto"):
        entry = replace(find_model("road"), precision=precision)
        detector = ModelDetector(entry, open_engine(entry, "cpu", "openvino"))
        shares.append([decide(each, detector.thresholds).crack_share for each in detector.detect(photos)])
    difference = np.abs(np.array(shares[0]) - np.array(shares[1]))
    print(f"{len(files)} photos: shares differ by {difference.mean():.5f} in the mean, {difference.max():.4f} at most")
    assert difference.mean() <= 0.003
    assert difference.max() <= 0.02


FIRST_USE = """
import threading
import numpy as np
from pavement.detectors import open_detector
detector, gate = open_detector(device="cpu"), threading.Barrier(4)
def ask():
    gate.wait()
    detector.detect([np.zeros((96, 160, 3), np.uint8)] * 2)
threads = [threading.Thread(target=ask) for _ in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
"""


def test_the_first_use_may_come_from_several_threads() -> None:
    """OpenVINO's own first use locked up so: in a process of its own, since a process has only one first time."""
    subprocess.run([sys.executable, "-c", FIRST_USE], check=True, timeout=120)
