"""Keys in files: one line of hexadecimal digits, for their owner's eyes only, never overwritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from nacl.encoding import HexEncoder
from nacl.exceptions import CryptoError

from pavement.errors import BadInput

Key = TypeVar("Key")


def write_keys(folder: Path, keys: Mapping[str, Any]) -> None:
    """Write keys of PyNaCl into new files of `folder`, by their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, key in keys.items():
        path = folder / name
        try:
            with open(path, "xb") as file:
                path.chmod(0o600)
                file.write(key.encode(HexEncoder) + b"\n")
        except FileExistsError:
            raise BadInput("exists already", file=path, do="keep it, or give another folder") from None


def read_key(path: Path, kind: Callable[..., Key], what: str, do: str) -> Key:
    """The key in a file; `kind`: its class. Raises BadInput: it is no `what`, and what to `do`."""
    try:
        return kind(path.read_bytes().strip(), HexEncoder)
    except (OSError, ValueError, TypeError, CryptoError) as error:
        raise BadInput(f"is no {what}", file=path, do=do) from error
