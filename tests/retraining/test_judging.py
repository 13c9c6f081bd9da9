"""New weights beside the present ones: the judgement and the registry."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pavement.detectors import find_model
from pavement.errors import BadInput
from pavement.retraining.judging import judge
from pavement.retraining.registering import register_model
from pavement.retraining.training import find_training_python

FIGURES = {"crack F1": 0.7, "crack F1 tolerant": 0.86, "share error": 0.04, "pothole F1": 0.36, "lane IoU": 0.97}


def report(folder: Path, wrong: np.ndarray, **figures: float) -> Path:
    folder.mkdir(parents=True)
    photos = [{"name": f"p{k}", "false": int(each), "missed": 1} for k, each in enumerate(wrong)]
    text = json.dumps({"roads": {"all": FIGURES | figures}, "photos": photos})
    (folder / "evaluation.json").write_text(text, encoding="utf-8")
    return folder


WRONG = np.random.default_rng(1).integers(10, 40, 120)


def test_weights_that_are_surely_better_may_be_used(tmp_path: Path) -> None:
    present = report(tmp_path / "a", WRONG)
    new = report(tmp_path / "b", WRONG - 5, **{"crack F1": 0.75})
    found = judge(present, new, taught_by_model=False)
    assert (found.may_be_used, found.fewer_wrong) == (True, (5.0, 5.0, 5.0))
    assert "ラベルが現行モデル" in judge(present, new, taught_by_model=True).reasons[0]


def test_reasons_against(tmp_path: Path) -> None:
    present = report(tmp_path / "a", WRONG[:50])
    new = report(
        tmp_path / "b", np.random.default_rng(2).permutation(WRONG[:50]), **{"pothole F1": 0.2, "share error": 0.045}
    )
    reasons = judge(present, new, taught_by_model=False).reasons
    assert [reason[:9] for reason in reasons] == ["評価の写真が50枚", "ポットホールセルの", "誤りの減少がばらつ"]


def test_other_photos_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not of the same photos"):
        judge(report(tmp_path / "a", WRONG), report(tmp_path / "b", WRONG[:20]), taught_by_model=False)
    with pytest.raises(BadInput, match="is no report of a detector"):
        judge(tmp_path / "c", tmp_path / "b", taught_by_model=False)


def test_an_entry_of_a_registry_of_ones_own(tmp_path: Path) -> None:
    like = find_model("road")
    for weights in (b"first", b"second"):
        (tmp_path / "w.onnx").write_bytes(weights)
        entry = register_model("own_2026", tmp_path / "w.onnx", tmp_path / "models", like)
        assert (entry.path.read_bytes(), entry.thresholds, entry.input_width) == (
            weights,
            like.thresholds,
            like.input_width,
        )
    assert find_model("own_2026", tmp_path / "models") == entry
    with pytest.raises(BadInput, match="holds another model"):
        register_model("other", tmp_path / "w.onnx", tmp_path / "models", like)
    with pytest.raises(BadInput, match="the model's name"):
        register_model("新 型", tmp_path / "w.onnx", tmp_path / "models", like)


def test_without_torch_there_is_no_python_to_train_with(tmp_path: Path) -> None:
    assert find_training_python(tmp_path / "python") is None
