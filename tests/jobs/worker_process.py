"""A worker process with fake models, for tests that kill it: DATA URL SECONDS MODE [webhook=URL] [SETTING=NUMBER …].

MODE: work; hang (its detector never answers); die (its detector ends the process).
"""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from exporters import EXPORTERS
from pavement.detection import Detection
from pavement.job_wiring import run_worker
from pavement.jobs.settings import Channel, JobSettings
from tests.jobs.builders import ShadeDetector, make_place

SLOW = ("gis", "form-a", "national", "photo-book", "mesh", "profiles", "report")  #: outputs that these tests need not


def hang(_: ShadeDetector, images: list[NDArray[np.uint8]]) -> list[Detection]:
    """A library that never returns."""
    time.sleep(3600)
    return []


def die(_: ShadeDetector, images: list[NDArray[np.uint8]]) -> list[Detection]:
    """A library that crashes."""
    os._exit(139)


if __name__ == "__main__":
    cv2.setNumThreads(1)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(process)d %(levelname)s %(message)s")
    for name in SLOW:
        del EXPORTERS[name]
    data, url, seconds, mode, *more = sys.argv[1:]
    if mode != "work":
        ShadeDetector.detect = {"hang": hang, "die": die}[mode]  # type: ignore[method-assign, assignment]
    values: dict[str, Any] = {"spare_bytes": 0, "look_s": 0.1, "heartbeat_s": 0.5, "dead_after_s": 4.0, "tries": 50}
    given = dict(each.split("=", 1) for each in more)
    if given.pop("verbose", None):
        logging.getLogger("pavement.jobs").setLevel(logging.INFO)
    if hook := given.pop("webhook", None):
        values["channels"] = (Channel("道路課", webhook=hook),)
    values |= {name: float(value) for name, value in given.items()}
    run_worker(make_place(Path(data), url=url or None, jobs=JobSettings(**values), seconds=float(seconds)))
