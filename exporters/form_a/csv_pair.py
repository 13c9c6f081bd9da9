"""The rows as CSV: UTF-8 with BOM, and CP932 beside it, which names what it cannot write."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from exporters.form_a.fields import Value
from exporters.form_a.findings import Findings, Level
from exporters.form_a.table import Form, FormColumn
from pavement.files import whole_file
from pavement.harmless_text import harmless

GETA = "〓"  #: stands for a character that CP932 lacks
CP932_TWINS = str.maketrans("−〜—‖¢£¬", "－～―∥￠￡￢")  #: the same signs at another place of Unicode
REMEMBERED = 5_000  #: texts of a column


def to_cp932(text: str) -> tuple[bytes, str]:
    """The text in CP932, and the characters that it lacks, which are replaced by 〓.

    >>> to_cp932("Ⅲ𠮷")[0].decode("cp932"), to_cp932("Ⅲ𠮷")[1]
    ('Ⅲ〓', '𠮷')
    """
    text = text.translate(CP932_TWINS)
    try:
        return text.encode("cp932"), ""
    except UnicodeEncodeError:
        lost = "".join(char for char in dict.fromkeys(text) if not _in_cp932(char))
        return text.translate(dict.fromkeys(map(ord, lost), GETA)).encode("cp932"), lost


def _in_cp932(char: str) -> bool:
    try:
        return bool(char.encode("cp932"))
    except UnicodeEncodeError:
        return False


class CsvPair:
    """Both files of a form; every line goes to both as it comes."""

    def __init__(self, form: Form, utf8: BinaryIO, cp932: BinaryIO, name: str, findings: Findings) -> None:
        self._form, self._utf8, self._cp932, self._name, self._findings = form, utf8, cp932, name, findings
        self._writer = csv.writer(self)
        self._texts = [_texts_of(column) for column in form.columns]
        self._line = 0
        self._cells: Sequence[str] = ()
        self._writerow([column.header for column in form.columns])

    def add(self, values: Sequence[Value]) -> None:
        """One row of the form's values."""
        self._writerow(["" if v is None else text(v) for text, v in zip(self._texts, values, strict=True)])

    def _writerow(self, cells: Sequence[str]) -> None:
        self._line += 1
        self._cells = cells
        self._writer.writerow(cells)

    def write(self, line: str) -> None:
        """What csv.writer calls with a finished line."""
        self._utf8.write(line.encode())
        data, lost = to_cp932(line)
        self._cp932.write(data)
        if lost:
            self._name_lost()

    def _name_lost(self) -> None:
        for column, cell in zip(self._form.columns, self._cells, strict=True):
            for char in to_cp932(cell)[1]:
                text = f"CP932 にない文字「{char}」(U+{ord(char):04X}) を {GETA} に置き換えた"
                self._findings.add(Level.NOTE, self._name, self._line, column.header, text)


def _texts_of(column: FormColumn) -> Callable[[Value], str]:
    """A value of the column as text; texts come again and again, and are remembered."""
    texts: dict[str, str] = {}

    def text(value: Value) -> str:
        if not isinstance(value, str):
            return column.text(value)
        if (known := texts.get(value)) is None:
            known = harmless(value)
            if len(texts) < REMEMBERED:
                texts[value] = known
        return known

    return text


@contextmanager
def open_csv_pair(form: Form, out: Path, findings: Findings) -> Iterator[CsvPair]:
    """様式A.csv and 様式A_cp932.csv below `out`; they appear, whole, when the block ends well."""
    second = out / f"{form.title}_cp932.csv"
    with ExitStack() as stack:
        utf8 = stack.enter_context(open(stack.enter_context(whole_file(out / f"{form.title}.csv")), "wb"))
        cp932 = stack.enter_context(open(stack.enter_context(whole_file(second)), "wb"))
        utf8.write(b"\xef\xbb\xbf")
        yield CsvPair(form, utf8, cp932, second.name, findings)
