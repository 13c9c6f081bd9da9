"""The skeleton of a prefecture: towns, the edges between them, and the chains of edges that become routes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from pavement.simulate.prefecture.curves import centre, evenly, hermite, smoothed, winding, with_hairpins
from pavement.simulate.prefecture.spec import Curve, Floats, Ints, PrefectureSpec

CURVINESS = 1.045  #: road metres by chord metres, about
EDGES_PER_NODE = 1.5
STRAIGHT_ON = np.cos(np.radians(120))  #: two edges of a node that meet at more than 120° go on as one road
OVERLAPS = 0.12  #: 重複: so many by the number of routes

Chain = tuple[tuple[int, bool], ...]  #: edges in order; True = along the edge's own direction


@dataclass(frozen=True)
class Skeleton:
    """nodes (n, 2) metres; edges (m, 2) node numbers; hilliness (m,); curves and chains of edges."""

    nodes: Floats
    edges: Ints
    hilliness: Floats
    hairpins: frozenset[int]
    curves: tuple[Curve, ...]
    chains: tuple[Chain, ...]


def make_skeleton(spec: PrefectureSpec) -> Skeleton:
    """Towns, edges, their lines and as many chains as routes are asked for."""
    rng = np.random.default_rng([spec.seed, 21])
    unit = scattered(2 * spec.routes, rng)
    edges = neighbours(unit)
    chords = np.hypot(*(unit[edges[:, 0]] - unit[edges[:, 1]]).T).sum()
    shared = 1 + OVERLAPS * spec.routes / len(edges)
    nodes = unit * (spec.length_km * 1000 / CURVINESS / shared / chords)
    tangents, onward = through_roads(nodes, edges)
    hilliness = hills(nodes[edges].mean(1), rng)
    curves, hairpins = draw(nodes, edges, tangents, hilliness, rng)
    chains = to_chains(edges, onward, spec.routes, rng)
    return Skeleton(nodes, edges, hilliness, hairpins, curves, chains)


def scattered(count: int, rng: np.random.Generator) -> Floats:
    """About evenly spread points, unit spacing, (count, 2), centred."""
    side = int(np.ceil(np.sqrt(count)))
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2).astype(float)
    points = grid + rng.uniform(-0.38, 0.38, grid.shape)
    points = points[np.sort(rng.permutation(len(points))[:count])]
    return np.asarray(points - points.mean(0))


def neighbours(points: Floats) -> Ints:
    """Edges (m, 2) of a Gabriel graph, thinned to `EDGES_PER_NODE` without falling apart."""
    triangles = Delaunay(points).simplices
    pairs = np.unique(np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), 1), axis=0)
    middle, length = points[pairs].mean(1), np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    empty = cKDTree(points).query(middle)[0] >= length / 2 - 1e-9
    pairs, length = pairs[empty], length[empty]
    tree = minimum_spanning_tree(coo_matrix((length, pairs.T), (len(points), len(points)))).tocoo()
    needed = {(min(a, b), max(a, b)) for a, b in zip(tree.row.tolist(), tree.col.tolist(), strict=True)}
    rank = np.array([0.0 if tuple(pair) in needed else 1.0 for pair in pairs.tolist()]) * (1 + length)
    return np.asarray(pairs[np.argsort(rank, kind="stable")[: int(EDGES_PER_NODE * len(points))]], np.int64)


def through_roads(nodes: Floats, edges: Ints) -> tuple[Floats, dict[tuple[int, int], int]]:
    """The direction (m, 2 ends, 2) in which every edge leaves its ends, and (edge, node) → the edge that goes on."""
    around: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for index, (a, b) in enumerate(edges.tolist()):
        around[a].append((index, 0))
        around[b].append((index, 1))
    chord = nodes[edges[:, 1]] - nodes[edges[:, 0]]
    chord /= np.hypot(*chord.T)[:, None]
    out = np.stack([chord, -chord], 1)
    onward: dict[tuple[int, int], int] = {}
    for node, ends in around.items():
        pairs = sorted(
            (float(out[a] @ out[b]), a, b)
            for k, a in enumerate(ends)
            for b in ends[k + 1 :]
            if out[a] @ out[b] < STRAIGHT_ON + 0.2
        )
        used: set[tuple[int, int]] = set()
        for _, a, b in pairs:
            if a in used or b in used:
                continue
            used |= {a, b}
            common = out[a] - out[b]
            out[a] = common / np.hypot(*common)
            out[b] = -out[a]
            onward[a[0], node], onward[b[0], node] = b[0], a[0]
    return out, onward


def hills(places: Floats, rng: np.random.Generator) -> Floats:
    """(m,) 0 in the plains … 1 in the mountains, by place."""
    size = max(float(np.ptp(places)), 1.0)
    field = sum(
        np.sin(2 * np.pi * (places @ rng.normal(0, 1 / wave, 2)) + rng.uniform(0, 2 * np.pi))
        for wave in (0.9 * size, 0.6 * size, 0.4 * size)
    )
    return np.clip(0.5 + 0.6 * np.asarray(field), 0, 1)


def draw(
    nodes: Floats, edges: Ints, tangents: Floats, hilliness: Floats, rng: np.random.Generator
) -> tuple[tuple[Curve, ...], frozenset[int]]:
    """The centre line of every edge, and which of them have hairpins."""
    curves, hairpins = [], set()
    for index, (a, b) in enumerate(edges.tolist()):
        length = float(np.hypot(*(nodes[b] - nodes[a])))
        line = evenly(hermite(nodes[a], nodes[b], tangents[index, 0], -tangents[index, 1], 200))
        line = winding(line, float(hilliness[index]), rng)
        if hilliness[index] > 0.7 and length > 2500 and rng.random() < 0.35:
            hairpins.add(index)
            loops = int(rng.integers(2, 5))
            line = with_hairpins(line, loops * rng.uniform(90, 160), loops, rng)
        curves.append(centre(smoothed(evenly(line), 9.0)))
    return tuple(curves), frozenset(hairpins)


def to_chains(
    edges: Ints, onward: dict[tuple[int, int], int], count: int, rng: np.random.Generator
) -> tuple[Chain, ...]:
    """Edges in a row that go straight on; joined over other roads' edges (重複), then split or joined to `count`."""
    chains = [list(chain) for chain in straight_chains(edges, onward)]
    carried: Counter[int] = Counter(edge for chain in chains for edge, _ in chain)
    for _ in range(round(OVERLAPS * count)):
        join_over(chains, edges, carried, rng)
    while len(chains) > count and join_at_end(chains, edges, rng):
        pass
    while len(chains) < count:
        longest = max(chains, key=len)
        if len(longest) < 2:
            break
        cut = len(longest) // 2
        chains.append(longest[cut:])
        del longest[cut:]
    return tuple(tuple(chain) for chain in chains)


