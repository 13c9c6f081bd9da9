"""The product's own run with one thread, metered: what every stage costs by itself, in core-seconds."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import openvino

import pavement.detectors.model
import pavement.measurement
import pavement.overlap
import pavement.pipeline
import pavement.stages.photos
from pavement.bootstrap.models import Models, open_models
from pavement.checkpoints import StepFiles
from pavement.detection import Image
from pavement.detectors import Engine, ModelDetector, ModelEntry, ModelGuard, find_model
from pavement.detectors.model import Floats
from pavement.detectors.openvino import finish, read_network, start
from pavement.detectors.registry import GUARD_MAPS
from pavement.settings import Settings
from pavement.sources import read_image

STARTING = "start"  #: the span of what every process does once
RUN = importlib.import_module("pavement.bootstrap.run")  # the package has a function of this name


class Meter:
    """Core-seconds by span; what an inner span takes is not the outer one's. For one thread."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._open = ["rest"]
        self._since = time.process_time()

    def book(self) -> None:
        """Book what was used since the last time to the innermost span."""
        now = time.process_time()
        self.seconds[self._open[-1]] = self.seconds.get(self._open[-1], 0.0) + now - self._since
        self._since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A block of the run; with this a meter stands for the pipeline's `Timings`."""
        self.book()
        self._open.append(name)
        try:
            yield
        finally:
            self.book()
            self._open.pop()

    def inside(self, name: str) -> Any:
        """A block of whatever stage is running."""
        return self.stage(f"{self._open[-1].partition(':')[0]}: {name}")

    def of(self, name: str, work: Callable[..., Any], *, whole: bool = False) -> Callable[..., Any]:
        """`work`, metered as a part of the stage that calls it, or as a stage of its own."""

        def metered(*args: Any, **named: Any) -> Any:
            with self.stage(name) if whole else self.inside(name):
                return work(*args, **named)

        return metered


class Inline(Executor):
    """Does at once what it is given."""

    def __init__(self, *_: object) -> None: ...

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """A future that is done."""
        future: Future[Any] = Future()
        future.set_result(work(*args, **named))
        return future


class OneThreadEngine:
    """A network of OpenVINO's on one thread."""

    def __init__(self, entry: ModelEntry, label: str, meter: Meter) -> None:
        self.label, self._entry, self._meter = label, entry, meter

    def infer(self, images: Sequence[Image]) -> Floats:
        """As `Engine`."""
        import numpy as np

        request = one_thread_request(self._entry.path, images[0].shape, self.label.split()[-1])
        answers = []
        with self._meter.inside("engine"):
            for image in images:
                start(request, image)
                answers.append(finish(request))
        return np.stack(answers)


@lru_cache
def one_thread_request(path: Path, shape: tuple[int, ...], precision: str) -> Any:
    """A request of a network for images of `shape`, compiled for one thread."""
    hints = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    core = openvino.Core()
    return core.compile_model(read_network(core, path, shape), "CPU", hints).create_infer_request()


def one_threaded_models(meter: Meter) -> Callable[[Settings], Models]:
    """The product's networks on one thread."""

    def opened(settings: Settings) -> Models:
        with meter.stage(STARTING):
            label = open_models(replace(settings, device="cpu")).engine
            road, guard = find_model(settings.model), find_model("guard", None, GUARD_MAPS)
            engines: list[Engine] = [OneThreadEngine(entry, label, meter) for entry in (road, guard)]
            return Models(ModelDetector(road, engines[0]), ModelGuard(guard, engines[1]), label)

    return opened


@contextmanager
def one_thread() -> Iterator[Meter]:
    """`pavement.bootstrap.run` with one thread and a meter in every place of interest, for a while."""
    meter = Meter()

    def read_images(folder: Path, files: Sequence[str]) -> Iterator[tuple[str, Image | None]]:
        for file in files:
            with meter.inside("decode"):
                image = read_image(folder, file)
            yield file, image

    class MeteredSteps(StepFiles):
        """The finished steps, metered."""

        def load(self, key: str) -> dict[str, Any] | None:
            with meter.inside("steps"):
                return super().load(key)

        def save(self, key: str, arrays: Mapping[str, Any]) -> None:
            with meter.inside("steps"):
                super().save(key, arrays)

    class Timings:
        """Takes the place of the pipeline's."""

        seconds: ClassVar[dict[str, float]] = {}
        stage = staticmethod(meter.stage)

    exports = {name: meter.of(f"write: {name}", export, whole=True) for name, export in RUN.EXPORTERS.items()}
    model, photos = pavement.detectors.model, pavement.stages.photos
    rut_of = meter.of("ruts: depths of rows", pavement.measurement.rut_of, whole=True)
    replaced: list[tuple[Any, str, Any]] = [
        (pavement.measurement, "rut_of", rut_of),
        (pavement.overlap, "ThreadPoolExecutor", Inline),
        (pavement.pipeline, "Timings", Timings),
        (RUN, "EXPORTERS", exports),
        (RUN, "iter_images", read_images),
        (RUN, "StepFiles", MeteredSteps),
    ]
    for place, name, span in (
        (model, "shrink", "prepare"),
        (model, "measure_quality", "gate"),
        (photos, "road_mask", "mask"),
        (photos, "mask_photo", "mask"),
        (RUN, "write_photo", "JPEG"),
    ):
        replaced.append((place, name, meter.of(span, getattr(place, name))))
    for name, span in (
        ("export_form_a", "write: form-a"),
        ("write_survey", "write: survey"),
        ("load_drives", "read the drive"),
        ("read_network", "read the network"),
    ):
        replaced.append((RUN, name, meter.of(span, getattr(RUN, name), whole=True)))
    with ExitStack() as stack:
        for place, name, new in replaced:
            stack.enter_context(patch.object(place, name, new))
        yield meter
        meter.book()
