"""What a check of a network finds, and the plain records that it checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shapely import LineString

from pavement.geo import LocalPlane
from pavement.road import Carriageway, RoadKey


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    SERIOUS = "重大"  #: the network, or the road, cannot be used like this
    CAUTION = "注意"  #: no kilopost, or a doubtful one, at this place
    NOTE = "情報"  #: good to know; nothing need be done


class Fault(StrEnum):
    """What is wrong."""

    UNREADABLE = "読めない"
    NO_CRS = "座標系なし"
    KEY_COLLISION = "キーの衝突"
    WRONG_DIRECTION = "線の向き"
    GAP = "線の切れ目"
    MULTIPART = "複数の線"
    SHARED_ROAD = "重複区間"
    POST_TWICE = "距離標の重複"
    POST_REPEATED = "同じ距離標の重ね登録"
    POST_MISSING = "距離標の欠落"
    POST_ORDER = "距離標の順序"
    POST_OUTLYING = "距離標の飛び"
    TOO_FAR = "距離標の間隔が長い"
    TOO_CLOSE = "距離標の間隔が短い"
    POST_WITHOUT_ROUTE = "路線のない距離標"
    ROUTE_WITHOUT_POSTS = "距離標のない路線"
    LEDGER_OUTSIDE = "台帳の範囲外"
    LEDGER_OVERLAP = "台帳の重なり"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, what, and what to do."""

    severity: Severity
    fault: Fault
    what: str
    do: str
    road: RoadKey | None = None
    carriageway: Carriageway | None = None
    from_kp_km: float | None = None
    to_kp_km: float | None = None
    xy: tuple[float, float] | None = None  #: metres in the plane of the survey


@dataclass(frozen=True)
class Post:
    """A post as it stands in the file; x and y in metres."""

    road: RoadKey
    carriageway: Carriageway
    kp_km: float
    x: float
    y: float
    source: str = ""


@dataclass(frozen=True)
class ManagedLine:
    """A feature of `routes`: its parts as they stand in the file, in metres."""

    road: RoadKey
    carriageway: Carriageway
    name: str
    parts: tuple[LineString, ...]
    primary_route: str = ""
    ledger_length_m: float | None = None


@dataclass(frozen=True)
class Stretch:
    """A row of `attributes`."""

    road: RoadKey
    carriageway: Carriageway
    from_kp_km: float
    to_kp_km: float
    name: str
    value: str
    valid_from: str = ""
    source: str = ""


@dataclass(frozen=True)
class Survey:
    """Everything that is checked, unjudged."""

    plane: LocalPlane
    lines: Sequence[ManagedLine] = ()
    posts: Sequence[Post] = ()
    stretches: Sequence[Stretch] = ()
    findings: Sequence[Finding] = field(default=())  #: what was wrong already when it was read
    with_lines: bool = True  #: False for a plain list of posts: then posts without a line are no finding
