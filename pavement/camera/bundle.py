"""The mount from the motion of the road's texture: what two frames of one plane show of the camera between them.

Frames of a plane from two places on a straight way differ by an elation: its vertex is the vanishing point of travel,
its axis the horizon. Matches therefore tell pitch and yaw (given the focal length), roll (the horizon's slope: what is
on the left moves otherwise than what is on the right) and, over the whole picture, k1; the size of the motion in camera
heights tells the height once the metres between the frames are known. Each pair has unknowns of its own: the way in
camera heights, the turn and the drift, and what the springs moved between its two frames.

Least squares over all pairs, the pairs' own unknowns eliminated (Schur complement; Triggs et al. 2000, Bundle
adjustment, 6.1), errors from the scatter of the pairs (ibid., sandwich form).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import radians

import numpy as np
from numpy.typing import NDArray

from pavement.camera.pinhole import Camera
from pavement.camera.plane import Matches

Floats = NDArray[np.float64]

SHARED = ("pitch", "roll", "yaw", "k1")
SHARED_SD = np.array([radians(20.0), radians(3.0), radians(10.0), 0.05])  #: about the start
#: a pair's own: way (log), pitch and roll of the earlier frame against the later, heading, drift aside per metre
OWN_SD = np.array([1.0, radians(0.5), radians(0.5), radians(3.0), 0.008])
NOISE_PX = 0.5  #: of a match
ROBUST_PX = 2.0  #: residuals beyond this lose their weight (Cauchy)
MOST_ROUNDS = 36
DELTA = 1e-5  #: of an unknown, for derivatives


@dataclass(frozen=True)
class Solved:
    """The camera at a height of 1 with errors (1 sigma: pitch, roll, yaw in radians, k1; 0 = was kept)."""

    camera: Camera
    sd: Floats
    ways: Floats  #: (pairs,) travel in camera heights
    rms_px: float  #: of the matches that fit
    matches: int  #: that fit


@dataclass(frozen=True)
class _State:
    shared: Floats  #: (4,)
    own: Floats  #: (pairs, 5)


@dataclass(frozen=True)
class _Problem:
    """All matches of all pairs: pixels (n, 2), and to which pair each belongs (n,)."""

    camera: Camera
    later: Floats
    earlier: Floats
    pair: NDArray[np.intp]
    start: _State
    free: NDArray[np.bool_]

    def rest(self, state: _State) -> Floats:
        """Residuals (n, 2) in pixels."""
        return predict(self.camera, state.shared, state.own[self.pair], self.later) - self.earlier

    def cost(self, state: _State, rest: Floats) -> float:
        """What is minimised."""
        robust = ROBUST_PX**2 * np.log1p((rest**2).sum(1) / ROBUST_PX**2).sum() / NOISE_PX**2
        shared = ((state.shared - self.start.shared) / SHARED_SD)[self.free]
        return float(robust + (shared**2).sum() + (((state.own - self.start.own) / OWN_SD) ** 2).sum())

    def equations(self, state: _State, rest: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Normal equations by pair: shared (n, 4, 4), mixed (n, 4, 5), own (n, 5, 5), right sides (n, 4), (n, 5)."""
        by_shared, by_own = np.zeros((*rest.shape, len(SHARED))), np.zeros((*rest.shape, len(OWN_SD)))
        for k in (int(each) for each in np.flatnonzero(self.free)):
            by_shared[..., k] = (self.rest(_State(_moved(state.shared, k), state.own)) - rest) / DELTA
        for k in range(len(OWN_SD)):
            by_own[..., k] = (self.rest(_State(state.shared, _moved(state.own, k))) - rest) / DELTA
        weight = 1 / (1 + (rest**2).sum(1) / ROBUST_PX**2) / NOISE_PX**2
        both = np.concatenate([by_shared, by_own, -rest[..., None]], axis=2)
        products = np.einsum("n,npi,npj->nij", weight, both[..., :-1], both)
        count, size = len(state.own), products.shape[1:]
        flat = products.reshape(len(rest), -1)
        columns = [np.bincount(self.pair, column, count) for column in flat.T]
        summed = np.asarray(np.stack(columns, axis=1), np.float64).reshape(count, *size)
        s = len(SHARED)
        return summed[:, :s, :s], summed[:, :s, s:-1], summed[:, s:, s:-1], summed[:, :s, -1], summed[:, s:, -1]


def _moved(values: Floats, index: int) -> Floats:
    moved = values.copy()
    moved[..., index] += DELTA
    return moved


