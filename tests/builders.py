"""Small builders of what tests need: tracks, photos, track files, videos, drives."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from PIL.ExifTags import IFD
from shapely import LineString

from pavement.detection import COLUMNS, Cells, Detection, Thresholds
from pavement.geo import LocalPlane
from pavement.quality import SOUND, Quality
from pavement.road import Carriageway, Kilopost, Network, Polylines, RoadKey, Route
from pavement.scales import build_scale
from pavement.track import Track

START = datetime(2026, 6, 3, 1, 15, tzinfo=UTC)  #: 10:15 in Japan
AOMORI = (140.74, 40.82)
PLANE = LocalPlane(*AOMORI)
NATIONAL_4 = RoadKey("一般国道", "4", "000", "現道")
PREFECTURAL_4 = RoadKey("主要地方道", "4", "000", "現道")
GOOD = SOUND


def make_track(fixes: Sequence[tuple[float, float, float]]) -> Track:
    """A track of (time_s, lon, lat)."""
    time_s, lon, lat = np.array(fixes, float).reshape(-1, 3).T
    return Track.of(time_s, lon, lat)


def write_jpeg(
    path: Path,
    *,
    shade: int = 128,
    size: tuple[int, int] = (48, 32),
    photo: Mapping[int, Any] | None = None,
    gps: Mapping[int, Any] | None = None,
) -> Path:
    """A JPEG of noise seeded by `shade` (so that its bytes differ); `photo` and `gps` are tags of the two EXIF IFDs."""
    pixels = np.random.default_rng(shade).integers(0, 255, (size[1], size[0], 3), np.uint8)
    exif = Image.Exif()
    if photo:
        exif.get_ifd(IFD.Exif).update(photo)
    if gps:
        exif.get_ifd(IFD.GPSInfo).update(gps)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, "JPEG", exif=exif.tobytes() if photo or gps else b"")
    return path


def gpx_point(time: datetime, lon: float, lat: float) -> str:
    """One `trkpt`."""
    return f'<trkpt lat="{lat}" lon="{lon}"><time>{time:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'


def gpx_text(points: Iterable[str]) -> str:
    """A GPX file of one segment."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
    return f"{head}<trk><trkseg>\n{chr(10).join(points)}\n</trkseg></trk></gpx>"


def write_gpx(path: Path, *, start: datetime = START, fixes: int = 10, lonlat: tuple[float, float] = AOMORI) -> Path:
    """A 1 Hz track going north by about 10 m/s."""
    times = (start + timedelta(seconds=k) for k in range(fixes))
    points = [gpx_point(time, lonlat[0], lonlat[1] + 9e-5 * k) for k, time in enumerate(times)]
    path.write_text(gpx_text(points), encoding="utf-8")
    return path


def write_video(path: Path, *, frames: int = 20, fps: float = 10.0, created: datetime | None = None) -> Path:
    """An MP4 whose frame i is grey of the shade 10·i; `created` goes to its mvhd box."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (64, 48))
    for i in range(frames):
        writer.write(np.full((48, 64, 3), 10 * i, np.uint8))
    writer.release()
    if created is not None:
        data = bytearray(path.read_bytes())
        seconds = int((created - datetime(1904, 1, 1, tzinfo=UTC)).total_seconds())
        struct.pack_into(">I", data, data.index(b"mvhd") + 8, seconds)
        path.write_bytes(data)
    return path


def make_drive(folder: Path, *, frames: int = 3, start: datetime = START) -> Path:
    """A good drive: photos each second with times in frames.csv, and a track over them."""
    rows = ["file,timestamp"]
    for k in range(frames):
        write_jpeg(folder / "frames" / f"IMG_{k}.jpg", shade=k)
        rows.append(f"frames/IMG_{k}.jpg,{(start + timedelta(seconds=k + 0.25)).isoformat()}")
    (folder / "frames.csv").write_text("\n".join(rows), encoding="utf-8")
    write_gpx(folder / "track.gpx", start=start)
    return folder


def make_posts(
    posts: Mapping[float, float] | Sequence[tuple[float, float]],
    *,
    road: RoadKey = NATIONAL_4,
    carriageway: Carriageway = Carriageway.BOTH,
    beside_m: float = 8.0,
) -> list[Kilopost]:
    """Posts of a line that runs east from (0, 0): metres along -> kilopost, `beside_m` to its left."""
    pairs = posts.items() if isinstance(posts, Mapping) else posts
    return [Kilopost(road, carriageway, kp, along, beside_m) for along, kp in pairs]


def make_route(
    xy: ArrayLike,
    posts: Mapping[float, float] | None = None,
    *,
    road: RoadKey = NATIONAL_4,
    carriageway: Carriageway = Carriageway.BOTH,
    index: int = 0,
    facts: Mapping[str, str] | None = None,
) -> Route:
    """A managed line through points (n, 2) in metres of `PLANE`; `posts` as in `make_posts`, else measured from 0."""
    line = LineString(np.asarray(xy, float))
    scale, _ = build_scale(line, carriageway, make_posts(posts or {}, road=road, carriageway=carriageway))
    return Route(index, road, carriageway, "模擬線", line, scale, PLANE, f"R{index}", facts or {})


def make_network(*routes: Route, roads: Sequence[ArrayLike] = (), **rest: Any) -> Network:
    """A network of `routes` (indexed in order) and of background `roads` through points in metres."""
    numbered = tuple(
        Route(i, r.road, r.carriageway, r.name, r.line, r.scale, r.plane, f"R{i}", r.facts)
        for i, r in enumerate(routes)
    )
    background = Polylines.of((f"B{i}", LineString(np.asarray(xy, float))) for i, xy in enumerate(roads))
    return Network(PLANE, numbered, roads=background, **rest)


def travel(points: ArrayLike, speed_mps: float = 10.0) -> NDArray[np.float64]:
    """(n, 2) places at every second of a car that drives through `points` in metres at one speed."""
    line = LineString(np.asarray(points, float))
    steps = np.arange(0.0, line.length + 1e-6, speed_mps)
    return np.array([line.interpolate(s).coords[0] for s in steps])


def receive(xy: NDArray[np.float64], *, sigma_m: float = 3.0, seed: int = 0, time_s: ArrayLike | None = None) -> Track:
    """The track of a receiver at places (n, 2), one a second, whose error wanders slowly (one sigma an axis)."""
    rng = np.random.default_rng(seed)
    error = np.zeros_like(xy)
    keep = 0.95  # of the error from one second to the next
    for i in range(len(xy)):
        before = error[i - 1] if i else rng.normal(0, sigma_m, 2)
        error[i] = keep * before + np.sqrt(1 - keep**2) * rng.normal(0, sigma_m, 2)
    lonlat = PLANE.to_degrees(xy + error) if len(xy) else np.empty((0, 2))
    seconds = np.arange(len(xy)) if time_s is None else np.asarray(time_s, float)
    return Track.of(np.asarray(START.timestamp() + seconds, np.float64), lonlat[:, 0], lonlat[:, 1])


def grid(rows: int = 40, columns: int = COLUMNS) -> NDArray[np.bool_]:
    """An empty mask of cells."""
    return np.zeros((rows, columns), bool)


def make_detection(
    lane: NDArray[np.bool_],
    crack: NDArray[np.bool_] | None = None,
    pothole: NDArray[np.bool_] | None = None,
    *,
    width: int = 1024,
    height: int = 640,
    quality: Quality = GOOD,
) -> Detection:
    """A detector's sure answer: masks (rows, columns) as logits of +6 and -6."""
    masks = [np.zeros_like(lane) if mask is None else mask for mask in (lane, crack, pothole)]
    return Detection.of(np.where(np.stack(masks), 6.0, -6.0).astype(np.float32), width, height, quality)


