"""Records that are read only when somebody asks for them."""

from __future__ import annotations

from pavement.late import Late


def test_records_are_read_once_and_only_when_asked_for() -> None:
    reads: list[int] = []

    def read() -> list[str]:
        reads.append(1)
        return ["a", "b", "c"]

    late = Late(read)
    assert reads == []
    assert (list(late), len(late), late[-1], late[1:], "b" in late, bool(late)) == (
        *(["a", "b", "c"], 3, "c", ["b", "c"], True, True),
    )
    assert reads == [1]
