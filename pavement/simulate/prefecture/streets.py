"""Where ways leave the managed roads: 旧道 and 新道 beside them, frontage roads, side roads, roundabouts; as links."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import shapely

from pavement.road import Carriageway, Kilopost
from pavement.simulate.prefecture.administration import Administration, Edge
from pavement.simulate.prefecture.curves import (
    along,
    bulge,
    centre,
    dense,
    evenly,
    hermite,
    normals,
    smoothed,
    tightest_m,
    winding,
)
from pavement.simulate.prefecture.skeleton import Skeleton
from pavement.simulate.prefecture.spec import (
    Curve,
    Feature,
    Floats,
    Form,
    Link,
    Measure,
    Member,
    PrefectureSpec,
    Scene,
)

PAIR_SHARE, FRONTAGE_SHARE = 0.2, 0.15  #: of the edges that are long enough
CLEAR_M = 30.0  #: between two junctions
ROUNDABOUTS = 0.03  #: of the nodes where three edges meet
BRANCHES = 0.25  #: of the side roads, so many have another one across
ACUTE = 0.15  #: of the side roads leave at 18-35°
LEAVING_M, LEFT_M = 60.0, 15.0  #: behind the first 60 m a side road is 15 m or more from its edge


@dataclass
class Streets:
    """Nodes and links while they are made."""

    nodes: list[Floats]
    links: list[Link] = field(default_factory=list)
    features: list[Feature] = field(default_factory=list)
    posts: list[Kilopost] = field(default_factory=list)
    roads: list[Floats] = field(default_factory=list)
    #: (edge, side) → (s, node) of its junctions; side 0: the one line, +1 left and -1 right carriageway
    stations: dict[tuple[int, int], list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    pairs: dict[int, tuple[float, float]] = field(default_factory=dict)  #: edge → stretch with a 旧道 or 新道 beside it
    junctions: int = 0

    def node(self, place: Floats) -> int:
        """A new node."""
        self.nodes.append(np.asarray(place, float))
        return len(self.nodes) - 1

    def station(self, edge: int, side: int, s: float, line: Curve) -> int:
        """A new junction on an edge."""
        node = self.node(line.at(np.array([s]))[0])
        self.stations[edge, side].append((s, node))
        self.junctions += 1
        return node

    def free(self, edge: int, side: int, s: float, clear_m: float = CLEAR_M) -> bool:
        """Whether no junction is near."""
        return all(abs(s - at) >= clear_m for at, _ in self.stations[edge, side])


def make_streets(spec: PrefectureSpec, skeleton: Skeleton, made: Administration) -> tuple[Streets, dict[int, float]]:
    """All junctions and links, and the roundabouts by node."""
    rng = np.random.default_rng([spec.seed, 23])
    streets = Streets([np.asarray(node) for node in skeleton.nodes])
    degree = np.bincount(skeleton.edges.ravel(), minlength=len(skeleton.nodes))
    streets.junctions = int((degree >= 3).sum())
    for edge, each in enumerate(made.edges):
        if each.form is Form.SINGLE and edge not in skeleton.hairpins:
            if rng.random() < PAIR_SHARE:
                add_pair(streets, edge, each, made.members[edge][0], rng)
            if rng.random() < FRONTAGE_SHARE:
                add_frontage(streets, edge, each, rng)
    add_side_roads(spec, streets, made, skeleton.hairpins, rng)
    for edge, each in enumerate(made.edges):
        a, b = skeleton.edges[edge].tolist()
        add_links(streets, edge, each, made.members[edge], a, b)
    rounds = {int(n): float(rng.uniform(13, 20)) for n in np.flatnonzero(degree >= 3) if rng.random() < ROUNDABOUTS}
    for node, radius in rounds.items():
        angle = np.linspace(0, 2 * np.pi, 37)
        streets.roads.append(streets.nodes[node] + radius * np.column_stack([np.cos(angle), np.sin(angle)]))
    return streets, rounds


def stretch(each: Edge, low_m: float, high_m: float, rng: np.random.Generator) -> tuple[float, float] | None:
    """A stretch of an edge away from its ends and tunnels; None where it has no room."""
    length = each.centre.length_m
    if length < low_m + 600:
        return None
    size = float(rng.uniform(low_m, min(high_m, length - 600)))
    a = float(rng.uniform(250, length - size - 250))
    b = a + size
    clash = any(a - 50 < end and begin < b + 50 for begin, end in each.tunnels)
    return None if clash else (a, b)


def add_pair(streets: Streets, edge: int, each: Edge, owner: Member, rng: np.random.Generator) -> None:
    """A 旧道 or 新道 of the edge's first route that leaves it and joins it again."""
    part = stretch(each, 900, 4000, rng)
    if part is None or not streets.free(edge, 0, part[0]) or not streets.free(edge, 0, part[1]):
        return
    base = dense(each.centre.between(*part))
    for _ in range(6):
        aside = float(rng.choice([-1, 1]) * np.exp(rng.uniform(np.log(20), np.log(200))))
        ramp = float(rng.uniform(100, 250)) + abs(aside)
        line = smoothed(evenly(base.xy), 60.0)
        line = line + normals(line) * (aside * bulge(float(along(line)[-1]), len(line), ramp))[:, None]
        line = smoothed(evenly(winding(line, 0.1, rng)), 12.0)
        if tightest_m(line) > 35:
            break
    else:
        return
    curve = centre(line)
    a, b = (streets.station(edge, 0, s, each.centre) for s in part)
    start, end = (a, b) if owner.sign > 0 else (b, a)
    if owner.sign < 0:
        curve = Curve(curve.xy[::-1], along(curve.xy[::-1]))
    streets.pairs[edge] = part
    kind = str(rng.choice(["旧道", "新道"]))
    same = sum(each.road.kind == kind and each.road.route_no == owner.road.route_no for each in streets.features)
    road = replace(owner.road, kind=kind, branch_no=f"{same:03d}")  # several of one route: each is a road of its own
    ends_km = np.sort(owner.measure.kp_at(owner.start_m + owner.sign * np.array(part)))
    measure, posts = pair_measure(curve, (float(ends_km[0]), float(ends_km[1])), rng)
    streets.posts += [Kilopost(road, Carriageway.BOTH, kp, x, y) for kp, x, y in posts]
    streets.features.append(Feature(road, Carriageway.BOTH, curve.xy, cumulative=not posts))
    streets.links.append(Link(start, end, curve, (1, -1), (Member(road, measure, 0.0, 1, True),), scene=Scene.PAIR))


