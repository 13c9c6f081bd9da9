"""Public map matchers on the data that `bench_matching.py` wrote: run by the Python that has them installed.

`python bench_peers.py DATA.npz MATCHER FIXES CORE_SECONDS` prints JSON: fixes, core-seconds to prepare and to match,
and the share of fixes that were put on the right road. They get the true graph with its junctions, in metres.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np

SEARCH_M, ERROR_M = 60.0, 8.0
NODE_M = 1.0  #: nodes nearer than this are one


class Graph:
    """Edges as (from node, to node, vertices); every edge in the direction in which it may be driven."""

    def __init__(self, data: Any) -> None:
        self.xy, self.starts, self.ways, self.road = data["xy"], data["starts"], data["ways"], data["road"]
        ends = np.vstack([self.xy[self.starts[:-1]], self.xy[self.starts[1:] - 1]])
        code = np.round(ends / NODE_M).astype(np.int64)
        _, self.node = np.unique(code[:, 0] * 10_000_000 + code[:, 1], return_inverse=True)

    def edges(self) -> Any:
        """(line, from, to, vertices)."""
        count = len(self.starts) - 1
        for k in range(count):
            points = self.xy[self.starts[k] : self.starts[k + 1]]
            if self.ways[k] & 1:
                yield k, int(self.node[k]), int(self.node[count + k]), points
            if self.ways[k] & 2:
                yield k, int(self.node[count + k]), int(self.node[k]), points[::-1]


Answer = list[tuple[int, int]]  #: (fix, line)


def fastmm(graph: Graph, tracks: list[Any]) -> tuple[Callable[[], Answer], str]:
    """fastmm (C++, the FMM of Yang & Gidofalvi 2018 with its table of shortest paths)."""
    library: Any = import_module("fastmm")

    network = library.Network()
    line_of: list[int] = []
    for line, start, end, points in graph.edges():
        network.add_edge(len(line_of), source=start, target=end, geom=[tuple(point) for point in points.tolist()])
        line_of.append(line)
    network.finalize()
    with tempfile.TemporaryDirectory() as folder:
        matcher = library.FastMapMatch(
            network, library.TransitionMode.SHORTEST, max_distance_between_candidates=200.0, cache_dir=folder
        )

    def work() -> Answer:
        found, first = [], 0
        assert network.get_edge_count()  # the matcher does not keep its network alive
        for track in tracks:
            trajectory = library.Trajectory.from_xy_tuples([tuple(point) for point in track.tolist()])
            result = matcher.match(
                trajectory,
                max_candidates=8,
                candidate_search_radius=SEARCH_M,
                gps_error=ERROR_M,
                reverse_tolerance=30.0,
            )
            found += [
                (first + segment.p1.trajectory_index, line_of[segment.edges[-1].edge_id])
                for part in result.subtrajectories
                if part.error_code == library.MatchErrorCode.SUCCESS
                for segment in part.segments
                if segment.edges
            ]
            first += len(track)
        return found

    return work, getattr(library, "__version__", "")


def leuvenmapmatching(graph: Graph, tracks: list[Any]) -> tuple[Callable[[], Answer], str]:
    """leuvenmapmatching (Python, an HMM over a graph of straight pieces)."""
    library = import_module("leuvenmapmatching")
    InMemMap = import_module("leuvenmapmatching.map.inmem").InMemMap
    DistanceMatcher = import_module("leuvenmapmatching.matcher.distance").DistanceMatcher

    near = np.zeros(len(graph.starts) - 1, bool)  # an R-tree of a prefecture takes it hours: only what lies around
    low, high = (pick(np.vstack(tracks), axis=0) for pick in (np.min, np.max))
    for k in range(len(near)):
        points = graph.xy[graph.starts[k] : graph.starts[k + 1]]
        near[k] = bool(((points > low - 500) & (points < high + 500)).all(1).any())
    roads = InMemMap("roads", use_latlon=False, use_rtree=True, index_edges=True)
    line_of: dict[tuple[int, int], int] = {}
    fresh = int(graph.node.max()) + 1
    for line, start, end, points in graph.edges():
        if not near[line]:
            continue
        inner = list(range(fresh, fresh + len(points) - 2))
        fresh += len(inner)
        numbers = [start, *inner, end]
        for number, (x, y) in zip(numbers, points.tolist(), strict=True):
            roads.add_node(number, (y, x))
        for a, b in pairwise(numbers):
            roads.add_edge(a, b)
            line_of[a, b] = line

    def work() -> Answer:
        found, first = [], 0
        for track in tracks:
            done = 0
            while done < len(track):  # it stops where it finds no way on: there it starts again
                matcher = DistanceMatcher(
                    roads, max_dist=SEARCH_M, obs_noise=ERROR_M, max_dist_init=SEARCH_M, non_emitting_states=False
                )
                states, _ = matcher.match([(y, x) for x, y in track[done:].tolist()])
                found += [(first + done + k, line_of.get(tuple(state[:2]), -1)) for k, state in enumerate(states or ())]
                done += max(len(states or ()), 1)
            first += len(track)
        return found

    return work, getattr(library, "__version__", "")


def main() -> None:
    """Match and print."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[4]), resource.RLIM_INFINITY))
    data, limit = np.load(sys.argv[1]), int(sys.argv[3])
    bounds = np.minimum(data["track_starts"], limit)
    tracks = [data["fixes"][a:b] for a, b in pairwise(bounds.tolist()) if b - a > 10]
    started = time.process_time()
    matcher = {"fastmm": fastmm, "leuvenmapmatching": leuvenmapmatching}[sys.argv[2]]
    work, version = matcher(Graph(data), tracks)
    prepared = time.process_time()
    answers = work()
    done = time.process_time()
    true, road = data["true"], data["road"]
    managed = np.flatnonzero(true[: sum(map(len, tracks))] >= 0)
    guess = np.full(len(true), -1)
    for fix, line in answers:
        guess[fix] = road[line] if line >= 0 else -1
    print(
        json.dumps(
            {
                "version": version,
                "fixes": sum(map(len, tracks)),
                "prepare_s": prepared - started,
                "match_s": done - prepared,
                "right": float((guess[managed] == true[managed]).mean()) if len(managed) else None,
            }
        )
    )


if __name__ == "__main__":
    main()
