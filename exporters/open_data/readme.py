"""README.txt of an open-data package: what it is, how far it can be trusted, what it leaves out, whom to name."""

from __future__ import annotations

from collections.abc import Sequence

from exporters.open_data.profile import Profile
from exporters.report.accuracy import statement
from exporters.report.figures import km
from exporters.wording import JST, fiscal_year, wareki_date
from pavement.record import Survey

TRUST = (
    "車載スマートフォンの画像(わだち・IRIはその動きと加速度も)から機械で求めたものです。",
    "空欄は未測定・未判定です(0 や「健全」ではありません)。",
    "健全性の診断は測定できた指標によります。「少なくとも」は、測定した指標だけで既にその区分に達していることを示します。",
    "位置には誤差があります(position_sd_m)。工事や通行の判断には現地を確認してください。",
)
LEFT_OUT = "写真、走行・車両・画像の名前、日より細かい時刻は含みません。"


def readme(profile: Profile, survey: Survey, files: Sequence[tuple[str, str]]) -> str:
    """The text, lines ended as Windows has them."""
    roads = len({segment.road for segment in survey.segments})
    lines = [
        profile.title,
        f"{fiscal_year(survey.year)}  公開者: {profile.publisher}",
        "",
        profile.description,
        f"対象: {roads} 路線、延長 {km(survey.segments):,.1f} km(上下線の計)、{_days(survey)}",
        "",
        "■ ファイル",
        *(f"  {name}  {words}" for name, words in files),
        "",
        "■ 利用の条件",
        f"  ライセンス: {profile.license.title} ({profile.license.name}) {profile.license.url}",
        f"  出典の表示: {profile.attribution}",
        *([f"  問い合わせ先: {profile.contact}"] if profile.contact else []),
        *([f"  公開ページ: {profile.url}"] if profile.url else []),
        "",
        "■ 値の読み方",
        *(f"  - {words}" for words in (statement(survey), *TRUST, LEFT_OUT, *profile.notes)),
        "",
        "■ In English",
        "  Road surface condition by 100 m and defects, estimated from photos of a patrol car's smartphone.",
        "  Empty = not measured. Columns: data_dictionary.csv. Coordinates: JGD2011 / WGS 84.",
    ]
    return "\r\n".join(lines) + "\r\n"


def _days(survey: Survey) -> str:
    days = sorted(s.surveyed_on for s in survey.segments if s.surveyed_on is not None)
    if not days:
        times = [f.timestamp.astimezone(JST).date() for f in survey.frames if f.timestamp is not None]
        days = [min(times), max(times)] if times else []
    return (
        "撮影 " + "～".join(wareki_date(day) for day in dict.fromkeys(days[:1] + days[-1:]))
        if days
        else "撮影日の記録なし"
    )
