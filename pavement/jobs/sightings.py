"""Which of the other workers are dead, told by heartbeats that stand still."""

from __future__ import annotations

from dataclasses import dataclass, field

from pavement.store import workers


@dataclass
class Sightings:
    """How long each other worker's heartbeat has stood still, by this process's own clock."""

    dead_after_s: float
    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)

    def dead(self, others: dict[str, tuple[str, int]], now: float) -> list[tuple[str, int]]:
        """Those that left, or whose heartbeat stood still for too long, with the heartbeat that they stopped at."""
        self._seen = {
            name: self._seen[name] if self._seen.get(name, (None,))[0] == beats else (beats, now)
            for name, (_, beats) in others.items()
        }
        return [
            (name, beats)
            for name, (state, beats) in others.items()
            if state == workers.LEFT or now - self._seen[name][1] > self.dead_after_s
        ]

    def forget(self) -> None:
        """Nothing was seen for a while (no database, a machine asleep): begin anew before calling anybody dead."""
        self._seen.clear()
