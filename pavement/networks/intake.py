"""The account of an import: every row in is a row taken or a row refused with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ROWS_SHOWN = 5


@dataclass(frozen=True)
class Refusal:
    """A row (or one cell of a taken row) that was left out."""

    row: int  #: its number in the file: the line of a table, the id of a feature
    why: str  #: the reason; rows with one reason are counted together
    value: str  #: what stands there
    do: str


@dataclass(frozen=True)
class Intake:
    """What became of one table of a source."""

    source: str  #: file, and layer or sheet
    layer: str  #: the network's layer, "" where the table was not understood
    rows_in: int
    rows_taken: int
    refused: Sequence[Refusal] = ()
    cells: Sequence[Refusal] = ()  #: cells that were left out of rows that were taken
    notes: Sequence[str] = ()  #: what was assumed

    def __post_init__(self) -> None:
        # invariant: nothing is lost
        if self.rows_in != self.rows_taken + len(self.refused):
            raise AssertionError(f"{self.source}: {self.rows_in} ≠ {self.rows_taken} + {len(self.refused)}")

    def lines(self) -> list[str]:
        """For people."""
        head = f"{self.source}: {self.rows_in}行 = 採用 {self.rows_taken} + 除外 {len(self.refused)}"
        found = [f"{head} → {self.layer or '使わない'}"]
        found += [f"  除外 {line}" for line in grouped(self.refused)]
        found += [f"  値だけ除外 {line}" for line in grouped(self.cells)]
        return found + [f"  注 {note}" for note in self.notes]


def grouped(refusals: Sequence[Refusal]) -> list[str]:
    """One line a reason: how many, where, what stands there first, what to do."""
    by_reason: dict[tuple[str, str], list[Refusal]] = {}
    for each in refusals:
        by_reason.setdefault((each.why, each.do), []).append(each)
    found = []
    for (why, do), those in by_reason.items():
        rows = ", ".join(str(each.row) for each in those[:ROWS_SHOWN]) + (" …" if len(those) > ROWS_SHOWN else "")
        value = f"「{those[0].value}」" if those[0].value else ""
        found.append(f"{len(those)}件 {why}{value}（行 {rows}）: {do}")
    return found
