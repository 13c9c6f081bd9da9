"""The whole check: every road by itself, then what roads share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
import shapely
from numpy.typing import NDArray

from pavement.linear_reference import SPACING_RATIO
from pavement.network_check.finding import Fault, Finding, ManagedLine, Post, Severity, Survey
from pavement.network_check.ledger import check_ledger
from pavement.network_check.lines import Way, check_lines, check_order, start_of
from pavement.network_check.nodes import nodes_of
from pavement.network_check.posts import check_posts
from pavement.network_check.shared_road import check_shared
from pavement.road import Carriageway, RoadKey

ORDER = {severity: i for i, severity in enumerate(Severity)}
LACKS_LINE = 3  #: so many posts in a row off the line: the line is missing, not the posts wrong


def check_survey(survey: Survey) -> list[Finding]:
    """All findings, the worst first, then by road and kilopost; what both carriageways share stands once."""
    ways, posts = ways_of(survey), posts_of(survey)
    found = [*survey.findings, *check_keys(survey.lines)]
    for road in sorted(set(posts) | set(ways)):
        for way in ways.get(road, ()):
            found += check_lines(way)
        found += check_road(survey, road, posts.get(road, ()), ways.get(road, ()))
    found += check_shared(survey.lines)
    if survey.with_lines:
        found += check_ledger(survey.stretches, ranges_of(posts, ways))
    return in_order(once(found))


def ways_of(survey: Survey) -> dict[RoadKey, list[Way]]:
    """The lines of every road by carriageway."""
    groups: dict[tuple[RoadKey, Carriageway], list[ManagedLine]] = {}
    for each in survey.lines:
        groups.setdefault((each.road, each.carriageway), []).append(each)
    found: dict[RoadKey, list[Way]] = {}
    for (road, way), features in groups.items():
        found.setdefault(road, []).append(Way(road, way, tuple(features), survey.plane))
    return found


def posts_of(survey: Survey) -> dict[RoadKey, list[Post]]:
    """The posts of every road."""
    found: dict[RoadKey, list[Post]] = {}
    for post in survey.posts:
        found.setdefault(post.road, []).append(post)
    return found


def check_road(survey: Survey, road: RoadKey, posts: Sequence[Post], ways: Sequence[Way]) -> list[Finding]:
    """The posts of one road, on its lines where it has any."""
    if not ways:
        found = [] if not survey.with_lines else [without_route(road, posts)]
        carriageways = {post.carriageway for post in posts} - {Carriageway.BOTH} or {Carriageway.BOTH}
        for each in sorted(carriageways):
            mine = [post for post in posts if each.carries(post.carriageway)]
            nowhere = np.full(len(mine), -1, np.int64)
            found += [replace(f, carriageway=each) for f in check_posts(nodes_of(mine, nowhere, np.zeros(len(mine))))]
        return found
    if not posts:
        return [without_posts(road, ways)]
    found = []
    for way in ways:
        mine = [post for post in posts if way.carriageway.carries(post.carriageway)]
        piece, along = way.place(mine)
        nodes = nodes_of(mine, piece, along)
        repeated = {node.kp_km for node in nodes if len(node.clusters) > 1}
        found += check_order(way, mine, piece, along, repeated)
        found += off_line(way, mine, piece)
        on_line = [node for node in nodes if any(cluster.piece >= 0 for cluster in node.clusters)]
        found += [replace(f, carriageway=way.carriageway) for f in check_posts(on_line or nodes, known_points=True)]
    return found


def off_line(way: Way, posts: Sequence[Post], piece: NDArray[np.int64]) -> list[Finding]:
    """Posts that stand on none of the lines: one or two are outlying, more in a row lack their line."""
    on = [post.kp_km for post, i in zip(posts, piece, strict=True) if i >= 0]
    if not on:
        return [without_route(way.road, posts, way.carriageway)] if posts else []
    found = []
    order = sorted(range(len(posts)), key=lambda k: posts[k].kp_km)
    for off, run in groupby(order, key=lambda k: bool(piece[k] < 0)):
        if not off:
            continue
        these = [posts[k] for k in run]
        outside = these[-1].kp_km < min(on) or these[0].kp_km > max(on)
        if outside or len(these) >= LACKS_LINE:
            found.append(without_route(way.road, these, way.carriageway))
        else:
            found += [outlying(way, post) for post in these]
    return found


def outlying(way: Way, post: Post) -> Finding:
    """A post far from the lines although its neighbours stand on them."""
    away = min(float(each.line.distance(shapely.Point(post.x, post.y))) for each in way.pieces)
    what = f"距離標 {post.kp_km:g} km が線から {away:,.0f} m 離れている"
    do = "位置か数値を直すか、線を加える"
    xy = (post.x, post.y)
    return Finding(
        Severity.CAUTION, Fault.POST_OUTLYING, what, do, way.road, way.carriageway, post.kp_km, post.kp_km, xy
    )


def without_route(road: RoadKey, posts: Sequence[Post], way: Carriageway | None = None) -> Finding:
    """Posts that no line runs past."""
    ordered = sorted(posts, key=lambda post: post.kp_km)
    low, high = ordered[0], ordered[-1]
    what = f"距離標 {low.kp_km:g}〜{high.kp_km:g} km（{len(posts)} 点）のそばに routes の線がない"
    do = "線を加える。管理しない区間なら、このままでよい"
    return Finding(Severity.NOTE, Fault.POST_WITHOUT_ROUTE, what, do, road, way, low.kp_km, high.kp_km, (low.x, low.y))


def without_posts(road: RoadKey, ways: Sequence[Way]) -> Finding:
    """How a road without posts will be measured."""
    way = max(ways, key=lambda each: sum(line.length for line in each.lines))
    length = sum(line.length for line in way.lines)
    ledger = ledger_length_m(way)
    told = f"台帳延長 {ledger:,.0f} m に合わせる（差 {ledger - length:+,.0f} m）" if ledger else "台帳延長もない"
    what = f"距離標がない: 起点から線の長さ {length:,.0f} m で測り、{told}"
    severity = Severity.NOTE
    if ledger and not SPACING_RATIO[0] <= length / ledger <= SPACING_RATIO[1]:
        severity, what = Severity.CAUTION, what + "。差が大きすぎ、距離標を求めない"
    do = "距離標か既知点、または ledger_length_m を加えると正確になる"
    xy = start_of(way.lines[0]) if way.lines else None
    return Finding(severity, Fault.ROUTE_WITHOUT_POSTS, what, do, road, way.carriageway, xy=xy)


def ledger_length_m(way: Way) -> float:
    """The ledger's length: of all features together, or of the road where every feature repeats it; 0 = not known."""
    lengths = [each.ledger_length_m or 0.0 for each in way.features]
    return lengths[0] if len(set(lengths)) == 1 else sum(lengths)


