"""Files as answers: from the store piece by piece, named so that people can file them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from fastapi.responses import StreamingResponse

from api.errors import Refusal
from pavement.store.blobs import Blobs

ORIGINALS = "drives/"  #: in the store: not masked, and never sent, whatever a row says
TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".pdf": "application/pdf",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".jpg": "image/jpeg",
    ".gpkg": "application/geopackage+sqlite3",
    ".pmtiles": "application/vnd.pmtiles",
    ".zip": "application/zip",
}


def send_blob(blobs: Blobs, key: str, name: str, *, inline: bool = False) -> StreamingResponse:
    """A stored file under the name `name`; 404 where it is no longer kept."""
    size = None if key.startswith(ORIGINALS) else blobs.size(key)
    if size is None:
        raise Refusal(404, "the file is no longer kept")
    headers = {**named(name, inline=inline), "Content-Length": str(size)}
    return StreamingResponse(blobs.stream(key), headers=headers, media_type=media_type(name))


def named(name: str, *, inline: bool = False) -> dict[str, str]:
    """The headers that name a file; nobody between may keep it."""
    how = "inline" if inline else "attachment"
    return {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(name)}", "Cache-Control": "private, no-cache"}


def media_type(name: str) -> str:
    """By its suffix."""
    return TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
