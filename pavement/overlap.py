"""Decoding, inference and what follows, of many frames at once and in order: cores stay busy, memory stays bounded."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from pavement.detection import Detection, Detector, Image

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH = 2  #: frames that a detector is given at once; with WORKERS it bounds the pictures that are held
CORES = os.cpu_count() or 1  #: so many workers for what only computes
WORKERS = CORES + 2  #: more than cores, since somebody always waits for the engine or the disk


def detect_each(
    detector: Detector,
    images: Iterable[tuple[str, Image | None]],
    use: Callable[[str, Detection | None], Result],
) -> Iterator[Result]:
    """`use` of each image's name and detection (None where the image is None), in order.

    Batches run through detector and `use` side by side, while `images` decodes the next ones: `use` is called from
    several threads at once.
    """

    def work(batch: list[tuple[str, Image | None]]) -> list[Result]:
        found = iter(detector.detect([image for _, image in batch if image is not None]))
        return [use(name, None if image is None else next(found)) for name, image in batch]

    for results in in_order(work, batches(images, BATCH)):
        yield from results


def in_order(work: Callable[[Item], Result], items: Iterable[Item], *, workers: int = WORKERS) -> Iterator[Result]:
    """`work` of each item in the items' order; no more than one item a worker, and the next, are held at a time.

    What `work` or `items` raises is raised at its place; work that was not begun by then is dropped.

    >>> list(in_order(abs, iter([3, -1, -2])))
    [3, 1, 2]
    """
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of `size` items; the last one may be shorter.

    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