def check_keys(lines: Sequence[ManagedLine]) -> list[Finding]:
    """One key with two names, and keys that differ in their writing only."""
    found = []
    names: dict[RoadKey, dict[str, ManagedLine]] = {}
    written: dict[tuple[str, str, str, str], dict[str, ManagedLine]] = {}
    for each in lines:
        if each.name:
            names.setdefault(each.road, {}).setdefault(each.name, each)
        road = each.road
        bare = (road.road_type, road.route_no.lstrip("0"), road.branch_no.lstrip("0"), road.kind)
        written.setdefault(bare, {}).setdefault(road.slug(), each)
    for road, by_name in names.items():
        if len(by_name) > 1:
            what = f"1つのキー {road.slug()} に {len(by_name)} つの路線名（{'・'.join(sorted(by_name))}）"
            found.append(_collision(what, "別の道路なら道路種別・枝番・区分で分ける", next(iter(by_name.values()))))
    for by_slug in written.values():
        if len(by_slug) > 1:
            what = f"書き方だけ違うキー（{'・'.join(sorted(by_slug))}）は別の道路になる"
            found.append(_collision(what, "一つに揃える（路線番号は 4、枝番は 000）", next(iter(by_slug.values()))))
    return found


def _collision(what: str, do: str, line: ManagedLine) -> Finding:
    xy = start_of(line.parts[0]) if line.parts else None
    return Finding(Severity.SERIOUS, Fault.KEY_COLLISION, what, do, line.road, None, xy=xy)


def ranges_of(
    posts: Mapping[RoadKey, Sequence[Post]], ways: Mapping[RoadKey, Sequence[Way]]
) -> dict[RoadKey, tuple[float, float] | None]:
    """The kiloposts that each road with lines has: of its posts, else from 0 over its length."""
    found: dict[RoadKey, tuple[float, float] | None] = {}
    for road, mine in ways.items():
        kp = [post.kp_km for post in posts.get(road, ())]
        lengths_m = [ledger_length_m(way) or sum(line.length for line in way.lines) for way in mine]
        found[road] = (min(kp), max(kp)) if len(kp) > 1 else (0.0, max(lengths_m) / 1000) if not kp else None
    return found


def once(found: Sequence[Finding]) -> list[Finding]:
    """Findings of both carriageways at one place as one, without a carriageway."""
    first: dict[tuple[object, ...], Finding] = {}
    for each in found:
        where = each.xy if each.from_kp_km is None else (each.from_kp_km, each.to_kp_km)
        key = (each.fault, each.road, where, each.what if each.from_kp_km is None else "")
        if key in first and first[key].carriageway is not each.carriageway:
            first[key] = replace(first[key], carriageway=None)
        elif key not in first:
            first[key] = each
        elif first[key].what != each.what:
            first[(*key, each.what)] = each
    return list(first.values())


def in_order(found: Sequence[Finding]) -> list[Finding]:
    """The worst first, then by road and kilopost."""

    def place(each: Finding) -> tuple[object, ...]:
        kp = each.from_kp_km if each.from_kp_km is not None else -1.0
        road = each.road
        number = int(road.route_no) if road and road.route_no.isdigit() else 0
        return (ORDER[each.severity], road.road_type if road else "", number, road.slug() if road else "", kp)

    return sorted(found, key=place)
