"""The web pages: files that `npm run build` made of api/web, and what stands there where they are missing."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.convertors import Convertor, register_url_convertor

from api.errors import Refusal

IMMUTABLE = "public, max-age=31536000, immutable"  #: of names that hold a hash of the content
LONGEST_NAME = 100  #: of a built file; a file system answers one that is too long with an error
FRESH = "no-cache"  #: asked for again each time, answered 304 where it is the same
PAGES = ("login", "segment", "check", "strip", "defects", "drives", "exports", "review", "admin", "public")
TYPES = {  # not left to the machine: Windows' registry may call scripts text/plain, and browsers then refuse them
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
}
MISSING = """<!doctype html><html lang="ja"><meta charset="utf-8"><title>画面が入っていません</title>
<body style="font:16px/1.8 sans-serif;max-width:44em;margin:3em auto;padding:0 1em">
<h1>画面がこの環境に入っていません</h1>
<p>サーバーは動いており、走行の受信と解析、API は使えます。
地図などの画面だけが、インストールのときに作られませんでした。</p>
<p>画面を入れるには、<code>pip install</code> をやり直してください。そのとき、次のどちらかが必要です。</p>
<ul><li>パッケージの取得先（PyPI と npm）につながること</li>
<li>別の機械で <code>pip wheel .</code> により作った
<code>pavement-*.whl</code> を使うこと（取得先は要りません）</li></ul>
<p>ソースから動かしている場合：<code>cd api/web</code>、<code>npm ci</code>、<code>npm run build</code>。</p>
"""


class NotTheApi(Convertor[str]):
    """A path outside the API, whose own routes say 405 and 404."""

    regex = r"(?!api(/|$)).*"

    def convert(self, value: str) -> str:
        """As it stands."""
        return value

    def to_string(self, value: str) -> str:
        """As it stands."""
        return value


register_url_convertor("page", NotTheApi())


def find_pages() -> Path | None:
    """The folder of the built pages: in the installed package, or in the source tree; None where there is none."""
    package = Path(__file__).parent
    folders = (package / "web_dist", package / "web" / "dist")
    return next((folder for folder in folders if (folder / "index.html").is_file()), None)


def pages_router(base_map_url: str | None, folder: Path | None = None) -> APIRouter:
    """Routes for the pages in `folder` (default: where the build put them); to be included after all others."""
    router = APIRouter(include_in_schema=False)
    policy = content_policy(base_map_url)

    def page(request: Request, name: str, status: int = 200) -> Response:
        root = folder or find_pages()
        headers = {"Content-Security-Policy": policy}
        if root is None or not (root / name).is_file():
            return HTMLResponse(MISSING, 503, headers={"Cache-Control": "no-store", **headers})
        answer = _send(request, root / name, FRESH, headers)
        answer.status_code = status if answer.status_code == 200 else answer.status_code
        return answer

    @router.get("/")
    def staff(request: Request) -> Response:
        return page(request, "index.html")

    for name in PAGES:
        router.add_api_route(f"/{name}", staff, methods=["GET"])
        router.add_api_route(f"/{name}/{{rest:path}}", staff, methods=["GET"])

    @router.get("/patrol")
    @router.get("/patrol/{rest:path}")
    def patrol(request: Request) -> Response:
        return page(request, "patrol.html")

    @router.get("/assets/{name}")
    def asset(request: Request, name: str) -> Response:
        return _file(request, folder, f"assets/{name}", IMMUTABLE)

    @router.get("/{name:page}")
    def other(request: Request, name: str) -> Response:
        try:
            return _file(request, folder, name, FRESH)
        except Refusal:
            reads = "text/html" in request.headers.get("accept", "")
            if not reads or name.startswith("assets/"):
                raise
            return page(request, "index.html", 404)  # which says so in words

    return router


def content_policy(base_map_url: str | None) -> str:
    """What a page may load: itself, and the pictures of the base map. MapLibre sets styles from its script alone."""
    host = _host(base_map_url)
    parts = {
        "default-src": "'self'",
        "script-src": "'self'",
        "worker-src": "'self' blob:",
        "img-src": f"'self' data: blob:{host}",
        "connect-src": f"'self'{host}",
        "style-src": "'self' 'unsafe-inline'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def _host(url: str | None) -> str:
    parsed = urlsplit(url or "")
    known = parsed.scheme in ("http", "https") and parsed.netloc
    return f" {parsed.scheme}://{parsed.netloc}" if known else ""


@dataclass(frozen=True)
class Built:
    """A file of the pages as it is sent."""

    plain: bytes
    packed: bytes  #: gzip
    tag: str


@lru_cache(maxsize=256)
def _read(path: Path, _changed_ns: int) -> Built:
    data = path.read_bytes()
    return Built(data, gzip.compress(data, 9, mtime=0), f'"{hashlib.sha256(data).hexdigest()[:20]}"')


def _send(request: Request, path: Path, cache: str, headers: dict[str, str] | None = None) -> Response:
    built = _read(path, path.stat().st_mtime_ns)
    own = {"Cache-Control": cache, "ETag": built.tag, "Vary": "Accept-Encoding", **(headers or {})}
    if built.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=own)
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if "gzip" in request.headers.get("accept-encoding", "") and len(built.packed) < len(built.plain):
        return Response(built.packed, media_type=kind, headers={**own, "Content-Encoding": "gzip"})
    return Response(built.plain, media_type=kind, headers=own)


def _file(request: Request, folder: Path | None, name: str, cache: str) -> Response:
    root = folder or find_pages()
    path = root / name if root else None
    inside = len(name) <= LONGEST_NAME and not name.startswith((".", "/"))
    inside = inside and not any(each in name for each in ("..", "/.", "\\", ":", "\0"))
    if path is None or not inside or not path.is_file() or path.suffix == ".html":
        raise Refusal(404, "no such page")
    return _send(request, path, cache)
