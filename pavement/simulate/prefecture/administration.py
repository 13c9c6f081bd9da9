"""What the road division makes of a skeleton: routes with keys and kiloposts, and how each edge is drawn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from pavement.road import RoadKey
from pavement.simulate.prefecture.curves import beside, bulge, dense
from pavement.simulate.prefecture.skeleton import Chain, Skeleton
from pavement.simulate.prefecture.spec import Curve, Floats, Form, Measure, Member, PrefectureSpec

NATIONAL, MAJOR, MINOR = "一般国道", "主要地方道", "一般県道"
SHARE = {NATIONAL: 0.2, MAJOR: 0.5, MINOR: 1.0}  #: of the routes by length, cumulated
SAME_NUMBER = 0.5  #: of the national routes, so many touch a prefectural one of their number
WITHOUT_POSTS = 0.4  #: of the prefectural routes at least
DECLARED = 0.6  #: of the edges with several routes, so many say which is the primary one
APART = {NATIONAL: 0.22, MAJOR: 0.08, MINOR: 0.03}
COINCIDING = {NATIONAL: 0.14, MAJOR: 0.05, MINOR: 0.02}


@dataclass(frozen=True)
class MadeRoute:
    """A route: its key, its edges in rising order, where each begins, and its measure."""

    road: RoadKey
    chain: Chain
    starts_m: Floats  #: (len(chain) + 1,)
    measure: Measure
    spacing_km: float | None  #: of its posts; None = no posts
    ledger_length_m: float | None


@dataclass(frozen=True)
class Edge:
    """An edge as the ledger draws it. `left` and `right` are the lines of the two carriageways (or both the centre)."""

    form: Form
    centre: Curve
    left: Curve
    right: Curve
    lane_m: float
    tunnels: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Administration:
    """Routes, edges, which routes run on which edge (chain places), and the declared primary route of each edge."""

    routes: tuple[MadeRoute, ...]
    edges: tuple[Edge, ...]
    primary: dict[int, int]  #: edge with several routes → route number, where the ledger says it
    members: tuple[tuple[Member, ...], ...]  #: by edge, in the s of the edge; the primary one first


def administer(spec: PrefectureSpec, skeleton: Skeleton) -> Administration:
    """Routes and edges of a skeleton."""
    rng = np.random.default_rng([spec.seed, 22])
    lengths = np.array([curve.length_m for curve in skeleton.curves])
    chains = [
        chain if rng.random() < 0.5 else tuple((e, not f) for e, f in reversed(chain)) for chain in skeleton.chains
    ]
    metres = np.array([lengths[[edge for edge, _ in chain]].sum() for chain in chains])
    keys = name_routes(chains, metres, skeleton, rng)
    spacings = choose_posts(keys, metres, spec.posts, rng)
    routes = tuple(
        measured(key, chain, lengths, spacing, rng) for key, chain, spacing in zip(keys, chains, spacings, strict=True)
    )
    on_edge: dict[int, list[int]] = defaultdict(list)
    for index, chain in enumerate(chains):
        for edge, _ in chain:
            on_edge[edge].append(index)
    rank = {index: (list(SHARE).index(key.road_type), index) for index, key in enumerate(keys)}
    edges, primary, members = [], {}, []
    for edge, curve in enumerate(skeleton.curves):
        here = sorted(on_edge[edge], key=rank.__getitem__)
        if len(here) > 1 and rng.random() < DECLARED:
            primary[edge] = here[0]
        posted = all(spacings[index] for index in here)
        edges.append(drawn(curve, keys[here[0]], posted, edge in skeleton.hairpins, skeleton.hilliness[edge], rng))
        members.append(tuple(member(routes[k], edge, lengths[edge], k == primary.get(edge, k)) for k in here))
    return Administration(routes, tuple(edges), primary, tuple(members))


def name_routes(chains: list[Chain], metres: Floats, skeleton: Skeleton, rng: np.random.Generator) -> list[RoadKey]:
    """The keys: the longest are national; numbers of national and prefectural routes collide where they touch."""
    order = np.argsort(-metres * rng.uniform(0.6, 1.4, len(metres)))
    kinds = {int(r): next(t for t, share in SHARE.items() if k < share * len(order)) for k, r in enumerate(order)}
    numbers: dict[int, int] = {}
    for road_type in SHARE:
        own = [index for index, each in kinds.items() if each == road_type]
        free = rng.permutation(np.arange(1, 3 * len(own) + 2)).tolist()
        numbers |= dict(zip(own, free, strict=False))
    touched = [{int(n) for edge, _ in chain for n in skeleton.edges[edge]} for chain in chains]
    taken: set[int] = set()
    for index, road_type in kinds.items():
        if road_type != NATIONAL or rng.random() > SAME_NUMBER:
            continue
        for other, nodes in enumerate(touched):
            if kinds[other] == MAJOR and other not in taken and nodes & touched[index]:
                holder = next((k for k, n in numbers.items() if kinds[k] == MAJOR and n == numbers[index]), other)
                if holder not in taken:
                    numbers[holder], numbers[other] = numbers[other], numbers[index]
                    taken.add(other)
                break
    return [RoadKey(kinds[k], str(numbers[k]), "000", "現道") for k in range(len(chains))]


def choose_posts(keys: list[RoadKey], metres: Floats, wanted: int, rng: np.random.Generator) -> list[float | None]:
    """The spacing of every route's posts in km: national roads all have posts, then others until there are enough."""
    spacing: list[float | None] = [None] * len(keys)
    national = [k for k, key in enumerate(keys) if key.road_type == NATIONAL]
    others = sorted(
        (k for k in range(len(keys)) if k not in set(national)), key=lambda k: -metres[k] * rng.uniform(0.7, 1.3)
    )
    count = 0.0
    for k in national + others[: round((1 - WITHOUT_POSTS) * len(others))]:
        spacing[k] = float(rng.choice([0.1, 0.2, 1.0], p=[0.9, 0.05, 0.05])) if count < wanted else 1.0
        count += 2 * metres[k] / 1000 / (spacing[k] or 1.0)
    return spacing


