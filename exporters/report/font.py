"""The glyphs that a page needs, for machines without a Japanese font: a part of IPAex Gothic inside the page.

The IPA font licence allows fonts embedded in documents.
"""

from __future__ import annotations

import base64
import io
import logging

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from exporters.fonts import font_file

FAMILY = "report-glyphs"


def font_face(page: str) -> str:
    """The CSS rule of a font that holds the characters of `page`."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = []
    options.notdef_outline = True
    with TTFont(font_file(), lazy=True) as font:
        subsetter = Subsetter(options)
        subsetter.populate(text="".join(set(page)))
        subsetter.subset(font)
        font.flavor = "woff"
        font["head"].modified = font["head"].created
        font.recalcTimestamp = False
        buffer = io.BytesIO()
        font.save(buffer)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f"@font-face {{ font-family: '{FAMILY}'; src: url('data:font/woff;base64,{data}') format('woff'); }}"
