"""Numbers that are set by variables of the environment."""

from __future__ import annotations

from collections.abc import Mapping

from pavement.errors import BadInput


def read_number(
    given: Mapping[str, str], name: str, default: float, *, positive: bool = False, below: float = 1e15
) -> float:
    """The number under `name`, or `default` where it is missing or empty; raises BadInput for any other word.

    >>> read_number({"DAYS": "30"}, "DAYS", 7.0), read_number({"DAYS": ""}, "DAYS", 7.0)
    (30.0, 7.0)
    """
    text = given.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < below or (positive and value == 0):
        raise BadInput(f"{name} is '{text}'", do=f"give a number {'above 0' if positive else 'that is not negative'}")
    return value