def solve(camera: Camera, pairs: Sequence[Matches], *, keep: Sequence[str] = ()) -> Solved:
    """The camera that explains the matches of all pairs best, from `camera` on; what `keep` of SHARED names stays."""
    own = np.zeros((len(pairs), len(OWN_SD)))
    own[:, 0] = np.log([pair.way for pair in pairs])
    state = _State(np.array([camera.pitch, camera.roll, camera.yaw, camera.k1]), own)
    problem = _Problem(
        camera,
        np.concatenate([pair.later for pair in pairs]),
        np.concatenate([pair.earlier for pair in pairs]),
        np.concatenate([np.full(len(pair.later), i, np.intp) for i, pair in enumerate(pairs)]),
        state,
        np.array([name not in keep for name in SHARED]),
    )
    rest, damping = problem.rest(state), 1e-3
    cost, covariance = problem.cost(state, rest), np.zeros((len(SHARED), len(SHARED)))
    for _ in range(MOST_ROUNDS):
        step, covariance = _step(problem, state, rest, damping)
        tried = _State(state.shared + step.shared, state.own + step.own)
        tried_rest = problem.rest(tried)
        now = problem.cost(tried, tried_rest)
        if np.isfinite(now) and now < cost:
            small = cost - now < 1e-6 * cost
            state, rest, cost, damping = tried, tried_rest, now, damping / 5
            if small:
                break
        elif damping > 1e8:
            break
        else:
            damping *= 10
    pitch, roll, yaw, k1 = (float(each) for each in state.shared)
    good = (rest**2).sum(1) < (2 * ROBUST_PX) ** 2
    return Solved(
        replace(camera, pitch=pitch, roll=roll, yaw=yaw, k1=k1, height_m=1.0),
        np.sqrt(np.diag(covariance)),
        np.exp(state.own[:, 0]),
        float(np.sqrt((rest[good] ** 2).mean())) if good.any() else float("inf"),
        int(good.sum()),
    )


def _step(problem: _Problem, state: _State, rest: Floats, damping: float) -> tuple[_State, Floats]:
    """One damped step, and the covariance of the shared unknowns from the scatter of the pairs."""
    shared, mixed, own, right_shared, right_own = problem.equations(state, rest)
    own = own + np.diag(OWN_SD**-2.0)
    right_own = right_own - (state.own - problem.start.own) / OWN_SD**2
    damped = own + damping * own * np.eye(len(OWN_SD))
    over_mixed = np.linalg.solve(damped, mixed.transpose(0, 2, 1))
    over_right = np.linalg.solve(damped, right_own[..., None])[..., 0]
    prior = np.where(problem.free, SHARED_SD**-2.0, 1.0)
    left = shared.sum(0) + np.diag(prior) - np.einsum("nij,njk->ik", mixed, over_mixed)
    scores = right_shared - np.einsum("nij,nj->ni", mixed, over_right)
    right = scores.sum(0) - np.where(problem.free, prior * (state.shared - problem.start.shared), 0)
    step = np.linalg.solve(left + damping * np.diag(np.diag(left)), right) * problem.free
    inverse = np.linalg.inv(left) * problem.free
    return (
        _State(step, over_right - np.einsum("nij,j->ni", over_mixed, step)),
        inverse @ (scores.T @ scores) @ inverse.T,
    )


def predict(camera: Camera, shared: Floats, own: Floats, later: Floats) -> Floats:
    """Pixels (n, 2) in the earlier frames of what the later frames show at `later` (n, 2); shared (4,), own (n, 5).

    Of what the springs and the way turned between two frames, each frame has one half.
    """
    pitch, roll, yaw, k1 = shared
    way, nod, lean, turn, drift = np.exp(own[:, 0]), own[:, 1] / 2, own[:, 2] / 2, own[:, 3] / 2, own[:, 4]
    x, y = (later - [camera.cx_px, camera.cy_px]).T / camera.focal_px
    bent = 1 + k1 * (x**2 + y**2)
    x, y = _turned(x / bent, y / bent, -(roll - lean))
    cos, sin = np.cos(pitch - nod), np.sin(pitch - nod)
    scale = 1 / np.maximum(y * cos + sin, 1e-4)
    forward, right = _turned(scale * (cos - y * sin), scale * x, yaw - turn)
    forward, right = _turned(forward + way, right + way * drift, -(yaw + turn))
    cos, sin = np.cos(pitch + nod), np.sin(pitch + nod)
    depth = np.maximum(forward * cos + sin, 1e-4)
    x, y = _turned(right / depth, (cos - forward * sin) / depth, roll + lean)
    bent = 1 + k1 * (x**2 + y**2)
    return np.stack([camera.cx_px + camera.focal_px * x * bent, camera.cy_px + camera.focal_px * y * bent], axis=1)


def _turned(a: Floats, b: Floats, angle: Floats) -> tuple[Floats, Floats]:
    """(a, b) turned from a towards b."""
    cos, sin = np.cos(angle), np.sin(angle)
    return a * cos - b * sin, a * sin + b * cos
