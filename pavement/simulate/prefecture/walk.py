"""Where a patrol car drives: from junction to junction, mostly on along its road, sometimes off it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from pavement.simulate.prefecture.spec import Floats, Link, Prefecture

MANAGED, BACKGROUND = 0.7, 0.5  #: weight of a way that leads off to a side …
AHEAD = 6.0  #: … and what going straight on adds to it
AHEAD_RAD = 0.7
AGAIN = 0.3  #: factor for every time that a way was driven before
U_TURN = 0.015  #: chance at a junction


@dataclass(frozen=True)
class Leg:
    """A link driven along (+1) or against (-1) its s."""

    link: int
    travel: int


class Roads:
    """The links that leave every node, and the headings of links at their ends."""

    def __init__(self, links: tuple[Link, ...]) -> None:
        self.links = links
        self.leaving: dict[int, list[Leg]] = defaultdict(list)
        for index, link in enumerate(links):
            for travel in link.ways:
                self.leaving[link.start if travel > 0 else link.end].append(Leg(index, travel))

    def end_of(self, leg: Leg) -> int:
        """The node at which a leg ends."""
        link = self.links[leg.link]
        return link.end if leg.travel > 0 else link.start

    def length_m(self, leg: Leg) -> float:
        """Metres of a leg."""
        return self.links[leg.link].curve.length_m

    def heading(self, leg: Leg, at_end: bool) -> float:
        """Direction of travel at the beginning or the end of a leg, radians."""
        xy = self.links[leg.link].curve.xy[:: leg.travel]
        step = far_end(xy[::-1]) * -1 if at_end else far_end(xy)
        return float(np.arctan2(step[1], step[0]))


def far_end(xy: Floats, reach_m: float = 12.0) -> Floats:
    """From the first vertex to the first one `reach_m` away."""
    away = np.hypot(*(xy - xy[0]).T)
    return np.asarray(xy[int(np.argmax(away >= min(reach_m, away.max())))] - xy[0])


def walk(prefecture: Prefecture, length_m: float, rng: np.random.Generator) -> list[Leg]:
    """The legs of a drive of about `length_m`."""
    roads = Roads(prefecture.links)
    managed = [k for k, link in enumerate(prefecture.links) if link.members]
    first = int(rng.choice(managed))
    legs = [Leg(first, int(rng.choice(prefecture.links[first].ways)))]
    visits: Counter[int] = Counter()
    driven = roads.length_m(legs[0])
    while driven < length_m:
        legs.append(onward(roads, legs[-1], visits, rng))
        visits[legs[-1].link] += 1
        driven += roads.length_m(legs[-1])
    return legs


def onward(roads: Roads, leg: Leg, visits: Counter[int], rng: np.random.Generator) -> Leg:
    """The next leg."""
    options = roads.leaving[roads.end_of(leg)]
    back = [each for each in options if each.link == leg.link]
    others = [each for each in options if each.link != leg.link]
    if back and (not others or rng.random() < U_TURN):
        return back[0]
    arriving = roads.heading(leg, at_end=True)
    weights = []
    for each in others:
        turn = abs((roads.heading(each, at_end=False) - arriving + np.pi) % (2 * np.pi) - np.pi)
        ahead = AHEAD * np.exp(-((turn / AHEAD_RAD) ** 2))
        weight = MANAGED + ahead if roads.links[each.link].members else BACKGROUND
        weights.append(weight * AGAIN ** visits[each.link] * (0.02 if turn > 2.8 else 1.0))
    share = np.array(weights) / np.sum(weights)
    return others[int(rng.choice(len(others), p=share))]
