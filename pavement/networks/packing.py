"""A network as named arrays and one JSON object, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from pavement.geo import LocalPlane
from pavement.linear_reference import LedgerLength, Scale
from pavement.road import Attribute, Carriageway, Network, Polylines, RoadKey, Route
from pavement.segment_index import SegmentIndex

Arrays = dict[str, NDArray[Any]]


def pack(network: Network) -> tuple[dict[str, Any], Arrays]:
    """Facts and arrays of a network; the lines themselves are those of its index."""
    scales = [route.scale for route in network.routes]
    roads = list(dict.fromkeys([r.road for r in network.routes] + [a.road for a in network.attributes]))
    code = {road: i for i, road in enumerate(roads)}
    texts = list(dict.fromkeys(t for a in network.attributes for t in (a.name, a.value, a.valid_from)))
    number = {text: i for i, text in enumerate(texts)}
    facts = {
        "plane": [network.plane.lon0, network.plane.lat0],
        "roads": [[r.road_type, r.route_no, r.branch_no, r.kind] for r in roads],
        "routes": [_route_facts(route, code[route.road]) for route in network.routes],
        "texts": texts,
        "municipalities": [name for name, _ in network.municipalities],
        "anomalies": list(network.anomalies),
    }
    arrays: Arrays = {f"index.{name}": array for name, array in network.index.arrays().items()}
    arrays |= {"roads.starts": network.roads.starts, "roads.ids": network.roads.ids}
    arrays |= _joined("scale.along_m", [s.along_m for s in scales])
    arrays |= _joined("scale.kp_km", [s.kp_km for s in scales])
    arrays |= _joined("scale.posts_km", [s.posts_km for s in scales])
    arrays |= _joined("scale.refused", [np.zeros(0, bool) if s.refused is None else s.refused for s in scales])
    arrays["attributes.km"] = np.array([(a.from_kp_km, a.to_kp_km) for a in network.attributes], float).reshape(-1, 2)
    words = [(code[a.road], number[a.name], number[a.value], number[a.valid_from]) for a in network.attributes]
    arrays["attributes.words"] = np.array(words, np.int32).reshape(-1, 4)
    shapes = [np.frombuffer(shapely.to_wkb(area), np.uint8) for _, area in network.municipalities]
    return facts, arrays | _joined("municipalities", shapes)


def unpack(facts: Mapping[str, Any], arrays: Arrays, fingerprint: str) -> Network:
    """The network of `pack`; its big arrays are those given (mapped from disk)."""
    plane = LocalPlane(*facts["plane"])
    keys = [RoadKey(*each) for each in facts["roads"]]
    index = SegmentIndex.of_arrays({k.removeprefix("index."): a for k, a in arrays.items() if k.startswith("index.")})
    columns = {name: _parts(arrays, f"scale.{name}") for name in ("along_m", "kp_km", "posts_km", "refused")}
    scales = [
        Scale(along, kp, posts, refused if len(refused) else None, each["measured"], each["spacing_km"])
        for along, kp, posts, refused, each in zip(*columns.values(), facts["routes"], strict=True)
    ]
    routes = tuple(
        _route(i, each, keys, index, scale, plane)
        for i, (each, scale) in enumerate(zip(facts["routes"], scales, strict=True))
    )
    texts = facts["texts"]
    attributes = tuple(
        Attribute(keys[road], low, high, texts[name], texts[value], texts[since])
        for (low, high), (road, name, value, since) in zip(
            arrays["attributes.km"].tolist(), arrays["attributes.words"].tolist(), strict=True
        )
    )
    own = int(index.starts[len(routes)])
    areas = [shapely.from_wkb(each.tobytes()) for each in _parts(arrays, "municipalities")]
    return Network(
        plane=plane,
        routes=routes,
        attributes=attributes,
        roads=Polylines(index.coords[own:], arrays["roads.starts"], arrays["roads.ids"]),
        municipalities=tuple(zip(facts["municipalities"], areas, strict=True)),
        anomalies=tuple(facts["anomalies"]),
        fingerprint=fingerprint,
        ready_index=index,
    )


def _route_facts(route: Route, road: int) -> dict[str, Any]:
    ledger = route.ledger
    return {
        "road": road,
        "carriageway": route.carriageway.value,
        "name": route.name,
        "link_id": route.link_id,
        "facts": dict(route.facts),
        "ledger": ledger and [ledger.ledger_m, ledger.line_m],
        "measured": route.scale.measured,
        "spacing_km": route.scale.spacing_km,
    }


def _route(
    i: int, each: Mapping[str, Any], keys: Sequence[RoadKey], index: SegmentIndex, scale: Scale, plane: LocalPlane
) -> Route:
    line = LineString(index.coords[index.starts[i] : index.starts[i + 1]])
    ledger = LedgerLength(*each["ledger"]) if each["ledger"] else None
    way, name, link_id = Carriageway(each["carriageway"]), each["name"], each["link_id"]
    return Route(i, keys[each["road"]], way, name, line, scale, plane, link_id, each["facts"], ledger)


def _joined(name: str, parts: Sequence[NDArray[Any]]) -> Arrays:
    starts = np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)
    return {name: np.concatenate(parts) if parts else np.empty(0), f"{name}.starts": starts}


def _parts(arrays: Arrays, name: str) -> list[NDArray[Any]]:
    starts = arrays[f"{name}.starts"].tolist()
    return [arrays[name][a:b] for a, b in pairwise(starts)]