def straight_chains(edges: Ints, onward: dict[tuple[int, int], int]) -> list[Chain]:
    """Every edge once, in the chains that `onward` makes."""
    left, found = set(range(len(edges))), []
    while left:
        first = edge = min(left)
        node = int(edges[edge, 0])
        while (edge, node) in onward and onward[edge, node] != first:  # back to where the chain begins
            edge = onward[edge, node]
            a, b = edges[edge].tolist()
            node = b if a == node else a
        chain = []
        while edge in left:
            left.discard(edge)
            forward = int(edges[edge, 0]) == node
            chain.append((edge, forward))
            node = int(edges[edge, 1 if forward else 0])
            edge = onward.get((edge, node), -1)
        found.append(tuple(chain))
    return found


def ends_of(chain: list[tuple[int, bool]], edges: Ints) -> tuple[int, int]:
    """The nodes at which a chain begins and ends."""
    (first, forward), (last, along) = chain[0], chain[-1]
    return int(edges[first, 0 if forward else 1]), int(edges[last, 1 if along else 0])


def turned(chain: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """The chain the other way round."""
    return [(edge, not forward) for edge, forward in reversed(chain)]


def join_over(
    chains: list[list[tuple[int, bool]]], edges: Ints, carried: Counter[int], rng: np.random.Generator
) -> None:
    """Join two chains by an edge of a third between their ends; that edge then carries one route more."""
    at: dict[int, list[int]] = defaultdict(list)
    for index, chain in enumerate(chains):
        for node in ends_of(chain, edges):
            at[node].append(index)
    shared = [e for e, number in carried.items() if number == 2]
    order = rng.permutation(len(edges)).tolist()
    if shared and rng.random() < 0.3:
        order = shared + order
    for edge in order:
        a, b = edges[edge].tolist()
        for one in at[a]:
            for other in at[b]:
                inside = any(edge == e for e, _ in (*chains[one], *chains[other]))
                if one == other or inside or carried[edge] >= 3:
                    continue
                before = chains[one] if ends_of(chains[one], edges)[1] == a else turned(chains[one])
                after = chains[other] if ends_of(chains[other], edges)[0] == b else turned(chains[other])
                if {e for e, _ in before} & {e for e, _ in after}:
                    continue
                chains[:] = [c for k, c in enumerate(chains) if k not in (one, other)]
                chains.append([*before, (edge, True), *after])
                carried[edge] += 1
                return


def join_at_end(chains: list[list[tuple[int, bool]]], edges: Ints, rng: np.random.Generator) -> bool:
    """Join two short chains at a node where both end: a route that turns at a junction."""
    at: dict[int, list[int]] = defaultdict(list)
    for index, chain in enumerate(chains):
        for node in set(ends_of(chain, edges)):
            at[node].append(index)
    meeting = [
        (len(chains[one]) + len(chains[other]), one, other, node)
        for node, there in at.items()
        for k, one in enumerate(there)
        for other in there[k + 1 :]
        if not {e for e, _ in chains[one]} & {e for e, _ in chains[other]}
    ]
    if not meeting:
        return False
    _, one, other, node = min(meeting)
    before = chains[one] if ends_of(chains[one], edges)[1] == node else turned(chains[one])
    after = chains[other] if ends_of(chains[other], edges)[0] == node else turned(chains[other])
    chains[:] = [c for k, c in enumerate(chains) if k not in (one, other)]
    chains.append([*before, *after])
    return True
