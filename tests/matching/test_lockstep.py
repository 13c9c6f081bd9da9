"""Windows in lockstep give what one loop over the whole chain gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pavement.matching.lockstep import posteriors, viterbi

Floats = NDArray[np.float64]


def chain(n: int, k: int, seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 3, (n, k)), -rng.exponential(3, (max(n - 1, 0), k, k))


def log_sum(values: Floats, axis: int) -> Floats:
    peak = values.max(axis)
    return np.asarray(np.log(np.exp(values - np.expand_dims(peak, axis)).sum(axis)) + peak)


@given(st.integers(1, 200), st.integers(1, 6), st.integers(0, 5))
def test_path_and_posteriors(n: int, k: int, seed: int) -> None:
    emission, transition = chain(n, k, seed)
    best, came, ahead = emission[0], [], [emission[0]]
    for step, here in zip(transition, emission[1:], strict=True):
        came.append((best[:, None] + step).argmax(0))
        best = (best[:, None] + step).max(0) + here
        ahead.append(log_sum(ahead[-1][:, None] + step, 0) + here)
    path = [int(best.argmax())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    behind = [np.zeros(k)]
    for step, here in zip(transition[::-1], emission[:0:-1], strict=True):
        behind.append(log_sum(step + (here + behind[-1])[None], 1))
    joint = np.array(ahead) + np.array(behind[::-1])
    joint = np.exp(joint - joint.max(1, keepdims=True))
    assert viterbi(emission, transition).tolist() == path[::-1]
    assert posteriors(emission, transition) == pytest.approx(joint / joint.sum(1, keepdims=True), abs=1e-9)


def test_an_ambiguous_stretch_of_any_length_is_decided_by_its_ends() -> None:
    emission = np.zeros((3000, 2))
    emission[-1, 1] = 3.0
    stay = np.where(np.eye(2, dtype=bool), 0.0, -20.0)
    transition = np.broadcast_to(stay, (2999, 2, 2)).copy()
    assert (viterbi(emission, transition) == 1).all()
    assert posteriors(emission, transition)[:, 1] == pytest.approx(1 / (1 + np.exp(-3)), abs=0.01)
