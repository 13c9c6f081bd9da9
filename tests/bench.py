"""`make bench`: core-times of the stages, throughput against them, and memory from 200 to 5,000 frames.

Everything is made here. Figures are ratios within one run; absolute times belong to the machine that printed them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import geopandas as gpd
import numpy as np
from shapely import LineString, Point

from pavement.detection import class_map
from pavement.detectors import open_detector
from pavement.detectors.openvino import to_tensor
from pavement.encoding import encode_png
from pavement.simulate import simulate_drive, tiny_spec
from pavement.sources import decode_photo

CORES = os.cpu_count() or 1
FRAMES = 240  #: of the throughput run
DRIVES = (200, 5000)  #: frames of the memory runs
STEP_M = 5.0


def main() -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spec = replace(tiny_spec(), length_m=200.0, width_px=1024, height_px=640)
        simulate_drive(folder / "made", spec)
        photos = sorted((folder / "made/frames").glob("*.jpg"))
        stages = stage_times(photos)
        total = sum(stages.values())
        print("| stage | core-ms a frame (1024×640) |\n|---|---|")
        for stage, seconds in stages.items():
            print(f"| {stage} | {1000 * seconds:.1f} |")
        limit = CORES / total
        rate = detect_rate(photos, folder)
        print(
            f"\ndetect: {rate:.1f} frames/s = {rate / limit:.2f} of the limit ({CORES} cores / {1000 * total:.1f} ms)"
        )
        peaks = {count: run_memory(photos, folder / str(count), count) for count in DRIVES}
        for count, (seconds, peak) in peaks.items():
            print(f"run of {count} frames: {count / seconds:.1f} frames/s, peak memory {peak:.0f} MB")
        few, many = (peaks[count][1] for count in DRIVES)
        print(f"memory {DRIVES[1]} against {DRIVES[0]} frames: {many / few:.2f} times")


def stage_times(photos: list[Path]) -> dict[str, float]:
    """Seconds on one core per frame and stage."""
    cv2.setNumThreads(1)
    detector = open_detector()
    import openvino

    core = openvino.Core()
    data = [path.read_bytes() for path in photos]
    images = [image for each in data if (image := decode_photo(each)) is not None]
    width = 768
    small = [cv2.resize(image, (width, 480), interpolation=cv2.INTER_AREA) for image in images]
    tensors = [to_tensor(np.asarray(each, np.uint8)) for each in small]
    model = core.read_model(detector.path)
    model.reshape([1, 3, 480, width])
    single = core.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"})
    detections = detector.detect(images)
    maps = [class_map(each, detector.thresholds) for each in detections]

    def per_frame(work: Callable[[int], object]) -> float:
        work(0)
        started = time.perf_counter()
        for index in range(len(images)):
            work(index)
        return (time.perf_counter() - started) / len(images)

    result = {
        "decode": per_frame(lambda i: decode_photo(data[i])),
        "prepare": per_frame(
            lambda i: to_tensor(np.asarray(cv2.resize(images[i], (width, 480), interpolation=3), "u1"))
        ),
        "engine": per_frame(lambda i: single(tensors[i])),
        "class map": per_frame(lambda i: class_map(detections[i], detector.thresholds)),
        "PNG": per_frame(lambda i: encode_png(maps[i])),
    }
    cv2.setNumThreads(-1)
    return result


def detect_rate(photos: list[Path], folder: Path) -> float:
    """Frames per second of `pavement detect` without its start."""
    many = folder / "many"
    many.mkdir()
    for index in range(FRAMES):
        shutil.copy(photos[index % len(photos)], many / f"{index:05d}.jpg")
    few = folder / "few"
    few.mkdir()
    shutil.copy(photos[0], few / "0.jpg")
    times = []
    for source in (few, many):
        started = time.perf_counter()
        command("detect", str(source), "--out", str(folder / f"out-{source.name}"))
        times.append(time.perf_counter() - started)
    return (FRAMES - 1) / (times[1] - times[0])


def command(*arguments: str) -> None:
    """Run `pavement` in a process of its own."""
    subprocess.run([sys.executable, "-m", "pavement.cli", *arguments], check=True, stdout=subprocess.DEVNULL)


def run_memory(photos: list[Path], folder: Path, count: int) -> tuple[float, float]:
    """(seconds, peak MB) of `pavement run` on a drive of `count` frames on a straight road."""
    make_long_drive(photos, folder / "drive", count)
    script = (
        "import json,resource,sys\nfrom pavement.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "print(json.dumps({'code': code, 'peak': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))"
    )
    started = time.perf_counter()
    arguments = ["run", folder / "drive", "--network", folder / "drive/network.gpkg", "--out", folder / "out"]
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], check=True, capture_output=True, text=True
    )
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    if answer["code"] != 0:
        raise SystemExit(done.stderr)
    return time.perf_counter() - started, float(answer["peak"])


def make_long_drive(photos: list[Path], folder: Path, count: int) -> None:
    """`count` frames 5 m apart along a meridian; bytes after the JPEG's end make every file its own."""
    (folder / "frames").mkdir(parents=True)
    start, speed, metres_per_degree = datetime(2026, 6, 1, 1, 0, tzinfo=UTC), 10.0, 110_950.0
    lines = ["file,timestamp"]
    for index in range(count):
        name = f"{index:06d}.jpg"
        (folder / "frames" / name).write_bytes(photos[index % len(photos)].read_bytes() + f"{index}".encode())
        lines.append(f"{name},{(start + timedelta(seconds=index * STEP_M / speed)).isoformat()}")
    (folder / "frames.csv").write_text("\n".join(lines), encoding="utf-8")
    length = count * STEP_M + 200
    fixes = ["timestamp,lon,lat"]
    for second in range(int(count * STEP_M / speed) + 5):
        moment = (start + timedelta(seconds=second)).isoformat()
        fixes.append(f"{moment},140.7,{40.5 + (50 + second * speed) / metres_per_degree:.7f}")
    (folder / "track.csv").write_text("\n".join(fixes), encoding="utf-8")
    key = {"road_type": "一般県道", "route_no": "1", "branch_no": "000", "kind": "現道", "carriageway": "both"}
    line = LineString([(140.7, 40.5), (140.7, 40.5 + length / metres_per_degree)])
    routes = gpd.GeoDataFrame([{**key, "name": "県道1号"}], geometry=[line], crs=4326)
    posts = [
        {**key, "kp_km": k / 10, "geometry": Point(140.70008, 40.5 + k * 100 / metres_per_degree)}
        for k in range(int(length / 100) + 1)
    ]
    routes.to_file(folder / "network.gpkg", layer="routes")
    gpd.GeoDataFrame(posts, crs=4326).to_file(folder / "network.gpkg", layer="kiloposts")


if __name__ == "__main__":
    main()
