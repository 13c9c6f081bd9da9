"""The figures of docs/accuracy.md on the camera-to-GPS offset: `python -m tests.time_offset_study` (minutes)."""

from __future__ import annotations

import numpy as np

from pavement.time_offset import estimate_offset
from tests.test_time_offset import Traffic

SEEDS = 40
TRUE_S = (0.0, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0)
DRIVES: dict[str, tuple[float, int, float, float]] = {  # change of speed, stops, bends, scatter of the pictures
    "traffic and stops": (0.4, 2, 0.3, 0.1),
    "the same, 30 % scatter": (0.4, 2, 0.3, 0.3),
    "speed ± 15 %, slight bends": (0.15, 0, 0.1, 0.1),
    "bends only": (0.0, 0, 0.4, 0.1),
    "constant speed, straight": (0.0, 0, 0.0, 0.1),
}


def main() -> None:
    """Print a row a kind of drive, and what pictures of another drive give."""
    rng = np.random.default_rng(0)
    for name, (change, stops, bends, scatter) in DRIVES.items():
        errors, sigmas = [], []
        for seed in range(100, 100 + SEEDS):
            true_s = float(rng.choice(TRUE_S))
            car = Traffic.of(seed, change=change, stops=stops, bends=bends)
            found = estimate_offset(car.flow(seed, true_s, scatter=scatter), car.track(seed))
            if found.certain:
                errors.append(found.offset_s - true_s)
                sigmas.append(abs(errors[-1]) / found.sd_s)
        size = np.abs(errors)
        row = f"rms {np.sqrt(np.mean(size**2)):.2f}, max {size.max():.2f} s" if errors else "-"
        print(f"{name}: {len(errors)} of {SEEDS} certain; {row}; within 2 sd {np.mean(np.array(sigmas) < 2):.2f}")
    others = [
        estimate_offset(Traffic.of(200 + s).flow(200 + s, 0), Traffic.of(400 + s).track(400 + s)) for s in range(60)
    ]
    print(
        f"another drive: {sum(o.certain for o in others)} of 60 certain, {sum(o.applied_s != 0 for o in others)} used"
    )


if __name__ == "__main__":
    main()
