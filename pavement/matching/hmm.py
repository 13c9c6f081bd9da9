"""The hidden Markov model of matching: emission, transition, Viterbi path and posterior (Newson & Krumm 2009)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.matching.candidate import OFF, Candidates

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """Parameters; costs are negative log-probabilities."""

    sigma_floor_m: float = 4.0
    sigma_default_m: float = 5.0  #: where the receiver states no accuracy
    heading_weight: float = 4.0  #: kappa of the von Mises density of travel direction …
    heading_floor: float = 0.1  #: … mixed with so much of anything: receivers jump
    off_distance_m: float = 25.0  #: being off the network is as likely as lying so far beside a road …
    off_heading_cost: float = 0.7  #: … that runs about the right way
    detour_m: float = 6.0  #: scale of the exponential density of |way along the lines − straight way|
    join_reach_m: float = 40.0  #: lines whose ends are nearer continue each other
    join_cost: float = 0.5
    switch_cost: float = 5.0  #: to a line that does not continue this one
    u_turn_cost: float = 12.0
    off_cost: float = 5.0  #: leaving or entering the network


def emission(model: Model, candidates: Candidates, sigma_m: float, heading: float | None) -> Floats:
    """Log-probability (k,) of a fix given each candidate: Student's t (5 degrees of freedom) for the
    distance, a floored von Mises density for the heading (radians from east).
    """

    def across(distance: Floats | float) -> Floats:
        return -3.0 * np.log1p((np.asarray(distance) / sigma_m) ** 2 / 5.0)

    off = candidates.line == OFF
    score = np.where(off, across(model.off_distance_m), across(np.where(off, 0.0, candidates.distance_m)))
    if heading is not None:
        density = np.exp(model.heading_weight * (np.cos(np.where(off, 0.0, candidates.tangent) - heading) - 1))
        aligned = np.log(model.heading_floor + (1 - model.heading_floor) * density)
        score = score + np.where(off, -model.off_heading_cost, aligned)
    return score


def transition(model: Model, a: Candidates, b: Candidates, lengths: Floats, step_m: float) -> Floats:
    """Log-probability (k_a, k_b) of going from each candidate of one fix to each of the next, `step_m` apart."""
    same_line = (a.line[:, None] == b.line[None]) & (a.line[:, None] != OFF)
    same_way = same_line & (a.sign[:, None] == b.sign[None])
    forward = a.sign[:, None] * (b.along_m[None] - a.along_m[:, None])
    straight = np.hypot(b.x[None] - a.x[:, None], b.y[None] - a.y[:, None])
    scale = model.detour_m + 0.1 * step_m
    way = np.where(same_way, forward, straight)
    score = -np.abs(np.nan_to_num(way, nan=step_m) - step_m) / scale
    left = to_end(a, lengths)
    gone = from_start(b, lengths)
    joins = (left[:, None] < model.join_reach_m + step_m) & (gone[None] < model.join_reach_m + step_m)
    cost = np.where(same_line, model.u_turn_cost, np.where(joins, model.join_cost, model.switch_cost))
    cost = np.where(same_way, 0.0, cost)
    off_a, off_b = a.line[:, None] == OFF, b.line[None] == OFF
    result = np.where(off_a ^ off_b, -model.off_cost, score - cost)
    return np.asarray(np.where(off_a & off_b, 0.0, result), float)


def to_end(candidates: Candidates, lengths: Floats) -> Floats:
    """Metres left on the line in the direction of travel (inf when off the network)."""
    whole = np.where(candidates.line == OFF, np.inf, lengths[candidates.line])
    return np.where(
        candidates.sign > 0, whole - candidates.along_m, np.where(candidates.sign < 0, candidates.along_m, np.inf)
    )


def from_start(candidates: Candidates, lengths: Floats) -> Floats:
    """Metres already gone on the line in the direction of travel."""
    whole = np.where(candidates.line == OFF, np.inf, lengths[candidates.line])
    return np.where(
        candidates.sign < 0, whole - candidates.along_m, np.where(candidates.sign > 0, candidates.along_m, np.inf)
    )


def log_sum(values: Floats, axis: int) -> Floats:
    """log(sum(exp(values))) along an axis."""
    peak = values.max(axis=axis, keepdims=True)
    return np.asarray((peak + np.log(np.exp(values - peak).sum(axis=axis, keepdims=True))).squeeze(axis))


def decode(emissions: Sequence[Floats], transitions: Sequence[Floats]) -> tuple[list[int], list[Floats]]:
    """The most likely candidate of every fix (Viterbi) and the posterior (k,) of all of them (forward-backward)."""
    best, forward = emissions[0], [emissions[0]]
    came: list[NDArray[np.intp]] = []
    for step, here in zip(transitions, emissions[1:], strict=True):
        reach = best[:, None] + step
        came.append(reach.argmax(0))
        best = reach.max(0) + here
        forward.append(log_sum(forward[-1][:, None] + step, 0) + here)
    backward = [np.zeros_like(emissions[-1])]
    for step, here in zip(reversed(transitions), reversed(emissions[1:]), strict=True):
        backward.append(log_sum(step + (here + backward[-1])[None], 1))
    posteriors = []
    for ahead, behind in zip(forward, reversed(backward), strict=True):
        joint = ahead + behind
        posteriors.append(np.exp(joint - joint.max()) / np.exp(joint - joint.max()).sum())
    path = [int(best.argmax())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return path[::-1], posteriors
