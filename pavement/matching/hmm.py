"""The hidden Markov model of matching (Newson & Krumm 2009): how well a fix fits a line, and how one follows another.

All scores are natural logarithms; tables of n fixes have the shape (n, k), of the steps between them (n - 1, k, k).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.matching.candidate import NONE, OFF, Candidates
from pavement.matching.graph import Graph

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
IMPOSSIBLE = -1e4


@dataclass(frozen=True)
class Model:
    """Parameters; costs are negative log-probabilities."""

    sigma_floor_m: float = 4.0
    sigma_default_m: float = 5.0  #: where the receiver states no accuracy
    heading_weight: float = 4.0  #: kappa of the von Mises density of travel direction …
    heading_floor: float = 0.1  #: … mixed with so much of anything: receivers jump
    digitised_bonus: float = 0.2  #: of two equal background lines the one digitised in the direction of travel
    off_distance_m: float = 18.0  #: being off the network is as likely as lying so far beside a road …
    off_heading_cost: float = 0.7  #: … that runs about the right way
    detour_m: float = 6.0  #: scale of the exponential density of |way along the lines − straight way| …
    detour_share: float = 0.1  #: … and so much more a metre of the way
    join_reach_m: float = 40.0  #: lines whose ends are nearer continue each other
    join_cost: float = 0.5
    turn_cost: float = 3.5  #: to a line that this one touches or crosses here
    switch_cost: float = 7.0  #: to a line that it does not
    street_cost: float = 0.7  #: from one background road into the next: at most crossings there are two
    u_turn_cost: float = 12.0
    off_cost: float = 5.0  #: leaving or entering the network
    error_correlation_s: float = (
        5.0  #: errors so far apart in time are alike by 1/e: for the confidence they count less
    )
    change_share: float = 0.5  #: … and what comes from differences of fixes (heading, way) counts so much


def independence(model: Model, time_s: Floats) -> Floats:
    """How much of an independent observation each fix is (n,): (1 - r) / (1 + r) with the correlation r to the one
    before, if errors are a first-order Gauss-Markov process; the first is a whole one.
    """
    alike = np.exp(-np.diff(time_s, prepend=-np.inf) / model.error_correlation_s)
    return np.asarray((1 - alike) / (1 + alike))


def across_score(distance: Floats | float, sigma_m: Floats) -> Floats:
    """Student's t with five degrees of freedom."""
    return np.asarray(-3.0 * np.log1p((distance / sigma_m) ** 2 / 5.0))


