"""The story: sections and years in, the review out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from pavement.fiscal_year import fiscal_year_label
from pavement.review.candidates import Candidate, find_candidates
from pavement.review.change import Change, Verdict, compare
from pavement.review.condition import Conditions, review_condition
from pavement.review.coverage import Coverage, review_coverage
from pavement.review.crossings import Crossing, crossings_into_repair, segments_of_blocks
from pavement.review.kpi import Kpi, kpi_series
from pavement.review.pothole import Pothole, PotholeFate
from pavement.review.pothole_places import looked_for_potholes
from pavement.review.potholes import DaysToRepair, as_of, compare_potholes, days_to_repair
from pavement.review.rates import Rate, deterioration_rates
from pavement.review.rows import Bools, Ints, Sections, Year
from pavement.review.settings import ReviewSettings
from pavement.review.trend import long_rates
from pavement.review.worse import WorseStretch, find_worse

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Material:
    """What a review is made from: the network at both levels, and the years, each beside its sections."""

    segments: Sections
    blocks: Sections
    segment_years: Sequence[Year]  #: rising; the last one is reviewed
    block_years: Sequence[Year]  #: the same 年度; the last two are compared
    potholes: Mapping[int, Sequence[Pothole]]  #: by 年度
    source: str = ""  #: where it came from, for the account
    check: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  #: 精度確認 by indicator, of all its managers
    lines: Sequence[bytes | None] = ()  #: WKB of the segments' lines, or none at all


def comparable(material: Material) -> Material:
    """Blocks are compared where both years have them; an earlier survey of 100 m rows only is compared by segments."""
    if len(material.block_years) < 2:
        return material
    blocks, segments = (
        int(np.count_nonzero(years[-2].inspected)) for years in (material.block_years, material.segment_years)
    )
    if blocks >= segments:
        return material
    return replace(material, blocks=material.segments, block_years=material.segment_years)


@dataclass(frozen=True, eq=False)
class Review:
    """全線点検結果とりまとめ of one 年度."""

    fiscal_year: int
    label: str
    segments: Sections
    blocks: Sections
    year: Year  #: on segments
    before: Year | None  #: the year that it is compared with, on segments
    coverage: Coverage
    condition: Conditions
    condition_before: Conditions | None
    change: Change | None  #: on blocks
    segment_of: Ints  #: (blocks,)
    worse_segments: Bools  #: (segments,) with a block that became worse for sure
    worse: tuple[WorseStretch, ...]  #: 悪化区間 and those that are suspected
    crossings: tuple[Crossing, ...]
    potholes: tuple[PotholeFate, ...]
    pothole_days: DaysToRepair
    candidates: tuple[Candidate, ...]
    rates: tuple[Rate, ...]
    kpi: tuple[Kpi, ...]
    settings: ReviewSettings
    source: str
    made_on: date | None
    check: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lines: Sequence[bytes | None] = ()


def make_review(
    material: Material,
    settings: ReviewSettings | None = None,
    today: date | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Review:
    """The review of the last of the years; `today` cuts off periods that have not begun."""
    settings = settings or ReviewSettings()
    segments, blocks = material.segments, material.blocks
    year = material.segment_years[-1]
    before = material.segment_years[-2] if len(material.segment_years) > 1 else None
    progress("coverage", 0, 5)
    coverage = review_coverage(segments, year, settings.drive_km, settings.patrol_least_m)
    condition = review_condition(segments, year)
    progress("change", 1, 5)
    segment_of = segments_of_blocks(segments, blocks)
    change = None
    if len(material.block_years) > 1:
        change = compare(blocks, material.block_years[-2], material.block_years[-1], settings.change)
    worse = np.zeros(len(segments), bool)
    if change is not None:
        worse[segment_of[(change.verdict == Verdict.WORSE) & (segment_of >= 0)]] = True
    progress("candidates", 2, 5)
    crossings = () if before is None else crossings_into_repair(segments, before, year, change, segment_of)
    candidates = find_candidates(segments, year, worse, settings.work)
    rates = () if change is None else deterioration_rates(blocks, change, material.block_years[-1])
    rates += long_rates(blocks, material.block_years)
    progress("potholes", 3, 5)
    by_year = {each: as_of(found, year.fiscal_year) for each, found in material.potholes.items()}
    fates = compare_potholes(by_year, year.fiscal_year, looked_for_potholes(segments, material.segment_years))
    ids = {each.id for each in by_year.get(year.fiscal_year, ())}
    now = [each.pothole for each in fates if each.pothole.id in ids]
    progress("kpi", 4, 5)
    known = [each for _, found in sorted(by_year.items()) for each in found]
    kpi = kpi_series(segments, material.segment_years, _once([*known, *now]), settings.kpi, today)
    progress("kpi", 5, 5)
    return Review(
        fiscal_year=year.fiscal_year,
        label=fiscal_year_label(year.fiscal_year),
        segments=segments,
        blocks=blocks,
        year=year,
        before=before,
        coverage=coverage,
        condition=condition,
        condition_before=None if before is None else review_condition(segments, before),
        change=change,
        segment_of=segment_of,
        worse_segments=worse,
        worse=() if change is None else find_worse(blocks, change, settings.work.greatest_length_m),
        crossings=crossings,
        potholes=fates,
        pothole_days=days_to_repair(now),
        candidates=candidates,
        rates=rates,
        kpi=kpi,
        settings=settings,
        source=material.source,
        made_on=today,
        check=material.check,
        lines=material.lines,
    )


def _once(potholes: Sequence[Pothole]) -> list[Pothole]:
    """Each pothole as the newest year knows it."""
    return list({each.id: each for each in potholes}.values())