def measured(
    key: RoadKey, chain: Chain, lengths: Floats, spacing_km: float | None, rng: np.random.Generator
) -> MadeRoute:
    """A route with its kilopost scale: posts a little off their nominal spacing, or metres from its start."""
    starts = np.concatenate([[0.0], np.cumsum([lengths[edge] for edge, _ in chain])])
    total = float(starts[-1])
    if spacing_km is None:
        ledger = round(total * rng.uniform(0.985, 1.015)) if rng.random() < 0.5 else None
        measure = Measure(np.array([0.0, total]), np.array([0.0, (ledger or total) / 1000]))
        return MadeRoute(key, chain, starts, measure, None, ledger)
    first_km = round(float(rng.uniform(5, 700)), 1) if key.road_type == NATIONAL else 0.0
    before_m = float(rng.uniform(0, 90)) if key.road_type == NATIONAL else 0.0
    count = int((total - before_m) / (spacing_km * 1000)) + 2
    spread = 0.015 if spacing_km < 0.5 else 0.003
    steps = 1000 * spacing_km * (1 + np.clip(rng.normal(0, spread, count), -2 * spread, 2 * spread))
    first = first_km if spacing_km < 0.5 else float(round(first_km))
    s = before_m + np.concatenate([[0.0], np.cumsum(steps)])
    kp = np.round(first + spacing_km * np.arange(count + 1), 3)
    keep = max(int((s <= total).sum()), 2)
    return MadeRoute(key, chain, starts, Measure(s[:keep], kp[:keep]), spacing_km, None)


def drawn(curve: Curve, key: RoadKey, posted: bool, hairpins: bool, hilliness: float, rng: np.random.Generator) -> Edge:
    """An edge as one line, as one line a direction, or as the same line twice; and its tunnels."""
    lot = rng.random()
    form = Form.SINGLE
    if posted and lot < APART[key.road_type] and not hairpins and curve.length_m > 800:
        form = Form.APART
    elif posted and APART[key.road_type] <= lot < APART[key.road_type] + COINCIDING[key.road_type]:
        form = Form.COINCIDING
    left = right = curve
    lane = {Form.SINGLE: 2.0, Form.COINCIDING: float(rng.uniform(2.0, 5.0)), Form.APART: 0.0}[form]
    if form is Form.APART:
        line = dense(curve)
        half = float(rng.uniform(4, 10)) * bulge(curve.length_m, len(line.s), float(rng.uniform(80, 160)))
        left, right = beside(line, half), beside(line, -half)
    tunnels: tuple[tuple[float, float], ...] = ()
    if not hairpins and curve.length_m > 1500:
        size = 0.0
        if hilliness > 0.55 and rng.random() < 0.35:
            size = float(np.clip(rng.lognormal(6.2, 0.7), 120, min(2500, curve.length_m / 2)))
        elif rng.random() < 0.05:
            size = float(rng.uniform(40, 150))
        if size:
            begin = float(rng.uniform(300, curve.length_m - size - 300))
            tunnels = ((begin, begin + size),)
    return Edge(form, curve, left, right, lane, tunnels)


def member(route: MadeRoute, edge: int, length_m: float, primary: bool) -> Member:
    """A route on an edge."""
    place = next(k for k, (each, _) in enumerate(route.chain) if each == edge)
    forward = route.chain[place][1]
    start = float(route.starts_m[place])
    return Member(route.road, route.measure, start if forward else start + length_m, 1 if forward else -1, primary)
