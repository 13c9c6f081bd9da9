"""A block's mesh as a picture that people can read: cells to scale, travel upwards, what each colour means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from exporters.fonts import font_file
from exporters.mesh import BlockMesh
from exporters.profiles import Profile
from exporters.wording import kp_text
from pavement.rut.fuse import NoRut
from pavement.surface import CELL_M, CRACK, MANY_CRACKS_M2, ONE_CRACK_M2, PATTERN, POTHOLE, SOUND, UNSEEN

CELL_PX, MARGIN_PX, SCALE_PX, HEAD_PX, PROFILE_PX = 26, 24, 96, 92, 190
COLORS = {
    UNSEEN: (255, 255, 255),
    SOUND: (214, 222, 228),
    CRACK: (244, 178, 76),
    PATTERN: (205, 72, 46),
    POTHOLE: (112, 48, 132),
}
WORDS = {
    UNSEEN: "未計測",
    SOUND: "健全",
    CRACK: "ひび割れ1本",
    PATTERN: "2本以上・面状",
    POTHOLE: "ポットホール",
}
REFUSED_JA: dict[str, str] = {
    NoRut.FEW_PAIRS: "使える画像の対が足りない",
    NoRut.BLURRED: "路面の模様が合わない",
    NoRut.NARROW: "車線の一部しか写っていない",
    NoRut.UNSURE: "誤差が大きい",
}
INK, GREY = (33, 37, 41), (120, 128, 136)


def draw_block(meshes: Sequence[BlockMesh], profiles: Sequence[Profile] = ()) -> Image.Image:
    """The block's meshes side by side, one a drive; below each the transverse profile of the same drive."""
    parts = [_draw(mesh, next((p for p in profiles if p.drive == mesh.drive), None)) for mesh in meshes]
    picture = Image.new("RGB", (sum(part.width for part in parts), max(part.height for part in parts)), "white")
    left = 0
    for part in parts:
        picture.paste(part, (left, 0))
        left += part.width
    return picture


def figures(mesh: BlockMesh) -> tuple[float | None, float]:
    """ひび割れ率 of what was seen, % (None: nothing was seen), and 有効測定率, %."""
    seen = int((mesh.cells != UNSEEN).sum())
    cracked = (mesh.cells == CRACK).sum() * ONE_CRACK_M2 + (mesh.cells == PATTERN).sum() * MANY_CRACKS_M2
    return (100 * float(cracked) / (seen * CELL_M**2) if seen else None), 100 * seen / max(mesh.cells.size, 1)


def _draw(mesh: BlockMesh, profile: Profile | None) -> Image.Image:
    large, small = (ImageFont.truetype(str(font_file()), size) for size in (19, 14))
    rows, columns = mesh.cells.shape
    width = max(SCALE_PX + columns * CELL_PX + MARGIN_PX, 420)
    legend = HEAD_PX + rows * CELL_PX + 40
    bottom = legend + 22 * 3
    picture = Image.new("RGB", (width, bottom + (PROFILE_PX if profile else 0) + MARGIN_PX), "white")
    pen = ImageDraw.Draw(picture)
    crack, coverage = figures(mesh)
    name = f"{mesh.road.road_type} {mesh.road.route_no}号" if mesh.road.route_no.isdigit() else mesh.road.route_no
    pen.text((MARGIN_PX, 10), f"{name} {mesh.road.kind} {mesh.direction}", INK, large)
    found = "未計測" if crack is None else f"ひび割れ率 {crack:.1f} %（推定）"
    pen.text((MARGIN_PX, 38), f"{found}  有効測定率 {coverage:.0f} %", INK, small)
    pen.text((MARGIN_PX, 58), f"{mesh.drive}   ↑ 進行方向   1マス 0.5 m", GREY, small)
    for row in range(rows):  # the first row that the car comes to is drawn at the bottom
        top = HEAD_PX + (rows - 1 - row) * CELL_PX
        for column in range(columns):
            left = SCALE_PX + column * CELL_PX
            verdict = int(mesh.cells[row, column])
            pen.rectangle((left, top, left + CELL_PX, top + CELL_PX), COLORS[verdict], (255, 255, 255))
            if verdict == UNSEEN:
                pen.rectangle((left + 2, top + 2, left + CELL_PX - 2, top + CELL_PX - 2), None, (206, 212, 218))
        if row % 10 == 0 and not np.isnan(mesh.kp_km[row]):
            pen.text((MARGIN_PX, top + 4), kp_text(float(mesh.kp_km[row])), GREY, small)
    for number, verdict in enumerate((SOUND, CRACK, PATTERN, POTHOLE, UNSEEN)):
        left, top = MARGIN_PX + number % 2 * 170, legend - 20 + number // 2 * 22
        pen.rectangle((left, top, left + 16, top + 16), COLORS[verdict], GREY)
        pen.text((left + 24, top), WORDS[verdict], INK, small)
    if profile:
        _draw_profile(pen, profile, (SCALE_PX, bottom + 12, SCALE_PX + columns * CELL_PX, bottom + PROFILE_PX), small)
    return picture


def _draw_profile(
    pen: ImageDraw.ImageDraw, profile: Profile, box: tuple[int, int, int, int], font: ImageFont.FreeTypeFont
) -> None:
    """The profile across the lane as the driver sees it, its height exaggerated; a line every 10 mm."""
    left, top, right, bottom = box
    if profile.rut_mm is not None:
        words = (
            f"わだち掘れ量 {profile.rut_mm:.0f} ± {2 * (profile.rut_se_mm or 0):.0f} mm（推定、画像{profile.pairs}対）"
        )
    else:
        words = f"わだち掘れ量は測れません（{REFUSED_JA.get(profile.refused, profile.refused)}）"
    pen.text((MARGIN_PX, top), words, INK, font)
    if not len(profile.across_mm):
        return
    high = float(profile.height_mm.max())
    scale = (bottom - top - 30) / max(high - float(profile.height_mm.min()), 30.0)
    metres = CELL_PX / (CELL_M * 1000)
    middle = (left + right) / 2
    points = [
        (middle + across * metres, top + 26 + (high - height) * scale)
        for across, height in zip(profile.across_mm, profile.height_mm, strict=True)
    ]
    for level in range(0, int(high - profile.height_mm.min()) + 10, 10):
        y = top + 26 + level * scale
        pen.line((left, y, right, y), (226, 230, 234))
        pen.text((MARGIN_PX, y - 8), f"{-level:d} mm", GREY, font)
    pen.line(points, INK, 3, joint="curve")
