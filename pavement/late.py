"""Records that are read when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeVar, overload

Record = TypeVar("Record")


class Late(Sequence[Record]):
    """Read once, and only when asked for.

    >>> late = Late(lambda: [1, 2])
    >>> len(late), late[0], list(late)
    (2, 1, [1, 2])
    """

    def __init__(self, read: Callable[[], Sequence[Record]]) -> None:
        self._read = read

    @cached_property
    def _records(self) -> Sequence[Record]:
        return self._read()

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...

    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        return self._records[index]
