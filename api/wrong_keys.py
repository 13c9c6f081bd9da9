"""What was tried in vain: keys per address, passwords per address and name. Nobody is locked out for good.

Counts are of this process. Refused tries are not counted, so a window ends by itself however long somebody goes on.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

REMEMBERED = 10_000  #: of each kind at most; the oldest go first
WINDOW_S = 300.0  #: of passwords
KNOWN = 4096  #: pairs of a name and an address from which its password came


class Tries:
    """How often something was tried in a window that begins with the first try."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._seen: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def wait_s(self, key: Hashable) -> float:
        """How long until the next try is taken; 0: now."""
        since, number = self._of(key)
        return since + self._seconds - self._clock() if number >= self._most else 0.0

    def add(self, key: Hashable, number: int = 1) -> None:
        """Count one more, or one less."""
        since, before = self._of(key)
        self._seen.pop(key, None)
        self._seen[key] = since, max(before + number, 0)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def _of(self, key: Hashable) -> tuple[float, int]:
        now = self._clock()
        since, number = self._seen.get(key, (now, 0))
        return (since, number) if now - since < self._seconds else (now, 0)


class WrongKeys:
    """Counts of the last minute. A right key always passes: many phones may share one address."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._tries = Tries(per_minute, 60.0, clock)

    def add(self, address: str) -> bool:
        """Count one more; whether there are too many now."""
        if self._tries.wait_s(address) > 0:
            return True
        self._tries.add(address)
        return False


class WrongLogins:
    """Passwords that were tried: of a name from an address, from an address, of a name from everywhere.

    The last would let a stranger keep somebody out, so it does not count for an address from which the name came in.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._pair = Tries(most, WINDOW_S, clock)
        self._address = Tries(5 * most, WINDOW_S, clock)
        self._name = Tries(3 * most, WINDOW_S, clock)
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin(self, name: str, address: str) -> float:
        """Count a try before the password is looked at; the seconds to wait instead, 0: go on."""
        pair = (name, address)
        asked = [(self._pair, pair), (self._address, address)]
        if pair not in self._known:
            asked.append((self._name, name))
        wait = max(tries.wait_s(key) for tries, key in asked)
        if wait <= 0:
            for tries, key in asked:
                tries.add(key)
        return max(wait, 0.0)

    def forgive(self, name: str, address: str) -> None:
        """The password was right: the try does not count, and the address is known from now on."""
        pair = (name, address)
        for tries, key in ((self._pair, pair), (self._address, address), (self._name, name)):
            tries.add(key, -1)
        self._known[pair] = None
        self._known.move_to_end(pair)
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)
