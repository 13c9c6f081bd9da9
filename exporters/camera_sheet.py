"""The check sheet of a drive's camera: what it believes of the mount, drawn over a masked photo of the drive.

If the green edges lie on the lane's lines and the blue cross lines look level and evenly spaced, the mount is right.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from html import escape
from math import radians
from typing import Any

import numpy as np

from exporters.svg import element, polyline, text
from exporters.thumbnails import thumbnail
from pavement.camera import Camera
from pavement.record import Survey

PICTURE_PX = 720
MOST_SHEETS = 6
_LATER = re.compile(r"(?P<drive>.+) \((?P<frame>.+) 以降\)")
EVERY_M = 5
FAR_M = 40
HORIZON, LANE, GRID = "#d55e00", "#009e73", "#0072b2"
SOURCES = {
    "given": "設定値(drive.toml)",
    "estimated": "推定(車線の縁・路面の動き)",
    "estimated from motion": "推定(路面の動きとGPS)",
    "assumed": "仮定",
}
#: name, key of the value, unit, key of the source, key of the error, relative error or not
ROWS = (
    ("焦点距離", "focal_px", "px", "focal", "focal_sd", True),
    ("高さ", "height_m", "m", "height", "scale_sd", True),
    ("俯角", "pitch_deg", "°", "pitch", "pitch_sd_deg", False),
    ("ロール", "roll_deg", "°", "roll", "roll_sd_deg", False),
    ("左右の向き", "yaw_deg", "°", "yaw", "yaw_sd_deg", False),
    ("車線幅", "lane_width_m", "m", "lane_width", "lane_width_sd_m", False),
    ("歪み k1", "k1", "", "k1", "k1_sd", False),
)


def camera_sheets(survey: Survey) -> str:
    """HTML: a sheet for each mounting whose camera is known, those with a notice first; nothing without any."""
    cameras = {name: facts for name, facts in (survey.run.get("camera") or {}).items() if _complete(facts)}
    told = {notice.file.removesuffix("/camera") for notice in survey.notices if notice.file.endswith("/camera")}
    chosen = sorted(cameras, key=lambda name: _mounting(name)[0] not in told)[:MOST_SHEETS]
    more = len(cameras) - len(chosen)
    rest = f"<p class='none'>ほか {more:,} 件の確認図は省きました(数値は下の表)。</p>" if more else ""
    return "".join(camera_sheet(survey, name, cameras[name]) for name in chosen) + rest


def camera_sheet(survey: Survey, mounting: str, facts: Mapping[str, Any]) -> str:
    """HTML: one mounting's picture and numbers."""
    return (
        f"<figure class='camera'><figcaption>{escape(mounting)}: カメラの確認図</figcaption>"
        f"<div class='columns'><div>{draw_view(facts, _photo(survey, mounting))}</div><div>{numbers(facts)}"
        "<p class='hint'>橙: 水平線、緑: 車線幅(カメラの正面から左右に半分ずつ)、青: 前方 5 m ごと。"
        "緑の線が車線の縁と平行で間隔が合い、橙の線が路面の消える高さにあれば、寸法は正しく求められています。</p></div></div></figure>"
    )


def _mounting(name: str) -> tuple[str, str]:
    """Drive and first frame of a mounting as run.json names it; the first mounting of a drive has no frame.

    >>> _mounting("drive"), _mounting("drive (frames/IMG_00073.jpg 以降)")
    (('drive', ''), ('drive', 'frames/IMG_00073.jpg'))
    """
    found = _LATER.fullmatch(name)
    return (found["drive"], found["frame"]) if found else (name, "")


def _complete(facts: object) -> bool:
    return isinstance(facts, Mapping) and {"width_px", "height_px", "focal_px", "height_m", "sources"} <= set(facts)


def camera_of(facts: Mapping[str, Any]) -> Camera:
    """The camera that run.json tells of."""
    return Camera(
        width=int(facts["width_px"]),
        height=int(facts["height_px"]),
        focal_px=float(facts["focal_px"]),
        cx_px=float(facts["cx_px"]),
        cy_px=float(facts["cy_px"]),
        height_m=float(facts["height_m"]),
        pitch=radians(float(facts["pitch_deg"])),
        roll=radians(float(facts["roll_deg"])),
        yaw=radians(float(facts["yaw_deg"])),
        k1=float(facts["k1"]),
    )


