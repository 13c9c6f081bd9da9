"""Part of `make bench`: core-times of detection's stages, and its throughput against them.

Everything is made here. Figures are ratios within one run; absolute times belong to the machine that printed them. With
BENCH_TRAIN_PYTHON=…/bin/python (an environment with the extra `train`) `yolo predict` runs on the same photos.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import geopandas as gpd
import openvino
from shapely import LineString, Point

from pavement.detection import class_map, sigmoid
from pavement.detectors import ModelEntry, find_model, open_detector
from pavement.detectors.model import shrink
from pavement.detectors.openvino import read_network
from pavement.encoding import encode_png
from pavement.quality import measure_quality
from pavement.simulate import simulate_drive, tiny_spec
from pavement.sources import decode_photo
from tests.bench_table import Row, tell

CORES = os.cpu_count() or 1
FRAMES = 480  #: of the throughput run
WIDTH = find_model("road").input_width  #: of the network's input
STEP_M = 5.0  #: between the frames of a drive


def main() -> None:
    """Print the rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spec = replace(tiny_spec(), length_m=200.0, width_px=1024, height_px=640)
        simulate_drive(folder / "made", spec)
        photos = sorted((folder / "made/frames").glob("*.jpg"))
        many = copies(photos, folder / "many", FRAMES)
        tell(throughput(photos, many, folder))


def throughput(photos: list[Path], many: Path, folder: Path) -> Iterator[Row]:
    """`pavement detect` against its stages' own core-times, and against `yolo predict` where that is installed."""
    stages = stage_times(photos)
    rate, used = detect_rate(many, copies(photos[:1], folder / "few", 1), folder)
    again = stage_times(photos)  # before and after: the machine's speed wanders
    stages = {stage: (seconds + again[stage]) / 2 for stage, seconds in stages.items()}
    total = sum(stages.values())
    for stage, seconds in stages.items():
        yield Row("detect: stages", stage, 1, "frames", seconds)
    engine = open_detector(device="cpu").engine.label
    limit = f"{CORES} cores / {1000 * total:.1f} ms"
    whole = {"core_s": used * FRAMES, "wall_s": FRAMES / rate}
    yield Row(
        "detect", "pavement detect", FRAMES, "frames", **whole, against=limit, ratio=rate * total / CORES, note=engine
    )
    peer = yolo_rate(many)
    if peer is None:
        note = "skipped: BENCH_TRAIN_PYTHON names no Python with ultralytics"
        yield Row("detect", "beside yolo predict", note=note)
    else:
        yield Row("detect", "beside yolo predict", against=f"yolov8n, {WIDTH} px", ratio=rate / peer)


def stage_times(photos: list[Path]) -> dict[str, float]:
    """Core-seconds per frame and stage, each alone; CPU time, so that other work on the machine counts little."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    entry, detector = find_model("road"), open_detector(device="cpu")
    data = [path.read_bytes() for path in photos]
    images = [image for each in data if (image := decode_photo(each)) is not None]
    inputs = [shrink(image, entry.input_width) for image in images]
    logits = list(detector.engine.infer(inputs))
    lanes = [sigmoid(each[0]) for each in logits]
    found = detector.detect(images)
    maps = [class_map(each, detector.thresholds) for each in found]
    single = one_thread(entry, inputs[0].shape, detector.engine.label.split()[-1])

    def per_frame(work: Callable[[int], object]) -> float:
        work(0)
        started = time.process_time()
        for index in range(len(images)):
            work(index)
        return (time.process_time() - started) / len(images)

    result = {
        "decode": per_frame(lambda i: decode_photo(data[i])),
        "prepare": per_frame(lambda i: shrink(images[i], entry.input_width)),
        "engine": per_frame(lambda i: single.infer({0: inputs[i][None]}, share_inputs=True)),
        "quality": per_frame(lambda i: measure_quality(inputs[i], lanes[i])),
        "class map": per_frame(lambda i: class_map(found[i], detector.thresholds)),
        "PNG": per_frame(lambda i: encode_png(maps[i])),
    }
    cv2.setNumThreads(threads)
    return result


def one_thread(entry: ModelEntry, shape: tuple[int, ...], precision: str) -> Any:
    """A request of the detector's own network, compiled for one thread."""
    hints = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    network = read_network(openvino.Core(), entry.path, shape)
    return openvino.Core().compile_model(network, "CPU", hints).create_infer_request()


def copies(photos: list[Path], folder: Path, count: int) -> Path:
    """A folder of `count` photos."""
    folder.mkdir()
    for index in range(count):
        shutil.copy(photos[index % len(photos)], folder / f"{index:05d}.jpg")
    return folder


def detect_rate(many: Path, few: Path, folder: Path) -> tuple[float, float]:
    """(frames per second, core-seconds a frame) of `pavement detect` without its start; the better of two runs."""
    runs = []
    for turn in range(2):
        times, used = [], []
        for source in (few, many):
            before, started = children_time(), time.perf_counter()
            command("detect", str(source), "--out", str(folder / f"out-{source.name}-{turn}"), "--device", "cpu")
            times.append(time.perf_counter() - started)
            used.append(children_time() - before)
        runs.append(((FRAMES - 1) / (times[1] - times[0]), (used[1] - used[0]) / (FRAMES - 1)))
    return max(runs)


def children_time() -> float:
    """CPU seconds of all processes that were started here and ended."""
    times = os.times()
    return times.children_user + times.children_system


YOLO = """
import sys, time, types
try:
    import torchvision
except Exception:  # the one beside a CPU-only torch may not load; only its NMS is used, and here nothing is found
    sys.modules["torchvision"] = types.ModuleType("torchvision")
from ultralytics import YOLO
found = YOLO("yolov8n.yaml").predict(sys.argv[1], imgsz=int(sys.argv[2]), device="cpu", stream=True, verbose=False)
for index, _ in enumerate(found):
    if index == 7:
        started = time.perf_counter()
print((index - 7) / (time.perf_counter() - started))
"""


def yolo_rate(photos: Path) -> float | None:
    """Frames per second of `yolo predict` (what it does without its start, nothing saved); None: not installed.

    The weights are random: of the size class of models/road.onnx, whose body is YOLOv8n's, and they find nothing.
    """
    python = shutil.which(os.environ.get("BENCH_TRAIN_PYTHON") or sys.executable)
    if (
        python is None
        or subprocess.run([python, "-c", "import ultralytics"], capture_output=True, check=False).returncode
    ):
        return None
    with tempfile.TemporaryDirectory() as quiet:
        done = subprocess.run(
            [python, "-c", YOLO, str(photos), str(WIDTH)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            cwd=quiet,
            env={**os.environ, "YOLO_CONFIG_DIR": quiet, "YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "false"},
        )
    return float(done.stdout.strip().splitlines()[-1])


def command(*arguments: str) -> None:
    """Run `pavement` in a process of its own."""
    subprocess.run([sys.executable, "-m", "pavement.cli", *arguments], check=True, stdout=subprocess.DEVNULL)


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
