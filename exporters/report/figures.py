"""Figures of many segments: lengths, means and quantiles, roads in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from exporters.svg import RATING_COLORS, rating_class
from pavement.road import RoadKey
from pavement.segment import Segment


def by_road(segments: Iterable[Segment]) -> Mapping[RoadKey, Sequence[Segment]]:
    """The segments of each road, roads in the order of their first segment."""
    found: dict[RoadKey, list[Segment]] = defaultdict(list)
    for segment in segments:
        found[segment.road].append(segment)
    return found


def road_anchor(number: int) -> str:
    """Name of the place in the page where a road's charts stand; roads are counted as in `by_road`."""
    return f"road-{number}"


def km(segments: Iterable[Segment]) -> float:
    """Real length in kilometres."""
    return sum(segment.length_m for segment in segments) / 1000


def km_by_rating(segments: Iterable[Segment]) -> dict[str, float]:
    """Real length in kilometres by Ⅰ, Ⅱ, Ⅲ and "" for no diagnosis."""
    lengths = dict.fromkeys(RATING_COLORS, 0.0)
    for segment in segments:
        lengths[rating_class(segment.rating)] += segment.length_m / 1000
    return lengths


def mean_by_length(segments: Iterable[Segment], name: str) -> float | None:
    """Mean of a quantity over the segments where it was measured, weighted by length; None without any."""
    pairs = [(value, s.length_m) for s in segments if (value := getattr(s, name)) is not None]
    total = sum(length for _, length in pairs)
    return sum(value * length for value, length in pairs) / total if total else None


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value that `share` of the values do not exceed (nearest rank); None without any.

    >>> quantile([1.0, 2.0, 3.0, 10.0], 0.5), quantile([], 0.5)
    (2.0, None)
    """
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
