"""Stretches that a crew drives to: neighbouring sections as one, cut where they grow too long."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np

from pavement.review.rows import Bools, Floats, Sections

SLACK = 1.02  #: sections of 0.1 of kilopost are not 100 m on the ground: ten of them are a kilometre
LEAST_SHARE = 0.25  #: of the greatest length: shorter pieces are not cut off
Weigh = Callable[[int, int], Floats]  #: first and last row -> (n - 1,) how unlike neighbours are


def merge(sections: Sections, wanted: Bools, gap_m: float) -> list[tuple[int, int]]:
    """First and last row of runs of wanted sections; at most `gap_m` of others may lie between two."""
    rows = np.flatnonzero(wanted)
    if not len(rows):
        return []
    chain = np.repeat(np.arange(len(sections.chains) - 1), np.diff(sections.chains))
    sums = np.concatenate([[0.0], np.cumsum(sections.length_m)])
    between = sums[rows[1:]] - sums[rows[:-1] + 1]
    new = (chain[rows[1:]] != chain[rows[:-1]]) | (between > gap_m + 0.5)
    new |= sections.office.codes[rows[1:]] != sections.office.codes[rows[:-1]]
    firsts, lasts = rows[np.append(True, new)], rows[np.append(new, True)]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def cut(sections: Sections, wanted: Bools, run: tuple[int, int], most_m: float, weigh: Weigh) -> list[tuple[int, int]]:
    """A run in pieces of at most `most_m`, cut where neighbours differ most (`cut_places`); what is not wanted at the
    ends of a piece is left out.
    """
    first, last = run
    lengths = sections.length_m[first : last + 1]
    if lengths.sum() <= most_m * SLACK:
        return [run]
    ends = cut_places(lengths, weigh(first, last), most_m)
    starts = [0, *(end + 1 for end in ends[:-1])]
    pieces = []
    for a, b in zip(starts, ends, strict=True):
        inside = np.flatnonzero(wanted[first + a : first + b + 1])
        if len(inside):
            pieces.append((first + a + int(inside[0]), first + a + int(inside[-1])))
    return pieces


def cut_places(length_m: Floats, unlike: Floats, most_m: float) -> list[int]:
    """The last row of every piece: none (but a single section) over `most_m`, none under a quarter of it where that
    can be had; as few as can be, but a cut between neighbours that are unlike by 1 is worth a piece. `unlike` (n - 1,).

    >>> cut_places(np.full(12, 100.0), np.eye(11)[7], 1000.0)
    [7, 11]
    """
    for floor in (LEAST_SHARE * most_m, 0.0):
        found = _cheapest(length_m, unlike, most_m * SLACK, floor)
        if found is not None:
            return found
    return [len(length_m) - 1]


def _cheapest(length_m: Floats, unlike: Floats, most_m: float, least_m: float) -> list[int] | None:
    """By dynamic programming over the places of the cuts; None where no division keeps the bounds."""
    n = len(length_m)
    sums = [0.0, *np.cumsum(length_m).tolist()]
    costs = [0.0] + [inf] * n  # pieces, less what the cuts tell apart
    before = [0] * (n + 1)
    gain = [0.0, *unlike.tolist(), 0.0]
    for end in range(1, n + 1):
        for start in range(end - 1, -1, -1):
            length = sums[end] - sums[start]
            if length > most_m and end - start > 1:
                break
            if length >= least_m and costs[start] < inf:
                cost = costs[start] + 1 - gain[end]
                if cost < costs[end]:
                    costs[end], before[end] = cost, start
    if costs[n] == inf:
        return None
    ends = [n]
    while before[ends[-1]]:
        ends.append(before[ends[-1]])
    return [end - 1 for end in reversed(ends)]
