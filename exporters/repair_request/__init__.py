"""補修依頼書: one A4 page for each chosen defect, as PDF and as a workbook to be filled in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exporters.repair_request.book import write_book
from exporters.repair_request.page import write_page
from exporters.repair_request.request import Request, prepare_requests
from exporters.wording import last_day
from pavement.files import whole_file
from pavement.record import Survey

__all__ = ["Request", "export_repair_requests", "prepare_requests"]


def export_repair_requests(survey: Survey, out: Path, defect_ids: Sequence[str]) -> list[Path]:
    """補修依頼書_<defect_id>.pdf and .xlsx for each defect; raises BadInput that names the ids that are unknown."""
    written = []
    for request in prepare_requests(survey, defect_ids):
        for suffix, write in ((".pdf", write_page), (".xlsx", write_book)):
            path = out / f"補修依頼書_{request.defect_id}{suffix}"
            with whole_file(path) as temporary:
                write(request, temporary, last_day(survey))
            written.append(path)
    return written
