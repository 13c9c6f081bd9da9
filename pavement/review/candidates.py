"""修繕候補区間: neighbouring worn sections as one, with length, area, kind of work and cost, ranked under a budget.

Ⅲ asks for 詳細調査 (FWD・コア) before a method is chosen, so no Ⅲ is given a method here; its cost is that of the
survey and, where a unit price for it is set, a provisional sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from pavement.review.rows import RATINGS, Bools, Floats, Sections, Year
from pavement.review.stretches import cut
from pavement.road import Direction, RoadKey

LANE_WIDTH_M = 3.25  #: where the ledger says none
GAP_SECTIONS = 1  #: so many sections without a worn diagnosis may lie inside a candidate
SURVEY = "要詳細調査（FWD・コア）"
WORKS = {
    "ひび割れ率": "シール材注入・表面処理（ひび割れ抑制）",
    "わだち掘れ量": "切削・わだち部オーバーレイ",
    "IRI": "段差すり付け・薄層オーバーレイ",
}
INDICATORS = (("ひび割れ率", "crack_pct", 20.0), ("わだち掘れ量", "rut_mm", 20.0), ("IRI", "iri_mm_per_m", 3.0))


@dataclass(frozen=True)
class WorkSettings:
    """Prices and money, all of the user's own; without a price a cost is blank."""

    unit_price: Mapping[str, float] = field(default_factory=dict)  #: yen a m² by kind of work, see `WORKS` and `SURVEY`
    survey_price_per_km: float | None = None  #: yen a km of lane for 詳細調査
    budget: float | None = None  #: yen
    least_length_m: float = 0.0  #: shorter candidates are left out
    greatest_length_m: float = 1000.0  #: longer stretches are cut: 修繕候補区間 and 悪化区間


@dataclass(frozen=True)
class Candidate:
    """A stretch of one road and direction that should be repaired or surveyed."""

    rank: int
    road: RoadKey
    name: str
    direction: Direction
    from_kp_km: float
    to_kp_km: float
    length_m: float
    area_m2: float
    width_assumed: bool
    office: str
    municipality: str
    rating: str  #: the worst: Ⅱ or Ⅲ
    repair_m: float  #: length of Ⅲ in it
    mci: float | None
    crack_pct: float | None
    rut_mm: float | None
    iri_mm_per_m: float | None
    indicator: str  #: which one decides
    work: str
    reason: str
    age_years: float | None
    design_life_years: float | None
    premature: bool  #: worn out before 使用目標年数: damage below the base presumed
    worse: bool  #: a significant decay since the year before
    cost: float | None  #: yen
    within_budget: bool | None
    rows: tuple[int, int]  #: first and last section
    lonlat: tuple[float, float, float, float]


def find_candidates(
    sections: Sections, year: Year, worse: Bools | None = None, settings: WorkSettings | None = None
) -> tuple[Candidate, ...]:
    """The candidates of a network (segments of 0.1), the most urgent first. `worse` (n,) where decay was found."""
    settings = settings or WorkSettings()
    worn = year.inspected & ~sections.closed.known & (year.rating >= RATINGS.index("Ⅱ"))
    worn &= ~(year.worked_on > year.day)  # mended since

    def unlike(first: int, last: int) -> Floats:
        return _unlike(sections, year, worn, first, last)

    found = [
        _candidate(sections, year, worse, a, b, settings)
        for run in _stretches(sections, worn, year)
        for a, b in cut(sections, worn, run, settings.greatest_length_m, unlike)
        if sections.length_m[a : b + 1].sum() >= settings.least_length_m
    ]
    ranked = [replace(each, rank=k) for k, each in enumerate(sorted(found, key=urgency), start=1)]
    return tuple(_within(ranked, settings.budget))


def urgency(candidate: Candidate) -> tuple[object, ...]:
    """What candidates are ranked by: Ⅲ before Ⅱ, decay before none, low MCI first, then the longer one."""
    mci = candidate.mci if candidate.mci is not None else 10.0
    return (-RATINGS.index(candidate.rating), not candidate.worse, round(mci, 1), -candidate.length_m, candidate.name)


def _stretches(sections: Sections, worn: Bools, year: Year) -> list[tuple[int, int]]:
    """First and last row of runs of worn sections; Ⅲ and Ⅱ apart unless they touch, short gaps bridged."""
    runs: list[tuple[int, int]] = []
    chain = np.repeat(np.arange(len(sections.chains) - 1), np.diff(sections.chains))
    for level in (RATINGS.index("Ⅲ"), RATINGS.index("Ⅱ")):
        rows = np.flatnonzero(worn & (year.rating == level)).tolist()
        for row in rows:
            near = runs and runs[-1][1] < row <= runs[-1][1] + 1 + GAP_SECTIONS and chain[runs[-1][1]] == chain[row]
            mine = near and sections.office.codes[runs[-1][1]] == sections.office.codes[row]
            if mine and year.rating[runs[-1][1]] == level:
                between = year.rating[runs[-1][1] + 1 : row]
                if len(between) == 0 or level == RATINGS.index("Ⅲ") or not (between > level).any():
                    runs[-1] = (runs[-1][0], row)
                    continue
            runs.append((row, row))
    return runs


