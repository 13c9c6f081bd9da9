"""The review's tables as data frames."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from exporters.review.table import Table


def frame(table: Table, columns: Sequence[str] = (), rows: int | None = None) -> pd.DataFrame:
    """Some columns (all where none is named) of the first rows; numbers rounded as in the book."""
    names = [head.name for head in table.heads]
    whole = pd.DataFrame([list(row) for row in table.rows], columns=names, dtype=object)
    for head in table.heads:
        if {type(cell) for cell in whole[head.name] if cell is not None} == {int, float}:  # counts among shares
            digits = head.decimals or 0
            cells = [round(cell, digits) if isinstance(cell, float) else cell for cell in whole[head.name]]
            whole[head.name] = pd.Series(cells, dtype=object)
        elif head.decimals is not None:
            whole[head.name] = pd.to_numeric(whole[head.name]).round(head.decimals)
            if head.decimals == 0:
                whole[head.name] = whole[head.name].astype("Int64")
    return whole[list(columns) or list(whole.columns)].head(rows if rows is not None else len(whole))


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """For looking at: blank where nothing is known."""
    return table.astype(object).where(table.notna(), "")
