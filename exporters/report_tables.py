"""The report's tables: worst sections, rejected frames, notices, conditions, and how to read it all."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from exporters.svg import RATING_COLORS, RATING_INKS, rating_class
from exporters.thumbnails import thumbnail
from exporters.wording import display_name, kp_text, rating_text, shapes_by_road
from pavement.drive import REASON_JA, Reason, count_rejections
from pavement.record import Photo, Survey
from pavement.segment import Flag, Segment

MOST_ROWS = 12
MOST_NOTICES = 50
THUMBNAIL_PX = 320
INDICATORS = (("ひび割れ率", "crack_pct"), ("わだち掘れ量", "rut_mm"), ("IRI", "iri_mm_per_m"))
CAMERA_WORDS = {
    "height_m": "高さ (m)",
    "pitch_deg": "俯角 (°)",
    "roll_deg": "横傾き (°)",
    "yaw_deg": "向きのずれ (°)",
    "focal_px": "焦点距離 (px)",
    "cx_px": "主点 x (px)",
    "cy_px": "主点 y (px)",
    "k1": "歪み k1",
    "lane_width_m": "車線幅 (m)",
    "source": "求め方",
}


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """An HTML table; cells are markup already, columns in `numbers` stand to the right."""

    def line(tag: str, cells: Sequence[str]) -> str:
        return "".join(
            f"<{tag} class='n'>{cell}</{tag}>" if i in numbers else f"<{tag}>{cell}</{tag}>"
            for i, cell in enumerate(cells)
        )

    body = "".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{line('th', heads)}</tr></thead><tbody>{body}</tbody></table>"


def worst_sections(survey: Survey) -> str:
    """The sections that want attention first, with a photo each."""
    worst = sorted(filter(_damaged, survey.segments), key=_severity, reverse=True)[:MOST_ROWS]
    if not worst:
        return (
            "<p class='none'>Ⅱ・Ⅲの区間、ポットホールのある区間はありません(未判定の区間については分かりません)。</p>"
        )
    shapes = shapes_by_road(survey.routes)
    photos = {photo.number: photo for photo in survey.photos}
    heads = ("写真", "路線・方向", "区間", "判定", "ひび割れ率<br>%", "わだち<br>mm", "IRI<br>mm/m", "ポット<br>ホール")
    rows = [
        (
            _photo(segment, photos),
            f"<span class='road'>{escape(display_name(segment.road, shapes))}<br>{segment.direction}</span>",
            f"<span class='kp'>{kp_text(segment.start.kp_km)}～{kp_text(segment.end.kp_km)}</span>",
            badge(segment),
            *(_number(getattr(segment, name)) for _, name in INDICATORS),
            "" if segment.potholes is None else f"{segment.potholes}",
            f"{segment.coverage_pct:.0f}",
            _remarks(segment),
        )
        for segment in worst
    ]
    return table((*heads, "有効測定率<br>%", "備考"), rows, (4, 5, 6, 7, 8))


def _damaged(segment: Segment) -> bool:
    return rating_class(segment.rating) in ("Ⅱ", "Ⅲ") or bool(segment.potholes)


def _severity(segment: Segment) -> tuple[int, float, int]:
    return "ⅠⅡⅢ".find(rating_class(segment.rating) or "-"), segment.crack_pct or 0, segment.potholes or 0


def badge(segment: Segment) -> str:
    """The diagnosis on its colour."""
    key = rating_class(segment.rating)
    style = f"background:{RATING_COLORS[key]};color:{RATING_INKS[key]}"
    return f"<span class='badge' style='{style}'>{escape(rating_text(segment))}</span>"


def _photo(segment: Segment, photos: Mapping[str, Photo]) -> str:
    """A small copy of the segment's first photo that can be read, inside the file."""
    for number in segment.photos:
        small = thumbnail(photos[number].marked, THUMBNAIL_PX, 70) if number in photos else None
        if small is not None:
            data = base64.b64encode(small.jpeg).decode("ascii")
            return f"<img alt='{escape(number)}' src='data:image/jpeg;base64,{data}'>{escape(number)}"
    return ""


def _remarks(segment: Segment) -> str:
    """The flags; 少なくとも stands with the diagnosis already."""
    words = "・".join(flag for flag in segment.flags if flag is not Flag.AT_LEAST)
    return f"<span class='note'>{escape(words)}</span>"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def rejected_frames(survey: Survey) -> str:
    """Frames in = used + rejected, by reason."""
    counts = count_rejections(frame.rejected for frame in survey.frames)
    if not counts:
        return "<p class='none'>除外した画像はありません。</p>"
    total = len(survey.frames)
    rows = [
        (escape(REASON_JA[Reason(name)]), f"<code>{escape(name)}</code>", f"{n:,}", f"{100 * n / total:.1f}")
        for name, n in sorted(counts.items(), key=lambda item: -item[1])
    ]
    rejected = sum(counts.values())
    rows.append((f"<b>合計</b>(全 {total:,} 枚)", "", f"<b>{rejected:,}</b>", f"<b>{100 * rejected / total:.1f}</b>"))
    return table(("理由", "記号", "枚数", "割合 %"), rows, (2, 3))


def notices(survey: Survey) -> str:
    """What people should be told of the drives; nothing where there is nothing."""
    if not survey.notices:
        return ""
    rows = [(f"<code>{escape(n.file)}</code>", escape(n.message)) for n in survey.notices[:MOST_NOTICES]]
    more = len(survey.notices) - len(rows)
    rest = f"<p class='none'>ほか {more} 件は run.json にあります。</p>" if more else ""
    return f"<section><h2>お知らせ</h2>{table(('ファイル', '内容'), rows)}{rest}</section>"


def conditions(survey: Survey) -> str:
    """Camera, model and settings of the run."""
    run = survey.run
    model = {
        "解析モデル": run.get("model", {}).get("name"),
        "モデルのSHA-256": run.get("model", {}).get("sha256"),
        **{f"版: {name}": version for name, version in (run.get("versions") or {}).items()},
    }
    halves = f"<div>{_pairs('モデルと版', model)}</div><div>{_pairs('設定', run.get('settings') or {})}</div>"
    return f"{_camera(run.get('camera') or {})}<div class='columns'>{halves}</div>"


def _camera(cameras: Mapping[str, Any]) -> str:
    """The camera of each drive, as estimated or given."""
    drives = {name: facts for name, facts in cameras.items() if isinstance(facts, Mapping)}
    keys = list(dict.fromkeys(key for facts in drives.values() for key in facts if key in CAMERA_WORDS))
    if not keys:
        return ""
    rows = [(escape(name), *(_shown(facts.get(key)) for key in keys)) for name, facts in drives.items()]
    heads = ("走行", *(escape(CAMERA_WORDS.get(key, key)) for key in keys))
    return "<h3>カメラの取り付け</h3>" + table(heads, rows)


def _pairs(title: str, values: Mapping[str, Any]) -> str:
    rows = [(escape(str(name)), f"<code>{_shown(value)}</code>") for name, value in values.items() if value is not None]
    return f"<h3>{escape(title)}</h3>" + (table(("項目", "値"), rows) if rows else "<p class='none'>記録なし</p>")


def _shown(value: Any) -> str:
    """A value of run.json for people."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def reading_notes(survey: Survey) -> str:
    """What the figures rest on, and what they do not say."""
    measured = [ja for ja, name in INDICATORS if any(getattr(s, name) is not None for s in survey.segments)]
    missing = [ja for ja, _ in INDICATORS if ja not in measured]
    notes = [
        "測定した指標: " + ("・".join(measured) or "なし") + (f"。未測定: {'・'.join(missing)}" if missing else ""),
        "未測定の値は空欄です(0 ではありません)。",
        "判定は測定した指標のうち最も悪いもので決めます。一部の指標しか測っていない区間、有効測定率の足りない区間は"
        "Ⅰとせず、未判定・要確認とします。",
        "備考の「少なくとも」は、測定した指標だけで既にその区分に達していることを示します。",
        "備考の「推定」は、寸法や位置に推定が含まれることを示します。Ⅲの区間は工法を決める前に詳細調査が必要です。",
        "区間は距離標の 0.1(100 m)、棒グラフは 0.02(20 m)ごとです。延長は路線に沿った実延長です。",
        "コンクリート舗装は機械で判定せず「要目視」とします。",
    ]
    return "<ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>"
