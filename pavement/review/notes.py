"""What has to be said beside a review's figures: 推定, other lengths, other instruments, seasons, rules."""

from __future__ import annotations

import numpy as np

from pavement.fiscal_year import fiscal_year_label
from pavement.review.change import INDICATORS, Verdict
from pavement.review.review import Review

OTHER_LENGTH = 0.1  #: two years' inspected lengths that differ by more are not compared as lengths


def notes(review: Review) -> list[str]:
    """What has to be known to read the review rightly."""
    said = [*accuracy_words(review), *_before_words(review)]
    if review.change is None:
        return [*said, "比較する過年度の結果がないため、経年変化は示していません。"]
    compared = review.change.verdict != Verdict.NOT_COMPARED
    different = int(np.count_nonzero(~review.change.same_season & compared))
    if different:
        said.append(
            f"比較した {int(compared.sum()):,} ブロックのうち {different:,} ブロックは点検の季節が過年度と異なります"
            "（凍上等の影響に注意）。"
        )
    said += [
        f"{one.indicator.name}：年度間の偏り {float(np.median(one.bias)):+.2f}{one.indicator.unit} を除いて比較"
        f"（{one.bias_from}）。"
        for one in review.change.indicators.values()
    ]
    share = 100 * review.settings.change.most_wrong
    said.append(f"「悪化」は、誤りが網全体で平均 {share:g} % 以下となるよう選んだブロックです。")
    said.append("「悪化の疑い」は再点検の対象で、何も変わっていない区間も含みます。")
    return said


def accuracy_words(review: Review) -> list[str]:
    """What is 推定, and which indicators the road division's own 精度確認 has passed, with day and file."""
    measured = [one for one in INDICATORS if np.isfinite(getattr(review.year, one.key)).any()]
    passed = [one for one in measured if review.check.get(one.key, {}).get("passed") is True]
    said = []
    for one in passed:
        check = review.check[one.key]
        said.append(f"{one.name}は精度確認に合格しています（{check.get('on', '')}、{check.get('against', '')}）。")
    left = [one.name for one in measured if one not in passed]
    if left:
        said.append(f"{'・'.join(left)}は推定値です（現地の精度確認に合格するまで）。")
    missing = [one.name for one in INDICATORS if one not in measured]
    if missing:
        said.append(f"{'・'.join(missing)}は今年度の結果にありません（空欄。0ではありません）。")
        if measured:
            said.append(
                f"{'・'.join(missing)}がないためⅠと言い切れず、Ⅱ・Ⅲは「少なくとも」の診断です。"
                "診断できた延長に対するⅡ・Ⅲの率は実際より高く出ます。"
            )
    return said


def _before_words(review: Review) -> list[str]:
    """Where the year before is another network's share or another instrument's, so that lengths are not compared."""
    before, year = review.before, review.year
    if before is None or review.condition_before is None:
        return []
    label, then, now = (
        fiscal_year_label(before.fiscal_year),
        review.condition_before.total.km,
        review.condition.total.km,
    )
    said = []
    if abs(then - now) > OTHER_LENGTH * max(then, now):
        said.append(
            f"前回（{label}）の点検済延長は {then:,.1f} km、今年度は {now:,.1f} km です。"
            "延長どうしでなく率で比べてください。"
        )
    if before.inspected.any() and not (before.inspected & before.drive.known).any() and year.drive.known.any():
        said.append(f"前回（{label}）は路面性状測定車等の結果です。ポットホールは含まれません。")
    return said
