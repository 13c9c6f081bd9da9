"""What is known of the accuracy: every value is 推定 until the road division's own comparison (精度確認) is passed.

A passed comparison is read from the run's account: `run["accuracy_check"]`, by indicator (`crack_pct`, `rut_mm`,
`iri_mm_per_m`, `potholes`, `position`): `{"passed": bool, "against": str, "on": str, "blocks": int, "detection_pct":
float, "precision_pct": float}`. Nothing else turns 推定 off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from exporters.report.figures import quantile
from exporters.report.html import bullets, none, table
from pavement.record import Survey
from pavement.segment import Segment

KEY = "accuracy_check"


@dataclass(frozen=True)
class Claim:
    """What the developers compared an indicator with, and what not; figures stand in docs/accuracy.md."""

    key: str
    label: str
    unit: str
    compared: str
    not_compared: str
    error_field: str | None = None


CLAIMS = (
    Claim(
        "crack_pct",
        "ひび割れ率",
        "%",
        "学習に使っていない道路の写真の、人が付けた正解(20 m ごと)。模擬走行の真値",
        "路面性状測定車・目視点検との比較、対象路線での比較",
    ),
    Claim(
        "rut_mm",
        "わだち掘れ量",
        "mm",
        "模擬走行の真値。実写真では同じ区間の2組の画像どうし(再現性)",
        "直定規・測定車による実際のわだちとの比較",
        "rut_se_mm",
    ),
    Claim(
        "iri_mm_per_m",
        "IRI",
        "mm/m",
        "模擬走行の真値。計算式は公表されている縦断プロファイルの値",
        "実車・実路での測定車との比較(応答型、クラス3)",
        "iri_se_mm_per_m",
    ),
    Claim("potholes", "ポットホール", "", "写真の人が付けた正解(画素)", "現地で数えた箇所数・測った寸法との比較"),
    Claim(
        "position",
        "位置",
        "m",
        "模擬走行の真値。実際の道路形状・距離標に写真を並べた走行",
        "現地の距離標での確認",
        "position_sd_m",
    ),
)


def checks_of(survey: Survey) -> Mapping[str, Any]:
    """The road division's comparisons by indicator."""
    found = survey.run.get(KEY)
    return found if isinstance(found, Mapping) else {}


def banner(survey: Survey) -> str:
    """The statement at the head of the report."""
    return f"<p class='banner'>{escape(statement(survey))} <a href='#accuracy'>精度について</a></p>"


def statement(survey: Survey) -> str:
    """One sentence: what is 推定, and what passed the road division's comparison."""
    passed = [claim.label for claim in CLAIMS if _passed(checks_of(survey).get(claim.key))]
    if not passed:
        return "この結果の値はすべて推定です。道路管理者自身の比較測定による精度確認に合格した記録がありません。"
    if len(passed) < len(CLAIMS):
        return f"精度確認に合格した指標: {'・'.join(passed)}。ほかの値は推定です。"
    return "すべての指標が道路管理者の精度確認に合格しています。"


def draw_accuracy(survey: Survey) -> str:
    """Table by indicator: the road division's comparison, what was compared otherwise, this result's own error."""
    rows = [
        (
            escape(claim.label),
            _check(checks_of(survey).get(claim.key)),
            escape(claim.compared),
            escape(claim.not_compared),
            escape(_own_error(claim, survey.segments)),
        )
        for claim in CLAIMS
    ]
    heads = (
        "指標",
        "道路管理者による精度確認",
        "開発時に比較したもの",
        "比較していないもの",
        "この結果の誤差の見積り",
    )
    words = [
        "精度確認は、20 m ごとに既知の結果(測定車・目視)と突き合わせ、検出率・的中率で評価するものです。"
        "対象路線の一部で行い、合格するまでは値を推定として扱ってください。",
        "誤差の見積りはこの結果自身のばらつきから求めた標準誤差で、系統的なずれは含みません。",
        "開発時の比較の数値と手順は製品の docs/accuracy.md にあります。",
    ]
    return table(heads, rows) + bullets(words)


def _passed(check: Any) -> bool:
    return isinstance(check, Mapping) and check.get("passed") is True


def _check(check: Any) -> str:
    if not isinstance(check, Mapping):
        return "未実施 → <b>推定</b>"
    facts = [
        f"{word} {escape(str(check[key]))}{unit}"
        for word, key, unit in (
            ("比較対象", "against", ""),
            ("実施", "on", ""),
            ("20 m 区間", "blocks", ""),
            ("検出率", "detection_pct", " %"),
            ("的中率", "precision_pct", " %"),
            ("ファイルの sha256", "sha256", ""),
        )
        if check.get(key) is not None
    ]
    return "<br>".join(["<b>合格</b>" if _passed(check) else "不合格 → <b>推定</b>", *facts])


def _own_error(claim: Claim, segments: Sequence[Segment]) -> str:
    if claim.error_field is None:
        return "求めていない"
    values = [value for s in segments if (value := getattr(s, claim.error_field)) is not None]
    middle, most = quantile(values, 0.5), quantile(values, 0.95)
    if middle is None or most is None:
        return "測定なし"
    return f"中央値 {middle:.1f} {claim.unit}、95 % が {most:.1f} {claim.unit} 以下({len(values):,} 区間)"


def reading_notes(survey: Survey) -> str:
    """What the figures rest on, and what they do not say."""
    indicators = (("ひび割れ率", "crack_pct"), ("わだち掘れ量", "rut_mm"), ("IRI", "iri_mm_per_m"))
    measured = [ja for ja, name in indicators if any(getattr(s, name) is not None for s in survey.segments)]
    missing = [ja for ja, _ in indicators if ja not in measured]
    notes = [
        "測定した指標: " + ("・".join(measured) or "なし") + (f"。未測定: {'・'.join(missing)}" if missing else ""),
        "未測定の値は空欄です(0 ではありません)。",
        "判定は測定した指標のうち最も悪いもので決めます。一部の指標しか測っていない区間、有効測定率の足りない区間は"
        "Ⅰとせず、未判定・要確認とします。",
        "備考の「少なくとも」は、測定した指標だけで既にその区分に達していることを示します。",
        "備考の「推定」は、寸法や位置に推定が含まれることを示します。Ⅲの区間は工法を決める前に詳細調査が必要です。",
        "区間は距離標の 0.1(100 m)ごとです。延長は路線に沿った実延長です。",
        "コンクリート舗装は機械で判定せず「要目視」とします。",
    ]
    return bullets(notes) if survey.segments else bullets(notes[1:3]) + none("区間がありません。")
