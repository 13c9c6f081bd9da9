"""A page that opens offline: the head that all reports share, a report's own body, and the glyphs of both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template

from exporters.report.font import font_face

HEAD = Path(__file__).with_name("head.html")


def whole_page(body: Path, parts: Mapping[str, str]) -> str:
    """The file `body` behind the shared head, its $names filled with `parts` (markup; `title` is one of them)."""
    page = HEAD.read_text(encoding="utf-8") + body.read_text(encoding="utf-8")
    return Template(page).substitute(parts, font=font_face("".join((page, *parts.values()))))
