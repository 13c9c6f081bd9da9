"""Wrong mounts, noticed from what the drive's own pictures show, and said with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import degrees

import numpy as np
from numpy.typing import NDArray

from pavement.camera import CameraEstimate
from pavement.detection import Detection
from pavement.drive import Notice
from pavement.motion import Pair

Floats = NDArray[np.float64]

PLACE = "camera"  #: stands where other notices name a file
GLANCE = (40, 64)  #: rows and columns of a glance
MIN_FRAMES = 10  #: with fewer nothing is said
PITCH_DEG = (2.0, 32.0)
YAW_DEG = 8.0
ROLL_DEG = 8.0
LANE_SHARE = 0.04  #: of the picture; with less a frame shows no road
SHOWS_NO_ROAD = 0.6  #: share of frames without road from which the mount is doubted
OFTEN = 0.2  #: share of the frames with a lane that show it in a row which is not covered
BONNET_SHARE = 1 / 3  #: of the picture's height
STILL_LEVELS = 1.2  #: grey levels; what changes less over a drive stands before the lens
LIVELY_LEVELS = 4.0  #: median of the rest, without which the car did not move
STILL_SHARE = 0.10  #: of the picture above the bonnet
CONFLICT_SIGMAS = 4.0
TURN_IT = "取り付けの向きか、カメラアプリの回転の設定を直してください。"


@dataclass
class Glances:
    """Small grey copies of the pictures that pass by."""

    seen: list[Floats] = field(default_factory=list)

    def watch(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """The pairs unchanged; a glance of every later picture is kept."""
        for pair in pairs:
            self.seen.append(glance(pair[1]))
            yield pair


def glance(image: NDArray[np.uint8]) -> Floats:
    """A picture (h, w, 3) as means of `GLANCE` tiles."""
    rows, columns = (
        np.linspace(0, size, parts + 1).astype(int) for size, parts in zip(image.shape[:2], GLANCE, strict=True)
    )
    sums = np.add.reduceat(np.add.reduceat(image.sum(2, dtype=np.int64), rows[:-1], 0), columns[:-1], 1)
    return np.asarray(sums / (3.0 * np.outer(np.diff(rows), np.diff(columns))))


def check_mount(
    detections: Sequence[Detection], estimate: CameraEstimate, glances: Sequence[Floats] = ()
) -> list[Notice]:
    """What is wrong with a mount, in words for the people who can put it right; detections in the order of time."""
    if len(detections) < MIN_FRAMES:
        return []
    messages = [turned(detections) or aim(estimate)]
    messages += [covered(detections, glances), blocked(glances), contradiction(estimate)]
    if not messages[0]:
        messages.append(standstill(estimate, len(glances)))
    return [Notice(PLACE, message) for message in messages if message]


def lane_maps(detections: Sequence[Detection]) -> NDArray[np.bool_]:
    """(n, rows, columns) where the own lane is, of the frames of the first one's size."""
    shape = detections[0].logits.shape
    return np.stack([each.logits[0] > 128 for each in detections if each.logits.shape == shape])


def turned(detections: Sequence[Detection]) -> str | None:
    """A phone upright, on its side or upside down."""
    if sum(each.height > each.width for each in detections) > len(detections) / 2:
        return "画像が縦向きです。スマートフォンを横向きに固定し直してください(縦向きでは車線の幅が入りません)。"
    maps = lane_maps(detections)
    road = maps.mean((1, 2)) >= LANE_SHARE
    if road.mean() >= 1 - SHOWS_NO_ROAD:
        mean = maps[road].mean(0)
        rows, columns = (np.arange(size) / (size - 1) - 0.5 for size in mean.shape)
        down, right = (float((mean.sum(axis) * at).sum() / mean.sum()) for axis, at in ((1, rows), (0, columns)))
        if down < -0.08 and abs(down) > abs(right):
            return f"画像の上下が逆です(路面が上に写っています)。{TURN_IT}"
        if abs(right) > 0.2 and abs(right) > 1.5 * abs(down):
            return f"画像が90°横倒しです(路面が横に写っています)。{TURN_IT}"
        return None
    share = 100 * (1 - float(road.mean()))
    return (
        f"画像の{share:.0f} %に路面がほとんど写っていません。カメラの上下・左右の向き(逆さ・横倒し・上向き)と、"
        "レンズの前に物がないかを確認してください。"
    )