def pair_measure(
    curve: Curve, ends_km: tuple[float, float], rng: np.random.Generator
) -> tuple[Measure, list[tuple[float, float, float]]]:
    """Half of the pairs go on with the posts of the road that they leave, the others count from their start."""
    length = curve.length_m
    ratio = length / max((ends_km[1] - ends_km[0]) * 1000, 1.0)
    kp = np.round(0.1 * np.arange(np.ceil(ends_km[0] * 10), ends_km[1] * 10, dtype=np.float64), 3)
    if rng.random() < 0.5 or not 0.8 < ratio < 1.2 or len(kp) < 3:
        return Measure(np.array([0.0, length]), np.array([0.0, length / 1000])), []
    s = (kp - ends_km[0]) * 1000 * ratio
    spot = curve.at(s)
    spot = spot + rng.uniform(6, 10, (len(s), 1)) * normals(curve.at(np.clip(s, 0, length)))
    return Measure(s, kp), [(float(k), float(x), float(y)) for k, (x, y) in zip(kp, spot, strict=True)]


def add_frontage(streets: Streets, edge: int, each: Edge, rng: np.random.Generator) -> None:
    """A background road 12-30 m beside the edge that leaves it and joins it again."""
    part = stretch(each, 250, 1500, rng)
    if part is None or not streets.free(edge, 0, part[0]) or not streets.free(edge, 0, part[1]):
        return
    base = dense(each.centre.between(*part))
    aside = float(rng.choice([-1, 1]) * rng.uniform(12, 30))
    line = smoothed(evenly(base.xy), 20.0)
    line = smoothed(evenly(line + normals(line) * (aside * bulge(base.length_m, len(line), 35.0))[:, None]), 5.0)
    a, b = (streets.station(edge, 0, s, each.centre) for s in part)
    curve = centre(line)
    streets.roads.append(curve.xy)
    streets.links.append(Link(a, b, curve, (1, -1), (), lane_m=1.2))