def _unlike(sections: Sections, year: Year, worn: Bools, first: int, last: int) -> Floats:
    """(n - 1,) where a long stretch is best cut: at another surface or municipality, a gap, a step of an indicator."""
    part = slice(first, last + 1)
    found = abs(np.diff((~worn[part]).astype(float)))
    width = np.nan_to_num(year.lane_width_m[part])
    works = np.nan_to_num(year.last_works(part).astype("datetime64[D]").astype(float))
    for facts in (works, width, sections.municipality.codes[part]):
        found += np.diff(facts) != 0
    for _, key, limit in INDICATORS:
        found += np.nan_to_num(abs(np.diff(getattr(year, key)[part]))) / limit
    return np.asarray(found)


def _candidate(
    sections: Sections, year: Year, worse: Bools | None, a: int, b: int, settings: WorkSettings
) -> Candidate:
    part = slice(a, b + 1)
    length = sections.length_m[part]
    widths = year.lane_width_m[part]
    area = float((np.where(np.isfinite(widths), widths, LANE_WIDTH_M) * length).sum())
    worst = int(year.rating[part].max())
    means = {key: _mean(getattr(year, key)[part], length) for _, key, _ in INDICATORS}
    share = {name: (means[key] or 0.0) / limit for name, key, limit in INDICATORS}
    indicator = max(share, key=lambda name: share[name]) if any(share.values()) else ""
    works = year.last_works(part)
    age = _mean((year.day[part] - works).astype("timedelta64[D]").astype(float) / 365.25, length)
    age = None if np.isnat(works).all() else age
    life = _mean(year.design_life_years[part], length)
    premature = bool((year.premature[part] & (year.rating[part] == worst)).any())
    work, reason = suggest(RATINGS[worst], indicator, age, life)
    km = float(length.sum()) / 1000
    road = int(sections.road[a])
    return Candidate(
        rank=0,
        road=sections.roads[road],
        name=sections.names[road],
        direction=Direction.UP if sections.up[a] else Direction.DOWN,
        from_kp_km=float(sections.from_kp_km[a]),
        to_kp_km=float(sections.to_kp_km[b]),
        length_m=float(length.sum()),
        area_m2=area,
        width_assumed=bool(~np.isfinite(widths).all()),
        office=sections.office.text(a),
        municipality=sections.municipality.text(a),
        rating=RATINGS[worst],
        repair_m=float(length[year.rating[part] == RATINGS.index("Ⅲ")].sum()),
        mci=_mean(year.mci[part], length),
        **means,
        indicator=indicator,
        work=work,
        reason=reason,
        age_years=age,
        design_life_years=life,
        premature=premature,
        worse=bool(worse is not None and worse[part].any()),
        cost=_cost(work, area, km, settings),
        within_budget=None,
        rows=(a, b),
        lonlat=(*sections.lonlat[a, :2].tolist(), *sections.lonlat[b, 2:].tolist()),
    )


def suggest(rating: str, indicator: str, age: float | None, life: float | None) -> tuple[str, str]:
    """Kind of work and why; for Ⅲ the survey that must come first, never a method.

    >>> suggest("Ⅲ", "ひび割れ率", 8.0, 13.0)[0]
    '要詳細調査（FWD・コア）'
    """
    if rating == "Ⅲ":
        if age is None or life is None:
            return SURVEY, "舗設年月または使用目標年数が不明のため、路盤以下の損傷の有無を調査で確認"
        early = f"使用目標年数{life:g}年に対し{age:.0f}年で修繕段階"
        return SURVEY, early + (
            "（早期劣化：路盤以下の損傷の疑い）" if age < life else "（表層等の更新か打換えかを調査で判断）"
        )
    work = WORKS.get(indicator, "経過観察")
    if age is not None and life is not None and age < life / 2:
        return work, f"使用目標年数{life:g}年の半分に満たない{age:.0f}年でⅡ：原因の確認を優先"
    return work, f"{indicator}が表層機能保持段階（{work.split('（')[0]}で延命）" if indicator else "指標不明"


def _cost(work: str, area_m2: float, km: float, settings: WorkSettings) -> float | None:
    price = settings.unit_price.get(work)
    if work != SURVEY:
        return None if price is None else area_m2 * price
    parts = [
        *([] if settings.survey_price_per_km is None else [km * settings.survey_price_per_km]),
        *([] if price is None else [area_m2 * price]),
    ]
    return sum(parts) if parts else None


def _within(ranked: list[Candidate], budget: float | None) -> list[Candidate]:
    """In rank's order each that still fits; what has no cost is neither in nor out."""
    if budget is None:
        return ranked
    spent, found = 0.0, []
    for each in ranked:
        fits = None if each.cost is None else spent + each.cost <= budget
        spent += each.cost if fits and each.cost else 0.0
        found.append(replace(each, within_budget=fits))
    return found


def _mean(values: Floats, weights: Floats) -> float | None:
    known = np.isfinite(values)
    return float(np.average(values[known], weights=weights[known])) if known.any() else None
