"""Finished steps of a run on disk: what is there is whole and is not done again."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from pavement.files import write_whole

DIGEST_SIZE = hashlib.sha256().digest_size


class StepFiles:
    """Arrays by step key, one file a step: the content's SHA-256, then the arrays (npz)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str) -> dict[str, np.ndarray] | None:
        """The arrays of a finished step, or None where it is not done (or its file is damaged)."""
        try:
            whole = self._file(key).read_bytes()
        except OSError:
            return None
        digest, content = whole[:DIGEST_SIZE], whole[DIGEST_SIZE:]
        if hashlib.sha256(content).digest() != digest:
            return None
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as data:
                return dict(data)
        except (BadZipFile, ValueError):
            return None

    def save(self, key: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep the arrays of a step."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        content = buffer.getvalue()
        write_whole(self._file(key), hashlib.sha256(content).digest() + content)

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.step"
