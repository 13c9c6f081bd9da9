"""Posts of one road: repeated, out of order, outlying; and the steps between them.

With a line, lengths are measured along it. In a plain list only the straight distance is known: a road is at least as
long as it, so too far is certain, and too close may be a winding road.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from pavement.network_check.finding import Fault, Finding, Severity
from pavement.network_check.nodes import Cluster, Node, Step, between, step
from pavement.network_check.spacing import missing, spacing
from pavement.post_placing import SPACINGS_KM

FAR_M = 20_000.0  #: posts of one number so far apart are posts of two roads
SHOWN = 6  #: numbers named in one finding


def check_posts(nodes: Sequence[Node], known_points: bool = False) -> list[Finding]:
    """What is wrong with the posts of one road, carriageway aside.

    `known_points`: where they do not stand at regular steps they are points with a known kilopost, and none is missing.
    """
    found = repeated(nodes) + twice(nodes)
    steps = [step(a, b) for a, b in pairwise(nodes)]
    regular = not known_points or stand_regularly(steps)
    explained: set[int] = set()  # steps that another finding tells of
    for i in range(1, len(nodes) - 1):
        before, after = steps[i - 1], steps[i]
        if i - 1 in explained or not (before.too_far and after.too_far):
            continue
        if not step(nodes[i - 1], nodes[i + 1]).too_far:
            explained |= {i - 1, i}
            found.append(outlying(nodes[i - 1], nodes[i], nodes[i + 1], before))
    for i in range(1, len(nodes) - 2):
        if explained & {i - 1, i, i + 1} or not (steps[i - 1].too_far and steps[i + 1].too_far):
            continue
        if swapped(nodes[i - 1], nodes[i], nodes[i + 1], nodes[i + 2]):
            explained |= {i - 1, i, i + 1}
            found.append(out_of_order(nodes[i], nodes[i + 1]))
    for i, each in enumerate(steps):
        if i not in explained:
            found += spacing(nodes[i], nodes[i + 1], each)
        found += missing(nodes, steps, i) if regular else []
    return found


def stand_regularly(steps: Sequence[Step]) -> bool:
    """Whether at least half of the steps are such as posts stand at."""
    even = [any(abs(each.km - usual) < 2e-3 for usual in SPACINGS_KM) for each in steps]
    return bool(even) and 2 * sum(even) >= len(even)


def repeated(nodes: Sequence[Node]) -> list[Finding]:
    """The same post entered more than once at one place, by one carriageway and source."""
    found = []
    for node in nodes:
        for cluster in node.clusters:
            counts = Counter((post.carriageway, post.source.rsplit(" ", 1)[0]) for post in cluster.posts)
            most = max(counts.values())
            if most > 1:
                what = f"距離標 {node.kp_km:g} km が同じ場所に {most} 回登録されている"
                found.append(_at(Severity.NOTE, Fault.POST_REPEATED, what, "1行を残して消す", node, cluster))
    return found


def twice(nodes: Sequence[Node]) -> list[Finding]:
    """Numbers that stand at two places and more; neighbouring numbers as one finding."""
    found = []
    run: list[Node] = []
    for node in [*nodes, None]:
        if node is not None and len(node.clusters) > 1:
            run.append(node)
            continue
        if run:
            found.append(_twice(run))
        run = []
    return found


def _twice(run: Sequence[Node]) -> Finding:
    apart = [node.apart_m for node in run]
    places = max(len(node.clusters) for node in run)
    numbers = "・".join(f"{node.kp_km:g}" for node in run[:SHOWN]) + (" …" if len(run) > SHOWN else "")
    metres = f"{min(apart):,.0f}〜{max(apart):,.0f}" if max(apart) - min(apart) > 1 else f"{apart[0]:,.0f}"
    do = "どちらが正しいか、枝番・現道旧道新道・上下の区分を確かめる"
    if max(apart) > FAR_M:
        do = "別の道路（道路種別・枝番・区分）の距離標が混ざっていないか確かめる"
    what = f"距離標 {numbers} km が {places} か所にある（{metres} m 離れている）"
    severity = Severity.SERIOUS if max(apart) > FAR_M else Severity.CAUTION
    return between(severity, Fault.POST_TWICE, what, do, run[0], run[-1])


def outlying(before: Node, node: Node, after: Node, first: Step) -> Finding:
    """A post that stands elsewhere while its neighbours fit."""
    around = f"前後 {before.kp_km:g} と {after.kp_km:g} は合う"
    what = f"距離標 {node.kp_km:g} km が {first.length_m:,.0f} m 飛んでいる（{around}）"
    return Finding(
        Severity.CAUTION,
        Fault.POST_OUTLYING,
        what,
        f"位置か数値を直す。直るまで {before.kp_km:g}→{after.kp_km:g} は補間しない",
        node.clusters[0].posts[0].road,
        None,
        before.kp_km,
        after.kp_km,
        node.clusters[0].xy,
    )


def swapped(a: Node, b: Node, c: Node, d: Node) -> bool:
    """Whether b and c fit if they change places."""
    there = [Node(b.kp_km, c.clusters), Node(c.kp_km, b.clusters)]
    return not any(step(x, y).too_far for x, y in pairwise([a, *there, d]))


def out_of_order(a: Node, b: Node) -> Finding:
    """Two neighbours whose numbers are exchanged."""
    what = f"距離標 {a.kp_km:g} km と {b.kp_km:g} km の位置が入れ替わっている"
    return between(Severity.CAUTION, Fault.POST_ORDER, what, "数値か位置を入れ替える", a, b)


def _at(severity: Severity, fault: Fault, what: str, do: str, node: Node, cluster: Cluster) -> Finding:
    return Finding(severity, fault, what, do, cluster.posts[0].road, None, node.kp_km, node.kp_km, cluster.xy)
