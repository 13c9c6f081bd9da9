"""全線点検結果とりまとめ as people and machines take it: book, report, PDF, GIS, open series."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from exporters.review.book import export_book
from exporters.review.gis import export_gis
from exporters.review.pdf import export_pdf
from exporters.review.report import export_report
from exporters.review.series import export_series
from pavement.review.review import Review


def export_review(
    review: Review, out: Path, progress: Callable[[str, int, int], None] = lambda stage, done, total: None
) -> list[Path]:
    """All files of a review in `out`, each whole or not at all."""
    out.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    steps = (export_book, export_report, export_pdf, export_gis)
    for done, export in enumerate(steps):
        progress("write", done, len(steps) + 1)
        paths.append(export(review, out))
    progress("write", len(steps), len(steps) + 1)
    paths += export_series(review, out)
    progress("write", len(steps) + 1, len(steps) + 1)
    return paths
