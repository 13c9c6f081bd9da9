"""A wall clock that jumps while a process runs, as a system's does when somebody sets it: the monotonic one goes on.

libfaketime would do, but it breaks `time.sleep` (an absolute sleep on the monotonic clock) when the clock goes back.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

FILE = "PAVEMENT_TEST_CLOCK"  #: in the environment: a file that holds the hours by which the clock is off
real_time, real_time_ns = time.time, time.time_ns


def hours_off() -> float:
    """What the file says now."""
    return float(Path(os.environ[FILE]).read_text(encoding="ascii") or 0)


class Jumping(datetime):
    """A datetime that is told the wrong now."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(real_time(), tz) + timedelta(hours=hours_off())


def install() -> None:
    """Where the environment names a file, this process's `time.time` and `utc_now` follow it."""
    if FILE in os.environ:
        from pavement.store import columns

        time.time = lambda: real_time() + 3600 * hours_off()
        time.time_ns = lambda: real_time_ns() + int(3.6e12 * hours_off())
        columns.datetime = Jumping  # type: ignore[attr-defined]
