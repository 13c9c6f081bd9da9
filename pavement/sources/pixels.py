"""The pixels of a drive's frames: one at a time, or all in order while the next ones are being decoded."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from pavement.sources.images import MAX_PIXELS, Image, read_photo

_WORKERS = 2
_AHEAD = 4  #: decoded images that wait for the consumer: memory is bounded by this


class VideoReader:
    """Frames of one video by index, decoded forwards; going back starts again. Use it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._capture: cv2.VideoCapture | None = None
        self._next = 0

    def read(self, index: int) -> Image | None:
        """Pixels (h, w, 3) BGR uint8 of frame `index`; None where the video does not give it."""
        if self._capture is None or index < self._next:
            self.close()
            self._capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
            self._next = 0
            sides = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
            if math.prod(self._capture.get(side) for side in sides) > MAX_PIXELS:
                self._capture.release()
        while self._next <= index:
            if not self._capture.grab():
                return None
            self._next += 1
        found, image = self._capture.retrieve()
        return np.asarray(image, np.uint8) if found else None

    def close(self) -> None:
        """Let the file go."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def split_name(file: str) -> tuple[str, int | None]:
    """The file and the frame index of a frame's name.

    >>> split_name("video/a.mp4#000123"), split_name("frames/a#1.jpg")
    (('video/a.mp4', 123), ('frames/a#1.jpg', None))
    """
    name, mark, index = file.rpartition("#")
    return (name, int(index)) if mark and index.isdecimal() else (file, None)


def read_image(folder: Path, file: str) -> Image | None:
    """Pixels (h, w, 3) BGR uint8 of frame `file` of the drive in `folder`, upright.

    None where it cannot be decoded or is truncated. For many frames of a video use `iter_images`.
    """
    name, index = split_name(file)
    if index is None:
        return read_photo(folder / name)
    with VideoReader(folder / name) as video:
        return video.read(index)


def iter_images(folder: Path, files: Sequence[str]) -> Iterator[tuple[str, Image | None]]:
    """Each of `files` with its pixels as `read_image` gives them, in order.

    Photos are decoded ahead of the consumer by a few threads; a video is opened once, decoded forwards in a thread of
    its own and closed after its last frame.
    """
    videos = _Videos(folder, files)
    photos, film = ThreadPoolExecutor(_WORKERS), ThreadPoolExecutor(1)
    waiting: deque[tuple[str, Future[Image | None]]] = deque()
    try:
        for position, file in enumerate(files):
            name, index = split_name(file)
            task = photos.submit(read_photo, folder / name) if index is None else film.submit(videos.read, position)
            waiting.append((file, task))
            if len(waiting) > _AHEAD:
                done, ready = waiting.popleft()
                yield done, ready.result()
        while waiting:
            done, ready = waiting.popleft()
            yield done, ready.result()
    finally:
        photos.shutdown(cancel_futures=True)
        film.shutdown(cancel_futures=True)
        videos.close()


class _Videos:
    """The open videos among `files`; each is closed after the last position that needs it."""

    def __init__(self, folder: Path, files: Sequence[str]) -> None:
        self._folder = folder
        self._files = [split_name(file) for file in files]
        self._last = {name: position for position, (name, _) in enumerate(self._files)}
        self._open: dict[str, VideoReader] = {}

    def read(self, position: int) -> Image | None:
        name, index = self._files[position]
        video = self._open.setdefault(name, VideoReader(self._folder / name))
        image = video.read(index or 0)
        if self._last[name] == position:
            self._open.pop(name).close()
        return image

    def close(self) -> None:
        for video in self._open.values():
            video.close()