def add_side_roads(
    spec: PrefectureSpec, streets: Streets, made: Administration, hairpins: frozenset[int], rng: np.random.Generator
) -> None:
    """Side roads until there are as many junctions as asked for; more of them near towns."""
    lengths = np.array([each.centre.length_m for each in made.edges])
    share = np.cumsum(lengths) / lengths.sum()
    for _ in range(20 * spec.junctions):
        if streets.junctions >= spec.junctions:
            return
        edge = int(np.searchsorted(share, rng.random()))
        each, length = made.edges[edge], float(lengths[edge])
        s = float(rng.uniform(60, length - 60)) if rng.random() < 0.5 else float(60 + rng.exponential(400))
        s = s if rng.random() < 0.5 else length - s
        steep = edge in hairpins and 0.25 < s / length < 0.75
        hidden = steep or any(begin - 60 < s < end + 60 for begin, end in each.tunnels)
        side = int(rng.choice([-1, 1]))
        track = side if each.form is Form.APART else 0
        if hidden or not 50 < s < length - 50 or not streets.free(edge, track, s):
            continue
        line = {0: each.centre, 1: each.left, -1: each.right}[track]
        node = streets.station(edge, track, s, line)
        ahead = line.at(np.array([s - 2.0, s + 2.0]))
        add_side_road(streets, node, each, ahead[1] - ahead[0], side, rng)
        if track == 0 and rng.random() < BRANCHES:
            add_side_road(streets, node, each, ahead[1] - ahead[0], -side, rng)


def add_side_road(streets: Streets, node: int, each: Edge, ahead: Floats, side: int, rng: np.random.Generator) -> None:
    """One side road, to the left (+1) or right of `ahead`, that does not come back to its edge."""
    start, edge = streets.nodes[node], shapely.LineString(each.centre.xy)
    for _ in range(5):
        angle = np.radians(rng.uniform(18, 35) if rng.random() < ACUTE else rng.uniform(55, 125))
        angle = side * (angle if rng.random() < 0.5 else np.pi - angle)
        size = float(np.clip(rng.lognormal(5.0, 0.7), 40, 900))
        heading = np.arctan2(ahead[1], ahead[0]) + angle
        later = heading + rng.normal(0, 0.3)
        first, last = (np.array([np.cos(h), np.sin(h)]) for h in (heading, later))
        line = smoothed(evenly(hermite(start, start + size * (first + last) / 2, first, last, 60)), 3.0)
        away = np.asarray(shapely.distance(edge, shapely.points(line[along(line) > LEAVING_M])))
        if away.min(initial=np.inf) > LEFT_M:
            break
    else:
        return
    curve = centre(line)
    streets.roads.append(curve.xy)
    streets.links.append(Link(node, streets.node(curve.xy[-1]), curve, (1, -1), (), lane_m=1.2))


def add_links(streets: Streets, edge: int, each: Edge, members: tuple[Member, ...], a: int, b: int) -> None:
    """The links of an edge between its junctions."""
    tracks: dict[int, tuple[Curve, tuple[int, ...]]] = {0: (each.centre, (1, -1))}
    if each.form is Form.APART:
        tracks = {1: (each.left, (1,)), -1: (each.right, (-1,))}
    for track, (line, ways) in tracks.items():
        stops = [(0.0, a), *sorted(streets.stations[edge, track]), (each.centre.length_m, b)]
        for (low, first), (high, last) in pairwise(stops):
            tunnels = tuple((max(x, low), min(y, high)) for x, y in each.tunnels if x < high and low < y)
            part = line.between(low, high)
            scene = scene_of(each.form, len(members), streets.pairs.get(edge, (1.0, 0.0)), (low + high) / 2)
            streets.links.append(Link(first, last, part, ways, members, tunnels, each.lane_m, scene))


def scene_of(form: Form, routes: int, pair: tuple[float, float], s: float) -> Scene:
    """What a link of an edge is, for the tables."""
    if routes > 1:
        return Scene.SHARED
    if pair[0] <= s <= pair[1]:
        return Scene.PAIR
    return {Form.SINGLE: Scene.SINGLE, Form.APART: Scene.APART, Form.COINCIDING: Scene.COINCIDING}[form]
