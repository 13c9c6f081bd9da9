"""The errors that stop a command. What is wrong with one file only is a value (`drive.Rejection`), not an error.

PavementError
├── BadInput      the user's input or usage: one line that names the file and what to do (exit 2, HTTP 4xx)
└── Fault         the system's own failure: a bug, a full disk, a broken model file (exit 1, HTTP 5xx)
"""

from __future__ import annotations

from pathlib import Path


class PavementError(Exception):
    """Base of every error that this system raises on purpose."""


class BadInput(PavementError):
    """Input that cannot be used; its text is one line: which file, what is wrong, what to do."""

    def __init__(self, what: str, *, file: Path | str | None = None, do: str | None = None) -> None:
        self.file = None if file is None else str(file)
        parts = [what if self.file is None else f"{self.file}: {what}"]
        if do:
            parts.append(do)
        super().__init__("; ".join(" ".join(part.split()) for part in parts))


class Fault(PavementError):
    """The system's own failure; the input may be fine."""
