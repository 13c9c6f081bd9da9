"""The conditions of the measurement: cameras, limits of the diagnosis, model, versions and settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from exporters.camera_sheet import camera_sheets
from exporters.report.html import none, table
from exporters.report.limits import rules_of
from pavement.rating import Limits
from pavement.record import Survey

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
}
MOST_CAMERAS = 60  #: rows of the table
SETTING_WORDS = {
    "model": "解析モデルの名前",
    "device": "計算装置の指定",
    "ruts": "わだち掘れの測定",
}


def draw_cameras(survey: Survey) -> str:
    """Check sheets of the drives' cameras, and the table of all of them."""
    cameras = survey.run.get("camera") or {}
    drives = {name: facts for name, facts in cameras.items() if isinstance(facts, Mapping)}
    keys = [key for key in CAMERA_WORDS if any(key in facts for facts in drives.values())]
    if not keys:
        return none("記録なし")
    rows = [
        (escape(name), *(_shown(facts.get(key)) for key in keys)) for name, facts in list(drives.items())[:MOST_CAMERAS]
    ]
    more = len(drives) - len(rows)
    rest = none(f"ほか {more:,} 走行は run.json にあります。") if more else ""
    heads = ("走行", *(CAMERA_WORDS[key] for key in keys))
    return camera_sheets(survey) + "<h3>カメラの取り付け</h3>" + table(heads, rows, range(1, len(heads))) + rest


def draw_conditions(survey: Survey) -> str:
    """Limits, model, versions and settings."""
    run = survey.run
    model = {
        "解析モデル": run.get("model", {}).get("name"),
        "モデルのSHA-256": run.get("model", {}).get("sha256"),
        "マスク用モデルのSHA-256": run.get("guard", {}).get("sha256"),
        "計算エンジン": run.get("engine"),
        "路線データ": run.get("network"),
        **{f"版: {name}": version for name, version in (run.get("versions") or {}).items()},
    }
    settings = run.get("settings") or {}
    chosen = {words: settings.get(name) for name, words in SETTING_WORDS.items()}
    left = f"<h3>判定の境目</h3>{_limits(survey)}{_pairs('設定', chosen)}"
    return f"<div class='columns'><div>{left}</div><div>{_pairs('モデルと版', model)}</div></div>"


def _limits(survey: Survey) -> str:
    """The limits of the diagnosis by where they hold."""
    rows = [
        (
            escape(where),
            *(_pair(getattr(limits, name)) for name in ("crack_pct", "rut_mm", "iri_mm_per_m")),
            f"{limits.min_coverage_pct:g}",
        )
        for where, limits in _all_limits(survey)
    ]
    heads = ("対象", "ひび割れ率 %", "わだち mm", "IRI mm/m", "有効測定率 %")
    return table(heads, rows, range(1, 5)) + none("Ⅱ / Ⅲ となる値。有効測定率はⅠとするのに要る割合。")


def _all_limits(survey: Survey) -> Iterator[tuple[str, Limits]]:
    rules = rules_of(survey.run)
    yield "標準", rules.default
    for name, limits in rules.by_class.items():
        yield f"分類{name}", limits
    for manager, limits in rules.by_manager.items():
        yield manager, limits
    for manager, classes in rules.by_both.items():
        for name, limits in classes.items():
            yield f"{manager} 分類{name}", limits


def _pair(pair: tuple[float, float]) -> str:
    return f"{pair[0]:g} / {pair[1]:g}" if pair[0] < pair[1] else f"{pair[0]:g}"


def _pairs(title: str, values: Mapping[str, Any]) -> str:
    rows = [(escape(str(name)), f"<code>{_shown(value)}</code>") for name, value in values.items() if value is not None]
    return f"<h3>{escape(title)}</h3>" + (table(("項目", "値"), rows) if rows else none("記録なし"))


def _shown(value: Any) -> str:
    """A value of run.json for people."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "する" if value else "しない"
    if isinstance(value, float):
        return f"{value:.4g}"
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
