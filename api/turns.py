"""Whose turn it is: of several requests for one thing the newest goes on, the older ones end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Superseded(Exception):
    """A newer request for the same file has come: the connection of this one was lost without its noticing."""


class Silent(Exception):
    """The sender said nothing for too long."""


class Turn:
    """One request's hold."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0
        self._waiting: asyncio.Timeout | None = None
        self._superseded = False

    def supersede(self) -> None:
        """End the wait of who holds it; the holder sees Superseded."""
        self._superseded = True
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())

    def begin(self) -> None:
        """A new holder; who waits behind it is newer still."""
        self._superseded = self.users > 1

    async def next_of(self, stream: AsyncIterator[bytes], patience_s: float) -> bytes | None:
        """The stream's next bytes, None at its end; raises Superseded, and Silent after `patience_s`."""
        try:
            async with asyncio.timeout(patience_s) as self._waiting:
                if self._superseded:
                    raise Superseded
                return await anext(stream, None)
        except TimeoutError:
            raise (Superseded if self._superseded else Silent) from None
        finally:
            self._waiting = None


class Turns(Generic[Key]):
    """The turns of all things that are being worked on."""

    def __init__(self) -> None:
        self._turns: dict[Key, Turn] = {}

    def busy(self, key: Key) -> bool:
        """Whether a request holds it now."""
        return key in self._turns

    @asynccontextmanager
    async def take(self, key: Key) -> AsyncIterator[Turn]:
        """Hold `key`; who held it is asked to end, and is waited for."""
        turn = self._turns.setdefault(key, Turn())
        turn.users += 1
        try:
            if turn.lock.locked():
                turn.supersede()
            async with turn.lock:
                turn.begin()
                yield turn
        finally:
            turn.users -= 1
            if not turn.users:
                del self._turns[key]
