"""Where the positions come from and how sure they are: uncertainty, doubtful places, posts, ledger lengths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from exporters.report.figures import by_road, quantile
from exporters.report.html import none, shown, table
from exporters.report.titles import Shapes
from exporters.wording import display_name
from pavement.drive import REASON_JA, Notice, Reason, TimeSource
from pavement.record import Survey
from pavement.segment import Flag

MOST_NOTICES = 50
NETWORK = "network"  #: stands where other notices name a file
KP_STYLES = {"post": "距離標(前後の距離標の間を路線に沿って按分)", "cumulative": "起点からの累加距離"}
TIME_SOURCES = {
    TimeSource.FRAMES_CSV: "frames.csv",
    TimeSource.EXIF: "写真のEXIF",
    TimeSource.EXIF_GPS: "写真のEXIF(GPS時刻)",
    TimeSource.FILE_NAME: "ファイル名",
    TimeSource.VIDEO: "動画",
}
PLACELESS = (Reason.NO_POSITION, Reason.DOUBTFUL_POSITION, Reason.OFF_NETWORK, Reason.NO_KILOPOST, Reason.DOUBTFUL_TIME)


def draw_positions(survey: Survey, shapes: Shapes) -> str:
    """Table by road, sources of time, frames without a place, and what is odd in the network, as HTML."""
    rows = []
    for road, own in by_road(survey.segments).items():
        spread = [s.position_sd_m for s in own if s.position_sd_m is not None]
        style = shapes[road].kp_style if road in shapes else ""
        rows.append(
            (
                escape(display_name(road, shapes)),
                escape(KP_STYLES.get(style, style)),
                *(shown(quantile(spread, share)) for share in (0.5, 0.95, 1.0)),
                *(
                    f"{sum(flag in s.flags for s in own):,}"
                    for flag in (Flag.POSITION_DOUBTFUL, Flag.KILOPOST_ANOMALY, Flag.KILOPOST_MISSING)
                ),
                f"{len(own):,}",
            )
        )
    heads = (
        "路線",
        "距離の根拠",
        "位置の標準偏差<br>中央値 m",
        "95 %<br>m",
        "最大<br>m",
        "位置不確か<br>区間",
        "距離標異常<br>区間",
        "距離標欠落<br>区間",
        "全区間",
    )
    places = table(heads, rows, range(2, 9)) if rows else none("区間がありません。")
    return places + _times(survey) + _placeless(survey) + _network(survey.notices)


def _times(survey: Survey) -> str:
    counts = Counter(frame.time_source for frame in survey.frames if frame.time_source is not None)
    words = "、".join(f"{TIME_SOURCES[source]} {number:,} 枚" for source, number in counts.most_common())
    return none(f"撮影時刻の出所: {words}") if words else ""


def _placeless(survey: Survey) -> str:
    counts = Counter(frame.rejected for frame in survey.frames if frame.rejected in PLACELESS)
    words = "、".join(f"{REASON_JA[reason]} {counts[reason]:,} 枚" for reason in PLACELESS if counts[reason])
    return none(f"位置を決められず使わなかった画像: {words}" if words else "位置を決められなかった画像はありません。")


def _network(notices: Sequence[Notice]) -> str:
    """What the network's own data contradict: anomalies of posts, ledger lengths that differ from the lines'."""
    found = [notice.message for notice in notices if notice.file == NETWORK]
    if not found:
        return ""
    items = "".join(f"<li>{escape(words)}</li>" for words in found[:MOST_NOTICES])
    more = len(found) - MOST_NOTICES
    rest = none(f"ほか {more:,} 件は pavement network check で確かめられます。") if more > 0 else ""
    return f"<h3>路線・距離標データのお知らせ({len(found):,} 件)</h3><ul>{items}</ul>{rest}"


def notices(survey: Survey) -> str:
    """What people should be told of the drives, the network's apart; nothing where there is nothing."""
    found = [notice for notice in survey.notices if notice.file != NETWORK]
    if not found:
        return ""
    rows = [(f"<code>{escape(n.file)}</code>", escape(n.message)) for n in found[:MOST_NOTICES]]
    more = len(found) - len(rows)
    rest = none(f"ほか {more:,} 件は survey.zip にあります。") if more else ""
    return f"<section><h2>走行データのお知らせ</h2>{table(('ファイル', '内容'), rows)}{rest}</section>"
