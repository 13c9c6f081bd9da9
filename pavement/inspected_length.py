"""点検実施延長率: the share of a network's length that was inspected validly in a 年度. Pure.

The denominator is the length of both directions without what is closed (冬期閉鎖・工事); a section counts as inspected
where enough of its lane was seen (no 有効測定率不足).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from pavement.segment import Flag

Group = TypeVar("Group", bound=Hashable)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Stretch:
    """One section of the network in one direction."""

    length_m: float  #: real length along the line
    closed: bool  #: 冬期閉鎖・工事: nobody can inspect it
    inspected: bool


@dataclass(frozen=True)
class InspectedLength:
    """Lengths in metres, both directions together."""

    network_m: float = 0.0  #: without what is closed
    inspected_m: float = 0.0
    closed_m: float = 0.0

    @property
    def uninspected_m(self) -> float:
        """未点検."""
        return self.network_m - self.inspected_m

    @property
    def share_pct(self) -> float | None:
        """点検実施延長率; None where nothing was to be inspected."""
        return 100 * self.inspected_m / self.network_m if self.network_m > 0 else None


def is_inspected(coverage_pct: float | None, flags: str) -> bool:
    """Whether a section's row of values is a valid inspection (`flags`: words joined by `;`).

    >>> is_inspected(92.0, "推定"), is_inspected(40.0, "要確認;有効測定率不足"), is_inspected(0.0, "")
    (True, False, False)
    """
    return coverage_pct is not None and coverage_pct > 0 and Flag.LOW_COVERAGE not in flags.split(";")


def inspected_length(stretches: Iterable[Stretch]) -> InspectedLength:
    """The lengths of a network.

    >>> inspected_length([Stretch(100, False, True), Stretch(300, False, False), Stretch(50, True, False)]).share_pct
    25.0
    """
    network = inspected = closed = 0.0
    for each in stretches:
        if each.closed:
            closed += each.length_m
            continue
        network += each.length_m
        inspected += each.length_m * each.inspected
    return InspectedLength(network, inspected, closed)


def inspected_by(
    items: Iterable[Item], group: Callable[[Item], Group], stretch: Callable[[Item], Stretch]
) -> dict[Group, InspectedLength]:
    """The same of each group, in the order in which the groups are met."""
    members: defaultdict[Group, list[Stretch]] = defaultdict(list)
    for item in items:
        members[group(item)].append(stretch(item))
    return {name: inspected_length(each) for name, each in members.items()}