def make_cells(
    lane: NDArray[np.bool_], crack: NDArray[np.bool_] | None = None, pothole: NDArray[np.bool_] | None = None
) -> Cells:
    """Decided cells; what is damaged has the probability 1."""
    masks = [np.zeros_like(lane) if mask is None else mask for mask in (lane, crack, pothole)]
    return Cells(masks[0], masks[1], masks[2], np.stack(masks).astype(np.float32))


class PaintedDetector:
    """A detector for pictures in which the truth is painted: grey road, red cracks, blue potholes; all else is black.

    A picture counts for `calls`, so that a test sees what was done again.
    """

    name = "painted"
    sha256 = "0" * 64
    thresholds = Thresholds()

    def __init__(self) -> None:
        self.calls = 0
        self._counting = Lock()

    def detect(self, images: list[NDArray[np.uint8]]) -> list[Detection]:
        """Detections of BGR images (h, w, 3), in order; several threads may call at once."""
        with self._counting:
            self.calls += len(images)
        return [self._detect(image) for image in images]

    def _detect(self, image: NDArray[np.uint8]) -> Detection:
        height, width = image.shape[:2]
        rows = height * COLUMNS // width
        small = cv2.resize(image, (COLUMNS, rows), interpolation=cv2.INTER_NEAREST).astype(int)
        blue, green, red = small[..., 0], small[..., 1], small[..., 2]
        crack, pothole = red > green + 60, blue > green + 60
        lane = (small.max(2) > 60) | crack | pothole
        return make_detection(lane, crack, pothole, width=width, height=height)


class PaintedGuard:
    """A guard for painted pictures: what is green stands on the road."""

    sha256 = "1" * 64
    threshold = 0.25

    def foreign(self, images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        """1 in the foreign cells of BGR images (h, w, 3), else 0."""
        found = []
        for image in images:
            rows = image.shape[0] * COLUMNS // image.shape[1]
            small = cv2.resize(image, (COLUMNS, rows), interpolation=cv2.INTER_AREA).astype(int)
            found.append(np.asarray(small[..., 1] > small[..., [0, 2]].max(2) + 30, np.float32))
        return found


def write_labelled(folder: Path, photos: Mapping[str, tuple[str, NDArray[np.uint8]]], *, split: str = "val") -> Path:
    """A labelled data set: name -> (road, class map); the photos are painted as `PaintedDetector` reads them."""
    colours = np.array([(0, 0, 0), (120, 120, 120), (0, 0, 255), (255, 0, 0)], np.uint8)
    rows = ["split,name,road"]
    for name, (road, classes) in photos.items():
        for kind, suffix, pixels in (("images", ".jpg", colours[classes]), ("masks", ".png", classes)):
            path = folder / split / kind / f"{name}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            sharp = [cv2.IMWRITE_JPEG_QUALITY, 100, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]
            path.write_bytes(cv2.imencode(suffix, pixels, sharp if suffix == ".jpg" else [])[1].tobytes())
        rows.append(f"{split},{name},{road}")
    (folder / "index.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder
