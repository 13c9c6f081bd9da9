"""The rows of the layers `routes` and `kiloposts`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from pavement.road import Carriageway, Kilopost
from pavement.simulate.prefecture.administration import Administration, Edge, MadeRoute
from pavement.simulate.prefecture.spec import Curve, Feature, Floats, Form

POST_ASIDE_M = (6.0, 10.0)


def features_of(made: Administration) -> Iterator[Feature]:
    """Every route: one line where nothing changes; a line a direction where carriageways are drawn apart; a line of its
    own where the ledger names another route as primary. All digitised towards higher kiloposts.
    """
    for index, route in enumerate(made.routes):

        def kind(piece: tuple[int, bool], index: int = index) -> tuple[Form, str]:
            first = made.primary.get(piece[0], index)
            other = first != index and made.routes[index].spacing_km is not None
            return made.edges[piece[0]].form, made.routes[first].road.route_no if other else ""

        for (form, primary), group in groupby(route.chain, key=kind):
            pieces = list(group)
            ways = [Carriageway.BOTH] if form is Form.SINGLE else [Carriageway.DOWN, Carriageway.UP]
            for way in ways:
                xy = joined([side_of(made.edges[edge], forward, way).xy for edge, forward in pieces])
                yield Feature(route.road, way, xy, primary, route.ledger_length_m, route.spacing_km is None)


def side_of(edge: Edge, forward: bool, way: Carriageway) -> Curve:
    """An edge's line for a carriageway of a route that runs along it (`forward`) or against it, in rising order."""
    left = (way is not Carriageway.UP) == forward
    curve = edge.centre if edge.form is not Form.APART else edge.left if left else edge.right
    return curve if forward else curve.turned()


def joined(parts: list[Floats]) -> Floats:
    """Lines in a row as one, without the doubled points between them."""
    return np.vstack([parts[0], *(part[1:] for part in parts[1:])])


def posts_of(made: Administration, rng: np.random.Generator) -> Iterator[Kilopost]:
    """The posts of every route that has some, on both sides, 6-10 m beside the line."""
    for route in made.routes:
        if route.spacing_km is not None:
            for way in (Carriageway.DOWN, Carriageway.UP):
                yield from posts_on(made, route, way, rng)


def posts_on(made: Administration, route: MadeRoute, way: Carriageway, rng: np.random.Generator) -> Iterator[Kilopost]:
    """The posts of one side."""
    place = np.clip(np.searchsorted(route.starts_m, route.measure.s, side="right") - 1, 0, len(route.chain) - 1)
    for piece in np.unique(place):
        edge, forward = route.chain[piece]
        mine = place == piece
        gone = route.measure.s[mine] - route.starts_m[piece]
        centre = made.edges[edge].centre
        s = gone if forward else centre.length_m - gone
        line = side_of(made.edges[edge], True, way if forward else other(way))
        here, ahead = line.at(s), line.at(s + 1.0) - line.at(s - 1.0)
        ahead /= np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
        left = np.column_stack([-ahead[:, 1], ahead[:, 0]]) * (1 if (way is Carriageway.DOWN) == forward else -1)
        spot = here + left * rng.uniform(*POST_ASIDE_M, (len(s), 1))
        for kp, (x, y) in zip(route.measure.kp_km[mine].tolist(), spot.tolist(), strict=True):
            yield Kilopost(route.road, way, kp, x, y)


def other(way: Carriageway) -> Carriageway:
    """The other carriageway."""
    return Carriageway.UP if way is Carriageway.DOWN else Carriageway.DOWN
