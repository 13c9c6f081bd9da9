"""Names of files inside a drive, as a client may give them. Never used as names on the server's disk (lessons, 29)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

MAX_CHARACTERS = 400  #: of the whole path
MAX_BYTES_OF_NAME = 240  #: of one name in UTF-8: what ext4 and NTFS both take, with room for a suffix
MAX_DEPTH = 8
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\\\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)


class BadPath(ValueError):
    """A name that cannot be unpacked safely on every system; the text says why."""


def clean_path(text: str) -> str:
    """The path in NFC, with `/` between names; raises BadPath.

    >>> clean_path("frames/道路.jpg")
    'frames/道路.jpg'
    """
    path = unicodedata.normalize("NFC", text)
    if not path or len(path) > MAX_CHARACTERS:
        raise BadPath(f"a path has 1 to {MAX_CHARACTERS} characters")
    if FORBIDDEN.search(path):
        raise BadPath('a path has no control characters and none of < > : " | ? * \\')
    names = path.split("/")
    if len(names) > MAX_DEPTH:
        raise BadPath(f"a path has at most {MAX_DEPTH} names")
    for name in names:
        if name in ("", ".", ".."):
            raise BadPath("a path is relative, without empty names, '.' and '..'")
        if name[-1] in " ." or name[0] == " ":
            raise BadPath("a name does not begin with a space or end with a space or a dot")
        if len(name.encode()) > MAX_BYTES_OF_NAME:
            raise BadPath(f"a name has at most {MAX_BYTES_OF_NAME} bytes")
        if RESERVED.fullmatch(name):
            raise BadPath(f"'{name}' is a reserved name on Windows")
    return path


def folded(path: str) -> str:
    """What two paths share that would overwrite each other where case does not count.

    >>> folded("Frames/Ａ.JPG") == folded("frames/ａ.jpg")
    True
    """
    return unicodedata.normalize("NFC", path.casefold())


def files_used_as_folders(paths: Collection[str]) -> list[str]:
    """Paths that are a file here and a folder there: `a` beside `a/b` cannot be unpacked.

    >>> files_used_as_folders(["a", "a/b", "c/d"])
    ['a']
    """
    by_fold = {folded(path): path for path in paths}
    parents = {fold.rsplit("/", depth)[0] for fold in by_fold for depth in range(1, fold.count("/") + 1)}
    return sorted(by_fold[fold] for fold in parents & by_fold.keys())
