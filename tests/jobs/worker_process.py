"""A worker process with fake models, for tests that kill it: DATA URL SECONDS MODE [SETTING=NUMBER …].

Also webhook=URL, store=URL.

MODE: work; hang (its detector never answers); die (its detector ends the process); odd (its steps raise what no
step may raise).
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
from pavement.jobs import worker
from pavement.jobs.settings import Channel, JobSettings
from tests.faults import clock
from tests.jobs.builders import ShadeDetector, make_place

SLOW = ("gis", "form-a", "national", "photo-book", "mesh", "profiles", "report")  #: outputs that these tests need not


def hang(_: ShadeDetector, images: list[NDArray[np.uint8]]) -> list[Detection]:
    """A library that never returns."""
    time.sleep(3600)
    return []


def die(_: ShadeDetector, images: list[NDArray[np.uint8]]) -> list[Detection]:
    """A library that crashes."""
    os._exit(139)


def odd(*_: object) -> None:
    """Something that nobody foresaw."""
    raise RuntimeError("unforeseen")


if __name__ == "__main__":
    clock.install()
    cv2.setNumThreads(1)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(process)d %(levelname)s %(message)s")
    for name in SLOW:
        del EXPORTERS[name]
    data, url, seconds, mode, *more = sys.argv[1:]
    if mode == "odd":
        setattr(worker, "patiently", odd)  # noqa: B010 (mypy: it is not the module's own)
    elif mode != "work":
        ShadeDetector.detect = {"hang": hang, "die": die}[mode]  # type: ignore[method-assign, assignment]
    values: dict[str, Any] = {"spare_bytes": 0, "look_s": 0.1, "heartbeat_s": 0.5, "dead_after_s": 4.0, "tries": 50}
    given = dict(each.split("=", 1) for each in more)
    if given.pop("verbose", None):
        logging.getLogger("pavement.jobs").setLevel(logging.INFO)
    if hook := given.pop("webhook", None):
        values["channels"] = (Channel("道路課", webhook=hook),)
    store = given.pop("store", None)
    values |= {name: float(value) for name, value in given.items()}
    jobs = JobSettings(**values)
    run_worker(make_place(Path(data), url=url or None, store=store, jobs=jobs, seconds=float(seconds)))
