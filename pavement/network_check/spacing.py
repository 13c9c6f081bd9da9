"""The steps between neighbouring posts: too far, too close, posts missing between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pavement.network_check.finding import Fault, Finding, Severity
from pavement.network_check.nodes import Node, Step, between

CLOSE_STRAIGHT = 0.5  #: straight distance / nominal length below which a winding road no longer explains it
LONG_GAP_KM = 1.1  #: steps longer than this lack posts wherever they are
OTHER_SECTION_KM = 5.0  #: a longer step: the posts belong to two sections
USUAL_AT_MOST_KM = 1.0
STEPS_AROUND = 5  #: the usual spacing is that of so many steps before and after


def spacing(a: Node, b: Node, found: Step) -> list[Finding]:
    """Two neighbours too far apart or too close."""
    if not (found.too_far or found.too_close):
        return []
    kind = "線に沿って" if found.measured else "直線で"
    what = f"{a.kp_km:g}→{b.kp_km:g} km（{found.km * 1000:,.0f} m のはず）が{kind} {found.length_m:,.0f} m"
    refused = "補間しない（距離標異常）。位置と数値を確かめる"
    if found.too_far:
        return [between(Severity.CAUTION, Fault.TOO_FAR, what, refused, a, b)]
    if found.measured:
        return [between(Severity.CAUTION, Fault.TOO_CLOSE, what, refused, a, b)]
    severity = Severity.CAUTION if found.ratio < CLOSE_STRAIGHT else Severity.NOTE
    do = "曲がった道なら正常。線を加えると道のりで確かめられる"
    return [between(severity, Fault.TOO_CLOSE, what, do, a, b)]


def missing(nodes: Sequence[Node], steps: Sequence[Step], i: int) -> list[Finding]:
    """Posts that should stand between two neighbours and do not."""
    around = [round(each.km, 3) for each in steps[max(i - STEPS_AROUND, 0) : i + STEPS_AROUND + 1]]
    counts = Counter(around)
    usual = min(counts, key=lambda km: (-counts[km], km))
    usual = min(usual, USUAL_AT_MOST_KM)
    km = steps[i].km
    if km < min(1.5 * usual, LONG_GAP_KM):
        return []
    a, b = nodes[i], nodes[i + 1]
    lacking = max(round(km / usual) - 1, 1)
    if km > OTHER_SECTION_KM:
        what = f"{a.kp_km:g}→{b.kp_km:g} km の間（{km:g} km）に距離標がない"
        return [between(Severity.NOTE, Fault.POST_MISSING, what, "別の区間なら正常。続く道なら距離標を加える", a, b)]
    what = f"{a.kp_km:g}→{b.kp_km:g} km の間の距離標が {lacking} 本ない（ふつう {usual:g} km おき）"
    severity = Severity.CAUTION if km >= LONG_GAP_KM else Severity.NOTE
    return [between(severity, Fault.POST_MISSING, what, "補間して距離標欠落と印す。あれば加える", a, b)]