def emission(
    model: Model, here: Candidates, accuracy_m: Floats, heading: Floats, told: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Scores of the distance and of the heading, each (n, k); `heading` (n, 2) and `told` (n,) as of `headings`."""
    sigma = np.where(np.isfinite(accuracy_m), accuracy_m, model.sigma_default_m).clip(model.sigma_floor_m, 50.0)[
        :, None
    ]
    distance = np.where(here.line == OFF, model.off_distance_m, here.distance_m)
    off = here.line == OFF
    cosine = here.east * heading[:, :1] + here.north * heading[:, 1:]
    either = here.sign == 0
    floor = model.heading_floor
    aligned = np.log(
        floor + (1 - floor) * np.exp(model.heading_weight * (np.where(either, np.abs(cosine), cosine) - 1))
    )
    along = np.where(told[:, None], np.where(off, -model.off_heading_cost, aligned), 0.0)
    along += np.where(either & (cosine > 0) & ~off, model.digitised_bonus, 0.0)
    return np.where(here.line == NONE, IMPOSSIBLE, across_score(distance, sigma)), along


def transition(
    model: Model, a: Candidates, b: Candidates, step_m: Floats, lengths: Floats, graph: Graph
) -> tuple[Floats, Floats]:
    """Scores (n, k, k) of the way from each candidate of a fix to each of the next, `step_m` (n,) apart, and the costs
    of changing the line.

    Off the network any way is right: its score is what the right way scores on average.
    """
    before, after, step = a.line[:, :, None], b.line[:, None], step_m[:, None, None]
    same_line = (before == after) & (before >= 0)
    same_way = same_line & (a.sign[:, :, None] == b.sign[:, None])
    forward = b.along_m[:, None] - a.along_m[:, :, None]
    forward = np.where(a.sign[:, :, None] == 0, np.abs(forward), forward * a.sign[:, :, None])
    straight = np.hypot(b.x[:, None] - a.x[:, :, None], b.y[:, None] - a.y[:, :, None])
    way = np.where(same_way, forward, straight)
    cost = np.where(same_line, np.where(same_way, 0.0, model.u_turn_cost), model.switch_cost)
    other = np.flatnonzero((before >= 0) & (after >= 0) & ~same_line)
    if len(other):
        turn(model, a, b, step_m, lengths, graph, other, way, cost)
    score = -np.abs(way - step) / (model.detour_m + model.detour_share * step)
    score[:, 0, :] = score[:, :, 0] = -1.0
    cost[:, 0, :] = cost[:, :, 0] = model.off_cost
    cost[:, 0, 0] = 0.0
    return score, cost


def turn(
    model: Model,
    a: Candidates,
    b: Candidates,
    step_m: Floats,
    lengths: Floats,
    graph: Graph,
    pairs: Ints,
    way: Floats,
    cost: Floats,
) -> None:
    """Fill in `way` and `cost` (n, k, k) of the `pairs` (flat indices) that go from one line to another."""
    k = way.shape[1]
    fix, rest = np.divmod(pairs, k * k)
    i, j = np.divmod(rest, k)
    from_sign, to_sign = a.sign[fix, i], b.sign[fix, j]
    ways, costs = way.ravel()[pairs], cost.ravel()[pairs]
    streets = np.flatnonzero((from_sign == 0) & (to_sign == 0))
    s, t = fix[streets], streets
    through = graph.way(a.line[s, i[t]], a.along_m[s, i[t]], b.line[s, j[t]], b.along_m[s, j[t]])
    found = np.isfinite(through)
    ways[streets[found]], costs[streets[found]] = through[found], model.street_cost
    managed = np.flatnonzero((from_sign != 0) | (to_sign != 0))
    f, p, q = fix[managed], i[managed], j[managed]
    step = step_m[f]
    touching, along, back = meet(a, b, f, p, q, step)
    left, gone = to_end(a, lengths, f, p), from_start(b, lengths, f, q)
    joins = touching & (left < model.join_reach_m + step) & (gone < model.join_reach_m + step)
    costs[managed] = np.where(joins, model.join_cost, np.where(touching, model.turn_cost, model.switch_cost))
    costs[managed[back]] = model.u_turn_cost
    ways[managed] = np.where(touching, along, ways[managed])
    way.reshape(-1)[pairs], cost.reshape(-1)[pairs] = ways, costs


def meet(
    a: Candidates, b: Candidates, fix: Ints, i: Ints, j: Ints, step: Floats
) -> tuple[NDArray[np.bool_], Floats, NDArray[np.bool_]]:
    """Whether the lines of candidates i of a and j of b meet between the two places, the way by there, and whether one
    goes back where the other came from.

    The lines are taken as straight: from a go p metres to where they cross, from there q metres to b.
    """
    dx, dy = b.x[fix, j] - a.x[fix, i], b.y[fix, j] - a.y[fix, i]
    ax, ay, bx, by = a.east[fix, i], a.north[fix, i], b.east[fix, j], b.north[fix, j]
    sine = ax * by - ay * bx
    parallel = np.abs(sine) < 0.3
    safe = np.where(parallel, 1.0, sine)
    p, q = (dx * by - dy * bx) / safe, (ax * dy - ay * dx) / safe
    p = np.where(a.sign[fix, i] == 0, np.abs(p), p)
    q = np.where(b.sign[fix, j] == 0, np.abs(q), q)
    slack = 15.0 + 0.2 * step
    crossing = ~parallel & (p > -slack) & (q > -slack) & (p < step + slack) & (q < step + slack)
    beside = parallel & (np.abs(dx * by - dy * bx) < 12.0)
    directed = (a.sign[fix, i] != 0) & (b.sign[fix, j] != 0)
    back = directed & parallel & (ax * bx + ay * by < 0)
    return (crossing | beside) & ~back, np.where(crossing, np.abs(p) + np.abs(q), np.hypot(dx, dy)), back


def to_end(here: Candidates, lengths: Floats, fix: Ints, i: Ints) -> Floats:
    """Metres left on the line in the direction of travel."""
    along, whole = here.along_m[fix, i], lengths[here.line[fix, i]]
    sign = here.sign[fix, i]
    return np.where(sign > 0, whole - along, np.where(sign < 0, along, np.minimum(along, whole - along)))


def from_start(here: Candidates, lengths: Floats, fix: Ints, i: Ints) -> Floats:
    """Metres already gone on the line in the direction of travel."""
    along, whole = here.along_m[fix, i], lengths[here.line[fix, i]]
    sign = here.sign[fix, i]
    return np.where(sign > 0, along, np.where(sign < 0, whole - along, np.minimum(along, whole - along)))