def aim(estimate: CameraEstimate) -> str | None:
    """A camera that looks too far up, down or aside, or hangs askew; only what was seen, not what was given."""
    camera, sources = estimate.camera, estimate.sources
    pitch, yaw, roll = degrees(camera.pitch), degrees(camera.yaw), degrees(camera.roll)
    if sources["pitch"] == "estimated" and pitch < PITCH_DEG[0]:
        return f"カメラが上を向きすぎています(俯角 {pitch:.1f}°)。路面が画像の下半分を占めるように下へ向けてください。"
    if sources["pitch"] == "estimated" and pitch > PITCH_DEG[1]:
        return f"カメラが下を向きすぎています(俯角 {pitch:.1f}°)。10 m 先の路面が写るように上へ向けてください。"
    if sources["yaw"] == "estimated" and abs(yaw) > YAW_DEG:
        side = "右" if yaw > 0 else "左"
        return f"カメラが{side}へ{abs(yaw):.1f}°向いています。進行方向の正面へ向け直してください。"
    if sources["roll"].startswith("estimated") and abs(roll) > ROLL_DEG:
        return f"カメラが{abs(roll):.1f}°傾いています(水平線が斜め)。水平に取り付け直してください。"
    return None


def changes_of(glances: Sequence[Floats]) -> Floats | None:
    """(rows, columns) how much each tile changes over the drive, grey levels; None where that tells nothing."""
    if len(glances) < MIN_FRAMES or len({each.shape for each in glances}) > 1:
        return None
    changes = np.asarray(1.48 * np.median(np.abs(np.stack(glances) - np.median(glances, axis=0)), axis=0))
    lively = changes[changes >= STILL_LEVELS]
    return changes if len(lively) and float(np.median(lively)) >= LIVELY_LEVELS else None


def bonnet_share(detections: Sequence[Detection], glances: Sequence[Floats] = ()) -> float:
    """Share of the picture's height, from below, that never shows road or never changes."""
    maps = lane_maps(detections)
    maps = maps[maps.mean((1, 2)) >= LANE_SHARE]
    shares = [0.0]
    if len(maps) >= MIN_FRAMES:
        often = np.flatnonzero(maps.any(2).mean(0) >= OFTEN)
        shares.append(1 - (float(often[-1]) + 1) / maps.shape[1] if len(often) else 1.0)
    if (changes := changes_of(glances)) is not None:
        moving = np.flatnonzero((changes < STILL_LEVELS).mean(1) < 0.5)
        shares.append(1 - (float(moving[-1]) + 1) / len(changes) if len(moving) else 1.0)
    return max(shares)


def covered(detections: Sequence[Detection], glances: Sequence[Floats] = ()) -> str | None:
    """A bonnet or dashboard that hides the near road."""
    if (share := bonnet_share(detections, glances)) <= BONNET_SHARE:
        return None
    return (
        f"画像の下{100 * share:.0f} %がボンネットなどで隠れています。近くの路面が写るように、取り付けを高くするか、"
        "前方へ寄せてください。"
    )


def blocked(glances: Sequence[Floats]) -> str | None:
    """Something on the glass or the lens: tiles that never change while all others do."""
    if (changes := changes_of(glances)) is None:
        return None
    still = changes[: round(len(changes) * (1 - BONNET_SHARE))] < STILL_LEVELS
    if still.mean() < STILL_SHARE:
        return None
    return (
        f"画像の{100 * float(still.mean()):.0f} %が走行中まったく変わりません。レンズやフロントガラスの汚れ・貼り紙・"
        "ホルダーの写り込みを確認し、清掃するか位置を変えてください。"
    )


def standstill(estimate: CameraEstimate, pairs: int) -> str | None:
    """Pictures whose texture never moves as a road's does: turned by 90° or 180°, or no road at all."""
    told = {"height", "focal", "pitch", "roll"} <= {n for n, source in estimate.sources.items() if source == "given"}
    if pairs < MIN_FRAMES or estimate.pairs or told:
        return None
    return (
        "連続する画像の路面の動きが、前方へ進む車の動きと合いません。画像の向き(逆さ・横倒し)、撮影時刻とGPS時刻のずれ、"
        "ぶれを確認してください。カメラの値は車線の縁か仮定だけによります。"
    )


def contradiction(estimate: CameraEstimate) -> str | None:
    """Given values that the pictures speak against."""
    if estimate.conflict < CONFLICT_SIGMAS or "given" not in estimate.sources.values():
        return None
    return (
        "drive.toml の [camera] の値(焦点距離・高さ・車線幅)が画像の動きと合いません"
        f"(食い違い {estimate.conflict:.0f}σ)。値を確認するか、不確かな値を消してください。"
    )
