"""Wrong keys per address: guessing 256 bits is hopeless, but a device gone wrong must not fill the logs."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

ADDRESSES = 10_000  #: remembered at most; the oldest go first


class WrongKeys:
    """Counts of the last minute. A right key always passes: many phones may share one address."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def add(self, address: str) -> bool:
        """Count one more; whether there are too many now."""
        now = self._clock()
        since, number = self._seen.pop(address, (now, 0))
        if now - since >= 60:
            since, number = now, 0
        self._seen[address] = since, number + 1
        while len(self._seen) > ADDRESSES:
            self._seen.popitem(last=False)
        return number + 1 > self._per_minute
