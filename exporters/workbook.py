"""What openpyxl leaves to chance: times inside a workbook's file, so that the same rows give the same bytes."""

from __future__ import annotations

import re
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

_STAMPS = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def pin(path: Path, moment: datetime) -> None:
    """Every time in the workbook at `path` becomes `moment`; its parts are copied one by one, never held together."""
    pinned = path.with_name(f"{path.name}.pinned")
    stamp = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}".encode()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(pinned, "w") as target:
        for part in source.infolist():
            member = zipfile.ZipInfo(part.filename, (moment.year, moment.month, moment.day, 0, 0, 0))
            stored = part.filename.endswith((".jpeg", ".jpg", ".png"))
            member.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            member.file_size = part.file_size
            if part.filename == "docProps/core.xml":
                target.writestr(member, _STAMPS.sub(rb"\g<1>" + stamp + rb"\g<3>", source.read(part)))
                continue
            with source.open(part) as reading, target.open(member, "w") as writing:
                shutil.copyfileobj(reading, writing)
    pinned.replace(path)
