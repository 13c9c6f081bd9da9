"""Ways through the background roads between two places: a local graph around the track, searched to a limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.segment_index import SegmentIndex, ranges

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NODE_M = 0.5  #: ends of lines this close are one node


@dataclass(frozen=True, eq=False)
class Graph:
    """Some lines as edges between nodes, and the lengths of the shortest ways between nodes up to a limit."""

    lines: Ints  #: (e,) numbers of the lines, rising
    length_m: Floats  #: (e,)
    nodes: Ints  #: (e, 2) node at the start and at the end
    pairs: Ints  #: (p,) from · number of nodes + to, rising
    way_m: Floats  #: (p,)
    many: int  #: number of nodes

    @classmethod
    def of(cls, index: SegmentIndex, lines: Ints, limit_m: Floats) -> Graph:
        """The graph of `lines` (e,), rising; `limit_m` (e,): how far to search from the ends of each (0: not)."""
        first, last = index.starts[lines], index.starts[lines + 1] - 1
        ends = np.round(np.concatenate([index.coords[first], index.coords[last]]) / NODE_M).astype(np.int64)
        _, node = np.unique(ends[:, 0] * (1 << 31) + ends[:, 1], return_inverse=True)
        nodes = node.reshape(2, -1).T
        length, many = index.lengths[lines], int(node.max(initial=-1)) + 1
        limit = np.zeros(many)
        np.maximum.at(limit, nodes[:, 0], limit_m)
        np.maximum.at(limit, nodes[:, 1], limit_m)
        pairs, way = reach(nodes, length, limit)
        return cls(lines, length, nodes, pairs, way, many)

    def way(self, line: Ints, along_m: Floats, other: Ints, other_along_m: Floats) -> Floats:
        """Metres (n,) from places on lines to places on other lines; infinite beyond the limit."""
        a, b = np.searchsorted(self.lines, line), np.searchsorted(self.lines, other)
        shortest = np.full(len(line), np.inf)
        if not len(self.pairs):
            return shortest
        for i, first in enumerate((along_m, self.length_m[a] - along_m)):
            for j, last in enumerate((other_along_m, self.length_m[b] - other_along_m)):
                key = self.nodes[a, i] * self.many + self.nodes[b, j]
                k = np.minimum(np.searchsorted(self.pairs, key), len(self.pairs) - 1)
                between = np.where(self.pairs[k] == key, self.way_m[k], np.inf)
                shortest = np.minimum(shortest, first + between + last)
        return shortest


def reach(nodes: Ints, length_m: Floats, limit_m: Floats) -> tuple[Ints, Floats]:
    """Shortest ways between nodes: keys (from · m + to), rising, and metres, as far as `limit_m` (m,) of the first.

    All sources go one edge farther in each round (Bellman-Ford on a frontier).
    """
    m = len(limit_m)
    tail, head = np.concatenate([nodes[:, 0], nodes[:, 1]]), np.concatenate([nodes[:, 1], nodes[:, 0]])
    order = np.argsort(tail, kind="stable")
    head, cost = head[order], np.concatenate([length_m, length_m])[order]
    first = np.searchsorted(tail[order], np.arange(m + 1))
    source = np.flatnonzero(limit_m > 0)
    keys, ways = source * m + source, np.zeros(len(source))
    new_keys, new_ways = keys, ways
    while len(new_keys):
        source, node = np.divmod(new_keys, m)
        count = first[node + 1] - first[node]
        edge, parent = ranges(first[node], count), np.repeat(np.arange(len(node)), count)
        way = new_ways[parent] + cost[edge]
        near = way <= limit_m[source[parent]]
        new_keys, new_ways = shortest(source[parent[near]] * m + head[edge[near]], way[near])
        place = np.minimum(np.searchsorted(keys, new_keys), len(keys) - 1)
        better = (keys[place] != new_keys) | (new_ways < ways[place] - 1e-6)
        new_keys, new_ways = new_keys[better], new_ways[better]
        keys, ways = shortest(np.concatenate([keys, new_keys]), np.concatenate([ways, new_ways]))
    return keys, ways


def shortest(keys: Ints, ways: Floats) -> tuple[Ints, Floats]:
    """Each key once, rising, with its shortest way."""
    order = np.lexsort((ways, keys))
    keys, ways = keys[order], ways[order]
    once = np.concatenate([[True], np.diff(keys) != 0])[: len(keys)]
    return keys[once], ways[once]
