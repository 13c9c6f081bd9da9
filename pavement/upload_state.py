"""What may happen to a file of a drive while it is sent. Pure: no clock, disk or database.

A drive is `receiving` until `complete` is accepted; from then on its status is that of its newest analysis
(`pavement.analysis_state`), which begins as queued.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pavement.analysis_state import State

RECEIVING = "receiving"  #: files may be sent; nothing leads back to it
COMPLETE: str = State.QUEUED  #: `complete` was accepted: every listed file is stored
STATUSES = (RECEIVING, *(state.value for state in State))  #: what a drive's status can be


@dataclass(frozen=True)
class Piece:
    """The bytes [start, end) of a file of `size` bytes whose SHA-256 (hex) is to be `sha256`."""

    start: int
    end: int
    size: int
    sha256: str

    def __post_init__(self) -> None:
        whole_and_empty = self.start == self.end == self.size == 0
        if not (0 <= self.start < self.end <= self.size or whole_and_empty):
            raise ValueError(f"bytes {self.start} to {self.end} of {self.size} are no part of a file")


@dataclass(frozen=True)
class Held:
    """What the server holds of a file: the first `received` bytes, flushed to disk; `stored` when all are, checked."""

    size: int
    sha256: str
    received: int
    stored: bool


class Take(StrEnum):
    """What is to be done with a piece that arrives."""

    WRITE = "write"  #: append it at its start
    RESTART = "restart"  #: another file under the same name begins: drop what was held, then write
    RECEIPT = "receipt"  #: all is stored already: the receipt again, nothing is written
    WRONG_OFFSET = "wrong offset"  #: the client is to go on at `Held.received`
    OTHER_CONTENT = "other content"  #: stored with another digest: a receipt was given, so it stays


def decide(held: Held | None, piece: Piece) -> Take:
    """What is to be done with `piece`, given what is held of its file.

    >>> decide(None, Piece(0, 4, 10, "aa")).value
    'write'
    >>> decide(Held(10, "aa", 4, False), Piece(0, 4, 10, "aa")).value
    'wrong offset'
    """
    if held is None:
        return Take.WRITE if piece.start == 0 else Take.WRONG_OFFSET
    same = (held.size, held.sha256) == (piece.size, piece.sha256)
    if held.stored:
        return Take.RECEIPT if same else Take.OTHER_CONTENT
    if not same:
        return Take.RESTART if piece.start == 0 else Take.WRONG_OFFSET
    return Take.WRITE if piece.start == held.received else Take.WRONG_OFFSET