def _photo(survey: Survey, mounting: str) -> str | None:
    """A masked photo that the mounting took, as a data address; None where there is none (the drawing stands alone)."""
    drive, first = _mounting(mounting)
    later = [frame for name in survey.run.get("camera") or {} for other, frame in (_mounting(name),) if other == drive]
    end = min((frame for frame in later if frame > first), default=None)
    for photo in survey.photos:
        if photo.drive == drive and first <= photo.frame and (end is None or photo.frame < end):
            small = thumbnail(photo.masked, PICTURE_PX, 70)
            if small is not None:
                return "data:image/jpeg;base64," + base64.b64encode(small.jpeg).decode("ascii")
    return None


def draw_view(facts: Mapping[str, Any], photo: str | None) -> str:
    """SVG in the photo's pixels: the photo, the horizon, the lane's edges, a cross line every 5 m."""
    camera = camera_of(facts)
    half = float(facts["lane_width_m"]) / 2
    width, height = camera.width, camera.height
    stroke = max(width / 400, 1.0)
    back = (
        element("image", href=photo, x=0, y=0, width=width, height=height, preserveAspectRatio="none")
        if photo
        else element("rect", x=0, y=0, width=width, height=height, fill="#e6eaed")
    )
    parts = [back]
    for side in (-half, half):
        points = list(_line(camera, np.geomspace(1.0, 300.0, 60), np.full(60, side)))
        parts.append(polyline(points, fill="none", stroke=LANE, stroke_width=1.5 * stroke))
    for metres in range(EVERY_M, FAR_M + 1, EVERY_M):
        points = list(_line(camera, np.full(9, float(metres)), np.linspace(-2 * half, 2 * half, 9)))
        if not points:
            continue
        parts.append(polyline(points, fill="none", stroke=GRID, stroke_width=stroke))
        if metres in (5, 10, 20, 40):
            u, v = points[-1]
            parts.append(text(u + 2 * stroke, v, f"{metres} m", fill=GRID, font_size=width / 50))
    points = list(_line(camera, np.full(2, 1e6), np.array([-1e6, 1e6])))
    parts.append(polyline(points, fill="none", stroke=HORIZON, stroke_width=1.5 * stroke, stroke_dasharray="8 6"))
    if len(points) and max(v for _, v in points) < 0:
        words = f"水平線は画像の上端より {-max(v for _, v in points):.0f} px 上"
        parts.append(text(width / 50, width / 40, words, fill=HORIZON, font_size=width / 50))
    return element("svg", "".join(parts), viewBox=f"0 0 {width} {height}", class_="view", role="img")


def _line(camera: Camera, forward: np.ndarray, right: np.ndarray) -> Iterator[tuple[float, float]]:
    """Pixels of ground points before the camera."""
    ahead = forward * np.cos(camera.pitch) + camera.height_m * np.sin(camera.pitch) > 0.2
    for u, v in zip(*camera.pixel(forward[ahead], right[ahead]), strict=True):
        yield float(u), float(v)


def numbers(facts: Mapping[str, Any]) -> str:
    """HTML table: each number with its error and where it comes from."""
    sources = facts["sources"]
    rows = []
    for name, key, unit, source, error, relative in ROWS:
        value, sd = facts.get(key), facts.get(error)
        if value is None:
            continue
        given = sources.get(source) == "given"
        spread = None if sd is None or given else float(sd) * float(value) if relative else float(sd)
        digits = 0 if unit == "px" else 3 if key == "k1" else 2
        shown = f"{float(value):.{digits}f}" + ("" if spread is None else f" ± {spread:.{digits}f}")
        where = SOURCES.get(sources.get(source, ""), escape(str(sources.get(source, ""))))
        rows.append(f"<tr><td>{name}</td><td class='n'>{shown} {unit}</td><td>{where}</td></tr>")
    used = f"車線の縁 {facts.get('frames', 0)} 枚、画像の組 {facts.get('pairs', 0)} 組から"
    head = "<tr><th>項目</th><th>値</th><th>出所</th></tr>"
    return f"<table>{head}{''.join(rows)}</table><p class='none'>{used}</p>"
